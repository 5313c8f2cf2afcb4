// Workers join, are heard of and go; the ranges that they were given, and their reports on them.
#include <algorithm>
#include <utility>

#include "backends/cluster/machine/machine_state.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

void Machine::State::on(const WorkerJoined& event) {
  if (workers.count(event.worker)) return;
  Worker worker;
  worker.name = event.name;
  worker.address = event.address;
  worker.threads = std::max(event.threads, 1);
  worker.memory_limit = event.memory_limit;
  worker.can_spill = event.can_spill;
  worker.heard = now;
  threads += worker.threads;
  by_ranges[0].insert(event.worker);
  workers.emplace(event.worker, std::move(worker));
  std::int64_t brought = 0;
  for (const WorkerJoined::Holding& holding : event.holdings) {
    Run* const run = find_run(holding.key.run);
    Step* const step = find_step(holding.key);
    if (run) run->told.insert(event.worker);
    if (!step) {
      commands.emplace_back(Drop{event.worker, holding.key, {}});
      if (!run) commands.emplace_back(ForgetRun{event.worker, holding.key.run});
      continue;
    }
    ItemSet items;
    for (const Items& range : holding.items)
      items.add({std::max<std::int64_t>(range.first, 0), std::min(range.last, step->spec.items)});
    hold(*step, event.worker, items);
    brought += items.count();
  }
  log("worker " + event.name + " (" + event.address + ") joined with " + counted(event.threads, "thread") +
      (brought ? " and " + counted(brought, "held work item") : ""));
  // There is more memory, and the worker may have files that others have not.
  for (auto& [id, run] : runs) {
    run.behind.clear();
    retry(run);
  }
  touch_all();
}

void Machine::State::on(const WorkerHeard& event) {
  Worker* const worker = hear(event.worker);
  if (!worker) return;
  worker->taken = std::max(worker->taken, event.ticket);
  if (event.memory_used) worker->reported_used = *event.memory_used;
}

void Machine::State::on(const WorkerMemory& event) {
  Worker* const worker = hear(event.worker);
  if (!worker) return;
  worker->reported_used = event.used;
  worker->spilled = event.spilled;
  worker->spill_is_full = event.spill_is_full;
  worker->spills_again = now + options.worker_timeout;
}

void Machine::State::on(const WorkerGone& event) {
  lose_worker(event.worker, event.wanted ? "left" : "was lost, its connection closed", event.wanted);
}

void Machine::State::lose_worker(WorkerId id, const std::string& how, bool wanted) {
  const auto found = workers.find(id);
  if (found == workers.end()) return;
  const std::string name = found->second.name;
  std::int64_t ranges = 0;
  while (!found->second.ranges.empty()) {
    const auto& [ticket, first] = *found->second.ranges.begin();
    const StepKey key = first.key;
    // A worker that was dead before the range came to it did not die of the range.
    const bool had_it = ticket <= found->second.taken;
    const std::optional<Range> range = take_range(id, ticket, key);
    Step& step = *find_step(key);
    if (!wanted && had_it && step.alive && !range->open.empty())
      count_failure(runs.at(key.run), step, range->open, ErrorCode::io, "worker " + name + " was lost");
    ++ranges;
  }
  while (!found->second.copies.empty()) take_copy(id, found->second.copies.begin()->first);
  replaced_by = now + options.replacement;
  std::int64_t items = 0;
  for (auto& [run_id, run] : runs) {
    run.told.erase(id);
    for (Step& step : run.steps) {
      if (const auto held = step.holders.find(id); held != step.holders.end()) {
        items += held->second.count();
        if (!unhold(step, id, ItemSet(held->second)).empty()) step.lost_with = name, step.lost_how.clear();
      }
      if (const auto share = step.shares.find(id); share != step.shares.end()) unqueue(step, ItemSet(share->second));
      if (const auto placed = step.placed.find(id); placed != step.placed.end()) {
        step.assigned.remove(placed->second);
        step.placed.erase(placed);
      }
    }
  }
  threads -= found->second.threads;
  unlist(id, 0);
  retiring.erase(id);
  workers.erase(found);
  log("worker " + name + " " + how + ": " + counted(ranges, "range") + " in flight and " +
      counted(items, "held work item") + " went with it");
  touch_all();
}

bool Machine::State::Worker::works_for(ClientId client) const {
  return std::ranges::any_of(ranges, [client](const auto& range) { return range.second.client == client; });
}

void Machine::State::unlist(WorkerId id, std::size_t ranges) {
  const auto list = by_ranges.find(ranges);
  list->second.erase(id);
  if (list->second.empty()) by_ranges.erase(list);
}

void Machine::State::give_range(WorkerId id, Worker& worker, std::int64_t ticket, Range range) {
  if (!worker.works_for(range.client)) ++served[range.client];
  worker.coming += range.bytes;
  ++runs.at(range.key.run).in_flight;
  worker.ranges.emplace(ticket, std::move(range));
  unlist(id, worker.ranges.size() - 1);
  by_ranges[worker.ranges.size()].insert(id);
}

Machine::State::Range Machine::State::withdraw(WorkerId id, Worker& worker,
                                               std::map<std::int64_t, Range>::iterator range) {
  Range taken = std::move(range->second);
  worker.ranges.erase(range);
  unlist(id, worker.ranges.size() + 1);
  by_ranges[worker.ranges.size()].insert(id);
  if (const auto count = served.find(taken.client); !worker.works_for(taken.client) && --count->second == 0)
    served.erase(count);
  worker.coming -= taken.bytes;
  return taken;
}

std::optional<Machine::State::Range> Machine::State::take_range(WorkerId id, std::int64_t ticket, const StepKey& key) {
  Worker& worker = workers.at(id);
  const auto found = worker.ranges.find(ticket);
  if (found == worker.ranges.end() || found->second.key != key) return std::nullopt;
  Range range = withdraw(id, worker, found);
  Run& run = runs.at(key.run);
  --run.in_flight;
  find_step(key)->assigned.remove(range.open);
  touch(run);
  return range;
}

void Machine::State::on(const RangeDone& event) {
  if (!hear(event.worker)) return;
  const std::optional<Range> range = take_range(event.worker, event.ticket, event.key);
  if (!range) return;
  Run& run = runs.at(range->key.run);
  Step& step = *find_step(range->key);
  run.bytes_read += event.bytes_read;
  take(run, step, event.worker, ItemSet(range->items));
  for (const Product& product : event.also) {
    Step* const other = find_step({run.id, product.step});
    if (!other || other->is_array()) continue;
    const Items items{std::max<std::int64_t>(product.items.first, 0), std::min(product.items.last, other->spec.items)};
    if (items.first < items.last) take(run, *other, event.worker, ItemSet(items));
  }
}

void Machine::State::take(Run& run, Step& step, WorkerId worker, const ItemSet& items) {
  const ItemSet fresh = items.without(step.done);
  hold(step, worker, items);
  const bool streamed = step.spec.kind == StepKind::write && !step.spec.persisted;
  if (!streamed)
    for (ItemSet& failed : step.failures) failed.remove(items);
  else if (step.alive)
    for (const Items& range : fresh) commands.emplace_back(Ready{run.client, step.key, {range, worker}});
  // To work on the step, the worker fetched the finished values of all its reductions.
  if (step.spec.kind != StepKind::combine)
    for (const std::int32_t needed : step.spec.needs) {
      Step& combine = run.steps[static_cast<std::size_t>(needed)];
      hold(combine, worker, ItemSet({0, combine.spec.items}));
    }
}

void Machine::State::on(const RangeFailed& event) {
  const Worker* const worker = hear(event.worker);
  if (!worker) return;
  const std::optional<Range> range = take_range(event.worker, event.ticket, event.key);
  if (!range) return;
  Run& run = runs.at(range->key.run);
  Step& step = *find_step(range->key);
  if (range->open.empty() || !step.alive) return;
  if (!event.unreachable && event.problem.code == ErrorCode::memory_limit) {
    // The worker had less memory than was counted on; it may have more before long.
    step.deferred.add(range->open);
    return count_failure(run, step, range->open, event.problem.code,
                         "on worker " + worker->name + ": " + event.problem.message);
  }
  if (!event.unreachable) {
    Problem problem = event.problem;
    if (problem.worker.empty()) problem.worker = worker->name;
    return fail(run, step, range->open, std::move(problem));
  }
  // Products that went with a worker are made again; asking for them is nobody's failure.
  if (!workers.count(event.unreachable)) return;
  // So are products that a worker found that it has lost.
  const auto is_there = [this](const StepKey& key) {
    const Step* const read = find_step(key);
    return read && read->all_done();
  };
  if (!std::ranges::all_of(step.spec.reads, is_there)) return;
  step.deferred.add(range->open);
  count_failure(run, step, range->open, event.problem.code,
                "worker " + worker->name + " could not fetch what it needs: " + event.problem.message);
}

void Machine::State::on(const ProductsLost& event) {
  const Worker* const worker = hear(event.worker);
  Step* const step = find_step(event.key);
  if (!worker || !step || event.items.first >= event.items.last) return;
  const ItemSet gone = unhold(*step, event.worker, ItemSet(event.items));
  if (gone.empty()) return;
  step->lost_with = worker->name;
  step->lost_how = event.why;
  log("worker " + worker->name + " lost " + counted(gone.count(), "held work item") + ": " + event.why);
  Run& run = runs.at(event.key.run);
  touch(run);
  if (step->alive) count_loss(run, *step, gone, lost_at(*step));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
