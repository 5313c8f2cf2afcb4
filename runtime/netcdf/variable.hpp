#pragma once
/// What a file says about one variable, before anything of it is read.
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/shape.hpp"
#include "runtime/netcdf/library.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

class File;

/// A variable of numbers.
struct Variable {
  std::string name;             ///< without its groups
  DType type = DType::float64;  ///< external type
  Shape shape;
  std::vector<std::string> dimensions;  ///< a name an axis
  std::vector<int> dimension_ids;       ///< netcdf-c's number of each
  int record_axis = -1;                 ///< the first axis of unlimited length; -1 where there is none
  Shape chunks;                         ///< how it is stored in pieces; rank 0 where it is not
  bool filtered = false;                ///< pieces are compressed or otherwise encoded as a whole
  bool prefilled = true;                ///< elements that nobody wrote hold a fill value
  Attributes attributes;
};

/// What a person calls an external type: "int16", "text", "the compound type 'point'".
[[nodiscard]] std::string describe_type(int group, int type);

/// Describes the variable at `location` of a file that is open. `where` begins every message. Throws unsupported for
/// elements that are no numbers, more than max_rank axes, or a filter that is not installed; corrupt for extents whose
/// product overflows.
[[nodiscard]] Variable describe_variable(const Location& location, const std::string& where);

/// The coordinate variable of a dimension as seen from a variable's group: of the dimension's name, numbers along it
/// alone. Tells its place, or false where there is none.
[[nodiscard]] bool find_coordinate(const Location& variable, int dimension_id, const std::string& name,
                                   Location& coordinate);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
