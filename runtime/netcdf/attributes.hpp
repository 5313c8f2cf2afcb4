#pragma once
/// Attributes of variables, read from files and written to them. Integers are held as int64 (uint64 by its bits),
/// floating numbers as float64; several strings stand in one text, separated.
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/io/netcdf.hpp"
#include "runtime/netcdf/changes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Returns the attributes of a variable, or of a group with variable NC_GLOBAL. Those of types that a file defines
/// itself are left out; `unread`, if it is not null, receives their names.
[[nodiscard]] Attributes read_attributes(int group, int variable, const std::string& doing,
                                         std::vector<std::string>* unread = nullptr);

/// The variable or file that an attribute is written to.
struct AttributeOwner {
  int file;
  int variable;       ///< or NC_GLOBAL
  std::string shown;  ///< for people: "'v'", "the file"
  NetcdfWriteOptions::Format format;
  const std::string& doing;
  Changes& changes;
};

/// Writes one attribute, in a type that the file's format has. `changes` is told of a name that NetCDF-4 keeps for
/// itself, of texts that become one text, and of integers that become text. Throws invalid_argument for a number that
/// the attribute's type cannot hold, and for an empty name.
void write_attribute(const AttributeOwner& owner, const Attribute& attribute);

/// Returns the attributes with names that NetCDF allows and that differ; `changes` is told of those that were renamed.
[[nodiscard]] Attributes with_valid_names(Attributes attributes, const std::string& owner, Changes& changes);

/// Returns the attribute as it may stand beside elements of this type: an attribute that lists elements, `flag_values`
/// or `valid_range`, in that type, and `dtype` if it is theirs. None if it would say something false.
[[nodiscard]] std::optional<Attribute> fitted_attribute(const Attribute& attribute, DType elements);

/// Returns the attribute whose elements, of an external type that is text or numbers, are these bytes in native order.
/// Zeros at the end of a text are left out: writers in C often count the terminating one.
[[nodiscard]] Attribute make_attribute(std::string_view name, int type, std::span<const std::byte> elements);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
