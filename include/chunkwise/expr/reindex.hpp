#pragma once
/// Arrays at other values of a coordinate: those that are given, in their order (reindex), the same in ascending order
/// (sortby), or equal steps of time (resample upwards). An element that is not there is NaN, or taken from a neighbour.
/// Names and meaning are xarray's.
#include <span>
#include <type_traits>
#include <vector>

#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/axis.hpp"
#include "chunkwise/expr/select.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The element that stands for a value that a coordinate does not have.
enum class Fill : std::uint8_t {
  none,      ///< NaN
  forward,   ///< that of the coordinate before it along the axis, xarray's ffill
  backward,  ///< that of the coordinate behind it along the axis, xarray's bfill
  nearest,   ///< that of the nearest coordinate, of two equally near ones the larger
};

// ---------------------------------------------------------------- arrays whose rank is known at run time

/// Returns reindex for arrays of run-time types.
[[nodiscard]] UntypedArray reindex(const UntypedArray& x, int along, std::span<const CoordinateValue> values, Fill fill,
                                   double tolerance);
/// Returns reindex_like for arrays of run-time types.
[[nodiscard]] UntypedArray reindex_like(const UntypedArray& x, const Labels& like, int like_rank, Fill fill,
                                        double tolerance);
/// Returns sortby for arrays of run-time types.
[[nodiscard]] UntypedArray sortby(const UntypedArray& x, int along, bool ascending);
/// Returns the beginnings of the bins of a frequency, from that of the first time along an axis to that of the last, in
/// the units of its coordinate. Throws as resample does (expr/groupby.hpp).
[[nodiscard]] std::vector<CoordinateValue> times_of_bins(const Labels& labels, int along, TextArgument frequency);

// ---------------------------------------------------------------- typed expressions

/// Returns x at these values of a coordinate, in their order: `reindex(t2m, "latitude", {60, 50, 40})`. A value that
/// the coordinate does not have is NaN, or as `fill` says, if the neighbour is at most `tolerance` away (in the
/// coordinate's units, of times in seconds). Lazy. Throws not_found if there is no coordinate, invalid_argument for a
/// value that x has twice, and type_mismatch if NaN is needed for elements that have none.
template <Expression E>
[[nodiscard]] Array<value_type_of<E>, rank_of<E>> reindex(const E& x, axis<rank_of<E>> along,
                                                          const std::vector<CoordinateValue>& values,
                                                          Fill fill = Fill::none, double tolerance = INFINITY) {
  using A = Array<value_type_of<E>, rank_of<E>>;
  return A(reindex(A(x).handle(), along.resolve(x.labels()), values, fill, tolerance));
}
/// Returns x at the coordinates of y, along each dimension of one name along which both have some. Throws as reindex,
/// and not_found if there is no such dimension.
template <Expression E, Expression Like>
[[nodiscard]] Array<value_type_of<E>, rank_of<E>> reindex_like(const E& x, const Like& y, Fill fill = Fill::none,
                                                               double tolerance = INFINITY) {
  using A = Array<value_type_of<E>, rank_of<E>>;
  return A(reindex_like(A(x).handle(), y.labels(), rank_of<Like>, fill, tolerance));
}
/// Returns x with the values of a coordinate in ascending order, or descending; equal ones stay in their order, and
/// missing ones are last. Throws not_found if there is no coordinate.
template <Expression E>
[[nodiscard]] Array<value_type_of<E>, rank_of<E>> sortby(const E& x, axis<rank_of<E>> along, bool ascending = true) {
  using A = Array<value_type_of<E>, rank_of<E>>;
  return A(sortby(A(x).handle(), along.resolve(x.labels()), ascending));
}
/// Returns x at equal steps of time, from the first time to the last: `upsample(t2m, "time", "1h", Fill::forward)` is
/// xarray's `resample(time="1h").ffill()`. Throws as reindex and resample.
template <Expression E>
[[nodiscard]] Array<value_type_of<E>, rank_of<E>> upsample(const E& x, axis<rank_of<E>> along, TextArgument frequency,
                                                           Fill fill = Fill::none) {
  using A = Array<value_type_of<E>, rank_of<E>>;
  const int number = along.resolve(x.labels());
  return A(reindex(A(x).handle(), number, times_of_bins(x.labels(), number, std::move(frequency)), fill, INFINITY));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
