#pragma once
/// What a result's file declares before its data: dimensions, coordinates, the variable and their attributes.
#include <string>

#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/labels.hpp"
#include "chunkwise/io/netcdf.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// One array as it is to stand in a file.
struct Definition {
  DType dtype = DType::float64;
  Shape shape;
  ChunkGrid grid;
  Labels labels;
};

/// Defines everything in a file just created by netcdf-c, ends its definitions, writes the coordinates, and returns the
/// number of the array's variable. Throws unsupported for what the format cannot hold.
[[nodiscard]] int define_file(int file, const Definition& definition, const NetcdfWriteOptions& options,
                              const std::string& doing);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
