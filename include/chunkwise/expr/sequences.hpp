#pragma once
/// Functions of sequences along an axis that are made of others: running sums with the value that they start from,
/// differences with neighbours beyond the ends, convolutions, and products of vectors in space.
#include <algorithm>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "chunkwise/expr/along.hpp"
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/mathematics.hpp"
#include "chunkwise/expr/reduce.hpp"
#include "chunkwise/expr/rolling.hpp"
#include "chunkwise/expr/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Which places of two sequences that are moved past each other a convolution has.
enum class ConvolveMode : std::uint8_t {
  full,   ///< all at which they overlap: n + m - 1
  same,   ///< n of them, those in the middle
  valid,  ///< those at which the shorter lies within the longer: n - m + 1
};

/// Puts the value from which a running sum or product starts before the first one.
struct IncludeInitial {};
/// The option that puts the start before the first sum or product.
inline constexpr IncludeInitial include_initial{};

// ---------------------------------------------------------------- arrays whose rank is known at run time

/// Returns x with a number, 0 or 1, before its first element along an axis.
[[nodiscard]] UntypedArray with_initial(const UntypedArray& x, int along, bool one);
/// Returns diff several times, of the parts before x, x and those behind it along an axis.
[[nodiscard]] UntypedArray diff(const UntypedArray& x, int along, std::int64_t times,
                                const std::optional<UntypedArray>& before, const std::optional<UntypedArray>& behind);
/// Returns correlate, or with a kernel that is `turned` round convolve.
[[nodiscard]] UntypedArray correlate(const UntypedArray& x, const UntypedArray& kernel, int along, ConvolveMode mode,
                                     bool turned);
/// Returns cross for arrays whose rank is known at run time.
[[nodiscard]] UntypedArray cross(const UntypedArray& x, const UntypedArray& y, int along);

// ---------------------------------------------------------------- typed expressions

/// Returns the running sum along an axis under the name of the array API: cumsum, with `include_initial` behind a 0, so
/// that the axis is longer by one. `cumulative_sum(rain, "time")`, `cumulative_sum(counts, 0, include_initial)`
template <Expression E, std::same_as<IncludeInitial>... Option>
[[nodiscard]] auto cumulative_sum(const E& x, axis<rank_of<E>> along, Option... /*option*/) {
  const Array result = cumsum(x, along);
  if constexpr (sizeof...(Option) == 0)
    return result;
  else
    return decltype(Array(result))(with_initial(result.handle(), along.resolve(x.labels()), false));
}
/// Returns the running product along an axis, as cumulative_sum; it starts from 1.
template <Expression E, std::same_as<IncludeInitial>... Option>
[[nodiscard]] auto cumulative_prod(const E& x, axis<rank_of<E>> along, Option... /*option*/) {
  const Array result = cumprod(x, along);
  if constexpr (sizeof...(Option) == 0)
    return result;
  else
    return decltype(Array(result))(with_initial(result.handle(), along.resolve(x.labels()), true));
}

/// Returns diff n times; n may be 0. Throws out_of_range for a negative number, and for more than 64.
/// `diff(x, "time", 2)`
template <Expression E>
[[nodiscard]] Array<value_type_of<E>, rank_of<E>> diff(const E& x, axis<rank_of<E>> along, std::int64_t times) {
  using A = Array<value_type_of<E>, rank_of<E>>;
  return A(diff(A(x).handle(), along.resolve(x.labels()), times, std::nullopt, std::nullopt));
}

namespace detail {
template <Expression E, Expression K>
using CommonArray =
    Array<chunkwise::type_of<promote(dtype_of<value_type_of<E>>, dtype_of<value_type_of<K>>)>, rank_of<E>>;

template <Expression E, Expression K>
[[nodiscard]] auto correlated(const E& x, const K& kernel, int along, ConvolveMode mode, bool turned) {
  static_assert(rank_of<K> == 1, "chunkwise: a kernel is an array of one axis");
  static_assert(rank_of<E> < max_rank, "chunkwise: windows are a further axis, and an array has 8 at most");
  return CommonArray<E, K>(correlate(Array<value_type_of<E>, rank_of<E>>(x).handle(),
                                     Array<value_type_of<K>, 1>(kernel).handle(), along, mode, turned));
}
}  // namespace detail

/// Returns NumPy's convolve along an axis: element i is the sum over j of x(i - j) kernel(j), elements outside x being
/// 0. The kernel has one axis; the result has the common type, and no coordinate along the axis unless the mode is
/// ConvolveMode::same. Throws shape_mismatch for an empty kernel, and for one that is longer than the axis if the mode
/// is not full. `convolve(t2m, weights, "time", ConvolveMode::same)`
template <Expression E, Expression K>
[[nodiscard]] auto convolve(const E& x, const K& kernel, axis<rank_of<E>> along,
                            ConvolveMode mode = ConvolveMode::full) {
  return detail::correlated(x, kernel, along.resolve(x.labels()), mode, true);
}
/// Returns NumPy's correlate along an axis: the sum over j of x(i + j) kernel(j), otherwise as convolve.
template <Expression E, Expression K>
[[nodiscard]] auto correlate(const E& x, const K& kernel, axis<rank_of<E>> along,
                             ConvolveMode mode = ConvolveMode::valid) {
  return detail::correlated(x, kernel, along.resolve(x.labels()), mode, false);
}

/// Returns the vector product of vectors of three elements along an axis, in the common type. Throws shape_mismatch for
/// another extent. `cross(position, momentum, "component")`
template <Expression X, Expression Y>
[[nodiscard]] auto cross(const X& x, const Y& y, axis<rank_of<X>> along) {
  static_assert(rank_of<X> == rank_of<Y>, "chunkwise: cross takes arrays of the same rank");
  return detail::CommonArray<X, Y>(cross(Array<value_type_of<X>, rank_of<X>>(x).handle(),
                                         Array<value_type_of<Y>, rank_of<Y>>(y).handle(), along.resolve(x.labels())));
}

/// Returns the arrays stretched to the one shape that all of them broadcast to.
/// `const auto [a, b] = broadcast_arrays(x, y);`
template <Expression... E>
[[nodiscard]] auto broadcast_arrays(const E&... arrays) {
  constexpr int rank = std::max({rank_of<E>...});
  Shape shape;
  ((shape = broadcast(shape, arrays.shape())), ...);
  return std::tuple(
      Array<value_type_of<E>, rank>(broadcast_to(Array<value_type_of<E>, rank_of<E>>(arrays).handle(), shape))...);
}

/// Returns the shape that all of them broadcast to. Throws shape_mismatch if there is none.
/// `broadcast_shapes(x.shape(), {5})`
template <std::same_as<Shape>... More>
[[nodiscard]] Shape broadcast_shapes(const Shape& first, const More&... more) {
  Shape shape = first;
  ((shape = broadcast(shape, more)), ...);
  return shape;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
