// Finds out which steps are needed after an event: each step looks at the steps that use it, from the last to the
// first of a run, and from runs to the runs whose arrays they read.
#include <algorithm>
#include <utility>

#include "backends/cluster/machine/machine_state.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

constexpr std::size_t ended_runs_remembered = 10'000;

/// Memory of this size is freed at once.
constexpr std::int64_t much = std::int64_t{1} << 20;

}  // namespace

void Machine::State::touch_all() {
  for (const auto& [id, run] : runs) touched.insert(id);
}

void Machine::State::doom(Run& run, Problem problem) {
  if (!run.problem) run.problem = std::move(problem);
  touch(run);
}

void Machine::State::settle() {
  while (!touched.empty()) {
    const RunId id = *touched.rbegin();
    touched.erase(id);
    if (Run* const run = find_run(id)) settle(*run);
  }
}

void Machine::State::settle(Run& run) {
  bool alive = false;
  for (auto step = run.steps.rbegin(); step != run.steps.rend(); ++step) {
    judge(run, *step);
    alive = alive || step->alive;
  }
  if (!run.problem && alive) find_lost_inputs(run);
  if (run.problem) return end(run, *run.problem);
  find_finished(run, alive);
  if (!alive) return end(run, std::nullopt);
  come_forward(run);
  for (Step& step : run.steps) {
    if (step.spec.kind == StepKind::upload) {
      place_upload(step);
      continue;
    }
    step.startable =
        run.behind.empty() &&
        std::ranges::all_of(step.spec.needs,
                            [&](std::int32_t n) { return run.steps[static_cast<std::size_t>(n)].all_done(); }) &&
        std::ranges::all_of(step.spec.reads, [&](const StepKey& key) {
          const Step* const read = find_step(key);
          return read && read->all_done();
        });
    if (!step.demanded || !run.behind.empty()) {
      unqueue(step, ItemSet({0, step.spec.items}));
      step.deferred.clear();
    } else if (step.startable) {
      queue(run, step);
    }
    list_open(run, step);
  }
}

void Machine::State::judge(const Run& run, Step& step) {
  bool user_alive = false;
  bool user_lacks = false;
  bool user_works = false;
  const auto look = [&](const Step& user) {
    user_alive = user_alive || user.alive;
    user_lacks = user_lacks || user.lacks();
    user_works = user_works || user.works();
  };
  if (step.is_array()) {
    if (const auto found = readers.find(step.key); found != readers.end())
      for (const StepKey& key : found->second) look(*find_step(key));
    const bool kept = step.kept() || step.unconfirmed;
    step.alive = kept || user_alive;
    step.demanded = !run.opens && (step.kept() || user_lacks);
    step.retained = kept || user_works || (step.spec.kind == StepKind::upload && step.alive);
  } else if (step.spec.kind == StepKind::write) {
    step.alive = step.demanded = step.retained = run.streaming && step.consumed.count() < step.spec.items;
  } else {
    for (const Step& user : run.steps)
      if (std::ranges::count(user.spec.needs, step.key.step)) look(user);
    step.alive = user_alive;
    step.demanded = user_lacks;
    step.retained = step.spec.kind == StepKind::combine ? user_alive : user_works;
  }
  if (!step.retained) drop_products(step);
  const Step::Seen seen{step.alive, step.lacks(), step.works(), step.all_done()};
  if (std::exchange(step.seen, seen) == seen) return;
  for (const StepKey& key : step.spec.reads) touched.insert(key.run);
  if (const auto found = readers.find(step.key); found != readers.end())
    for (const StepKey& key : found->second) touched.insert(key.run);
}

void Machine::State::find_finished(Run& run, bool alive) {
  const bool given_up = !alive && !run.streaming;
  const bool complete = std::ranges::all_of(run.steps, [&](const Step& step) {
    return !step.is_output() || step.all_done() || (!step.wanted() && !given_up);
  });
  if (complete && !run.complete && !run.recovered) {
    commands.emplace_back(RunFinished{run.client, run.id});
    if (!run.was_complete) log("run " + shown(run.id) + " is finished");
  }
  run.complete = complete;
  run.was_complete = run.was_complete || complete;
  if (complete) run.setback.reset(), run.is_short = false;
  const bool over = complete && std::ranges::none_of(run.steps, &Step::works);
  if (over && !run.over) release_those_behind();
  run.over = over;
}

/// Chunks that a client gave, or that are made of arrays of a run that is no more, cannot be made again.
void Machine::State::find_lost_inputs(Run& run) {
  for (const Step& step : run.steps) {
    if (step.spec.kind == StepKind::upload && step.was_placed && !run.opens && step.missing_count() > 0)
      return doom(run, {ErrorCode::lost,
                        run.describe + " was given by its client, and a part of it was lost with " + lost_at(step) +
                            ": it is not recoverable; give it to the cluster again",
                        step.lost_with});
    if (step.spec.kind == StepKind::upload && !step.all_done() && !run.recovered && !step.handles.count(run.client))
      return doom(run,
                  {ErrorCode::cancelled, run.describe + " was let go by its client before all of it was given", {}});
    if (!step.lacks()) continue;
    for (const StepKey& key : step.spec.reads) {
      const Step* const read = find_step(key);
      if (!read) {
        Problem problem = absent(key, run.client);
        if (!step.lost_with.empty())
          problem.message = "a part of " + run.describe + " was lost with " + lost_at(step) +
                            ", and cannot be made again: " + problem.message;
        return doom(run, std::move(problem));
      }
      if (read->all_done() || is_remade(run)) continue;
      if (trouble_of(runs.at(key.run))) return doom(run, absent(key, run.client));
    }
  }
}

bool Machine::State::is_much(const Step& step, std::int64_t items) {
  return items > 0 && step.spec.bytes_per_item >= (much + items - 1) / items;
}

void Machine::State::drop_products(Step& step) {
  for (const auto& [worker, items] : std::exchange(step.holders, {})) {
    workers.at(worker).held -= step.bytes_of(items);
    commands.emplace_back(Drop{worker, step.key, {}, is_much(step, items.count())});
  }
  step.done = step.consumed;
}

void Machine::State::end(Run& run, std::optional<Problem> problem) {
  const RunId id = run.id;
  RunView last = view(run);
  if (!problem && !run.was_complete) {
    if (run.left.empty())
      problem = Problem{ErrorCode::cancelled, run.describe + " was cancelled before it was finished", {}};
    else
      problem = Problem{ErrorCode::lost, run.left, {}};
  }
  for (Step& step : run.steps) {
    drop_products(step);
    for (const auto& [worker, items] : step.placed) workers.at(worker).coming -= step.bytes_of(items);
    for (const std::string& name : step.names) names.erase(name);
    for (const StepKey& key : step.spec.reads) {
      touched.insert(key.run);
      const auto found = readers.find(key);
      found->second.erase(step.key);
      if (found->second.empty()) readers.erase(found);
    }
    if (const auto found = readers.find(step.key); found != readers.end())
      for (const StepKey& key : found->second) touched.insert(key.run);
    step.queued.clear();
    list_open(run, step);
  }
  for (const WorkerId worker_id : run.told) {
    Worker& worker = workers.at(worker_id);
    bool works = false;
    for (auto range = worker.ranges.begin(); range != worker.ranges.end();) {
      const auto next = std::next(range);
      if (range->second.key.run == id) withdraw(worker_id, worker, range), works = true;
      range = next;
    }
    std::erase_if(worker.copies, [&](const auto& copy) {
      if (copy.second.key.run != id) return false;
      worker.coming -= copy.second.bytes;
      return works = true;
    });
    commands.emplace_back(ForgetRun{worker_id, id, works});
  }

  if (problem) note_lost(run, *problem);
  last.state = problem ? RunView::State::failed : RunView::State::finished;
  if (!problem) last.elements_done = last.elements_total;
  last.problem = problem;
  if (clients.count(run.client)) {
    ended[id] = {run.client, last};
    if (ended.size() > ended_runs_remembered) ended.erase(ended.begin());
  }
  if (problem) commands.emplace_back(RunFailed{run.client, id, *problem});
  if (problem) log("run " + shown(id) + " failed: " + problem->message);
  runs.erase(id);
  touched.erase(id);
  release_those_behind();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
