#pragma once
/// The results of a range of a fold's work items: the parts of the tiles that it touched.
#include <cstdint>
#include <vector>

#include "runtime/executor/merge_tree.hpp"
#include "runtime/executor/partition.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The result of a range of a fold stage for one tile: the parts of each of the stage's reductions.
struct TileParts {
  std::int64_t tile = 0;
  std::vector<Parts> tasks;
};

/// Puts the parts of a tile together as far as possible: parts of several ranges become fewer.
[[nodiscard]] TileParts merge_parts(const Partition& partition, std::vector<TileParts> parts);

/// Returns true if the parts are all of their tile: of each reduction one, over all chunks.
[[nodiscard]] bool is_whole(const Partition& partition, const TileParts& parts);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
