#pragma once
/// NetCDF files as sources and as sinks: classic files (CDF-1, CDF-2, CDF-5) and NetCDF-4. What is here works with
/// run-time types and needs no NetCDF header; the typed open_netcdf<T, N> is in chunkwise/netcdf.hpp.
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/shape.hpp"
#include "chunkwise/io/sink.hpp"
#include "chunkwise/io/source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// How files are opened.
struct NetcdfOptions {
  /// Dimension along which several files are joined; empty: the variable's record dimension, else "time", else its
  /// first.
  std::string join = {};
  /// Shape of the array's chunks, 0 meaning a whole axis; empty: by the file's own chunks or ChunkGrid::automatic.
  Shape chunks = {};
  /// Apply the CF conventions: missing values, valid ranges, _Unsigned, scale_factor and add_offset.
  bool decode = true;
};

/// The files of a pattern such as "weather/*.nc", sorted by name. A name without a wildcard, and a pattern that is
/// itself the name of a file, stand for that file. Throws not_found with the pattern where nothing matches.
[[nodiscard]] std::vector<std::string> expand_glob(const std::string& pattern);

/// One variable in one or more files: a source a file, and what they have in common.
struct NetcdfParts {
  std::vector<SourcePtr> parts;  ///< in the order of the paths
  int axis = 0;                  ///< the axis along which the parts are joined
  Labels labels;                 ///< of the joined array
};

/// Opens `variable` ("t2m", or "group/t2m") in every file as an array of `as`. Reads metadata and the coordinate
/// variables of its dimensions (those that are numbers along that one dimension), no data.
///
/// Coordinates keep their stored type unless they are packed. The one of the join dimension is left out where the files
/// count it from different origins ("hours since ..."): its numbers would not be comparable.
///
/// Throws not_found where a file, variable or join dimension is missing; shape_mismatch and name_mismatch with the file
/// that does not fit the first and how it differs; unsupported where elements are no numbers; type_mismatch where
/// missing values or scaling are declared but `as` is an integer; corrupt where a file is truncated or contradicts
/// itself.
[[nodiscard]] NetcdfParts open_netcdf_parts(const std::vector<std::string>& paths, const std::string& variable,
                                            DType as, const NetcdfOptions& options = {});

/// Makes variables of NetCDF files known as sources that travel (io/source_kinds.hpp): called once in a process that
/// works for others.
void register_netcdf_kind();

/// How a file is written.
struct NetcdfWriteOptions {
  enum class Format { netcdf4, classic, offset64, cdf5 } format = Format::netcdf4;
  std::string variable = {};  ///< name of the variable; empty: the labels' name, else "data"
  int deflate = 0;            ///< compression from 0 (none) to 9, for Format::netcdf4
  std::string history = {};   ///< a line that is put before the history which the arrays bring; empty: none
  bool overwrite = true;      ///< false: a file that exists is an error
};

/// A NetCDF file that receives one array, with its dimension names, coordinates and attributes, the companions that
/// these name, the attributes of the file that it comes from, and its record dimension unlimited. It is written under a
/// temporary name beside `path` and takes its name when it is complete, so `path` never holds half a result.
///
/// Floating results declare NaN as missing, and NaN is always written with the same bits. Element types that a format
/// lacks: bool is stored as bytes; in Format::classic and offset64 unsigned integers of up to 32 bits are stored with
/// _Unsigned, while 64-bit integers are refused (unsupported).
[[nodiscard]] SinkPtr netcdf_sink(const std::string& path, const NetcdfWriteOptions& options = {});

/// A NetCDF file that receives several arrays as variables, each through a sink of its own and named by its labels.
/// They are written by one run (untyped.hpp: write), in any order; the file is created when all sinks have begun and
/// appears under its name when all are finished. Arrays share the dimensions on whose name, extent and coordinate they
/// agree.
[[nodiscard]] std::vector<SinkPtr> netcdf_sinks(const std::string& path, std::size_t arrays,
                                                const NetcdfWriteOptions& options = {});

}  // namespace chunkwise::inline CHUNKWISE_ABI
