#pragma once
/// The stages of a graph, before the passes over plans.
#include <cstdint>
#include <span>

#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// The outputs that a plan writes.
enum class Outputs : bool {
  unless_seen,  ///< outputs in memory that are views of it are not written
  all,
};

/// Returns a plan with the stages of a graph, one for each fold and each output, and at most `budget` bytes for arrays
/// that are held because they are broadcast.
[[nodiscard]] Plan stages_of(const Graph& graph, std::span<const OutputKind> outputs, std::uint64_t budget,
                             Outputs written);

/// Finds the bodies of all maps that the plan's stages compute below their own (Plan::inner_bodies).
void find_inner_bodies(Plan& plan);

/// Returns how many folds lie below an array on the longest way to a source: those must be complete before it is
/// streamed.
[[nodiscard]] int folds_below(const Node& node);

/// Returns true if an array can be seen without being written: memory, a finished reduction, or a part of either.
[[nodiscard]] bool is_view(const Node& node);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
