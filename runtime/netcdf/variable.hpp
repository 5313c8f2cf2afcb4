#pragma once
/// What a file says about one variable, before anything of it is read, and what a variable must be to become an array.
#include <string>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Where a variable is in an open file: the file's own numbers of its group and of itself.
struct Location {
  int group = 0;
  int variable = 0;
};

/// A variable of numbers.
struct Variable {
  std::string name;             ///< without its groups
  DType type = DType::float64;  ///< external type
  Shape shape;
  std::vector<std::string> dimensions;  ///< a name an axis
  std::vector<int> dimension_ids;       ///< the file's number of each
  int record_axis = -1;                 ///< the first axis of unlimited length; -1 where there is none
  Shape chunks;                         ///< how it is stored in pieces; rank 0 where it is not
  bool filtered = false;                ///< pieces are compressed or otherwise encoded as a whole
  bool prefilled = true;                ///< elements that nobody wrote hold a fill value
  Attributes attributes;
};

/// Throws unsupported, beginning with `where`, for a variable that holds what is `called` so and is no number.
[[noreturn]] void refuse_type(const std::string& called, const std::string& where);
/// Throws unsupported where there are more axes than an array can have.
void require_rank(std::size_t rank, const std::string& where);
/// Throws corrupt for extents whose product overflows.
void refuse_overflow(const Shape& shape, const std::string& where);

/// The error (not_found) of a file that does not have `variable`, with those that it has; a long list is cut.
[[nodiscard]] Error no_variable(const std::string& shown, const std::string& variable,
                                const std::vector<std::string>& existing);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
