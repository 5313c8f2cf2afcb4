#pragma once
/// Names as netcdf-c tells them.
#include <netcdf.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>

#include "runtime/netcdf/library.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Reads a name with `inquire(buffer)`, under the library's lock. netcdf-c does not terminate names of NC_MAX_NAME
/// bytes in NetCDF-4 files, and copies the memory behind them until there is a zero.
template <class Inquire, class Doing>
[[nodiscard]] std::string read_name(const Inquire& inquire, const Doing& doing) {
  std::array<char, std::size_t{16} * NC_MAX_NAME> name{};
  check(inquire(name.data()), doing);
  return {name.data(), strnlen(name.data(), NC_MAX_NAME)};
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
