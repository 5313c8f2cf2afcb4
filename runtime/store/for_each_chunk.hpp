#pragma once
/// The chunks that a region touches.
#include <algorithm>

#include "chunkwise/core/chunk_grid.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::store {

/// Calls visit(chunk, part, at) for each chunk that a region has elements of. `chunk` is its row-major number, `part`
/// the region's part of it (in the array's indices), and `at` the place in the region at which that begins.
template <class Visit>
void for_each_chunk(const ChunkGrid& grid, const Region& region, const Visit& visit) {
  Region part = region;
  PerAxis<std::int64_t> at = PerAxis<std::int64_t>::filled(region.rank(), 0);
  const auto descend = [&](const auto& self, int axis, std::int64_t number) -> void {
    if (axis == region.rank()) return visit(number, static_cast<const Region&>(part), at);
    const AxisRange& r = region[axis];
    for (at[axis] = 0; at[axis] < r.count; at[axis] += part[axis].count) {
      const std::int64_t start = r.start + r.step * at[axis];
      const std::int64_t chunk = grid[axis].find(start);
      // Steps until the chunk's border is crossed.
      const std::int64_t steps = r.step > 0 ? (grid[axis].offset(chunk + 1) - 1 - start) / r.step
                                            : (start - grid[axis].offset(chunk)) / -r.step;
      part[axis] = {start, r.step, std::min(steps + 1, r.count - at[axis])};
      self(self, axis + 1, number * grid[axis].count() + chunk);
    }
  };
  if (region.elements() > 0) descend(descend, 0, 0);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::store
