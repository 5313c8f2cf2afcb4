#include "backends/thrift/coordinator/running_clock.hpp"

#include <chrono>

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

cluster::Time RunningClock::system_now() {
  return std::chrono::duration<cluster::Time>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
