#pragma once
/// The axes along which an array has more than one place.
#include <vector>

#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the axes of more than one element.
[[nodiscard]] inline std::vector<int> wide_axes(const Shape& shape) {
  std::vector<int> axes;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (shape[axis] > 1) axes.push_back(axis);
  return axes;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
