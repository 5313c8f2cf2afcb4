#pragma once
/// The only maker of nodes, and so the place that checks the shape of every array.
#include <algorithm>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "runtime/graph/kinds.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

/// Returns an operand; throws invalid_argument if it is null.
inline const NodePtr& there(const NodePtr& node, const char* who) {
  if (!node)
    throw Error(ErrorCode::invalid_argument,
                std::string(who) + ": an array stands for nothing: its node is null, or it was moved from");
  return node;
}

/// Returns a new node of a shape whose elements were counted. Throws unsupported if the node is too deep. A grid and
/// data are taken where they are: each is hundreds of bytes with shared parts.
template <class Data>
NodePtr make_counted_node(DType dtype, const Shape& shape, ChunkGrid&& grid, Data&& data,
                          std::uint32_t whole_axes = 0) {
  static_assert(!std::is_reference_v<Data> && !std::is_const_v<Data>, "chunkwise: the data of a node are moved");
  Hash hash(Kind<Data>::hash(data));
  hash.add_list(shape);
  // Filled where it stays: a node has a destructor, so that moving one would copy it.
  const auto node = std::make_shared<Node>();
  node->dtype = dtype;
  node->shape = shape;
  node->grid = std::move(grid);
  node->hash = hash.value();
  node->whole_axes = whole_axes;
  const Data& own = node->data.template emplace<Data>(std::move(data));
  for (const NodePtr& input : Kind<Data>::inputs(own)) node->depth = std::max(node->depth, input->depth + 1);
  if (node->depth > max_depth)
    throw TooDeep(ErrorCode::unsupported,
                  describe(*node) + ": an array made in " + std::to_string(node->depth) +
                      " steps, each from the one before; at most " + std::to_string(max_depth) +
                      " are supported: persist an array on the way, write several steps as one formula, or concatenate "
                      "the arrays and reduce them");
  return node;
}

/// Returns a new node. Throws invalid_argument for a shape that no array has, and unsupported if the node is too deep.
template <class Data>
NodePtr make_node(DType dtype, const Shape& shape, ChunkGrid&& grid, Data&& data, std::uint32_t whole_axes = 0) {
  static_cast<void>(count_elements(shape));
  return make_counted_node(dtype, shape, std::move(grid), std::move(data), whole_axes);
}

/// Returns a copy of a node to which `change` was applied.
template <class Change>
[[nodiscard]] NodePtr changed(const Node& node, const Change& change) {
  const auto copy = std::make_shared<Node>(node);
  change(*copy);
  return copy;
}

/// Returns the same array in chunks of another grid.
[[nodiscard]] inline NodePtr with_grid(NodePtr node, const ChunkGrid& grid) {
  return node->grid == grid ? node : changed(*node, [&](Node& copy) { copy.grid = grid; });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
