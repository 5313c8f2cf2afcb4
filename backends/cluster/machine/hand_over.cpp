// Workers that retire: products that one alone holds are copied to others, as long as these have room and the worker
// is still there. Streamed chunks are left for their client to fetch.
#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "backends/cluster/machine/machine_state.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// Copies that a worker makes at a time.
constexpr std::size_t copies_at_a_time = 2;
/// Bytes of a copy, unless a work item has more.
constexpr std::int64_t copied_bytes = std::int64_t{8} << 20;
/// Seconds until products that could not be copied are tried again.
constexpr Time copied_again = 1;

}  // namespace

void Machine::State::on(const WorkerRetires& event) {
  Worker* const worker = hear(event.worker);
  if (!worker || std::exchange(worker->retiring, true)) return;
  retiring.insert(event.worker);
  while (!worker->ranges.empty()) {
    const auto& [ticket, range] = *worker->ranges.begin();
    take_range(event.worker, ticket, StepKey(range.key));
  }
  while (!worker->copies.empty()) take_copy(event.worker, worker->copies.begin()->first);
  for (auto& [id, run] : runs)
    for (Step& step : run.steps)
      if (const auto share = step.shares.find(event.worker); share != step.shares.end())
        unqueue(step, ItemSet(share->second));
  replaced_by = now + options.replacement;
  log("worker " + worker->name + " is asked to end, and hands over what it holds");
  touch_all();
}

ItemSet Machine::State::alone(const Step& step, WorkerId holder) const {
  const auto held = step.holders.find(holder);
  if (held == step.holders.end()) return {};
  ItemSet items = held->second;
  for (const auto& [other, theirs] : step.holders)
    if (other != holder && !workers.at(other).retiring) items.remove(theirs);
  return items;
}

WorkerId Machine::State::heir(const Step& step, std::int64_t& items) const {
  WorkerId found = 0;
  std::int64_t most = 0;
  bool failed = false;
  for (const auto& [id, worker] : workers) {
    if (worker.retiring || worker.copies.size() >= copies_at_a_time) continue;
    const std::int64_t free = left(id, worker, 0);
    if (!worker.spills() && free < step.spec.bytes_per_item) continue;
    const std::int64_t rank = std::max<std::int64_t>(free, 0) / (1 + static_cast<std::int64_t>(worker.copies.size()));
    // A worker that failed lately is asked only if there is no other.
    const bool has_failed = now < worker.copies_again;
    if (found != 0 && (has_failed != failed ? has_failed : rank <= most)) continue;
    found = id;
    most = rank;
    failed = has_failed;
    const std::int64_t room = worker.spills() ? copied_bytes : std::min(free, copied_bytes);
    items = std::max<std::int64_t>(step.spec.bytes_per_item > 0 ? room / step.spec.bytes_per_item : items, 1);
  }
  return found;
}

std::optional<std::vector<const Machine::State::Step*>> Machine::State::made_of(const Step& step) const {
  if (step.spec.kind == StepKind::upload) return std::nullopt;
  std::vector<const Step*> found{&step};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto add = [&](const Step* other) {
      if (std::ranges::find(found, other) == found.end()) found.push_back(other);
    };
    for (const StepKey& key : found[i]->spec.reads) {
      const Step* const read = find_step(key);
      if (!read) return std::nullopt;
      add(read);
    }
    const Run& run = runs.at(found[i]->key.run);
    for (const std::int32_t needed : found[i]->spec.needs) add(&run.steps[static_cast<std::size_t>(needed)]);
  }
  return found;
}

void Machine::State::hand_over() {
  // Products that can be made again take neither room nor time from those that would be lost for ever.
  for (const bool again : {false, true}) {
    bool waits = false;
    for (const WorkerId id : retiring)
      for (auto& [run_id, run] : runs)
        for (Step& step : run.steps) {
          if (!step.retained || step.is_streamed() || can_be_made_again(step) != again) continue;
          hand_over(id, run, step);
          // A product that fits nowhere keeps no other back.
          waits = waits || (!alone(step, id).empty() && (!step.copying.empty() || fits_somewhere(step)));
        }
    if (waits) return;
  }
}

bool Machine::State::fits_somewhere(const Step& step) const {
  return std::ranges::any_of(workers, [&](const auto& entry) {
    const auto& [id, worker] = entry;
    return !worker.retiring && (worker.spills() || left(id, worker, 0) >= step.spec.bytes_per_item);
  });
}

bool Machine::State::is_safe_to_drop(const Step& step) const {
  const auto sources = made_of(step);
  if (!step.spec.persisted || !step.retained || !sources) return false;
  return std::ranges::all_of(*sources, [this](const Step* source) {
    if (source->spec.kind != StepKind::upload) return true;
    ItemSet stay;
    for (const auto& [id, held] : source->holders)
      if (!workers.at(id).retiring) stay.add(held);
    return stay.count() == source->spec.items;
  });
}

bool Machine::State::make_way(const Step& step, std::int64_t items) {
  const std::int64_t item_bytes = std::max<std::int64_t>(step.spec.bytes_per_item, 1);
  const std::int64_t wanted =
      std::max(std::min(items * item_bytes, copied_bytes / item_bytes * item_bytes), item_bytes);
  struct Given {
    Step* step;
    ItemSet items;
    std::int64_t bytes;
  };
  for (auto& [id, worker] : workers) {
    if (worker.retiring || worker.spills() || worker.copies.size() >= copies_at_a_time) continue;
    std::int64_t lacking = wanted - left(id, worker, 0);
    std::int64_t least = item_bytes - left(id, worker, 0);
    std::vector<Given> given;
    for (auto& [run_id, run] : runs)
      for (Step& other : run.steps) {
        const auto held = other.holders.find(id);
        if (lacking <= 0 || held == other.holders.end() || other.spec.bytes_per_item <= 0 || !is_safe_to_drop(other))
          continue;
        const std::int64_t count =
            std::min(held->second.count(), (lacking + other.spec.bytes_per_item - 1) / other.spec.bytes_per_item);
        const std::int64_t from = held->second.nth(held->second.count() - count);
        given.push_back(
            {&other, held->second.common(Items{from, other.spec.items}), count * other.spec.bytes_per_item});
        lacking -= given.back().bytes;
        least -= given.back().bytes;
      }
    if (given.empty() || least > 0) continue;
    for (const Given& one : given) {
      Run& run = runs.at(one.step->key.run);
      for (const Items& range : one.items) commands.emplace_back(Drop{id, one.step->key, range});
      unhold(*one.step, id, one.items);
      one.step->lost_with = worker.name;
      one.step->lost_how = "it made way for what cannot be made again";
      log("worker " + worker.name + " drops " + counted(one.items.count(), "work item") + " of " + run.describe +
          ", which can be made again, for " + runs.at(step.key.run).describe + ", which cannot");
      touch(run);
    }
    return true;
  }
  return false;
}

void Machine::State::hand_over(WorkerId from, Run& run, Step& step) {
  ItemSet items = alone(step, from).without(step.copying).without(step.stays);
  while (!items.empty()) {
    std::int64_t count = items.front().count();
    WorkerId to = heir(step, count);
    if (to == 0 && !fits_somewhere(step) && !can_be_made_again(step) && make_way(step, count)) to = heir(step, count);
    if (to == 0) return;
    const Items piece{items.front().first, std::min(items.front().last, items.front().first + count)};
    items.remove(piece);
    step.copying.add(piece);
    Worker& worker = workers.at(to);
    const std::int64_t ticket = ++worker.last_ticket;
    const Copying copying{step.key, {piece, from}, step.bytes_of(piece)};
    worker.coming += copying.bytes;
    worker.copies.emplace(ticket, copying);
    run.told.insert(to);
    commands.emplace_back(Copy{to, ticket, step.key, {piece, from}});
  }
}

std::optional<Machine::State::Copying> Machine::State::take_copy(WorkerId id, std::int64_t ticket) {
  const auto worker = workers.find(id);
  if (worker == workers.end()) return std::nullopt;
  const auto found = worker->second.copies.find(ticket);
  if (found == worker->second.copies.end()) return std::nullopt;
  Copying copy = found->second;
  worker->second.copies.erase(found);
  worker->second.coming -= copy.bytes;
  find_step(copy.key)->copying.remove(copy.held.items);
  touch(runs.at(copy.key.run));
  return copy;
}

void Machine::State::on(const CopyDone& event) {
  hear(event.worker);
  const std::optional<Copying> copy = take_copy(event.worker, event.ticket);
  if (!copy) return;
  Step& step = *find_step(copy->key);
  const ItemSet items(copy->held.items);
  // If only one worker may hold the work items, it is the one that stays.
  if (step.spec.kind != StepKind::combine) unhold(step, copy->held.worker, items);
  hold(step, event.worker, items);
}

void Machine::State::on(const CopyFailed& event) {
  hear(event.worker);
  const std::optional<Copying> copy = take_copy(event.worker, event.ticket);
  if (!copy) return;
  Step& step = *find_step(copy->key);
  step.stays.add(copy->held.items);
  step.copied_again = workers.at(event.worker).copies_again = now + copied_again;
}

bool Machine::State::handing_over(WorkerId id) const {
  const auto worker = workers.find(id);
  if (worker == workers.end() || !worker->second.retiring) return false;
  const bool copies = std::ranges::any_of(workers, [](const auto& w) { return !w.second.copies.empty(); });
  for (const auto& [run_id, run] : runs)
    for (const Step& step : run.steps) {
      if (step.placed.count(id)) return true;
      const auto held = step.holders.find(id);
      if (held == step.holders.end()) continue;
      if (step.is_streamed()) return true;
      const ItemSet left = alone(step, id);
      if (copies && !left.without(step.stays).empty()) return true;
      // Products that would be lost for ever wait for others to have room, as long as their worker stays.
      if (step.retained && staying() > 0 && !left.empty() && !can_be_made_again(step)) return true;
    }
  return false;
}

bool Machine::handing_over(WorkerId worker) const { return state_->handing_over(worker); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
