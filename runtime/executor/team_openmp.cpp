// The only file that knows OpenMP.
#include <omp.h>

#include "runtime/executor/team.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor::detail {

void run_team(int threads, const std::function<void()>& loop) {
#pragma omp parallel num_threads(threads)
  loop();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor::detail
