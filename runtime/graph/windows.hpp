#pragma once
/// Reductions of windows: which folds are such, and the functions of lines that they are made of.
#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

/// Returns a fold over all axes of the windows of an array, and no others, as what it is by definition: functions of
/// lines (op/line/windows.hpp), one an axis that has windows. Null for any other fold, and for an aggregate that does
/// not merge in that way. The axes of windows are those that `rolling` (expr/rolling.hpp) makes.
[[nodiscard]] NodePtr fold_of_windows(AggregateCode code, const NodePtr& input, std::uint32_t axes, bool keepdims,
                                      std::int64_t ddof);

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
