#pragma once
/// Words as a shell reads them.
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns a word as a POSIX shell reads it: as it is if no byte of it has a meaning there, else in quotes.
[[nodiscard]] std::string shell_quoted(const std::string& word);

}  // namespace chunkwise::inline CHUNKWISE_ABI
