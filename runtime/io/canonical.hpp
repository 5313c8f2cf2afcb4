#pragma once
/// The one bit pattern that NaN has in files: results are the same bit for bit, whichever operation made a NaN.
#include <cstddef>

#include "chunkwise/core/dtype.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns true if an element is a NaN with other bits than quiet_NaN().
[[nodiscard]] bool has_other_nan(DType dtype, const void* data, std::size_t count);

/// Copies elements, every NaN as quiet_NaN().
void copy_canonical(DType dtype, const void* from, void* to, std::size_t count);

}  // namespace chunkwise::inline CHUNKWISE_ABI
