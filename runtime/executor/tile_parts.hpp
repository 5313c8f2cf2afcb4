#pragma once
/// What a range of a fold's units gives: the parts of the tiles that it touched.
#include <cstdint>
#include <vector>

#include "runtime/executor/merge_tree.hpp"
#include "runtime/executor/partition.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// What a range of a reduce stage gives for one tile: the parts of each of the stage's reductions.
struct TileParts {
  std::int64_t tile = 0;
  std::vector<Parts> tasks;
};

/// Parts with states of their own.
[[nodiscard]] TileParts copy_of(const TileParts& parts);

/// Puts what was made of a tile together as far as it goes: parts of several ranges become fewer.
[[nodiscard]] TileParts merge_parts(const Partition& partition, std::vector<TileParts> parts);

/// True where the parts are all of their tile: of each reduction one, over all chunks.
[[nodiscard]] bool is_whole(const Partition& partition, const TileParts& parts);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
