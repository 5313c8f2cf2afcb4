#pragma once
/// Describes a plan as data: chunkwise::Explanation.
#include "chunkwise/explain.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Returns the explanation of a plan that was made from the graph `before`, for the backend of this name. `passes` are
/// the reports of all passes that made it.
[[nodiscard]] Explanation explain(const Plan& plan, const Graph& before, const std::string& backend,
                                  std::span<const PassReport> passes);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
