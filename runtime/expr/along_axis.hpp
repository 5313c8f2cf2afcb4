#pragma once
/// Arrays of one axis as an axis of arrays of several, along which they are broadcast.
#include <vector>

#include "chunkwise/core/untyped_array.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns an array of one axis as `axis` of an array of `rank` axes, of which the others have extent 1.
[[nodiscard]] UntypedArray along_axis(const UntypedArray& line, int rank, int axis);
/// Returns numbers along an axis in the same way, as float32 or float64, without labels.
[[nodiscard]] UntypedArray numbers_along_axis(const std::vector<double>& numbers, DType dtype, int rank, int axis);

}  // namespace chunkwise::inline CHUNKWISE_ABI
