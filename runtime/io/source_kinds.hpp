#pragma once
/// The kinds of sources that are known without registration.
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/io/source_kinds.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::io {

/// Returns the kinds constant, arange, random and plain memory.
[[nodiscard]] std::vector<std::pair<std::string, SourceOpener>> plain_kinds();

}  // namespace chunkwise::inline CHUNKWISE_ABI::io
