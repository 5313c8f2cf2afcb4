#pragma once
/// A function of whole lines along one axis.
#include "runtime/graph/kind.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

template <>
struct Kind<AlongNode> {
  static constexpr std::uint8_t number = 4;
  static constexpr Flow flow = Flow::lines;
  static std::span<const NodePtr> inputs(const AlongNode& data);
  static NodePtr with_inputs(const Node& node, const AlongNode& data, std::vector<NodePtr> inputs);
  static std::uint64_t hash(const AlongNode& data);
  static bool equal(const Node& node, const AlongNode& data, const Node& other, const AlongNode& other_data);
  static void write(const Node& node, const AlongNode& data, NodeWriter& to);
  static NodePtr read(NodeReader& from);
  static std::string describe(const Node& node, const AlongNode& data);
  static void boxes(const Node& node, const AlongNode& data, const Region& region, const VisitBox& visit);
  static NodePtr push(const NodePtr& node, const AlongNode& data, const IndexTransform& transform, IndexPusher& pusher);
};

/// Returns the box of the input with the lines that a box of a node needs.
[[nodiscard]] Region lines_of(const AlongNode& along, const Region& region);
/// Returns the axis of the result that an axis of the input becomes; -1 if it goes.
[[nodiscard]] int result_axis(const AlongNode& along, int axis);
/// Returns the name of a node's function: "cumsum", or the name of a user's own.
[[nodiscard]] std::string function_name(const AlongNode& along);

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
