#pragma once
/// A picture's bytes as a file that appears when it is complete.
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// Throws io; invalid_argument where the file exists and must not be overwritten; not_found where its folder is not
/// there.
void save_bytes(const std::string& bytes, const std::string& path, bool overwrite);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
