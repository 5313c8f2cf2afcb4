#pragma once
/// Parts of an array by values of its coordinates, and by times, as xarray's `sel` takes them.
#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "chunkwise/core/text_argument.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/axis.hpp"
#include "chunkwise/expr/expression.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A value of a coordinate: a number in its units, or a time as text, from "2014" to "2014-02-11T06:30:00". A text that
/// leaves out the month, the day, ... stands for all times of that year, month, ...
struct CoordinateValue {
  /// A number of any type.
  template <class N>
  requires(std::is_arithmetic_v<N> && !std::same_as<N, bool>) CoordinateValue(N value)  // NOLINT: implicit on purpose
      : number(static_cast<long double>(value)) {}
  /// A time as text.
  CoordinateValue(std::string time) : text(std::move(time)) {}  // NOLINT
  /// A time as text.
  CoordinateValue(std::string_view time) : text(std::string(time)) {}  // NOLINT
  /// A time as text. Throws invalid_argument for a null pointer.
  CoordinateValue(const char* time) : text(TextArgument(time)) {}  // NOLINT
  long double number = 0;           ///< which has each integer of 64 bits; without meaning beside a text
  std::optional<std::string> text;  ///< of a time
};

/// The index whose coordinate is nearest, of two equally near ones that of the larger coordinate; at most `tolerance`
/// away, in the coordinate's units, or in seconds if the value is a time. Longitudes are as far apart as they are round
/// the world: of 0 to 359, 347 is nearest to -13.
struct Nearest {
  CoordinateValue value;        ///< the wanted coordinate
  double tolerance = INFINITY;  ///< the largest distance from it
};
/// Returns the argument of sel for the nearest index: `nearest(52.6, 0.2)`.
[[nodiscard]] inline Nearest nearest(CoordinateValue value, double tolerance = INFINITY) {
  return {std::move(value), tolerance};
}

/// All indices whose coordinates lie between two values, these included, in whichever order they are named; a bound may
/// be left out.
struct Between {
  std::optional<CoordinateValue> from;  ///< one end; none: from the first index
  std::optional<CoordinateValue> to;    ///< the other; none: to the last index
};
/// Returns the argument of sel for a range: `between(60, 30)`, `between("2014-02", std::nullopt)`.
[[nodiscard]] inline Between between(std::optional<CoordinateValue> from, std::optional<CoordinateValue> to) {
  return {std::move(from), std::move(to)};
}
/// Returns all times of a year, a month, a day, ...: `within("2014-02")`
[[nodiscard]] inline Between within(const TextArgument& period) { return {std::string(period), std::string(period)}; }

/// Returns the index along an axis at which the coordinate has this value; a number agrees with a float32 coordinate if
/// it does so when rounded to float32. Throws not_found, with the nearest value, if there is none or the axis has no
/// coordinate, and invalid_argument if there are several, or if a time stands beside a coordinate that is none.
[[nodiscard]] std::int64_t index_at(const Labels& labels, int axis, const CoordinateValue& value);
/// Returns the nearest index. Throws not_found if none is near enough, and the errors of the other index_at.
[[nodiscard]] std::int64_t index_at(const Labels& labels, int axis, const Nearest& value);
/// Returns the indices between two values. Throws not_found if there is none, invalid_argument if the coordinate does
/// not go up or down all along, and the errors of index_at.
[[nodiscard]] AxisRange indices_between(const Labels& labels, int axis, const Between& bounds);
/// Returns true if a text names a time as finely as the coordinate tells times apart, so that it stands for one of
/// them: "2014-02-11" beside one time a day, and not beside one an hour.
[[nodiscard]] bool is_one_time(const Labels& labels, int axis, std::string_view text);

/// Returns sel of one index for arrays of run-time types: the axis goes.
[[nodiscard]] UntypedArray take_index(const UntypedArray& x, int axis, std::int64_t index);
/// Returns sel of a range of indices for arrays of run-time types: the axis is cut.
[[nodiscard]] UntypedArray take_range(const UntypedArray& x, int axis, const AxisRange& range);

/// Returns the part of x at one value of a coordinate; its axis goes. `sel(t2m, "latitude", 52.5)`,
/// `sel(t2m, "time", "2014-02-11T06:00")`, `sel(t2m, "latitude", nearest(52.6, 0.2))`. Throws as index_at.
template <Expression E>
[[nodiscard]] Array<value_type_of<E>, rank_of<E> - 1> sel(const E& x, axis<rank_of<E>> along,
                                                          const CoordinateValue& value) {
  const int number = along.resolve(x.labels());
  return Array<value_type_of<E>, rank_of<E> - 1>(
      take_index(Array<value_type_of<E>, rank_of<E>>(x).handle(), number, index_at(x.labels(), number, value)));
}
/// Returns the part of x at the index whose coordinate is nearest; its axis goes. Throws as index_at.
template <Expression E>
[[nodiscard]] Array<value_type_of<E>, rank_of<E> - 1> sel(const E& x, axis<rank_of<E>> along, const Nearest& value) {
  const int number = along.resolve(x.labels());
  return Array<value_type_of<E>, rank_of<E> - 1>(
      take_index(Array<value_type_of<E>, rank_of<E>>(x).handle(), number, index_at(x.labels(), number, value)));
}
/// Returns the part of x between two values of a coordinate, or within a period of time:
/// `sel(t2m, "latitude", between(60, 30))`, `sel(t2m, "time", within("2014-02"))`,
/// `sel(t2m, "time", between("2014-02-03", std::nullopt))`. Throws as indices_between.
template <Expression E>
[[nodiscard]] Array<value_type_of<E>, rank_of<E>> sel(const E& x, axis<rank_of<E>> along, const Between& bounds) {
  using A = Array<value_type_of<E>, rank_of<E>>;
  const int number = along.resolve(x.labels());
  return A(take_range(A(x).handle(), number, indices_between(x.labels(), number, bounds)));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
