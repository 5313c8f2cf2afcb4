#pragma once
/// The partition of an array into chunks: a partition of each axis, and their product. A grid is part of an array's
/// definition: reductions are defined over it (docs/semantics.md), so it never depends on threads or memory.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/core/region.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A partition of one axis into consecutive pieces: all of one size but the last, or pieces of any sizes.
/// Copies share the list of boundaries, so an axis of 100,000 pieces is as cheap to hand on as one of a single piece.
class AxisChunks {
 public:
  AxisChunks() = default;
  /// Returns pieces of `size` (the last may be shorter). An extent of 0 has no piece. Throws invalid_argument for an
  /// extent below 0 or beyond max_elements.
  static AxisChunks regular(std::int64_t extent, std::int64_t size);
  /// Returns pieces of the given sizes, each at least 1; regular sizes are recognised.
  static AxisChunks of_sizes(const std::vector<std::int64_t>& sizes);
  /// Returns the pieces of several partitions, one partition after the other. Throws unsupported if there are more than
  /// max_listed pieces and they are not all of one size, since each would have to be listed.
  static AxisChunks join(const std::vector<AxisChunks>& parts);
  /// Most pieces of a partition whose pieces are not all of one size.
  static constexpr std::int64_t max_listed = std::int64_t{1} << 22;

  /// Returns the extent of the axis: the sum of all sizes.
  [[nodiscard]] std::int64_t extent() const { return extent_; }
  /// Returns the number of pieces.
  [[nodiscard]] std::int64_t count() const {
    return offsets_ ? static_cast<std::int64_t>(offsets_->size()) - 1 : (extent_ + size_ - 1) / size_;
  }
  /// Returns the first index of piece i; `offset(count())` is the extent.
  [[nodiscard]] std::int64_t offset(std::int64_t i) const {
    return offsets_ ? (*offsets_)[static_cast<std::size_t>(i)] : std::min(i * size_, extent_);
  }
  /// Returns the size of piece i.
  [[nodiscard]] std::int64_t size(std::int64_t i) const { return offset(i + 1) - offset(i); }
  /// Returns the number of the piece that holds index `position`.
  [[nodiscard]] std::int64_t find(std::int64_t position) const;
  /// Returns the size of the largest piece.
  [[nodiscard]] std::int64_t largest() const;
  /// Returns true if all pieces but the last have one size.
  [[nodiscard]] bool is_regular() const { return !offsets_; }
  /// Returns the partition that a range of this axis inherits: the rest of each piece, in the range's order.
  [[nodiscard]] AxisChunks slice(const AxisRange& range) const;
  bool operator==(const AxisChunks& other) const;

 private:
  std::int64_t extent_ = 0;
  std::int64_t size_ = 1;
  std::shared_ptr<const std::vector<std::int64_t>> offsets_;
};

/// The index of a chunk in its grid: one number an axis.
using ChunkIndex = PerAxis<std::int64_t>;

/// A partition of an array into chunks: the product of the partitions of its axes. Chunks are counted in row-major
/// order.
class ChunkGrid : public PerAxis<AxisChunks> {
 public:
  using PerAxis::PerAxis;
  /// Returns one chunk that holds everything.
  static ChunkGrid single(const Shape& shape);
  /// Returns chunks of one shape; a chunk shape of 0 or less along an axis means the whole axis.
  static ChunkGrid regular(const Shape& shape, const Shape& chunk);
  /// Returns the grid of an array that brings no chunks of its own: chunks of at most 2^23 elements, cut along the
  /// first axes, so that each is one contiguous piece of a row-major array.
  static ChunkGrid automatic(const Shape& shape);

  /// Returns the shape of the array: the extent of each axis.
  [[nodiscard]] Shape shape() const;
  /// Returns the number of chunks; 1 for rank 0, 0 if an extent is 0.
  [[nodiscard]] std::int64_t chunks() const;
  /// Returns the extents of the largest chunk.
  [[nodiscard]] Shape largest() const;
  /// Returns the index of chunk `number`, chunks being counted in row-major order.
  [[nodiscard]] ChunkIndex chunk(std::int64_t number) const;
  /// Returns the box of one chunk.
  [[nodiscard]] Region region(const ChunkIndex& chunk) const;
};

/// Returns "136 chunks of (4, 721, 1440)"; for chunks of different sizes "at most".
[[nodiscard]] std::string to_string(const ChunkGrid& grid);
inline std::ostream& operator<<(std::ostream& out, const ChunkGrid& grid) { return out << to_string(grid); }

}  // namespace chunkwise::inline CHUNKWISE_ABI
