#pragma once
/// Statistics that are made of reductions (reduce.hpp): ranges, counts, skewness, kurtosis, covariance and correlation.
/// docs/semantics.md defines the values.
#include <limits>
#include <tuple>
#include <type_traits>

#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/choices.hpp"
#include "chunkwise/expr/mathematics.hpp"
#include "chunkwise/expr/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace detail {

/// Returns every axis of an array.
template <int N>
[[nodiscard]] constexpr Axes<N> every_axis() {
  Axes<N> all{};
  for (int i = 0; i < N; ++i) all.entries[static_cast<std::size_t>(i)] = {runtime_axis(i)};
  return all;
}

/// Returns one axis of an array.
template <Expression E>
[[nodiscard]] Axes<1> one_axis(const E& x, axis<rank_of<E>> over) {
  return {{runtime_axis(over.resolve(x.labels()))}};
}

/// A statistic as a function object, over all axes, one or several. `Make` gets the array and Axes.
template <class Make>
struct StatisticFunction {
  template <Expression E, class... Options>
  requires(std::same_as<Options, KeepDims>&&...) [[nodiscard]] auto operator()(const E& x, Options... options) const {
    return Make::of(x, every_axis<rank_of<E>>(), options...);
  }
  template <Expression E, class... Options>
  [[nodiscard]] auto operator()(const E& x, axis<rank_of<E>> over, Options... options) const {
    return Make::of(x, one_axis(x, over), options...);
  }
  template <Expression E, int K, class... Options>
  [[nodiscard]] auto operator()(const E& x, Axes<K> over, Options... options) const {
    return Make::of(x, over, options...);
  }
};

struct MakePtp {
  static auto of(const auto& x, auto over, auto... options) {
    return max(x, over, options...) - min(x, over, options...);
  }
};
struct MakeNanptp {
  static auto of(const auto& x, auto over, auto... options) {
    return nanmax(x, over, options...) - nanmin(x, over, options...);
  }
};
struct MakeCountNonzero {
  template <class E>
  static auto of(const E& x, auto over, auto... options) {
    return sum(cast<bool>(x), over, options...);
  }
};

/// A central moment of order 3 or 4, divided by the power of the second, by `mean` or `nanmean`; NaN if the elements
/// differ by rounding alone, as SciPy has it.
template <int Order, class Mean>
struct MakeMoment {
  static auto of(const auto& x, auto over, auto... options) {
    constexpr Mean mean{};
    const Array deviation = x - mean(x, over, keepdims);
    const Array squared = deviation * deviation;
    const Array second = mean(squared, over, options...);
    using T = value_type_of<decltype(second)>;
    constexpr double resolution = std::is_same_v<T, float> ? 1e-6 : 1e-15;
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const Array constant = second <= square(mean(x, over, options...) * resolution);
    if constexpr (Order == 3)
      return where(constant, nan, mean(squared * deviation, over, options...) / (second * sqrt(second)));
    else
      return where(constant, nan, mean(squared * squared, over, options...) / (second * second) - 3.0);
  }
};

/// Returns two arrays with NaN at places that are NaN in either, the products of their deviations from their means,
/// which are 0 at these places, and true at the other places.
template <Expression X, Expression Y, class Over>
[[nodiscard]] auto pairs_of(const X& x, const Y& y, Over over) {
  static_assert(rank_of<X> == rank_of<Y>,
                "chunkwise: two arrays of the same axes have a covariance; add axes with newaxis");
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  // Both in one type, so that no mean is rounded to less than the other has.
  constexpr bool are_single = std::is_same_v<value_type_of<X>, float> && std::is_same_v<value_type_of<Y>, float>;
  const auto floating = [](const auto& array) {
    using T = std::conditional_t<are_single, float, double>;
    if constexpr (std::is_same_v<T, value_type_of<decltype(array)>>)
      return Array(array);
    else
      return Array(cast<T>(array));
  };
  const Array a = floating(x);
  const Array b = floating(y);
  const Array missing = isnan(a) || isnan(b);
  const Array first = where(missing, nan, a);
  const Array second = where(missing, nan, b);
  const Array product =
      where(missing, 0.0, (first - nanmean(first, over, keepdims)) * (second - nanmean(second, over, keepdims)));
  return std::tuple(first, second, product, Array(!missing));
}

}  // namespace detail

/// The largest less the smallest element, in the type of the elements: integers wrap, bool is refused. NaN if any
/// element is. `ptp(t2m, "time")`
inline constexpr detail::StatisticFunction<detail::MakePtp> ptp{};
/// ptp of the elements that are not NaN.
inline constexpr detail::StatisticFunction<detail::MakeNanptp> nanptp{};
/// Number of elements that are not zero, as int64; NaN is not zero. `count_nonzero(t2m > 273.15, "time")`
inline constexpr detail::StatisticFunction<detail::MakeCountNonzero> count_nonzero{};
/// Skewness: the mean cube of the deviations from the mean, divided by the mean square to the power of 1.5 (biased, as
/// scipy.stats has it without options). NaN if any element is, and if all are equal. Reads the array twice.
/// `skew(t2m, "time")`
inline constexpr detail::StatisticFunction<detail::MakeMoment<3, ReduceFunction<aggregate::Mean>>> skew{};
/// skew of the elements that are not NaN; NaN if they are equal, or if there are none.
inline constexpr detail::StatisticFunction<detail::MakeMoment<3, ReduceFunction<aggregate::NanMean>>> nanskew{};
/// Excess kurtosis: the mean fourth power of the deviations from the mean, divided by the square of the mean square,
/// less 3, which is 0 of a normal distribution. NaN as skew. Reads the array twice. `kurtosis(t2m, axes(0, 1))`
inline constexpr detail::StatisticFunction<detail::MakeMoment<4, ReduceFunction<aggregate::Mean>>> kurtosis{};
/// kurtosis of the elements that are not NaN, as nanskew.
inline constexpr detail::StatisticFunction<detail::MakeMoment<4, ReduceFunction<aggregate::NanMean>>> nankurtosis{};

/// Returns the covariance of two arrays of the same axes: xarray's xr.cov. A place counts if neither is NaN there; the
/// sum of products of deviations is divided by the count less 1, or less `ddof(n)`; NaN if that is not above 0.
/// Floating; integers and bool become float64. `cov(t2m, tp, axes("time"))`, `cov(t2m, tp, axes("time"), ddof(0))`
template <Expression X, Expression Y, int K>
[[nodiscard]] auto cov(const X& x, const Y& y, Axes<K> over, Ddof freedom = ddof(1)) {
  const auto [first, second, product, present] = detail::pairs_of(x, y, over);
  using T = value_type_of<std::remove_cvref_t<decltype(product)>>;
  const Array number = sum(present, over) - freedom.value;
  return where(number > 0, sum(product, over) / cast<T>(number), std::numeric_limits<double>::quiet_NaN());
}
/// Returns the covariance over all axes.
template <Expression X, Expression Y>
[[nodiscard]] auto cov(const X& x, const Y& y) {
  return cov(x, y, detail::every_axis<rank_of<X>>());
}
/// Returns the covariance over one axis. `cov(t2m, tp, "time")`
template <Expression X, Expression Y>
[[nodiscard]] auto cov(const X& x, const Y& y, axis<rank_of<X>> over, Ddof freedom = ddof(1)) {
  return cov(x, y, detail::one_axis(x, over), freedom);
}
/// Returns Pearson's correlation of two arrays of the same axes: xarray's xr.corr. Places count as in cov. NaN if an
/// array does not vary. `corr(t2m, tp, "time")`
template <Expression X, Expression Y, int K>
[[nodiscard]] auto corr(const X& x, const Y& y, Axes<K> over) {
  const auto [first, second, product, present] = detail::pairs_of(x, y, over);
  using T = value_type_of<std::remove_cvref_t<decltype(product)>>;
  const Array spread = nanstddev(first, over) * nanstddev(second, over);
  // A constant array's deviations from its rounded mean are not 0.
  return where(spread > 0, sum(product, over) / cast<T>(sum(present, over)) / spread,
               std::numeric_limits<double>::quiet_NaN());
}
/// Returns the correlation over all axes.
template <Expression X, Expression Y>
[[nodiscard]] auto corr(const X& x, const Y& y) {
  return corr(x, y, detail::every_axis<rank_of<X>>());
}
/// Returns the correlation over one axis.
template <Expression X, Expression Y>
[[nodiscard]] auto corr(const X& x, const Y& y, axis<rank_of<X>> over) {
  return corr(x, y, detail::one_axis(x, over));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
