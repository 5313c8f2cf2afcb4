#pragma once
/// NetCDF files as sources and as sinks: classic files (CDF-1, CDF-2, CDF-5) and NetCDF-4. These functions work with
/// run-time types and need no NetCDF header; the typed open_netcdf<T, N> is in chunkwise/netcdf.hpp. Several strings in
/// one attribute stand in one text, with ASCII's separator of records, U+001E, between them, and are written as
/// several.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/shape.hpp"
#include "chunkwise/io/sink.hpp"
#include "chunkwise/io/source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The options of opening files.
struct NetcdfOptions {
  /// Dimension along which several files are joined; empty: the one unlimited dimension; of several the one that grows
  /// from the first file to the last, or time; without any the dimension whose coordinate or length differs between
  /// them, else "time". If nothing tells, it is guessed (a dimension of length 1, else the first of the variable of
  /// most dimensions), which `warn` is told.
  std::string join = {};
  /// Shape of the array's chunks, 0 meaning a whole axis; empty: by the file's own chunks or ChunkGrid::automatic.
  Shape chunks = {};
  /// Apply the CF conventions: missing values, valid ranges, _Unsigned, scale_factor and add_offset.
  bool decode = true;
  /// Let netcdf-c and HDF5 open NetCDF-4 files in a process apart, so that a file which makes them crash or run without
  /// end is an Error (corrupt) which names it. For files of doubtful origin:
  /// docs/semantics.md#files-of-doubtful-origin.
  bool isolated = false;
  /// Let conversions to the array's element type change values: integers wrap, floating numbers are truncated to
  /// integers or rounded to float, and 64-bit integers of a series that becomes floating are rounded. false: that is an
  /// error. A floating type that is asked for takes 64-bit integers rounded, as NumPy's "safe" casting has it.
  bool cast = false;
  /// Let files spell their metadata differently; the first file's are kept. Units of one meaning ("m s-1", "m s**-1",
  /// "m/s") count as equal, and so do coordinates that differ by at most a millionth of their largest value and a
  /// hundredth of their smallest step. false: that is an error.
  bool lenient = false;
  /// Called with a sentence about something that may be a mistake and is no error: times that overlap or run backwards,
  /// a join dimension that is a guess, a valid range that excludes everything or nearly so. Empty: not called.
  std::function<void(const std::string&)> warn = {};
};

/// Returns the files of a pattern such as "weather/*.nc", sorted by name. A name without a wildcard, and a pattern that
/// is itself the name of a file, stand for that file. Throws not_found with the pattern if nothing matches.
[[nodiscard]] std::vector<std::string> expand_glob(const TextArgument& pattern);

/// One variable in one or more files: a source a file, and their common axis and labels.
struct NetcdfParts {
  std::vector<SourcePtr> parts;  ///< in the order of the paths
  int axis = 0;                  ///< the axis along which the parts are joined
  Labels labels;                 ///< of the joined array
  std::string dimension = {};    ///< along which files are joined; empty for one file, and if `parts` is the first's
};

/// Returns `variable` ("t2m", or "group/t2m") in every file as an array of `as`; if that is left out, of the type that
/// the values of all files ask for, promoted from file to file as concatenate does. Reads metadata and the coordinate
/// variables of its dimensions (those that are numbers along that one dimension), no data.
///
/// Coordinates keep their stored type unless they are packed. Times that are counted in different units or from
/// different days are converted to one unit, the finest of them, from the first file's day; so is the variable if it
/// holds times itself.
///
/// A variable without the dimension along which files are joined, such as an orography, is the first file's. It must be
/// equal in the others: its values are compared in up to 1,000 files, spread evenly and the last among them, and up to
/// 64 MiB of them.
///
/// Throws not_found if a file, variable or join dimension is missing; shape_mismatch and name_mismatch with the file
/// that does not fit the first and how it differs (calendars that name different days among them); unsupported if
/// elements are no numbers; type_mismatch if missing values or scaling are declared but `as` is an integer, and if `as`
/// cannot hold every value of a file's type (see NetcdfOptions::cast); corrupt if a file is truncated or contradicts
/// itself. If `as` is left out, reading throws type_mismatch for a 64-bit integer that the floating type which the
/// files ask for does not have.
///
///   const NetcdfParts parts = open_netcdf_parts(expand_glob("sst*.nc"), "sst", std::nullopt);
[[nodiscard]] NetcdfParts open_netcdf_parts(const std::vector<std::string>& paths, const TextArgument& variable,
                                            std::optional<DType> as, const NetcdfOptions& options = {});

/// Registers variables of NetCDF files as sources that travel (io/source_kinds.hpp): called once in a process that
/// works for others.
void register_netcdf_kind();

/// Returns why files cannot be isolated here (NetcdfOptions::isolated): the program that opens them is not installed,
/// or another version. Empty if they can.
[[nodiscard]] std::string isolation_problem();

/// The options of writing a file.
struct NetcdfWriteOptions {
  /// The kind of file: NetCDF-4, or one of the three classic ones.
  enum class Format { netcdf4, classic, offset64, cdf5 } format = Format::netcdf4;
  std::string variable = {};  ///< name of the variable; empty: the labels' name, else "data"
  int deflate = 0;            ///< compression from 0 (none) to 9, for Format::netcdf4
  std::string history = {};   ///< a line that is put before the history which the arrays bring; empty: none
  bool overwrite = true;      ///< false: a file that exists is an error
  /// Called with a sentence about a difference of the file from the arrays, because its format cannot say it: a name
  /// that NetCDF does not allow and that becomes another, an attribute whose name NetCDF-4 keeps for itself, several
  /// texts in one attribute of a format that has no lists, a `_FillValue` that no element can equal. Empty: such a file
  /// is refused (invalid_argument). Also called for companions that differ from file to file.
  std::function<void(const std::string&)> warn = {};
};

/// Returns a NetCDF file that receives one array, with its dimension names, coordinates and attributes, the companions
/// that these name, the attributes of the file that it comes from, and its record dimension unlimited. It is written
/// under a temporary name beside `path` and takes its name when it is complete, so `path` never holds half a result.
///
/// Floating results declare NaN as missing, and NaN is always written with the same bits. Element types that a format
/// lacks: bool is stored as bytes; in Format::classic and offset64 unsigned integers of up to 32 bits are stored with
/// _Unsigned, while 64-bit integers are refused (unsupported).
///
/// A run that would write a file which says something else than the array is refused (invalid_argument):
/// attributes that change values which are not packed, that their type does not hold, or whose names NetCDF does not
/// allow or that stand twice; an array named like a dimension whose coordinate has other values
/// (docs/semantics.md#attributes-of-files-that-are-written).
[[nodiscard]] SinkPtr netcdf_sink(const TextArgument& path, const NetcdfWriteOptions& options = {});

/// Returns a NetCDF file that receives several arrays as variables, each through a sink of its own and named by its
/// labels. They are written by one run (untyped.hpp: write), in any order; the file is created when all sinks have
/// begun and appears under its name when all are finished. Arrays share the dimensions on whose name, extent and
/// coordinate they agree.
[[nodiscard]] std::vector<SinkPtr> netcdf_sinks(const TextArgument& path, std::size_t arrays,
                                                const NetcdfWriteOptions& options = {});

}  // namespace chunkwise::inline CHUNKWISE_ABI
