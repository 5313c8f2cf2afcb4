#pragma once
/// What this process uses of memory and CPUs, for the status of a cluster.
#include <chrono>
#include <mutex>

#include "backends/thrift/wire/wire_types.hpp"

namespace chunkwise::wire {

/// Measures this process. Thread-safe.
class ProcessMeter {
 public:
  /// Returns its use: resident memory as of now, and CPUs over the time since it was measured last, a second at least.
  [[nodiscard]] ProcessUse now();

 private:
  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  Clock::time_point measured_ = Clock::now();
  double cpu_seconds_ = 0;  ///< at that time
  ProcessUse last_;
};

}  // namespace chunkwise::wire
