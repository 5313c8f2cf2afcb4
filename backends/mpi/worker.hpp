#pragma once
/// The work of a rank: ranges, the chunks and states that it keeps, and the answers to other ranks that ask for them.
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "backends/cluster/worker/worker_run.hpp"
#include "backends/mpi/messages.hpp"
#include "backends/mpi/messenger.hpp"
#include "runtime/core/buffer_pool.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

/// Asks other ranks for products.
class RankPeers final : public Peers {
 public:
  explicit RankPeers(Messenger& messenger) : messenger_(messenger) {}
  void read_chunks(WorkerId holder, const StepKey& key, const Region& region, std::span<std::byte> out,
                   const std::stop_token& stop) override;
  [[nodiscard]] SharedBytes read_states(WorkerId holder, const StepKey& key, std::int64_t tile,
                                        const std::stop_token& stop) override;
  [[nodiscard]] SharedBytes read_finished(WorkerId holder, const StepKey& key, std::int64_t tile,
                                          const std::stop_token& stop) override;
  /// Gives a chunk of an upload to a rank.
  void upload(WorkerId holder, const StepKey& key, std::int64_t item, std::span<const std::byte> chunk);

 private:
  [[nodiscard]] Answer ask(WorkerId holder, std::vector<std::byte> text, SharedBytes payload, std::span<std::byte> into,
                           const std::stop_token& stop);
  Messenger& messenger_;
};

/// A rank's work in one session. Thread-safe.
class RankWorker {
 public:
  RankWorker(Messenger& messenger, const Settings& settings);
  /// Ends all work and forgets all that is kept.
  ~RankWorker();
  RankWorker(const RankWorker&) = delete;
  RankWorker& operator=(const RankWorker&) = delete;

  [[nodiscard]] WorkerFacts facts() const;
  /// Takes in a message of the session; does not wait.
  void take(Incoming&& message);

 private:
  void follow();
  void execute_next();
  void serve_next();
  void obey(const Incoming& message);
  void forget(RunId run);
  void upload(const Incoming& call);
  void serve(const Incoming& call);
  void report(Report report);
  /// Returns a run that was described here, made at its first use; throws not_found for others.
  [[nodiscard]] std::shared_ptr<WorkerRun> run(RunId run);

  Messenger& messenger_;
  std::unique_ptr<PoolLimit> pool_;  ///< memory that was given back and is kept counts against the limit too
  std::shared_ptr<Workplace> place_;
  std::mutex describing_;  ///< held while a run is made or forgotten
  std::mutex mutex_;       ///< of the members that follow
  std::condition_variable changed_;
  bool stopping_ = false;
  bool obeying_ = false;  ///< an order that is no work is being carried out
  std::map<RunId, std::shared_ptr<const Description>> described_;
  std::map<RunId, std::shared_ptr<WorkerRun>> runs_;
  std::deque<Incoming> orders_, questions_, waiting_;
  std::vector<std::thread> threads_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi
