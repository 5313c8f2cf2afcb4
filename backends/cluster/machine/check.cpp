// The rules that hold between events.
#include <algorithm>
#include <stdexcept>
#include <string>

#include "backends/cluster/machine/machine_state.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

void rule(bool holds, const std::string& which, const char* what) {
  if (!holds) throw std::logic_error(which + what);
}

std::string name_of(const StepKey& key) {
  return "step " + std::to_string(key.step) + " of run " + std::to_string(key.run) + ": ";
}

}  // namespace

void Machine::check() const { state_->check(); }

void Machine::State::check() const {
  rule(touched.empty() && commands.empty(), "", "what happened has been dealt with");
  check_workers();
  for (const auto& [id, run] : runs) {
    const std::string which = "run " + std::to_string(id) + ": ";
    rule(!run.problem, which, "a run that failed is over");
    rule(std::ranges::any_of(run.steps, &Step::alive), which, "a run that nobody needs is over");
    for (const Step& step : run.steps) check(run, step);
    if (!run.complete || std::ranges::any_of(run.steps, &Step::lacks))
      rule(goes_on(run), which, "it goes on or waits for something");
    rule(!run.was_complete || !run.complete ||
             std::ranges::none_of(
                 run.steps, [](const Step& step) { return step.is_output() && step.wanted() && !step.all_done(); }),
         which, "a finished run lacks nothing that anyone needs");
  }
  for (const auto& [name, key] : names) {
    const Step* const step = find_step(key);
    rule(step && step->names.count(name), "'" + name + "' ", "is the name of an array");
  }
}

void Machine::State::check(const Run& run, const Step& step) const {
  const std::string which = name_of(step.key);
  const ItemSet all({0, step.spec.items});
  ItemSet done = step.consumed;
  std::int64_t held_items = step.consumed.count();
  for (const auto& [worker, items] : step.holders) {
    rule(workers.count(worker) != 0, which, "what is held is held by a worker that is there");
    rule(!items.empty() && all.common(items) == items, which, "what is held is of the step");
    rule(step.consumed.common(items).empty(), which, "what is consumed is not held");
    done.add(items);
    held_items += items.count();
  }
  rule(done == step.done, which, "what is done is held or consumed");
  rule(step.spec.kind == StepKind::combine || held_items == done.count(), which, "a product is held once");
  rule(step.retained || step.holders.empty(), which, "what was dropped has no holder");
  rule(step.done.common(step.assigned).empty(), which, "what is done is not assigned");

  ItemSet assigned;
  std::int64_t assigned_items = 0;
  const auto add = [&](const ItemSet& items) {
    assigned.add(items);
    assigned_items += items.count();
  };
  for (const auto& [id, worker] : workers)
    for (const auto& [ticket, range] : worker.ranges)
      if (range.key == step.key) add(range.open);
  for (const auto& [id, items] : step.placed) add(items);
  rule(assigned == step.assigned, which, "what is assigned is in flight");
  rule(assigned_items == assigned.count(), which, "nothing is assigned twice");

  ItemSet copying;
  std::int64_t copied_items = 0;
  for (const auto& [id, worker] : workers)
    for (const auto& [ticket, copy] : worker.copies)
      if (copy.key == step.key) copying.add(copy.held.items), copied_items += copy.held.items.count();
  rule(copying == step.copying && copying.count() == copied_items, which, "what is copied is copied once");
  rule(run.behind.empty() || step.is_array() || step.holders.empty(), which,
       "a run that stepped back gives its memory to others");

  ItemSet waiting = step.deferred;
  ItemSet queued;
  std::int64_t shared_items = 0;
  for (const auto& [id, items] : step.shares) {
    rule(workers.count(id) != 0 && !items.empty(), which, "a share is that of a worker that is there");
    shared_items += items.count();
    queued.add(items);
  }
  waiting.add(queued);
  rule(queued == step.queued && queued.count() == shared_items &&
           waiting.count() == shared_items + step.deferred.count(),
       which, "a work item waits in one place");
  rule(waiting.common(step.done).empty() && waiting.common(step.assigned).empty(), which,
       "only missing work items wait");
  rule(waiting.empty() || step.demanded, which, "what nobody needs is not queued");
  if (step.lacks() && step.startable && step.spec.kind != StepKind::upload && staying() > 0)
    rule(waiting.count() == step.missing_count(), which, "every missing work item waits for a worker");
  const auto listed = open.find(run.client);
  rule((listed != open.end() && listed->second.count(step.key)) == (step.startable && !queued.empty()), which,
       "what can start is listed");
}

void Machine::State::check_workers() const {
  std::map<WorkerId, std::int64_t> held;
  std::map<WorkerId, std::int64_t> coming;
  for (const auto& [run_id, run] : runs)
    for (const Step& step : run.steps) {
      for (const auto& [id, items] : step.holders) held[id] += step.bytes_of(items);
      for (const auto& [id, items] : step.placed) coming[id] += step.bytes_of(items);
    }
  std::int64_t all_threads = 0;
  std::map<std::size_t, std::set<WorkerId>> loads;
  std::map<ClientId, std::size_t> clients_served;
  for (const auto& [id, worker] : workers) {
    const std::string which = "worker " + worker.name + ": ";
    all_threads += worker.threads;
    rule(worker.retiring == retiring.contains(id), which, "it is listed if it was asked to end");
    loads[worker.ranges.size()].insert(id);
    std::set<ClientId> its;
    for (const auto& [ticket, range] : worker.ranges) its.insert(range.client);
    for (const ClientId client : its) ++clients_served[client];
    rule(static_cast<int>(worker.ranges.size()) <= options.ranges_per_worker + 1, which, "it has few ranges at a time");
    for (const auto& [ticket, range] : worker.ranges) {
      rule(find_step(range.key) != nullptr, which, "it works on runs that are there");
      coming[id] += range.bytes;
    }
    for (const auto& [ticket, copy] : worker.copies) {
      rule(find_step(copy.key) != nullptr, which, "it copies for runs that are there");
      coming[id] += copy.bytes;
    }
    rule(!worker.retiring || (worker.ranges.empty() && worker.copies.empty()), which, "one that retires gets no more");
    rule(held[id] == worker.held && coming[id] == worker.coming, which, "its memory is counted as it is");
  }
  rule(threads == all_threads && by_ranges == loads && served == clients_served, "", "workers are counted as they are");
}

bool Machine::State::goes_on(const Run& run) const {
  if (staying() == 0 || run.opens || run.in_flight > 0 || is_remade(run)) return true;
  if (!run.behind.empty()) return all_go_on(run.behind);
  const bool others_work = std::ranges::any_of(
      workers, [](const auto& entry) { return !entry.second.ranges.empty() || !entry.second.copies.empty(); });
  return std::ranges::any_of(run.steps, [&](const Step& step) {
    if (!step.deferred.empty() || !step.placed.empty() || step.unconfirmed) return true;
    if (step.startable && !step.queued.empty()) return others_work || release_to_come() || now < replaced_by;
    return step.lacks() && std::ranges::any_of(step.spec.reads, [&](const StepKey& key) {
             const Step* const read = find_step(key);
             return read && !read->all_done() && goes_on(runs.at(key.run));
           });
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
