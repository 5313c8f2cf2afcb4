#pragma once
/// The fill value of a variable of results, which NetCDF wants in the variable's own type.
#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/labels.hpp"
#include "runtime/netcdf/attributes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Writes the `_FillValue` among a variable's attributes, if there is one, as an element of the external type in which
/// the file holds `elements`. One that no element can equal counts for nothing to readers; it is left out, and
/// `changes` is told.
void write_fill_value(const AttributeOwner& owner, int external, DType elements, const Attributes& attributes);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
