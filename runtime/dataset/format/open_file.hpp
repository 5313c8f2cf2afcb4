#pragma once
/// A file that is open: its dimensions, variables, attributes and coordinates. Formats derive from it.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/io/inspect.hpp"
#include "runtime/dataset/format/variable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// A variable of any type.
struct VariableEntry {
  std::string name;  ///< with its groups, as in "group/t2m"
  std::string type;  ///< the name of its external type for people: "int16", "text", "the compound type 'point'"
  Location location;
};

/// Longer text is not read.
inline constexpr std::size_t most_text_bytes = std::size_t{1} << 25;

/// A variable of text, or of strings, which become text of one more axis, as long as the longest of them.
struct TextVariable {
  std::vector<std::string> dimensions;
  std::vector<std::int64_t> shape;
  Attributes attributes;
  std::vector<std::byte> bytes;  ///< the elements; empty if only a description of text was asked for
};

/// Thread-safe. Locations hold as long as the file's content is the same, however often it is opened.
class OpenFile {
 public:
  virtual ~OpenFile() = default;

  /// Returns the format for people: "NetCDF classic", "NetCDF-4".
  [[nodiscard]] virtual std::string format() const = 0;
  /// Returns the attributes of the file as a whole.
  [[nodiscard]] virtual Attributes attributes() const = 0;
  /// Returns the dimensions in the order of the file, a group's own before those of groups in it.
  [[nodiscard]] virtual std::vector<DimensionDescription> dimensions() const = 0;
  [[nodiscard]] virtual std::vector<VariableEntry> variables() const = 0;

  /// Returns the place of "name" or "group/name"; throws not_found with the variables that exist.
  [[nodiscard]] virtual Location locate(const std::string& variable) const = 0;
  /// Returns the description of a variable. `where` begins every message. Throws unsupported for elements that are no
  /// numbers, more than max_rank axes, or a filter that is not installed; corrupt for extents whose product overflows.
  [[nodiscard]] virtual Variable describe(const Location& at, const std::string& where) const = 0;
  /// Returns the coordinate variable of a dimension as seen from a variable's group: of the dimension's name, numbers
  /// along it alone. None if there is none.
  [[nodiscard]] virtual std::optional<Location> find_coordinate(const Location& variable, int dimension_id,
                                                                const std::string& name) const = 0;
  /// Reads the elements 0 to count - 1 of a variable of one axis, as stored, in native byte order.
  virtual void read_line(const Location& at, std::int64_t count, void* out, const std::string& doing) const = 0;
};

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
