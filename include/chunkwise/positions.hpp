#pragma once
/// Parts of arrays whose extent depends on the elements: where a condition is true, and which elements there are. An
/// array's shape is known when it is made, so these functions take two runs: the first finds the positions on a
/// backend, which is done when they return, and their results are lazy again. Memory holds the positions alone, at most
/// 2^24 of them. compress and masked are NumPy's compress(mask, x, axis) and x[mask], as Dask's compute_chunk_sizes
/// makes them. Without a backend the default one runs it.
#include <tuple>
#include <utility>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/compute.hpp"
#include "chunkwise/expr/gather.hpp"
#include "chunkwise/io/arrays.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

// ---------------------------------------------------------------- arrays whose rank is known at run time

/// Returns the positions of the elements of x that are not zero, counted in row-major order, ascending. Throws
/// unsupported for more than 2^24 of them, and the errors of the run.
[[nodiscard]] std::vector<std::int64_t> positions_where(const BackendPtr& backend, const UntypedArray& x);
/// Returns the elements of x where a mask is true. Its axes are those of x from `first` on, of the same extents; one
/// takes their place. Throws type_mismatch for a mask that is not bool, shape_mismatch and name_mismatch for one that
/// does not fit, and as positions_where does.
[[nodiscard]] UntypedArray masked(const BackendPtr& backend, const UntypedArray& x, const UntypedArray& mask,
                                  int first);
/// Returns the indices along each axis of the elements of x that are not zero, in row-major order, int64.
[[nodiscard]] std::vector<UntypedArray> nonzero(const BackendPtr& backend, const UntypedArray& x);
/// Returns the indices of nonzero as rows of a matrix: (number, rank).
[[nodiscard]] UntypedArray argwhere(const BackendPtr& backend, const UntypedArray& x);

/// The elements that an array has, each once.
struct UniqueElements {
  UntypedArray values;  ///< in ascending order, NaN last; of both zeros +0
  UntypedArray first;   ///< the position of the first of each, in row-major order, int64
  UntypedArray counts;  ///< how many there are of each, int64
};
/// Returns the elements of x. Throws unsupported for more than 2^20 different ones.
[[nodiscard]] UniqueElements unique(const BackendPtr& backend, const UntypedArray& x);

namespace detail {
/// Returns x with the axes that a mask chooses from, those from `first` on, as one. Throws as masked does.
[[nodiscard]] UntypedArray masked_axes(const UntypedArray& x, const UntypedArray& mask, int first);
}  // namespace detail

// ---------------------------------------------------------------- typed expressions

/// Returns the elements of x where a mask of as many axes is true, along one axis: NumPy's x[mask].
/// `masked(backend, x, x > 0)`
template <Expression E, Expression M>
[[nodiscard]] auto masked(const BackendPtr& backend, const E& x, const M& mask) {
  static_assert(std::is_same_v<value_type_of<M>, bool>, "chunkwise: a mask is of bool, such as x > 0");
  static_assert(rank_of<M> >= 1 && rank_of<M> <= rank_of<E>, "chunkwise: a mask has the first axes of the array");
  return detail::ArrayLike<rank_of<E> - rank_of<M> + 1, E>(
      masked(backend, detail::handle_of(x), detail::handle_of(mask), 0));
}
/// Returns masked(backend, x, mask), found out by the default backend.
template <Expression E, Expression M>
[[nodiscard]] auto masked(const E& x, const M& mask) {
  return masked(default_backend(), x, mask);
}
/// Returns the parts of x along an axis where a mask is true:
/// `compress(backend, mean(x, axes(1, 2)) > 280, x, "time")`. The axis keeps its name, and of its coordinate the values
/// there.
template <Expression M, Expression E>
[[nodiscard]] detail::ArrayLike<rank_of<E>, E> compress(const BackendPtr& backend, const M& mask, const E& x,
                                                        axis<rank_of<E>> along) {
  static_assert(std::is_same_v<value_type_of<M>, bool> && rank_of<M> == 1,
                "chunkwise: compress takes a mask of bool with one axis");
  return detail::ArrayLike<rank_of<E>, E>(
      masked(backend, detail::handle_of(x), detail::handle_of(mask), along.resolve(x.labels())));
}
/// Returns compress(backend, mask, x, along), found out by the default backend.
template <Expression M, Expression E>
[[nodiscard]] auto compress(const M& mask, const E& x, axis<rank_of<E>> along) {
  return compress(default_backend(), mask, x, along);
}
/// Returns the indices of the elements that are not zero, an array for each axis:
/// `auto [i, j] = nonzero(backend, x > 0)`
template <Expression E>
[[nodiscard]] auto nonzero(const BackendPtr& backend, const E& x) {
  static_assert(rank_of<E> >= 1, "chunkwise: an array of rank 0 has no axis along which elements have indices");
  const std::vector<UntypedArray> all = nonzero(backend, detail::handle_of(x));
  return [&]<std::size_t... I>(std::index_sequence<I...>) { return std::tuple{Array<std::int64_t, 1>(all[I])...}; }
  (std::make_index_sequence<static_cast<std::size_t>(rank_of<E>)>{});
}
/// Returns the indices of nonzero as rows of a matrix, (number, rank).
template <Expression E>
[[nodiscard]] Array<std::int64_t, 2> argwhere(const BackendPtr& backend, const E& x) {
  return Array<std::int64_t, 2>(argwhere(backend, detail::handle_of(x)));
}
/// Returns the positions of the elements that are not zero, counted in row-major order.
template <Expression E>
[[nodiscard]] Array<std::int64_t, 1> flatnonzero(const BackendPtr& backend, const E& x) {
  std::vector<std::int64_t> positions = positions_where(backend, detail::handle_of(x));
  const Shape shape{static_cast<std::int64_t>(positions.size())};
  return from_vector<1>(std::move(positions), shape);
}
/// Returns the elements that x has, each once, in ascending order: `unique_values(backend, flags)`
template <Expression E>
[[nodiscard]] detail::ArrayLike<1, E> unique_values(const BackendPtr& backend, const E& x) {
  return detail::ArrayLike<1, E>(unique(backend, detail::handle_of(x)).values);
}
/// Returns unique_values, and how many there are of each: `auto [values, counts] = unique_counts(backend, flags)`
template <Expression E>
[[nodiscard]] auto unique_counts(const BackendPtr& backend, const E& x) {
  const UniqueElements found = unique(backend, detail::handle_of(x));
  return std::pair{detail::ArrayLike<1, E>(found.values), Array<std::int64_t, 1>(found.counts)};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
