#pragma once
/// The version as text.
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the version of the library that a program was built with, such as "0.1.0".
[[nodiscard]] inline std::string library_version() {
  return std::to_string(CHUNKWISE_VERSION_MAJOR) + "." + std::to_string(CHUNKWISE_VERSION_MINOR) + "." +
         std::to_string(CHUNKWISE_VERSION_PATCH);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
