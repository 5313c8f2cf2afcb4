#pragma once
/// The header of a classic NetCDF file (CDF-1, CDF-2, CDF-5), read by ourselves: netcdf-c opens a file that was cut in
/// half, or whose header promises 2^31 records, without a word, and loading it takes longer than many a file. With the
/// layout that the header tells, classic_reader reads elements without netcdf-c too. Written from the "NetCDF Classic
/// Format Specification" and the CDF-5 document.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "chunkwise/core/config.hpp"
#include "chunkwise/core/labels.hpp"
#include "runtime/netcdf/format.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

struct ClassicDimension {
  std::string name;
  std::uint64_t length = 0;  ///< 0 for the record dimension
  [[nodiscard]] bool is_record() const { return length == 0; }
};

/// The description of a variable, and its place in its file.
struct ClassicVariable {
  std::string name;
  int type = 0;                         ///< external type, with netcdf-c's numbers
  std::vector<std::size_t> dimensions;  ///< the header's number of each axis's dimension
  std::vector<std::uint64_t> shape;     ///< with the number of records for the record axis
  Attributes attributes;
  bool is_record = false;   ///< its first axis is the record axis
  std::uint64_t begin = 0;  ///< offset of its first byte
  std::uint64_t bytes = 0;  ///< of all its elements; of one record for a record variable; without padding
};

/// The content of a header.
struct ClassicHeader {
  int version = 0;                  ///< 1, 2 or 5
  std::uint64_t header_bytes = 0;   ///< length of the header
  std::uint64_t records = 0;        ///< number of records
  std::uint64_t record_stride = 0;  ///< bytes from one record to the next
  std::uint64_t file_bytes = 0;     ///< least size of a file that holds all this
  std::vector<ClassicDimension> dimensions;
  Attributes attributes;  ///< of the file as a whole
  std::vector<ClassicVariable> variables;
};

/// Returns the bytes of one element of an external type; 0 for a type that classic files do not have.
[[nodiscard]] std::uint64_t classic_type_bytes(int type);

/// Reads bytes at an offset into a span and returns how many there were.
using ReadAt = std::function<std::size_t(std::uint64_t offset, std::span<std::byte> out)>;

/// Parses the header of a file of `file_size` bytes. Memory grows with the entries that are really there, not with a
/// count that claims them. Throws corrupt, naming `shown`, for a header that is cut, contradicts itself, or overflows.
[[nodiscard]] ClassicHeader parse_classic_header(const ReadAt& read, std::uint64_t file_size, const std::string& shown);

/// Throws corrupt if the file is too short for the arrays that its header describes.
void refuse_truncated(const ClassicHeader& header, std::uint64_t file_size, const std::string& shown);

/// Does both of these on an open file.
[[nodiscard]] ClassicHeader read_classic_header(const Descriptor& file, const std::string& shown);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
