#pragma once
/// The functions of the notation that make arrays, put them together and take them apart, in NumPy's words, with what
/// they take written as Python writes it. Read by functions.cpp alone.
#include "runtime/notation/functions.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

/// A function whose arguments are what `parameters` say: those behind the first `arrays` are options, which may be
/// given by name.
constexpr Function array_function(Function::Kind kind, std::string_view name, std::string_view alias,
                                  std::size_t arrays, bool is_method, std::string_view parameters,
                                  std::string_view summary) {
  Function function = function_of(kind, name, arrays, is_method, parameters, {}, summary);
  function.alias = alias;
  return function;
}

/// Arrays from nothing; creation.cpp does them.
inline constexpr std::array creation_functions{
    array_function(Function::Kind::creation, "arange", "", 0, false, "start, stop=None, step=1, dtype=None",
                   "Numbers in equal steps up to a stop, which is left out: arange(stop), arange(start, stop)."),
    array_function(Function::Kind::creation, "linspace", "", 0, false, "start, stop, num=50, endpoint=True, dtype=None",
                   "So many numbers in equal steps, both ends among "
                   "them."),
    array_function(Function::Kind::creation, "logspace", "", 0, false,
                   "start, stop, num=50, endpoint=True, base=10, dtype=None",
                   "The powers of a base whose exponents linspace gives."),
    array_function(Function::Kind::creation, "zeros", "", 0, false, "shape, dtype=float64", "An array of zeros."),
    array_function(Function::Kind::creation, "ones", "", 0, false, "shape, dtype=float64", "An array of ones."),
    array_function(Function::Kind::creation, "empty", "", 0, false, "shape, dtype=float64", "An array of zeros."),
    array_function(Function::Kind::creation, "full", "", 0, false, "shape, fill_value, dtype=None",
                   "An array of one number."),
    array_function(Function::Kind::creation, "zeros_like", "", 1, false, "x, dtype=None",
                   "Zeros in the shape of x, with its names and coordinates."),
    array_function(Function::Kind::creation, "ones_like", "", 1, false, "x, dtype=None",
                   "Ones in the shape of x, with its names and coordinates."),
    array_function(Function::Kind::creation, "empty_like", "", 1, false, "x, dtype=None",
                   "Zeros in the shape of x, with its names and coordinates."),
    array_function(Function::Kind::creation, "full_like", "", 1, false, "x, fill_value, dtype=None",
                   "One number in the shape of x, with its names and coordinates."),
    array_function(Function::Kind::creation, "eye", "", 0, false, "n, m=None, k=0, dtype=float64",
                   "A matrix that is 1 along its k-th diagonal, else 0."),
    array_function(Function::Kind::creation, "indices", "", 0, false, "dimensions, dtype=int64",
                   "The indices of an array of a shape: along axis 0 one array an axis."),
    array_function(Function::Kind::creation, "array", "asarray", 0, false, "object, dtype=None",
                   "Numbers in brackets as an array: array([[1, 2], [3, 4]])."),
};

/// Arrays put together; stacking.cpp does them.
inline constexpr std::array stacking_functions{
    array_function(Function::Kind::stacking, "vstack", "row_stack", 1, false, "(x, y, ...)",
                   "Arrays on top of each other, along axis 0; vectors are rows."),
    array_function(Function::Kind::stacking, "hstack", "", 1, false, "(x, y, ...)",
                   "Arrays side by side, along axis 1; vectors along their own."),
    array_function(Function::Kind::stacking, "dstack", "", 1, false, "(x, y, ...)",
                   "Arrays behind each other, along axis 2."),
    array_function(Function::Kind::stacking, "column_stack", "", 1, false, "(x, y, ...)",
                   "Vectors and matrices as the columns of a matrix."),
    array_function(Function::Kind::stacking, "append", "", 2, false, "x, values, axis=None",
                   "Values behind the elements of an array; without an axis both in a row."),
    array_function(Function::Kind::stacking, "delete", "", 1, false, "x, obj, axis=None",
                   "x without an index of an axis, a list of them, or a slice."),
    array_function(Function::Kind::stacking, "insert", "", 1, false, "x, obj, values, axis=None",
                   "Values in front of an index of an axis, or of each of a list."),
    array_function(Function::Kind::stacking, "atleast_1d", "", 1, false, "x", "x with one axis at least."),
    array_function(Function::Kind::stacking, "atleast_2d", "", 1, false, "x",
                   "x with two axes at least, new ones in front."),
    array_function(Function::Kind::stacking, "atleast_3d", "", 1, false, "x",
                   "x with three axes at least; of a vector the middle one, of a matrix the first two."),
    array_function(Function::Kind::stacking, "rot90", "", 1, false, "x, k=1, axes=(0, 1)",
                   "x turned k times by 90 degrees, from the first axis towards the second."),
    array_function(Function::Kind::stacking, "fliplr", "", 1, false, "x", "Axis 1 turned round."),
    array_function(Function::Kind::stacking, "flipud", "", 1, false, "x", "Axis 0 turned round."),
};

/// Functions that look elements up, and those whose result has as many elements as are found; search.cpp does them.
inline constexpr std::array search_functions{
    array_function(Function::Kind::search, "take_along_axis", "", 2, false, "x, indices, axis=-1",
                   "The elements at indices of an axis, which an array has for each line: those of argsort sort."),
    array_function(Function::Kind::search, "searchsorted", "", 2, true, "a, v, side='left'",
                   "The places of elements among numbers in ascending order."),
    array_function(Function::Kind::search, "digitize", "", 1, false, "x, bins, right=False",
                   "The number of the bin that each element is in."),
    array_function(Function::Kind::search, "isin", "", 1, true, "x, test_elements, invert=False",
                   "True where an element is among numbers."),
    array_function(Function::Kind::search, "bincount", "", 1, false, "x, weights=None, minlength=0",
                   "How many elements are 0, 1, 2, ..., or the sums of their weights."),
    array_function(Function::Kind::search, "topk", "", 1, false, "x, k, axis=-1",
                   "The k largest elements along an axis, the largest first; of negative k the smallest."),
    array_function(Function::Kind::search, "argtopk", "", 1, false, "x, k, axis=-1",
                   "The positions of the k largest elements along an axis."),
    array_function(Function::Kind::search, "partition", "", 1, false, "x, kth, axis=-1",
                   "The elements with the kth in its place, smaller ones before it: sorted."),
    array_function(Function::Kind::search, "argpartition", "", 1, true, "x, kth, axis=-1",
                   "The positions of the same."),
    array_function(Function::Kind::search, "compress", "", 2, false, "condition, a, axis=None",
                   "The parts of an array along an axis where a condition is true."),
    array_function(Function::Kind::search, "extract", "", 2, false, "condition, arr",
                   "The elements where a condition is true, in a row; also x[condition]."),
    array_function(Function::Kind::search, "flatnonzero", "", 1, false, "x",
                   "The positions, in row-major order, of the elements that are not zero."),
    array_function(Function::Kind::search, "argwhere", "", 1, false, "x",
                   "The indices of the elements that are not zero, a row for each."),
    array_function(Function::Kind::search, "unique_values", "unique", 1, false, "x",
                   "The elements of an array, each once, in ascending order."),
};

/// Functions of which several arrays come, as a tuple; several.cpp does them.
inline constexpr std::array several_functions{
    array_function(Function::Kind::several, "meshgrid", "", 99, false, "x, y, ..., indexing='xy'",
                   "Vectors as arrays over all of them: meshgrid(x, y)[0] has x along axis 1."),
    array_function(Function::Kind::several, "split", "", 1, false, "x, indices_or_sections, axis=0",
                   "Parts of one extent, or the parts between indices: split(x, 3)[0]."),
    array_function(Function::Kind::several, "array_split", "", 1, false, "x, indices_or_sections, axis=0",
                   "So many parts, longer ones first, or the parts between indices."),
    array_function(Function::Kind::several, "hsplit", "", 1, false, "x, indices_or_sections",
                   "Parts along axis 1, of a vector along its own."),
    array_function(Function::Kind::several, "vsplit", "", 1, false, "x, indices_or_sections", "Parts along axis 0."),
    array_function(Function::Kind::several, "dsplit", "", 1, false, "x, indices_or_sections", "Parts along axis 2."),
    array_function(Function::Kind::several, "unstack", "", 1, true, "x, axis=0",
                   "The arrays of which x is the stack along an axis."),
    array_function(Function::Kind::several, "histogram", "", 1, false,
                   "x, bins=10, range=None, density=False, weights=None",
                   "How many elements lie between edges, or the sums of their weights, and the edges: histogram(x, 10, "
                   "(0, 1))[0]."),
    array_function(Function::Kind::several, "nonzero", "", 1, true, "x",
                   "The indices along each axis of the elements that are not zero."),
    array_function(Function::Kind::several, "unique_counts", "", 1, false, "x",
                   "The elements of an array, each once, and how many there are of each."),
    array_function(Function::Kind::several, "unique_inverse", "", 1, false, "x",
                   "The elements of an array, each once, and for each element its place among them."),
    array_function(Function::Kind::several, "unique_all", "", 1, false, "x",
                   "The elements, the positions of the first of each, the places of all, and how many there are."),
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
