#pragma once
/// The CF and NUG conventions: the meaning that a variable's attributes give to its stored numbers.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/io/source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// A variable as far as these conventions are concerned.
struct CfVariable {
  DType type = DType::float64;  ///< external type
  const Attributes& attributes;
  bool prefilled = true;  ///< elements that nobody wrote hold the type's default fill value
};

/// Returns how stored elements become elements of `as`.
///
/// Missing are `_FillValue`, every value of `missing_value`, and values outside `valid_range`, or else `valid_min` and
/// `valid_max`; if no `_FillValue` counts, the type's default fill value, except for bytes. A value that is text, or
/// that no stored element can equal, does not count; for floating types it is rounded to the type. `_Unsigned` changes
/// the sign of stored integers and of those values. A scale of 1 with an offset of 0 is no scaling.
///
/// A bound that the stored type cannot hold counts for the values that it excludes: of bytes, a `valid_max` of 255
/// excludes nothing, and a `valid_min` of 0.5 the values below 1. Floating bounds of scaled integers are bounds of the
/// scaled values, as the NetCDF guide has it.
///
/// Throws, beginning with `where`: type_mismatch if missing values or scaling are declared and `as` is not floating;
/// unsupported for more than 255 missing values, or a scale or offset that is not one number. If `remarks` is not null
/// it receives a sentence for each thing that may be a mistake: a valid range that excludes everything or nearly so, a
/// scale that leaves no number, an attribute that does not count.
[[nodiscard]] Encoding cf_encoding(const CfVariable& variable, DType as, const std::string& where,
                                   std::vector<std::string>* remarks = nullptr);

/// Returns true for a stored number that means "missing"; T is the type of the stored numbers.
template <class T>
[[nodiscard]] bool is_missing(T stored, const Encoding& encoding) {
  if (encoding.has_valid_range && (stored < encoding.valid_min.as<T>() || stored > encoding.valid_max.as<T>()))
    return true;
  return std::ranges::any_of(encoding.missing, [&](const Scalar& missing) { return missing.as<T>() == stored; });
}

/// Returns a sentence for a variable whose stored numbers are not in the order of its values, which matters if they are
/// read as they are stored; empty for others.
[[nodiscard]] std::string remark_on_order(const CfVariable& variable, const std::string& where);

/// Returns the `_FillValue` that floating and packed variables without one have by default, so that a file to which
/// their stored numbers are written again has it too; none if there is none.
[[nodiscard]] std::optional<Attribute> default_fill_attribute(const CfVariable& variable);

/// Returns the element type that decoded values ask for: float64 for scaled elements and for integers with missing
/// values, bool for bytes that say `dtype = "bool"`, else the stored type. Throws as cf_encoding does.
[[nodiscard]] DType decoded_type(const CfVariable& variable, const std::string& where);

/// Returns the attributes that still hold for decoded values: all but those that cf_encoding used up.
[[nodiscard]] Attributes decoded_attributes(const Attributes& attributes);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
