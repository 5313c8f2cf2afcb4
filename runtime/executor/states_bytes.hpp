#pragma once
/// Partial reductions as bytes, for their way between workers: little endian, and checked against the stage that they
/// claim to belong to before anything is believed.
#include "runtime/core/shared_bytes.hpp"
#include "runtime/executor/tile_parts.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// Returns the parts of one tile as bytes: a head that describes them, and the states as they lie in memory, each at a
/// multiple of 64 bytes.
[[nodiscard]] SharedBytes to_bytes(const TileParts& parts);

/// Returns the parts of tile `tile` that to_bytes() wrote; their states stay in the memory of the bytes if that is
/// owned and aligned to 64 bytes. Throws invalid_argument if they do not fit the stage: another tile, kind, element
/// type or number of outputs, a part that its tree has no place for, bytes too few or too many. Takes no more memory
/// than the bytes have.
[[nodiscard]] TileParts parts_from_bytes(const Partition& partition, std::int64_t tile, const SharedBytes& bytes);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
