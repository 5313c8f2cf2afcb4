#pragma once
/// A client's session with a coordinator: a token by which it is known, a connection that says that it is still there,
/// the arrays that it has handles of, and connections to workers. Thread-safe.
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "backends/cluster/client/client_session.hpp"
#include "backends/thrift/transfer/worker_peers.hpp"
#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

/// The token of a session (docs/cluster.md, "Whose is what").
using SessionToken = std::string;

class Session final : public ClientSession, public std::enable_shared_from_this<Session> {
 public:
  /// Connects to the coordinator at `address`; throws io if there is none. `uri` is for errors.
  Session(std::string uri, std::string address, const Security& security);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const std::string& uri() const override { return uri_; }
  [[nodiscard]] std::string how_to_start_workers() const override {
    return "chunkwise worker " + uri_.substr(uri_.find("//") == std::string::npos ? 0 : uri_.find("//") + 2);
  }
  [[nodiscard]] Peers& workers() override {
    require_own_process();
    return workers_;
  }

  /// Keeps something as long as this session lives: the cluster that was started for it.
  void keep(std::shared_ptr<void> kept) { kept_ = std::move(kept); }

  /// Throws unsupported in a forked child: its parent goes on using the connections.
  void require_own_process() const override;
  /// Ends a session, or leaves it as it is in a forked child: all that is said over the connections would be said in
  /// the parent's name.
  static void end(const Session* session);

  /// Calls function(client, token of the session) over a connection to the coordinator. If the coordinator was
  /// restarted meanwhile and does not know the session, the session is opened again first, once.
  template <class F>
  void call(F&& function) {
    require_own_process();
    for (int attempt = 0;; ++attempt) {
      try {
        coordinators_.with(address_, [&](auto& client) { function(client, token_); });
        return;
      } catch (const wire::RemoteError& error) {
        if (attempt > 0 || error.code() != ErrorCode::lost) throw;
        if (!knows()) reopen();  // it knows the session if the heart was first
      }
    }
  }

  /// Throws io if a worker could not be connected to because of the network between it and this program.
  void blame_network(const Unreachable& error) override;

  /// Tells the coordinator of handles that are gone, before a call that may need their memory.
  void send_releases() override;

  /// Returns a handle of a kept array, and counts it. The array is released at the cluster when the last handle goes.
  [[nodiscard]] std::shared_ptr<const StepKey> hold(StepKey key) override;

  [[nodiscard]] RunAccepted submit(RunRequest request) override;
  [[nodiscard]] RunStatus wait(RunId run, int milliseconds) override;
  void cancel(RunId run) override;
  void collect_trace(RunId run, trace::Recorder& into) override;
  void consumed(const StepKey& key, Items items) override;
  void missing(const StepKey& key, const Held& held) override;
  [[nodiscard]] Inputs locate(const StepKey& key, int milliseconds) override;
  [[nodiscard]] UploadPlaces begin_upload(std::vector<std::byte> graph, std::int64_t items,
                                          std::int64_t bytes) override;
  void upload(const UploadPlaces& places, WorkerId holder, std::int64_t item,
              std::span<const std::byte> chunk) override;
  void uploaded(const StepKey& key) override;

 private:
  void stay_alive();
  /// Returns true if the coordinator knows this session; if not, reopen() opens it again.
  [[nodiscard]] bool knows();
  void reopen();
  void release(StepKey key) noexcept;

  std::shared_ptr<void> kept_;  ///< the first member, so that it is the last to go
  std::string uri_, address_;
  const std::uint64_t forks_;  ///< when it was made (runtime/core/forks.hpp)
  wire::ClientOptions options_;
  wire::ConnectionPool<wire::CoordinatorService> coordinators_;
  WorkerPeers workers_;
  SessionToken token_;      ///< kept for life, also when a coordinator is restarted
  std::string owner_;       ///< the token that all sessions of this user have; empty: this user has no secret
  std::string local_host_;  ///< the address of this program
  std::unique_ptr<wire::Connection<wire::CoordinatorService>> alive_;  ///< of the thread `heart_`

  std::mutex releasing_;
  std::mutex mutex_;  ///< of the members that follow
  std::condition_variable changed_;
  bool stopping_ = false;
  std::map<StepKey, int> held_;
  std::vector<StepKey> released_;
  std::thread heart_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
