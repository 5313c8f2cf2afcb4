#pragma once
/// Statistics of elements that have weights, as xarray's `x.weighted(w)`: variances and quantiles. Weighted means are
/// `average`, in expr/rolling.hpp; weights of a grid are `cell_area`, in expr/grid.hpp.
#include <cstdint>
#include <type_traits>

#include "chunkwise/expr/elementwise.hpp"
#include "chunkwise/expr/mathematics.hpp"
#include "chunkwise/expr/reduce.hpp"
#include "chunkwise/expr/rolling.hpp"
#include "chunkwise/expr/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns weighted_quantile for arrays whose rank is known at run time: over the axes whose bit is set, of weights at
/// all places of x. With `skips_nan` elements that are NaN are left out.
[[nodiscard]] UntypedArray weighted_quantile(const UntypedArray& x, const UntypedArray& weights, double q,
                                             std::uint32_t axes, bool keepdims, bool skips_nan);

namespace detail {
/// Returns sum(w (x - m)^2) / sum(w) with the weighted mean m, over some axes, with the labels of a variance.
template <Expression E, Expression W, class... Over>
[[nodiscard]] auto weighted_var_over(const E& x, const W& weights, std::uint32_t axes, const Over&... over) {
  const auto all = wide_weights<value_type_of<E>>(spread(weights, x));
  const auto away = x - sum(x * all, over..., keepdims) / sum(all, over..., keepdims);
  return (sum(all * (away * away), over...) / sum(all, over...))
      .with_labels(reduce_labels(x.labels(), rank_of<E>, axes, false, Meaning::variance));
}
}  // namespace detail

/// Returns the weighted variance, sum(w (x - m)^2) / sum(w) with m = average(x, w), the weights spread over x: over all
/// axes, one, or several. NaN if any element or weight is. The units are those of a square.
/// `weighted_var(t2m, cell_area(t2m), axes("latitude", "longitude"))`
template <Expression E, Expression W>
[[nodiscard]] auto weighted_var(const E& x, const W& weights) {
  return detail::weighted_var_over(x, weights, (1U << rank_of<E>)-1U);
}
/// Returns the weighted variance over one axis.
template <Expression E, Expression W>
[[nodiscard]] auto weighted_var(const E& x, const W& weights, axis<rank_of<E>> over) {
  const int along = over.resolve(x.labels());
  return detail::weighted_var_over(x, weights, 1U << along, runtime_axis(along));
}
/// Returns the weighted variance over several axes.
template <Expression E, Expression W, int K>
[[nodiscard]] auto weighted_var(const E& x, const W& weights, Axes<K> over) {
  return detail::weighted_var_over(x, weights, over.resolve(x.labels(), rank_of<E>), over);
}

namespace detail {
template <Expression E, Expression V>
[[nodiscard]] auto root_of_variance(const E& x, const V& variance, std::uint32_t axes) {
  return sqrt(variance).with_labels(reduce_labels(x.labels(), rank_of<E>, axes, false, Meaning::deviation));
}
}  // namespace detail

/// Returns the weighted standard deviation, the square root of weighted_var, in the units of differences.
template <Expression E, Expression W>
[[nodiscard]] auto weighted_std(const E& x, const W& weights) {
  return detail::root_of_variance(x, weighted_var(x, weights), (1U << rank_of<E>)-1U);
}
/// Returns the weighted standard deviation over one axis.
template <Expression E, Expression W>
[[nodiscard]] auto weighted_std(const E& x, const W& weights, axis<rank_of<E>> over) {
  const int along = over.resolve(x.labels());
  return detail::root_of_variance(x, weighted_var(x, weights, runtime_axis(along)), 1U << along);
}
/// Returns the weighted standard deviation over several axes.
template <Expression E, Expression W, int K>
[[nodiscard]] auto weighted_std(const E& x, const W& weights, Axes<K> over) {
  return detail::root_of_variance(x, weighted_var(x, weights, over), over.resolve(x.labels(), rank_of<E>));
}

/// Returns the weighted quantile q, 0 to 1, along an axis, as xarray defines it (docs/semantics.md); NaN if any element
/// of a weight that is not 0 is, and if a weight is NaN or negative. The type is the common one of elements and
/// weights, or float64. Throws out_of_range for another q. `weighted_quantile(t2m, w, 0.9, "latitude")`
template <Expression E, Expression W>
[[nodiscard]] auto weighted_quantile(const E& x, const W& weights, double q, axis<rank_of<E>> over) {
  constexpr bool is_float = std::is_same_v<value_type_of<E>, float> && std::is_same_v<value_type_of<W>, float>;
  using T = std::conditional_t<is_float, float, double>;
  return Array<T, rank_of<E> - 1>(weighted_quantile(detail::handle_of(x), detail::handle_of(spread(weights, x)), q,
                                                    1U << over.resolve(x.labels()), false, false));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
