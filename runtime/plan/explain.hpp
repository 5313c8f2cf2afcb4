#pragma once
/// Tells what a plan is, as data.
#include "chunkwise/explain.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// The explanation of a plan made from `before`.
[[nodiscard]] Explanation explain(const Plan& plan, const Graph& before, const std::string& backend);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
