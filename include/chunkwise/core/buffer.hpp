#pragma once
/// Memory that chunkwise allocates for runs: recycled by a pool of the process and asked for in huge pages, because the
/// first touch of a fresh page costs more than the arithmetic on it. A Buffer is shared; the last owner gives it back.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A shared piece of memory, aligned to 64 bytes at least. Contents are undefined when new.
using Buffer = std::shared_ptr<std::byte>;

/// Returns a buffer of at least `bytes` from the process's pool; throws memory_limit if the system has no memory to
/// give.
[[nodiscard]] Buffer allocate_buffer(std::size_t bytes);

/// The pool's memory, in bytes. Buffers below 64 KiB come from malloc: they are in use, but never kept nor counted as
/// requests.
struct PoolStatistics {
  std::size_t in_use = 0;    ///< handed out
  std::size_t kept = 0;      ///< given back and kept for the next one
  std::size_t peak = 0;      ///< most that was in use and kept together since the last reset
  std::uint64_t fresh = 0;   ///< requests that went to the operating system
  std::uint64_t reused = 0;  ///< requests that did not
};
/// Returns the pool's memory of this process now. May be called from any thread.
[[nodiscard]] PoolStatistics pool_statistics();
/// Starts `peak` anew from the memory that is in use and kept now.
void reset_pool_peak();
/// Gives kept memory back to the operating system until at most `bytes` are kept.
void trim_pool(std::size_t bytes = 0);

}  // namespace chunkwise::inline CHUNKWISE_ABI
