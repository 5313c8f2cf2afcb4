#pragma once
/// Products of matrices and vectors, and triangles of matrices. A product is a fold of elementwise products, which are
/// never stored: it takes as many multiplications as the definition says, n m k for matrices of (n, k) and (k, m), and
/// the memory of a few chunks. It is no BLAS, but of floating matrices in memory it is a loop in tiles.
#include <span>
#include <type_traits>

#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/elementwise.hpp"
#include "chunkwise/expr/reduce.hpp"
#include "chunkwise/expr/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns true in the lower or upper triangle of the last two axes of a shape, up to a diagonal; other axes have the
/// extent 1. Throws shape_mismatch for fewer than two axes.
[[nodiscard]] UntypedArray triangle(const Shape& shape, std::int64_t diagonal, bool lower);

/// Two arrays whose product has, as its axes, those of x that are not among `of_x`, the pairs of axes that are summed
/// over, and the others of y: the product that tensordot sums. Throws shape_mismatch for pairs of different extents,
/// and for more than 8 axes; out_of_range for an axis that is not there, invalid_argument for one that is named twice.
struct TensorOperands {
  UntypedArray x;
  UntypedArray y;
};
/// Returns the operands of x and y, summed over the axes `of_x` of x and `of_y` of y, in pairs.
[[nodiscard]] TensorOperands tensor_operands(const UntypedArray& x, const UntypedArray& y, std::span<const int> of_x,
                                             std::span<const int> of_y);

namespace detail {
/// Throws shape_mismatch unless the last extent of x equals the extent of y that it is multiplied with.
void check_inner(const Shape& x, const Shape& y);
/// Throws shape_mismatch unless x and y, of the same rank, have the same extent along an axis: a line of one element is
/// not stretched to a longer one.
void check_lines(const Shape& x, const Shape& y, int from_end);
/// Returns sum(products) over an axis, or several, in the products' own type, as NumPy's products of matrices do:
/// integers wrap.
template <class P, class Over>
[[nodiscard]] auto summed(const P& products, Over along) {
  const auto total = sum(products, along);
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
  static_assert(rank_of<X> == rank_of<Y>, "chunkwise: vecdot along an axis takes arrays of the same rank");
  const int line = along.resolve(x.labels());
  detail::check_lines(x.shape(), y.shape(), line - rank_of<X>);
  return detail::summed(x * y, runtime_axis(line));
}
/// Returns vecdot along the last axis; a vector broadcasts over the other axes of an array. `vecdot(weights, v)`
template <Expression X, Expression Y>
[[nodiscard]] auto vecdot(const X& x, const Y& y) {
  static_assert(rank_of<X> >= 1 && rank_of<Y> >= 1, "chunkwise: vecdot takes arrays that have an axis");
  detail::check_lines(x.shape(), y.shape(), -1);
  return detail::summed(x * y, runtime_axis(std::max(rank_of<X>, rank_of<Y>) - 1));
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
    return detail::summed(x * y, runtime_axis(rank_of<X> - 1));
  else if constexpr (rank_of<X> == 1)
    return detail::summed(expand_dims(x, -1) * y, runtime_axis(rank_of<Y> - 2));
  else
    return detail::summed(expand_dims(x, -1) * expand_dims(y, -3), runtime_axis(rank - 1));
}

/// Returns the sum of products over pairs of axes, of x and of y; its axes are the other axes of x, then those of y.
/// The common type is that of matmul. `tensordot(x, y, axes(1, 2), axes(0, 1))` of (n, j, k) and (j, k, m) is (n, m);
/// `tensordot(weights, t2m, axes("latitude"), axes("latitude"))`. Throws as tensor_operands does.
template <Expression X, Expression Y, int K>
[[nodiscard]] auto tensordot(const X& x, const Y& y, const Axes<K>& of_x, const Axes<K>& of_y) {
  static_assert(K <= rank_of<X> && K <= rank_of<Y>, "chunkwise: more axes to sum over than an array has");
  constexpr int rank = rank_of<X> + rank_of<Y> - K;
  static_assert(rank <= max_rank, "chunkwise: tensordot has the axes of both arrays on its way, and an array has 8");
  const TensorOperands operands =
      tensor_operands(detail::handle_of(x), detail::handle_of(y), of_x.numbers(x.labels(), rank_of<X>),
                      of_y.numbers(y.labels(), rank_of<Y>));
  Axes<K> summed;
  for (int i = 0; i < K; ++i) summed.entries[static_cast<std::size_t>(i)] = rank_of<X> - K + i;
  return detail::summed(Array<value_type_of<X>, rank>(operands.x) * Array<value_type_of<Y>, rank_of<Y>>(operands.y),
                        summed);
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
