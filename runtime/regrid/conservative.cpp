/// First-order conservative weights: the areas in which cells of two grids overlap. Between rectilinear grids the sides
/// of cells lie on parallels and meridians, so that an overlap is one of latitudes times one of longitudes. Else they
/// are arcs of great circles, and a source cell is cut along those of the target cell, one after the other (Sutherland
/// and Hodgman, 1974).
#include <algorithm>
#include <cmath>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/op/line/line.hpp"
#include "runtime/regrid/cell_tree.hpp"
#include "runtime/regrid/methods.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::grids {

namespace {

using sphere::Corners;
using sphere::HalfArea;
using sphere::Point;
using Polygon = std::vector<Point>;

/// Corners closer than this are one: those of cells that end at a pole.
constexpr double least_squared_side = 1e-24;
/// Part of a cell; what is less is left by rounding.
constexpr double least_overlap = 1e-12;
constexpr const char* conservative_regridding = "conservative regridding";

/// Returns the sum of signed areas of a polygon's triangles from its first corner, as their half-areas' tangents.
double sign_of(const Polygon& polygon) {
  double sum = 0;
  for (std::size_t i = 2; i < polygon.size(); ++i)
    sum += sphere::half_area(polygon[0], polygon[i - 1], polygon[i]).numerator;
  return sum;
}

/// Returns the corners of a cell counterclockwise, each once; less than three of a cell without area.
Polygon polygon_of(const Corners& corners) {
  Polygon polygon;
  for (const Point& corner : corners)
    if (polygon.empty() || sphere::squared_distance(polygon.back(), corner) > least_squared_side)
      polygon.push_back(corner);
  while (polygon.size() > 1 && sphere::squared_distance(polygon.back(), polygon.front()) <= least_squared_side)
    polygon.pop_back();
  if (sign_of(polygon) < 0) std::ranges::reverse(polygon);
  return polygon;
}

/// Returns a polygon as convex ones: itself, or, of four corners one of which points inwards, two triangles.
std::vector<Polygon> convex_parts(const Polygon& polygon) {
  const std::size_t n = polygon.size();
  if (n < 3) return {};
  for (std::size_t i = 0; i < n && n == 4; ++i) {
    const Point &before = polygon[(i + n - 1) % n], &here = polygon[i], &next = polygon[(i + 1) % n];
    if (sphere::half_area(before, here, next).numerator < 0)
      return {{here, next, polygon[(i + 2) % n]}, {here, polygon[(i + 2) % n], before}};
  }
  return {polygon};
}

/// Cuts polygons along the sides of a convex one.
class Clip {
 public:
  explicit Clip(const Polygon& convex) {
    for (std::size_t i = 0; i < convex.size(); ++i) {
      const Point& from = convex[i];
      // The product with a difference keeps the digits of short sides.
      normals_.push_back(sphere::cross(from, sphere::minus(convex[(i + 1) % convex.size()], from)));
    }
  }
  /// Returns what of a polygon lies inside.
  const Polygon& operator()(const Polygon& polygon) {
    inside_ = polygon;
    for (const Point& normal : normals_) {
      if (inside_.empty()) break;
      std::swap(inside_, before_);
      inside_.clear();
      Point last = before_.back();
      double last_height = sphere::dot(normal, last);
      for (const Point& corner : before_) {
        const double height = sphere::dot(normal, corner);
        if ((last_height < 0) != (height < 0)) inside_.push_back(between(last, last_height, corner, height));
        if (height >= 0) inside_.push_back(corner);
        last = corner;
        last_height = height;
      }
    }
    return inside_;
  }

 private:
  static Point between(const Point& a, double height_a, const Point& b, double height_b) {
    const double way = height_a / (height_a - height_b);
    const Point p{a.x + (b.x - a.x) * way, a.y + (b.y - a.y) * way, a.z + (b.z - a.z) * way};
    const double length = std::sqrt(sphere::dot(p, p));
    return {p.x / length, p.y / length, p.z / length};
  }

  std::vector<Point> normals_;
  Polygon inside_, before_;
};

/// The overlaps of one target cell, whose areas are computed together.
class Overlaps {
 public:
  void add(std::int64_t source, const Polygon& polygon) {
    if (polygon.size() < 3) return;
    sources_.push_back(source);
    for (std::size_t i = 2; i < polygon.size(); ++i)
      triangles_.push_back(sphere::half_area(polygon[0], polygon[i - 1], polygon[i]));
    ends_.push_back(triangles_.size());
  }
  /// Returns a link for each overlap, with its area as the weight.
  std::vector<RegridWeights::Link> links() {
    const std::vector<double> areas = sphere::areas(triangles_);
    std::vector<RegridWeights::Link> links;
    std::size_t triangle = 0;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      double area = 0;
      for (; triangle < ends_[i]; ++triangle) area += areas[triangle];
      links.push_back({sources_[i], area});
    }
    return links;
  }
  void clear() {
    sources_.clear();
    triangles_.clear();
    ends_.clear();
  }

 private:
  std::vector<std::int64_t> sources_;
  std::vector<HalfArea> triangles_;
  std::vector<std::size_t> ends_;
};

/// A part of a source row or column, or of a source cell.
using Share = RegridWeights::Link;

/// Returns the parts of the source's intervals that lie in an interval, by a measure of its own.
template <class Measure>
void add_shares(std::vector<Share>& shares, const std::vector<double>& source, double shift, double low, double high,
                Measure&& measure) {
  for (std::size_t i = 0; i < source.size(); i += 2) {
    const double from = std::max(low, source[i] + shift), to = std::min(high, source[i + 1] + shift);
    if (to - from > least_overlap * (high - low))
      shares.push_back({static_cast<std::int64_t>(i / 2), measure(from, to)});
  }
}

/// Returns for each row of the target the parts of the source's rows.
std::vector<std::vector<Share>> shares_of_rows(const std::vector<double>& source, const std::vector<double>& target) {
  std::vector<std::vector<Share>> result;
  for (std::size_t row = 0; row < target.size(); row += 2) {
    std::vector<Share>& shares = result.emplace_back();
    add_shares(shares, source, 0, target[row], target[row + 1], [](double from, double to) {
      // sin a - sin b, without the difference of numbers that are nearly equal.
      const double half = 0.5 * (to - from), middle = 0.5 * (to + from);
      return 2 * sphere::cosines({&middle, 1})[0] * sphere::sines({&half, 1})[0];
    });
  }
  return result;
}

/// Returns for each column of the target the parts of the source's columns, which may lie whole turns away.
std::vector<std::vector<Share>> shares_of_columns(const std::vector<double>& source,
                                                  const std::vector<double>& target) {
  constexpr double turn = 360;
  std::vector<std::vector<Share>> result;
  const auto [west, east] = std::ranges::minmax(source);
  for (std::size_t column = 0; column < target.size(); column += 2) {
    std::vector<Share>& shares = result.emplace_back();
    const double low = target[column], high = target[column + 1];
    for (double shift = std::ceil((low - east) / turn) * turn; west + shift < high; shift += turn)
      add_shares(shares, source, shift, low, high, [](double from, double to) { return to - from; });
  }
  return result;
}

/// Returns the links of a cell in the order of sources, each source once.
std::vector<Share> merged(std::vector<Share> links) {
  std::ranges::stable_sort(links, {}, &Share::source);
  std::vector<Share> result;
  for (const Share& link : links)
    if (!result.empty() && result.back().source == link.source)
      result.back().weight += link.weight;
    else
      result.push_back(link);
  return result;
}

void require_room(std::size_t links) {
  if (links > linewise::most_numbers / 2)
    throw Error(ErrorCode::unsupported,
                "regrid: the conservative weights of these grids are more than 2**26 numbers; take a part of the "
                "array, or average neighbouring cells first");
}

/// Adds the links of a cell, whose weights are areas.
void end_cell(RegridWeights& weights, const std::vector<Share>& links) {
  require_room(weights.links.size() + links.size());
  double covered = 0;
  for (const Share& link : links) covered += link.weight;
  for (const Share& link : links) weights.links.push_back({link.source, link.weight / covered});
  weights.ends.push_back(static_cast<std::int64_t>(weights.links.size()));
  weights.skips_nan.push_back(true);
}

RegridWeights between_rectilinear(const Grid& source, const Grid& target) {
  const sphere::CellEnds from = sphere::cell_ends(source, conservative_regridding),
                         to = sphere::cell_ends(target, conservative_regridding);
  const auto rows = shares_of_rows(from.latitudes, to.latitudes);
  const auto columns = shares_of_columns(from.longitudes, to.longitudes);
  std::size_t up_links = 0, right_links = 0;
  for (const std::vector<Share>& row : rows) up_links += row.size();
  for (const std::vector<Share>& column : columns) right_links += column.size();
  require_room(up_links * right_links);
  RegridWeights weights;
  std::vector<Share> links;
  for (const std::vector<Share>& row : rows)
    for (const std::vector<Share>& column : columns) {
      links.clear();
      for (const Share& up : row)
        for (const Share& right : column)
          links.push_back({up.source * source.columns + right.source, up.weight * right.weight});
      end_cell(weights, merged(std::move(links)));
    }
  return weights;
}

}  // namespace

RegridWeights conservative_weights(const Grid& source, const Grid& target) {
  if (source.is_rectilinear && target.is_rectilinear) return between_rectilinear(source, target);
  const std::vector<Corners> source_corners = sphere::corners(source, conservative_regridding);
  const std::vector<Corners> target_corners = sphere::corners(target, conservative_regridding);
  std::vector<Polygon> polygons;
  polygons.reserve(source_corners.size());
  for (const Corners& corners : source_corners) polygons.push_back(polygon_of(corners));
  const sphere::CellTree tree(source.rows, source.columns, [&](std::int64_t cell) {
    return sphere::box_of(source_corners[static_cast<std::size_t>(cell)]);
  });
  RegridWeights weights;
  Overlaps overlaps;
  for (const Corners& corners : target_corners) {
    overlaps.clear();
    std::vector<HalfArea> own;
    const sphere::Box box = sphere::box_of(corners);
    for (const Polygon& part : convex_parts(polygon_of(corners))) {
      Clip clip(part);
      for (std::size_t i = 2; i < part.size(); ++i) own.push_back(sphere::half_area(part[0], part[i - 1], part[i]));
      tree.meeting(box, [&](std::int64_t cell) {
        const Polygon& polygon = polygons[static_cast<std::size_t>(cell)];
        if (polygon.size() > 2) overlaps.add(cell, clip(polygon));
      });
    }
    double area = 0;
    for (const double part : sphere::areas(own)) area += part;
    // A target cell that was cut in parts has several overlaps with a source.
    std::vector<Share> links = merged(overlaps.links());
    std::erase_if(links, [&](const Share& link) { return !(link.weight > least_overlap * area); });
    end_cell(weights, links);
  }
  return weights;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::grids
