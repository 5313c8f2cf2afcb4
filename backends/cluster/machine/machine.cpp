#include "backends/cluster/machine/machine.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "backends/cluster/machine/machine_state.hpp"
#include "runtime/core/durations.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

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
  } while (!state_->touched.empty() || state_->resolve_shortage());
  return std::exchange(state_->commands, {});
}

namespace {

/// Returns the work items of a range as people read them: "work item 3", "work items 3 to 7".
std::string told(const ItemSet& items) {
  return items.count() == 1
             ? "work item " + std::to_string(items.front().first)
             : "work items " + std::to_string(items.front().first) + " to " + std::to_string(items.back().last - 1);
}

/// Counts work items once more, and returns the highest count that one of them has now.
int count_up(std::vector<ItemSet>& counts, const ItemSet& items) {
  ItemSet again = items;
  std::size_t times = 0;
  for (; !again.empty(); ++times) {
    if (counts.size() == times) counts.emplace_back();
    ItemSet before = counts[times].common(again);
    counts[times].add(again);
    again = std::move(before);
  }
  return static_cast<int>(times);
}

}  // namespace

// ---------------------------------------------------------------- runs, steps, workers and clients

std::string Machine::State::counted(std::int64_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

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

// ---------------------------------------------------------------- work items

std::int64_t Machine::State::Step::parts_of(const ItemSet& items) const {
  if (tiles <= 0) return items.count();
  if (items.count() == spec.items) return std::min(tiles, spec.items);
  const std::int64_t positions = (spec.items + tiles - 1) / tiles;
  const auto most = static_cast<std::int64_t>(2 + std::bit_width(static_cast<std::uint64_t>(positions)));
  if (spec.by_position) return std::min(items.count(), tiles * most);
  std::int64_t parts = 0;
  std::int64_t tile = -1;
  std::int64_t of_tile = 0;  // work items of it so far
  const auto count = [&](std::int64_t next, std::int64_t more) {
    if (next != tile) {
      const bool is_whole = of_tile == std::min(positions, spec.items - tile * positions);
      parts += is_whole ? 1 : std::min(of_tile, most);
      tile = next;
      of_tile = 0;
    }
    of_tile += more;
  };
  for (const Items& range : items) {
    const std::int64_t first = range.first / positions;
    const std::int64_t last = (range.last - 1) / positions;
    count(first, std::min(range.last, (first + 1) * positions) - range.first);
    if (last == first) continue;
    parts += last - first - 1;
    count(last, range.last - last * positions);
  }
  count(-1, 0);
  return parts;
}

void Machine::State::make_done(Step& step, const ItemSet& items) {
  const ItemSet fresh = items.without(step.done);
  if (fresh.empty()) return;
  step.done.add(fresh);
  unqueue(step, fresh);
  step.deferred.remove(fresh);
  const ItemSet elsewhere = step.assigned.common(fresh);
  if (elsewhere.empty()) return;
  step.assigned.remove(elsewhere);
  for (auto& [id, worker] : workers)
    for (auto& [ticket, range] : worker.ranges)
      if (range.key == step.key) range.open.remove(elsewhere);
}

void Machine::State::hold(Step& step, WorkerId worker, const ItemSet& items) {
  ItemSet taken = items;
  if (step.spec.kind != StepKind::combine) {
    ItemSet unwanted = items.common(step.done);
    if (const auto held = step.holders.find(worker); held != step.holders.end()) unwanted.remove(held->second);
    taken.remove(unwanted);
    for (const Items& range : unwanted) commands.emplace_back(Drop{worker, step.key, range});
  }
  if (taken.empty()) return;
  ItemSet& held = step.holders[worker];
  const std::int64_t before = step.bytes_of(held);
  held.add(taken);
  workers.at(worker).held += step.bytes_of(held) - before;
  make_done(step, taken);
}

ItemSet Machine::State::unhold(Step& step, WorkerId worker, const ItemSet& items) {
  const auto found = step.holders.find(worker);
  if (found == step.holders.end()) return {};
  ItemSet gone = found->second.common(items);
  const std::int64_t before = step.bytes_of(found->second);
  found->second.remove(gone);
  workers.at(worker).held += step.bytes_of(found->second) - before;
  if (found->second.empty()) step.holders.erase(found);
  for (auto other = step.holders.begin(); other != step.holders.end() && !gone.empty(); ++other)
    gone.remove(other->second);
  gone.remove(step.consumed);
  step.done.remove(gone);
  return gone;
}

void Machine::State::count_failure(Run& run, Step& step, const ItemSet& items, ErrorCode code, const std::string& why) {
  if (items.empty()) return;
  const int times = count_up(step.failures, items);
  step.retry_at = std::max(
      step.retry_at, now + options.worker_timeout * static_cast<double>(times - 1) / std::max(options.attempts, 1));
  if (times >= options.attempts)
    fail(run, step, items,
         {code,
          told(items) + " of step " + std::to_string(step.key.step) + " of " + run.describe + " failed " +
              std::to_string(times) + " times; the last time " + why,
          {}});
}

void Machine::State::count_loss(Run& run, Step& step, const ItemSet& items, const std::string& why) {
  if (now - step.lost_at > options.client_timeout) step.losses.clear();
  step.lost_at = now;
  const int times = count_up(step.losses, items);
  if (times < options.losses || step.spec.kind == StepKind::upload) return;
  fail(run, step, items,
       {ErrorCode::io,
        told(items) + " of step " + std::to_string(step.key.step) + " of " + run.describe + " was lost " +
            std::to_string(times) + " times where it lay; the last time by " + why +
            "; look after that disk, or start the worker with another folder to spill to",
        {}});
}

// ---------------------------------------------------------------- time

void Machine::State::on(const Tick&) {
  std::vector<WorkerId> silent;
  for (const auto& [id, worker] : workers)
    if (now - worker.heard > options.worker_timeout) silent.push_back(id);
  for (const WorkerId id : silent) {
    commands.emplace_back(Expel{id});
    lose_worker(id, "was lost, not heard of for " + seconds_text(options.worker_timeout) + " s", false);
  }
  for (auto& [id, worker] : workers)
    if (now >= worker.spills_again) worker.spill_is_full = false;  // its disk may take something again
  std::vector<ClientId> gone;
  for (const auto& [id, heard] : clients)
    if (now - heard > options.client_timeout) gone.push_back(id);
  for (const ClientId id : gone)
    lose_client(id, "was not heard of for " + seconds_text(options.client_timeout) + " s",
                "this program was not heard of for longer than the client timeout of " +
                    seconds_text(options.client_timeout) +
                    " s, as where it was stopped or its network was cut, and what it kept was released; persist it "
                    "again, or start the coordinator with a longer --client-timeout");

  for (auto& [id, run] : runs) {
    bool changed = false;
    if (run.opens && now >= *run.opens) run.opens.reset(), changed = true;
    for (Step& step : run.steps) {
      if (step.unconfirmed && now >= *step.unconfirmed) step.unconfirmed.reset(), changed = true;
      if (!step.stays.empty() && now >= step.copied_again) step.stays.clear();
      if (!step.deferred.empty() && now >= step.retry_at) step.deferred.clear(), changed = true;
    }
    const bool waits = std::ranges::any_of(run.steps, [](const Step& step) { return !step.deferred.empty(); });
    if (run.setback && !run.is_short && !waits) run.setback.reset(), changed = true;
    if (changed) touch(run);
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
