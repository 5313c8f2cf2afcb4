#pragma once
/// The declarations of a results' file before its data: dimensions, coordinates, the variables and their attributes.
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/labels.hpp"
#include "chunkwise/io/netcdf.hpp"
#include "runtime/dataset/format/loaded_companions.hpp"
#include "runtime/netcdf/format.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Bytes of compressed pieces that HDF5 keeps while they are written in part.
inline constexpr std::size_t write_cache_bytes = std::size_t{16} << 20;

/// One array as it is to stand in a file.
struct Definition {
  DType dtype = DType::float64;
  Shape shape;
  ChunkGrid grid;
  Labels labels;
  std::vector<LoadedCompanion> companions;  ///< the companions that stand beside it in the file
};

/// Returns true if chunks of an array are no pieces of it that lie one behind the other, and it is larger than a chunk
/// of a NetCDF-4 file: then it is stored in chunks there, so that whoever reads one of them reads little else.
[[nodiscard]] bool lies_in_chunks(const Definition& definition);

/// Defines everything in a file just created by netcdf-c, ends its definitions, writes coordinates and companions, and
/// returns the number of each array's variable. Arrays share a dimension if they agree on its name, extent and
/// coordinate, and a companion if it is the same; otherwise each has its own. Attributes that name other variables name
/// those that are there. A record dimension is unlimited if the format has room for one: in Format::netcdf4
/// anywhere, in others as the first axis of all that have it. Throws unsupported for anything that the format cannot
/// hold. Throws invalid_argument for two arrays of one name, an array in place of a coordinate, attributes by which
/// readers would change values that are not packed, and as write_attribute does.
[[nodiscard]] std::vector<int> define_file(int file, std::span<const Definition> definitions,
                                           const NetcdfWriteOptions& options, const std::string& path);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
