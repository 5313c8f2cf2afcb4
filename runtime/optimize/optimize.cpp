#include <cassert>
#include <unordered_set>

#include "runtime/graph/ask.hpp"
#include "runtime/optimize/passes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

void verify([[maybe_unused]] const Graph& before, [[maybe_unused]] const Graph& after) {
#ifndef NDEBUG
  assert(before.outputs.size() == after.outputs.size());
  for (std::size_t i = 0; i < before.outputs.size(); ++i) {
    assert(before.outputs[i]->dtype == after.outputs[i]->dtype);
    assert(before.outputs[i]->shape == after.outputs[i]->shape);
  }
  std::unordered_set<const Node*> seen;
  const auto check = [&](const auto& self, const NodePtr& node) -> void {
    if (!seen.insert(node.get()).second) return;
    assert(node->grid.rank() == node->shape.rank() && node->grid.shape() == node->shape);
    std::vector<NodePtr> inputs;
    for (const NodePtr& input : inputs_of(*node)) {
      self(self, input);
      inputs.push_back(input);
    }
    if (inputs.empty()) return;
    if (const ReduceNode* const reduce = graph::fold_of(*node)) {
      for (int axis = 0; axis < reduce->value_grid.rank(); ++axis)
        assert(!(reduce->axes >> axis & 1U) || reduce->value_grid[axis].extent() == reduce->input->shape[axis]);
    }
    const NodePtr rebuilt = graph::with_inputs(*node, std::move(inputs));
    assert(rebuilt->dtype == node->dtype && rebuilt->shape == node->shape);
  };
  for (const NodePtr& output : after.outputs) check(check, output);
#endif
}

Graph optimize(Graph graph, const plan::Passes& passes) {
  plan::require_usable(graph);
  const auto apply = [&graph](bool enabled, Graph (*pass)(Graph)) {
    if (!enabled) return;
    const Graph before = graph;
    try {
      graph = pass(std::move(graph));
    } catch (const Error& error) {
      // An index that moves on may leave a part of itself behind: a graph that would become too deep stays as it was.
      if (error.code() != ErrorCode::unsupported) throw;
      graph = before;
    }
    verify(before, graph);
  };
  // Indices first: they make parts of the graph unreachable, which the others then need not look at.
  apply(passes.push_indices, &push_indices);
  apply(passes.merge_equal_nodes, &merge_equal_nodes);
  apply(passes.fuse_maps, &fuse_maps);
  return graph;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
