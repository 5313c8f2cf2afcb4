// The answers of a Machine to questions.
#include <algorithm>
#include <utility>

#include "backends/cluster/machine/machine_state.hpp"
#include "chunkwise/core/untyped_array.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

std::string bytes(std::int64_t n) { return format_bytes(static_cast<double>(n)); }

/// Returns the elements of `done` work items of a step, with no overflow in between.
std::int64_t elements_of(const StepSpec& spec, std::int64_t done) {
  if (done == spec.items) return spec.elements;
  return spec.elements / spec.items * done + spec.elements % spec.items * done / spec.items;
}

}  // namespace

const Machine::State::Step* Machine::State::find_step(const StepKey& key) const {
  const auto run = runs.find(key.run);
  if (run == runs.end() || key.step < 0 || key.step >= static_cast<std::int32_t>(run->second.steps.size()))
    return nullptr;
  return &run->second.steps[static_cast<std::size_t>(key.step)];
}

std::optional<Problem> Machine::State::refuse(const RunSpec& spec) const {
  std::int64_t persisted = 0;
  for (std::size_t s = 0; s < spec.steps.size(); ++s) {
    const StepSpec& step = spec.steps[s];
    const bool earlier =
        std::ranges::all_of(step.needs, [s](std::int32_t n) { return n >= 0 && static_cast<std::size_t>(n) < s; });
    if (!earlier || step.items < 0 || step.bytes_per_item < 0)
      return Problem{ErrorCode::invalid_argument,
                     "step " + std::to_string(s) + " of " + spec.describe + " contradicts itself",
                     {}};
    for (const StepKey& key : step.reads) {
      const Step* const read = find_step(key);
      if (!read || !read->is_array() || !read->wanted() || key.run == spec.id) return absent(key, spec.client);
      if (!read->all_done() && trouble_of(runs.at(key.run))) return absent(key, spec.client);
    }
    if (step.kind == StepKind::upload || step.persisted) persisted += step.items * step.bytes_per_item;
  }
  if (staying() == 0) return std::nullopt;

  std::int64_t largest = 0;
  std::int64_t left = 0;
  std::int64_t limit = 0;
  bool can_spill = false;
  for (const auto& [id, worker] : workers) {
    if (worker.retiring) continue;
    largest = std::max(largest, worker.memory_limit);
    left += worker.memory_limit + worker.spilled;
    limit += worker.memory_limit;
    can_spill = can_spill || worker.spills();
  }
  // Streamed chunks, and states of reductions, are gone before long.
  for (const auto& [id, run] : runs)
    for (const Step& step : run.steps)
      if (step.is_array()) left -= step.bytes_of(step.done);
  left = std::max<std::int64_t>(left, 0);
  // A worker in the place of one that was lost may bring the memory that is lacking: until then the run waits.
  if (now < replaced_by) return std::nullopt;
  if (spec.worker_memory > largest)
    return Problem{ErrorCode::memory_limit,
                   spec.describe + " needs up to " + bytes(spec.worker_memory) +
                       " of memory on a worker, but the largest has a limit of " + bytes(largest) +
                       "; smaller chunks need less, or give workers a higher limit",
                   {}};
  if (persisted > left && !can_spill)
    return Problem{ErrorCode::memory_limit,
                   spec.describe + " makes " + bytes(persisted) + " to stay on the workers, which have " + bytes(left) +
                       " left of " + bytes(limit) +
                       "; let persisted arrays go, add workers, or give them a directory to spill to",
                   {}};
  return std::nullopt;
}

bool Machine::State::release_to_come() const {
  return std::ranges::any_of(runs, [](const auto& entry) {
    return std::ranges::any_of(entry.second.steps, [](const Step& step) {
      const bool streamed = step.spec.kind == StepKind::write && !step.spec.persisted;
      return !step.deferred.empty() || step.unconfirmed || (streamed && step.done.count() > step.consumed.count());
    });
  });
}

bool Machine::State::waits_for_memory(const Run& run) const {
  if (run.in_flight > 0) return false;
  if (!run.behind.empty()) return true;
  bool waits = false;
  for (const Step& step : run.steps) {
    if (!step.startable || step.queued.empty()) continue;
    waits = true;
    for (const auto& [id, worker] : workers)
      if (!worker.retiring && room(id, worker, run, step) > 0) return false;
  }
  return waits;
}

RunView Machine::State::view(const Run& run) const {
  RunView view;
  view.workers = static_cast<int>(workers.size());
  view.bytes_read = run.bytes_read;
  view.problem = run.problem;
  for (const Step& step : run.steps) {
    // A step that no output asks for any more is as good as done.
    const std::int64_t done = step.is_output() || step.demanded ? step.done.count() : step.spec.items;
    view.elements_done += elements_of(step.spec, done);
    view.elements_total += step.spec.elements;
  }
  if (run.complete)
    view.state = RunView::State::finished;
  else if (staying() == 0)
    view.state = RunView::State::waiting_for_workers;
  else if (waits_for_memory(run))
    view.state = RunView::State::waiting_for_release;
  return view;
}

std::vector<Held> Machine::State::place(std::int64_t items, std::int64_t size) const {
  // Workers that have no room for their share are left out, until all others have; if nobody has, all get one.
  std::vector<WorkerId> sharers;
  for (const auto& [id, worker] : workers)
    if (!worker.retiring) sharers.push_back(id);
  std::vector<WorkerId> roomy = sharers;
  for (bool all = false; !all && !roomy.empty();) {
    std::int64_t total = 0;
    for (const WorkerId id : roomy) total += workers.at(id).threads;
    all = std::erase_if(roomy, [&](WorkerId id) {
            const Worker& worker = workers.at(id);
            return !worker.spills() && size / total * worker.threads > worker.free();
          }) == 0;
  }
  if (!roomy.empty()) sharers = std::move(roomy);
  std::int64_t total = 0;
  for (const WorkerId id : sharers) total += workers.at(id).threads;
  std::vector<Held> result;
  std::int64_t begin = 0;
  std::int64_t before = 0;
  for (const WorkerId id : sharers) {
    before += workers.at(id).threads;
    const std::int64_t end = items / total * before + items % total * before / total;
    if (end > begin) result.push_back({{begin, end}, id});
    begin = end;
  }
  return result;
}

// ---------------------------------------------------------------- Machine

std::optional<Problem> Machine::refuse(const RunSpec& run) const { return state_->refuse(run); }

std::optional<RunView> Machine::view(RunId run) const {
  if (const auto found = state_->runs.find(run); found != state_->runs.end()) return state_->view(found->second);
  if (const auto found = state_->ended.find(run); found != state_->ended.end()) {
    RunView view = found->second.view;
    view.workers = static_cast<int>(state_->workers.size());
    return view;
  }
  return std::nullopt;
}

std::optional<Inputs> Machine::locate(const StepKey& key) const {
  const State::Step* const step = std::as_const(*state_).find_step(key);
  if (!step || !step->is_array() || !step->all_done()) return std::nullopt;
  return state_->lie(*step, 0, 0);
}

std::vector<Held> Machine::place(std::int64_t items, std::int64_t bytes) const { return state_->place(items, bytes); }

std::vector<Held> Machine::placement(const StepKey& key) const {
  std::vector<Held> result;
  if (const State::Step* const step = std::as_const(*state_).find_step(key))
    for (const auto& [worker, items] : step->placed)
      for (const Items& range : items) result.push_back({range, worker});
  return result;
}

std::optional<StepKey> Machine::published(const std::string& name) const {
  const auto found = state_->names.find(name);
  return found == state_->names.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Machine::WorkerView> Machine::workers() const {
  std::map<WorkerId, std::int64_t> kept;
  for (const auto& [id, run] : state_->runs)
    for (const State::Step& step : run.steps) {
      // Finished values of reductions stay with the arrays that are made of them, in case a part of one is lost.
      if (!step.is_array() && !run.over) continue;
      for (const auto& [worker, items] : step.holders) kept[worker] += step.bytes_of(items);
    }
  std::vector<WorkerView> result;
  for (const auto& [id, w] : state_->workers)
    result.push_back({id, w.name, w.address, w.threads, w.memory_limit, w.reported_used, w.held,
                      static_cast<int>(w.ranges.size()), w.retiring, std::max<std::int64_t>(kept[id] - w.spilled, 0)});
  return result;
}

std::vector<Machine::RunListing> Machine::runs() const {
  std::vector<RunListing> result;
  for (const auto& [id, run] : state_->runs) result.push_back({id, run.client, state_->view(run)});
  return result;
}

std::vector<Machine::ArrayListing> Machine::arrays() const {
  std::vector<ArrayListing> result;
  for (const auto& [id, run] : state_->runs)
    for (const State::Step& step : run.steps)
      if (step.is_array() && step.wanted())
        result.push_back({step.key,
                          run.client,
                          {step.names.begin(), step.names.end()},
                          step.done.count() * step.spec.bytes_per_item});
  return result;
}

bool Machine::remembers(RunId run) const { return state_->runs.contains(run); }

bool Machine::has_handle(const StepKey& key, ClientId client) const {
  const auto* const step = std::as_const(*state_).find_step(key);
  return step && step->handles.count(client) != 0;
}
bool Machine::has_client(ClientId client) const { return state_->clients.count(client) != 0; }

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
