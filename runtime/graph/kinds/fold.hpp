#pragma once
/// An aggregate of the elements along some axes.
#include "runtime/graph/kind.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

template <>
struct Kind<FoldNode> {
  static constexpr std::uint8_t number = 3;
  static constexpr Flow flow = Flow::complete;
  static std::span<const NodePtr> inputs(const FoldNode& data);
  static NodePtr with_inputs(const Node& node, const FoldNode& data, std::vector<NodePtr> inputs);
  static std::uint64_t hash(const FoldNode& data);
  static bool equal(const Node& node, const FoldNode& data, const Node& other, const FoldNode& other_data);
  static void write(const Node& node, const FoldNode& data, NodeWriter& to);
  static NodePtr read(NodeReader& from);
  static std::string describe(const Node& node, const FoldNode& data);
  static void boxes(const Node& node, const FoldNode& data, const Region& region, const VisitBox& visit);
  static NodePtr push(const NodePtr& node, const FoldNode& data, const IndexTransform& transform, IndexPusher& pusher);
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
