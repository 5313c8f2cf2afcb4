#include "backends/mpi/mpi_backend.hpp"

#include <algorithm>
#include <cstdint>
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
  // The ranks that work share the limit; results may take all of it here.
  const auto ranks = static_cast<std::uint64_t>(std::max(job.size() - 1, 1));
  const std::uint64_t share = options.memory_limit > 0 ? std::max<std::uint64_t>(options.memory_limit / ranks, 1) : 0;
  return std::make_shared<ClusterBackend>(job.session(uri, {options.threads, share}),
                                          make_local_backend("local", options), options);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi

/// The symbol that a program which links chunkwise::mpi asks the linker for, so that this file is part of it.
extern "C" void chunkwise_mpi_backend() {}
