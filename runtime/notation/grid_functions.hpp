#pragma once
/// The functions of the notation that know where the cells of a grid lie (grids.cpp), and statistics of climate that
/// are made of other functions (climate.cpp).
#include <array>

#include "runtime/notation/functions.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

constexpr Function grid_function(Function::Kind kind, std::string_view name, std::size_t arrays,
                                 std::string_view parameters, std::array<std::string_view, 4> keywords,
                                 std::string_view summary) {
  return function_of(kind, name, arrays, arrays == 1, parameters, keywords, summary);
}
constexpr Function field_function(std::string_view name, std::string_view summary) {
  return grid_function(Function::Kind::grids, name, 1, "x, skipna=False", {"skipna"}, summary);
}
constexpr Function climate_function(std::string_view name, std::size_t arrays, std::string_view parameters,
                                    std::array<std::string_view, 4> keywords, std::string_view summary) {
  return grid_function(Function::Kind::climate, name, arrays, parameters, keywords, summary);
}
inline constexpr std::array grid_functions{
    grid_function(Function::Kind::grids, "cell_area", 1, "x", {}, "The areas of the cells of the grid of x, in m2."),
    field_function("field_mean", "Mean over the grid, cells weighted with their areas."),
    field_function("field_std", "Standard deviation over the grid, cells weighted with their areas."),
    field_function("field_var", "Variance over the grid, cells weighted with their areas."),
    field_function("zonal_mean", "Mean along each parallel."),
    field_function("meridional_mean", "Mean along each meridian, cells weighted with their areas."),
    grid_function(Function::Kind::grids, "regrid", 1, "x, grid, method='bilinear'", {"grid", "method"},
                  "x on another grid, \"r180x91\" or that of an array: bilinear, nearest or conservative."),
    climate_function("convert_units_to", 1, "x, units", {"units"},
                     "x in other units, by its attribute `units`: \"degC\", \"mm day-1\"."),
    climate_function("trend", 1, "x, axis=-1", {"axis", "dim"},
                     "Slope of the straight line by least squares along an axis, for each step."),
    climate_function("standardize", 1, "x, axis=None, ddof=0", {"axis", "dim", "ddof", "skipna"},
                     "x less its mean, divided by its standard deviation."),
    climate_function("regression", 2, "x, y, dim=None", {"dim", "axis"},
                     "Slope of the straight line that gives y of x by least squares, where neither is NaN."),
    climate_function("run_length", 1, "condition, axis=-1", {"axis", "dim"},
                     "How many elements in a row up to each are true, itself among them."),
    climate_function("longest_run", 1, "condition, axis=-1", {"axis", "dim"},
                     "The length of the longest row of true elements along an axis."),
    climate_function("spells", 1, "condition, length, axis=-1", {"length", "axis", "dim"},
                     "How many rows of at least so many true elements there are along an axis."),
    climate_function("degree_days", 1, "x, threshold, axis=-1, below=False", {"threshold", "axis", "dim", "below"},
                     "Sum along an axis of what is above a threshold, or below it."),
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
