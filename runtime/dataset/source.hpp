#pragma once
/// One variable of one file as a Source.
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/io/netcdf.hpp"
#include "chunkwise/io/source.hpp"
#include "runtime/dataset/format/file.hpp"
#include "runtime/dataset/format/variable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// A file's variable as it was found, before it is known as which elements it will be read.
struct OpenedVariable {
  std::shared_ptr<const File> file;
  std::string path;      ///< as the user gave it
  std::string variable;  ///< with its groups
  Variable found;        ///< the file's description of it
  std::shared_ptr<const RegionReader> reader;
  std::vector<Coordinate> coordinates;  ///< one an axis; false if there is none
  DType dtype = DType::float64;         ///< the type that its values ask for, decoded or as stored
  std::string units;                    ///< its own, or those of the coordinate whose bounds it holds
  std::string calendar;                 ///< the same
};

/// The NetcdfOptions that count when a file's variable is looked for.
struct Opening {
  bool decode = true;
  bool isolated = false;
};
[[nodiscard]] inline Opening opening_of(const NetcdfOptions& options) { return {options.decode, options.isolated}; }

/// Finds `variable` of one file, with the values of its coordinates or without; throws as open_netcdf_parts does.
[[nodiscard]] OpenedVariable open_variable(const std::string& path, const std::string& variable, const Opening& how,
                                           bool with_coordinates = true);

/// The way in which a variable's elements become those of an array.
struct Reading {
  DType as = DType::float64;
  /// Missing values count if this type is floating: it is `as`, or in a series the type of each file's own values.
  DType decoded = DType::float64;
  bool decode = true;
  bool cast = false;  ///< conversions may change values
  double scale =
      1;  ///< of decoded values: those of a time that is counted in other units become value * scale + offset
  double offset = 0;
};

/// Returns the source of a variable. Throws type_mismatch if missing values or scaling are declared but
/// `reading.decoded` is an integer type. `chunks` is NetcdfOptions::chunks.
[[nodiscard]] SourcePtr make_source(const OpenedVariable& opened, const Reading& reading, const Shape& chunks = {});

/// Throws type_mismatch if elements of `as` cannot hold every value of the variable: integers of other or more bits,
/// floating numbers of more.
void require_fits(const OpenedVariable& opened, DType as, bool decode);

/// Returns the grid of an array in a file: the user's chunks; else the file's, made larger by whole multiples, the last
/// axis first, up to 2^23 elements; else ChunkGrid::automatic. `stored` is the file's chunk shape, rank 0 if it has
/// none.
[[nodiscard]] ChunkGrid choose_grid(const Shape& shape, const Shape& stored, const Shape& wanted,
                                    const std::string& where);

/// Makes variables of files, of all formats that there are, known as sources that travel (io/source_kinds.hpp).
void register_kinds();

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
