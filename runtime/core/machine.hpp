#pragma once
/// What this process may use of the machine it runs on.
#include <cstdint>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// CPUs that this process may use: its affinity, which container limits and taskset change.
[[nodiscard]] int usable_threads();
/// Bytes of memory of the machine, or of the container where that is less.
[[nodiscard]] std::uint64_t usable_memory();

}  // namespace chunkwise::inline CHUNKWISE_ABI
