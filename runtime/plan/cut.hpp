#pragma once
/// Cutting boxes into pieces: slabs for a thread to work on, tiles of a reduction's outputs.
#include <cstdint>
#include <optional>

#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/region.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Returns the shape of pieces with at most `elements` elements (but at least one block): whole last axes, the first
/// ones cut to multiples of `block`, so that a piece of a row-major box is contiguous and no block is shared between
/// pieces.
[[nodiscard]] Shape piece_shape(const Shape& box, const Shape& block, std::int64_t elements);

/// Returns the row-major number of an index, which unravel() takes back (core/unravel.hpp); axes that have a count of 1
/// do not matter.
[[nodiscard]] std::int64_t ravel(const ChunkIndex& index, const PerAxis<std::int64_t>& counts);
/// Returns the chunk counts of a grid along the axes in a mask (or, if not in_mask, out of it), 1 along the others.
[[nodiscard]] PerAxis<std::int64_t> counts_along(const ChunkGrid& grid, std::uint32_t axes, bool in_mask);
[[nodiscard]] std::int64_t product(const PerAxis<std::int64_t>& counts);

/// Returns a part of a box, in indices that count from the start of the box.
[[nodiscard]] Region relative(Region part, const Region& box);
/// Returns true if a box, of steps 1, has all elements of a region.
[[nodiscard]] bool contains(const Region& box, const Region& region);
/// Returns the chunk that has all elements of a region; nothing if there is none, or if the region is empty.
[[nodiscard]] std::optional<ChunkIndex> chunk_around(const ChunkGrid& grid, const Region& region);

/// Calls visit(piece) for the pieces of a box in row-major order. Steps of the box are 1. If the box starts inside a
/// piece, the first piece is shorter, so that the others are aligned.
template <class Visit>
void for_each_piece(const Region& box, const Shape& piece, Visit&& visit) {
  Region part = box;
  const auto descend = [&](const auto& self, int axis) -> void {
    if (axis == box.rank()) return visit(static_cast<const Region&>(part));
    const std::int64_t begin = box[axis].start;
    const std::int64_t end = begin + box[axis].count;
    for (std::int64_t at = begin; at < end;) {
      const std::int64_t next = std::min((at / piece[axis] + 1) * piece[axis], end);
      part[axis] = {at, 1, (piece[axis] >= box[axis].count ? end : next) - at};
      at += part[axis].count;
      self(self, axis + 1);
    }
  };
  if (box.elements() > 0) descend(descend, 0);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
