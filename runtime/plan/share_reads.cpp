#include <algorithm>

#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

/// Adds a state to those that a task accumulates, unless one of them holds it; states that it holds go.
void add_kind(std::vector<reduce::StateCode>& kinds, reduce::StateCode kind) {
  if (std::any_of(kinds.begin(), kinds.end(), [&](reduce::StateCode k) { return reduce::holds(k, kind); })) return;
  std::erase_if(kinds, [&](reduce::StateCode k) { return reduce::holds(kind, k); });
  kinds.push_back(kind);
}

void add_reduction(Stage& stage, ReduceTask task) {
  const auto same = std::find_if(stage.reductions.begin(), stage.reductions.end(), [&](const ReduceTask& t) {
    return t.body.node == task.body.node && t.axes == task.axes && t.definition == task.definition;
  });
  if (same == stage.reductions.end()) {
    stage.reductions.push_back(std::move(task));
    return;
  }
  for (const reduce::StateCode kind : task.kinds) add_kind(same->kinds, kind);
  same->results.insert(same->results.end(), task.results.begin(), task.results.end());
}

/// Returns true if both stages only reduce, over the same axes with the same definition.
bool alike(const Stage& a, const Stage& b) {
  if (!a.writes.empty() || !b.writes.empty()) return false;
  const ReduceTask& one = a.reductions.front();
  const ReduceTask& other = b.reductions.front();
  return one.axes == other.axes && one.definition == other.definition;
}

}  // namespace

Plan share_reads(Plan plan, Purity purity) {
  std::vector<Stage> stages;
  for (Stage& stage : plan.stages) {
    const auto same = std::find_if(stages.begin(), stages.end(), [&](const Stage& s) {
      return !stage.kept && !s.kept && s.level == stage.level && s.domain == stage.domain && s.grid == stage.grid &&
             (purity == Purity::mixed || alike(s, stage));
    });
    if (same == stages.end()) {
      stages.push_back(std::move(stage));
      continue;
    }
    for (ReduceTask& task : stage.reductions) add_reduction(*same, std::move(task));
    std::move(stage.writes.begin(), stage.writes.end(), std::back_inserter(same->writes));
  }
  plan.stages = std::move(stages);
  return plan;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
