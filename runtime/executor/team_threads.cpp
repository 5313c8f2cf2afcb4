// The team without OpenMP, for tools that cannot see into its runtime (CHUNKWISE_TEAM=threads).
#include <thread>
#include <vector>

#include "runtime/executor/team.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor::detail {

void run_team(int threads, const std::function<void()>& loop) {
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(loop);
  loop();
  for (std::thread& other : others) other.join();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor::detail
