#include "runtime/executor/merge_tree.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

void merge(States& left, const States& right) {
  for (std::size_t k = 0; k < left.size(); ++k) reduce::merge(left[k], right[k]);
}

void fold_in(States& folded, States next) {
  if (folded.empty())
    folded = std::move(next);
  else
    merge(folded, next);
}

std::optional<States> MergeTree::add(std::int64_t index, States states) {
  std::int64_t count = runs_;
  for (int level = 0; count > 1; ++level, index /= 2, count = (count + 1) / 2) {
    if (index % 2 == 0 && index + 1 == count) continue;
    States sibling;
    {
      const std::scoped_lock lock(mutex_);
      const auto found = waiting_.find({level, index ^ 1});
      if (found == waiting_.end()) {
        waiting_.emplace(std::pair(level, index), std::move(states));
        return std::nullopt;
      }
      sibling = std::move(found->second);
      waiting_.erase(found);
    }
    if (index % 2 == 1) std::swap(states, sibling);
    merge(states, sibling);
  }
  return states;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
