#pragma once
/// Tells whether bytes are still those that were there before: for chunks that went to files.
#include <cstddef>
#include <cstdint>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::store {

/// Returns the XXH64 (seed 0; Collet 2014) of bytes. It differs for any two contents that differ in one word, and
/// guards against accidents, not against forgery.
[[nodiscard]] std::uint64_t checksum(const std::byte* data, std::size_t size);

}  // namespace chunkwise::inline CHUNKWISE_ABI::store
