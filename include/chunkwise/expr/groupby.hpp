#pragma once
/// Groups of the indices along an axis as xarray makes them: equal values of a coordinate or of a part of a time
/// (groupby), all times of a day or a month (resample), blocks of neighbours (coarsen), labels of one's own (by).
/// Reductions take them in place of an axis (expr/reduce.hpp): `mean(t2m, groupby("time.month"))`.
#include <concepts>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "chunkwise/core/groups.hpp"
#include "chunkwise/core/text_argument.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/axis.hpp"
#include "chunkwise/expr/expression.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The treatment of the indices that are left over if coarsen's blocks do not divide an axis.
enum class Boundary : std::uint8_t {
  exact,  ///< there are none, or it is an error
  trim,   ///< they are left out
  pad,    ///< they are a smaller block
};

/// A choice of groups of the indices along an axis; its array is known when a reduction has one.
struct By {
  /// The function that made it: by, groupby, resample or coarsen.
  enum class Kind : std::uint8_t { labels, value, frequency, blocks };
  Kind kind = Kind::labels;             ///< the function
  std::string name;                     ///< of the dimension, with the part of a time: "time.month"; or
  std::int64_t number = 0;              ///< the axis, if `is_name` is false
  bool is_name = false;                 ///< true if the name counts
  std::vector<std::int32_t> labels;     ///< of Kind::labels
  std::int64_t groups = 0;              ///< of Kind::labels: how many; of Kind::blocks: indices of one
  std::string frequency;                ///< of Kind::frequency
  Boundary boundary = Boundary::exact;  ///< of Kind::blocks

  /// Returns the groups of an array of these labels and this shape; throws as documented at the function that made
  /// this.
  [[nodiscard]] Groups resolve(const Labels& of, const Shape& shape) const;
};

/// Returns groups of equal values of a coordinate, `groupby("latitude")`, or of a part of a time,
/// `groupby("time.month")`: year, month, day (of the month), hour, minute, second, dayofyear, dayofweek (Monday is 0),
/// quarter, season. Groups stand in ascending order, seasons as DJF, JJA, MAM, SON; the axis gets the part's name and
/// the values as coordinate. An index whose value is missing is in no group. A reduction throws not_found if the array
/// has no such dimension or no coordinate along it, invalid_argument if the coordinate is no time.
///
///     compute(mean(t2m, groupby("time.month")))     // (month: 12, latitude, longitude)
[[nodiscard]] By groupby(TextArgument key);

/// Returns groups of the times in bins of equal length, with a frequency of pandas: "6h", "1D", "MS" (months), "QS-DEC"
/// (seasons), "YS" (years), or "ME", "QE", "YE" by their last day. Bins of days and hours begin with the midnight
/// before the first time. Bins without a time, between others, are groups too. The axis keeps its name; its coordinate
/// is the beginnings of the bins. A reduction throws not_found if the array has no such dimension, invalid_argument for
/// another frequency, for a coordinate that is no time, and if an aggregate needs elements and a bin has none.
///
///     compute(max(t2m, resample("time", "1D")))
[[nodiscard]] By resample(TextArgument dimension, TextArgument frequency);

/// Returns groups of `size` neighbours along a dimension; its coordinate is the mean of theirs. A reduction throws
/// invalid_argument if blocks do not divide the axis, unless `boundary` says how the rest is treated.
///
///     compute(mean(t2m, coarsen("time", 4, Boundary::trim)))
[[nodiscard]] By coarsen(TextArgument dimension, std::int64_t size, Boundary boundary = Boundary::exact);

/// Returns groups by labels of one's own: labels[i] is the group of index i, `mean(x, by("time", months))`. Labels are
/// integers in any range of them, such as std::vector<int> or NdArray<int, 1>: the groups 0 to n - 1, or -1 for an
/// index that is in no group. The axis, a number or a dimension's name, keeps its place and name and gets an extent of
/// n; it has no coordinate, the position along it being the group's number. n is one more than the largest label, or
/// `groups` if that is given. The element of a group without an index is the reduction of no elements, so NaN for a
/// mean. Positions (argmin) are those within the whole axis.
///
/// Throws out_of_range for a label below -1 or not below `groups`, invalid_argument if there is no group. The reduction
/// throws shape_mismatch unless there is a label for each index, and invalid_argument if an aggregate that needs
/// elements (min, argmax, first) has a group of none.
///
///     compute(mean(t2m, by("time", months, 12)))                    // (time: 12, latitude, longitude)
///     compute(max(t2m, by("time", months), axes("latitude")))       // of each month over all latitudes
template <class Axis, class Range>
[[nodiscard]] By by(const Axis& along, const Range& labels, std::int64_t groups = 0) {
  using Label = std::remove_cvref_t<decltype(*std::begin(labels))>;
  static_assert(std::integral<Label> && !std::same_as<Label, bool>,
                "chunkwise: labels of groups are integers: the number of its group for each index, or -1 for none");
  if constexpr (requires { Range::rank; })
    static_assert(Range::rank == 1, "chunkwise: labels of groups are an array of one axis: one for each index");
  const typename Axes<1>::Entry entry(along);
  By result;
  result.name = entry.name;
  result.number = entry.number;
  result.is_name = entry.is_name;
  result.groups = groups;
  if (groups < 0 || groups > most_groups)
    throw Error(ErrorCode::invalid_argument, "by: " + std::to_string(groups) + " groups; there are 1 to " +
                                                 std::to_string(most_groups) + ", or as many as labels name");
  const std::int64_t end = groups > 0 ? groups : most_groups;
  std::int64_t index = 0;
  for (const auto label : labels) {
    if (std::cmp_less(label, -1) || std::cmp_greater_equal(label, end))
      throw Error(ErrorCode::out_of_range, "by: label " + std::to_string(label) + " at index " + std::to_string(index) +
                                               "; groups are 0 to " + std::to_string(end - 1) + ", and -1 is none");
    result.labels.push_back(static_cast<std::int32_t>(label));
    if (groups == 0) result.groups = std::max<std::int64_t>(result.groups, static_cast<std::int64_t>(label) + 1);
    ++index;
  }
  if (result.groups < 1)
    throw Error(ErrorCode::invalid_argument,
                "by: no group among " + std::to_string(index) + " labels; say how many there are: by(axis, labels, n)");
  return result;
}

/// Returns of_groups(c, groups, like) for arrays of run-time types; only the labels of `like` count.
[[nodiscard]] UntypedArray of_groups(const UntypedArray& c, const Groups& groups, const Labels& like);

/// Returns, for each index of `like`, the element of c that belongs to its group: along the dimension of the groups,
/// such as month, c is given the indices of the dimension that was grouped, such as time. So an anomaly is
///
///     auto months = groupby("time.month");
///     auto anomaly = t2m - of_groups(mean(t2m, months), months, t2m);
///
/// c is taken by its coordinate; without one, by position. Throws not_found if c has no such dimension or lacks a
/// group's value, invalid_argument if an index of `like` is in no group.
template <Expression C, Expression Like>
[[nodiscard]] Array<value_type_of<C>, rank_of<C>> of_groups(const C& c, const By& groups, const Like& like) {
  using A = Array<value_type_of<C>, rank_of<C>>;
  return A(of_groups(A(c).handle(), groups.resolve(like.labels(), like.shape()), like.labels()));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
