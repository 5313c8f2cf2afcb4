#pragma once
/// A small server of HTTP for those who watch over a coordinator: /health says that it works, /metrics has its numbers
/// in Prometheus' text format. It answers GET and HEAD, one caller at a time, and reads nothing else.
#include <functional>
#include <string>
#include <thread>

#include "chunkwise/cluster.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

class StatusServer {
 public:
  /// Listens at HOST:PORT; with port 0 the system chooses one. `status` is called for each answer. Throws io if it
  /// cannot listen there, invalid_argument for what is no address.
  StatusServer(const std::string& listen, std::function<ClusterStatus()> status);
  ~StatusServer();
  StatusServer(const StatusServer&) = delete;
  StatusServer& operator=(const StatusServer&) = delete;
  /// Returns HOST:PORT with the port that it has got.
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  void serve();
  void answer(int connection) const;

  std::function<ClusterStatus()> status_;
  std::string address_;
  int listening_ = -1, wake_ = -1;
  std::thread thread_;
};

/// Returns a cluster's numbers in Prometheus' text format.
[[nodiscard]] std::string metrics_text(const ClusterStatus& status);

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
