#pragma once
/// Descriptions of NetCDF files, for people and programs that do not know it yet: dimensions, variables, how they are
/// stored, attributes. Reads no data. dataset.hpp opens what was found; the text is `chunkwise info`'s.
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

struct DimensionDescription {
  std::string name;  ///< with its groups, as in "group/time"
  std::int64_t length = 0;
  bool unlimited = false;
};

struct VariableDescription {
  std::string name;                     ///< with its groups, as in "group/t2m"
  std::string type;                     ///< as stored: "int16", "text", ...
  DType stored = DType::float64;        ///< the same as a DType, if it is numbers
  DType dtype = DType::float64;         ///< that its decoded values ask for: packed integers float64, others their own
  std::vector<std::string> dimensions;  ///< a name an axis, without groups
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> chunks;  ///< how it is stored in pieces; empty if it lies in one
  bool compressed = false;
  bool coordinate = false;  ///< the numbers along the dimension of its name
  bool packed = false;      ///< stored numbers are scaled
  double scale = 1;         ///< value = stored * scale + offset
  double offset = 0;
  bool has_missing = false;  ///< it declares values that mean "missing"
  std::uint64_t bytes = 0;   ///< of all elements as stored, before compression
  Attributes attributes;
  std::string problem;  ///< why it cannot be opened as an array; empty if it can
  [[nodiscard]] bool is_data() const { return !coordinate && problem.empty(); }
};

struct FileDescription {
  std::string path;
  std::string format;  ///< "NetCDF classic", "NetCDF 64-bit offset", "NetCDF CDF-5", "NetCDF-4"
  std::uint64_t bytes = 0;
  std::vector<DimensionDescription> dimensions;
  std::vector<VariableDescription> variables;
  Attributes attributes;  ///< of the file as a whole

  /// Returns the variable of this name, or null.
  [[nodiscard]] const VariableDescription* find(const TextArgument& name) const;
};

/// Describes one file. Throws not_found, io, or corrupt for what is no NetCDF file or is cut off; a variable that
/// cannot be read is described with its problem. `isolated` is NetcdfOptions::isolated.
[[nodiscard]] FileDescription inspect_netcdf(const TextArgument& path, bool isolated = false);

/// Returns the description as text of several lines, and as a JSON object on one.
std::ostream& operator<<(std::ostream& out, const FileDescription& file);
[[nodiscard]] std::string to_json(const FileDescription& file);

}  // namespace chunkwise::inline CHUNKWISE_ABI
