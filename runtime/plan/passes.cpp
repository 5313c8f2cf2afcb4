#include "runtime/plan/passes.hpp"

#include <cassert>
#include <chrono>
#include <unordered_set>

#include "runtime/graph/ask.hpp"
#include "runtime/optimize/passes.hpp"
#include "runtime/plan/plan.hpp"
#include "runtime/plan/usable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

// Indices first: they make parts of the graph unreachable, which the others then need not look at.
constexpr std::array<Pass, pass_count> table{{
    {"push_indices", &optimize::push_indices},
    {"merge_equal_nodes", &optimize::merge_equal_nodes},
    {"fuse_maps", &optimize::fuse_maps},
    {"fuse_reductions", &fuse_reductions},
    // Folds over different axes in one read keep states that reading twice does not need.
    {"share_reads", &share_reads, true},
}};

/// Asserts that outputs still have their dtype, shape and chunks, and that each node is what its inputs make it.
void verify([[maybe_unused]] const Graph& before, [[maybe_unused]] const Graph& after) {
#ifndef NDEBUG
  assert(before.outputs.size() == after.outputs.size());
  for (std::size_t i = 0; i < before.outputs.size(); ++i) {
    assert(before.outputs[i]->dtype == after.outputs[i]->dtype);
    assert(before.outputs[i]->shape == after.outputs[i]->shape);
    assert(before.outputs[i]->grid == after.outputs[i]->grid);
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
    if (const FoldNode* const reduce = graph::fold_of(*node)) {
      for (int axis = 0; axis < reduce->value_grid.rank(); ++axis)
        assert(!(reduce->axes >> axis & 1U) || reduce->value_grid[axis].extent() == reduce->input->shape[axis]);
    }
    const NodePtr rebuilt = graph::with_inputs(*node, std::move(inputs));
    assert(rebuilt->dtype == node->dtype && rebuilt->shape == node->shape);
  };
  for (const NodePtr& output : after.outputs) check(check, output);
#endif
}

#ifndef NDEBUG
std::size_t results_of(const Plan& plan) {
  std::size_t results = 0;
  for (const Stage& stage : plan.stages) {
    results += written_bodies(stage).size();
    for (const FoldTask& task : folds_of(stage)) results += task.results.size();
  }
  return results;
}
#endif

/// Asserts that a plan still has all results, that its bodies are of the stages' domains, and that folds which are not
/// shared are of the same axes.
void verify([[maybe_unused]] std::size_t results, [[maybe_unused]] const Plan& plan) {
#ifndef NDEBUG
  assert(results == results_of(plan));
  for (const Stage& stage : plan.stages) {
    assert(stage.grid.shape() == stage.domain);
    for (const Body* const body : bodies_of(stage)) assert(body->node->shape == stage.domain);
    if (const auto* const fold = std::get_if<Fold>(&stage.work))
      for (const FoldTask& task : fold->tasks)
        assert(task.axes == fold->tasks.front().axes && task.definition == fold->tasks.front().definition);
  }
#endif
}

const Pass* find(std::string_view name) {
  for (const Pass& pass : table)
    if (pass.name == name) return &pass;
  return nullptr;
}

/// Runs one pass, with a place for its notes, and reports it if somebody asked.
template <class Run>
void timed(const Pass& pass, const Passes& passes, std::vector<PassReport>* reports, const Run& run) {
  if (!reports) {
    // A clock costs more than a pass over a small graph.
    if (passes.has(pass)) run(static_cast<Notes*>(nullptr));
    return;
  }
  PassReport report{pass.name, 0, {}};
  if (passes.has(pass)) {
    const auto start = std::chrono::steady_clock::now();
    run(&report.notes);
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  } else {
    report.notes.left(std::string(pass.name) + ": the pass is switched off");
  }
  reports->push_back(std::move(report));
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

Passes Passes::without_costly() const {
  Passes cheap = *this;
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].costs_memory) cheap.off_.set(i);
  return cheap;
}

Graph optimize(Graph graph, const Passes& passes, std::vector<PassReport>* reports) {
  require_usable(graph);
  for (const Pass& pass : table) {
    const auto* const run = std::get_if<GraphPass>(&pass.run);
    if (!run) continue;
    timed(pass, passes, reports, [&](Notes* notes) {
      const Graph before = graph;
      try {
        graph = (*run)(std::move(graph), notes);
      } catch (const TooDeep& error) {
        // An index that moves on may leave a part of itself behind.
        graph = before;
        if (notes) notes->left(std::string(pass.name) + " was taken back: " + error.what());
      }
      verify(before, graph);
    });
  }
  return graph;
}

void optimize(Plan& plan, const Passes& passes, Sharing sharing, std::vector<PassReport>* reports) {
#ifndef NDEBUG
  const std::size_t results = results_of(plan);
#else
  const std::size_t results = 0;
#endif
  for (const Pass& pass : table) {
    const auto* const run = std::get_if<PlanPass>(&pass.run);
    if (!run) continue;
    timed(pass, passes, reports, [&](Notes* notes) {
      (*run)(plan, sharing, notes);
      verify(results, plan);
    });
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
