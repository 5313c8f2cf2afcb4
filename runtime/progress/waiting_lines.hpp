#pragma once
/// What a run waits for, said where there is no bar.
#include "chunkwise/progress.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Says on standard error what a run waits for, and what helps, in a line once it has waited for 2 s, and again while
/// it goes on; nothing else.
[[nodiscard]] RunOption waiting_lines();

}  // namespace chunkwise::inline CHUNKWISE_ABI
