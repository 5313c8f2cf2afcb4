#include <cassert>
#include <unordered_set>

#include "chunkwise/graph/build.hpp"
#include "runtime/optimize/passes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

NodePtr with_grid(NodePtr node, const ChunkGrid& grid) {
  if (node->grid == grid) return node;
  Node copy = *node;
  copy.grid = grid;
  return std::make_shared<const Node>(std::move(copy));
}

NodePtr with_inputs(const Node& node, std::vector<NodePtr> inputs) {
  NodePtr made;
  if (const auto* concatenate = node.as<ConcatenateNode>())
    made = build::concatenate(std::move(inputs), concatenate->axis);
  else if (const auto* index = node.as<IndexNode>())
    made = build::index(std::move(inputs.at(0)), index->subscripts);
  else if (const auto* map = node.as<MapNode>())
    made = build::map(map->program, std::move(inputs), map->parameters);
  else if (const auto* reduce = node.as<ReduceNode>()) {
    made = build::reduce(reduce->op, std::move(inputs.at(0)), reduce->axes, reduce->keepdims, reduce->ddof);
    Node copy = *made;
    copy.grid = node.grid;
    auto& data = std::get<ReduceNode>(copy.data);
    data.value_grid = reduce->value_grid;
    data.definition = reduce->definition;
    return std::make_shared<const Node>(std::move(copy));
  }
  if (!made || !(made->shape == node.shape)) return made;
  return with_grid(std::move(made), node.grid);
}

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
    for_each_input(*node, [&](const NodePtr& input) {
      self(self, input);
      inputs.push_back(input);
    });
    if (inputs.empty()) return;
    if (const auto* reduce = node->as<ReduceNode>()) {
      for (int axis = 0; axis < reduce->value_grid.rank(); ++axis)
        assert(!(reduce->axes >> axis & 1U) || reduce->value_grid[axis].extent() == reduce->input->shape[axis]);
    }
    const NodePtr rebuilt = with_inputs(*node, std::move(inputs));
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
