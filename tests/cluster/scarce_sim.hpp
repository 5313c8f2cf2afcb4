#pragma once
/// A cluster whose workers have little memory: what they hold is counted as they would count it, chunks are lost where
/// they lie, and runs come to an end though nobody brings more memory.
#include <algorithm>
#include <bit>

#include "tests/cluster/cluster_sim.hpp"

namespace chunkwise_test {

class ScarceSim : public ClusterSim {
 public:
  explicit ScarceSim(std::uint64_t seed) : ClusterSim(seed) {}

  void step(bool trouble) {
    if (trouble && choose(12) == 0)
      lose_chunks();
    else
      ClusterSim::step(trouble);
    check_memory();
    check_handles();
  }

  /// Nobody comes but one more of the same kind. Where nothing goes on, clients let go of one array after the other.
  void come_to_an_end() {
    join(most_memory);
    int idle = 0;
    for (int round = 0; round < 20'000; ++round) {
      if (progress()) {
        idle = 0;
        continue;
      }
      if (is_over()) return;
      tick(1);
      if (++idle < patience) continue;
      idle = 0;
      let_go();
    }
    std::string states;
    for (const Machine::RunListing& run : machine_.runs())
      states += " " + std::to_string(run.id) + ":" + std::to_string(static_cast<int>(run.view.state));
    expect(false, "no run waits for ever, but runs are" + states);
  }

 private:
  static constexpr std::int64_t most_memory = 250;
  static constexpr int patience = 45;  // longer than the replacement of a worker is waited for

  std::int64_t memory_of_a_worker(bool) override { return 40 + choose(most_memory - 40); }

  [[nodiscard]] bool may_retire(bool trouble) const override {
    std::size_t stay = 0;
    for (const auto& [id, worker] : workers_) stay += is_up(worker) && !worker.retiring;
    return trouble && stay >= 2;
  }

  /// Work is bounded as plans bound it: with the states and finished values of reductions.
  void make_spec(RunSpec& run) override {
    for (std::size_t s = 0; s < run.steps.size(); ++s) {
      StepSpec& step = run.steps[s];
      step.bytes_per_item = 1 + choose(4);
      if (step.kind == StepKind::reduce || step.kind == StepKind::combine)
        run.worker_memory += most_bytes(run, s, ItemSet({0, step.items}));
    }
  }

  /// Bytes of work items of a step that lie on one worker; of a reduction the states that part of it may come to.
  [[nodiscard]] static std::int64_t most_bytes(const RunSpec& run, std::size_t s, const ItemSet& items) {
    const StepSpec& step = run.steps.at(s);
    if (step.kind != StepKind::reduce) return items.count() * step.bytes_per_item;
    const std::int64_t tiles = run.steps.at(s + 1).items;
    if (tiles == 0 || step.items == 0) return items.count() * step.bytes_per_item;
    const std::int64_t positions = (step.items + tiles - 1) / tiles;
    const auto most = static_cast<std::int64_t>(2 + std::bit_width(static_cast<std::uint64_t>(positions)));
    return std::min(items.count(), tiles * most) * step.bytes_per_item;
  }
  [[nodiscard]] std::int64_t bytes_of(const StepKey& key, const ItemSet& items) const {
    return most_bytes(specs_.at(key.run), static_cast<std::size_t>(key.step), items);
  }
  [[nodiscard]] const StepSpec& spec_of(const StepKey& key) const {
    return specs_.at(key.run).steps.at(static_cast<std::size_t>(key.step));
  }

  /// Bytes of chunks that a worker holds, makes or fetches, and of finished values. States of reductions, of which only
  /// a bound is known here, are left out.
  [[nodiscard]] std::int64_t used(const SimWorker& worker) const {
    std::int64_t bytes = 0;
    for (const auto& [key, items] : worker.holds)
      if (spec_of(key).kind != StepKind::reduce) bytes += bytes_of(key, items);
    for (const auto& [ticket, range] : worker.ranges)
      if (spec_of(range.key).kind == StepKind::write) bytes += bytes_of(range.key, ItemSet(range.items));
    for (const auto& [ticket, copy] : worker.copies)
      if (spec_of(copy.key).kind != StepKind::reduce) bytes += bytes_of(copy.key, ItemSet(copy.held.items));
    return bytes;
  }

  void was_assigned(const Assign& a) override {
    const SimWorker& worker = workers_.at(a.worker);
    // Of one that vanished without a word nobody knows what it has.
    if (worker.can_spill || worker.vanished || spec_of(a.key).kind != StepKind::write) return;
    expect(used(worker) <= worker.memory, "worker " + std::to_string(a.worker) +
                                              ", which is given chunks to make, has memory for them: " +
                                              std::to_string(used(worker)) + " of " + std::to_string(worker.memory));
  }

  /// A stream fails for want of memory only where kept arrays leave no worker enough for it.
  void was_failed(const RunFailed& f) override {
    if (f.problem.code != chunkwise::ErrorCode::memory_limit) return;
    ++short_of_memory_;
    const RunSpec& run = specs_.at(f.run);
    std::int64_t chunk = 0;
    for (const StepSpec& step : run.steps) {
      if (step.persisted || step.kind == StepKind::upload || !step.reads.empty()) return;
      if (step.kind == StepKind::write) chunk = std::max(chunk, step.bytes_per_item);
    }
    // An array that is made again keeps what its reductions have come to.
    for (const Machine::RunListing& other : machine_.runs())
      if (other.view.state != RunView::State::finished) return;
    for (const Machine::WorkerView& worker : machine_.workers())
      expect(worker.retiring || worker.memory_limit - worker.kept < run.worker_memory + chunk,
             "a stream that a worker has memory for is not refused: " + f.problem.message);
  }

  // ---- what holds at any time

  /// What the machine counts is what workers have: nothing is forgotten that a worker was not told to drop.
  void check_memory() const {
    for (const Machine::WorkerView& view : machine_.workers()) {
      const SimWorker& worker = workers_.at(view.id);
      // One that is about to go keeps what others have a copy of.
      if (!is_up(worker) || worker.expelled || worker.retiring) continue;
      std::int64_t chunks = 0;
      std::int64_t states = 0;
      for (const auto& [key, items] : worker.holds)
        (spec_of(key).kind == StepKind::reduce ? states : chunks) += bytes_of(key, items);
      expect(view.held >= chunks && view.held <= chunks + states,
             "worker " + std::to_string(view.id) + " holds " + std::to_string(chunks) + " to " +
                 std::to_string(chunks + states) + " bytes, and is counted with " + std::to_string(view.held));
    }
  }
  /// An array that a client has is there as long as the client was not told that it is lost.
  void check_handles() const {
    if (restarted_) return;
    for (const auto& [id, client] : clients_)
      for (const StepKey& key : client.handles)
        expect(!machine_.has_client(id) || machine_.has_handle(key, id),
               "array " + text(key) + " is kept for client " + std::to_string(id));
  }

  // ---- what happens

  void lose_chunks() {
    for (const WorkerId id : ids(workers_)) {
      SimWorker& worker = workers_.at(id);
      if (!is_up(worker) || worker.expelled || worker.holds.empty() || choose(2)) continue;
      const StepKey key = any_of(ids(worker.holds));
      if (spec_of(key).kind != StepKind::write && spec_of(key).kind != StepKind::upload) continue;
      const Items all = worker.holds.at(key).front();
      const std::int64_t first = all.first + choose(all.count());
      const Items gone{first, first + 1 + choose(all.last - first)};
      worker.holds.at(key).remove(gone);
      if (worker.holds.at(key).empty()) worker.holds.erase(key);
      for (auto& [client_id, client] : clients_)
        for (Ready& r : std::exchange(client.ready, {})) {
          if (r.key != key || r.held.worker != id) {
            client.ready.push_back(r);
            continue;
          }
          for (const Items& rest : ItemSet(r.held.items).without(ItemSet(gone)))
            client.ready.push_back({r.client, r.key, {rest, id}});
        }
      lost_.insert(key);
      return tell(ProductsLost{id, key, gone, "a file is gone"},
                  "lost " + text(key) + " " + text(gone) + " at " + std::to_string(id));
    }
  }

  bool progress() {
    for (const WorkerId id : ids(workers_)) {
      SimWorker& worker = workers_.at(id);
      if (!is_up(worker) || worker.expelled) continue;
      if (!worker.ranges.empty()) return finish(id, worker.ranges.begin()->first), true;
      if (!worker.copies.empty()) return copy(id, worker.copies.begin()->first), true;
      if (worker.retiring && !machine_.handing_over(id)) return go(id), true;
    }
    for (const ClientId id : ids(clients_)) {
      if (clients_.at(id).silent) continue;
      if (!clients_.at(id).ready.empty()) return consume(id), true;
      if (!clients_.at(id).uploads.empty()) return upload(id), true;
    }
    return false;
  }
  [[nodiscard]] bool is_over() const {
    return std::ranges::all_of(machine_.runs(),
                               [](const auto& run) { return run.view.state == RunView::State::finished; }) &&
           std::ranges::all_of(machine_.workers(), [this](const auto& view) { return is_up(workers_.at(view.id)); });
  }
  /// A worker that waits to hand something over gives up, or somebody lets go of an array.
  void let_go() {
    for (const WorkerId id : ids(workers_))
      if (workers_.at(id).retiring && is_up(workers_.at(id))) return go(id);
    for (const std::string& name : names_)
      if (machine_.published(name)) return tell(Unpublished{name}, "unpublishes " + name);
    for (const ClientId id : ids(clients_))
      if (!clients_.at(id).handles.empty()) {
        const StepKey key = *clients_.at(id).handles.begin();
        clients_.at(id).handles.erase(key);
        given_up_.insert(key.run);
        return tell(Released{id, key}, "releases " + text(key));
      }
  }

  std::set<StepKey> lost_;
  std::int64_t short_of_memory_ = 0;

 public:
  [[nodiscard]] std::size_t lost() const { return lost_.size(); }
  [[nodiscard]] std::int64_t short_of_memory() const { return short_of_memory_; }
};

}  // namespace chunkwise_test
