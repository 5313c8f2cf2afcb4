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
  const UnitSet all({0, step.spec.units});
  UnitSet done = step.consumed;
  std::int64_t held_units = step.consumed.count();
  for (const auto& [worker, units] : step.holders) {
    rule(workers.count(worker) != 0, which, "what is held is held by a worker that is there");
    rule(!units.empty() && all.common(units) == units, which, "what is held is of the step");
    rule(step.consumed.common(units).empty(), which, "what is consumed is not held");
    done.add(units);
    held_units += units.count();
  }
  rule(done == step.done, which, "what is done is held or consumed");
  rule(step.spec.kind == StepKind::combine || held_units == done.count(), which, "a product is held once");
  rule(step.retained || step.holders.empty(), which, "what was dropped has no holder");
  rule(step.done.common(step.assigned).empty(), which, "what is done is not assigned");

  UnitSet assigned;
  std::int64_t assigned_units = 0;
  const auto add = [&](const UnitSet& units) {
    assigned.add(units);
    assigned_units += units.count();
  };
  for (const auto& [id, worker] : workers)
    for (const auto& [ticket, range] : worker.ranges)
      if (range.key == step.key) add(range.open);
  for (const auto& [id, units] : step.placed) add(units);
  rule(assigned == step.assigned, which, "what is assigned is in flight");
  rule(assigned_units == assigned.count(), which, "nothing is assigned twice");

  UnitSet copying;
  std::int64_t copied_units = 0;
  for (const auto& [id, worker] : workers)
    for (const auto& [ticket, copy] : worker.copies)
      if (copy.key == step.key) copying.add(copy.held.units), copied_units += copy.held.units.count();
  rule(copying == step.copying && copying.count() == copied_units, which, "what is copied is copied once");
  rule(run.behind.empty() || step.is_array() || step.holders.empty(), which,
       "a run that stepped back gives its memory to others");

  UnitSet waiting = step.deferred;
  UnitSet queued;
  std::int64_t shared_units = 0;
  for (const auto& [id, units] : step.shares) {
    rule(workers.count(id) != 0 && !units.empty(), which, "a share is that of a worker that is there");
    shared_units += units.count();
    queued.add(units);
  }
  waiting.add(queued);
  rule(queued == step.queued && queued.count() == shared_units &&
           waiting.count() == shared_units + step.deferred.count(),
       which, "a unit waits in one place");
  rule(waiting.common(step.done).empty() && waiting.common(step.assigned).empty(), which, "only missing units wait");
  rule(waiting.empty() || step.demanded, which, "what nobody needs is not queued");
  if (step.lacks() && step.startable && step.spec.kind != StepKind::upload && staying() > 0)
    rule(waiting.count() == step.missing_count(), which, "every missing unit waits for a worker");
  const auto listed = open.find(run.client);
  rule((listed != open.end() && listed->second.count(step.key)) == (step.startable && !queued.empty()), which,
       "what can start is listed");
}

void Machine::State::check_workers() const {
  std::map<WorkerId, std::int64_t> held;
  std::map<WorkerId, std::int64_t> coming;
  for (const auto& [run_id, run] : runs)
    for (const Step& step : run.steps) {
      for (const auto& [id, units] : step.holders) held[id] += step.bytes_of(units);
      for (const auto& [id, units] : step.placed) coming[id] += step.bytes_of(units);
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
