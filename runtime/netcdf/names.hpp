#pragma once
/// Names of dimensions, variables and attributes that NetCDF accepts.
#include <string>
#include <string_view>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Returns the nearest name that NetCDF accepts: '/', control characters and broken UTF-8 become '_', a forbidden first
/// character gets a '_' before it, trailing blanks go, and more than 255 bytes are cut. An accepted name stays as it
/// is.
[[nodiscard]] std::string valid_name(std::string_view name);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
