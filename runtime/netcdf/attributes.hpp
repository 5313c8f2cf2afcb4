#pragma once
/// Attributes of variables, read from files and written to them. Integers are held as int64 (uint64 by its bits),
/// floating numbers as float64; several strings in one attribute become one text of as many lines.
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// The attributes of a variable, or of a group with variable NC_GLOBAL. Those of types that a file defines itself are
/// left out.
[[nodiscard]] Attributes read_attributes(int group, int variable, const std::string& doing);

/// Writes one attribute, in a type that the file's format has. Names that NetCDF keeps for itself are left out. Throws
/// invalid_argument for a name that NetCDF does not allow, and for a number that the attribute's type does not have.
void write_attribute(int file, int variable, const Attribute& attribute, bool has_all_types, const std::string& doing);

/// The attribute as it may stand beside elements of this type: those that list elements, `flag_values` or
/// `valid_range`, in that type, and `dtype` where it is theirs. None where it would say what is not so.
[[nodiscard]] std::optional<Attribute> fitted_attribute(const Attribute& attribute, DType elements);

/// The attribute whose elements, of an external type that is text or numbers, are these bytes in native order. Zeros
/// at the end of a text are left out: writers in C often count the terminating one. Its name is valid_name's.
[[nodiscard]] Attribute make_attribute(std::string_view name, int type, std::span<const std::byte> elements);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
