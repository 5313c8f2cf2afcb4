#include "backends/mpi/mpi_backend.hpp"

#include <memory>
#include <utility>

#include "backends/cluster/client/cluster_backend.hpp"
#include "backends/local/local_backend.hpp"
#include "backends/mpi/job.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

BackendPtr make_mpi_backend(std::string uri, std::string_view rest, const BackendOptions& options) {
  if (!rest.empty())
    throw Error(ErrorCode::invalid_argument, "connect: '" + printable(uri) +
                                                 "' says more than an MPI job needs; write mpi: alone, the number of "
                                                 "ranks is mpirun's (mpirun -n RANKS)");
  Job& job = Job::of_process();
  if (job.rank() != 0) job.work();
  return std::make_shared<ClusterBackend>(job.session(uri, {options.threads, options.memory_limit}),
                                          make_local_backend("local", options), options);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi

/// The symbol that a program which links chunkwise::mpi asks the linker for, so that this file is part of it.
extern "C" void chunkwise_mpi_backend() {}
