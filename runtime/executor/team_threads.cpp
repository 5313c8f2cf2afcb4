// The team without OpenMP, for tools that cannot see into its runtime (CHUNKWISE_TEAM=threads).
#include "runtime/executor/team.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor::detail {

void become_member() {}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor::detail
