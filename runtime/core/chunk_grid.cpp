#include "chunkwise/core/chunk_grid.hpp"

#include <cassert>
#include <cstdlib>
#include <utility>

#include "runtime/core/unravel.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Elements of a chunk if nothing else decides: 64 MiB of float64.
constexpr std::int64_t automatic_elements = std::int64_t{1} << 23;

/// Returns true if every piece of the axis has the size of the largest.
bool is_even(const AxisChunks& axis) { return axis.count() * axis.largest() == axis.extent(); }

/// Throws unsupported if there are more pieces of different sizes than may be listed: a formula of a line could ask for
/// a list that no memory holds.
void require_listable(std::int64_t pieces) {
  if (pieces > AxisChunks::max_listed)
    throw Error(ErrorCode::unsupported,
                "an axis in " + std::to_string(pieces) + " chunks of different sizes; at most " +
                    std::to_string(AxisChunks::max_listed) +
                    " are supported: give the arrays larger chunks, or compute parts and join their results");
}

}  // namespace

AxisChunks AxisChunks::regular(std::int64_t extent, std::int64_t size) {
  if (extent < 0) throw Error(ErrorCode::invalid_argument, "an axis cannot have the extent " + std::to_string(extent));
  if (size < 1)
    throw Error(ErrorCode::invalid_argument, "an axis of extent " + std::to_string(extent) +
                                                 " cannot be cut into pieces of " + std::to_string(size) +
                                                 "; a piece holds at least 1 index");
  if (extent > max_elements)
    throw Error(ErrorCode::invalid_argument,
                "an axis cannot have the extent " + std::to_string(extent) + ": at most 2**56 - 1 are possible");
  AxisChunks axis;
  axis.extent_ = extent;
  // One form for equal partitions: a piece is never larger than the axis.
  axis.size_ = std::min(size, std::max<std::int64_t>(extent, 1));
  return axis;
}

AxisChunks AxisChunks::of_sizes(const std::vector<std::int64_t>& sizes) {
  std::int64_t extent = 0;
  bool regular_sizes = true;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 1)
      throw Error(ErrorCode::invalid_argument, "piece " + std::to_string(i) + " of an axis has the size " +
                                                   std::to_string(sizes[i]) + "; a piece holds at least 1 index");
    if (sizes[i] > max_elements - extent)
      throw Error(ErrorCode::invalid_argument, "the pieces of an axis add up to more than 2**56 - 1 indices");
    extent += sizes[i];
    if (i + 1 == sizes.size() ? sizes[i] > sizes[0] : sizes[i] != sizes[0]) regular_sizes = false;
  }
  if (sizes.empty()) return regular(0, 1);
  if (regular_sizes) return regular(extent, sizes[0]);
  auto offsets = std::make_shared<std::vector<std::int64_t>>();
  offsets->reserve(sizes.size() + 1);
  offsets->push_back(0);
  for (const std::int64_t size : sizes) offsets->push_back(offsets->back() + size);
  AxisChunks axis;
  axis.extent_ = extent;
  axis.offsets_ = std::move(offsets);
  return axis;
}

AxisChunks AxisChunks::join(const std::vector<AxisChunks>& parts) {
  std::int64_t extent = 0;
  std::int64_t pieces = 0;
  std::int64_t size = 0;  // of all pieces but the last, as long as they are equal
  bool even = true;       // they are equal, and none of them is shorter
  for (const AxisChunks& part : parts) {
    if (part.extent_ == 0) continue;
    if (part.extent_ > max_elements - extent)
      throw Error(ErrorCode::invalid_argument, "the pieces of an axis add up to more than 2**56 - 1 indices");
    even = even && extent % std::max<std::int64_t>(size, 1) == 0 && part.is_regular();
    if (size == 0) size = part.size_;
    even = even && (part.size_ == size || (part.count() == 1 && part.size_ < size));
    extent += part.extent_;
    pieces += part.count();
  }
  if (even) return regular(extent, std::max<std::int64_t>(size, 1));
  require_listable(pieces);
  std::vector<std::int64_t> sizes;
  sizes.reserve(static_cast<std::size_t>(pieces));
  for (const AxisChunks& part : parts)
    for (std::int64_t i = 0; i < part.count(); ++i) sizes.push_back(part.size(i));
  return of_sizes(sizes);
}

std::int64_t AxisChunks::find(std::int64_t position) const {
  assert(position >= 0 && position < extent_);
  if (!offsets_) return position / size_;
  return std::upper_bound(offsets_->begin(), offsets_->end(), position) - offsets_->begin() - 1;
}

std::int64_t AxisChunks::largest() const {
  if (!offsets_) return std::min(size_, extent_);
  std::int64_t most = 0;
  for (std::int64_t i = 0; i < count(); ++i) most = std::max(most, size(i));
  return most;
}

AxisChunks AxisChunks::slice(const AxisRange& range) const {
  assert(range.step != 0 && range.count >= 0);
  if (range.count <= 1) return regular(range.count, 1);
  assert(range.start >= 0 && range.start < extent_);
  assert(range.start + range.step * (range.count - 1) >= 0 && range.start + range.step * (range.count - 1) < extent_);
  if (range == AxisRange{0, 1, extent_}) return *this;

  // Two indices of the range lie in the axis, so the step is smaller than its extent and its sign can be changed.
  const std::int64_t stride = range.step < 0 ? -range.step : range.step;
  const auto taken_from = [&](std::int64_t piece, std::int64_t position) {
    return (range.step > 0 ? offset(piece + 1) - 1 - position : position - offset(piece)) / stride + 1;
  };
  // The common cases need no list, however many pieces there are.
  if (!offsets_ && stride >= size_) return regular(range.count, 1);
  if (!offsets_ && size_ % stride == 0) {
    const std::int64_t each = size_ / stride;
    const std::int64_t first = taken_from(find(range.start), range.start);
    if (first >= range.count) return regular(range.count, range.count);
    if (first == each) return regular(range.count, each);
  }

  const std::int64_t last = range.start + range.step * (range.count - 1);
  const std::int64_t touched = std::abs(find(last) - find(range.start)) + 1;
  require_listable(std::min(touched, range.count));
  std::vector<std::int64_t> sizes;
  std::int64_t position = range.start;
  for (std::int64_t left = range.count; left > 0;) {
    const std::int64_t taken = std::min(taken_from(find(position), position), left);
    sizes.push_back(taken);
    left -= taken;
    if (left > 0) position += taken * range.step;
  }
  return of_sizes(sizes);
}

bool AxisChunks::operator==(const AxisChunks& other) const {
  if (extent_ != other.extent_ || is_regular() != other.is_regular()) return false;
  if (is_regular()) return size_ == other.size_;
  return offsets_ == other.offsets_ || *offsets_ == *other.offsets_;
}

ChunkGrid ChunkGrid::single(const Shape& shape) {
  static_cast<void>(count_elements(shape));
  ChunkGrid grid;
  for (const std::int64_t extent : shape)
    grid.push_back(AxisChunks::regular(extent, std::max<std::int64_t>(extent, 1)));
  return grid;
}

ChunkGrid ChunkGrid::regular(const Shape& shape, const Shape& chunk) {
  if (shape.rank() != chunk.rank())
    throw Error(ErrorCode::invalid_argument, "chunks of shape " + to_string(chunk) + " do not fit an array of shape " +
                                                 to_string(shape) + ": it has " + std::to_string(shape.rank()) +
                                                 " axes, the chunks " + std::to_string(chunk.rank()));
  static_cast<void>(count_elements(shape));
  ChunkGrid grid;
  for (int axis = 0; axis < shape.rank(); ++axis)
    grid.push_back(
        AxisChunks::regular(shape[axis], chunk[axis] > 0 ? chunk[axis] : std::max<std::int64_t>(shape[axis], 1)));
  return grid;
}

ChunkGrid ChunkGrid::automatic(const Shape& shape) {
  Shape chunk = shape;
  // From the last axis on, whole axes as long as they fit; then a part of one axis; single indices of those before it.
  std::int64_t room = automatic_elements;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    const std::int64_t extent = std::max<std::int64_t>(shape[axis], 1);
    chunk[axis] = std::min(extent, room);
    room = extent <= room ? room / extent : 1;
  }
  return regular(shape, chunk);
}

Shape ChunkGrid::shape() const {
  Shape shape;
  for (const AxisChunks& axis : *this) shape.push_back(axis.extent());
  return shape;
}

std::int64_t ChunkGrid::chunks() const {
  std::int64_t n = 1;
  for (const AxisChunks& axis : *this) n *= axis.count();
  return n;
}

Shape ChunkGrid::largest() const {
  Shape shape;
  for (const AxisChunks& axis : *this) shape.push_back(axis.largest());
  return shape;
}

ChunkIndex ChunkGrid::chunk(std::int64_t number) const {
  PerAxis<std::int64_t> counts;
  for (const AxisChunks& axis : *this) counts.push_back(axis.count());
  return unravel(number, counts);
}

Region ChunkGrid::region(const ChunkIndex& chunk) const {
  bool lies_inside = chunk.rank() == rank();
  for (int axis = 0; lies_inside && axis < rank(); ++axis)
    lies_inside = chunk[axis] >= 0 && chunk[axis] < (*this)[axis].count();
  if (!lies_inside) throw Error(ErrorCode::out_of_range, "no such chunk: there are " + to_string(*this));
  Region region;
  for (int axis = 0; axis < rank(); ++axis)
    region.push_back({(*this)[axis].offset(chunk[axis]), 1, (*this)[axis].size(chunk[axis])});
  return region;
}

std::string to_string(const ChunkGrid& grid) {
  const std::int64_t chunks = grid.chunks();
  std::string text = std::to_string(chunks) + (chunks == 1 ? " chunk" : " chunks");
  if (grid.rank() == 0 || chunks == 0) return text;
  const bool even = std::all_of(grid.begin(), grid.end(), is_even);
  return text + (even ? " of " : " of at most ") + to_string(grid.largest());
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
