#pragma once
/// The page of a cluster, served beside its coordinator by chunkwise-explore, the program that has an HTTP server.
#include <sys/types.h>

#include <string>

#include "chunkwise/cluster.hpp"

namespace chunkwise::cli {

/// Where a coordinator has its dashboard served.
struct DashboardChoice {
  std::string listen;       ///< HOST:PORT; empty: none
  std::string secret_file;  ///< that a browser is asked for; needed beyond loopback
};

/// The process that serves it, from construction to destruction.
class DashboardProcess {
 public:
  /// Starts it for the coordinator at that address, and waits until it listens. Throws io if it does not.
  DashboardProcess(const DashboardChoice& choice, const std::string& coordinator, const Security& security);
  ~DashboardProcess();
  DashboardProcess(const DashboardProcess&) = delete;
  DashboardProcess& operator=(const DashboardProcess&) = delete;
  /// Returns the address for a browser.
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  void end();
  pid_t id_ = -1;
  std::string address_;
};

}  // namespace chunkwise::cli
