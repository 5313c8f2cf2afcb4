#pragma once
/// A picture's bytes as a file that appears when it is complete.
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// Writes a picture's bytes to a file. Throws invalid_argument if the file exists and must not be overwritten,
/// not_found if its folder does not exist, and io if it cannot be written.
void save_bytes(const std::string& bytes, const std::string& path, bool overwrite);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
