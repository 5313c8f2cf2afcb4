#pragma once
/// The decisions of a coordinator, as a pure state machine: handle(Event) returns Commands. It has no clock, no socket
/// and no bytes: time comes with events, and the driver of the machine carries the commands out. docs/cluster.md
/// describes it; tests/cluster/machine_test.cpp has many examples.
///
/// All state is about *work items*: a work item of a step is pending, assigned to a worker, done and held by workers,
/// or consumed by its client. Nothing costs more than the number of ranges, workers and steps, since sets of work items
/// are ranges.
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
  /// Seconds for which work that lacks memory waits for a worker in the place of one that was lost.
  Time replacement = 30;
  /// Failures of a range after which the run fails. A range fails if its input cannot be fetched from a worker that is
  /// there, if its worker has no memory for it after all or is lost while it has the range, or if the client cannot
  /// fetch its product. An array that was there before is kept, and the work items that it lacks are tried again later.
  int attempts = 8;
  /// Losses of a chunk where it lies, as on a disk that alters files, after which its readers are told and it is left
  /// alone for a while. The count begins anew after a client timeout without a loss.
  int losses = 4;
  /// Ranges that a worker has at a time; one more for a client that has nothing running on it.
  int ranges_per_worker = 2;
};

/// The answer to a client that asks about a run.
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

  /// Takes in an event that happened at `now`, and returns the commands to carry out. Events about workers, clients or
  /// runs that are not there (any more) change nothing.
  [[nodiscard]] std::vector<Command> handle(const Event& event, Time now);

  /// Returns why a run cannot be accepted: it needs an array that is not there, or more memory than there is, with the
  /// sizes.
  [[nodiscard]] std::optional<Problem> refuse(const RunSpec& run) const;
  /// Returns the state of a run. A run that is over is remembered as it ended for as long as its client is there.
  [[nodiscard]] std::optional<RunView> view(RunId run) const;
  /// Returns true while a run is under way, or something of it is kept.
  [[nodiscard]] bool remembers(RunId run) const;
  /// Returns where the work items of a persisted or uploaded array lie; nothing if some are not there at present.
  [[nodiscard]] std::optional<Inputs> locate(const StepKey& key) const;
  /// Returns why work items that an array lacks cannot be made again at present; nothing if all are there, or being
  /// made.
  [[nodiscard]] std::optional<Problem> trouble(const StepKey& key) const;
  /// Returns true while a worker that retires has products that others need and can still get.
  [[nodiscard]] bool handing_over(WorkerId worker) const;
  /// Returns where an upload of `items` chunks is to go: contiguous shares of the workers, or of those with room for
  /// their shares if there are any.
  [[nodiscard]] std::vector<Held> place(std::int64_t items, std::int64_t bytes) const;
  /// Returns where the chunks of an upload that was submitted are to go (decided by place() then); nothing as long as
  /// there are no workers, or when the upload is over.
  [[nodiscard]] std::vector<Held> placement(const StepKey& key) const;
  [[nodiscard]] std::optional<StepKey> published(const std::string& name) const;
  /// An array that was lost though it had a name.
  struct Lost {
    std::string why;
    Time when = 0;
  };
  /// Returns how the array that was published under a name was lost, until the name is given anew or taken away;
  /// nothing if it was not lost, or if many were lost since.
  [[nodiscard]] std::optional<Lost> lost(const std::string& name) const;
  /// Returns why an array is not there (any more) for a client that had it; nothing if that is not known.
  [[nodiscard]] std::optional<Problem> why_gone(const StepKey& key, ClientId client) const;

  struct WorkerView {
    WorkerId id;
    std::string name, address;
    int threads;
    std::int64_t memory_limit, memory_used, held;
    int ranges;
    bool retiring;
    std::int64_t kept;  ///< memory that persisted and uploaded arrays take, with finished values they are made of
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
  /// Returns true if a client has a handle of an array, which keeps the array for it.
  [[nodiscard]] bool has_handle(const StepKey& key, ClientId client) const;
  /// Returns false if the client has gone, or was not heard of for the client timeout.
  [[nodiscard]] bool has_client(ClientId client) const;

  /// Throws std::logic_error naming the first rule that the state breaks; for tests. Rules: a work item is in one
  /// state; each holder of work items is a worker that is there; no work item is assigned twice, or to a worker that is
  /// gone; a worker has at most one range more than ranges_per_worker, and none while it retires; memory is counted as
  /// it is; a finished run has no pending work item that anyone needs; dropped products have no holder; every run that
  /// is not over either has a range in flight, or waits for a worker, a release, an upload, an older run, or the next
  /// Tick.
  void check() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
