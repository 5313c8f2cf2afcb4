// The only file that knows OpenMP.
#include <omp.h>

#include "runtime/executor/team.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor::detail {

// A source, a function or a library of a user's own may have OpenMP regions: each member of the team would make a team
// of its own there. The threads themselves are not OpenMP's, which ends the process if the system refuses one.
void become_member() { omp_set_num_threads(1); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor::detail
