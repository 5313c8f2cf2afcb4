#pragma once
/// Folds whose results are written as they are finished.
#include <cstdint>
#include <span>

#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Lets folds whose results are large, go to a sink, and are wanted for nothing else be written tile by tile, so that
/// they never lie in memory as a whole: a product of matrices may be larger than memory. Their writes are no stages of
/// their own then.
void write_folds_directly(Plan& plan, std::span<const OutputKind> outputs, std::uint64_t limit);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
