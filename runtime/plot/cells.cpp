#include "runtime/plot/cells.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr double radian = 57.29577951308232;

/// A point of the unit sphere, or a way between two.
struct Vector {
  double x = 0, y = 0, z = 0;
  Vector operator+(Vector o) const { return {x + o.x, y + o.y, z + o.z}; }
  Vector operator-(Vector o) const { return {x - o.x, y - o.y, z - o.z}; }
  Vector operator*(double s) const { return {x * s, y * s, z * s}; }
  [[nodiscard]] double length() const { return std::sqrt(x * x + y * y + z * z); }
};

struct Point {
  double x;
  double y;
};

double turned(double longitude, double near) { return longitude - 360 * std::round((longitude - near) / 360); }

/// A curvilinear grid's centres.
class Centres {
 public:
  explicit Centres(const Map& map)
      : columns_(static_cast<std::ptrdiff_t>(map.row_length)),
        rows_(static_cast<std::ptrdiff_t>(map.values.size()) / columns_) {
    points_.resize(map.values.size());
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const double latitude = map.latitudes[i], longitude = map.longitudes[i];
      constexpr double most = 90.01;
      if (!(std::abs(latitude) <= most) || !(std::abs(longitude) <= 1e6)) continue;
      const double lat = latitude / radian, lon = longitude / radian;
      points_[i] = Vector{std::cos(lat) * std::cos(lon), std::cos(lat) * std::sin(lon), std::sin(lat)};
    }
  }
  [[nodiscard]] std::ptrdiff_t rows() const { return rows_; }
  [[nodiscard]] std::ptrdiff_t columns() const { return columns_; }
  [[nodiscard]] const std::optional<Vector>& at(std::ptrdiff_t row, std::ptrdiff_t column) const {
    static const std::optional<Vector> none;
    if (row < 0 || column < 0 || row >= rows_ || column >= columns_) return none;
    return points_[static_cast<std::size_t>(row * columns_ + column)];
  }

  /// The four corners of a cell, in turn; none for a cell without neighbours.
  [[nodiscard]] std::optional<std::array<Vector, 4>> corners(std::ptrdiff_t row, std::ptrdiff_t column) const {
    const Vector centre = *at(row, column);
    const Step down = step(centre, at(row - 1, column), at(row + 1, column));
    const Step right = step(centre, at(row, column - 1), at(row, column + 1));
    if (down.length == 0 && right.length == 0) return std::nullopt;
    std::array<Vector, 4> result;
    constexpr std::array<std::array<int, 2>, 4> sides{{{-1, -1}, {-1, 1}, {1, 1}, {1, -1}}};
    for (std::size_t k = 0; k < sides.size(); ++k) {
      const auto [i, j] = sides[k];
      const auto& a = at(row + i, column);
      const auto& b = at(row, column + j);
      const auto& c = at(row + i, column + j);
      const bool together = a && b && c && is_near(centre, *a, down) && is_near(centre, *b, right) &&
                            (*c - centre).length() < 3 * (down.length + right.length);
      result[k] = together ? (centre + *a + *b + *c) * 0.25 : own_corner(centre, down, right, i, j);
    }
    return result;
  }

  /// The middle one of the distances from each cell to the next, in degrees.
  [[nodiscard]] double typical_step() const {
    std::vector<double> steps;
    for (std::ptrdiff_t row = 0; row < rows_; ++row)
      for (std::ptrdiff_t column = 0; column < columns_; ++column)
        if (at(row, column)) {
          const Step right = step(*at(row, column), at(row, column - 1), at(row, column + 1));
          const Step down = step(*at(row, column), at(row - 1, column), at(row + 1, column));
          steps.push_back(std::max(right.length, down.length) * radian);
        }
    if (steps.empty()) return 0;
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::nth_element(steps.begin(), middle, steps.end());
    return *middle;
  }

 private:
  /// The way from a cell to the next one in one direction of the grid.
  struct Step {
    Vector way;
    double length = 0;  // 0: there is no neighbour
  };
  static Step step(Vector centre, const std::optional<Vector>& before, const std::optional<Vector>& after) {
    const double back = before ? (centre - *before).length() : 0, on = after ? (*after - centre).length() : 0;
    if (back == 0 && on == 0) return {};
    if (back == 0 || (on != 0 && on <= back)) return {*after - centre, on};
    return {centre - *before, back};
  }
  static bool is_near(Vector centre, Vector other, const Step& step) {
    return (other - centre).length() <= 3 * step.length;
  }
  static Vector own_corner(Vector centre, const Step& down, const Step& right, int i, int j) {
    const auto across = [&](const Step& along) {
      const Vector c = centre, w = along.way;
      return Vector{c.y * w.z - c.z * w.y, c.z * w.x - c.x * w.z, c.x * w.y - c.y * w.x};
    };
    const Vector v = down.length > 0 ? down.way : across(right);
    const Vector u = right.length > 0 ? right.way : across(down);
    return centre + v * (i * 0.5) + u * (j * 0.5);
  }

  std::ptrdiff_t columns_;
  std::ptrdiff_t rows_;
  std::vector<std::optional<Vector>> points_;
};

/// The corners as longitudes and latitudes without a jump; a cell around a pole reaches up to it.
std::vector<Point> outline(const std::array<Vector, 4>& corners, double longitude) {
  std::vector<Point> points;
  double near = longitude;
  for (const Vector& corner : corners) {
    const double lat = std::asin(std::clamp(corner.z / corner.length(), -1.0, 1.0)) * radian;
    const double lon = turned(std::atan2(corner.y, corner.x) * radian, near);
    points.push_back({lon, lat});
    near = lon;
  }
  const double round = turned(points.front().x, near) - points.front().x;
  if (std::abs(round) > 180) {
    const double pole = points.front().y > 0 ? 90 : -90;
    points.push_back({points.front().x + round, points.front().y});
    points.push_back({points.back().x, pole});
    points.push_back({points.front().x, pole});
  }
  return points;
}

/// Colours the pixels whose middle lies within the polygon, which is in pixels.
void fill(const Pixels& pixels, const std::vector<Point>& polygon, std::uint32_t colour) {
  double top = polygon[0].y, bottom = polygon[0].y;
  for (const Point& point : polygon) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) return;
    top = std::min(top, point.y);
    bottom = std::max(bottom, point.y);
  }
  const int first = static_cast<int>(std::clamp(std::ceil(top - 0.5), 0.0, pixels.height + 0.0));
  const int last = static_cast<int>(std::clamp(std::ceil(bottom - 0.5), 0.0, pixels.height + 0.0));
  std::array<double, 8> crossings{};
  for (int y = first; y < last; ++y) {
    const double middle = y + 0.5;
    std::size_t count = 0;
    for (std::size_t i = 0; i < polygon.size() && count < crossings.size(); ++i) {
      const Point& a = polygon[i];
      const Point& b = polygon[(i + 1) % polygon.size()];
      if ((a.y <= middle) == (b.y <= middle)) continue;
      crossings[count++] = a.x + (b.x - a.x) * (middle - a.y) / (b.y - a.y);
    }
    std::sort(crossings.begin(), crossings.begin() + static_cast<std::ptrdiff_t>(count));
    std::uint32_t* const line = pixels.row(y);
    for (std::size_t i = 0; i + 1 < count; i += 2) {
      const int from = static_cast<int>(std::clamp(std::ceil(crossings[i] - 0.5), 0.0, pixels.width + 0.0));
      const int to = static_cast<int>(std::clamp(std::ceil(crossings[i + 1] - 0.5), 0.0, pixels.width + 0.0));
      std::fill(line + from, line + std::max(from, to), colour);
    }
  }
}

}  // namespace

Coverage coverage(const Map& map) {
  const Centres centres(map);
  std::vector<double> longitudes;
  std::optional<Limits> north;
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    const auto columns = centres.columns();
    if (!centres.at(static_cast<std::ptrdiff_t>(i) / columns, static_cast<std::ptrdiff_t>(i) % columns)) continue;
    const double latitude = map.latitudes[i], longitude = map.longitudes[i];
    longitudes.push_back(longitude - 360 * std::floor(longitude / 360));
    north =
        north ? Limits{std::min(north->low, latitude), std::max(north->high, latitude)} : Limits{latitude, latitude};
  }
  if (!north)
    throw Error(ErrorCode::invalid_argument,
                "plot: no value of the map has a place: its latitudes and longitudes are missing or no angles");
  const double step = centres.typical_step();
  // Points that lie on one another, or nearly, still cover an area.
  constexpr double least_margin = 1e-6;
  const double margin = step > 0 ? std::max(step / 2, least_margin) : 0.5;
  *north = {std::max(north->low - margin, -90.0), std::min(north->high + margin, 90.0)};

  // The widest gap between longitudes is what the grid does not cover.
  std::sort(longitudes.begin(), longitudes.end());
  double gap = longitudes.front() + 360 - longitudes.back(), start = longitudes.front();
  for (std::size_t i = 1; i < longitudes.size(); ++i)
    if (longitudes[i] - longitudes[i - 1] > gap) {
      gap = longitudes[i] - longitudes[i - 1];
      start = longitudes[i];
    }
  const double least_gap = std::max(4.0, 3 * step);
  if (gap < least_gap) return {{-180, 180}, *north};
  double end = start + 360 - gap;
  if ((start + end) / 2 > 180) {
    start -= 360;
    end -= 360;
  }
  // A degree of longitude is shorter away from the equator.
  const double shrink = std::max(std::cos((north->low + north->high) / 2 / radian), 0.2);
  const double side = std::min(margin / shrink, gap / 2);
  return {{start - side, end + side}, *north};
}

void paint_cells(const Pixels& pixels, const Map& map, const Frame& frame, const Paint& paint) {
  const Centres centres(map);
  const auto x = [&](double longitude) { return fraction(frame.east, longitude) * pixels.width; };
  const auto y = [&](double latitude) { return (1 - fraction(frame.north, latitude)) * pixels.height; };
  // Where cells lie on one another, one with a value is seen.
  for (const bool missing : {true, false})
    for (std::ptrdiff_t row = 0; row < centres.rows(); ++row)
      for (std::ptrdiff_t column = 0; column < centres.columns(); ++column) {
        const auto i = static_cast<std::size_t>(row * centres.columns() + column);
        if (!centres.at(row, column) || std::isnan(map.values[i]) != missing) continue;
        const auto corners = centres.corners(row, column);
        if (!corners) continue;
        const std::vector<Point> points = outline(*corners, map.longitudes[i]);
        const auto [west, east] =
            std::minmax_element(points.begin(), points.end(), [](Point a, Point b) { return a.x < b.x; });
        const double first = std::ceil((frame.east.low - east->x) / 360);
        const double last = std::floor((frame.east.high - west->x) / 360);
        for (double turn = first; turn <= last; ++turn) {
          std::vector<Point> polygon;
          for (const Point& point : points) polygon.push_back({x(point.x + turn * 360), y(point.y)});
          fill(pixels, polygon, paint(map.values[i]));
        }
      }
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
