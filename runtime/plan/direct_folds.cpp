#include "runtime/plan/direct_folds.hpp"

#include <algorithm>
#include <unordered_map>

#include "runtime/graph/for_each_node.hpp"
#include "runtime/plan/fetches.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

/// Returns how many nodes of a graph have each for an input, its outputs counting as well.
std::unordered_map<const Node*, std::size_t> uses_of(const Graph& graph) {
  std::unordered_map<const Node*, std::size_t> uses;
  for (const NodePtr& output : graph.outputs) ++uses[output.get()];
  for_each_node(graph, [&](const Node& node) {
    for (const NodePtr& input : inner_inputs_of(node)) ++uses[input.get()];
    return true;
  });
  return uses;
}

}  // namespace

void write_folds_directly(Plan& plan, std::span<const OutputKind> outputs, std::uint64_t limit) {
  std::unordered_map<const Node*, FoldTask*> large;
  for (Stage& stage : plan.stages) {
    auto* const fold = std::get_if<Fold>(&stage.work);
    if (!fold || fold->tasks.size() != 1) continue;
    FoldTask& task = fold->tasks.front();
    if (task.results.size() == 1 && !task.grouping && bytes_of(*task.results.front()) > limit / 8)
      large.emplace(task.results.front().get(), &task);
  }
  if (large.empty()) return;
  const auto uses = uses_of(plan.graph);
  std::erase_if(plan.stages, [&](const Stage& stage) {
    const auto* const write = std::get_if<Write>(&stage.work);
    if (!write || write->body.program || outputs[write->output].in_memory) return false;
    const auto found = large.find(write->body.node.get());
    if (found == large.end() || uses.at(found->first) != 1) return false;
    found->second->written = write->output;
    return true;
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
