#pragma once
/// The MPI job that this process is a rank of: made by the first connect("mpi:"), and there until the process ends.
/// Ranks other than 0 work in it and do not return.
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "backends/cluster/client/client_session.hpp"
#include "backends/mpi/coordinator.hpp"
#include "backends/mpi/messenger.hpp"
#include "backends/mpi/worker.hpp"
#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

class RankSession;

class Job {
 public:
  /// Returns the job of this process. Throws unsupported, with what to do, if mpirun has not started the process, or
  /// another MPI's has.
  [[nodiscard]] static Job& of_process();

  [[nodiscard]] int rank() const { return messenger_.rank(); }
  [[nodiscard]] int size() const { return messenger_.size(); }

  /// Of ranks other than 0: works until rank 0 ends, and ends the process.
  [[noreturn]] void work();

  /// Of rank 0: returns the session that there is, or begins one. Throws invalid_argument if the one that there is has
  /// other settings.
  [[nodiscard]] std::shared_ptr<RankSession> session(const std::string& uri, const Settings& settings);

 private:
  friend class RankSession;
  Job();
  void take(Incoming&& message);
  /// Takes up sessions of this rank's work, until rank 0 ends.
  void work_in_sessions();
  /// Ends a session at all ranks.
  void end_session(RankSession& session);
  /// Of rank 0: ends the job.
  void end() noexcept;

  std::mutex mutex_;  ///< of the members that follow
  std::condition_variable changed_;
  std::deque<Incoming> sessions_;  ///< messages that begin and end sessions
  std::shared_ptr<RankWorker> worker_;
  std::shared_ptr<Coordinator> coordinator_;
  bool ended_ = false;
  const std::uint64_t forks_;  ///< when it was made

  std::mutex connecting_;  ///< held while a session begins or ends; of the members that follow
  std::condition_variable session_ended_;
  bool has_session_ = false;  ///< ranks have a session; its last handle may have gone, and end_session() not begun
  std::weak_ptr<RankSession> session_;
  RunId next_run_ = 1;
  std::thread own_work_;  ///< of rank 0, if it is the only rank
  Messenger messenger_;   ///< the last member: its thread uses the others
};

/// The session of rank 0's program.
class RankSession final : public ClientSession, public std::enable_shared_from_this<RankSession> {
 public:
  RankSession(Job& job, std::string uri, const Settings& settings, std::shared_ptr<Coordinator> coordinator);
  ~RankSession() override;
  RankSession(const RankSession&) = delete;
  RankSession& operator=(const RankSession&) = delete;

  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] const std::string& uri() const override { return uri_; }
  [[nodiscard]] std::string how_to_start_workers() const override { return "mpirun -n RANKS"; }
  void require_own_process() const override;
  [[nodiscard]] Peers& workers() override { return peers_; }
  void blame_network(const Unreachable&) override {}
  [[nodiscard]] RunAccepted submit(RunRequest request) override { return coordinator_->submit(std::move(request)); }
  [[nodiscard]] RunStatus wait(RunId run, int milliseconds) override { return coordinator_->wait(run, milliseconds); }
  void cancel(RunId run) override { coordinator_->cancel(run); }
  void consumed(const StepKey& key, Items items) override { coordinator_->consumed(key, items); }
  void missing(const StepKey& key, const Held& held) override { coordinator_->missing(key, held); }
  [[nodiscard]] Inputs locate(const StepKey& key, int milliseconds) override {
    return coordinator_->locate(key, milliseconds);
  }
  [[nodiscard]] std::shared_ptr<const StepKey> hold(StepKey key) override;
  void send_releases() override {}
  [[nodiscard]] UploadPlaces begin_upload(std::vector<std::byte> graph, std::int64_t items, std::int64_t) override {
    return coordinator_->begin_upload(std::move(graph), items);
  }
  void upload(const UploadPlaces& places, WorkerId holder, std::int64_t item,
              std::span<const std::byte> chunk) override {
    peers_.upload(holder, places.places.key, item, chunk);
  }
  void uploaded(const StepKey& key) override { coordinator_->uploaded(key); }

 private:
  friend class Job;
  Job& job_;
  std::string uri_;
  Settings settings_;
  std::uint64_t forks_;  ///< when it was made
  std::shared_ptr<Coordinator> coordinator_;
  RankPeers peers_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi
