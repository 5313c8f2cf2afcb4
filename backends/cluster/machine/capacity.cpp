#include "backends/cluster/machine/capacity.hpp"

#include <algorithm>

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

Capacity capacity_of(std::vector<Machine::WorkerView> workers) {
  Capacity capacity;
  std::erase_if(workers, [](const Machine::WorkerView& worker) { return worker.retiring; });
  if (!workers.empty()) capacity.most_left = 0;
  for (const Machine::WorkerView& worker : workers) {
    const auto left = static_cast<std::uint64_t>(std::max<std::int64_t>(worker.memory_limit - worker.kept, 0));
    capacity.limit = std::min(capacity.limit, static_cast<std::uint64_t>(worker.memory_limit));
    capacity.least_left = std::min(capacity.least_left, left);
    capacity.most_left = std::max(capacity.most_left, left);
    capacity.threads = std::max(capacity.threads, worker.threads);
  }
  if (workers.size() == 1) capacity.keepers = Keepers::one;
  return capacity;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
