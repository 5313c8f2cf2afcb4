#pragma once
/// Partial reductions as bytes, for their way between workers: little endian, and checked against the stage that they
/// claim to belong to before anything is believed.
#include <cstddef>
#include <span>
#include <vector>

#include "runtime/executor/run_units.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// Returns the parts of one tile as bytes. States are stored as they lie in memory, field by field without padding.
[[nodiscard]] std::vector<std::byte> to_bytes(const TileParts& parts);

/// Returns the parts of tile `tile` that to_bytes() wrote. Throws invalid_argument if they do not fit the stage:
/// another tile, kind, element type or number of outputs, a part that its tree has no place for, bytes too few or too
/// many. Takes no memory beyond the size of `bytes`.
[[nodiscard]] TileParts parts_from_bytes(const Partition& partition, std::int64_t tile,
                                         std::span<const std::byte> bytes);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
