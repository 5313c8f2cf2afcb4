#pragma once
/// Places and copies of strided elements.
#include "runtime/executor/evaluate.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// Returns the position of the first element of a box in a whole of these strides, in elements.
[[nodiscard]] inline std::int64_t first_position(const Region& box, const PerAxis<std::int64_t>& strides) {
  std::int64_t position = 0;
  for (int axis = 0; axis < box.rank(); ++axis) position += box[axis].start * strides[axis];
  return position;
}

/// Copies the elements of a box from one strided place to another; strides are in elements of `size` bytes.
void copy_elements(const Shape& shape, std::size_t size, const void* from, const PerAxis<std::int64_t>& from_strides,
                   void* to, const PerAxis<std::int64_t>& to_strides);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
