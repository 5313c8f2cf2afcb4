#pragma once
/// The most memory that a plan takes, whatever the order of events.
#include <span>

#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Returns the bound of a plan whose threads, slabs and tilings are chosen.
[[nodiscard]] MemoryBound memory_bound(const Plan& plan, std::span<const OutputKind> outputs);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
