/// The areas of the cells of a grid.
#include <cmath>
#include <map>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "runtime/expr/handle_of.hpp"
#include "runtime/regrid/read_grid.hpp"
#include "runtime/regrid/sphere.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

NodePtr areas_in_memory(std::vector<double> values, const Shape& shape) {
  auto held = std::make_shared<const std::vector<double>>(std::move(values));
  return build::source(memory_source({DType::float64, shape, row_major_strides(shape), held, held->data()}));
}

/// Returns the areas of cells on a sphere of the Earth's radius.
std::vector<double> areas_of(const std::vector<sphere::Corners>& cells) {
  std::vector<sphere::HalfArea> triangles;
  triangles.reserve(2 * cells.size());
  for (const sphere::Corners& c : cells) {
    triangles.push_back(sphere::half_area(c[0], c[1], c[2]));
    triangles.push_back(sphere::half_area(c[0], c[2], c[3]));
  }
  const std::vector<double> parts = sphere::areas(triangles);
  std::vector<double> result(cells.size());
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = (std::abs(parts[2 * i]) + std::abs(parts[2 * i + 1])) * (earth_radius * earth_radius);
  return result;
}

/// Returns the areas of the cells of rows, which are as wide as `width` says.
std::vector<double> areas_of_width(const std::vector<double>& latitudes, double width) {
  Grid column;
  column.rows = static_cast<std::int64_t>(latitudes.size() / 2);
  column.columns = 1;
  column.is_rectilinear = true;
  column.latitude_bounds = latitudes;
  column.longitude_bounds = {0, width};
  return areas_of(sphere::corners(column, "cell_area"));
}

/// Returns the areas of a rectilinear grid: those of one column if all are equally wide.
UntypedArray rectilinear_areas(const Grid& grid) {
  const sphere::CellEnds ends = sphere::cell_ends(grid, "cell_area");
  std::map<double, std::vector<double>> by_width;
  std::vector<const std::vector<double>*> columns;
  for (std::size_t i = 0; i < ends.longitudes.size(); i += 2) {
    const double width = ends.longitudes[i + 1] - ends.longitudes[i];
    const auto [found, is_new] = by_width.try_emplace(width);
    if (is_new) found->second = areas_of_width(ends.latitudes, width);
    columns.push_back(&found->second);
  }
  const Shape shape{grid.rows, grid.columns};
  if (by_width.size() == 1)
    return broadcast_to(handle_of(areas_in_memory(by_width.begin()->second, {grid.rows, 1}), {}), shape);
  std::vector<double> all;
  all.reserve(static_cast<std::size_t>(shape.elements()));
  for (std::size_t row = 0; row < static_cast<std::size_t>(grid.rows); ++row)
    for (const std::vector<double>* column : columns) all.push_back((*column)[row]);
  return handle_of(areas_in_memory(std::move(all), shape), {});
}

}  // namespace

UntypedArray cell_area(const Labels& labels, const Shape& shape) {
  const Grid grid = Grid::of(labels, shape);
  if (grid.labels.dimension(0).empty() || grid.labels.dimension(1).empty())
    throw Error(ErrorCode::invalid_argument,
                "cell_area: the two dimensions of a grid need names, by which areas find them");
  UntypedArray result;
  if (std::optional<std::vector<double>> measured = grids::measured_areas(labels, grid))
    result = handle_of(areas_in_memory(std::move(*measured), {grid.rows, grid.columns}), {});
  else if (grid.is_rectilinear)
    result = rectilinear_areas(grid);
  else
    result = handle_of(areas_in_memory(areas_of(sphere::corners(grid, "cell_area")), {grid.rows, grid.columns}), {});
  const Attributes attributes{{"standard_name", "cell_area"}, {"units", "m2"}};
  result.labels = grid.labels.renamed("cell_area", attributes);
  return result;
}

int latitude_axis(const Labels& labels, const Shape& shape) { return grids::rectilinear(labels, shape).row_axis; }
int longitude_axis(const Labels& labels, const Shape& shape) { return grids::rectilinear(labels, shape).column_axis; }

Axes<2> detail::grid_axes(const Labels& labels, const Shape& shape) {
  const Grid grid = Grid::of(labels, shape);
  return axes(runtime_axis(grid.row_axis), runtime_axis(grid.column_axis));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
