#pragma once
/// Applies a function to all lines of a box.
#include "runtime/executor/evaluate.hpp"
#include "runtime/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The place for the results of lines: memory of row-major or other strides, a stride for each axis of the input. That
/// of the lines' own axis is not used if a line becomes one element.
struct LineTarget {
  std::byte* memory = nullptr;
  PerAxis<std::int64_t> strides;
  DType dtype = DType::float64;
  AxisRange wanted;  ///< the wanted elements of the result of a line; {0, 1, 1} if there is one
};

/// Makes the results of all lines of a box of the input, of shape `shape`, which is whole along the lines' axis. `held`
/// is memory of line_bytes() at least.
void apply_to_lines(const AlongNode& along, const Operand& input, const Shape& shape, const LineTarget& target,
                    std::byte* held);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
