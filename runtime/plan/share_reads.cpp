#include <algorithm>

#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

/// Adds a state to those that a task accumulates, unless one of them holds it; states that it holds go.
void add_state(std::vector<reduce::StateCode>& states, reduce::StateCode state) {
  if (std::any_of(states.begin(), states.end(), [&](reduce::StateCode s) { return reduce::holds(s, state); })) return;
  std::erase_if(states, [&](reduce::StateCode s) { return reduce::holds(state, s); });
  states.push_back(state);
}

void add_fold(std::vector<FoldTask>& folds, FoldTask task) {
  const auto same = std::find_if(folds.begin(), folds.end(), [&](const FoldTask& t) {
    return t.body.node == task.body.node && t.axes == task.axes && t.definition == task.definition &&
           same_grouping(t.grouping, task.grouping);
  });
  if (same == folds.end()) {
    folds.push_back(std::move(task));
    return;
  }
  for (const reduce::StateCode state : task.states) add_state(same->states, state);
  same->results.insert(same->results.end(), task.results.begin(), task.results.end());
}

/// Returns true if both stages only fold, over the same axes, by the same groups, with the same definition: together
/// they are divisible.
bool are_alike(const Stage& a, const Stage& b) {
  const auto* const one = std::get_if<Fold>(&a.work);
  const auto* const other = std::get_if<Fold>(&b.work);
  if (!one || !other) return false;
  const FoldTask& of_one = one->tasks.front();
  const FoldTask& of_other = other->tasks.front();
  return of_one.axes == of_other.axes && of_one.definition == of_other.definition &&
         same_grouping(of_one.grouping, of_other.grouping);
}

bool may_share(const Stage& a, const Stage& b, Sharing sharing) {
  if (are_alike(a, b)) return true;
  return sharing == Sharing::any && !std::holds_alternative<Materialise>(a.work) &&
         !std::holds_alternative<Materialise>(b.work);
}

/// Returns the work of a stage as one that may do anything in its read.
Shared as_shared(Work work) {
  if (auto* const shared = std::get_if<Shared>(&work)) return std::move(*shared);
  Shared result;
  if (auto* const fold = std::get_if<Fold>(&work)) result.folds = std::move(fold->tasks);
  if (auto* const write = std::get_if<Write>(&work)) result.writes.push_back(std::move(*write));
  return result;
}

void join(Stage& stage, Stage other) {
  if (are_alike(stage, other)) {
    for (FoldTask& task : std::get<Fold>(other.work).tasks) add_fold(std::get<Fold>(stage.work).tasks, std::move(task));
    return;
  }
  Shared all = as_shared(std::move(stage.work));
  Shared more = as_shared(std::move(other.work));
  for (FoldTask& task : more.folds) add_fold(all.folds, std::move(task));
  std::move(more.writes.begin(), more.writes.end(), std::back_inserter(all.writes));
  stage.work = std::move(all);
}

void note_joined(const std::vector<Stage>& stages, Notes& notes) {
  for (const Stage& stage : stages) {
    std::size_t results = written_bodies(stage).size();
    for (const FoldTask& task : folds_of(stage)) results += task.results.size();
    if (results > 1)
      notes.done("one read of " + to_string(stage.domain) + " for " + std::to_string(results) + " results");
  }
}

}  // namespace

void share_reads(Plan& plan, Sharing sharing, Notes* notes) {
  if (plan.stages.size() < 2 && !notes) return;
  std::vector<Stage> stages;
  for (Stage& stage : plan.stages) {
    const auto same = std::find_if(stages.begin(), stages.end(), [&](const Stage& s) {
      return s.folds_below == stage.folds_below && s.domain == stage.domain && s.grid == stage.grid &&
             may_share(s, stage, sharing);
    });
    if (same == stages.end())
      stages.push_back(std::move(stage));
    else
      join(*same, std::move(stage));
  }
  plan.stages = std::move(stages);
  if (notes) note_joined(plan.stages, *notes);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
