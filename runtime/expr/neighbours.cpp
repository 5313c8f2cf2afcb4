#include "chunkwise/expr/neighbours.hpp"

#include <string>
#include <vector>

#include "chunkwise/graph/build.hpp"
#include "runtime/core/rearranged_labels.hpp"
#include "runtime/expr/handle_of.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

UntypedArray sliding_window_view(const UntypedArray& x, std::span<const std::int64_t> sizes,
                                 std::span<const int> along) {
  const int rank = x.shape.rank();
  if (sizes.size() != along.size())
    throw Error(ErrorCode::invalid_argument, "sliding_window_view: " + std::to_string(sizes.size()) +
                                                 " sizes of windows along " + std::to_string(along.size()) + " axes");
  if (rank + static_cast<int>(along.size()) > max_rank)
    throw Error(ErrorCode::out_of_range, "sliding_window_view: windows are further axes, and an array has " +
                                             std::to_string(max_rank) + " at most");
  IndexTransform transform = IndexTransform::identity(x.shape);
  std::vector<AxisOrigin> origins;
  for (int axis = 0; axis < rank; ++axis) origins.push_back({axis});
  for (std::size_t i = 0; i < along.size(); ++i) {
    const int axis = normalize_axis(along[i], rank);
    AxisTransform& own = transform.axes[static_cast<std::size_t>(axis)];
    if (sizes[i] < 1 || sizes[i] > x.shape[axis])
      throw Error(ErrorCode::invalid_argument, "sliding_window_view: windows of " + std::to_string(sizes[i]) +
                                                   " along axis " + std::to_string(axis) + ", whose extent is " +
                                                   std::to_string(x.shape[axis]));
    if (own.count == 2)
      throw Error(ErrorCode::invalid_argument, "sliding_window_view: axis " + std::to_string(axis) + " is named twice");
    transform.shape[axis] = x.shape[axis] - sizes[i] + 1;
    own.count = 2;
    own.terms[1] = {transform.shape.rank(), 1};
    transform.shape.push_back(sizes[i]);
    origins[static_cast<std::size_t>(axis)].elements = AxisOrigin::Elements::moved;
    origins.emplace_back();
  }
  static_cast<void>(count_elements(transform.shape));
  return handle_of(build::view(x.node, std::move(transform)), rearranged_labels(x.labels, origins, {}, true));
}

UntypedArray neighbourhoods(const UntypedArray& x, std::span<const int> along, std::int64_t depth, PadMode boundary) {
  if (depth < 0 || depth > max_elements / 4)
    throw Error(ErrorCode::invalid_argument, "a neighbourhood of depth " + std::to_string(depth));
  const int rank = x.shape.rank();
  std::vector<Padding> widths(static_cast<std::size_t>(rank));
  for (const int axis : along) widths[static_cast<std::size_t>(normalize_axis(axis, rank))] = {depth, depth};
  const Scalar zero = dispatch(x.node->dtype, [](auto value) { return Scalar(value); });
  const UntypedArray padded = pad(x, widths, boundary, zero);
  const std::vector<std::int64_t> sizes(along.size(), 2 * depth + 1);
  UntypedArray windows = sliding_window_view(padded, sizes, along);
  PerAxis<std::int64_t> shape;
  for (const std::int64_t extent : x.shape) shape.push_back(extent);
  shape.push_back(-1);
  if (along.size() != 1) windows = reshape(windows, shape);
  return windows;
}

namespace {

/// How blocks lie in an array: each axis that has some is two in `shape`, blocks and places in one; `order` has the
/// axes of places last.
struct BlockAxes {
  Shape shape;
  std::vector<int> order;
  Shape outer;  ///< without the axes of places
  std::int64_t elements = 1;

  BlockAxes(const Shape& whole, std::span<const int> along, std::span<const std::int64_t> sizes) {
    const int rank = whole.rank();
    if (rank + static_cast<int>(along.size()) > max_rank)
      throw Error(ErrorCode::out_of_range, "map_blocks: blocks are further axes on the way, and an array has " +
                                               std::to_string(max_rank) + " at most");
    std::vector<std::int64_t> size_of(static_cast<std::size_t>(rank), 0);
    for (std::size_t i = 0; i < along.size(); ++i) {
      const int axis = normalize_axis(along[i], rank);
      std::int64_t& size = size_of[static_cast<std::size_t>(axis)];
      if (size != 0)
        throw Error(ErrorCode::invalid_argument, "map_blocks: axis " + std::to_string(axis) + " is named twice");
      size = sizes[i];
      if (size < 1)
        throw Error(ErrorCode::invalid_argument, "map_blocks: a block of " + std::to_string(size) +
                                                     " indices of axis " + std::to_string(axis) +
                                                     "; it has 1 at least");
      if (whole[axis] % size != 0)
        throw Error(ErrorCode::shape_mismatch, "map_blocks: axis " + std::to_string(axis) + " has an extent of " +
                                                   std::to_string(whole[axis]) + ", which blocks of " +
                                                   std::to_string(size) +
                                                   " do not divide; take a part of the array, or pad it");
    }
    std::vector<int> place(static_cast<std::size_t>(rank), 0);
    for (int axis = 0; axis < rank; ++axis) {
      const std::int64_t size = size_of[static_cast<std::size_t>(axis)];
      order.push_back(shape.rank());
      shape.push_back(size > 0 ? whole[axis] / size : whole[axis]);
      outer.push_back(shape[shape.rank() - 1]);
      if (size == 0) continue;
      place[static_cast<std::size_t>(axis)] = shape.rank();
      shape.push_back(size);
    }
    static_cast<void>(shape.elements());  // of an empty axis any size is a divisor: too large ones are refused here
    for (std::size_t i = 0; i < along.size(); ++i) {
      const int inner = place[static_cast<std::size_t>(normalize_axis(along[i], rank))];
      order.push_back(inner);
      elements *= shape[inner];
    }
  }
};

}  // namespace

UntypedArray blocks(const UntypedArray& x, std::span<const int> along, std::span<const std::int64_t> sizes) {
  const BlockAxes axes(x.shape, along, sizes);
  Shape shape = axes.outer;
  shape.push_back(axes.elements);
  const UntypedArray apart{build::reshape(x.node, axes.shape), axes.shape, {}};
  std::vector<AxisOrigin> origins;
  for (int axis = 0; axis < x.shape.rank(); ++axis) origins.push_back({axis});
  for (const int axis : along)
    origins[static_cast<std::size_t>(normalize_axis(axis, x.shape.rank()))].elements = AxisOrigin::Elements::moved;
  origins.emplace_back();
  return handle_of(build::reshape(transpose(apart, axes.order).node, shape),
                   rearranged_labels(x.labels, origins, {}, true));
}

UntypedArray of_blocks(const UntypedArray& blocks, const Shape& whole, std::span<const int> along,
                       std::span<const std::int64_t> sizes) {
  const BlockAxes axes(whole, along, sizes);
  Shape shape;
  std::vector<int> back(axes.order.size());
  for (std::size_t i = 0; i < axes.order.size(); ++i) {
    shape.push_back(axes.shape[axes.order[i]]);
    back[static_cast<std::size_t>(axes.order[i])] = static_cast<int>(i);
  }
  const UntypedArray apart{build::reshape(blocks.node, shape), shape, {}};
  return handle_of(build::reshape(transpose(apart, back).node, whole), {});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
