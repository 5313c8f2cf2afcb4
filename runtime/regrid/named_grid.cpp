/// Grids by their names.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "chunkwise/core/error.hpp"
#include "chunkwise/op/transcendental.hpp"
#include "runtime/regrid/read_grid.hpp"
#include "runtime/regrid/sphere.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr std::int64_t most_along = 100000;
constexpr std::int64_t most_gaussian = 5000;

/// Returns the whole text as a number of cells; none if it is not one.
std::optional<std::int64_t> count_of(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 1 || count > most_along) return std::nullopt;
  return count;
}

Grid with_coordinates(std::vector<double> latitudes, std::vector<double> longitudes) {
  Grid grid;
  grid.rows = static_cast<std::int64_t>(latitudes.size());
  grid.columns = static_cast<std::int64_t>(longitudes.size());
  grid.is_rectilinear = grid.is_named = true;
  const Coordinate north(latitudes, {{"standard_name", "latitude"}, {"units", "degrees_north"}});
  const Coordinate east(longitudes, {{"standard_name", "longitude"}, {"units", "degrees_east"}});
  grid.labels = Labels({"lat", "lon"}).with_coordinate(0, north).with_coordinate(1, east);
  grid.latitudes = std::move(latitudes);
  grid.longitudes = std::move(longitudes);
  if (grid.columns == 1) grid.longitude_bounds = {-180, 180};
  return grid;
}

std::vector<double> longitudes_around(std::int64_t count) {
  std::vector<double> longitudes;
  for (std::int64_t i = 0; i < count; ++i)
    longitudes.push_back(static_cast<double>(i) * (360 / static_cast<double>(count)));
  return longitudes;
}

}  // namespace

std::vector<double> grids::gaussian_latitudes(std::int64_t count) {
  constexpr int most_steps = 20;
  const auto n = static_cast<double>(count);
  std::vector<double> sines;
  for (std::int64_t i = 0; i < count; ++i) {
    double angle = 3.14159265358979323846 * (static_cast<double>(i) + 0.75) / (n + 0.5);
    double x = 0;
    math::apply(math::Unary::cos, &angle, &x, 1);
    // Newton's method for the zero of the Legendre polynomial near x.
    for (int step = 0; step < most_steps; ++step) {
      double last = 1, value = x;
      for (std::int64_t k = 2; k <= count; ++k) {
        const auto degree = static_cast<double>(k);
        const double next = ((2 * degree - 1) * x * value - (degree - 1) * last) / degree;
        last = value;
        value = next;
      }
      const double slope = n * (last - x * value) / (1 - x * x);
      const double change = value / slope;
      x -= change;
      if (std::abs(change) < 1e-16) break;
    }
    sines.push_back(x);
  }
  math::apply(math::Unary::asin, sines.data(), sines.data(), sines.size());
  for (double& latitude : sines) latitude /= sphere::radians_per_degree;
  // North and south are mirror images, to the bit.
  for (std::size_t i = 0; i < sines.size() / 2; ++i) sines[sines.size() - 1 - i] = -sines[i];
  if (sines.size() % 2 == 1) sines[sines.size() / 2] = 0;
  return sines;
}

Grid Grid::named(TextArgument name) {
  const std::string text(std::move(name));
  const std::string_view view(text);
  if (view.starts_with('r')) {
    const std::size_t cross = view.find('x');
    const auto columns = cross == std::string_view::npos ? std::nullopt : count_of(view.substr(1, cross - 1));
    const auto rows = cross == std::string_view::npos ? std::nullopt : count_of(view.substr(cross + 1));
    if (columns && rows && *rows > 1) {
      // An odd number of latitudes has the poles and the equator among them.
      const bool is_odd = *rows % 2 == 1;
      const double step = 180 / static_cast<double>(is_odd ? *rows - 1 : *rows);
      const double first = is_odd ? -90 : -90 + 0.5 * step;
      std::vector<double> latitudes;
      for (std::int64_t i = 0; i < *rows; ++i) latitudes.push_back(first + static_cast<double>(i) * step);
      return with_coordinates(std::move(latitudes), longitudes_around(*columns));
    }
  }
  if (view.starts_with('n') || view.starts_with('F'))
    if (const auto half = count_of(view.substr(1)); half && *half <= most_gaussian)
      return with_coordinates(grids::gaussian_latitudes(2 * *half), longitudes_around(4 * *half));
  throw Error(ErrorCode::invalid_argument,
              "no grid has the name '" + text +
                  "'; names are r180x91, of so many longitudes and at least two latitudes, and n32 or F32, the regular "
                  "Gaussian grid of twice as many latitudes; at most 100000 along an axis, and n5000");
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
