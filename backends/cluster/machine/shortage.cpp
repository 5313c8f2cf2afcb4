// Runs that lack memory, and arrays that cannot be made again at present: arrays that others have are kept, runs that
// can wait do so, and clients of those that cannot are told.
#include <algorithm>
#include <limits>
#include <utility>

#include "backends/cluster/machine/machine_state.hpp"
#include "chunkwise/core/untyped_array.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

std::string bytes(std::int64_t n) { return format_bytes(static_cast<double>(n)); }

/// The time for which an array that could not be made again is left alone, in worker timeouts.
constexpr Time rest = 1;

}  // namespace

bool Machine::State::is_remade(const Run& run) {
  return (run.was_complete || run.recovered) && std::ranges::any_of(run.steps, [](const Step& step) {
           return step.is_array() && (step.kept() || step.unconfirmed);
         });
}

Problem Machine::State::too_short(const Run& run) const {
  std::int64_t kept = 0;
  std::int64_t chunk = 0;
  std::int64_t held = 0;
  std::int64_t limit = 0;
  std::int64_t most_left = 0;
  bool full = false;
  for (const Step& step : run.steps) {
    if (step.spec.kind != StepKind::write || step.missing_count() == 0) continue;
    // Streamed chunks go as they come: one at a time is enough.
    if (step.is_array()) kept += step.missing_count() * step.spec.bytes_per_item;
    chunk = std::max(chunk, step.spec.bytes_per_item);
  }
  for (const auto& [id, worker] : workers) {
    held += worker.held - std::min(worker.spilled, worker.held) + worker.coming;
    limit += worker.memory_limit;
    full = full || worker.spill_is_full;
    if (!worker.retiring) most_left = std::max(most_left, worker.free());
  }
  return {ErrorCode::memory_limit,
          run.describe + " needs " + (kept > 0 ? bytes(kept) + " more for what it makes and " : "") +
              bytes(run.worker_memory) + " on a worker to make it" +
              (kept == 0 && chunk > 0 ? ", with " + bytes(chunk) + " for a chunk of the result" : "") +
              ", but the workers hold " + bytes(held) + " of " + bytes(limit) + ", none has more than " +
              bytes(most_left) + " left" + (full ? ", the disk of a folder to spill to is full," : "") +
              " and nothing is about to be released; let persisted arrays go, add workers, or give them a directory "
              "to spill to",
          {}};
}

// ---------------------------------------------------------------- memory

bool Machine::State::resolve_shortage() {
  if (open.empty() || staying() == 0 || release_to_come()) return false;
  for (const auto& [id, worker] : workers)
    if (!worker.ranges.empty() || !worker.copies.empty()) return false;
  Run* last = nullptr;
  std::vector<Run*> remade;
  for (const auto& [client, keys] : open)
    for (const StepKey& key : keys) {
      Run& run = runs.at(key.run);
      if (is_remade(run))
        remade.push_back(&run);
      else if (!last || run.id > last->id)
        last = &run;
    }
  if (last && step_back(*last)) return true;
  if (now < replaced_by) return false;
  if (last) {
    doom(*last, too_short(*last));
    return true;
  }
  bool any = false;
  for (Run* const run : remade) {
    if (std::exchange(run->is_short, true)) continue;
    run->setback = too_short(*run);
    log("run " + shown(run->id) + " waits for memory to make again what was lost of it: " + run->setback->message);
    any = true;
  }
  if (any) touch_all();  // their readers are told
  return any;
}

bool Machine::State::step_back(Run& run) {
  for (const auto& [client, keys] : open)
    for (const StepKey& key : keys)
      if (key.run < run.id && !std::ranges::count(run.behind, key.run) && !is_remade(runs.at(key.run)))
        run.behind.push_back(key.run);
  if (run.behind.empty()) return false;
  for (Step& step : run.steps) {
    if (step.spec.kind == StepKind::upload) continue;
    drop_products(step);
    for (const StepKey& key : step.spec.reads) touched.insert(key.run);
  }
  log("run " + shown(run.id) + " gives its memory to older runs, and begins again when one of them is over");
  touch(run);
  return true;
}

bool Machine::State::all_go_on(const std::vector<RunId>& older) const {
  return std::ranges::all_of(older, [this](RunId id) {
    const auto run = runs.find(id);
    return run != runs.end() && !run->second.over;
  });
}

void Machine::State::come_forward(Run& run) const {
  if (!all_go_on(run.behind)) run.behind.clear();
}

void Machine::State::release_those_behind() {
  for (const auto& [id, run] : runs)
    if (!run.behind.empty()) touch(run);
}

// ---------------------------------------------------------------- failures

void Machine::State::fail(Run& run, Step& step, const ItemSet& items, Problem problem) {
  if (!is_remade(run)) return doom(run, std::move(problem));
  log("run " + shown(run.id) + " is kept, but what was lost of it could not be made again: " + problem.message);
  run.setback = std::move(problem);
  run.is_short = false;
  for (ItemSet& failed : step.failures) failed.remove(items);
  step.deferred.add(items.without(step.done).without(step.assigned).without(step.queued));
  step.retry_at = std::max(step.retry_at, now + options.worker_timeout * rest);
  touch_all();  // its readers are told
}

void Machine::State::retry(Run& run) {
  if (!std::exchange(run.setback, std::nullopt)) return;
  run.is_short = false;
  for (Step& step : run.steps) step.deferred.clear();
}

const Problem* Machine::State::trouble_of(const Run& run) const {
  if (run.setback) return &*run.setback;
  for (const Step& step : run.steps) {
    if (!step.lacks()) continue;
    for (const StepKey& key : step.spec.reads) {
      const Step* const read = find_step(key);
      if (!read || read->all_done()) continue;
      if (const Problem* const trouble = trouble_of(runs.at(key.run))) return trouble;
    }
  }
  return nullptr;
}

std::optional<Problem> Machine::trouble(const StepKey& key) const {
  const State::Step* const step = std::as_const(*state_).find_step(key);
  if (!step || step->all_done()) return std::nullopt;
  const Problem* const problem = state_->trouble_of(state_->runs.at(key.run));
  return problem ? std::optional(*problem) : std::nullopt;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
