// Hands out work: missing work items are shared out among the workers; workers take pieces of their shares, and of
// others' when they have none.
#include <algorithm>
#include <limits>
#include <utility>

#include "backends/cluster/machine/machine_state.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// A worker takes one of so many pieces of its share at a time, until a piece is smaller than the grain.
constexpr std::int64_t pieces_of_a_share = 4;

/// A range of less work than this is not worth handing out to a worker whose CPUs all compute.
constexpr double least_seconds = 40e-3;

/// A worker's fair share is at least so many ranges, however short they are.
constexpr std::int64_t least_ranges = 2;

/// A worker keeps at most so many times its fair share of an array so that whole merge groups lie together: sending
/// what lies apart costs later runs far more than the larger share costs this one.
constexpr std::int64_t most_of_a_kept_share = 2;

/// Work items move to another worker if their owner needs so many times as long for its whole share as their inputs
/// need for the way.
constexpr double least_gain = 4;

/// The order in which a persisted array lies is not broken up if the owner of the share needs less than this, in
/// seconds.
constexpr double order_seconds = 1;

/// Bytes that a network is taken to move in a second. Memory is read thirty times as fast.
constexpr double moved_in_a_second = 1e9;

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Returns floor(a * b / c), with no overflow in between.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) { return a / c * b + a % c * b / c; }

/// Returns true if so many work items are enough for the shares of workers to begin at multiples of the step's `align`.
bool can_align(const StepSpec& step, std::int64_t items, std::size_t workers) {
  const std::int64_t most_of_a_share = step.persisted ? most_of_a_kept_share : 1;
  return most_of_a_share * items >= step.align * static_cast<std::int64_t>(workers);
}

/// Returns the work items of `follow` whose followed work items lie in `held`, which is a part of those that `follow`
/// follows.
Items followers(const StepSpec::Follow& follow, Items held) {
  const std::int64_t stride = follow.stride;
  const std::int64_t first = follow.items.first;
  if (stride == 0) return follow.items;
  if (stride > 0)
    return {first + divide_up(held.first - follow.item, stride), first + divide_up(held.last - follow.item, stride)};
  return {first + divide_up(follow.item - (held.last - 1), -stride), first + (follow.item - held.first) / -stride + 1};
}

}  // namespace

// ---------------------------------------------------------------- shares

void Machine::State::unqueue(Step& step, const ItemSet& items) {
  ItemSet here = step.queued.common(items);
  step.queued.remove(here);
  for (auto share = step.shares.begin(); share != step.shares.end() && !here.empty();) {
    const ItemSet found = share->second.common(here);
    share->second.remove(found);
    here.remove(found);
    share = share->second.empty() ? step.shares.erase(share) : std::next(share);
  }
}

void Machine::State::place_upload(Step& step) {
  if (step.was_placed || staying() == 0) return;
  step.was_placed = true;
  for (const Held& held : place(step.spec.items, step.spec.items * step.spec.bytes_per_item)) {
    step.placed[held.worker].add(held.items);
    step.assigned.add(held.items);
    workers.at(held.worker).coming += step.bytes_of(held.items);
    runs.at(step.key.run).told.insert(held.worker);
  }
}

void Machine::State::queue(Run& run, Step& step) {
  if (step.missing_count() == step.queued.count() + step.deferred.count()) return;
  std::vector<WorkerId> able;
  for (const auto& [id, worker] : workers)
    if (run.worker_memory <= worker.memory_limit && !worker.retiring) able.push_back(id);
  // If no worker is able, the run waits in the share of any; schedule() hands nothing of it out.
  if (able.empty())
    for (const auto& [id, worker] : workers) able.push_back(id);
  if (able.empty()) return;
  ItemSet items({0, step.spec.items});
  items.remove(step.done);
  items.remove(step.assigned);
  items.remove(step.deferred);
  items.remove(step.queued);
  step.queued.add(items);
  if (step.spec.follows) share_by_follow(step, items, able);
  if (!items.empty()) share_evenly(step, std::move(items), able);
}

void Machine::State::share_by_follow(Step& step, ItemSet& items, const std::vector<WorkerId>& able) {
  const Step* const followed = find_step(*step.spec.follows);
  if (!followed) return;
  for (const StepSpec::Follow& follow : step.spec.follow) {
    ItemSet here = items.common(follow.items);
    const std::int64_t end = follow.item + follow.stride * (follow.items.count() - 1);
    const Items all{std::min(follow.item, end), std::max(follow.item, end) + 1};
    for (const WorkerId id : able) {
      if (here.empty()) break;
      const auto holder = followed->holders.find(id);
      if (holder == followed->holders.end()) continue;
      for (const Items& held : holder->second.common(all)) {
        const ItemSet taken = here.common(followers(follow, held));
        if (taken.empty()) continue;
        step.shares[id].add(taken);
        here.remove(taken);
        items.remove(taken);
      }
    }
  }
}

void Machine::State::share_evenly(Step& step, ItemSet items, const std::vector<WorkerId>& able) {
  // No share is too small to be worth a range: if there are few work items, workers that have less to do get them.
  std::vector<WorkerId> sharers = able;
  const auto most = static_cast<std::size_t>(
      std::clamp<std::int64_t>(items.count() / step.spec.grain, 1, static_cast<std::int64_t>(able.size())));
  if (most < sharers.size()) {
    std::ranges::stable_sort(sharers, {}, [&](WorkerId id) { return workers.at(id).ranges.size(); });
    sharers.resize(most);
    std::ranges::sort(sharers);
  }
  std::int64_t total = 0;
  for (const WorkerId id : sharers) total += workers.at(id).threads;
  const std::int64_t count = items.count();
  const std::int64_t align = can_align(step.spec, count, most) ? step.spec.align : 1;
  // A border at a multiple of `align`, and none in front of less than half of that.
  const std::int64_t last = items.back().last;
  const auto aligned = [&](std::int64_t end) {
    const std::int64_t border = (end + align / 2) / align * align;
    return last - border < align / 2 ? last : border;
  };
  std::int64_t before = 0;
  std::vector<std::int64_t> ends;
  for (const WorkerId id : sharers) {
    before += workers.at(id).threads;
    const std::int64_t rank = scaled(count, before, total);
    ends.push_back(rank < count ? aligned(items.nth(rank)) : last);
  }
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < sharers.size(); ++i) {
    const ItemSet share = items.common(Items{begin, ends[i]});
    if (!share.empty()) step.shares[sharers[i]].add(share);
    begin = std::max(begin, ends[i]);
  }
}

void Machine::State::list_open(const Run& run, const Step& step) {
  if (step.startable && !step.queued.empty()) {
    open[run.client].insert(step.key);
  } else if (const auto found = open.find(run.client); found != open.end()) {
    found->second.erase(step.key);
    if (found->second.empty()) open.erase(found);
  }
}

// ---------------------------------------------------------------- ranges

std::int64_t Machine::State::to_work(const Run& run, WorkerId worker) const {
  // The bound counts states and finished values of reductions too.
  std::int64_t there = 0;
  for (const Step& step : run.steps)
    if (step.spec.kind == StepKind::combine || step.spec.kind == StepKind::reduce)
      if (const auto held = step.holders.find(worker); held != step.holders.end()) there += step.bytes_of(held->second);
  return std::max<std::int64_t>(run.worker_memory - there, 0);
}

std::int64_t Machine::State::left(WorkerId id, const Worker& worker, std::int64_t working) const {
  RunId last = 0;
  for (const auto& [ticket, range] : worker.ranges) {
    if (range.key.run == last) continue;
    last = range.key.run;
    working = std::max(working, to_work(runs.at(last), id));
  }
  return worker.free() - working;
}

std::int64_t Machine::State::room(WorkerId id, const Worker& worker, const Run& run, const Step& step) const {
  constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
  if (run.worker_memory > worker.memory_limit) return 0;
  const std::int64_t working = to_work(run, id);
  const std::int64_t item_bytes = step.spec.kind == StepKind::write ? step.spec.bytes_per_item : 0;
  // Chunks are spilled when they are complete: those of the worker's ranges have to fit.
  if (worker.spills())
    return item_bytes > 0
               ? std::max<std::int64_t>((worker.memory_limit - working) / options.ranges_per_worker / 2 / item_bytes, 1)
               : any;
  const std::int64_t free = left(id, worker, working);
  if (free < 0) return 0;
  return item_bytes > 0 ? free / item_bytes : any;
}

void Machine::State::schedule() {
  // First each worker takes from its own share, those with least to do first; only then from others'.
  for (const bool steal : {false, true})
    for (std::size_t load = 0; static_cast<int>(load) <= options.ranges_per_worker; ++load) {
      if (static_cast<int>(load) == options.ranges_per_worker && !some_would_be_first()) break;
      const auto found = by_ranges.find(load);
      if (found == by_ranges.end()) continue;
      // A worker that is given a range leaves the list: a copy is walked.
      for (const WorkerId id : std::vector<WorkerId>(found->second.begin(), found->second.end())) {
        if (open.empty()) return;
        assign_one(id, workers.at(id), steal);
      }
    }
}

bool Machine::State::some_would_be_first() const {
  return std::ranges::any_of(open, [this](const auto& entry) {
    const auto found = served.find(entry.first);
    return found == served.end() || found->second < workers.size();
  });
}

bool Machine::State::assign_one(WorkerId id, Worker& worker, bool steal) {
  if (worker.retiring) return false;
  std::vector<std::pair<std::int64_t, ClientId>> order;
  for (const auto& [client, keys] : open) {
    const auto turn = turns.find(client);
    order.emplace_back(turn == turns.end() ? 0 : turn->second, client);
  }
  std::ranges::sort(order);
  for (const auto& [turn, client] : order) {
    // A client for which it would be the first range here gets one more than the usual number.
    if (static_cast<int>(worker.ranges.size()) >= options.ranges_per_worker && worker.works_for(client)) continue;
    for (const StepKey& key : open.at(client)) {
      Run& run = runs.at(key.run);
      Step& step = *find_step(key);
      const std::int64_t most = room(id, worker, run, step);
      if (most <= 0) continue;
      WorkerId owner = 0;
      if (const std::optional<Items> items = pick(step, id, worker, most, steal, owner)) {
        assign(id, worker, run, step, *items, owner);
        return true;
      }
    }
  }
  return false;
}

std::optional<Items> Machine::State::pick(const Step& step, WorkerId id, const Worker& worker, std::int64_t room,
                                          bool steal, WorkerId& owner) const {
  auto share = step.shares.find(id);
  if (steal) {
    share = step.shares.end();
    for (auto other = step.shares.begin(); other != step.shares.end(); ++other)
      if (other->first != id && (share == step.shares.end() || other->second.count() > share->second.count()))
        share = other;
  }
  if (share == step.shares.end()) return std::nullopt;
  owner = share->first;
  const Items span = steal ? share->second.back() : share->second.front();
  const std::int64_t grain = least_range(step, worker);
  std::int64_t count =
      std::max(grain, divide_up(scaled(step.queued.count(), worker.threads, threads), pieces_of_a_share));
  if (span.count() < count + grain) count = span.count();  // nothing smaller than the grain is left behind
  count = std::min(count, room);
  if (count < span.count() && step.spec.align > 1) {
    const std::int64_t align = step.spec.align;
    const std::int64_t aligned = steal ? span.last - divide_up(span.last - count, align) * align
                                       : (span.first + count) / align * align - span.first;
    if (aligned >= grain) count = aligned;
  }
  if (!steal) return Items{span.first, span.first + count};
  // Work items that their owner has no room for have no neighbours there.
  const auto working = workers.find(owner);
  const bool has_room = working != workers.end() && !working->second.retiring &&
                        this->room(owner, working->second, runs.at(step.key.run), step) > 0;
  if (has_room && !worth_moving(step, owner, count)) return std::nullopt;
  const bool breaks_order = (span.last - count) % step.spec.align != 0 || count < step.spec.align / 2;
  if (has_room && breaks_order && keeps_order(step, owner)) return std::nullopt;
  return Items{span.last - count, span.last};
}

double Machine::State::seconds_an_item(const Step& step) const {
  // Before the first range is done, its work items take as long as they have taken so far.
  const auto done =
      static_cast<double>(std::max<std::int64_t>(step.done.empty() ? step.assigned.count() : step.done.count(), 1));
  return (now - step.begun) * static_cast<double>(workers.size()) / done;
}

std::int64_t Machine::State::least_range(const Step& step, const Worker& worker) const {
  // Fewer work items than the worker has threads would leave some threads without work.
  std::int64_t items = worker.threads;
  if (const double seconds = seconds_an_item(step); seconds > 0 && !step.done.empty())
    items = std::max(items, static_cast<std::int64_t>(std::min(least_seconds / seconds, 1e6)));
  const std::int64_t fair = step.spec.items / static_cast<std::int64_t>(std::max<std::size_t>(workers.size(), 1));
  return std::max(step.spec.grain, std::min(items, fair / least_ranges));
}

bool Machine::State::keeps_order(const Step& step, WorkerId owner) const {
  if (!step.spec.persisted || !can_align(step.spec, step.spec.items, workers.size())) return false;
  return static_cast<double>(step.shares.at(owner).count()) * seconds_an_item(step) < order_seconds;
}

bool Machine::State::worth_moving(const Step& step, WorkerId owner, std::int64_t count) const {
  const Step* const read = step.spec.follows ? find_step(*step.spec.follows) : nullptr;
  const auto working = workers.find(owner);
  if (!read || working == workers.end() || working->second.ranges.empty()) return true;
  const double bytes_an_item = static_cast<double>(read->spec.items) * static_cast<double>(read->spec.bytes_per_item) /
                               static_cast<double>(step.spec.items);
  const double by_owner = static_cast<double>(step.shares.at(owner).count()) * seconds_an_item(step);
  return by_owner > least_gain * static_cast<double>(count) * bytes_an_item / moved_in_a_second;
}

void Machine::State::assign(WorkerId id, Worker& worker, Run& run, Step& step, Items items, WorkerId owner) {
  const auto share = step.shares.find(owner);
  share->second.remove(items);
  if (share->second.empty()) step.shares.erase(share);
  step.queued.remove(items);
  if (step.assigned.empty() && step.done.empty()) step.begun = now;
  step.assigned.add(items);
  const std::int64_t ticket = ++worker.last_ticket;
  const std::int64_t bytes = step.spec.kind == StepKind::write ? step.bytes_of(items) : 0;
  give_range(id, worker, ticket, {step.key, items, ItemSet(items), run.client, bytes, run.worker_memory});
  run.told.insert(id);
  if (std::exchange(run.is_short, false)) run.setback.reset();
  turns[run.client] = ++last_turn;
  Assign command{id, ticket, step.key, items, {}};
  for (const std::int32_t needed : step.spec.needs)
    command.inputs.push_back(lie(run.steps[static_cast<std::size_t>(needed)], id, id + ticket));
  for (const StepKey& key : step.spec.reads) command.inputs.push_back(lie(*find_step(key), id, id + ticket));
  commands.emplace_back(std::move(command));
  list_open(run, step);
}

Inputs Machine::State::lie(const Step& step, WorkerId preferred, std::int64_t salt) const {
  Inputs inputs{step.key, {}};
  ItemSet rest({0, step.spec.items});
  const auto take = [&](WorkerId worker, const ItemSet& held) {
    for (const Items& found : rest.common(held)) {
      inputs.ranges.push_back({found, worker});
      rest.remove(found);
    }
  };
  if (const auto own = step.holders.find(preferred); own != step.holders.end()) take(preferred, own->second);
  if (!rest.empty() && !step.holders.empty()) {
    // Many workers hold the same finished values: each reader begins with another of them.
    const auto begin = std::next(step.holders.begin(), salt % static_cast<std::int64_t>(step.holders.size()));
    for (auto holder = begin; holder != step.holders.end() && !rest.empty(); ++holder)
      take(holder->first, holder->second);
    for (auto holder = step.holders.begin(); holder != begin && !rest.empty(); ++holder)
      take(holder->first, holder->second);
  }
  std::ranges::sort(inputs.ranges, {}, [](const Held& held) { return held.items.first; });
  return inputs;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
