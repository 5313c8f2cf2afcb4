#pragma once
/// The backend behind "mpi:".
#include <string>
#include <string_view>

#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

/// Returns a backend whose work the ranks of this MPI job do; on a rank other than 0 it does not return, but works and
/// ends the process when rank 0 ends. `rest` is what follows "mpi:" and has to be empty. Of the options, threads
/// are those of each rank, and the memory limit is shared by the ranks that work. Throws unsupported, with what to do,
/// outside mpirun.
[[nodiscard]] BackendPtr make_mpi_backend(std::string uri, std::string_view rest, const BackendOptions& options);

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi
