#pragma once
/// The values of coordinates as numbers to compare and to count with.
#include <limits>
#include <vector>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A number as exactly as each coordinate has it: integers of 64 bits too.
using Exact = long double;
static_assert(std::numeric_limits<Exact>::digits >= 64);

/// Returns the values of a coordinate. NaN stands for those that its attributes `_FillValue` and `missing_value` call
/// missing, which a coordinate variable should not have and files do have.
[[nodiscard]] std::vector<Exact> exact_values(const Coordinate& coordinate);
/// Returns the same as float64.
[[nodiscard]] std::vector<double> present_values(const Coordinate& coordinate);

/// A coordinate of these values in an element type that has them.
[[nodiscard]] Coordinate coordinate_of(DType dtype, const std::vector<Exact>& values, Attributes attributes);

}  // namespace chunkwise::inline CHUNKWISE_ABI
