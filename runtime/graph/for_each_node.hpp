#pragma once
/// Walks over the nodes of a graph.
#include <unordered_set>

#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Calls visit(node) once for each node of a graph, a node before its inputs. If visit returns false, the walk does
/// not go on to the inputs of that node; another node may still lead to them.
template <class Visit>
void for_each_node(const Graph& graph, Visit&& visit) {
  std::unordered_set<const Node*> seen;
  const auto walk = [&](const auto& self, const Node& node) -> void {
    if (!seen.insert(&node).second || !visit(node)) return;
    for (const NodePtr& input : inputs_of(node)) self(self, *input);
  };
  for (const NodePtr& output : graph.outputs) walk(walk, *output);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
