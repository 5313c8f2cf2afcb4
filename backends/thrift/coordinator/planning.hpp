#pragma once
/// A run as its coordinator plans it: from what was submitted, or from what a worker brings of an earlier coordinator.
#include <cstdint>
#include <utility>

#include "backends/thrift/coordinator/machine.hpp"
#include "backends/thrift/plan/steps.hpp"
#include "backends/thrift/wire/services.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

/// What runs are planned for: without workers, anything.
struct Capacity {
  int threads = 1;                               ///< of the worker that has most
  std::uint64_t limit = std::uint64_t{1} << 62;  ///< memory of the worker that has least
  Keepers keepers = Keepers::several;
};

/// The run of a description, its graph decoded and planned for such workers.
std::pair<Steps, RunSpec> planned(const wire::RunDescription& description, const Capacity& capacity = {});

/// The same, with slabs so small that a worker has room for chunks of the outputs beside its work: for two, else for
/// one. The description says then what it was planned for.
std::pair<Steps, RunSpec> planned_with_room(wire::RunDescription& description, const Capacity& capacity);

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
