#pragma once
/// What the runtime may set of the process's buffer pool, beside chunkwise/core/buffer.hpp. A user's program sees none
/// of it.
#include <cstddef>

#include "chunkwise/core/buffer.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// At most this much memory is kept for reuse; more goes back to the operating system at once. At first a quarter of
/// the machine's memory. Setting it trims the pool.
void set_pool_cap(std::size_t bytes);
[[nodiscard]] std::size_t pool_cap();

/// The bytes that a buffer of `bytes` takes from the pool: the size of its class, at most an eighth more than asked for
/// (below 64 KiB: rounded up to 64). Throws memory_limit for more than any machine has.
[[nodiscard]] std::size_t pooled_size(std::size_t bytes);

}  // namespace chunkwise::inline CHUNKWISE_ABI
