#include "runtime/executor/tile_parts.hpp"

#include <algorithm>

#include "runtime/executor/tile_trees.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

TileParts merge_parts(const Partition& partition, std::vector<TileParts> parts) {
  TileParts merged;
  if (parts.empty()) return merged;
  merged.tile = parts.front().tile;
  TileTrees trees(partition, merged.tile, merged.tile + 1);
  for (TileParts& some : parts) {
    if (some.tile != merged.tile || some.tasks.size() != plan::folds_of(partition.stage()).size())
      throw Error(ErrorCode::invalid_argument, "parts of tile " + std::to_string(some.tile) + " with " +
                                                   std::to_string(some.tasks.size()) +
                                                   " reductions among those of tile " + std::to_string(merged.tile));
    for (std::size_t t = 0; t < some.tasks.size(); ++t)
      for (Part& part : some.tasks[t]) (void)trees(merged.tile, t).add(std::move(part));
  }
  merged.tasks = trees.take(merged.tile);
  return merged;
}

bool is_whole(const Partition& partition, const TileParts& parts) {
  const std::pair<std::int64_t, std::int64_t> all(0, partition.chunks());
  return parts.tasks.size() == plan::folds_of(partition.stage()).size() &&
         std::all_of(parts.tasks.begin(), parts.tasks.end(), [&](const Parts& task) {
           return task.size() == 1 && chunks_of(task.front(), partition.chunks(), partition.merge_group_size()) == all;
         });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
