#pragma once
/// Calls of clients and workers to the workers that hold products, over connections by address. An id stands for an
/// address once a location has named both.
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "backends/cluster/transfer/fetch.hpp"
#include "backends/thrift/wire/client.hpp"
#include "backends/thrift/wire/wire_types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

using WorkerPool = wire::ConnectionPool<wire::WorkerService>;

/// The time for which a worker may be silent while it is asked for a product: a frozen one holds nobody up for longer.
inline constexpr std::chrono::milliseconds longest_silence{5000};

/// Asks the coordinator whether it can connect to a worker.
using AskReach = std::function<void(wire::WorkerContact& contact, WorkerId worker)>;

class WorkerPeers final : public Peers {
 public:
  explicit WorkerPeers(wire::ClientOptions options) : pool_(std::move(options)) {}

  /// Takes in the addresses of a location, and returns it without them.
  Inputs learn(const wire::Location& location);
  Held learn(const wire::HeldRange& range);

  void read_chunks(WorkerId holder, const StepKey& key, const Region& region, std::span<std::byte> out,
                   const std::stop_token& stop) override;
  [[nodiscard]] SharedBytes read_states(WorkerId holder, const StepKey& key, std::int64_t tile,
                                        const std::stop_token& stop) override;
  [[nodiscard]] SharedBytes read_finished(WorkerId holder, const StepKey& key, std::int64_t tile,
                                          const std::stop_token& stop) override;
  /// Gives the bytes of a chunk of an upload to a worker. Throws as the other functions do.
  void upload(WorkerId holder, const StepKey& key, std::int64_t item, std::span<const std::byte> chunk,
              const std::string& ticket);

  /// Throws io, with the addresses of both, if `who` could not connect to a worker, and still cannot, though the
  /// coordinator can: the worker is there, but not on a network of `who`, and to try again would be in vain.
  void blame_network(const Unreachable& error, const std::string& who, const AskReach& ask);

 private:
  /// Calls ask(client) on a connection to a worker.
  template <class Ask>
  void ask_holder(WorkerId holder, const Ask& ask, const std::stop_token& stop);
  [[nodiscard]] std::string address_of(WorkerId worker);

  WorkerPool pool_;
  std::mutex mutex_;  ///< of the addresses
  std::map<WorkerId, std::string> addresses_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
