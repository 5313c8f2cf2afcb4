#pragma once
/// The description of one variable of a file, before any element is read, and the conditions on which it becomes an
/// array.
#include <string>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// The place of a variable in an open file: the file's own numbers of its group and of itself.
struct Location {
  int group = 0;
  int variable = 0;
};

/// The default fill values of the NetCDF User's Guide, by element type: elements that nobody wrote hold them.
struct DefaultFill {
  static constexpr std::int16_t int16 = -32767;
  static constexpr std::uint16_t uint16 = 65535;
  static constexpr std::int32_t int32 = -2147483647;
  static constexpr std::uint32_t uint32 = 4294967295U;
  static constexpr std::int64_t int64 = -9223372036854775806;
  static constexpr std::uint64_t uint64 = 18446744073709551614U;
  static constexpr float float32 = 9.9692099683868690e+36F;
  static constexpr double float64 = 9.9692099683868690e+36;
};

/// A variable of numbers.
struct Variable {
  std::string name;             ///< without its groups
  DType type = DType::float64;  ///< external type
  Shape shape;
  std::vector<std::string> dimensions;  ///< a name an axis
  std::vector<int> dimension_ids;       ///< the file's numbers of the dimensions
  int record_axis = -1;                 ///< the first axis of unlimited length; -1 if there is none
  Shape chunks;                         ///< the shape of the stored pieces; rank 0 if there are none
  bool filtered = false;                ///< pieces are compressed or otherwise encoded as a whole
  bool prefilled = true;                ///< elements that nobody wrote hold DefaultFill of their type
  Attributes attributes;
  std::vector<std::string> unread_attributes;  ///< names of the attributes that are neither numbers nor text
};

/// Throws unsupported, beginning with `where`, for a variable whose elements, of the type `called`, are no numbers.
[[noreturn]] void refuse_type(const std::string& called, const std::string& where);
/// Throws unsupported if there are more axes than an array can have.
void require_rank(std::size_t rank, const std::string& where);
/// Throws corrupt for extents whose product overflows.
void refuse_overflow(const Shape& shape, const std::string& where);

/// Returns the error (not_found) of a file without `variable`, with the variables that it has; a long list is cut.
[[nodiscard]] Error no_variable(const std::string& shown, const std::string& variable,
                                const std::vector<std::string>& existing);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
