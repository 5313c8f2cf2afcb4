#pragma once
/// A client's standing with a coordinator: a token by which it is known, a connection that says it is still there,
/// the arrays it has handles of, and connections to workers. Thread-safe.
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "backends/thrift/transfer/fetch.hpp"
#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

/// The token of a session (docs/cluster.md, "Whose is what").
using SessionToken = std::string;

class Session : public std::enable_shared_from_this<Session> {
 public:
  /// Connects to the coordinator at `address`; throws io where there is none. `uri` is for errors.
  Session(std::string uri, std::string address, const Security& security);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const std::string& uri() const { return uri_; }
  [[nodiscard]] WorkerPool& workers() {
    require_own_process();
    return workers_;
  }

  /// Throws unsupported in a forked child: its parent goes on using the connections.
  void require_own_process() const;
  /// Ends a session, or leaves it as it is in a forked child: whatever was said over the connections would be said in
  /// the parent's name.
  static void end(const Session* session);

  /// function(client, token of the session) over a connection to the coordinator. Where the coordinator was restarted
  /// meanwhile, and does not know the session, it is opened again first, once.
  template <class F>
  void call(F&& function) {
    require_own_process();
    for (int attempt = 0;; ++attempt) {
      try {
        coordinators_.with(address_, [&](auto& client) { function(client, token_); });
        return;
      } catch (const wire::RemoteError& error) {
        if (attempt > 0 || error.code() != ErrorCode::lost) throw;
        if (!knows()) reopen();  // it knows where the heart was first
      }
    }
  }

  /// Throws io where a worker could not be connected to because of the network between it and this program.
  void blame_network(const Unreachable& error);

  /// Tells the coordinator of handles that are gone, before something is asked that may need their memory.
  void send_releases();

  /// Counts a handle of a kept array; released at the cluster when the last one goes.
  [[nodiscard]] std::shared_ptr<const StepKey> hold(StepKey key);

 private:
  void stay_alive();
  /// Whether the coordinator knows this session; and opens it again where it does not.
  [[nodiscard]] bool knows();
  void reopen();
  void release(StepKey key) noexcept;

  std::string uri_, address_;
  const std::uint64_t forks_;  ///< when it was made (runtime/core/forks.hpp)
  wire::ClientOptions options_;
  wire::ConnectionPool<wire::CoordinatorService> coordinators_;
  WorkerPool workers_;
  SessionToken token_;      ///< kept for life, also when a coordinator is restarted
  std::string owner_;       ///< what all sessions of this user have; empty: this user has no secret
  std::string local_host_;  ///< the address of this program
  std::unique_ptr<wire::Connection<wire::CoordinatorService>> alive_;  ///< of the thread `heart_`

  std::mutex releasing_;
  std::mutex mutex_;  ///< of what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  std::map<StepKey, int> held_;
  std::vector<StepKey> released_;
  std::thread heart_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
