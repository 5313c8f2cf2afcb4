#include "runtime/regrid/sphere.hpp"

#include <algorithm>
#include <cmath>

#include "chunkwise/core/error.hpp"
#include "chunkwise/op/transcendental.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::sphere {

namespace {

std::vector<double> of_degrees(math::Unary function, std::span<const double> degrees) {
  std::vector<double> angles(degrees.begin(), degrees.end());
  for (double& angle : angles) angle *= radians_per_degree;
  math::apply(function, angles.data(), angles.data(), angles.size());
  return angles;
}

/// Returns the middles between neighbours, and as far beyond the first and the last: two ends each, the lower first.
std::vector<double> ends_between(const std::vector<double>& centres, const char* who, const char* axis) {
  const std::size_t n = centres.size();
  if (n < 2)
    throw Error(ErrorCode::not_found, std::string(who) + ": how far a cell goes along one single " + axis +
                                          " is not known; a coordinate says so by `bounds`");
  std::vector<double> ends(2 * n);
  for (std::size_t i = 0; i + 1 < n; ++i) ends[2 * i + 1] = ends[2 * i + 2] = 0.5 * (centres[i] + centres[i + 1]);
  ends[0] = 2 * centres[0] - ends[1];
  ends[2 * n - 1] = 2 * centres[n - 1] - ends[2 * n - 2];
  return ends;
}

/// Sets ends near the poles to them.
void reach_poles(std::vector<double>& latitudes) {
  constexpr double near = 88, pole = 90;
  for (double* const end : {&latitudes.front(), &latitudes.back()})
    if (std::abs(*end) > near) *end = *end > 0 ? pole : -pole;
}

}  // namespace

double beside(double longitude, double other) {
  const double turns = std::round((longitude - other) / 360);
  return longitude - turns * 360;
}

std::vector<double> unwrapped(std::vector<double> longitudes) {
  for (std::size_t i = 1; i < longitudes.size(); ++i) longitudes[i] = beside(longitudes[i], longitudes[i - 1]);
  return longitudes;
}

std::vector<double> sines(std::span<const double> degrees) { return of_degrees(math::Unary::sin, degrees); }
std::vector<double> cosines(std::span<const double> degrees) { return of_degrees(math::Unary::cos, degrees); }

std::vector<Point> points(std::span<const double> latitudes, std::span<const double> longitudes) {
  const std::vector<double> sin_lat = sines(latitudes), cos_lat = cosines(latitudes);
  const std::vector<double> sin_lon = sines(longitudes), cos_lon = cosines(longitudes);
  std::vector<Point> result(latitudes.size());
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = {cos_lat[i] * cos_lon[i], cos_lat[i] * sin_lon[i], sin_lat[i]};
  return result;
}

std::vector<Point> all_points(std::span<const double> latitudes, std::span<const double> longitudes) {
  const std::vector<double> sin_lat = sines(latitudes), cos_lat = cosines(latitudes);
  const std::vector<double> sin_lon = sines(longitudes), cos_lon = cosines(longitudes);
  std::vector<Point> result;
  result.reserve(latitudes.size() * longitudes.size());
  for (std::size_t i = 0; i < latitudes.size(); ++i)
    for (std::size_t j = 0; j < longitudes.size(); ++j)
      result.push_back({cos_lat[i] * cos_lon[j], cos_lat[i] * sin_lon[j], sin_lat[i]});
  return result;
}

HalfArea half_area(const Point& a, const Point& b, const Point& c) {
  // The product of differences keeps the digits of small triangles.
  return {dot(a, cross(minus(b, a), minus(c, a))), 1 + dot(a, b) + dot(b, c) + dot(c, a)};
}

std::vector<double> areas(std::span<const HalfArea> triangles) {
  std::vector<double> numerators, denominators;
  for (const HalfArea& half : triangles) {
    numerators.push_back(half.numerator);
    denominators.push_back(half.denominator);
  }
  std::vector<double> result(triangles.size());
  math::atan2(numerators.data(), denominators.data(), result.data(), result.size());
  for (double& area : result) area *= 2;
  return result;
}

std::vector<Point> centres(const Grid& grid) {
  return grid.is_rectilinear ? all_points(grid.latitudes, grid.longitudes) : points(grid.latitudes, grid.longitudes);
}

CellEnds cell_ends(const Grid& grid, const char* who) {
  CellEnds ends{grid.latitude_bounds, grid.longitude_bounds};
  if (ends.latitudes.empty()) {
    ends.latitudes = ends_between(grid.latitudes, who, "latitude");
    reach_poles(ends.latitudes);
  }
  if (ends.longitudes.empty()) ends.longitudes = ends_between(unwrapped(grid.longitudes), who, "longitude");
  for (std::vector<double>* const each : {&ends.latitudes, &ends.longitudes})
    for (std::size_t i = 0; i < each->size(); i += 2)
      if ((*each)[i] > (*each)[i + 1]) std::swap((*each)[i], (*each)[i + 1]);
  // A cell from 355 to 5 goes on across 360, which its centre tells.
  for (std::size_t i = 0; i < grid.longitudes.size(); ++i) {
    double &west = ends.longitudes[2 * i], &east = ends.longitudes[2 * i + 1];
    const double centre = beside(grid.longitudes[i], 0.5 * (west + east));
    if (east - west <= 180 || (centre >= west && centre <= east)) continue;
    std::swap(west, east);
    east += 360;
  }
  return ends;
}

CellEnds corners_of(const CellEnds& ends) {
  CellEnds corners;
  for (std::size_t i = 0; i < ends.latitudes.size(); i += 2)
    for (std::size_t j = 0; j < ends.longitudes.size(); j += 2)
      for (const auto& [up, right] : {std::pair{0U, 0U}, {0U, 1U}, {1U, 1U}, {1U, 0U}}) {
        corners.latitudes.push_back(ends.latitudes[i + up]);
        corners.longitudes.push_back(ends.longitudes[j + right]);
      }
  return corners;
}

std::vector<Corners> corners(const Grid& grid, const char* who) {
  std::vector<Corners> result(static_cast<std::size_t>(grid.rows * grid.columns));
  if (grid.is_rectilinear) {
    const CellEnds ends = cell_ends(grid, who);
    for (std::size_t i = 0; i < ends.longitudes.size(); i += 2)
      if (!(ends.longitudes[i + 1] - ends.longitudes[i] < 180))
        throw Error(
            ErrorCode::invalid_argument,
            std::string(who) + ": cells that are 180 degrees wide or more have no sides that are great circles");
    const std::vector<Point> all = all_points(ends.latitudes, ends.longitudes);
    const std::size_t width = ends.longitudes.size();
    std::size_t cell = 0;
    for (std::size_t row = 0; row < ends.latitudes.size(); row += 2)
      for (std::size_t column = 0; column < width; column += 2) {
        const Point* const south = &all[row * width + column];
        result[cell++] = {south[0], south[1], south[width + 1], south[width]};
      }
    return result;
  }
  if (grid.latitude_bounds.empty())
    throw Error(ErrorCode::not_found, std::string(who) +
                                          ": the corners of the cells are not known; the variables of latitudes and "
                                          "longitudes name theirs by an attribute `bounds`");
  const std::vector<Point> all = points(grid.latitude_bounds, grid.longitude_bounds);
  for (std::size_t cell = 0; cell < result.size(); ++cell)
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(4 * cell), 4, result[cell].begin());
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::sphere
