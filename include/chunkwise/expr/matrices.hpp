#pragma once
/// Products of matrices and vectors, and triangles of matrices. A product is a fold of elementwise products, which are
/// never stored: it takes as many multiplications as the definition says, n m k for matrices of (n, k) and (k, m), and
/// the memory of a few chunks. It is no BLAS: for matrices that fit into memory a library of linear algebra is faster.
#include <type_traits>

#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/elementwise.hpp"
#include "chunkwise/expr/reduce.hpp"
#include "chunkwise/expr/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns true in the lower or upper triangle of the last two axes of a shape, up to a diagonal; other axes have the
/// extent 1. Throws shape_mismatch for fewer than two axes.
[[nodiscard]] UntypedArray triangle(const Shape& shape, std::int64_t diagonal, bool lower);

namespace detail {
/// Throws shape_mismatch unless the last extent of x equals the extent of y that it is multiplied with.
void check_inner(const Shape& x, const Shape& y);
/// Throws shape_mismatch unless x and y, of the same rank, have the same extent along an axis: a line of one element is
/// not stretched to a longer one.
void check_lines(const Shape& x, const Shape& y, int along);
/// Returns sum(products) over an axis in the products' own type, as NumPy's products of matrices do: integers wrap.
template <class P>
[[nodiscard]] auto summed(const P& products, int along) {
  const auto total = sum(products, runtime_axis(along));
  if constexpr (std::is_same_v<value_type_of<decltype(total)>, value_type_of<P>>)
    return Array(total);
  else
    return Array(cast<value_type_of<P>>(total));
}
/// Returns x in a triangle of its last two axes, 0 in the other.
template <Expression E>
[[nodiscard]] auto of_triangle(const E& x, std::int64_t diagonal, bool lower) {
  static_assert(rank_of<E> >= 2, "chunkwise: a triangle has two axes");
  return where(Array<bool, rank_of<E>>(triangle(x.shape(), diagonal, lower)), x, value_type_of<E>{})
      .with_labels(map_labels(x.labels(), Meaning::converted));
}
}  // namespace detail

/// Returns the sum of products along an axis of x: the inner product of vectors, in the common type (integers wrap;
/// bool is true if any product is). Other axes broadcast; throws shape_mismatch if the extents along the axis differ.
/// `vecdot(u, v, "level")`
template <Expression X, Expression Y>
[[nodiscard]] auto vecdot(const X& x, const Y& y, axis<rank_of<X>> along) {
  static_assert(rank_of<X> == rank_of<Y>, "chunkwise: vecdot takes arrays of the same rank");
  const int line = along.resolve(x.labels());
  detail::check_lines(x.shape(), y.shape(), line);
  return detail::summed(x * y, line);
}
/// Returns vecdot along the last axis.
template <Expression X, Expression Y>
[[nodiscard]] auto vecdot(const X& x, const Y& y) {
  static_assert(rank_of<X> == rank_of<Y> && rank_of<X> >= 1, "chunkwise: vecdot takes arrays of the same rank");
  detail::check_lines(x.shape(), y.shape(), rank_of<X> - 1);
  return detail::summed(x * y, rank_of<X> - 1);
}

/// Returns NumPy's product of matrices, the last two axes of each array; a vector adds no axis to the result. Other
/// axes broadcast. In the common type: integers wrap, bool is true if any product is. Throws shape_mismatch if the
/// inner extents differ, name_mismatch if their names do. `matmul(a, b)` of (n, k) and (k, m) is (n, m).
template <Expression X, Expression Y>
[[nodiscard]] auto matmul(const X& x, const Y& y) {
  static_assert(rank_of<X> >= 1 && rank_of<Y> >= 1, "chunkwise: a product of matrices takes no scalars; write x * y");
  static_assert(rank_of<X> < max_rank || rank_of<Y> == 1,
                "chunkwise: a product of matrices makes a further axis, and an array has 8 at most");
  constexpr int rank = rank_of < X >> rank_of<Y> ? rank_of<X> : rank_of<Y>;
  detail::check_inner(x.shape(), y.shape());
  if constexpr (rank_of<Y> == 1)
    return detail::summed(x * y, rank_of<X> - 1);
  else if constexpr (rank_of<X> == 1)
    return detail::summed(expand_dims(x, -1) * y, rank_of<Y> - 2);
  else
    return detail::summed(expand_dims(x, -1) * expand_dims(y, -3), rank - 1);
}

/// Returns the product of each element of one vector with each of another, (n, m). `outer(weights_of_latitude, row)`
template <Expression X, Expression Y>
[[nodiscard]] auto outer(const X& x, const Y& y) {
  static_assert(rank_of<X> == 1 && rank_of<Y> == 1, "chunkwise: outer takes vectors; ravel makes one of an array");
  return expand_dims(x, -1) * expand_dims(y, 0);
}

/// Returns x with its last two axes exchanged.
template <Expression E>
[[nodiscard]] auto matrix_transpose(const E& x) {
  static_assert(rank_of<E> >= 2, "chunkwise: a matrix has two axes");
  return swapaxes(x, -2, -1);
}

/// Returns x with 0 above a diagonal of the last two axes: the k-th above the main one, below it if k is negative.
template <Expression E>
[[nodiscard]] auto tril(const E& x, std::int64_t k = 0) {
  return detail::of_triangle(x, k, true);
}
/// Returns x with 0 below a diagonal.
template <Expression E>
[[nodiscard]] auto triu(const E& x, std::int64_t k = 0) {
  return detail::of_triangle(x, k, false);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
