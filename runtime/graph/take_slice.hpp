#pragma once
/// An index that passes through a node along one axis.
#include <optional>

#include "chunkwise/graph/transform.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

/// Moves the part of a transform that takes axis `own` of a node into `inner`, the transform of the node's input, whose
/// axis `axis` runs along it: `outer` then takes that axis as it is. Returns the slice; none, and nothing changed, if
/// the transform takes all of the axis in order, or is no slice there.
[[nodiscard]] inline std::optional<AxisRange> take_slice(IndexTransform& outer, int own, IndexTransform& inner,
                                                         int axis) {
  AxisTransform& from = outer.axes[static_cast<std::size_t>(own)];
  if (!from.is_slice()) return {};
  const bool is_constant = from.count == 0;
  const AxisRange range = is_constant ? AxisRange{from.offset, 1, 1}
                                      : AxisRange{from.offset, from.terms[0].stride, outer.shape[from.terms[0].axis]};
  if (range == AxisRange{0, 1, inner.shape[axis]}) return {};
  inner.shape[axis] = range.count;
  inner.axes[static_cast<std::size_t>(axis)] = AxisTransform::along(axis, range.start, range.step);
  from = is_constant ? AxisTransform::constant(0) : AxisTransform::along(from.terms[0].axis);
  return range;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
