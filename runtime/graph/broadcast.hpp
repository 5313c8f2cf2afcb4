#pragma once
/// Broadcasting of boxes: the part of an input that a box of a broadcast result takes.
#include "chunkwise/core/region.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

/// Returns the box of an input of shape `input` that a box of `domain` takes if the input is broadcast to it.
[[nodiscard]] inline Region broadcast_region(const Region& region, const Shape& domain, const Shape& input) {
  const int lead = domain.rank() - input.rank();
  Region own;
  for (int axis = lead; axis < domain.rank(); ++axis) {
    const bool is_stretched = input[axis - lead] == 1 && domain[axis] != 1;
    own.push_back(is_stretched ? AxisRange{0, 1, 1} : region[axis]);
  }
  return own;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
