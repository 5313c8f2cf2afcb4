#include "runtime/plan/cut.hpp"

#include <algorithm>

namespace chunkwise::inline CHUNKWISE_ABI::plan {

Shape piece_shape(const Shape& box, const Shape& block, std::int64_t elements) {
  Shape piece = box;
  std::int64_t rest = box.elements();
  for (int axis = 0; axis < box.rank() && rest > elements; ++axis) {
    rest /= std::max<std::int64_t>(box[axis], 1);
    const std::int64_t own = std::clamp<std::int64_t>(elements / std::max<std::int64_t>(rest, 1), 1, box[axis]);
    const std::int64_t u = std::min(block[axis], box[axis]);
    piece[axis] = std::max(own / u * u, u);
    // If one block of this axis is too much, the next axis is cut as well.
    rest *= piece[axis];
  }
  return piece;
}

std::int64_t ravel(const ChunkIndex& index, const PerAxis<std::int64_t>& counts) {
  std::int64_t i = 0;
  for (int axis = 0; axis < counts.rank(); ++axis)
    if (counts[axis] != 1) i = i * counts[axis] + index[axis];
  return i;
}

PerAxis<std::int64_t> counts_along(const ChunkGrid& grid, std::uint32_t axes, bool in_mask) {
  PerAxis<std::int64_t> counts;
  for (int axis = 0; axis < grid.rank(); ++axis)
    counts.push_back(((axes >> axis & 1U) != 0) == in_mask ? grid[axis].count() : 1);
  return counts;
}

std::int64_t product(const PerAxis<std::int64_t>& counts) {
  std::int64_t n = 1;
  for (const std::int64_t count : counts) n *= count;
  return n;
}

Region relative(Region part, const Region& box) {
  for (int axis = 0; axis < part.rank(); ++axis) part[axis].start -= box[axis].start;
  return part;
}

bool contains(const Region& box, const Region& region) {
  for (int axis = 0; axis < region.rank(); ++axis) {
    const AxisRange& r = region[axis];
    const std::int64_t first = r.start - box[axis].start;
    const std::int64_t last = first + r.step * (r.count - 1);
    if (std::min(first, last) < 0 || std::max(first, last) >= box[axis].count) return false;
  }
  return true;
}

std::optional<ChunkIndex> chunk_around(const ChunkGrid& grid, const Region& region) {
  if (region.rank() != grid.rank()) return {};
  ChunkIndex chunk;
  for (int axis = 0; axis < region.rank(); ++axis) {
    if (region[axis].count == 0) return {};
    chunk.push_back(grid[axis].find(region[axis].start));
  }
  if (!contains(grid.region(chunk), region)) return {};
  return chunk;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
