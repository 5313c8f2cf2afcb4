#pragma once
/// Windows of neighbours along an axis, weighted means, and differences of neighbours.
#include <cstdint>
#include <type_traits>

#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/elementwise.hpp"
#include "chunkwise/expr/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The place of an index of the axis in its window.
enum class WindowPlace : std::uint8_t {
  behind,    ///< at the end: the window is the index and those before it
  centered,  ///< in the middle, of an even number of places the first of the second half
};

/// Returns rolling for arrays of run-time types, which are floating.
[[nodiscard]] UntypedArray rolling(const UntypedArray& x, int along, std::int64_t size, WindowPlace place);
/// Returns an array with the elements of `weights` at all places of an array of these labels and this shape: its axes
/// are those of the same names, or without names the last ones. Throws name_mismatch for a name that is not there,
/// shape_mismatch for another extent.
[[nodiscard]] UntypedArray spread(const UntypedArray& weights, const Labels& like, const Shape& shape);
/// Returns diff for arrays of run-time types.
[[nodiscard]] UntypedArray diff(const UntypedArray& x, int along);

namespace detail {
template <class T>
using FloatOf = std::conditional_t<std::is_floating_point_v<T>, T, double>;
}  // namespace detail

/// Returns the windows of `size` neighbours along an axis, as a new last axis without a name: reduce it. Places of a
/// window outside the array are NaN, so that a mean of an incomplete window is NaN, and a nanmean is that of the
/// elements inside. Integers and bool become float64. Throws invalid_argument for a size below 1, and out_of_range for
/// more than 8 axes.
///
///     mean(rolling(t2m, "time", 5), -1)                            // of the last five times
///     nanmean(rolling(t2m, "time", 5, WindowPlace::centered), -1)
template <Expression E>
[[nodiscard]] auto rolling(const E& x, axis<rank_of<E>> along, std::int64_t size,
                           WindowPlace place = WindowPlace::behind) {
  static_assert(rank_of<E> < 8, "chunkwise: windows are a further axis, and an array has 8 at most");
  using T = detail::FloatOf<value_type_of<E>>;
  const Array<T, rank_of<E>> floating = [&] {
    if constexpr (std::is_same_v<T, value_type_of<E>>)
      return Array<T, rank_of<E>>(x);
    else
      return Array<T, rank_of<E>>(cast<T>(x));
  }();
  return Array<T, rank_of<E> + 1>(rolling(floating.handle(), along.resolve(x.labels()), size, place));
}

/// Returns the elements of `weights` at all places of x: along the dimensions of the same names, or without names along
/// the last axes. Lazy, and nothing is copied. Throws name_mismatch for a name that is not there, shape_mismatch for
/// another extent.
template <Expression W, Expression E>
[[nodiscard]] Array<value_type_of<W>, rank_of<E>> spread(const W& weights, const E& x) {
  static_assert(rank_of<W> <= rank_of<E>,
                "chunkwise: weights have no more axes than the array that they are spread over");
  return Array<value_type_of<W>, rank_of<E>>(
      spread(Array<value_type_of<W>, rank_of<W>>(weights).handle(), x.labels(), x.shape()));
}

namespace detail {
/// Returns weights whose products with elements of type T do not wrap.
template <class T, Expression W>
[[nodiscard]] auto wide_weights(const W& weights) {
  using V = value_type_of<W>;
  if constexpr (std::is_integral_v<T> && std::is_integral_v<V> && sizeof(V) < sizeof(std::int64_t))
    return cast<std::int64_t>(weights);
  else
    return weights;
}
/// Returns sum(x w) / sum(w) over some axes, with the labels of a mean.
template <Expression E, Expression W, class... Over>
[[nodiscard]] auto average_over(const E& x, const W& weights, std::uint32_t axes, const Over&... over) {
  const auto all = wide_weights<value_type_of<E>>(spread(weights, x));
  return (sum(x * all, over...) / sum(all, over...))
      .with_labels(reduce_labels(x.labels(), rank_of<E>, axes, false, Meaning::mean));
}
}  // namespace detail

/// Returns the weighted mean, sum(x w) / sum(w) with the weights spread over x: over all axes, one, or several, as
/// `mean`, whose labels it has. NaN if any element or weight is. `average(t2m, cosines, axes("latitude",
/// "longitude"))`, with weights of a dimension latitude
template <Expression E, Expression W>
[[nodiscard]] auto average(const E& x, const W& weights) {
  return detail::average_over(x, weights, (1U << rank_of<E>)-1U);
}
/// Returns the weighted mean over one axis.
template <Expression E, Expression W>
[[nodiscard]] auto average(const E& x, const W& weights, axis<rank_of<E>> over) {
  const int along = over.resolve(x.labels());
  return detail::average_over(x, weights, 1U << along, runtime_axis(along));
}
/// Returns the weighted mean over several axes.
template <Expression E, Expression W, int K>
[[nodiscard]] auto average(const E& x, const W& weights, Axes<K> over) {
  return detail::average_over(x, weights, over.resolve(x.labels(), rank_of<E>), over);
}

/// Returns each element along an axis but the first less the one before it; of bool, whether they differ. Integers
/// wrap. The axis is shorter by one, and has the coordinates of the later elements. `diff(x, "time")`
template <Expression E>
[[nodiscard]] Array<value_type_of<E>, rank_of<E>> diff(const E& x, axis<rank_of<E>> along) {
  using A = Array<value_type_of<E>, rank_of<E>>;
  return A(diff(A(x).handle(), along.resolve(x.labels())));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
