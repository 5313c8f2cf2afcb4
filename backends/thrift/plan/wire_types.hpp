#pragma once
/// Between the protocol's structs and our own. For the .cpp files of this backend.
#include <string>
#include <vector>

#include "backends/thrift/coordinator/machine.hpp"
#include "backends/thrift/wire/services.hpp"
#include "chunkwise/op/function.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

[[nodiscard]] wire::StepKey to_wire(const StepKey& key);
[[nodiscard]] StepKey from_wire(const wire::StepKey& key);
[[nodiscard]] wire::Failure to_wire(const Problem& problem);
[[nodiscard]] Problem from_wire(const wire::Failure& failure);
[[nodiscard]] wire::Function to_wire(const Function& function);
/// Throws invalid_argument for one that there cannot be.
[[nodiscard]] Function from_wire(const wire::Function& function);

/// The passes that a request leaves on; throws not_found for a name that is none.
[[nodiscard]] plan::Passes passes_of(const std::vector<std::string>& disabled);
[[nodiscard]] std::vector<plan::Tiling> tilings_of(const wire::RunDescription& description);
void set_tilings(wire::RunDescription& description, const std::vector<plan::Tiling>& tilings);

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
