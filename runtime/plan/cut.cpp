#include "runtime/plan/cut.hpp"

#include <algorithm>

namespace chunkwise::inline CHUNKWISE_ABI::plan {

Shape piece_shape(const Shape& box, const Shape& unit, std::int64_t elements) {
  Shape piece = box;
  std::int64_t rest = box.elements();
  for (int axis = 0; axis < box.rank() && rest > elements; ++axis) {
    rest /= std::max<std::int64_t>(box[axis], 1);
    const std::int64_t own = std::clamp<std::int64_t>(elements / std::max<std::int64_t>(rest, 1), 1, box[axis]);
    const std::int64_t u = std::min(unit[axis], box[axis]);
    piece[axis] = std::max(own / u * u, u);
    // Where one unit of this axis is too much, the next axis is cut as well.
    rest *= piece[axis];
  }
  return piece;
}

ChunkIndex unravel(std::int64_t i, const PerAxis<std::int64_t>& counts) {
  ChunkIndex index = ChunkIndex::filled(counts.rank(), 0);
  for (int axis = counts.rank() - 1; axis >= 0; --axis) {
    if (counts[axis] == 1) continue;
    index[axis] = i % counts[axis];
    i /= counts[axis];
  }
  return index;
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

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
