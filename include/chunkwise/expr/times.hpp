#pragma once
/// Coordinates, and parts of their times such as the month, as arrays that formulas take: xarray's `t2m.latitude` and
/// `t2m.time.dt.month`.
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/axis.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the coordinate along an axis as an array of that axis, in the type in which it is stored (float64 if values
/// are missing, which are NaN). Throws not_found if there is none.
[[nodiscard]] UntypedArray coordinate_array(const Labels& labels, int axis);
/// Returns the same as float64.
[[nodiscard]] UntypedArray coordinate_numbers(const Labels& labels, int axis);
/// Returns a part of the times along an axis, as time_part does, as an int64 array.
[[nodiscard]] UntypedArray time_part_array(const Labels& labels, int axis, TextArgument part);
/// Returns a part of times that are numbers in the units that attributes say, in a shape and with these labels. Throws
/// invalid_argument if the units are none of a time, not_found for another part.
[[nodiscard]] UntypedArray part_of_times(const std::vector<double>& numbers, const Attributes& attributes,
                                         std::string_view part, const Labels& labels, const Shape& shape);

/// Returns the coordinate along an axis of x: `where(coordinate(t2m, "latitude") > 0, 1, 0)`. Throws not_found if there
/// is none.
template <Expression E>
[[nodiscard]] Array<double, 1> coordinate(const E& x, axis<rank_of<E>> along) {
  return Array<double, 1>(coordinate_numbers(x.labels(), along.resolve(x.labels())));
}
/// Returns a part of the times along an axis: year, month, day (of the month), hour, minute, second, dayofyear,
/// dayofweek (Monday is 0), quarter, season (0 is DJF, 1 JJA, 2 MAM, 3 SON), in the calendar of the coordinate:
/// `time_part(t2m, "time", "month") == 1`. Throws not_found for another part and if there is no coordinate,
/// invalid_argument if it is no time or a time is missing.
template <Expression E>
[[nodiscard]] Array<std::int64_t, 1> time_part(const E& x, axis<rank_of<E>> along, TextArgument part) {
  return Array<std::int64_t, 1>(time_part_array(x.labels(), along.resolve(x.labels()), std::move(part)));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
