#pragma once
/// Opens one variable of several files, once it is known along which dimension they are joined.
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/io/netcdf.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// Returns open_netcdf_parts with the dimension decided. A variable without it is the first file's, and equal in the
/// others.
[[nodiscard]] NetcdfParts open_series(const std::vector<std::string>& paths, const std::string& variable,
                                      std::optional<DType> as, const NetcdfOptions& options,
                                      const std::string& dimension);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
