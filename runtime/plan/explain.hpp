#pragma once
/// Describes a plan as data: chunkwise::Explanation.
#include "chunkwise/explain.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Returns the explanation of a plan that was made from the graph `before`, for the backend of this name.
[[nodiscard]] Explanation explain(const Plan& plan, const Graph& before, const std::string& backend);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
