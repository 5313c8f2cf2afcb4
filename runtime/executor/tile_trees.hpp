#pragma once
/// The merge trees of some tiles of a fold.
#include <cstdint>
#include <deque>
#include <vector>

#include "runtime/executor/tile_parts.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The trees of the tiles that a range touches: one a tile and reduction.
class TileTrees {
 public:
  TileTrees(const Partition& partition, std::int64_t first_tile, std::int64_t last_tile)
      : first_(first_tile), tasks_(plan::folds_of(partition.stage()).size()) {
    const std::int64_t merge_group_size = plan::folds_of(partition.stage()).front().definition.merge_group_size;
    for (std::size_t i = 0; i < static_cast<std::size_t>(last_tile - first_tile) * tasks_; ++i)
      trees_.emplace_back(partition.chunks(), merge_group_size);
  }
  MergeTree& operator()(std::int64_t tile, std::size_t task) {
    return trees_[static_cast<std::size_t>(tile - first_) * tasks_ + task];
  }
  std::vector<Parts> take(std::int64_t tile) {
    std::vector<Parts> tasks;
    for (std::size_t t = 0; t < tasks_; ++t) tasks.push_back((*this)(tile, t).take_parts());
    return tasks;
  }

 private:
  std::int64_t first_;
  std::size_t tasks_;
  std::deque<MergeTree> trees_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
