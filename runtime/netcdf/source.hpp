#pragma once
/// One variable of one file as a Source.
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/io/netcdf.hpp"
#include "chunkwise/io/source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// A file's variable, opened: the source, and what open_netcdf_parts compares between files.
struct OpenedVariable {
  SourcePtr source;
  std::string path;
  std::string name;                     ///< without its groups
  std::vector<std::string> dimensions;  ///< a name an axis
  std::vector<Coordinate> coordinates;  ///< one an axis; false where there is none
  int record_axis = -1;
  Attributes attributes;  ///< those that hold for the source's elements
  std::string units;
};

/// Opens `variable` of one file, with the values of its coordinates or without; throws as open_netcdf_parts does.
[[nodiscard]] OpenedVariable open_variable(const std::string& path, const std::string& variable, DType as,
                                           const NetcdfOptions& options, bool with_coordinates = true);

/// The grid of an array in a file: the user's chunks; else the file's, made larger by whole multiples, the last axis
/// first, up to 2^23 elements; else ChunkGrid::automatic. `stored` is the file's chunk shape, rank 0 where it has none.
[[nodiscard]] ChunkGrid choose_grid(const Shape& shape, const Shape& stored, const Shape& wanted,
                                    const std::string& where);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
