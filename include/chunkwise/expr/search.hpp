#pragma once
/// Elements among numbers that are known: their places in an order, whether they are there, how many lie between edges;
/// and the largest elements along an axis. Names and meaning are NumPy's, topk is Dask's. All are lazy; how much of an
/// axis is held in memory at a time does not depend on its length. Each comes twice: for typed expressions, and for
/// arrays whose rank is known at run time.
#include <concepts>
#include <span>
#include <vector>

#include "chunkwise/expr/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Where searchsorted puts an element that is among the numbers.
enum class Side : std::uint8_t {
  left,   ///< in front of the first that equals it
  right,  ///< behind the last
};

// ---------------------------------------------------------------- arrays whose rank is known at run time

/// Returns for each element of x how many of the numbers, which are in ascending order, stand in front of it, as int64.
/// NaN comes last. Throws out_of_range for numbers in another order.
[[nodiscard]] UntypedArray searchsorted(std::span<const double> sorted, const UntypedArray& x, Side side);
/// Returns for each element of x the number of the bin that it is in, as int64: bins lie between numbers in ascending
/// or descending order, and have their left edge, or, if `right`, their right one. Throws out_of_range for another
/// order.
[[nodiscard]] UntypedArray digitize(const UntypedArray& x, std::span<const double> bins, bool right);
/// Returns true where an element of x is among the numbers; NaN is not.
[[nodiscard]] UntypedArray isin(const UntypedArray& x, std::span<const double> numbers);
/// Returns how many elements of x lie between each two of the edges, as int64; the last bin has its right edge too.
/// Throws out_of_range for edges that are not in ascending order.
[[nodiscard]] UntypedArray histogram(const UntypedArray& x, std::span<const double> edges);
/// Returns the sums of the weights of the elements between each two of the edges, as float64; the weights are in x's
/// shape. Throws shape_mismatch and name_mismatch for others.
[[nodiscard]] UntypedArray histogram(const UntypedArray& x, std::span<const double> edges, const UntypedArray& weights);
/// Returns a histogram's bins divided by the widths between these edges and by the sum of all bins, as float64.
[[nodiscard]] UntypedArray histogram_density(const UntypedArray& histogram, std::span<const double> edges);
/// Returns the edges of so many bins of one width from low to high, as elements of x's type, if that is floating.
/// Throws invalid_argument for less than one bin, and for ends that are no numbers in order.
[[nodiscard]] std::vector<double> histogram_edges(DType dtype, std::int64_t bins, double low, double high);
/// Returns how many elements of x are 0, 1, ..., length - 1, as int64. An element that is none of these is an error of
/// the run (out_of_range). Throws type_mismatch unless elements are integers or bool, invalid_argument for a negative
/// length.
[[nodiscard]] UntypedArray bincount(const UntypedArray& x, std::int64_t length);
/// Returns the sums of the weights of the elements that are 0, 1, ..., length - 1, as float64. Throws as the others do.
[[nodiscard]] UntypedArray bincount(const UntypedArray& x, std::int64_t length, const UntypedArray& weights);
/// Returns the k largest elements along an axis, in descending order, or the -k smallest in ascending order; all of
/// them if there are fewer. NaN counts as larger than any number.
[[nodiscard]] UntypedArray topk(const UntypedArray& x, std::int64_t k, int along);
/// Returns the positions of the elements that topk gives, as int64.
[[nodiscard]] UntypedArray argtopk(const UntypedArray& x, std::int64_t k, int along);

// ---------------------------------------------------------------- typed expressions

/// Returns the place of each element among numbers in ascending order: `searchsorted({0, 10, 20}, x)` is 1 of 10, and
/// of 5.
template <Expression E>
[[nodiscard]] Array<std::int64_t, rank_of<E>> searchsorted(const std::vector<double>& sorted, const E& x,
                                                           Side side = Side::left) {
  return Array<std::int64_t, rank_of<E>>(searchsorted(std::span<const double>(sorted), detail::handle_of(x), side));
}
/// Returns the bin of each element, as int64: `digitize(x, {0, 10, 20})` is 0 below 0, 1 from 0 to below 10, 3 from 20
/// on.
template <Expression E>
[[nodiscard]] Array<std::int64_t, rank_of<E>> digitize(const E& x, const std::vector<double>& bins,
                                                       bool right = false) {
  return Array<std::int64_t, rank_of<E>>(digitize(detail::handle_of(x), std::span<const double>(bins), right));
}
/// Returns true where an element is among the numbers: `isin(flags, {1, 3})`. Coordinates stay.
template <Expression E>
[[nodiscard]] Array<bool, rank_of<E>> isin(const E& x, const std::vector<double>& numbers) {
  return Array<bool, rank_of<E>>(isin(detail::handle_of(x), std::span<const double>(numbers)));
}
/// Asks a histogram for the density: the contents of its bins, divided by their widths and by the sum of all.
struct Density {};
/// The option of histogram for the density.
inline constexpr Density density{};

namespace detail {
template <class O>
inline constexpr bool is_density = std::same_as<O, Density>;
/// The weights among the options of a histogram; null if there are none.
template <class O>
void add_weights(UntypedArray& weights, const O& option) {
  if constexpr (Expression<O>) weights = handle_of(option);
}
template <class E, class O>
constexpr bool are_weights() {
  if constexpr (Expression<O>)
    return rank_of<O> == rank_of<E>;
  else
    return true;
}
}  // namespace detail

/// Returns the numbers of all elements between edges, as int64: `histogram(t2m, {250, 270, 290})` has two. NaN is in no
/// bin. With weights, an array of x's shape, it returns the sums of the elements' weights, as float64; with `density`
/// it divides either by the widths of bins and by the sum of all:
/// `histogram(t2m, {250, 270, 290}, spread(cosines, t2m), density)`
template <Expression E, class... Options>
[[nodiscard]] auto histogram(const E& x, const std::vector<double>& edges, const Options&... options) {
  static_assert(((Expression<Options> || detail::is_density<Options>)&&...) &&
                    (0 + ... + (Expression<Options> ? 1 : 0)) <= 1 &&
                    (0 + ... + (detail::is_density<Options> ? 1 : 0)) <= 1,
                "chunkwise: beside edges a histogram takes weights, which are one array, and density");
  static_assert((detail::are_weights<E, Options>() && ...), "chunkwise: weights have the shape of the elements");
  const std::span<const double> all(edges);
  if constexpr (sizeof...(Options) == 0) {
    return Array<std::int64_t, 1>(histogram(detail::handle_of(x), all));
  } else {
    UntypedArray weights;
    (detail::add_weights(weights, options), ...);
    const UntypedArray sums =
        weights.node ? histogram(detail::handle_of(x), all, weights) : histogram(detail::handle_of(x), all);
    return Array<double, 1>((detail::is_density<Options> || ...) ? histogram_density(sums, all) : sums);
  }
}
/// Returns the histogram of so many bins of one width: `histogram(t2m, 50, 220.0, 320.0)`
template <Expression E, class... Options>
[[nodiscard]] auto histogram(const E& x, std::int64_t bins, double low, double high, const Options&... options) {
  return histogram(x, histogram_edges(dtype_of<value_type_of<E>>, bins, low, high), options...);
}
/// Returns how many elements are 0, 1, ..., length - 1: `bincount(flags, 4)`
template <Expression E>
[[nodiscard]] Array<std::int64_t, 1> bincount(const E& x, std::int64_t length) {
  static_assert(std::is_integral_v<value_type_of<E>>, "chunkwise: bincount counts integers; histogram counts numbers");
  return Array<std::int64_t, 1>(bincount(detail::handle_of(x), length));
}
/// Returns the sums of the elements' weights instead, an array of x's shape, as float64: `bincount(basin, 12, rain)`
template <Expression E, Expression W>
[[nodiscard]] Array<double, 1> bincount(const E& x, std::int64_t length, const W& weights) {
  static_assert(std::is_integral_v<value_type_of<E>>, "chunkwise: bincount counts integers; histogram counts numbers");
  static_assert(rank_of<E> == rank_of<W>, "chunkwise: weights have the shape of the elements");
  return Array<double, 1>(bincount(detail::handle_of(x), length, detail::handle_of(weights)));
}
/// Returns the k largest elements along an axis, the largest first; of negative k the smallest: `topk(x, 3, "time")`
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> topk(const E& x, std::int64_t k, axis<rank_of<E>> along) {
  return detail::ArrayLike<rank_of<E>, E>(topk(detail::handle_of(x), k, along.resolve(x.labels())));
}
/// Returns the positions of the elements that topk gives along the axis. Of equal ones the last comes first, of the
/// smallest the first.
template <Expression E>
[[nodiscard]] Array<std::int64_t, rank_of<E>> argtopk(const E& x, std::int64_t k, axis<rank_of<E>> along) {
  return Array<std::int64_t, rank_of<E>>(argtopk(detail::handle_of(x), k, along.resolve(x.labels())));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
