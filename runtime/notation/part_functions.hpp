#pragma once
/// The functions of the notation that take parts of an array by the names of dimensions, put its indices in another
/// order or into groups, with what they take written as Python writes it. Read by functions.cpp alone.
#include "runtime/notation/array_functions.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

constexpr Function part_function(Function::Kind kind, std::string_view name, std::string_view alias, std::size_t arrays,
                                 std::string_view parameters, std::string_view summary) {
  return array_function(kind, name, alias, arrays, true, parameters, summary);
}

/// Groups; groups.cpp does them.
inline constexpr std::array group_functions{
    part_function(
        Function::Kind::groups, "groupby", "", 1, "x, key, window=None, boundary='exact'",
        "Groups of equal values of a coordinate, 'latitude', of a part of a time, 'time.month', of an array of "
        "labels, or of several of these in a list; with a window also of the steps around: groupby(x, "
        "'time.dayofyear', window=5)."),
    part_function(Function::Kind::groups, "groupby_bins", "", 1,
                  "x, key, bins, right=True, labels=None, include_lowest=False",
                  "Groups of the values of a key that lie between edges: groupby_bins(x, 'latitude', [-90, 0, 90])."),
    part_function(Function::Kind::groups, "resample", "", 1, "x, time='frequency'",
                  "Groups of the times in bins of equal length: resample(x, time='1D')."),
    part_function(Function::Kind::groups, "coarsen", "", 1, "x, dimension=size, boundary='exact'",
                  "Groups of so many neighbours: coarsen(x, time=4, boundary='trim')."),
};

/// Parts, and other orders; select.cpp and reindex.cpp do them.
inline constexpr std::array selection_functions{
    part_function(Function::Kind::selection, "isel", "", 1, "x, dimension=position, ...",
                  "Part of x by positions along dimensions: isel(x, time=0, latitude=slice(0, 10))."),
    part_function(Function::Kind::selection, "sel", "", 1, "x, dimension=value, ..., method=None, tolerance=None",
                  "Part of x by values of coordinates: sel(x, time='2014-02', latitude=slice(60, 30))."),
    part_function(Function::Kind::selection, "rechunk", "chunk", 1, "x, chunks",
                  "x in other chunks: rechunk(x, (0, 45, 180)), rechunk(x, time=-1); -1 is the whole axis."),
    part_function(Function::Kind::selection, "reindex", "", 1,
                  "x, dimension=values, ..., method=None, tolerance=None, fill_value=nan",
                  "x at these values of a coordinate, NaN at those it does not have: reindex(x, latitude=[60, 59])."),
    part_function(Function::Kind::selection, "reindex_like", "", 2, "x, y, method=None, tolerance=None, fill_value=nan",
                  "x at the coordinates of y, NaN at those it does not have."),
    part_function(Function::Kind::selection, "sortby", "", 1, "x, dimension, ascending=True",
                  "x in the order of a coordinate: sortby(x, 'latitude')."),
};

/// Methods of xarray that are made of other functions; xarray_methods.cpp does them.
inline constexpr std::array xarray_functions{
    part_function(Function::Kind::selection, "copy", "compute load persist", 1, "x",
                  "x itself: what a formula names is computed when its results are."),
    part_function(Function::Kind::selection, "shift", "", 1, "x, dimension=places, ..., fill_value=nan",
                  "The elements further along a dimension, a number in the places that become free: shift(x, time=1)."),
    part_function(Function::Kind::selection, "head", "", 1, "x, dimension=number, ...",
                  "The first indices of dimensions: head(x, time=5)."),
    part_function(Function::Kind::selection, "tail", "", 1, "x, dimension=number, ...",
                  "The last indices of dimensions: tail(x, time=5)."),
    part_function(Function::Kind::selection, "thin", "", 1, "x, dimension=step, ...",
                  "Every so many-th index of dimensions, from the first: thin(x, latitude=4)."),
    part_function(Function::Kind::selection, "assign_coords", "", 1, "x, dimension=values, ...",
                  "x with other values of coordinates: assign_coords(x, longitude=(x.longitude + 180) % 360 - 180)."),
    part_function(Function::Kind::selection, "dropna", "", 1, "x, dim, how='any'",
                  "x without the indices of a dimension at which any element is missing, or all are."),
    part_function(
        Function::Kind::selection, "differentiate", "", 1, "x, coord, datetime_unit=None",
        "Slope along a coordinate: differentiate(x, 'latitude'), differentiate(x, 'time', datetime_unit='h')."),
    part_function(Function::Kind::selection, "integrate", "", 1, "x, coord, datetime_unit=None",
                  "Area below the elements along a coordinate, by the trapezoidal rule: integrate(x, 'latitude')."),
    part_function(Function::Kind::selection, "idxmax", "", 1, "x, dim, skipna=False",
                  "The coordinate of the largest element along a dimension, of the first of several."),
    part_function(Function::Kind::selection, "idxmin", "", 1, "x, dim, skipna=False",
                  "The coordinate of the smallest element along a dimension, of the first of several."),
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
