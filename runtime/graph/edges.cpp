#include "chunkwise/graph/build.hpp"
#include "chunkwise/untyped.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

UntypedArray edges_of(const UntypedArray& array) {
  NodePtr node = array.node;
  if (!node) throw Error(ErrorCode::invalid_argument, "an array to show stands for nothing: its node is null");
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    const std::int64_t edge = shown_edge(array.shape, axis);
    if (edge == 0) continue;
    const auto end = [&](std::int64_t start) {
      std::vector<AxisSubscript> subscripts;
      for (const std::int64_t extent : node->shape) subscripts.push_back({AxisSubscript::Kind::range, {0, 1, extent}});
      subscripts[static_cast<std::size_t>(axis)].range = {start, 1, edge};
      return build::index(node, std::move(subscripts));
    };
    NodePtr first = end(0);
    NodePtr last = end(array.shape[axis] - edge);
    node = build::concatenate({std::move(first), std::move(last)}, axis);
  }
  const Shape shape = node->shape;
  return {std::move(node), shape, {}};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
