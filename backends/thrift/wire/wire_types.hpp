#pragma once
/// Conversions between the protocol's structs and those of backends/cluster. For the .cpp files of this backend.
#include <string>
#include <vector>

#include "backends/cluster/planning.hpp"
#include "backends/thrift/wire/services.hpp"
#include "chunkwise/op/function.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

using namespace cluster;  // NOLINT: this backend carries the types of a cluster

[[nodiscard]] wire::StepKey to_wire(const StepKey& key);
[[nodiscard]] StepKey from_wire(const wire::StepKey& key);
[[nodiscard]] wire::Failure to_wire(const Problem& problem);
[[nodiscard]] Problem from_wire(const wire::Failure& failure);
[[nodiscard]] wire::Function to_wire(const Function& function);
/// Throws invalid_argument for a function that there cannot be.
[[nodiscard]] Function from_wire(const wire::Function& function);

/// Returns the submission that plans a run; its graph is a view of the description's.
[[nodiscard]] Submission submission_of(const wire::RunDescription& description);
void set_tilings(wire::RunDescription& description, const std::vector<plan::Tiling>& tilings);

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
