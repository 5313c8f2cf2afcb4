#include "runtime/graph/ask.hpp"

#include <utility>

#include "runtime/graph/kinds.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

Flow flow_of(const Node& node) {
  return with_kind(node, [](auto kind, const auto&) { return kind.flow; });
}

void for_each_box(const Node& node, const Region& region, const VisitBox& visit) {
  with_kind(node, [&](auto kind, const auto& data) { kind.boxes(node, data, region, visit); });
}

NodePtr with_inputs(const Node& node, std::vector<NodePtr> inputs) {
  return with_kind(node, [&](auto kind, const auto& data) { return kind.with_inputs(node, data, std::move(inputs)); });
}

NodePtr push_through(const NodePtr& node, const IndexTransform& transform, IndexPusher& pusher) {
  return with_kind(*node, [&](auto kind, const auto& data) { return kind.push(node, data, transform, pusher); });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
