#pragma once
/// The workers that runs are planned for, as the machine knows them.
#include <vector>

#include "backends/cluster/machine/machine.hpp"
#include "backends/cluster/planning.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// Returns the capacity of the workers that do not retire.
[[nodiscard]] Capacity capacity_of(std::vector<Machine::WorkerView> workers);

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
