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

/// A curvilinear grid's centres, and the corners that its cells share.
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
    round_ = goes_round();
    find_typical_step();
  }
  [[nodiscard]] std::ptrdiff_t rows() const { return rows_; }
  [[nodiscard]] std::ptrdiff_t columns() const { return columns_; }
  [[nodiscard]] std::optional<Vector> at(std::ptrdiff_t row, std::ptrdiff_t column) const {
    if (round_) column = (column + columns_) % columns_;
    if (row < 0 || column < 0 || row >= rows_ || column >= columns_) return std::nullopt;
    return points_[static_cast<std::size_t>(row * columns_ + column)];
  }
  /// Returns the middle one of the distances from each cell to the next, in degrees; 0 if all lie at one place.
  [[nodiscard]] double typical_step() const { return typical_ * radian; }

  /// Returns the four corners of a cell, in turn; none if all cells lie at one place. Neighbours have the same corners,
  /// to the bit.
  [[nodiscard]] std::optional<std::array<Vector, 4>> corners(std::ptrdiff_t row, std::ptrdiff_t column) const {
    if (typical_ == 0) return std::nullopt;
    return std::array<Vector, 4>{corner(row, column, -1, -1), corner(row, column, -1, 1), corner(row, column, 1, 1),
                                 corner(row, column, 1, -1)};
  }

 private:
  /// The way from a cell's middle to its edge in one direction of the grid.
  struct Step {
    Vector way;
    double length = 0;  // to the next cell; 0: there is none
  };
  /// Returns half the way to `other` along the sphere, as a tangent: in the other direction it leads as far.
  static Vector half_way(Vector centre, Vector other) {
    const Vector way = other - centre;
    const Vector tangent = way - centre * (way.x * centre.x + way.y * centre.y + way.z * centre.z);
    const double length = tangent.length();
    const double half_angle = std::asin(std::min(way.length() / 2, 1.0));
    return length > 0 ? tangent * (std::tan(half_angle) / length) : Vector{};
  }
  static Step step(Vector centre, const std::optional<Vector>& before, const std::optional<Vector>& after) {
    const double back = before ? (centre - *before).length() : 0, on = after ? (*after - centre).length() : 0;
    if (back == 0 && on == 0) return {};
    if (back == 0 || (on != 0 && on <= back)) return {half_way(centre, *after), on};
    return {half_way(centre, *before) * -1, back};
  }
  [[nodiscard]] Step down(std::ptrdiff_t row, std::ptrdiff_t column) const {
    return step(*at(row, column), at(row - 1, column), at(row + 1, column));
  }
  [[nodiscard]] Step right(std::ptrdiff_t row, std::ptrdiff_t column) const {
    return step(*at(row, column), at(row, column - 1), at(row, column + 1));
  }

  /// Returns true if the last column lies beside the first one, and on the other side than the second.
  [[nodiscard]] bool goes_round() const {
    if (columns_ < 3) return false;
    std::ptrdiff_t known = 0, beside = 0;
    for (std::ptrdiff_t row = 0; row < rows_; ++row) {
      const auto& first = at(row, 0);
      const auto& second = at(row, 1);
      const auto& last = at(row, columns_ - 1);
      if (!first || !second || !last) continue;
      ++known;
      const Vector on = *second - *first, back = *last - *first;
      const bool opposite = on.x * back.x + on.y * back.y + on.z * back.z < 0;
      if (opposite && back.length() < 1.5 * on.length()) ++beside;
    }
    return known > 0 && beside * 2 > known;
  }
  void find_typical_step() {
    std::vector<double> steps;
    for (std::ptrdiff_t row = 0; row < rows_; ++row)
      for (std::ptrdiff_t column = 0; column < columns_; ++column)
        if (at(row, column)) {
          const double length = std::max(down(row, column).length, right(row, column).length);
          if (length > 0) steps.push_back(length);
        }
    if (steps.empty()) return;
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::nth_element(steps.begin(), middle, steps.end());
    typical_ = *middle;
  }

  /// Returns a cell's corner by the data of the cell alone.
  [[nodiscard]] Vector own_corner(std::ptrdiff_t row, std::ptrdiff_t column, int i, int j) const {
    const Vector c = *at(row, column);
    const Step down = this->down(row, column), right = this->right(row, column);
    const auto across = [&](Vector w) {
      return Vector{c.y * w.z - c.z * w.y, c.z * w.x - c.x * w.z, c.x * w.y - c.y * w.x};
    };
    Vector v = down.way, u = right.way;
    if (down.length == 0 && right.length == 0) {
      const Vector east = c.x == 0 && c.y == 0 ? Vector{1, 0, 0} : Vector{-c.y, c.x, 0};
      u = east * (typical_ / 2 / east.length());
    }
    if (down.length == 0) v = across(u);
    if (right.length == 0 && down.length > 0) u = across(v);
    return c + v * i + u * j;
  }

  /// Returns the corner of a cell towards row + i and column + j. The cells that meet there share it: those of the four
  /// that are neighbours, and neighbours of neighbours. At a seam, cells beside one another in the array are none.
  [[nodiscard]] Vector corner(std::ptrdiff_t row, std::ptrdiff_t column, int i, int j) const {
    // Round the corner, beginning at its upper left.
    const std::ptrdiff_t top = i < 0 ? row - 1 : row, left = j < 0 ? column - 1 : column;
    const std::array<std::array<std::ptrdiff_t, 2>, 4> cells{
        {{top, left}, {top, left + 1}, {top + 1, left + 1}, {top + 1, left}}};
    const std::size_t self = i < 0 ? (j < 0 ? 2 : 3) : (j < 0 ? 1 : 0);
    std::array<bool, 4> meets{};
    meets[self] = true;
    for (const std::size_t turn : {1U, 3U})  // one way round, then the other
      for (std::size_t k = self, n = 0; n < 3; ++n) {
        const std::size_t next = (k + turn) % 4;
        const bool across = cells[k][0] == cells[next][0];
        if (!are_neighbours(cells[k], cells[next], across)) break;
        meets[next] = true;
        k = next;
      }
    Vector sum;
    int count = 0;
    const bool all = meets[0] && meets[1] && meets[2] && meets[3];
    constexpr std::array<std::array<int, 2>, 4> towards{{{1, 1}, {1, -1}, {-1, -1}, {-1, 1}}};
    for (std::size_t k = 0; k < 4; ++k) {
      if (!meets[k]) continue;
      ++count;
      sum = sum +
            (all ? *at(cells[k][0], cells[k][1]) : own_corner(cells[k][0], cells[k][1], towards[k][0], towards[k][1]));
    }
    return sum * (1.0 / count);
  }
  [[nodiscard]] bool are_neighbours(const std::array<std::ptrdiff_t, 2>& a, const std::array<std::ptrdiff_t, 2>& b,
                                    bool across) const {
    const auto& from = at(a[0], a[1]);
    const auto& to = at(b[0], b[1]);
    if (!from || !to) return false;
    const double one = across ? right(a[0], a[1]).length : down(a[0], a[1]).length;
    const double other = across ? right(b[0], b[1]).length : down(b[0], b[1]).length;
    return (*to - *from).length() <= 3 * std::max(one, other);
  }

  std::ptrdiff_t columns_;
  std::ptrdiff_t rows_;
  std::vector<std::optional<Vector>> points_;
  bool round_ = false;
  double typical_ = 0;  // distance from a cell to the next
};

/// Returns the corners as longitudes and latitudes without a jump; a cell around a pole reaches up to it.
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

/// The eight bits of a pixel that show no colour tell whether a cell covers it.
constexpr std::uint32_t covered = 0xff000000, closed = 0xfe000000, cover = 0xff000000;

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
      std::fill(line + from, line + std::max(from, to), covered | colour);
    }
  }
}

/// Colours pixels between two that cells cover: middles that rounding left between neighbours, and seams.
void close_gaps(const Pixels& pixels) {
  const auto is_covered = [](std::uint32_t pixel) { return (pixel & cover) == covered; };
  for (int y = 0; y < pixels.height; ++y) {
    std::uint32_t* const line = pixels.row(y);
    for (int x = 0; x < pixels.width; ++x) {
      if (is_covered(line[x])) continue;
      if (x > 0 && x + 1 < pixels.width && is_covered(line[x - 1]) && is_covered(line[x + 1]))
        line[x] = closed | (line[x - 1] & ~cover);
      else if (y > 0 && y + 1 < pixels.height && is_covered(pixels.row(y - 1)[x]) && is_covered(pixels.row(y + 1)[x]))
        line[x] = closed | (pixels.row(y - 1)[x] & ~cover);
    }
  }
}

/// Calls each(value's index, outline) for the cells of a grid that have a place and an area.
template <class Each>
void for_each_cell(const Centres& centres, const Map& map, const Each& each) {
  for (std::ptrdiff_t row = 0; row < centres.rows(); ++row)
    for (std::ptrdiff_t column = 0; column < centres.columns(); ++column) {
      if (!centres.at(row, column)) continue;
      const auto i = static_cast<std::size_t>(row * centres.columns() + column);
      if (const auto corners = centres.corners(row, column)) each(i, outline(*corners, map.longitudes[i]));
    }
}

struct WestEast {
  double west;
  double east;
};
WestEast west_east(const std::vector<Point>& points) {
  const auto [west, east] =
      std::minmax_element(points.begin(), points.end(), [](Point a, Point b) { return a.x < b.x; });
  return {west->x, east->x};
}

/// Returns limits about the same middle that are at least this far apart.
Limits at_least(Limits limits, double range) {
  const double lack = std::max(range - (limits.high - limits.low), 0.0);
  return {limits.low - lack / 2, limits.high + lack / 2};
}

}  // namespace

Coverage coverage(const Map& map) {
  const Centres centres(map);
  std::vector<WestEast> cells;
  std::optional<Limits> north;
  const auto add = [&](double latitude) {
    north =
        north ? Limits{std::min(north->low, latitude), std::max(north->high, latitude)} : Limits{latitude, latitude};
  };
  for_each_cell(centres, map, [&](std::size_t, const std::vector<Point>& points) {
    WestEast cell = west_east(points);
    const double turn = 360 * std::floor(cell.west / 360);
    cells.push_back({cell.west - turn, cell.east - turn});
    for (const Point& point : points) add(point.y);
  });
  for (std::size_t i = 0; i < map.values.size() && cells.empty(); ++i) {  // all at one place
    const auto columns = centres.columns(), index = static_cast<std::ptrdiff_t>(i);
    if (!centres.at(index / columns, index % columns)) continue;
    const double longitude = map.longitudes[i] - 360 * std::floor(map.longitudes[i] / 360);
    cells.push_back({longitude - 0.5, longitude + 0.5});
    add(map.latitudes[i] - 0.5);
    add(map.latitudes[i] + 0.5);
  }
  if (!north)
    throw Error(ErrorCode::invalid_argument,
                "plot: no value of the map has a place: its latitudes and longitudes are missing or no angles");
  constexpr double least = 2e-6;
  // Cells that nearly reach a pole do so.
  const double pole = 90 - 0.25 * centres.typical_step();
  if (north->low < -pole) north->low = -90;
  if (north->high > pole) north->high = 90;
  *north = at_least({std::max(north->low, -90.0), std::min(north->high, 90.0)}, least);

  // The grid does not cover the widest gap between the cells.
  std::sort(cells.begin(), cells.end(), [](WestEast a, WestEast b) { return a.west < b.west; });
  double reached = cells.front().east;
  for (const WestEast& cell : cells) reached = std::max(reached, cell.east);
  double gap = cells.front().west + 360 - reached, start = cells.front().west;
  reached = std::max(cells.front().east, reached - 360);  // cells that lie across the beginning
  for (const WestEast& cell : cells) {
    if (cell.west - reached > gap) {
      gap = cell.west - reached;
      start = cell.west;
    }
    reached = std::max(reached, cell.east);
  }
  const double least_gap = std::max(3.0, 2 * centres.typical_step());
  if (gap < least_gap) return {{-180, 180}, *north};
  double end = start + 360 - gap;
  if ((start + end) / 2 > 180) {
    start -= 360;
    end -= 360;
  }
  return {at_least({start, end}, least), *north};
}

bool paint_cells(const Pixels& pixels, const Map& map, const Frame& frame, const Paint& paint) {
  const Centres centres(map);
  for (int y = 0; y < pixels.height; ++y)
    for (std::uint32_t* at = pixels.row(y); at < pixels.row(y) + pixels.width; ++at) *at &= ~cover;
  const auto x = [&](double longitude) { return fraction(frame.east, longitude) * pixels.width; };
  const auto y = [&](double latitude) { return (1 - fraction(frame.north, latitude)) * pixels.height; };
  bool any = false;
  // If cells lie on one another, one with a value is seen.
  for (const bool missing : {true, false})
    for_each_cell(centres, map, [&](std::size_t i, const std::vector<Point>& points) {
      any = true;
      if (std::isnan(map.values[i]) != missing) return;
      const auto [west, east] = west_east(points);
      const double first = std::ceil((frame.east.low - east) / 360);
      const double last = std::floor((frame.east.high - west) / 360);
      for (double turn = first; turn <= last; ++turn) {
        std::vector<Point> polygon;
        for (const Point& point : points) polygon.push_back({x(point.x + turn * 360), y(point.y)});
        fill(pixels, polygon, paint(map.values[i]));
      }
    });
  close_gaps(pixels);
  return any;
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
