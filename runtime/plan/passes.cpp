#include "runtime/plan/passes.hpp"

#include <cassert>
#include <unordered_set>

#include "runtime/graph/ask.hpp"
#include "runtime/optimize/passes.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

// Indices first: they make parts of the graph unreachable, which the others then need not look at.
constexpr std::array<Pass, pass_count> table{{
    {"push_indices", &optimize::push_indices},
    {"merge_equal_nodes", &optimize::merge_equal_nodes},
    {"fuse_maps", &optimize::fuse_maps},
    {"fuse_reductions", &fuse_reductions},
    {"share_reads", &share_reads},
}};

const Pass* find(std::string_view name) {
  for (const Pass& pass : table)
    if (pass.name == name) return &pass;
  return nullptr;
}

}  // namespace

std::span<const Pass, pass_count> passes() { return table; }

void Passes::disable(std::string_view name) {
  if (const Pass* const pass = find(name)) {
    off_.set(static_cast<std::size_t>(pass - table.data()));
    return;
  }
  std::string names;
  for (const Pass& pass : table)
    names += (names.empty() ? "" : &pass == &table.back() ? " and " : ", ") + std::string(pass.name);
  throw Error(ErrorCode::not_found, "no pass is called '" + std::string(name) + "'; there are " + names);
}

bool Passes::has(std::string_view name) const {
  const Pass* const pass = find(name);
  return pass && has(*pass);
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

Graph optimize(Graph graph, const Passes& passes, std::vector<PassNote>* notes) {
  require_usable(graph);
  for (const Pass& pass : table) {
    const auto* const run = std::get_if<GraphPass>(&pass.run);
    if (!run || !passes.has(pass)) continue;
    const Graph before = graph;
    try {
      graph = (*run)(std::move(graph));
    } catch (const TooDeep& error) {
      // An index that moves on may leave a part of itself behind.
      graph = before;
      if (notes) notes->push_back({pass.name, std::string("taken back: ") + error.what()});
    }
    verify(before, graph);
  }
  return graph;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
