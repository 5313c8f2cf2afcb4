#pragma once
/// A node and its labels as a lazy array, for functions that make nodes.
#include <utility>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the array that a node makes, with these labels.
[[nodiscard]] inline UntypedArray handle_of(NodePtr node, Labels labels) {
  const Shape shape = node->shape;
  return {std::move(node), shape, std::move(labels)};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
