#pragma once
/// The kernels of functions of lines: those of the catalogue (op/line/catalog.hpp), compiled here for each element
/// type, and those of a user's own, from the register.
#include "chunkwise/graph/node.hpp"
#include "chunkwise/kernel/registry.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

/// Makes element i of `out` of the result before it and the element of a line, for each of n lines.
using RowFunction = void (*)(const void* before, const void* elements, void* out, std::size_t n);

struct Kernels {
  /// Makes of a line of n elements, its one input, which it may change, the line that is the output, or one element.
  KernelFunction line = nullptr;
  /// Makes the same of many lines, an element of each at a time; null for functions that need the line as a whole.
  /// `first` makes the first elements of the results, and is not told any before.
  RowFunction first = nullptr;
  RowFunction step = nullptr;
};

/// Returns the kernels of a node's function. Throws not_found for a user's own that this process does not know.
[[nodiscard]] Kernels kernels_of(const AlongNode& along);

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
