#pragma once
/// Groups by one or several keys, each of which has a number for each index along some axes of an array: a part of its
/// times, a coordinate, a map of basins. Such groups become groups of indices along one axis, which a reduction takes;
/// the axes of the keys are put together for it, and the axis of the result is taken apart into one axis a key.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/groups.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "runtime/expr/coordinate_values.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The numbers of a key, from which groups are made.
struct KeyNumbers {
  std::string name;            ///< of the dimension of the groups
  std::vector<int> axes;       ///< of the array that is grouped, ascending; numbers are row-major over them
  DType dtype = DType::int32;  ///< of the groups' coordinate
  std::vector<Exact> numbers;  ///< NaN: in no group
  Attributes attributes;       ///< of the groups' coordinate
};

/// A key: the group of each index along some axes.
struct GroupKey {
  std::string name;                  ///< of the dimension of the groups
  std::vector<int> axes;             ///< of the array that is grouped, ascending
  std::vector<std::int32_t> labels;  ///< row-major over these axes; -1: in no group
  Coordinate coordinate;             ///< of the groups, a value each
  std::vector<double> edges = {};    ///< of bins: their lower and upper edges, a pair each; else empty
  bool is_numbered = false;          ///< the coordinate has no meaning, and results have none
};

/// Returns the numbers of a coordinate, "latitude", or of a part of a time, "time.month". Throws as groupby does.
[[nodiscard]] KeyNumbers key_numbers(const Labels& labels, const Shape& shape, const std::string& key);
/// Returns groups of equal numbers, in ascending order. Throws invalid_argument if there is no number.
[[nodiscard]] GroupKey equal_numbers(KeyNumbers key);

/// Bins of numbers, as pandas.cut makes them.
struct NumberBins {
  std::vector<double> edges;    ///< ascending
  bool right = true;            ///< a bin has its upper edge, else its lower one
  bool include_lowest = false;  ///< with `right`, the first bin has its lower edge too
  std::vector<double> labels;   ///< coordinates of the bins; none: their middles
};
/// Returns so many bins of one width over all numbers, the first begun a thousandth of the whole earlier (or the last
/// ended later, if not `right`), so that all numbers lie in them. Throws invalid_argument for less than one bin.
[[nodiscard]] NumberBins equal_bins(const std::vector<Exact>& numbers, std::int64_t count, bool right);
/// Returns groups of the numbers that lie between edges; others are in no group. The dimension is called `..._bins`;
/// its coordinate is the middles of the bins (of a bin without an end the other edge), with the edges as its bounds.
/// Throws invalid_argument for less than two edges, edges that do not ascend, and another number of labels than of
/// bins.
[[nodiscard]] GroupKey binned(const KeyNumbers& key, const NumberBins& bins);

/// An array whose elements are in groups of several keys.
struct KeyedArray {
  UntypedArray array;          ///< the axes of the keys are one
  Groups groups;               ///< along that axis: one for each combination of the keys' groups, in row-major order
  std::vector<GroupKey> keys;  ///< in the order of the axes of a result
  Labels labels;               ///< of the array before
  Shape shape;
  std::vector<int> axes;  ///< of the array before, those of all keys
};
/// Returns an array in groups of combinations of keys, of which there is one at least. The axes of the keys are put
/// together behind the others, unless there is one alone, which keeps its place. Throws invalid_argument for two keys
/// of one name and for too many groups, name_mismatch if another axis has the name of a key.
[[nodiscard]] KeyedArray keyed(const UntypedArray& x, std::vector<GroupKey> keys);
/// Returns a reduction of its `array` by its `groups` with an axis for each key, in the place of that of the groups.
[[nodiscard]] UntypedArray with_axes_of_keys(const UntypedArray& reduced, const KeyedArray& of);
/// Returns for each element of the array that is grouped the element of c that belongs to its groups, found by the
/// coordinates of the keys' dimensions, which c has; NaN for one in no group. Other dimensions of c stay. Throws
/// not_found if c lacks a dimension or a group's value, type_mismatch if NaN is wanted of a c that is not floating.
[[nodiscard]] UntypedArray of_keys(const UntypedArray& c, const KeyedArray& of);

/// Returns the same groups without those that have no element, and for each group its place among the others, or -1.
[[nodiscard]] std::pair<Groups, std::vector<std::int64_t>> groups_with_elements(const Groups& groups);

/// Returns, for each of the groups, the index along an axis of c, found by the groups' coordinate; -1 if c has none.
/// Throws not_found if c has no coordinate there, invalid_argument if c has a value twice.
[[nodiscard]] std::vector<std::int64_t> places_of_groups(const UntypedArray& c, int axis, const std::string& dimension,
                                                         const Coordinate& coordinate, std::int64_t groups);
/// Returns x with the elements at these indices along an axis, which loses coordinate and companions; NaN for an index
/// of -1. Throws type_mismatch if NaN is wanted of elements that are not floating.
[[nodiscard]] UntypedArray take_or_missing(const UntypedArray& x, std::vector<std::int64_t> indices, int axis,
                                           const std::string& who);

}  // namespace chunkwise::inline CHUNKWISE_ABI
