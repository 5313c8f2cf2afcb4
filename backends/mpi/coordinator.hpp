#pragma once
/// The coordinator of a session, in the process of rank 0, which is its one client: tells the machine of calls and
/// reports, and sends its commands to the ranks that work. Thread-safe.
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "backends/cluster/client/client_session.hpp"
#include "backends/cluster/machine/machine.hpp"
#include "backends/mpi/messages.hpp"
#include "backends/mpi/messenger.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

class Coordinator {
 public:
  /// `first_run` is the number of the first run, never used before in this job.
  Coordinator(Messenger& messenger, const std::map<int, WorkerFacts>& ranks, RunId first_run);
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  // The calls of ClientSession of the same names.
  RunAccepted submit(RunRequest request);
  RunStatus wait(RunId run, int milliseconds);
  void cancel(RunId run);
  void consumed(const StepKey& key, Items items);
  void missing(const StepKey& key, const Held& held);
  Inputs locate(const StepKey& key, int milliseconds);
  UploadPlaces begin_upload(std::vector<std::byte> graph, std::int64_t items);
  void uploaded(const StepKey& key);
  void release(const StepKey& key);

  /// A rank tells of a range; does not wait.
  void take(const Incoming& message);
  /// Returns a number that no run has had.
  [[nodiscard]] RunId next_run();

 private:
  struct Run {
    std::shared_ptr<Description> description;
    std::set<WorkerId> told;  ///< ranks that the run was described to
    std::vector<ReadyChunks> ready;
    std::optional<Problem> problem;
    bool finished = false;
    bool is_over = false;  ///< the client knows how it ended
  };
  void handle(const Event& event);
  void carry_out(const Assign& assign);
  void carry_out(const Copy& copy);
  void carry_out(const Drop& drop);
  void carry_out(const ForgetRun& forget);
  void carry_out(const Expel& expel);
  void carry_out(const Ready& ready);
  void carry_out(const RunFinished& finished);
  void carry_out(const RunFailed& failed);
  void carry_out(const Log& line);
  /// Describes a run to a rank that does not know it.
  void describe(RunId run, WorkerId worker);
  void add_values(const Report& report, WorkerId worker);
  [[nodiscard]] static Time now();

  Messenger& messenger_;
  std::vector<Function> functions_;  ///< those that the ranks know
  std::mutex mutex_;                 ///< of the members that follow
  std::condition_variable changed_;
  Machine machine_;
  RunId next_run_;
  bool stopping_ = false;
  std::map<RunId, std::shared_ptr<Run>> runs_;
  std::thread clock_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi
