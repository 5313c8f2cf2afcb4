#include "backends/thrift/coordinator/machine.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "backends/thrift/coordinator/machine_state.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

Machine::Machine(MachineOptions options) : state_(std::make_unique<State>(options)) {}
Machine::~Machine() = default;
Machine::Machine(Machine&&) noexcept = default;
Machine& Machine::operator=(Machine&&) noexcept = default;

std::vector<Command> Machine::handle(const Event& event, Time now) {
  state_->now = std::max(state_->now, now);
  std::visit([this](const auto& e) { state_->on(e); }, event);
  do {
    state_->settle();
    state_->schedule();
    state_->hand_over();
  } while (state_->resolve_shortage());
  return std::exchange(state_->commands, {});
}

namespace {

std::string counted(std::int64_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

/// Units of a range, said for people.
std::string told(const UnitSet& units) {
  return units.count() == 1
             ? "unit " + std::to_string(units.front().first)
             : "units " + std::to_string(units.front().first) + " to " + std::to_string(units.back().last - 1);
}

}  // namespace

// ---------------------------------------------------------------- what is there

Machine::State::Run* Machine::State::find_run(RunId id) {
  const auto found = runs.find(id);
  return found == runs.end() ? nullptr : &found->second;
}

Machine::State::Step* Machine::State::find_step(const StepKey& key) {
  return const_cast<Step*>(std::as_const(*this).find_step(key));
}

Machine::State::Worker* Machine::State::hear(WorkerId id) {
  const auto found = workers.find(id);
  if (found == workers.end()) return nullptr;
  found->second.heard = now;
  return &found->second;
}

bool Machine::State::hear_client(ClientId id) {
  const auto found = clients.find(id);
  if (found == clients.end()) return false;
  found->second = now;
  return true;
}

// ---------------------------------------------------------------- units

void Machine::State::make_done(Step& step, const UnitSet& units) {
  const UnitSet fresh = units.without(step.done);
  if (fresh.empty()) return;
  step.done.add(fresh);
  unqueue(step, fresh);
  step.deferred.remove(fresh);
  const UnitSet elsewhere = step.assigned.common(fresh);
  if (elsewhere.empty()) return;
  step.assigned.remove(elsewhere);
  for (auto& [id, worker] : workers)
    for (auto& [ticket, range] : worker.ranges)
      if (range.key == step.key) range.open.remove(elsewhere);
}

void Machine::State::hold(Step& step, WorkerId worker, const UnitSet& units) {
  UnitSet taken = units;
  if (step.spec.kind != StepKind::combine) {
    UnitSet unwanted = units.common(step.done);
    if (const auto held = step.holders.find(worker); held != step.holders.end()) unwanted.remove(held->second);
    taken.remove(unwanted);
    for (const Units& u : unwanted) commands.emplace_back(Drop{worker, step.key, u});
  }
  if (taken.empty()) return;
  UnitSet& held = step.holders[worker];
  const std::int64_t before = held.count();
  held.add(taken);
  workers.at(worker).held += step.bytes_of(held.count()) - step.bytes_of(before);
  make_done(step, taken);
}

UnitSet Machine::State::unhold(Step& step, WorkerId worker, const UnitSet& units) {
  const auto found = step.holders.find(worker);
  if (found == step.holders.end()) return {};
  UnitSet gone = found->second.common(units);
  const std::int64_t before = found->second.count();
  found->second.remove(gone);
  workers.at(worker).held -= step.bytes_of(before) - step.bytes_of(found->second.count());
  if (found->second.empty()) step.holders.erase(found);
  for (auto other = step.holders.begin(); other != step.holders.end() && !gone.empty(); ++other)
    gone.remove(other->second);
  gone.remove(step.consumed);
  step.done.remove(gone);
  return gone;
}

void Machine::State::count_failure(Run& run, Step& step, const UnitSet& units, ErrorCode code, const std::string& why) {
  if (units.empty()) return;
  UnitSet again = units;
  std::size_t times = 0;
  for (; !again.empty(); ++times) {
    if (step.failures.size() == times) step.failures.emplace_back();
    UnitSet before = step.failures[times].common(again);
    step.failures[times].add(again);
    again = std::move(before);
  }
  step.retry_at = std::max(
      step.retry_at, now + options.worker_timeout * static_cast<double>(times - 1) / std::max(options.attempts, 1));
  if (static_cast<int>(times) >= options.attempts)
    fail(run, step, units,
         {code,
          told(units) + " of step " + std::to_string(step.key.step) + " of " + run.describe + " failed " +
              std::to_string(times) + " times; the last time " + why,
          {}});
}

// ---------------------------------------------------------------- workers

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
    UnitSet units;
    for (const Units& u : holding.units)
      units.add({std::max<std::int64_t>(u.first, 0), std::min(u.last, step->spec.units)});
    hold(*step, event.worker, units);
    brought += units.count();
  }
  log("worker " + event.name + " (" + event.address + ") joined with " + counted(event.threads, "thread") +
      (brought ? " and " + counted(brought, "held unit") : ""));
  // There is more memory, and it may have files that others have not.
  for (auto& [id, run] : runs) {
    run.behind.clear();
    retry(run);
  }
  touch_all();
}

void Machine::State::on(const WorkerHeard& event) {
  if (Worker* const worker = hear(event.worker)) worker->taken = std::max(worker->taken, event.ticket);
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
    // One that was dead before the range came to it did not die of it.
    const bool had_it = ticket <= found->second.taken;
    const std::optional<Range> range = take_range(id, ticket, key);
    Step& step = *find_step(key);
    if (!wanted && had_it && step.alive && !range->open.empty())
      count_failure(runs.at(key.run), step, range->open, ErrorCode::io, "worker " + name + " was lost");
    ++ranges;
  }
  while (!found->second.copies.empty()) take_copy(id, found->second.copies.begin()->first);
  replaced_by = now + options.replacement;
  std::int64_t units = 0;
  for (auto& [run_id, run] : runs) {
    run.told.erase(id);
    for (Step& step : run.steps) {
      if (const auto held = step.holders.find(id); held != step.holders.end()) {
        units += held->second.count();
        unhold(step, id, UnitSet(held->second));
      }
      if (const auto share = step.shares.find(id); share != step.shares.end()) unqueue(step, UnitSet(share->second));
      if (const auto placed = step.placed.find(id); placed != step.placed.end()) {
        step.assigned.remove(placed->second);
        step.placed.erase(placed);
      }
    }
  }
  threads -= found->second.threads;
  unlist(id, 0);
  workers.erase(found);
  log("worker " + name + " " + how + ": " + counted(ranges, "range") + " in flight and " + counted(units, "held unit") +
      " went with it");
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
  take(run, step, event.worker, UnitSet(range->units));
  for (const Product& product : event.also) {
    Step* const other = find_step({run.id, product.step});
    if (!other || other->is_array()) continue;
    const Units units{std::max<std::int64_t>(product.units.first, 0), std::min(product.units.last, other->spec.units)};
    if (units.first < units.last) take(run, *other, event.worker, UnitSet(units));
  }
}

void Machine::State::take(Run& run, Step& step, WorkerId worker, const UnitSet& units) {
  const UnitSet fresh = units.without(step.done);
  hold(step, worker, units);
  const bool streamed = step.spec.kind == StepKind::write && !step.spec.persisted;
  if (!streamed)
    for (UnitSet& failed : step.failures) failed.remove(units);
  else if (step.alive)
    for (const Units& u : fresh) commands.emplace_back(Ready{run.client, step.key, {u, worker}});
  // To work on it, the worker fetched all that its reductions had come to.
  if (step.spec.kind != StepKind::combine)
    for (const std::int32_t needed : step.spec.needs) {
      Step& combine = run.steps[static_cast<std::size_t>(needed)];
      hold(combine, worker, UnitSet({0, combine.spec.units}));
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
    // It had less than was counted on; it may have more before long.
    step.deferred.add(range->open);
    return count_failure(run, step, range->open, event.problem.code,
                         "on worker " + worker->name + ": " + event.problem.message);
  }
  if (!event.unreachable) {
    Problem problem = event.problem;
    if (problem.worker.empty()) problem.worker = worker->name;
    return fail(run, step, range->open, std::move(problem));
  }
  // What went with a worker is made again; that it was asked for is nobody's failure.
  if (!workers.count(event.unreachable)) return;
  step.deferred.add(range->open);
  count_failure(run, step, range->open, event.problem.code,
                "worker " + worker->name + " could not fetch what it needs: " + event.problem.message);
}

// ---------------------------------------------------------------- clients and runs

void Machine::State::on(const ClientJoined& event) { clients[event.client] = now; }

void Machine::State::on(const ClientHeard& event) {
  if (!hear_client(event.client)) return;
  for (const StepKey& key : event.arrays) on(Opened{event.client, key});
}

void Machine::State::on(const ClientGone& event) { lose_client(event.client, "left"); }

void Machine::State::lose_client(ClientId id, const std::string& how) {
  if (!clients.erase(id)) return;
  turns.erase(id);
  for (auto& [run_id, run] : runs) {
    if (run.client == id && !run.was_complete) run.left = run.describe + " was given up: its client " + how;
    leave_run(run, id);
  }
  std::erase_if(ended, [id](const auto& e) { return e.second.client == id; });
  log("client " + shown(id) + " " + how);
}

void Machine::State::let_go(Step& step, ClientId client) {
  step.handles.erase(client);
  if (runs.at(step.key.run).client == client) step.unconfirmed.reset();
}

void Machine::State::leave_run(Run& run, ClientId client) {
  if (run.client == client) run.streaming = false;
  for (Step& step : run.steps) let_go(step, client);
  touch(run);
}

Machine::State::Run& Machine::State::add_run(const RunSpec& spec) {
  Run& run = runs[spec.id];
  run.id = spec.id;
  run.client = spec.client;
  run.worker_memory = spec.worker_memory;
  run.describe = spec.describe.empty() ? "run " + std::to_string(spec.id) : spec.describe;
  for (const StepSpec& s : spec.steps) {
    Step& step = run.steps.emplace_back();
    step.spec = s;
    step.spec.grain = std::max<std::int64_t>(s.grain, 1);
    step.spec.align = std::max<std::int64_t>(s.align, 1);
    step.key = {spec.id, static_cast<std::int32_t>(run.steps.size() - 1)};
    if (s.kind == StepKind::combine)
      for (const std::int32_t needed : s.needs) {
        // States of neighbours are merged: of each tile a worker has about one a level of the tree.
        Step& reduce = run.steps[static_cast<std::size_t>(needed)];
        const std::int64_t positions = s.units > 0 ? (reduce.spec.units + s.units - 1) / s.units : 0;
        reduce.most_parts =
            s.units * (2 + static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(positions))));
      }
    for (const StepKey& key : s.reads) readers[key].insert(step.key);
  }
  touch(run);
  return run;
}

void Machine::State::on(const RunSubmitted& event) {
  const RunSpec& spec = event.run;
  if (!hear_client(spec.client) || runs.count(spec.id)) return;
  if (std::optional<Problem> problem = refuse(spec)) {
    ended[spec.id] = {spec.client, {RunView::State::failed, 0, 0, 0, 0, problem}};
    commands.emplace_back(RunFailed{spec.client, spec.id, *std::move(problem)});
    return;
  }
  Run& run = add_run(spec);
  std::int64_t units = 0;
  for (Step& step : run.steps) {
    units += step.spec.units;
    if (step.is_array()) step.handles.insert(run.client);
  }
  log("run " + shown(run.id) + " of client " + shown(run.client) + " begins: " + run.describe + ", " +
      counted(units, "unit") + " in " + counted(static_cast<std::int64_t>(run.steps.size()), "step"));
}

void Machine::State::on(const RunRecovered& event) {
  Run* run = find_run(event.run.id);
  if (!run) {
    if (event.run.steps.empty()) return;
    run = &add_run(event.run);
    run->recovered = true;
    run->streaming = false;
    run->opens = now + options.worker_timeout;
    for (Step& step : run->steps) {
      if (step.is_array()) step.unconfirmed = now + options.client_timeout;
      step.was_placed = step.spec.kind == StepKind::upload;
    }
    log("run " + shown(run->id) + " of client " + shown(run->client) + " is known again: " + run->describe);
  }
  if (!run->recovered) return;
  for (const auto& [name, step] : event.names) on(Published{run->client, {run->id, step}, name});
}

void Machine::State::on(const Cancelled& event) {
  hear_client(event.client);
  Run* const run = find_run(event.run);
  if (run && run->client == event.client) leave_run(*run, event.client);
}

// ---------------------------------------------------------------- streamed chunks

void Machine::State::on(const Consumed& event) {
  hear_client(event.client);
  Run* const run = find_run(event.key.run);
  Step* const step = find_step(event.key);
  if (!step || run->client != event.client || step->spec.kind != StepKind::write || step->spec.persisted) return;
  const UnitSet units = UnitSet({0, step->spec.units}).common(event.units).without(step->consumed);
  make_done(*step, units);
  step->consumed.add(units);
  for (UnitSet& failed : step->failures) failed.remove(units);
  std::vector<WorkerId> holders;
  for (const auto& [worker, held] : step->holders) holders.push_back(worker);
  for (const WorkerId worker : holders) {
    const UnitSet freed = step->holders.at(worker).common(units);
    for (const Units& u : freed) commands.emplace_back(Drop{worker, step->key, u, is_much(*step, u.count())});
    unhold(*step, worker, freed);
  }
  touch(*run);
}

void Machine::State::on(const Missing& event) {
  hear_client(event.client);
  Run* const run = find_run(event.key.run);
  Step* const step = find_step(event.key);
  if (!step || step->spec.kind != StepKind::write || !workers.count(event.worker)) return;
  if (!step->spec.persisted && run->client != event.client) return;
  const auto held = step->holders.find(event.worker);
  if (held == step->holders.end()) return;
  const UnitSet units = held->second.common(event.units);
  if (units.empty()) return;
  for (const Units& u : units) commands.emplace_back(Drop{event.worker, step->key, u});
  unhold(*step, event.worker, units);
  count_failure(*run, *step, units, ErrorCode::io,
                "the client could not fetch it from worker " + workers.at(event.worker).name);
  touch(*run);
}

// ---------------------------------------------------------------- arrays

void Machine::State::on(const Uploaded& event) {
  hear_client(event.client);
  Run* const run = find_run(event.key.run);
  Step* const step = find_step(event.key);
  if (!step || run->client != event.client) return;
  for (const auto& [id, units] : std::exchange(step->placed, {})) {
    workers.at(id).coming -= step->bytes_of(units.count());
    hold(*step, id, units);
  }
  touch(*run);
}

void Machine::State::on(const Released& event) {
  hear_client(event.client);
  Step* const step = find_step(event.key);
  if (!step) return;
  let_go(*step, event.client);
  touch(runs.at(event.key.run));
}

void Machine::State::on(const Opened& event) {
  Step* const step = find_step(event.key);
  if (!hear_client(event.client) || !step || !step->is_array()) return;
  step->handles.insert(event.client);
  if (runs.at(event.key.run).client == event.client) step->unconfirmed.reset();
  touch(runs.at(event.key.run));
}

void Machine::State::on(const Published& event) {
  hear_client(event.client);
  Step* const step = find_step(event.key);
  if (!step || !step->is_array()) return;
  on(Unpublished{event.name});
  names[event.name] = event.key;
  step->names.insert(event.name);
  touch(runs.at(event.key.run));
}

void Machine::State::on(const Unpublished& event) {
  const auto found = names.find(event.name);
  if (found == names.end()) return;
  find_step(found->second)->names.erase(event.name);
  touch(runs.at(found->second.run));
  names.erase(found);
}

// ---------------------------------------------------------------- time

void Machine::State::on(const Tick&) {
  std::vector<WorkerId> silent;
  for (const auto& [id, worker] : workers)
    if (now - worker.heard > options.worker_timeout) silent.push_back(id);
  for (const WorkerId id : silent) {
    commands.emplace_back(Expel{id});
    lose_worker(id,
                "was lost, not heard of for " + counted(static_cast<std::int64_t>(options.worker_timeout), "second"),
                false);
  }
  for (auto& [id, worker] : workers)
    if (now >= worker.spills_again) worker.spill_is_full = false;  // its disk may take something again
  std::vector<ClientId> gone;
  for (const auto& [id, heard] : clients)
    if (now - heard > options.client_timeout) gone.push_back(id);
  for (const ClientId id : gone)
    lose_client(id, "was not heard of for " + counted(static_cast<std::int64_t>(options.client_timeout), "second"));

  for (auto& [id, run] : runs) {
    bool changed = false;
    if (run.opens && now >= *run.opens) run.opens.reset(), changed = true;
    for (Step& step : run.steps) {
      if (step.unconfirmed && now >= *step.unconfirmed) step.unconfirmed.reset(), changed = true;
      if (!step.deferred.empty() && now >= step.retry_at) step.deferred.clear(), changed = true;
    }
    const bool waits = std::ranges::any_of(run.steps, [](const Step& step) { return !step.deferred.empty(); });
    if (run.setback && !run.is_short && !waits) run.setback.reset(), changed = true;
    if (changed) touch(run);
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
