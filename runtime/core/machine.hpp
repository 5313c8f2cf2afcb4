#pragma once
/// The part of the machine that this process may use.
#include <cstdint>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns how many CPUs this process may use: its affinity, which container limits and taskset change.
[[nodiscard]] int usable_threads();
/// Returns the bytes of memory of the machine, or of the container if that is less.
[[nodiscard]] std::uint64_t usable_memory();

}  // namespace chunkwise::inline CHUNKWISE_ABI
