#pragma once
/// Walks a graph bottom-up and visits every node once, however often it is used. Sources that are joined are left out:
/// no rewrite changes a source, and joins of equal sources are equal.
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "chunkwise/graph/node.hpp"
#include "runtime/graph/ask.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

/// Rebuilds the graph with `change(before, node)` applied to each node after its inputs were rewritten; `before` is the
/// node as it was.
template <class Change>
class Rewriter {
 public:
  explicit Rewriter(Change change) : change_(std::move(change)) {}

  NodePtr operator()(const NodePtr& node) {
    if (const auto found = done_.find(node.get()); found != done_.end()) return found->second.second;
    std::vector<NodePtr> inputs;
    bool same = true;
    for (const NodePtr& input : inner_inputs_of(*node)) {
      inputs.push_back((*this)(input));
      same = same && inputs.back() == input;
    }
    NodePtr result = change_(*node, same ? node : graph::with_inputs(*node, std::move(inputs)));
    // The key is kept alive beside the result: an address may not be used again while it stands in the map.
    done_.emplace(node.get(), std::pair(node, result));
    return result;
  }

 private:
  Change change_;
  std::unordered_map<const Node*, std::pair<NodePtr, NodePtr>> done_;
};

/// Returns how many slots of maps each node of a graph fills.
[[nodiscard]] inline std::unordered_map<const Node*, std::size_t> count_slots(const Graph& graph) {
  std::unordered_map<const Node*, std::size_t> slots;
  std::unordered_set<const Node*> seen;
  const auto visit = [&](const auto& self, const Node& node) -> void {
    if (!seen.insert(&node).second) return;
    for (const NodePtr& input : inner_inputs_of(node)) {
      if (graph::elementwise_of(node)) ++slots[input.get()];
      self(self, *input);
    }
  };
  for (const NodePtr& output : graph.outputs) visit(visit, *output);
  return slots;
}

/// Returns the graph with each node rewritten once by `change` (see Rewriter).
template <class Change>
Graph rewrite(Graph graph, Change change) {
  Rewriter<Change> rewriter(std::move(change));
  for (NodePtr& output : graph.outputs) output = rewriter(output);
  return graph;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
