#pragma once
/// Functions of shape: the elements of an array in another order, at other places, or in another shape. All are lazy,
/// and none computes anything: a slice of a transposed array reads that slice alone. Names and meaning are NumPy's;
/// docs/semantics.md, "Functions of shape", defines the names and coordinates of results. Each comes twice: for typed
/// expressions, with axes that the compiler checks, and for arrays whose rank is known at run time.
#include <span>
#include <type_traits>
#include <vector>

#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/axis.hpp"
#include "chunkwise/expr/elementwise.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Places before the first and after the last index of an axis.
struct Padding {
  std::int64_t before = 0;
  std::int64_t after = 0;
};

/// The content of the places that pad adds.
enum class PadMode : std::uint8_t {
  constant,   ///< one number
  edge,       ///< the first and the last element again
  reflect,    ///< the array in a mirror that stands at its first and last element, which are not repeated
  symmetric,  ///< the same with these repeated
  wrap,       ///< the array from its other end on
};

// ---------------------------------------------------------------- arrays whose rank is known at run time

/// Returns x with its axes in another order: axis i of the result is axis `order[i]` of x. Throws invalid_argument
/// unless each axis is there once.
[[nodiscard]] UntypedArray transpose(const UntypedArray& x, std::span<const int> order);
/// Returns x without the axes whose bit is set. Throws shape_mismatch if one of them has another extent than 1.
[[nodiscard]] UntypedArray squeeze(const UntypedArray& x, std::uint32_t axes);
/// Returns x with new axes of extent 1, which are the axes of the result whose bit is set.
[[nodiscard]] UntypedArray expand_dims(const UntypedArray& x, std::uint32_t axes);
/// Returns x stretched to a shape, as an operand is. Throws shape_mismatch if it does not stretch so far.
[[nodiscard]] UntypedArray broadcast_to(const UntypedArray& x, const Shape& shape);
/// Returns x with the axes turned round whose bit is set.
[[nodiscard]] UntypedArray flip(const UntypedArray& x, std::uint32_t axes);
/// Returns the elements `shift` places further along an axis, those beyond the end at its beginning.
[[nodiscard]] UntypedArray roll(const UntypedArray& x, std::int64_t shift, int along);
/// Returns each index of an axis as often as `counts` says: one number for all, or one for each. Throws shape_mismatch
/// for another number of counts, invalid_argument for a negative one, unsupported for a result of more than 2^24
/// indices.
[[nodiscard]] UntypedArray repeat(const UntypedArray& x, std::span<const std::int64_t> counts, int along);
/// Returns x several times along each axis. Fewer counts than axes are those of the last axes; more of them make new
/// axes in front. Throws invalid_argument for a negative count, unsupported for more than 2^20 copies along an axis.
[[nodiscard]] UntypedArray tile(const UntypedArray& x, std::span<const std::int64_t> counts);
/// Returns the elements at these indices of an axis, in the order of the list. Throws out_of_range naming the index,
/// and unsupported for more than 2^24 indices.
[[nodiscard]] UntypedArray take(const UntypedArray& x, std::vector<std::int64_t> indices, int along);
/// Returns the elements whose indices of two axes differ by `offset`, along a new last axis in place of the two.
[[nodiscard]] UntypedArray diagonal(const UntypedArray& x, std::int64_t offset, int first, int second);
/// Returns arrays of one type and shape side by side along a new axis of the result. Throws as concatenate does.
[[nodiscard]] UntypedArray stack(std::span<const UntypedArray> arrays, int along);
/// Returns x with more places at the ends of axes, a Padding for each axis; a `constant` is of x's type. Throws
/// invalid_argument for a negative number of places, and if an axis without elements would be mirrored.
[[nodiscard]] UntypedArray pad(const UntypedArray& x, std::span<const Padding> widths, PadMode mode,
                               const Scalar& constant);
/// Returns the elements of x, in row-major order, in another shape, one extent of which may be -1 for the rest. Throws
/// shape_mismatch for a shape of more or fewer elements.
[[nodiscard]] UntypedArray reshape(const UntypedArray& x, const PerAxis<std::int64_t>& shape);

/// Returns x in other chunks, of these extents; 0 or less is the whole axis. Throws shape_mismatch unless there is an
/// extent for each axis. The typed rechunk tells when other chunks are of use.
[[nodiscard]] UntypedArray rechunk(const UntypedArray& x, const Shape& chunks);

/// Returns the order of axes, all by number, that moves axes `from` to the places `to`, and keeps that of the others.
[[nodiscard]] std::vector<int> moved_axes(int rank, std::span<const int> from, std::span<const int> to);

namespace detail {

template <Expression E>
[[nodiscard]] UntypedArray handle_of(const E& expression) {
  return Array<value_type_of<E>, rank_of<E>>(expression).handle();
}
template <int N, Expression E>
using ArrayLike = Array<value_type_of<E>, N>;
template <std::size_t K>
[[nodiscard]] PerAxis<std::int64_t> extents(const std::int64_t (&given)[K]) {
  static_assert(K <= max_rank, "chunkwise: an array can have at most 8 axes");
  PerAxis<std::int64_t> result;
  for (const std::int64_t extent : given) result.push_back(extent);
  return result;
}

}  // namespace detail

// ---------------------------------------------------------------- typed expressions

/// Returns the same array in other chunks, an extent for each axis, 0 or less being the whole axis. It is for an array
/// that is persisted or written in these chunks, and for reductions, whose values depend on chunks (docs/semantics.md).
/// Elements, names and coordinates stay. The array is streamed: no more than some chunks of either kind are in memory
/// at a time. A NetCDF-4 file is stored in such chunks. Throws shape_mismatch for another number of extents.
///
///     write_netcdf("columns.nc", rechunk(x, {0, 45, 180}))   // whole lines along time lie together
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> rechunk(const E& x, const Shape& chunks) {
  return detail::ArrayLike<rank_of<E>, E>(rechunk(detail::handle_of(x), chunks));
}

/// Returns x with its axes in the opposite order. `transpose(x)` of (time, latitude) is (latitude, time)
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> transpose(const E& x) {
  std::vector<int> order;
  for (int axis = rank_of<E>; axis-- > 0;) order.push_back(axis);
  return detail::ArrayLike<rank_of<E>, E>(transpose(detail::handle_of(x), order));
}
/// Returns x with its axes in this order, by number or name: `transpose(x, axes("latitude", "longitude", "time"))`
template <Expression E, int K>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> transpose(const E& x, const Axes<K>& order) {
  static_assert(K == rank_of<E>, "chunkwise: transpose needs each axis of the array once");
  return detail::ArrayLike<rank_of<E>, E>(transpose(detail::handle_of(x), order.numbers(x.labels(), rank_of<E>)));
}
/// Returns x with two axes exchanged: `swapaxes(x, 0, -1)`
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> swapaxes(const E& x, axis<rank_of<E>> first, axis<rank_of<E>> second) {
  std::vector<int> order;
  for (int number = 0; number < rank_of<E>; ++number) order.push_back(number);
  std::swap(order[static_cast<std::size_t>(first.resolve(x.labels()))],
            order[static_cast<std::size_t>(second.resolve(x.labels()))]);
  return detail::ArrayLike<rank_of<E>, E>(transpose(detail::handle_of(x), order));
}
/// Returns x with one axis moved to another place: `moveaxis(x, "time", -1)` has time last
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> moveaxis(const E& x, axis<rank_of<E>> from, axis<rank_of<E>> to) {
  const int source[]{from.resolve(x.labels())};
  const int target[]{to.resolve(x.labels())};
  return detail::ArrayLike<rank_of<E>, E>(transpose(detail::handle_of(x), moved_axes(rank_of<E>, source, target)));
}
/// Returns x with several axes moved, each to its own place: `moveaxis(x, axes(0, 1), axes(-1, -2))`
template <Expression E, int K, int M>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> moveaxis(const E& x, const Axes<K>& from, const Axes<M>& to) {
  static_assert(K == M, "chunkwise: moveaxis needs a place for each axis that is moved");
  static_assert(K <= rank_of<E>, "chunkwise: more axes than the array has");
  return detail::ArrayLike<rank_of<E>, E>(transpose(
      detail::handle_of(x), moved_axes(rank_of<E>, from.numbers(x.labels(), rank_of<E>), to.numbers({}, rank_of<E>))));
}

/// Returns x without an axis of extent 1: `squeeze(x, "level")`. Throws shape_mismatch for another extent.
template <Expression E>
[[nodiscard]] auto squeeze(const E& x, axis<rank_of<E>> which) {
  static_assert(rank_of<E> >= 1, "chunkwise: an array of rank 0 has no axis to be squeezed");
  return detail::ArrayLike<rank_of<E> - 1, E>(
      squeeze(detail::handle_of(x), std::uint32_t{1} << which.resolve(x.labels())));
}
/// Returns x without several axes of extent 1: `squeeze(x, axes(0, 2))`
template <Expression E, int K>
[[nodiscard]] auto squeeze(const E& x, const Axes<K>& which) {
  static_assert(K <= rank_of<E>, "chunkwise: more axes than the array has");
  return detail::ArrayLike<rank_of<E> - K, E>(squeeze(detail::handle_of(x), which.resolve(x.labels(), rank_of<E>)));
}
/// Returns x with a new axis of extent 1, `at` being its number in the result: `expand_dims(x, 0)`,
/// `expand_dims(x, -1)`
template <Expression E>
[[nodiscard]] auto expand_dims(const E& x, axis<rank_of<E> + 1> at) {
  return detail::ArrayLike<rank_of<E> + 1, E>(expand_dims(detail::handle_of(x), std::uint32_t{1} << at.resolve({})));
}
/// Returns x stretched to a shape, as an operand is: `broadcast_to(row, {4, 3, 6})`
template <Expression E, std::size_t M>
[[nodiscard]] auto broadcast_to(const E& x, const std::int64_t (&shape)[M]) {
  static_assert(static_cast<int>(M) >= rank_of<E>, "chunkwise: an array is not broadcast to fewer axes than it has");
  return detail::ArrayLike<static_cast<int>(M), E>(broadcast_to(detail::handle_of(x), detail::extents(shape)));
}

/// Returns x with all axes turned round.
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> flip(const E& x) {
  return detail::ArrayLike<rank_of<E>, E>(flip(detail::handle_of(x), (std::uint32_t{1} << rank_of<E>)-1));
}
/// Returns x with an axis turned round: `flip(x, "latitude")`, which is x(all, range(none, none, -1))
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> flip(const E& x, axis<rank_of<E>> along) {
  return detail::ArrayLike<rank_of<E>, E>(flip(detail::handle_of(x), std::uint32_t{1} << along.resolve(x.labels())));
}
/// Returns x with several axes turned round: `flip(x, axes(0, 1))`
template <Expression E, int K>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> flip(const E& x, const Axes<K>& along) {
  static_assert(K <= rank_of<E>, "chunkwise: more axes than the array has");
  return detail::ArrayLike<rank_of<E>, E>(flip(detail::handle_of(x), along.resolve(x.labels(), rank_of<E>)));
}
/// Returns the elements `shift` places further along an axis, those beyond its end at its beginning. The axis loses its
/// coordinate: `x - roll(x, 1, "longitude")` is a difference of neighbours all around.
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> roll(const E& x, std::int64_t shift, axis<rank_of<E>> along) {
  return detail::ArrayLike<rank_of<E>, E>(roll(detail::handle_of(x), shift, along.resolve(x.labels())));
}
/// Returns each index of an axis `count` times, one after the other: `repeat(x, 2, "time")`
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> repeat(const E& x, std::int64_t count, axis<rank_of<E>> along) {
  return detail::ArrayLike<rank_of<E>, E>(
      repeat(detail::handle_of(x), std::span<const std::int64_t>(&count, 1), along.resolve(x.labels())));
}
/// Returns index i of an axis counts[i] times.
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> repeat(const E& x, const std::vector<std::int64_t>& counts,
                                                      axis<rank_of<E>> along) {
  return detail::ArrayLike<rank_of<E>, E>(
      repeat(detail::handle_of(x), std::span<const std::int64_t>(counts), along.resolve(x.labels())));
}
/// Returns x several times along each axis: `tile(x, {2, 1, 3})`. More counts than axes make new axes in front.
template <Expression E, std::size_t K>
[[nodiscard]] auto tile(const E& x, const std::int64_t (&counts)[K]) {
  constexpr int rank = rank_of < E >> static_cast<int>(K) ? rank_of<E> : static_cast<int>(K);
  return detail::ArrayLike<rank, E>(tile(detail::handle_of(x), std::span<const std::int64_t>(counts)));
}
/// Returns the elements at these indices of an axis, negative ones from the end: `take(x, {0, 3, -1}, "time")`
template <Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> take(const E& x, std::vector<std::int64_t> indices,
                                                    axis<rank_of<E>> along) {
  return detail::ArrayLike<rank_of<E>, E>(take(detail::handle_of(x), std::move(indices), along.resolve(x.labels())));
}
/// Returns the elements whose indices of the second axis are `offset` more than those of the first, along a new last
/// axis in place of the two: `diagonal(x)` of (4, 3, 6) is (6, 3)
template <Expression E>
[[nodiscard]] auto diagonal(const E& x, std::int64_t offset = 0) {
  static_assert(rank_of<E> >= 2, "chunkwise: a diagonal needs two axes");
  return detail::ArrayLike<rank_of<E> - 1, E>(diagonal(detail::handle_of(x), offset, 0, 1));
}
/// Returns the same of two other axes: `diagonal(x, 0, "latitude", "longitude")`
template <Expression E>
[[nodiscard]] auto diagonal(const E& x, std::int64_t offset, axis<rank_of<E>> first, axis<rank_of<E>> second) {
  static_assert(rank_of<E> >= 2, "chunkwise: a diagonal needs two axes");
  return detail::ArrayLike<rank_of<E> - 1, E>(
      diagonal(detail::handle_of(x), offset, first.resolve(x.labels()), second.resolve(x.labels())));
}

/// Returns arrays of one shape side by side along a new axis, `along` being its number in the result. The axis has no
/// name. `stack(std::vector{a, b}, 0)(1)` is b
template <Expression E>
[[nodiscard]] auto stack(const std::vector<E>& arrays, axis<rank_of<E> + 1> along) {
  std::vector<UntypedArray> handles;
  handles.reserve(arrays.size());
  for (const E& one : arrays) handles.push_back(detail::handle_of(one));
  return detail::ArrayLike<rank_of<E> + 1, E>(stack(handles, along.resolve({})));
}

/// Returns x with more places at the ends of an axis, filled with `constant` or as the mode says. The axis loses its
/// coordinate. `pad(x, {1, 1}, "longitude", PadMode::wrap)`, `pad(x, {0, 3}, 0, PadMode::constant, NAN)`
template <Expression E, WeakScalar S = value_type_of<E>>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> pad(const E& x, Padding width, axis<rank_of<E>> along,
                                                   PadMode mode = PadMode::constant, S constant = S{}) {
  using T = value_type_of<E>;
  static_assert(!(std::is_floating_point_v<S> && std::is_integral_v<T>),
                "chunkwise: a floating number is no element of an array of integers or bool; cast the array first");
  static_assert(std::is_same_v<S, bool> || !std::is_same_v<T, bool>,
                "chunkwise: only true and false are elements of an array of bool; cast the array first");
  detail::check_fits<T>(constant, "the array; cast it first");
  std::vector<Padding> widths(static_cast<std::size_t>(rank_of<E>));
  widths[static_cast<std::size_t>(along.resolve(x.labels()))] = width;
  return detail::ArrayLike<rank_of<E>, E>(pad(detail::handle_of(x), widths, mode, Scalar(static_cast<T>(constant))));
}

/// Returns the elements, in row-major order, in another shape, of which one extent may be -1:
/// `reshape(x, {-1, 12, 6})`. Axes that stay as they are keep their names and coordinates.
template <Expression E, std::size_t M>
[[nodiscard]] auto reshape(const E& x, const std::int64_t (&shape)[M]) {
  return detail::ArrayLike<static_cast<int>(M), E>(reshape(detail::handle_of(x), detail::extents(shape)));
}
/// Returns the elements, in row-major order, along one axis.
template <Expression E>
[[nodiscard]] detail::ArrayLike<1, E> ravel(const E& x) {
  return detail::ArrayLike<1, E>(reshape(detail::handle_of(x), PerAxis<std::int64_t>{-1}));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
