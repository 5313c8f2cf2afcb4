#pragma once
/// An array that comes from outside: a file, memory, a generator.
#include "runtime/graph/kind.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

template <>
struct Kind<SourceNode> {
  static constexpr std::uint8_t number = 0;
  static constexpr Flow flow = Flow::outside;
  static std::span<const NodePtr> inputs(const SourceNode& data);
  static NodePtr with_inputs(const Node& node, const SourceNode& data, std::vector<NodePtr> inputs);
  static std::uint64_t hash(const SourceNode& data);
  static bool equal(const Node& node, const SourceNode& data, const Node& other, const SourceNode& other_data);
  static void write(const Node& node, const SourceNode& data, NodeWriter& to);
  static NodePtr read(NodeReader& from);
  static std::string describe(const Node& node, const SourceNode& data);
  static void boxes(const Node& node, const SourceNode& data, const Region& region, const VisitBox& visit);
  static NodePtr push(const NodePtr& node, const SourceNode& data, const IndexTransform& transform,
                      IndexPusher& pusher);
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
