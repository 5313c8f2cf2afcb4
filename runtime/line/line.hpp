#pragma once
/// The kernels of functions of lines: those of the catalogue (op/line/catalog.hpp), compiled here for each element
/// type, and those of a user's own, from the register.
#include "chunkwise/graph/node.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/line/tiles.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

/// Makes element i of `out` of the result before it and the element of a line, for each of n lines.
using RowFunction = void (*)(const void* before, const void* elements, void* out, std::size_t n);

/// Makes n results of the elements at a place in the order of lines, of those that follow them, and of the way between.
using BetweenFunction = void (*)(const void* below, const void* next, const double* way, void* out, std::size_t n);

/// Makes of a line of n elements, which it may change, the line `out`, or one element. `parameters` are a node's own.
using LineFunction = void (*)(const void* line, const double* parameters, void* out, std::size_t n);

struct Kernels {
  LineFunction line = nullptr;   ///< null for windows, and for a function of a user's own
  KernelFunction own = nullptr;  ///< the same of a user's own, whose one input is the line; null for others
  /// Makes the same of many lines, an element of each at a time; null for functions that need the line as a whole.
  /// `first` makes the first elements of the results, and is not told any before.
  RowFunction first = nullptr;
  RowFunction step = nullptr;
  /// Of functions that are made of two neighbours in the order of a line (Selects): which these are, and what is made
  /// of them. Null for others.
  Place (*place)(std::size_t numbers, const double* parameters) = nullptr;
  BetweenFunction between = nullptr;
  bool skips_nan = false;
  void (*windows)(const WindowLines& lines) = nullptr;  ///< null but for windows
};

/// Returns the kernels of a node's function. Throws not_found for a user's own that this process does not know.
[[nodiscard]] Kernels kernels_of(const AlongNode& along);

/// Returns the bytes that making a line takes beside the line and its result.
[[nodiscard]] std::size_t work_bytes(const AlongNode& along);

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
