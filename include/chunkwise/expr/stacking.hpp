#pragma once
/// Arrays put together and taken apart, in NumPy's words: vstack and its like, append, insert, delete_at, split,
/// unstack, and the turns of a matrix. All are slices and joins: nothing is computed. Each comes twice: for typed
/// expressions, and for arrays whose rank is known at run time. expr/concatenate.hpp and expr/shape.hpp have
/// concatenate and stack.
#include <span>
#include <vector>

#include "chunkwise/expr/concatenate.hpp"
#include "chunkwise/expr/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

// ---------------------------------------------------------------- arrays whose rank is known at run time

/// Returns arrays of one type joined along an axis. Throws as the typed concatenate does.
[[nodiscard]] UntypedArray concatenate(std::span<const UntypedArray> arrays, int along);
/// Returns x with new axes of extent 1 until it has `least` of them, 1 to 3, at the places that NumPy's atleast_1d to
/// atleast_3d give them.
[[nodiscard]] UntypedArray with_axes(const UntypedArray& x, int least);
/// Returns arrays of at least two axes on top of each other: joined along axis 0.
[[nodiscard]] UntypedArray vstack(std::span<const UntypedArray> arrays);
/// Returns arrays side by side: joined along axis 1, vectors along their own.
[[nodiscard]] UntypedArray hstack(std::span<const UntypedArray> arrays);
/// Returns arrays of at least three axes behind each other: joined along axis 2.
[[nodiscard]] UntypedArray dstack(std::span<const UntypedArray> arrays);
/// Returns vectors, and matrices, as the columns of one matrix.
[[nodiscard]] UntypedArray column_stack(std::span<const UntypedArray> arrays);
/// Returns x without these indices of an axis, negative ones from the end. Throws out_of_range naming the index.
[[nodiscard]] UntypedArray delete_at(const UntypedArray& x, std::span<const std::int64_t> indices, int along);
/// Returns x with `values` in front of these indices of an axis, the k-th of them in front of the k-th index, in x's
/// type. The values stretch to an extent of as many as there are indices, and to x's extents. Throws out_of_range
/// naming an index that is not from 0 to the extent, negative ones counting from the end, and shape_mismatch for values
/// that do not stretch.
[[nodiscard]] UntypedArray insert(const UntypedArray& x, std::span<const std::int64_t> indices,
                                  const UntypedArray& values, int along);
/// Returns the parts of x between borders along an axis: up to the first one, from the first to the second, ..., from
/// the last one on; borders count as those of a range. Throws unsupported for more than 2^20 parts.
[[nodiscard]] std::vector<UntypedArray> split_at(const UntypedArray& x, std::span<const std::int64_t> borders,
                                                 int along);
/// Returns so many parts of x along an axis, of extents that differ by at most one, longer ones first; all of one
/// extent if `equal`. Throws invalid_argument for a number below 1, and shape_mismatch if `equal` is set and the extent
/// does not divide.
[[nodiscard]] std::vector<UntypedArray> split_into(const UntypedArray& x, std::int64_t parts, int along, bool equal);
/// Returns the arrays of which x is the stack along an axis. Throws unsupported for more than 2^20.
[[nodiscard]] std::vector<UntypedArray> unstack(const UntypedArray& x, int along);
/// Returns x turned so many times by 90 degrees in the plane of two axes, from the first towards the second.
[[nodiscard]] UntypedArray rot90(const UntypedArray& x, std::int64_t turns, int first, int second);

// ---------------------------------------------------------------- typed expressions

namespace detail {
template <Expression E>
[[nodiscard]] std::vector<UntypedArray> handles_of(const std::vector<E>& arrays) {
  std::vector<UntypedArray> handles;
  handles.reserve(arrays.size());
  for (const E& one : arrays) handles.push_back(handle_of(one));
  return handles;
}
template <int N, Expression E>
[[nodiscard]] auto arrays_like(const std::vector<UntypedArray>& handles) {
  std::vector<ArrayLike<N, E>> arrays;
  arrays.reserve(handles.size());
  for (const UntypedArray& one : handles) arrays.push_back(ArrayLike<N, E>(one));
  return arrays;
}
template <int Least, Expression E>
inline constexpr int at_least = rank_of<E> < Least ? Least : rank_of<E>;
}  // namespace detail

/// Returns x with an axis if it has none.
template <Expression E>
[[nodiscard]] auto atleast_1d(const E& x) {
  return detail::ArrayLike<detail::at_least<1, E>, E>(with_axes(detail::handle_of(x), 1));
}
/// Returns x with two axes at least: new ones stand in front.
template <Expression E>
[[nodiscard]] auto atleast_2d(const E& x) {
  return detail::ArrayLike<detail::at_least<2, E>, E>(with_axes(detail::handle_of(x), 2));
}
/// Returns x with three axes at least: a vector of n is (1, n, 1), a matrix of (n, m) is (n, m, 1).
template <Expression E>
[[nodiscard]] auto atleast_3d(const E& x) {
  return detail::ArrayLike<detail::at_least<3, E>, E>(with_axes(detail::handle_of(x), 3));
}
/// Returns arrays of one type on top of each other, vectors as rows: `vstack(std::vector{a, b})` of (4,) and (4,) is
/// (2, 4)
template <Expression E>
[[nodiscard]] auto vstack(const std::vector<E>& arrays) {
  return detail::ArrayLike<detail::at_least<2, E>, E>(vstack(detail::handles_of(arrays)));
}
/// Returns arrays of one type side by side: joined along axis 1, vectors along their own.
template <Expression E>
[[nodiscard]] auto hstack(const std::vector<E>& arrays) {
  return detail::ArrayLike<detail::at_least<1, E>, E>(hstack(detail::handles_of(arrays)));
}
/// Returns arrays of one type behind each other, along axis 2.
template <Expression E>
[[nodiscard]] auto dstack(const std::vector<E>& arrays) {
  return detail::ArrayLike<detail::at_least<3, E>, E>(dstack(detail::handles_of(arrays)));
}
/// Returns vectors, or matrices, of one type as the columns of a matrix: (4,) and (4,) are (4, 2)
template <Expression E>
[[nodiscard]] auto column_stack(const std::vector<E>& arrays) {
  return detail::ArrayLike<detail::at_least<2, E>, E>(column_stack(detail::handles_of(arrays)));
}
/// Returns y behind x along an axis, in their common type: `append(x, y, "time")`
template <Expression X, Expression Y>
[[nodiscard]] auto append(const X& x, const Y& y, axis<rank_of<X>> along) {
  static_assert(rank_of<X> == rank_of<Y>, "chunkwise: arrays that are joined have the same rank");
  using T = type_of<promote(dtype_of<value_type_of<X>>, dtype_of<value_type_of<Y>>)>;
  const auto in_common = [](const auto& one) {
    if constexpr (std::is_same_v<value_type_of<decltype(one)>, T>)
      return detail::handle_of(one);
    else
      return detail::handle_of(cast<T>(one));
  };
  const std::vector<UntypedArray> both{in_common(x), in_common(y)};
  return Array<T, rank_of<X>>(concatenate(std::span<const UntypedArray>(both), along.resolve(x.labels())));
}
/// Returns x without these indices of an axis: `delete_at(x, {0, -1}, "time")`, NumPy's delete.
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> delete_at(const E& x, const std::vector<std::int64_t>& indices,
                                                         axis<rank_of<E>> along) {
  return detail::ArrayLike<rank_of<E>, E>(
      delete_at(detail::handle_of(x), std::span<const std::int64_t>(indices), along.resolve(x.labels())));
}
/// Returns x with values in front of these indices of an axis, cast to x's type: `insert(x, {0, 3}, y, "time")`. The
/// values have as many indices along the axis, or stretch.
template <Expression E, Expression V>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> insert(const E& x, const std::vector<std::int64_t>& indices,
                                                      const V& values, axis<rank_of<E>> along) {
  static_assert(rank_of<V> <= rank_of<E>, "chunkwise: the values that are inserted have more axes than the array");
  const auto in_type = [&] {
    if constexpr (std::is_same_v<value_type_of<V>, value_type_of<E>>)
      return detail::handle_of(values);
    else
      return detail::handle_of(cast<value_type_of<E>>(values));
  };
  return detail::ArrayLike<rank_of<E>, E>(
      insert(detail::handle_of(x), std::span<const std::int64_t>(indices), in_type(), along.resolve(x.labels())));
}
/// Returns so many parts of one extent along an axis: `split(x, 3, "time")[0]` is the first third. Throws
/// shape_mismatch if the extent does not divide.
template <Expression E>
[[nodiscard]] auto split(const E& x, std::int64_t parts, axis<rank_of<E>> along) {
  return detail::arrays_like<rank_of<E>, E>(split_into(detail::handle_of(x), parts, along.resolve(x.labels()), true));
}
/// Returns the parts between borders along an axis: `split_at(x, {3, 5}, 0)` is x[:3], x[3:5], x[5:], NumPy's split(x,
/// [3, 5]). It has a name of its own, since {3} is an int as well.
template <Expression E>
[[nodiscard]] auto split_at(const E& x, const std::vector<std::int64_t>& borders, axis<rank_of<E>> along) {
  return detail::arrays_like<rank_of<E>, E>(
      split_at(detail::handle_of(x), std::span<const std::int64_t>(borders), along.resolve(x.labels())));
}
/// Returns so many parts whose extents differ by at most one: of 7 in 3 parts 3, 2 and 2.
template <Expression E>
[[nodiscard]] auto array_split(const E& x, std::int64_t parts, axis<rank_of<E>> along) {
  return detail::arrays_like<rank_of<E>, E>(split_into(detail::handle_of(x), parts, along.resolve(x.labels()), false));
}
/// Returns the arrays of which x is the stack along an axis: `unstack(x, "time")[0]` is x(0)
template <Expression E>
[[nodiscard]] auto unstack(const E& x, axis<rank_of<E>> along) {
  static_assert(rank_of<E> >= 1, "chunkwise: an array of rank 0 is no stack");
  return detail::arrays_like<rank_of<E> - 1, E>(unstack(detail::handle_of(x), along.resolve(x.labels())));
}
/// Returns a matrix turned by 90 degrees, so many times, from axis 0 towards axis 1.
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> rot90(const E& x, std::int64_t turns = 1) {
  static_assert(rank_of<E> >= 2, "chunkwise: a turn needs two axes");
  return detail::ArrayLike<rank_of<E>, E>(rot90(detail::handle_of(x), turns, 0, 1));
}
/// Returns x turned in the plane of two other axes: `rot90(x, 1, "latitude", "longitude")`
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> rot90(const E& x, std::int64_t turns, axis<rank_of<E>> first,
                                                     axis<rank_of<E>> second) {
  static_assert(rank_of<E> >= 2, "chunkwise: a turn needs two axes");
  return detail::ArrayLike<rank_of<E>, E>(
      rot90(detail::handle_of(x), turns, first.resolve(x.labels()), second.resolve(x.labels())));
}
/// Returns x with axis 1 turned round.
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> fliplr(const E& x) {
  static_assert(rank_of<E> >= 2, "chunkwise: fliplr turns axis 1 round, which this array has not");
  return flip(x, 1);
}
/// Returns x with axis 0 turned round.
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> flipud(const E& x) {
  static_assert(rank_of<E> >= 1, "chunkwise: flipud turns axis 0 round, which this array has not");
  return flip(x, 0);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
