// libFuzzer: any bytes as a classic NetCDF file. The first byte says how much longer the file is than its bytes. A
// header becomes a description in which every variable lies inside the file, the same each time, or an Error that names
// the file; headers/ has a file of each format.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "chunkwise/core/error.hpp"
#include "runtime/netcdf/classic_header.hpp"

namespace cw = chunkwise;
namespace netcdf = chunkwise::netcdf;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const netcdf::ClassicHeader& header, std::uint64_t file_size) {
  require(header.version == 1 || header.version == 2 || header.version == 5);
  require(header.header_bytes <= file_size && header.file_bytes <= file_size);
  for (const netcdf::ClassicVariable& variable : header.variables) {
    require(variable.dimensions.size() == variable.shape.size());
    require(netcdf::classic_type_bytes(variable.type) > 0);
    std::uint64_t bytes = netcdf::classic_type_bytes(variable.type);
    for (std::size_t axis = 0; axis < variable.shape.size(); ++axis) {
      require(variable.dimensions[axis] < header.dimensions.size());
      const bool is_record = header.dimensions[variable.dimensions[axis]].is_record();
      require(is_record == (axis == 0 && variable.is_record));
      require(variable.shape[axis] ==
              (is_record ? header.records : header.dimensions[variable.dimensions[axis]].length));
      if (!is_record) require(!__builtin_mul_overflow(bytes, variable.shape[axis], &bytes));
    }
    require(variable.bytes == bytes);
    const std::uint64_t records = variable.is_record ? header.records : 1;
    std::uint64_t last = 0;
    if (records == 0 || bytes == 0) continue;
    require(!__builtin_mul_overflow(variable.is_record ? header.record_stride : 0, records - 1, &last));
    require(!__builtin_add_overflow(last, variable.begin, &last) && !__builtin_add_overflow(last, bytes, &last));
    require(last <= file_size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint64_t beyond = data[0] < 64 ? 0 : std::uint64_t{1} << (data[0] % 64);
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  const std::uint64_t file_size = bytes.size() + beyond;
  const netcdf::ReadAt read = [&](std::uint64_t offset, std::span<std::byte> out) {
    const std::size_t at = static_cast<std::size_t>(std::min<std::uint64_t>(offset, bytes.size()));
    const std::size_t count = std::min(out.size(), bytes.size() - at);
    if (count > 0) std::memcpy(out.data(), bytes.data() + at, count);
    return count;
  };
  try {
    const netcdf::ClassicHeader header = netcdf::parse_classic_header(read, file_size, "file.nc");
    netcdf::refuse_truncated(header, file_size, "file.nc");
    check(header, file_size);
    const netcdf::ClassicHeader again = netcdf::parse_classic_header(read, file_size, "file.nc");
    require(again.variables.size() == header.variables.size() && again.file_bytes == header.file_bytes);
  } catch (const cw::Error& error) {
    require(error.code() == cw::ErrorCode::corrupt &&
            std::string_view(error.what()).find("file.nc") != std::string_view::npos);
  }
  return 0;
}
