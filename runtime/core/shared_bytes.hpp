#pragma once
/// Bytes that somebody keeps alive, on their way to another process or from it.
#include <cstddef>
#include <memory>
#include <span>

#include "chunkwise/core/buffer.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Bytes and what keeps them alive; a copy shares them. Without an owner the caller keeps them.
struct SharedBytes {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

/// Returns the first `size` bytes of a buffer.
[[nodiscard]] inline SharedBytes share(const Buffer& buffer, std::size_t size) {
  return {{buffer.get(), size}, buffer};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
