#pragma once
/// Everyday statistics of climate by name, each made of other functions: trend, standardize, regression, and rows of
/// true elements such as dry spells. `detrend` is in expr/along.hpp; formulas have the same names.
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "chunkwise/expr/along.hpp"
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/axis.hpp"
#include "chunkwise/expr/choices.hpp"
#include "chunkwise/expr/elementwise.hpp"
#include "chunkwise/expr/reduce.hpp"
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/expr/statistics.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace detail {

/// The type in which differences of elements do not wrap.
template <class E>
using FloatingOf = std::conditional_t<std::is_floating_point_v<value_type_of<E>>, value_type_of<E>, double>;

/// Returns x as floating elements.
template <Expression E>
[[nodiscard]] auto as_floating(const E& x) {
  return Array<FloatingOf<E>, rank_of<E>>(cast<FloatingOf<E>>(x));
}

/// Returns the distances of the elements along an axis from its middle, in steps, as float64, along that axis of an
/// array of `rank` axes of which the others have extent 1.
[[nodiscard]] UntypedArray distances_from_middle(std::int64_t extent, int rank, int axis);

}  // namespace detail

/// Returns the slope of the straight line through the elements along an axis by least squares, for each step. Its
/// intercept is the mean less the slope times half of the extent less one. `trend(annual, "year")`. Integers give
/// float64.
template <Expression E>
[[nodiscard]] auto trend(const E& x, axis<rank_of<E>> along) {
  using T = detail::FloatingOf<E>;
  const int number = along.resolve(x.labels());
  const std::int64_t count = x.shape()[number];
  const double middle = static_cast<double>(count - 1) / 2;
  double squares = 0;
  for (std::int64_t i = 0; i < count; ++i)
    squares += (static_cast<double>(i) - middle) * (static_cast<double>(i) - middle);
  const Array<T, rank_of<E>> weights =
      cast<T>(Array<double, rank_of<E>>(detail::distances_from_middle(count, rank_of<E>, number)));
  return sum(detail::as_floating(x) * weights, runtime_axis(number)) / squares;
}

/// Returns x less its mean, divided by its standard deviation, over one axis or several:
/// `standardize(t2m, "time")`, `standardize(t2m, axes("latitude", "longitude"), ddof(1))`.
template <Expression E, int K>
[[nodiscard]] auto standardize(const E& x, Axes<K> over, Ddof freedom = ddof(0)) {
  const Array own(x);
  return (own - mean(own, over, keepdims)) / stddev(own, over, freedom, keepdims);
}
/// Returns the same over one axis.
template <Expression E>
[[nodiscard]] auto standardize(const E& x, axis<rank_of<E>> over, Ddof freedom = ddof(0)) {
  return standardize(x, axes(runtime_axis(over.resolve(x.labels()))), freedom);
}

/// Returns the slope of the straight line that gives y of x by least squares along an axis that both have; pairs of
/// which either is NaN do not count. `regression(index, t2m, "time")` for arrays of one shape.
template <Expression X, Expression Y>
[[nodiscard]] auto regression(const X& x, const Y& y, axis<rank_of<X>> over) {
  using T = detail::FloatingOf<X>;
  const Array first = detail::as_floating(x);
  const Array second = detail::as_floating(y);
  // Where y is missing x does not count either.
  const Array both = where(isnan(second), std::numeric_limits<T>::quiet_NaN(), first);
  return cov(first, second, over) / cov(both, both, over);
}

/// Returns how many elements in a row up to each are true, itself among them: `run_length(rain < 1.0, "time")`.
template <Expression E>
[[nodiscard]] auto run_length(const E& condition, axis<rank_of<E>> along) {
  const auto number = runtime_axis(along.resolve(condition.labels()));
  const Array truth = cast<bool>(condition);
  const Array so_far = cumsum(cast<std::int64_t>(truth), number);
  return so_far - cummax(where(truth, std::int64_t{0}, so_far), number);
}
/// Returns the length of the longest row of true elements along an axis.
template <Expression E>
[[nodiscard]] auto longest_run(const E& condition, axis<rank_of<E>> along) {
  return max(run_length(condition, along), runtime_axis(along.resolve(condition.labels())));
}
/// Returns how many rows of at least `length` true elements there are along an axis. Throws invalid_argument for a
/// length below 1. `spells(t2m > 303.15, 3, "time")   // heat waves`
template <Expression E>
[[nodiscard]] auto spells(const E& condition, std::int64_t length, axis<rank_of<E>> along) {
  if (length < 1) throw Error(ErrorCode::invalid_argument, "spells: a spell has at least one element");
  return sum(run_length(condition, along) == length, runtime_axis(along.resolve(condition.labels())));
}
/// Returns the sum along an axis of the amounts by which elements are above a threshold:
/// `degree_days(t2m, 283.15, "time")`.
template <Expression E>
[[nodiscard]] auto degree_days(const E& x, double threshold, axis<rank_of<E>> along) {
  return sum(maximum(detail::as_floating(x) - threshold, 0.0), runtime_axis(along.resolve(x.labels())));
}
/// Returns the sum along an axis of the amounts by which elements are below a threshold: heating degree days.
template <Expression E>
[[nodiscard]] auto degree_days_below(const E& x, double threshold, axis<rank_of<E>> along) {
  return sum(maximum(threshold - detail::as_floating(x), 0.0), runtime_axis(along.resolve(x.labels())));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
