#pragma once
/// A coordinator's machine told event by event, with what it said to the last one and what workers have in hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "backends/cluster/machine/machine.hpp"

namespace chunkwise_test {

using namespace chunkwise::cluster;  // NOLINT: a test's vocabulary

inline StepSpec write_step(std::int64_t items, std::int64_t bytes_per_item = 1) {
  StepSpec step;
  step.items = step.elements = items;
  step.bytes_per_item = bytes_per_item;
  return step;
}

inline StepSpec persist_step(std::int64_t items, std::int64_t bytes_per_item = 1) {
  StepSpec step = write_step(items, bytes_per_item);
  step.persisted = true;
  return step;
}

inline StepSpec upload_step(std::int64_t items, std::int64_t bytes_per_item = 1) {
  StepSpec step = write_step(items, bytes_per_item);
  step.kind = StepKind::upload;
  return step;
}

/// Steps 0 and 1 of a run: a reduction of `items` chunks to `tiles` tiles of outputs.
inline std::vector<StepSpec> reduction(std::int64_t items, std::int64_t tiles) {
  StepSpec reduce = write_step(items);
  reduce.kind = StepKind::reduce;
  StepSpec combine = write_step(tiles);
  combine.kind = StepKind::combine;
  combine.needs = {0};
  return {reduce, combine};
}

inline bool says(const Problem& problem, const std::string& text) {
  return problem.message.find(text) != std::string::npos;
}

inline std::vector<StepSpec> z_score(std::int64_t items, std::int64_t tiles, bool persisted) {
  std::vector<StepSpec> steps = reduction(items, tiles);
  steps.push_back(persisted ? persist_step(items) : write_step(items));
  steps.back().needs = {1};
  return steps;
}

class Story {
 public:
  static constexpr std::int64_t plenty = 1'000'000'000;

  explicit Story(MachineOptions options = {}) : machine(options) {}

  Machine machine;
  Time now = 0;
  std::vector<Command> said;       // to the last event
  std::vector<Assign> in_hand;     // ranges that workers were given, oldest first
  std::vector<std::string> lines;  // of the log

  /// Tells an event, and holds the machine to its rules.
  Story& tell(const Event& event) {
    said = machine.handle(event, now);
    for (const Command& command : said) {
      if (const auto* assign = std::get_if<Assign>(&command)) in_hand.push_back(*assign);
      if (const auto* forget = std::get_if<ForgetRun>(&command))
        std::erase_if(in_hand, [&](const Assign& a) { return a.worker == forget->worker && a.key.run == forget->run; });
      if (const auto* log = std::get_if<Log>(&command)) lines.push_back(log->line);
    }
    EXPECT_NO_THROW(machine.check());
    return *this;
  }

  /// What it said of one kind.
  template <class C>
  [[nodiscard]] std::vector<C> all() const {
    std::vector<C> result;
    for (const Command& command : said)
      if (const auto* c = std::get_if<C>(&command)) result.push_back(*c);
    return result;
  }

  void join(WorkerId id, int threads = 1, std::int64_t memory = plenty, bool can_spill = false) {
    tell(WorkerJoined{id, "w" + std::to_string(id), "host:" + std::to_string(id), threads, memory, can_spill, {}});
  }
  void join(std::vector<WorkerId> ids) {
    for (const WorkerId id : ids) join(id);
  }
  void lose(WorkerId id) {
    std::erase_if(in_hand, [&](const Assign& a) { return a.worker == id; });
    tell(WorkerGone{id, false});
  }

  void submit(RunId run, std::vector<StepSpec> steps, ClientId client = 1, std::int64_t worker_memory = 0) {
    tell(ClientJoined{client});
    tell(RunSubmitted{{run, client, std::move(steps), worker_memory, "array of run " + std::to_string(run)}});
  }

  void done(const Assign& range) {
    const Assign copy = range;
    std::erase_if(in_hand, [&](const Assign& a) { return a.worker == copy.worker && a.ticket == copy.ticket; });
    tell(RangeDone{copy.worker, copy.ticket, copy.key, copy.items, copy.items.count(), {}});
  }
  void fail(const Assign& range, const std::string& why, WorkerId unreachable = 0) {
    const Assign copy = range;
    std::erase_if(in_hand, [&](const Assign& a) { return a.worker == copy.worker && a.ticket == copy.ticket; });
    tell(RangeFailed{copy.worker, copy.ticket, copy.key, copy.items, {chunkwise::ErrorCode::io, why, ""}, unreachable});
  }
  /// Ranges are done one after the other, the oldest first, until no worker has any, or one is of a step that is not to
  /// be begun.
  void work(StepKey until = {}) {
    for (int n = 0; n < 100'000 && !in_hand.empty() && in_hand.front().key != until; ++n) done(in_hand.front());
  }

  void pass(Time seconds, const std::vector<WorkerId>& heard = {}) {
    now += seconds;
    for (const WorkerId id : heard) tell(WorkerHeard{id});
    tell(Tick{});
  }

  [[nodiscard]] std::vector<Assign> of_worker(WorkerId id) const {
    std::vector<Assign> result;
    for (const Assign& a : in_hand)
      if (a.worker == id) result.push_back(a);
    return result;
  }
  [[nodiscard]] std::vector<Assign> of_step(StepKey key) const {
    std::vector<Assign> result;
    for (const Assign& a : in_hand)
      if (a.key == key) result.push_back(a);
    return result;
  }
  /// Where an array lies that is there.
  [[nodiscard]] std::vector<Held> lies(StepKey key) const { return machine.locate(key).value().ranges; }
  [[nodiscard]] RunView::State state(RunId run) const { return machine.view(run).value().state; }
  [[nodiscard]] bool logged(const std::string& text) const {
    return std::ranges::any_of(lines, [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }
  /// Work items in hand of a step.
  [[nodiscard]] ItemSet items_of(StepKey key) const {
    ItemSet items;
    for (const Assign& a : of_step(key)) items.add(a.items);
    return items;
  }
};

}  // namespace chunkwise_test
