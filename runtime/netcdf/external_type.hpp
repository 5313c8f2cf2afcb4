#pragma once
/// The types in which a format holds elements.
#include <netcdf.h>

#include <string>

#include "chunkwise/core/dtype.hpp"
#include "chunkwise/io/netcdf.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Returns true for a format that has more than the types of the classic model.
[[nodiscard]] inline bool has_all_types(NetcdfWriteOptions::Format format) {
  return format == NetcdfWriteOptions::Format::netcdf4 || format == NetcdfWriteOptions::Format::cdf5;
}

/// The external type of an array's elements, and the attribute that tells readers more of them than the type does.
struct ExternalType {
  int type = NC_DOUBLE;
  const char* attribute = nullptr;
  const char* text = nullptr;
};

/// Returns a format's external type for elements of this type. Throws unsupported, beginning with `doing`, without one.
[[nodiscard]] ExternalType external_type(DType dtype, NetcdfWriteOptions::Format format, const std::string& doing);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
