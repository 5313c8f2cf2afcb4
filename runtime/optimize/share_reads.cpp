#include <algorithm>

#include "runtime/optimize/passes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

namespace {

/// Adds a state to those that a task accumulates, unless one of them holds it; states that it holds go.
void add_kind(std::vector<reduce::StateCode>& kinds, reduce::StateCode kind) {
  if (std::any_of(kinds.begin(), kinds.end(), [&](reduce::StateCode k) { return reduce::holds(k, kind); })) return;
  std::erase_if(kinds, [&](reduce::StateCode k) { return reduce::holds(kind, k); });
  kinds.push_back(kind);
}

void add_reduction(plan::Stage& stage, plan::ReduceTask task) {
  const auto same = std::find_if(stage.reductions.begin(), stage.reductions.end(), [&](const plan::ReduceTask& t) {
    return t.body.node == task.body.node && t.axes == task.axes && t.definition == task.definition;
  });
  if (same == stage.reductions.end()) {
    stage.reductions.push_back(std::move(task));
    return;
  }
  for (const reduce::StateCode kind : task.kinds) add_kind(same->kinds, kind);
  same->results.insert(same->results.end(), task.results.begin(), task.results.end());
}

/// Both only reduce, over the same chunks to the same outputs.
bool alike(const plan::Stage& a, const plan::Stage& b) {
  if (!a.writes.empty() || !b.writes.empty()) return false;
  const plan::ReduceTask& one = a.reductions.front();
  const plan::ReduceTask& other = b.reductions.front();
  return one.axes == other.axes && one.definition == other.definition;
}

}  // namespace

plan::Plan share_reads(plan::Plan plan, bool pure) {
  std::vector<plan::Stage> stages;
  for (plan::Stage& stage : plan.stages) {
    const auto same = std::find_if(stages.begin(), stages.end(), [&](const plan::Stage& s) {
      return !stage.kept && !s.kept && s.level == stage.level && s.domain == stage.domain && s.grid == stage.grid &&
             (!pure || alike(s, stage));
    });
    if (same == stages.end()) {
      stages.push_back(std::move(stage));
      continue;
    }
    for (plan::ReduceTask& task : stage.reductions) add_reduction(*same, std::move(task));
    std::move(stage.writes.begin(), stage.writes.end(), std::back_inserter(same->writes));
  }
  plan.stages = std::move(stages);
  return plan;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
