#pragma once
/// A program of the elements at the same place.
#include "runtime/graph/kind.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

template <>
struct Kind<MapNode> {
  static constexpr std::uint8_t number = 2;
  static constexpr Flow flow = Flow::in_place;
  static std::span<const NodePtr> inputs(const MapNode& data);
  static NodePtr with_inputs(const Node& node, const MapNode& data, std::vector<NodePtr> inputs);
  static std::uint64_t hash(const MapNode& data);
  static bool equal(const Node& node, const MapNode& data, const Node& other, const MapNode& other_data);
  static void write(const Node& node, const MapNode& data, NodeWriter& to);
  static NodePtr read(NodeReader& from);
  static std::string describe(const Node& node, const MapNode& data);
  static void boxes(const Node& node, const MapNode& data, const Region& region, const VisitBox& visit);
  static NodePtr push(const NodePtr& node, const MapNode& data, const IndexTransform& transform, IndexPusher& pusher);
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
