#pragma once
/// The text of a whole array, for files. For a screen there is to_string (chunkwise/core/ndarray.hpp).
#include <string>

#include "chunkwise/core/ndarray.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the text of every element, with the fewest digits that read back to the same bits.
[[nodiscard]] std::string whole_text(const UntypedNdArray& array);

}  // namespace chunkwise::inline CHUNKWISE_ABI
