#pragma once
/// Many NetCDF files as named arrays whose element types and ranks the files decide, for programs that learn at run
/// time which files to open. Programs that know their variables use open_netcdf (netcdf.hpp). Files are read by
/// chunkwise::netcdf, which the program is to be linked with.
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/io/inspect.hpp"
#include "chunkwise/io/netcdf.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A set of files, in the order in which they are joined. Files may hold one variable each or many; a variable is
/// joined from those that have it, along NetcdfOptions::join or else the dimension that tells them apart. A variable
/// without that dimension (a coordinate, an orography) is the first file's, and must be equal in the others.
///
/// Nothing is opened before it is asked for, and nothing twice. Not for several threads at a time.
class NetcdfDataset {
 public:
  /// At least one path; throws invalid_argument if there is none.
  explicit NetcdfDataset(std::vector<std::string> paths, NetcdfOptions options = {});

  /// Returns the files, in the order in which they are joined.
  [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }
  /// Returns a file's description, made when it is first asked for.
  [[nodiscard]] const FileDescription& file(std::size_t i) const;
  /// Returns the data variables of all files, each once, in the order of the files: opens every file.
  [[nodiscard]] std::vector<std::string> variables() const;
  /// Returns true if a file has this variable, coordinates included; opens the files up to the first that does.
  [[nodiscard]] bool has(const TextArgument& name) const;

  /// A variable over all files that have it.
  struct Joined {
    UntypedArray array;              ///< the variable, lazy
    std::string dimension;           ///< along which it is joined; empty if it comes from one file
    std::vector<std::string> files;  ///< it comes from
  };
  /// Returns a variable with the element type that its files ask for: packed integers and integers with missing values
  /// become float64, and types that differ are promoted as concatenate does. A file without the variable is passed over
  /// only if it holds data variables of other names, so that a series with a hole is an error. Throws not_found with
  /// the variables there are, and the errors of open_netcdf_parts.
  [[nodiscard]] Joined open(const TextArgument& name) const;

 private:
  [[nodiscard]] std::vector<std::string> files_with(const TextArgument& name) const;
  [[nodiscard]] std::string join_dimension(std::size_t first, const std::string& name) const;

  std::vector<std::string> paths_;
  NetcdfOptions options_;
  mutable std::vector<std::unique_ptr<const FileDescription>> files_;
};

/// One variable of a dataset, for people.
struct VariableSummary {
  std::string name;                  ///< with its groups, as in "group/t2m"
  NetcdfDataset::Joined joined;      ///< its array is empty if there is a problem
  std::vector<std::string> storage;  ///< how files store it, each way once: "int16 packed by 0.001 and 273.1"
  std::uint64_t bytes = 0;           ///< of its elements as stored, in all files
  std::string meaning;               ///< long name and units; empty if files do not say
  std::string problem;               ///< why it cannot be opened; empty if it can
};

/// The content of a set of files that is opened as one.
struct DatasetDescription {
  std::size_t files = 0;                   ///< how many there are
  std::uint64_t bytes = 0;                 ///< of all files
  std::vector<std::string> formats;        ///< each once
  std::vector<VariableSummary> variables;  ///< the variables that were asked for
};

/// Returns a description of the variables of these names, or of all data variables if there is no name. Opens every
/// file, reads no data.
[[nodiscard]] DatasetDescription describe(const NetcdfDataset& dataset, const std::vector<std::string>& names = {});

/// Prints the description as text of several lines.
std::ostream& operator<<(std::ostream& out, const DatasetDescription& description);
/// Returns the description as a JSON object on one line.
[[nodiscard]] std::string to_json(const DatasetDescription& description);

}  // namespace chunkwise::inline CHUNKWISE_ABI
