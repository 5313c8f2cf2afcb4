#pragma once
/// netcdf-c's external types and ours.
#include <netcdf.h>

#include <optional>
#include <string>

#include "chunkwise/core/dtype.hpp"
#include "runtime/dataset/format/variable.hpp"
#include "runtime/netcdf/format.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

static_assert(DefaultFill::int16 == NC_FILL_SHORT && DefaultFill::uint16 == NC_FILL_USHORT &&
              DefaultFill::int32 == NC_FILL_INT && DefaultFill::uint32 == NC_FILL_UINT &&
              DefaultFill::int64 == NC_FILL_INT64 && DefaultFill::uint64 == NC_FILL_UINT64 &&
              DefaultFill::float32 == NC_FILL_FLOAT && DefaultFill::float64 == NC_FILL_DOUBLE);

/// Returns the element type of an external type; none for text and for types that files define themselves.
[[nodiscard]] constexpr std::optional<DType> dtype_of_external(int type) {
  switch (type) {
    case NC_BYTE:
      return DType::int8;
    case NC_SHORT:
      return DType::int16;
    case NC_INT:
      return DType::int32;
    case NC_INT64:
      return DType::int64;
    case NC_UBYTE:
      return DType::uint8;
    case NC_USHORT:
      return DType::uint16;
    case NC_UINT:
      return DType::uint32;
    case NC_UINT64:
      return DType::uint64;
    case NC_FLOAT:
      return DType::float32;
    case NC_DOUBLE:
      return DType::float64;
    default:
      return std::nullopt;
  }
}

/// Returns the external type of an element type; bool is stored as bytes.
[[nodiscard]] constexpr int external_of_dtype(DType dtype) {
  switch (dtype) {
    case DType::boolean:
    case DType::int8:
      return NC_BYTE;
    case DType::int16:
      return NC_SHORT;
    case DType::int32:
      return NC_INT;
    case DType::int64:
      return NC_INT64;
    case DType::uint8:
      return NC_UBYTE;
    case DType::uint16:
      return NC_USHORT;
    case DType::uint32:
      return NC_UINT;
    case DType::uint64:
      return NC_UINT64;
    case DType::float32:
      return NC_FLOAT;
    case DType::float64:
      break;
  }
  return NC_DOUBLE;
}

/// Returns the name for people of an external type that is not of a file's own: "int16", "text".
[[nodiscard]] inline std::string name_of_external(int type) {
  if (const auto dtype = dtype_of_external(type)) return std::string(name_of(*dtype));
  return type == NC_CHAR ? "text" : type == NC_STRING ? "strings" : "a type that NetCDF does not have";
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
