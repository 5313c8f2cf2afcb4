#pragma once
/// Arrays at each other's coordinates, for formulas that refuse coordinates that disagree.
#include "chunkwise/expr/array.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns align(x, like) for arrays of run-time types; only the labels and the rank of `like` count.
[[nodiscard]] UntypedArray align(const UntypedArray& x, const Labels& like, int like_rank);

/// Returns the elements of x at the coordinates of `like`, in its order: along each axis of one name and with
/// coordinates in both, x is turned round, begun elsewhere (longitudes, of which 360 is 0) or cut to values that `like`
/// has. Values of `like` that x lacks are left out, so if each has values that the other lacks, both are cut:
///
///     x - align(normal, x)                           // normal has all coordinates of x
///     auto common = align(x, y);  common - align(y, common)
///
/// An axis of one element in x stretches over any other and stays. Throws name_mismatch if they have nothing in common,
/// or if units or calendars differ; not_found if no axis of one name has coordinates in both; invalid_argument if a
/// coordinate of x has a value twice.
template <Expression E, Expression Like>
[[nodiscard]] Array<value_type_of<E>, rank_of<E>> align(const E& x, const Like& like) {
  using A = Array<value_type_of<E>, rank_of<E>>;
  return A(align(A(x).handle(), like.labels(), rank_of<Like>));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
