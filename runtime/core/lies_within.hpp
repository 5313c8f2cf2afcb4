#pragma once
/// Checks whether a caller's range may be read: once at the public boundary, before memory is addressed.
#include <cstdint>
#include <limits>

#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns true if all indices of the range are those of an axis of this extent; computed without overflow.
[[nodiscard]] constexpr bool lies_within(const AxisRange& range, std::int64_t extent) {
  if (range.count <= 0) return range.count == 0;
  if (range.start < 0 || range.start >= extent) return false;
  if (range.step == 1) return range.count <= extent - range.start;  // most are, and need no division
  if (range.count == 1 || range.step == 0) return true;
  if (range.step > 0) return range.count - 1 <= (extent - 1 - range.start) / range.step;
  // The least number has no opposite, and no axis has so many elements.
  return range.step != std::numeric_limits<std::int64_t>::min() && range.count - 1 <= range.start / -range.step;
}

/// Returns true if the region is one of an array of this shape.
[[nodiscard]] inline bool lies_within(const Region& region, const Shape& shape) {
  bool inside = region.rank() == shape.rank();
  for (int axis = 0; inside && axis < region.rank(); ++axis) inside = lies_within(region[axis], shape[axis]);
  return inside;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
