#pragma once
/// Grids on the sphere: where the cells of an array lie, by its coordinates, or by a name such as "r180x91"; and the
/// functions of their areas: cell_area, means of the field, of parallels and of meridians. expr/regrid.hpp takes fields
/// from one grid to another. docs/regridding.md tells which coordinates make a grid.
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "chunkwise/core/text_argument.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/reduce.hpp"
#include "chunkwise/expr/rolling.hpp"
#include "chunkwise/expr/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The cells of a grid of longitudes and latitudes, row by row, in degrees. A rectilinear grid has a latitude for each
/// row and a longitude for each column; any other one, such as a rotated one, has both for each cell.
struct Grid {
  std::int64_t rows = 0;           ///< rows of cells
  std::int64_t columns = 0;        ///< cells of a row
  bool is_rectilinear = false;     ///< rows are parallels, columns meridians
  std::vector<double> latitudes;   ///< of the centres: one a row, else one a cell
  std::vector<double> longitudes;  ///< of the centres: one a column, else one a cell
  /// The corners: two ends a row and a column, else four corners a cell, in order around it. Empty if they are unknown;
  /// of a rectilinear grid they then lie in the middle between centres.
  std::vector<double> latitude_bounds, longitude_bounds;
  int row_axis = 0, column_axis = 1;  ///< the axes of the array that it comes from
  Labels labels;                      ///< of an array of (rows, columns)
  bool is_named = false;              ///< comes from a name, so that its dimensions have no names of their own

  /// Returns the grid of a name of CDO's: `r180x91`, of so many longitudes from 0 and latitudes from -90 to 90, or so
  /// as to have cells of equal height, by the number of latitudes; `n32` or `F32`, the regular Gaussian grid of 64
  /// latitudes from the north on and 128 longitudes. Throws invalid_argument for any other name.
  [[nodiscard]] static Grid named(TextArgument name);
  /// Returns the grid of an array of these labels and this shape: by its coordinates of latitude and longitude, by a
  /// rotated pole, or by the two-dimensional latitudes and longitudes that its attributes name. Throws not_found if it
  /// has none of them.
  [[nodiscard]] static Grid of(const Labels& labels, const Shape& shape);
};

/// The radius of the Earth that areas are those of, in metres: CDO's.
inline constexpr double earth_radius = 6371000;

// ---------------------------------------------------------------- arrays whose rank is known at run time

/// Returns the areas of the cells of an array of these labels and this shape in m2, an array of float64 of the two axes
/// of its grid: those that its attribute `cell_measures` names, or else of the polygons on a sphere of earth_radius
/// whose corners are those of the cells, as `cdo gridarea` has them. Throws not_found if there is no grid, or corners
/// are not known.
[[nodiscard]] UntypedArray cell_area(const Labels& labels, const Shape& shape);
/// Returns the number of the axis of latitudes of such an array, by its coordinates. Throws not_found for a grid that
/// is not rectilinear.
[[nodiscard]] int latitude_axis(const Labels& labels, const Shape& shape);
/// Returns the number of the axis of longitudes; throws as latitude_axis does.
[[nodiscard]] int longitude_axis(const Labels& labels, const Shape& shape);

namespace detail {
/// Returns the two axes of the grid of an array.
[[nodiscard]] Axes<2> grid_axes(const Labels& labels, const Shape& shape);
}  // namespace detail

// ---------------------------------------------------------------- typed expressions

/// Returns the areas of the cells of x in m2: (latitude, longitude) of float64. `average(t2m, cell_area(t2m),
/// axes("latitude", "longitude"))`. Throws not_found if the coordinates of x make no grid.
template <Expression E>
[[nodiscard]] Array<double, 2> cell_area(const E& x) {
  return Array<double, 2>(cell_area(x.labels(), x.shape()));
}
/// Returns the mean over the cells of the grid, each weighted with its area: `cdo fldmean`, but that NaN counts. The
/// two axes of the grid go. `compute(field_mean(t2m))   // of each time`
template <Expression E>
[[nodiscard]] auto field_mean(const E& x) {
  static_assert(rank_of<E> >= 2, "chunkwise: a field has an axis of latitude and one of longitude");
  return average(x, cell_area(x), detail::grid_axes(x.labels(), x.shape()));
}
/// Returns the mean along each parallel, of a rectilinear grid: `cdo zonmean`, but that NaN counts. The axis of
/// longitude goes.
template <Expression E>
[[nodiscard]] auto zonal_mean(const E& x) {
  static_assert(rank_of<E> >= 1, "chunkwise: a zonal mean takes an axis of longitude away");
  return mean(x, runtime_axis(longitude_axis(x.labels(), x.shape())));
}
/// Returns the mean along each meridian, cells weighted with their areas, of a rectilinear grid: `cdo mermean`, but
/// that NaN counts. The axis of latitude goes.
template <Expression E>
[[nodiscard]] auto meridional_mean(const E& x) {
  static_assert(rank_of<E> >= 2, "chunkwise: a field has an axis of latitude and one of longitude");
  return average(x, cell_area(x), runtime_axis(latitude_axis(x.labels(), x.shape())));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
