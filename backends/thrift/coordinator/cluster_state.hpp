#pragma once
/// The whole state of a coordinator, behind one lock. Takes the calls of clients (client_calls.cpp, name_calls.cpp) and
/// of workers (worker_calls.cpp), tells the machine, carries its commands out, and lets calls wait. Thread-safe; each
/// call of the protocol has a member of the same name.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/cluster/machine/machine.hpp"
#include "backends/thrift/coordinator/published_names.hpp"
#include "backends/thrift/coordinator/refused_workers.hpp"
#include "backends/thrift/coordinator/running_clock.hpp"
#include "backends/thrift/coordinator/sessions.hpp"
#include "backends/thrift/coordinator/worker_queue.hpp"
#include "backends/thrift/wire/wire_types.hpp"
#include "chunkwise/cluster.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

/// The name and address of a worker.
struct WorkerPlace {
  std::string name, address;
  std::string server;  ///< wire::Welcome.server
};

class ClusterState {
 public:
  ClusterState(MachineOptions options, LogLine log);
  /// Sets HOST:PORT that other machines know the coordinator by; if it is not set, it listens on loopback alone.
  void listens_for_others_at(const std::string& address);

  // -- clients
  /// Begins a session, or goes on with it; 0: with a new number. `owner` is kept; `peer` is for the log.
  ClientId open_session(ClientId client, const std::string& owner = {}, const std::string& peer = {});
  void keep_alive(ClientId client, const std::vector<wire::StepKey>& arrays);
  /// The connection of a session closed: the session ends soon, unless it is opened again.
  void session_closed(ClientId client);
  wire::RunAccepted submit(ClientId client, wire::RunRequest request);
  wire::RunStatus wait(ClientId client, RunId run, int milliseconds);
  void cancel(ClientId client, RunId run);
  void consumed(ClientId client, StepKey key, Items items);
  void missing(ClientId client, StepKey key, Items items, WorkerId worker);
  void release(ClientId client, const std::vector<wire::StepKey>& arrays);
  wire::Location locate(ClientId client, StepKey key, int milliseconds);
  wire::UploadPlaces begin_upload(ClientId client, const wire::Blob& description, std::int64_t items);
  void uploaded(ClientId client, StepKey key);
  void publish(ClientId client, const std::string& name, const wire::PublishedArray& published);
  void unpublish(ClientId client, const std::string& name);
  wire::PublishedArray open_published(ClientId client, const std::string& name);
  wire::ClusterStatus status();

  // -- operators
  /// Asks the workers of a name to end; throws not_found, with the names there are, if there is none. `peer` is for the
  /// log.
  bool end_worker(const std::string& name, wire::WorkerEnd::type how, const std::string& peer);
  /// Asks all workers to end at once.
  void end_workers(const std::string& peer);
  [[nodiscard]] bool has_workers();

  // -- workers
  wire::Registered register_worker(const wire::Registration& registration);
  /// A worker was not taken in: the log says so, and the status for a while.
  void worker_refused(const std::string& name, const std::string& why);
  /// Nobody can connect to a worker any more: it is taken for lost, and has to join anew.
  void worker_unreachable(WorkerId worker, const std::string& address, const std::string& coordinator,
                          const std::string& why);
  /// Returns the worker that was given this token; 0: none that is there.
  [[nodiscard]] WorkerId worker_of(const std::string& token);
  [[nodiscard]] std::optional<WorkerPlace> place_of(WorkerId worker);
  std::vector<wire::WorkerCommand> next_commands(WorkerId worker, int milliseconds,
                                                 std::optional<std::int64_t> memory_used = {},
                                                 const wire::ProcessUse& use = {});
  std::vector<wire::Assignment> report(WorkerId worker, const wire::RangeReport& report);
  /// A worker was asked to end. Returns false when nothing is left that it could hand over. Throws lost if it is not
  /// there.
  bool retire(WorkerId worker, int milliseconds);
  /// A worker said that it leaves (`wanted`), or its connection closed.
  void worker_left(WorkerId worker, bool wanted);
  wire::RunDescription describe_run(RunId run);

  /// Time passes: to be called a few times a second.
  void tick();
  /// Ends all waits, for the end of the process.
  void close();

 private:
  /// Exclusive access to the state. Threads that are to be woken meanwhile are woken at the end of the access, so that
  /// they need not wait for it; or before its holder waits.
  class Access {
   public:
    explicit Access(ClusterState& state) : state_(state), lock_(state.mutex_) {}
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;
    ~Access();
    /// Lets others in until holds() or the deadline.
    template <class Holds>
    void wait_until(std::condition_variable& changed, std::chrono::steady_clock::time_point deadline,
                    const Holds& holds) {
      for (const auto& waiting : std::exchange(state_.to_wake_, {})) waiting->notify_all();
      changed.wait_until(lock_, deadline, holds);
    }

   private:
    ClusterState& state_;
    std::unique_lock<std::mutex> lock_;
  };
  struct Run {
    wire::RunDescription description;
    std::vector<Function> functions;  ///< those that its graph calls
    ClientId client = 0;
    std::vector<wire::Location> ready;  ///< not told yet
    std::optional<Problem> problem;
    bool finished = false;
    bool told = false;  ///< the client knows how it ended
    std::condition_variable changed;
  };

  /// Wakes threads that wait for a worker's queue or a run to change.
  template <class Waiting>
  void wake(const std::shared_ptr<Waiting>& waiting) {
    to_wake_.emplace_back(waiting, &waiting->changed);
  }
  /// The longest time that a call waits.
  static constexpr int longest_wait_ms = 5000;
  /// Returns the time at which a call that may wait for so long has to return.
  static std::chrono::steady_clock::time_point deadline(int milliseconds) {
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(std::clamp(milliseconds, 0, longest_wait_ms));
  }
  /// Returns the time, without the seconds in which this process was frozen: nobody could be heard then.
  [[nodiscard]] Time now();
  /// A worker calls: it is there, and has received all that it was given before.
  void hear(WorkerId worker, const WorkerQueue& queue);
  void handle(const Event& event);
  void carry_out(const Assign& command);
  void carry_out(const Copy& copy);
  void carry_out(const Drop& drop);
  void carry_out(const ForgetRun& forget);
  void carry_out(const Expel& expel);
  void carry_out(const Ready& ready);
  void carry_out(const RunFinished& finished);
  void carry_out(const RunFailed& failed);
  void carry_out(const Log& line) { log(line.line); }
  /// Sends an assignment, with the description of its run if the worker has not been told of it.
  void assign(WorkerId worker, wire::Assignment assignment);
  void send(WorkerId worker, wire::WorkerCommand command, bool urgent = true);
  void erase_forgotten();
  [[nodiscard]] wire::Location location(const Inputs& inputs) const;
  [[nodiscard]] wire::HeldRange held(const Held& held) const;
  [[nodiscard]] Capacity capacity() const;
  void require_session(ClientId client) const;
  /// Returns true if a client made or opened an array, or the array is there for everybody.
  [[nodiscard]] bool may_use(ClientId client, const StepKey& key) const;
  /// Throws denied if a client may not take a name away.
  void require_publisher(ClientId client, const std::string& name) const;
  void log(const std::string& line) const {
    if (log_) log_(line);
  }
  Run& run_of(ClientId client, RunId run);
  /// Returns true if the coordinator began not long ago. It may have been restarted: workers bring back its runs.
  [[nodiscard]] bool fresh();
  /// Returns true if an array of an earlier coordinator is not known yet, but may be before long.
  [[nodiscard]] bool may_come(RunId run);
  /// Waits, but not for long, until none of the arrays may still come.
  void await_arrays(Access& access, const std::vector<RunId>& runs);
  /// Waits, but not for long, while a run has too little memory that arrays of clients which are gone may give back.
  void await_room(Access& access, const RunSpec& spec);
  /// Adds the values that a report brought to the ranges that it made ready.
  void add_values(WorkerId worker, const wire::RangeReport& report);
  /// Throws not_found if a worker does not know a function of a run.
  static void require_functions(const WorkerQueue& worker, const Run& run);
  /// Tells all workers under which name an array is published, or that it is not any more, and waits until they know:
  /// after a restart of the coordinator, the workers remember the names.
  void tell_all(Access& access, const wire::Publication& publication);
  /// Takes up a run that a worker holds chunks of, and the names under which its arrays are published.
  void recover(const wire::RunDescription& description);

  std::mutex mutex_;
  std::vector<std::shared_ptr<std::condition_variable>> to_wake_;
  Machine machine_;
  LogLine log_;
  Time worker_timeout_;
  std::int64_t epoch_;  ///< upper half of all numbers given, which tells those of another coordinator apart
  std::int64_t last_number_ = 0;
  std::string address_;  ///< the one that other machines know; empty: none
  bool closed_ = false;
  RunningClock clock_;
  Time began_;
  std::map<WorkerId, std::shared_ptr<WorkerQueue>> workers_;
  std::map<RunId, std::shared_ptr<Run>> runs_;
  std::map<std::string, WorkerId> tokens_;  ///< of workers
  Sessions sessions_;
  RefusedWorkers refused_;
  PublishedNames names_;
  std::condition_variable arrays_changed_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
