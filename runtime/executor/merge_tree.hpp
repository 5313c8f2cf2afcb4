#pragma once
/// The pairwise tree over the runs of a reduction: neighbours are merged level by level, an odd last one moves up as it
/// is. The shape of the tree depends on the number of runs alone; the order in which they arrive does not matter.
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/reduce/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The states of all kinds that one task accumulates.
using States = std::vector<reduce::State>;

class MergeTree {
 public:
  explicit MergeTree(std::int64_t runs) : runs_(runs) {}
  /// Adds run `index`; gives the merged states of all runs to the caller that completes the tree, to others nothing.
  /// Thread-safe; merging happens outside the lock.
  std::optional<States> add(std::int64_t index, States states);

 private:
  std::int64_t runs_;
  std::mutex mutex_;
  std::map<std::pair<int, std::int64_t>, States> waiting_;
};

/// left = left merged with right, kind by kind.
void merge(States& left, const States& right);
/// Merges the states that follow into those folded so far, which may be none.
void fold_in(States& folded, States next);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
