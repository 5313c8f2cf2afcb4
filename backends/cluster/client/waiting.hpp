#pragma once
/// The progress that a caller is told while a run is under way, and the patience with which it waits for workers.
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "backends/cluster/client/client_session.hpp"
#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// Calls about a run that is under way come back after so long at the latest.
inline constexpr int wait_ms = 100;

[[nodiscard]] Error cancelled();

/// The time for which this program has waited for a worker.
class Patience {
 public:
  /// Waits for `seconds`; 0: for ever.
  Patience(const ClientSession& session, double seconds) : session_(session), seconds_(seconds) {}
  void somebody() { since_ = std::chrono::steady_clock::now(); }
  /// Throws io if there has been no worker for longer than that; the error says why the coordinator refused some.
  void nobody(const std::vector<std::string>& refused) const;

 private:
  const ClientSession& session_;
  double seconds_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

/// The work that a run has done, counted from the first upload on.
struct Tally {
  const RunOptions& options;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  Progress progress;
  std::uint64_t uploaded = 0;  ///< elements
  std::uint64_t bytes = 0;     ///< of them
  std::string note;            ///< for the caller while there is no worker

  Tally(const RunOptions& own, const ClientSession& session);
  /// Tells the caller, in its thread; null: nothing is known of the run yet.
  void tell(const RunStatus* status);
  void wait_for_workers();
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
