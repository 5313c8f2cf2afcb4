#pragma once
/// Elements among numbers that are known: their places in an order, whether they are there, how many lie between edges;
/// and the largest elements along an axis. Names and meaning are NumPy's, topk is Dask's. All are lazy; how much of an
/// axis is held in memory at a time does not depend on its length. Each comes twice: for typed expressions, and for
/// arrays whose rank is known at run time.
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

/// For each element of x how many of the numbers, which are in ascending order, stand in front of it, as int64. NaN
/// comes last. Throws out_of_range for numbers in another order.
[[nodiscard]] UntypedArray searchsorted(std::span<const double> sorted, const UntypedArray& x, Side side);
/// For each element of x the number of the bin that it is in, as int64: bins lie between numbers in ascending or
/// descending order, and have their left edge, or, if `right`, their right one. Throws out_of_range for another order.
[[nodiscard]] UntypedArray digitize(const UntypedArray& x, std::span<const double> bins, bool right);
/// Whether each element of x is among the numbers; NaN is not.
[[nodiscard]] UntypedArray isin(const UntypedArray& x, std::span<const double> numbers);
/// How many elements of x lie between each two of the edges, as int64; the last bin has its right edge too. Throws
/// out_of_range for edges that are not in ascending order.
[[nodiscard]] UntypedArray histogram(const UntypedArray& x, std::span<const double> edges);
/// The edges of so many bins of one width from low to high, as elements of x's type, if that is floating. Throws
/// invalid_argument for less than one bin, and for ends that are no numbers in order.
[[nodiscard]] std::vector<double> histogram_edges(DType dtype, std::int64_t bins, double low, double high);
/// How many elements of x are 0, 1, ..., length - 1, as int64. An element that is none of these is an error of the run
/// (out_of_range). Throws type_mismatch unless elements are integers or bool, invalid_argument for a negative length.
[[nodiscard]] UntypedArray bincount(const UntypedArray& x, std::int64_t length);
/// The k largest elements along an axis, in descending order, or the -k smallest in ascending order; all of them if
/// there are fewer. NaN counts as larger than any number.
[[nodiscard]] UntypedArray topk(const UntypedArray& x, std::int64_t k, int along);
/// The positions of these elements, as int64.
[[nodiscard]] UntypedArray argtopk(const UntypedArray& x, std::int64_t k, int along);

// ---------------------------------------------------------------- typed expressions

/// The place of each element among numbers in ascending order: `searchsorted({0, 10, 20}, x)` is 1 of 10, and of 5.
template <Expression E>
[[nodiscard]] Array<std::int64_t, rank_of<E>> searchsorted(const std::vector<double>& sorted, const E& x,
                                                           Side side = Side::left) {
  return Array<std::int64_t, rank_of<E>>(searchsorted(std::span<const double>(sorted), detail::handle_of(x), side));
}
/// The bin of each element, as int64: `digitize(x, {0, 10, 20})` is 0 below 0, 1 from 0 to below 10, 3 from 20 on.
template <Expression E>
[[nodiscard]] Array<std::int64_t, rank_of<E>> digitize(const E& x, const std::vector<double>& bins,
                                                       bool right = false) {
  return Array<std::int64_t, rank_of<E>>(digitize(detail::handle_of(x), std::span<const double>(bins), right));
}
/// True where an element is among the numbers: `isin(flags, {1, 3})`. Coordinates stay.
template <Expression E>
[[nodiscard]] Array<bool, rank_of<E>> isin(const E& x, const std::vector<double>& numbers) {
  return Array<bool, rank_of<E>>(isin(detail::handle_of(x), std::span<const double>(numbers)));
}
/// The numbers of all elements between edges: `histogram(t2m, {250, 270, 290})` has two. NaN is in no bin.
template <Expression E>
[[nodiscard]] Array<std::int64_t, 1> histogram(const E& x, const std::vector<double>& edges) {
  return Array<std::int64_t, 1>(histogram(detail::handle_of(x), std::span<const double>(edges)));
}
/// The same of so many bins of one width: `histogram(t2m, 50, 220.0, 320.0)`
template <Expression E>
[[nodiscard]] Array<std::int64_t, 1> histogram(const E& x, std::int64_t bins, double low, double high) {
  return histogram(x, histogram_edges(dtype_of<value_type_of<E>>, bins, low, high));
}
/// How many elements are 0, 1, ..., length - 1: `bincount(flags, 4)`
template <Expression E>
[[nodiscard]] Array<std::int64_t, 1> bincount(const E& x, std::int64_t length) {
  static_assert(std::is_integral_v<value_type_of<E>>, "chunkwise: bincount counts integers; histogram counts numbers");
  return Array<std::int64_t, 1>(bincount(detail::handle_of(x), length));
}
/// The k largest elements along an axis, the largest first; of negative k the smallest: `topk(x, 3, "time")`
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> topk(const E& x, std::int64_t k, axis<rank_of<E>> along) {
  return detail::ArrayLike<rank_of<E>, E>(topk(detail::handle_of(x), k, along.resolve(x.labels())));
}
/// The positions of these elements along the axis; of equal ones the last comes first, of the smallest the first.
template <Expression E>
[[nodiscard]] Array<std::int64_t, rank_of<E>> argtopk(const E& x, std::int64_t k, axis<rank_of<E>> along) {
  return Array<std::int64_t, rank_of<E>>(argtopk(detail::handle_of(x), k, along.resolve(x.labels())));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
