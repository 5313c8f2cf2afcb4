#pragma once
/// Points on the unit sphere, and areas of polygons whose sides are arcs of great circles. All functions have the same
/// bits on every CPU.
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "chunkwise/expr/grid.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::sphere {

inline constexpr double radians_per_degree = 3.14159265358979323846 / 180;

struct Point {
  double x = 0, y = 0, z = 0;
};
[[nodiscard]] inline double dot(const Point& a, const Point& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
[[nodiscard]] inline Point cross(const Point& a, const Point& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
[[nodiscard]] inline Point minus(const Point& a, const Point& b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
[[nodiscard]] inline double squared_distance(const Point& a, const Point& b) {
  const Point way = minus(a, b);
  return dot(way, way);
}

/// Returns a longitude in degrees, at most half a turn away from another one.
[[nodiscard]] double beside(double longitude, double other);
/// Returns longitudes, each the turn nearest to the one before: 170 -175 becomes 170 185.
[[nodiscard]] std::vector<double> unwrapped(std::vector<double> longitudes);
/// Returns the sines, the cosines of angles in degrees.
[[nodiscard]] std::vector<double> sines(std::span<const double> degrees);
[[nodiscard]] std::vector<double> cosines(std::span<const double> degrees);
/// Returns the points of as many latitudes as longitudes, in degrees.
[[nodiscard]] std::vector<Point> points(std::span<const double> latitudes, std::span<const double> longitudes);
/// Returns the points of all latitudes, each with all longitudes.
[[nodiscard]] std::vector<Point> all_points(std::span<const double> latitudes, std::span<const double> longitudes);

/// The tangent of half the area of a triangle, as a fraction: its sign is that of the way round, seen from outside
/// (van Oosterom and Strackee, 1983).
struct HalfArea {
  double numerator = 0, denominator = 1;
};
[[nodiscard]] HalfArea half_area(const Point& a, const Point& b, const Point& c);
/// Returns the areas of triangles on the unit sphere, positive ones counterclockwise.
[[nodiscard]] std::vector<double> areas(std::span<const HalfArea> triangles);

/// Returns the centres of the cells of a grid, row by row.
[[nodiscard]] std::vector<Point> centres(const Grid& grid);
/// The corners of a cell, in order around it.
using Corners = std::array<Point, 4>;
/// Returns the corners of the cells of a grid, row by row; throws not_found for `who` if they are not known,
/// invalid_argument for cells that are 180 degrees wide or more.
[[nodiscard]] std::vector<Corners> corners(const Grid& grid, const char* who);

/// The ends of the cells of a rectilinear grid: two a row, two a column.
struct CellEnds {
  std::vector<double> latitudes, longitudes;
};
/// Returns the bounds of a rectilinear grid, or, as CDO makes them, the middles between its centres; ends beyond 88
/// degrees of latitude are the poles. Throws as corners does.
[[nodiscard]] CellEnds cell_ends(const Grid& grid, const char* who);
/// Returns the latitudes and the longitudes of the corners of all cells, row by row: four a cell, in order around it.
[[nodiscard]] CellEnds corners_of(const CellEnds& ends);

}  // namespace chunkwise::inline CHUNKWISE_ABI::sphere
