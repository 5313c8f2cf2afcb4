#pragma once
/// Tells the cause of a run's wait if there is no bar.
#include "chunkwise/progress.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns an option that prints one line on standard error when a run has waited for 2 s, with the cause and a remedy,
/// and again while it waits.
[[nodiscard]] RunOption waiting_lines();

}  // namespace chunkwise::inline CHUNKWISE_ABI
