#pragma once
/// Windows of neighbours as further axes, and functions of a user's own of a neighbourhood or a block. Windows that are
/// filled with NaN beyond the ends are rolling's (expr/rolling.hpp).
#include <cstdint>
#include <span>

#include "chunkwise/expr/along.hpp"
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/axis.hpp"
#include "chunkwise/expr/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns sliding_window_view for arrays whose rank is known at run time.
[[nodiscard]] UntypedArray sliding_window_view(const UntypedArray& x, std::span<const std::int64_t> sizes,
                                               std::span<const int> along);
/// Returns neighbourhoods for arrays whose rank is known at run time.
[[nodiscard]] UntypedArray neighbourhoods(const UntypedArray& x, std::span<const int> along, std::int64_t depth,
                                          PadMode boundary);
/// Returns the blocks of `sizes` indices along some axes, whose elements are a new last axis: row-major in the order in
/// which the axes are named; along these axes the result has the blocks. Throws shape_mismatch if blocks do not divide
/// an extent.
[[nodiscard]] UntypedArray blocks(const UntypedArray& x, std::span<const int> along,
                                  std::span<const std::int64_t> sizes);
/// Returns the array of shape `whole`, without labels, whose blocks these are.
[[nodiscard]] UntypedArray of_blocks(const UntypedArray& blocks, const Shape& whole, std::span<const int> along,
                                     std::span<const std::int64_t> sizes);

/// Returns NumPy's sliding_window_view: the windows of `size` neighbours along an axis, as a new last axis without a
/// name; the axis is shorter by size - 1. Nothing is copied. Throws invalid_argument for a size that is not from 1 to
/// the extent. `max(sliding_window_view(x, 3, "time"), -1)`
template <Expression E>
[[nodiscard]] Array<value_type_of<E>, rank_of<E> + 1> sliding_window_view(const E& x, std::int64_t size,
                                                                          axis<rank_of<E>> along) {
  static_assert(rank_of<E> < max_rank, "chunkwise: windows are a further axis, and an array has 8 at most");
  const int number = along.resolve(x.labels());
  return Array<value_type_of<E>, rank_of<E> + 1>(
      sliding_window_view(Array<value_type_of<E>, rank_of<E>>(x).handle(), std::span(&size, 1), std::span(&number, 1)));
}

/// Returns the neighbourhood of each element along some axes, as a new last axis: the elements at most `depth` places
/// away along each of them, in row-major order, (2 depth + 1) to the power of the number of axes. Beyond the ends stand
/// the elements that the boundary gives (0 if it is PadMode::constant).
/// `median(neighbourhoods(x, axes("latitude", "longitude"), 1), -1)`
template <Expression E, int K>
[[nodiscard]] Array<value_type_of<E>, rank_of<E> + 1> neighbourhoods(const E& x, const Axes<K>& along,
                                                                     std::int64_t depth,
                                                                     PadMode boundary = PadMode::reflect) {
  static_assert(K <= rank_of<E>, "chunkwise: more axes than the array has");
  static_assert(rank_of<E> + K <= max_rank,
                "chunkwise: a neighbourhood is an axis an axis on its way, and an array has 8 at most");
  const std::vector<int> numbers = along.numbers(x.labels(), rank_of<E>);
  return Array<value_type_of<E>, rank_of<E> + 1>(
      neighbourhoods(Array<value_type_of<E>, rank_of<E>>(x).handle(), numbers, depth, boundary));
}

/// Returns a function F of your own of the neighbourhood of each element: a function of lines with `one_result`, whose
/// line is the neighbourhood (docs/own_functions.md). The result has x's shape, names and coordinates. Workers know F
/// by register_line_function<F>. `map_overlap<Roughness>(height, axes("latitude", "longitude"), 1)`
template <class F, Expression E, int K>
[[nodiscard]] auto map_overlap(const E& x, const Axes<K>& along, std::int64_t depth,
                               PadMode boundary = PadMode::reflect) {
  static_assert(
      detail::gives_one_result<F>(),
      "chunkwise: a function of a neighbourhood gives one element; say static constexpr bool one_result = true");
  const auto result = chunkwise::along<F>(neighbourhoods(x, along, depth, boundary), runtime_axis(rank_of<E>));
  return result.with_labels(map_labels(x.labels(), Meaning::elementwise));
}

/// Returns a function F of your own of each block, whose extents you give: a function of lines whose line has the
/// elements of the block, row-major in the order in which the axes are named. The result has x's shape, names and
/// coordinates; with `one_result` it has an element a block, and these axes keep their names alone. The value does not
/// depend on how x is cut into chunks. Workers know F by register_line_function<F>. Throws shape_mismatch if blocks do
/// not divide an extent. `map_blocks<Compressed>(x, axes("latitude", "longitude"), {8, 8})`
template <class F, Expression E, int K, std::size_t M>
[[nodiscard]] auto map_blocks(const E& x, const Axes<K>& along, const std::int64_t (&sizes)[M]) {
  static_assert(K == static_cast<int>(M), "chunkwise: a block has an extent along each of its axes");
  static_assert(rank_of<E> + K <= max_rank,
                "chunkwise: a block is an axis an axis on its way, and an array has 8 at most");
  const std::vector<int> numbers = along.numbers(x.labels(), rank_of<E>);
  const auto result = chunkwise::along<F>(
      Array<value_type_of<E>, rank_of<E> + 1>(blocks(detail::handle_of(x), numbers, sizes)), runtime_axis(rank_of<E>));
  if constexpr (detail::gives_one_result<F>())
    return Array(result);
  else
    return Array<value_type_of<decltype(result)>, rank_of<E>>(
               of_blocks(detail::handle_of(result), x.shape(), numbers, sizes))
        .with_labels(map_labels(x.labels(), Meaning::elementwise));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
