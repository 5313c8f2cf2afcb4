#pragma once
/// The decisions of a coordinator, as a pure state machine: handle(Event) gives Commands. No clock, no socket, no
/// bytes: time comes with events, and whoever drives the machine carries the commands out. docs/cluster.md tells the
/// story; tests/cluster/machine_test.cpp tells many.
///
/// All state is about *units*: a unit of a step is pending, assigned to a worker, done and held by workers, or consumed
/// by its client. Nothing costs more than the number of ranges, workers and steps: sets of units are kept as ranges.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/cluster/machine/events.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

struct MachineOptions {
  Time worker_timeout = 10;
  Time client_timeout = 60;
  /// How long what memory is too short for waits for a worker that takes the place of one that was lost.
  Time replacement = 30;
  /// A range whose input cannot be fetched from a worker that is there, for which a worker has no memory after all,
  /// whose worker is lost while it has the range, or whose product the client cannot fetch: how often before the run
  /// fails. An array that was there before is kept, and what it lacks is tried again later.
  int attempts = 8;
  /// How often a chunk may be lost where it lies, as on a disk that alters files, with no client timeout without a loss
  /// in between, before who reads it is told and it is left alone for a while.
  int losses = 4;
  /// One more where a client has nothing running on the worker.
  int ranges_per_worker = 2;
};

/// What a client asks about a run.
struct RunView {
  enum class State : std::uint8_t {
    running,
    finished,
    failed,
    waiting_for_workers,
    waiting_for_release
  } state = State::running;
  std::int64_t elements_done = 0, elements_total = 0, bytes_read = 0;
  int workers = 0;
  std::optional<Problem> problem;
};

class Machine {
 public:
  explicit Machine(MachineOptions options = {});
  ~Machine();
  Machine(Machine&&) noexcept;
  Machine& operator=(Machine&&) noexcept;

  /// Takes in what happened at `now` and gives what is to be done. Events about workers, clients or runs that are not
  /// there (any more) change nothing.
  [[nodiscard]] std::vector<Command> handle(const Event& event, Time now);

  /// Why a run cannot be accepted: needs an array that is not there, or more memory than there is, with the sizes.
  [[nodiscard]] std::optional<Problem> refuse(const RunSpec& run) const;
  /// A run that is over is remembered as it ended for as long as its client is there.
  [[nodiscard]] std::optional<RunView> view(RunId run) const;
  /// True while a run is under way, or something of it is kept.
  [[nodiscard]] bool remembers(RunId run) const;
  /// Where the units of a persisted or uploaded array lie; nothing where some are not there at present.
  [[nodiscard]] std::optional<Inputs> locate(const StepKey& key) const;
  /// Why what an array lacks cannot be made again at present; nothing where all is there, or is being made.
  [[nodiscard]] std::optional<Problem> trouble(const StepKey& key) const;
  /// True while a worker that retires has something that others need and can come to have.
  [[nodiscard]] bool handing_over(WorkerId worker) const;
  /// Where an upload of `units` chunks is to go: contiguous shares of the workers that there are, of those with room
  /// for them where there are any.
  [[nodiscard]] std::vector<Held> place(std::int64_t units, std::int64_t bytes) const;
  /// Where the chunks of an upload that was submitted are to go (decided by place() then); nothing as long as there are
  /// no workers, or when it is over.
  [[nodiscard]] std::vector<Held> placement(const StepKey& key) const;
  [[nodiscard]] std::optional<StepKey> published(const std::string& name) const;
  /// An array that was lost though it had a name.
  struct Lost {
    std::string why;
    Time when = 0;
  };
  /// What became of the array that was published under a name, until the name is given anew or taken away; nothing
  /// where none was lost, or many were since.
  [[nodiscard]] std::optional<Lost> lost(const std::string& name) const;
  /// Why an array is not there (any more), as far as that is known, for a client that had it.
  [[nodiscard]] std::optional<Problem> why_gone(const StepKey& key, ClientId client) const;

  struct WorkerView {
    WorkerId id;
    std::string name, address;
    int threads;
    std::int64_t memory_limit, memory_used, held;
    int ranges;
    bool retiring;
    std::int64_t kept;  ///< of its memory: what arrays that stay take
  };
  struct RunListing {
    RunId id;
    ClientId client;
    RunView view;
  };
  struct ArrayListing {
    StepKey key;
    ClientId client;
    std::vector<std::string> names;
    std::int64_t bytes;
  };
  [[nodiscard]] std::vector<WorkerView> workers() const;
  [[nodiscard]] std::vector<RunListing> runs() const;
  [[nodiscard]] std::vector<ArrayListing> arrays() const;
  /// True where a client has a handle of an array, by which it is kept for it.
  [[nodiscard]] bool has_handle(const StepKey& key, ClientId client) const;
  /// False when the client has gone, or was not heard for the client timeout.
  [[nodiscard]] bool has_client(ClientId client) const;

  /// Throws std::logic_error naming the first rule that the state breaks; for tests. Rules: a unit is in one state;
  /// what is held is held by workers that are there; nothing is assigned twice, or to a worker that is gone; a worker
  /// has at most one range more than ranges_per_worker, and none while it retires; memory is counted as it is; a
  /// finished run has no pending unit that anyone needs; dropped products have no holder; every run that is not over
  /// either has a range in flight, or waits for a worker, a release, an upload, an older run, or the next Tick.
  void check() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
