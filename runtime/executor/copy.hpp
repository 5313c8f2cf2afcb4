#pragma once
/// Copies of strided elements.
#include "runtime/executor/evaluate.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// Copies the elements of a box from one strided place to another; strides are in elements of `size` bytes.
void copy_elements(const Shape& shape, std::size_t size, const void* from, const PerAxis<std::int64_t>& from_strides,
                   void* to, const PerAxis<std::int64_t>& to_strides);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
