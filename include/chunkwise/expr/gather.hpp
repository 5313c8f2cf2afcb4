#pragma once
/// Elements at positions that are computed: take, take_along_axis and subscripts by arrays of indices. Whole lines of
/// the array are read and the elements picked from them, so the indices may be anything that is lazy; those that lie in
/// memory or are generated, at most 2^24 along one axis, become a list, and only the elements they name are read.
/// expr/shape.hpp takes indices that are written down. A position outside the axis is an error of the run
/// (out_of_range).
#include <algorithm>

#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/expr/index.hpp"
#include "chunkwise/expr/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The treatment of an index outside the axis by take.
enum class TakeMode : std::uint8_t {
  raise,  ///< an error
  wrap,   ///< the index modulo the extent
  clip,   ///< the nearest index, 0 for negative ones
};

// ---------------------------------------------------------------- arrays whose rank is known at run time

/// Returns the elements of x at the indices of an axis, whose places along the other axes are those of the indices:
/// these have as many axes and stretch with x. Throws type_mismatch for indices that are no integers, shape_mismatch
/// and name_mismatch if the other axes do not fit.
[[nodiscard]] UntypedArray take_along_axis(const UntypedArray& x, const UntypedArray& indices, int along);
/// Returns the parts of x at these indices of an axis, in whose place the axes of `indices` stand. Throws type_mismatch
/// for indices that are no integers, and invalid_argument for a result of more than 8 axes.
[[nodiscard]] UntypedArray take(const UntypedArray& x, const UntypedArray& indices, int along,
                                TakeMode mode = TakeMode::raise);
/// Returns the part of x that subscripts take, among which are arrays of indices (RawSubscript::Kind::array). Arrays
/// and lists stretch to one shape and are the indices of points; the axes of this shape stand where NumPy has them.
/// Throws type_mismatch for indices that are no integers, shape_mismatch for shapes that do not stretch, out_of_range
/// for too many subscripts, and for indices that are known.
[[nodiscard]] UntypedArray subscripted(const UntypedArray& x, std::span<const detail::RawSubscript> subscripts);

namespace detail {
/// Returns indices as int64; those that it does not hold are outside every axis, and stay so.
[[nodiscard]] std::shared_ptr<const Node> as_positions(std::shared_ptr<const Node> indices);
/// Returns the elements of an array that lies in memory or is generated, row-major; an array without memory for any
/// other, and for one of more than `most` elements.
[[nodiscard]] UntypedNdArray known_elements(const UntypedArray& x, std::int64_t most);
/// Returns an array of integers as a list of indices, if its elements are known; null for others.
[[nodiscard]] IndexList known_indices(const UntypedArray& x);
/// Throws type_mismatch unless elements are integers; `who` wants them.
void require_integers(const UntypedArray& x, std::string_view who);
/// Returns the labels of x with the elements along an axis at other places.
[[nodiscard]] Labels labels_elsewhere(const UntypedArray& x, int axis);

template <class S>
constexpr bool is_subscript_or_indices() {
  if constexpr (Expression<S>)
    return std::is_integral_v<value_type_of<S>> && !std::is_same_v<value_type_of<S>, bool>;
  else
    return Subscript<S>;
}
template <class S>
constexpr int points_rank() {
  if constexpr (Expression<S>)
    return rank_of<S>;
  else
    return std::same_as<S, List> ? 1 : 0;
}
/// Returns the number of axes that subscripts with arrays leave, those of the points among them.
template <int N, class... S>
constexpr int rank_at_arrays() {
  constexpr int taken = (0 + ... + (takes_axis<S> && !std::same_as<S, Range> && !std::same_as<S, All> ? 1 : 0));
  constexpr int created = (0 + ... + (std::same_as<S, NewAxis> ? 1 : 0));
  return N - taken + created + std::max({points_rank<S>()...});
}
template <class E, class... S>
auto at_arrays(const E& x, const S&... subscripts) {
  constexpr bool are_subscripts = (is_subscript_or_indices<S>() && ...);
  constexpr bool are_enough = (0 + ... + (takes_axis<S> ? 1 : 0)) <= rank_of<E>;
  static_assert(are_subscripts,
                "chunkwise: a subscript that is an array has integers, which are indices; masked(x, mask) takes the "
                "elements where a mask is true");
  static_assert(are_enough, "chunkwise: too many subscripts for the rank of this array");
  static_assert((0 + ... + (std::same_as<S, Ellipsis> ? 1 : 0)) <= 1, "chunkwise: an index can have only one ellipsis");
  if constexpr (are_subscripts && are_enough) {
    const auto raw_of = [](const auto& one) {
      if constexpr (Expression<decltype(one)>)
        return RawSubscript{
            RawSubscript::Kind::array, 0, {}, nullptr, std::make_shared<const UntypedArray>(handle_of(one))};
      else
        return raw(one);
    };
    const std::array<RawSubscript, sizeof...(S)> all{raw_of(subscripts)...};
    return ArrayLike<rank_at_arrays<rank_of<E>, S...>(), E>(subscripted(handle_of(x), all));
  }
}
}  // namespace detail

// ---------------------------------------------------------------- typed expressions

/// Returns the elements at the indices of an axis: `take_along_axis(x, argsort(x, 0), 0)` is sort(x, 0), and
/// `take_along_axis(x, argmax(y, "time", keepdims), "time")` is x where y is largest. The result has x's type and,
/// along the axis, as many elements as there are indices. The axis loses its coordinate.
template <Expression E, Expression I>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> take_along_axis(const E& x, const I& indices, axis<rank_of<E>> along) {
  static_assert(rank_of<E> == rank_of<I>, "chunkwise: take_along_axis takes indices of as many axes as the array has");
  static_assert(std::is_integral_v<value_type_of<I>> && !std::is_same_v<value_type_of<I>, bool>,
                "chunkwise: indices are integers; a condition chooses by where(condition, x, y) or compress");
  return detail::ArrayLike<rank_of<E>, E>(
      take_along_axis(detail::handle_of(x), detail::handle_of(indices), along.resolve(x.labels())));
}
/// Returns the parts at these indices of an axis: `take(x, argsort(mean(x, axes(1, 2)), 0), "time")` are the times in
/// the order of their means. Indices of several axes put theirs in place of it. `mode` says how an index outside is
/// treated.
template <Expression E, Expression I>
[[nodiscard]] auto take(const E& x, const I& indices, axis<rank_of<E>> along, TakeMode mode = TakeMode::raise) {
  static_assert(std::is_integral_v<value_type_of<I>> && !std::is_same_v<value_type_of<I>, bool>,
                "chunkwise: indices are integers; a condition chooses by where(condition, x, y) or compress");
  static_assert(rank_of<E> - 1 + rank_of<I> <= max_rank, "chunkwise: an array can have at most 8 axes");
  return detail::ArrayLike<rank_of<E> - 1 + rank_of<I>, E>(
      take(detail::handle_of(x), detail::handle_of(indices), along.resolve(x.labels()), mode));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
