#include "runtime/netcdf/external_type.hpp"

#include "chunkwise/core/error.hpp"
#include "runtime/netcdf/types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

ExternalType external_type(DType dtype, NetcdfWriteOptions::Format format, const std::string& doing) {
  if (dtype == DType::boolean) return {NC_BYTE, "dtype", "bool"};
  if (has_all_types(format)) return {external_of_dtype(dtype)};
  switch (dtype) {
    case DType::uint8:
      return {NC_BYTE, "_Unsigned", "true"};
    case DType::uint16:
      return {NC_SHORT, "_Unsigned", "true"};
    case DType::uint32:
      return {NC_INT, "_Unsigned", "true"};
    case DType::int64:
    case DType::uint64:
      throw Error(ErrorCode::unsupported, doing + ": this format has no " + std::string(name_of(dtype)) +
                                              "; choose netcdf4 or cdf5, or convert the result to double");
    default:
      return {external_of_dtype(dtype)};
  }
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
