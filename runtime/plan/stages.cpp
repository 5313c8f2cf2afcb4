#include "runtime/plan/stages.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "runtime/graph/ask.hpp"
#include "runtime/plan/fetches.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

bool is_complete(const Node& node) { return graph::flow_of(node) == graph::Flow::complete; }

/// Counts the folds below nodes. A node is visited once, however many paths lead to it.
class FoldsBelow {
 public:
  int operator()(const Node& node) {
    if (const auto found = known_.find(&node); found != known_.end()) return found->second;
    int folds = 0;
    for (const NodePtr& input : inner_inputs_of(node))
      folds = std::max(folds, (*this)(*input) + (is_complete(*input) ? 1 : 0));
    known_.emplace(&node, folds);
    return folds;
  }

 private:
  std::unordered_map<const Node*, int> known_;
};

/// Collects the stages of a graph.
class Collector {
 public:
  Collector(Plan& plan, std::uint64_t budget) : plan_(plan), budget_(budget) {}

  /// Adds the stages of all folds below a node, and of the arrays that are broadcast.
  void collect(const NodePtr& node) {
    if (!seen_.insert(node.get()).second) return;
    for (const NodePtr& input : inner_inputs_of(*node)) {
      collect(input);
      const bool is_in_place = graph::flow_of(*node) == graph::Flow::in_place;
      if (is_in_place && input->shape.elements() < node->shape.elements()) materialise(input);
    }
    const FoldNode* const fold = graph::fold_of(*node);
    if (!fold) return;
    Fold work;
    work.tasks.push_back(
        {body_of(fold->input, false), fold->axes, fold->definition, {state_of(*fold)}, {node}, fold->grouping});
    plan_.stages.push_back({folds_below_(*node), fold->input->shape, fold->value_grid, std::move(work)});
  }

  void write(const NodePtr& node, std::size_t output) {
    const int folds = folds_below_(*node) + (is_complete(*node) ? 1 : 0);
    plan_.stages.push_back({folds, node->shape, node->grid, Write{output, body_of(node, true)}});
  }

 private:
  void materialise(const NodePtr& node) {
    const std::uint64_t bytes = bytes_of(*node);
    if (is_view(*node) || bytes > budget_ || !plan_.materialised.insert(node.get()).second) return;
    budget_ -= bytes;
    plan_.stages.push_back({folds_below_(*node), node->shape, node->grid, Materialise{node, body_of(node, true)}});
  }

  Plan& plan_;
  std::uint64_t budget_;
  FoldsBelow folds_below_;
  std::unordered_set<const Node*> seen_;
};

}  // namespace

int folds_below(const Node& node) { return FoldsBelow{}(node); }

bool is_view(const Node& node) {
  if (is_complete(node)) return true;
  if (const SourcePtr* const source = graph::source_of(node)) return (*source)->in_memory().data != nullptr;
  const NodePtr* const input = graph::strided_input(node);
  return input && is_view(**input);
}

Plan stages_of(const Graph& graph, std::span<const OutputKind> outputs, std::uint64_t budget, Outputs written) {
  Plan plan;
  Collector collector(plan, budget);
  for (const NodePtr& output : graph.outputs) collector.collect(output);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const NodePtr& output = graph.outputs[i];
    const bool is_seen = is_view(*output) || plan.materialised.contains(output.get());
    if (written == Outputs::unless_seen && outputs[i].in_memory && is_seen)
      plan.views.emplace_back(i, output);
    else
      collector.write(output, i);
  }
  plan.graph = graph;
  std::stable_sort(plan.stages.begin(), plan.stages.end(), [](const Stage& a, const Stage& b) {
    return std::pair(a.folds_below, !std::holds_alternative<Materialise>(a.work)) <
           std::pair(b.folds_below, !std::holds_alternative<Materialise>(b.work));
  });
  return plan;
}

void find_inner_bodies(Plan& plan) {
  std::unordered_set<const Node*> seen;
  const auto visit = [&](const auto& self, const NodePtr& node) -> void {
    if (is_complete(*node) || !seen.insert(node.get()).second) return;
    if (graph::elementwise_of(*node)) plan.inner_bodies.emplace(node.get(), body_of(node, true));
    for (const NodePtr& input : inner_inputs_of(*node)) self(self, input);
  };
  for (const Stage& stage : plan.stages)
    for (const Body* const body : bodies_of(stage))
      for (const NodePtr& input : body->inputs) visit(visit, input);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
