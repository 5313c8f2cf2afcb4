#pragma once
/// The seconds that pass while this process runs: a worker or client that could not be heard while the process was
/// frozen, or its machine asleep, was not silent.
#include "backends/cluster/run_spec.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

class RunningClock {
 public:
  /// Returns the seconds. To be asked several times a second. If it was not asked for so long that the process was
  /// stopped, calls stood_still(seconds).
  template <class StoodStill>
  [[nodiscard]] cluster::Time now(const StoodStill& stood_still) {
    const cluster::Time here = system_now();
    if (last_seen_ > 0 && here - last_seen_ > longest_between_looks) {
      frozen_ += here - last_seen_;
      stood_still(here - last_seen_);
    }
    last_seen_ = here;
    return here - frozen_;
  }
  /// Returns the system's seconds, frozen or not.
  [[nodiscard]] static cluster::Time system_now();

 private:
  static constexpr cluster::Time longest_between_looks = 2;
  cluster::Time last_seen_ = 0, frozen_ = 0;  ///< of the system's clock
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
