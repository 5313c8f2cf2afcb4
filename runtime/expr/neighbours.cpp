#include "chunkwise/expr/neighbours.hpp"

#include <string>
#include <vector>

#include "chunkwise/graph/build.hpp"
#include "runtime/core/rearranged_labels.hpp"

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
  NodePtr node = build::view(x.node, std::move(transform));
  const Shape shape = node->shape;
  return {std::move(node), shape, rearranged_labels(x.labels, origins, {}, true)};
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

}  // namespace chunkwise::inline CHUNKWISE_ABI
