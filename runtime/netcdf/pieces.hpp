#pragma once
/// Boxes in pieces of a bounded size.
#include <cstdint>
#include <functional>

#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Calls f with boxes of at most `most` elements that make up `region` in row-major order, and the start of each.
inline void for_each_piece(const Region& region, std::int64_t most, std::int64_t begin,
                           const std::function<void(const Region&, std::int64_t)>& f) {
  int axis = 0;
  while (axis < region.rank() && region[axis].count == 1) ++axis;
  if (axis == region.rank() || region.elements() <= most) return f(region, begin);
  Region first = region;
  first[axis].count /= 2;
  Region rest = region;
  rest[axis].start += first[axis].count;
  rest[axis].count -= first[axis].count;
  for_each_piece(first, most, begin, f);
  for_each_piece(rest, most, begin + first.elements(), f);
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
