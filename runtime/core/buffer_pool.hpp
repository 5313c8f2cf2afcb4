#pragma once
/// The settings of the process's buffer pool that the runtime alone uses, beside chunkwise/core/buffer.hpp.
#include <cstddef>

#include "chunkwise/core/buffer.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// At most this much memory is kept for reuse; more goes back to the operating system at once. At first a quarter of
/// the machine's memory. Setting it trims the pool.
void set_pool_cap(std::size_t bytes);
[[nodiscard]] std::size_t pool_cap();

/// A limit for a run. While it lives, kept memory goes back to the operating system, the oldest first, before used and
/// kept memory would together exceed the limit. Memory that fits the run is reused and not given back first: fresh
/// pages cost more than the arithmetic on them. Of several limits at a time the lowest holds.
class PoolLimit {
 public:
  explicit PoolLimit(std::size_t bytes);
  ~PoolLimit();
  PoolLimit(const PoolLimit&) = delete;
  PoolLimit& operator=(const PoolLimit&) = delete;

 private:
  std::size_t bytes_;
};

/// Returns the bytes that a buffer of `bytes` takes from the pool: the size of its class, at most an eighth more than
/// asked for (below 64 KiB: rounded up to 64). Throws memory_limit for more than any machine has.
[[nodiscard]] std::size_t pooled_size(std::size_t bytes);

}  // namespace chunkwise::inline CHUNKWISE_ABI
