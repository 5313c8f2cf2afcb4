#pragma once
/// The process of a worker: a server that hands out products (serve.cpp), a thread that asks the coordinator for
/// commands (follow.cpp), and threads that work (work.cpp).
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backends/thrift/wire/client.hpp"
#include "backends/thrift/wire/process_use.hpp"
#include "backends/thrift/wire/server.hpp"
#include "backends/thrift/wire/wire_types.hpp"
#include "backends/thrift/worker/worker_run.hpp"
#include "chunkwise/cluster.hpp"
#include "runtime/core/buffer_pool.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/trace/recorder.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

struct Worker::Running {
  explicit Running(const WorkerOptions& given);
  ~Running();

  // -- calls of others
  class Handler;
  [[nodiscard]] std::shared_ptr<thrift::WorkerRun> run(thrift::RunId id);
  /// Returns a run that is known here; throws not_found for others, so that no question brings back a forgotten one.
  [[nodiscard]] std::shared_ptr<thrift::WorkerRun> known_run(thrift::RunId id);
  void read_chunks(wire::Blob& out, const thrift::StepKey& key, const Region& region);
  /// Returns the recorder of a run; null if nobody has asked for its trace, or has read it already.
  [[nodiscard]] std::shared_ptr<trace::Recorder> recorder_of(thrift::RunId id);
  [[nodiscard]] wire::Blob read_trace(thrift::RunId id);
  /// Keeps the recorder of a run until its trace is read, also beyond the run; those of the last few runs are kept.
  void keep_recorder(const thrift::WorkerRun& run, thrift::RunId id);
  void upload(const thrift::StepKey& key, std::int64_t item, std::int64_t offset, const wire::Blob& bytes,
              const std::string& ticket);

  /// Hands over its products, within some seconds (Worker::retire).
  bool retire(double seconds, const CancelToken& cancel);

  // -- life with the coordinator
  void serve_coordinator();
  /// One life with a coordinator: joins, and does as it is told until the coordinator is gone. Throws how it ended.
  void live_with_coordinator();
  /// Returns a connection to the coordinator, after the handshake. Throws Refused (follow.cpp) if the coordinator does
  /// not let this worker in.
  [[nodiscard]] std::shared_ptr<wire::Connection<wire::CoordinatorService>> connected_to(const std::string& to);
  /// Says that the coordinator refused this worker; returns the seconds until it is asked again, more each time.
  [[nodiscard]] double tell_refused(const std::string& why);
  /// Says why the worker waits: at once, when the reason changes, and again after longer and longer times.
  void tell_waiting(const std::string& why);
  /// Returns true if there has been no coordinator for so long that this worker, which keeps nothing for anybody, ends.
  [[nodiscard]] bool gives_up();
  /// HOST:PORT that others are told, and a warning for the log; empty: none.
  struct Told {
    std::string address, warning;
  };
  /// Listens at an address that others can find, now that there is a connection to the coordinator.
  [[nodiscard]] Told listen_for_others(wire::Connection<wire::CoordinatorService>& connection);
  void make_server(const std::string& listen);
  void follow(wire::Connection<wire::CoordinatorService>& connection);
  [[nodiscard]] wire::Registration registration();
  void obey(const wire::WorkerCommand& command);
  void forget(thrift::RunId id);
  void execute_next();
  void execute(const wire::Assignment& assignment, thrift::WorkerId registered_as);
  void copy_next();
  void tell_of_spilling(wire::RangeReport& report);
  /// Tells the coordinator that a chunk is not here any more, so that it is made again, or missed.
  void tell_lost(const store::ArrayId& array, std::int64_t chunk, const std::string& why);
  /// Returns the report of an assignment, on which `action` has worked.
  template <class Work>
  [[nodiscard]] wire::RangeReport done(const wire::Assignment& assignment, const Work& action);
  /// Tells the coordinator of a range, and takes up the next assignments that it returns.
  void report(const wire::RangeReport& report, thrift::WorkerId registered_as);
  /// Stops all work and forgets all but chunks of persisted arrays.
  void abandon();
  void log(const std::string& line);
  /// Returns the last lines of the log, so many bytes at most.
  [[nodiscard]] std::string last_lines(std::size_t bytes);
  /// Returns the failure of the exception that is being handled; blames the network between two workers if that is the
  /// cause.
  [[nodiscard]] wire::Failure failure_of_range();
  bool pause(double seconds) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return stopping; });
  }

  /// Gives memory that nothing needs back to the system, once nothing has been done for a while.
  void rest();

  WorkerOptions options;
  wire::CoordinatorName named;      ///< as the options have it
  std::unique_ptr<PoolLimit> pool;  ///< memory that was given back and is kept counts against the worker's limit too
  std::shared_ptr<thrift::Workplace> place;
  std::shared_ptr<thrift::WorkerPeers> peers;  ///< those of the place
  wire::ClientOptions as_worker;
  std::unique_ptr<wire::ConnectionPool<wire::CoordinatorService>> coordinators;
  std::unique_ptr<wire::Server<wire::WorkerService>> server;  ///< null: the address to listen at is not known yet
  std::string listening;                                      ///< the address that the server was told
  using Clock = std::chrono::steady_clock;
  std::string waited_for;                 ///< the reason that was said last; empty: there is a coordinator
  Clock::time_point alone;                ///< the time since which there has been none
  Clock::time_point said;                 ///< when the reason was said
  Clock::time_point say_next;             ///< when it is said again
  Clock::duration silence{};              ///< the pause after that
  std::chrono::seconds refusal_pause{0};  ///< the time for which a coordinator that refused this worker is left alone

  std::atomic<bool> spill_is_full{false};
  std::atomic<bool> records{false};  ///< there are recorders
  std::mutex mutex;                  ///< of the members that follow
  std::condition_variable changed;   ///< nothing is executed any more, or it is stopping
  std::condition_variable work;      ///< there is something to execute, or it is stopping
  std::condition_variable copying;   ///< there is something to copy, or it is stopping
  bool stopping = false;
  bool retiring = false;                   ///< it takes no more work
  std::string coordinator;                 ///< its address
  std::string address;                     ///< of the server, as others are told; empty: nobody was told
  std::string token;                       ///< with which this worker speaks to the coordinator
  std::string why_ended;                   ///< not empty: it has given up
  Worker::Wish wish = Worker::Wish::none;  ///< what an operator has asked for
  thrift::WorkerId id = 0;                 ///< 0: not registered
  thrift::WorkerId previous_id = 0;
  std::map<thrift::RunId, std::shared_ptr<thrift::WorkerRun>> runs;
  /// The descriptions of runs that it was told of, or whose persisted chunks it holds.
  std::map<thrift::RunId, wire::RunDescription> kept;
  std::deque<std::pair<thrift::RunId, std::shared_ptr<trace::Recorder>>> recorders;  ///< the oldest first
  std::deque<std::pair<wire::Assignment, thrift::WorkerId>> waiting;
  std::deque<std::pair<wire::Assignment, thrift::WorkerId>> copies;  ///< to be made of products that others hand over
  int executing = 0;
  std::shared_ptr<wire::Connection<wire::CoordinatorService>> commands;  ///< null: the coordinator is away
  // Of the thread that asks for commands: the number of requests to the pool for memory, and the time of the last one.
  std::uint64_t requests = 0;
  std::chrono::steady_clock::time_point last_request;
  bool rested = true;
  std::mutex describing;
  wire::ProcessMeter meter;
  std::mutex logging;
  std::deque<std::string> recent;  ///< the last lines of the log, with their time
  std::vector<std::thread> threads;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
