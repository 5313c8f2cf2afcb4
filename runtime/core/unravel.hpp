#pragma once
/// Row-major numbers as indices. Neighbour: row_major_strides in core/shape.hpp.
#include <cstdint>

#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the index of item `number` in a grid that has so many items along each axis, last axis fastest. It is 0
/// along axes of none.
[[nodiscard]] inline PerAxis<std::int64_t> unravel(std::int64_t number, const PerAxis<std::int64_t>& counts) {
  auto index = PerAxis<std::int64_t>::filled(counts.rank(), 0);
  for (int axis = counts.rank() - 1; axis >= 0; --axis) {
    if (counts[axis] <= 1) continue;
    index[axis] = number % counts[axis];
    number /= counts[axis];
  }
  return index;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
