#pragma once
/// Descriptions of NetCDF files, for people and programs that do not know them yet: dimensions, variables, their
/// storage, attributes. Reads no data. dataset.hpp opens the variables; `chunkwise info` prints this text.
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A dimension of a file.
struct DimensionDescription {
  std::string name;         ///< with its groups, as in "group/time"
  std::int64_t length = 0;  ///< how many indices it has
  bool unlimited = false;   ///< records can be added along it
};

/// A variable of a file.
struct VariableDescription {
  std::string name;                     ///< with its groups, as in "group/t2m"
  std::string type;                     ///< as stored: "int16", "text", ...
  DType stored = DType::float64;        ///< the same as a DType, if it is numbers
  DType dtype = DType::float64;         ///< of decoded values; float64 if scaled, and for integers with missing ones
  std::vector<std::string> dimensions;  ///< a name an axis, without groups
  std::vector<std::int64_t> shape;      ///< the lengths of its dimensions
  std::vector<std::int64_t> chunks;     ///< shape of its stored pieces; empty if it lies in one
  bool compressed = false;              ///< its chunks have to be inflated
  bool coordinate = false;              ///< the numbers along the dimension of its name
  bool packed = false;                  ///< stored numbers are scaled
  double scale = 1;                     ///< value = stored * scale + offset
  double offset = 0;                    ///< as above
  bool has_missing = false;             ///< it declares values that mean "missing"
  std::uint64_t bytes = 0;              ///< of all elements as stored, before compression
  Attributes attributes;                ///< of the variable, in the order of the file
  std::string problem;                  ///< why it cannot be opened as an array; empty if it can
  /// Returns true if it can be opened as an array and is no coordinate.
  [[nodiscard]] bool is_data() const { return !coordinate && problem.empty(); }
};

/// The content of a file.
struct FileDescription {
  std::string path;         ///< as it was asked for
  std::string format;       ///< "NetCDF classic", "NetCDF 64-bit offset", "NetCDF CDF-5", "NetCDF-4"
  std::uint64_t bytes = 0;  ///< of the file
  std::vector<DimensionDescription> dimensions;  ///< in the order of the file, those of groups too
  std::vector<VariableDescription> variables;    ///< in the order of the file, those of groups too
  Attributes attributes;                         ///< of the file as a whole

  /// Returns the variable of this name, or null.
  [[nodiscard]] const VariableDescription* find(const TextArgument& name) const;
};

/// Returns the description of one file. Throws not_found, io, or corrupt for a file that is no NetCDF file or is cut
/// off; a variable that cannot be read is described with its problem. `isolated` is NetcdfOptions::isolated.
[[nodiscard]] FileDescription inspect_netcdf(const TextArgument& path, bool isolated = false);

/// Prints the description as text of several lines.
std::ostream& operator<<(std::ostream& out, const FileDescription& file);
/// Returns the description as a JSON object on one line.
[[nodiscard]] std::string to_json(const FileDescription& file);

}  // namespace chunkwise::inline CHUNKWISE_ABI
