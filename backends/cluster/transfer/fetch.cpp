#include "backends/cluster/transfer/fetch.hpp"

#include <algorithm>

#include "runtime/executor/copy.hpp"
#include "runtime/plan/cut.hpp"
#include "runtime/store/for_each_chunk.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

bool is_contiguous_in(const Region& box, const Shape& whole) {
  int axis = 0;
  while (axis < box.rank() && box[axis].count == 1) ++axis;
  for (++axis; axis < box.rank(); ++axis)
    if (box[axis].count != whole[axis]) return false;
  return true;
}

namespace {

/// Makes a box larger by one that continues it along one axis. Returns false if it does not.
bool extend(Region& box, const Region& next) {
  int along = -1;
  for (int axis = 0; axis < box.rank(); ++axis) {
    if (box[axis] == next[axis]) continue;
    if (along >= 0 || box[axis].start + box[axis].count != next[axis].start) return false;
    along = axis;
  }
  if (along < 0) return false;
  box[along].count += next[along].count;
  return true;
}

class RegionFetch {
 public:
  RegionFetch(Peers& peers, const StepKey& key, DType dtype, const Region& region, std::byte* out,
              const std::stop_token& stop)
      : peers_(peers),
        key_(key),
        size_(size_of(dtype)),
        region_(region),
        shape_(region.shape()),
        out_(out),
        stop_(stop) {}

  /// Fetches the positions of a box from one worker.
  void fetch(const Region& box, const Held& holder) {
    const Shape piece = plan::piece_shape(box.shape(), Shape::filled(box.rank(), 1),
                                          std::max<std::int64_t>(piece_bytes / static_cast<std::int64_t>(size_), 1));
    plan::for_each_piece(box, piece, [&](const Region& part) { fetch_piece(part, holder); });
  }

 private:
  void fetch_piece(const Region& part, const Held& holder) {
    Region asked;
    for (int axis = 0; axis < part.rank(); ++axis)
      asked.push_back(
          {region_[axis].start + part[axis].start * region_[axis].step, region_[axis].step, part[axis].count});
    const std::size_t bytes = static_cast<std::size_t>(part.elements()) * size_;
    const PerAxis<std::int64_t> strides = row_major_strides(shape_);
    std::byte* const place = out_ + static_cast<std::size_t>(executor::first_position(part, strides)) * size_;
    const bool in_place = is_contiguous_in(part, shape_);
    if (!in_place && bytes > staging_bytes_) {
      staging_ = allocate_buffer(bytes);
      staging_bytes_ = bytes;
    }
    peers_.read_chunks(holder.worker, key_, asked, {in_place ? place : staging_.get(), bytes}, stop_);
    if (!in_place)
      executor::copy_elements(part.shape(), size_, staging_.get(), row_major_strides(part.shape()), place, strides);
  }

  Peers& peers_;
  StepKey key_;
  std::size_t size_;
  const Region& region_;
  Shape shape_;
  std::byte* out_;
  const std::stop_token& stop_;
  Buffer staging_;
  std::size_t staging_bytes_ = 0;
};

}  // namespace

Placement::Placement(std::vector<Held> ranges) : ranges_(std::move(ranges)) {
  std::sort(ranges_.begin(), ranges_.end(), [](const Held& a, const Held& b) { return a.items.first < b.items.first; });
}

const Held* Placement::find(std::int64_t item) const {
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), item,
                                [](std::int64_t number, const Held& range) { return number < range.items.first; });
  if (after == ranges_.begin()) return nullptr;
  --after;
  return item < after->items.last ? &*after : nullptr;
}

void fetch_region(Peers& peers, const StepKey& key, DType dtype, const ChunkGrid& grid, const Placement& placement,
                  const Region& region, void* out, const std::stop_token& stop) {
  RegionFetch fetch(peers, key, dtype, region, static_cast<std::byte*>(out), stop);
  Region box;  // chunks that are fetched together, in positions of the region
  const Held* holder = nullptr;
  store::for_each_chunk(grid, region, [&](std::int64_t chunk, const Region& part, const PerAxis<std::int64_t>& at) {
    const Held* const found = placement.find(chunk);
    if (!found)
      throw Error(ErrorCode::lost, "chunk " + std::to_string(chunk) + " of an array of run " + shown(key.run) +
                                       " is on no worker at present");
    Region next;
    for (int axis = 0; axis < part.rank(); ++axis) next.push_back({at[axis], 1, part[axis].count});
    if (holder && holder->worker == found->worker && extend(box, next)) return;
    if (holder) fetch.fetch(box, *holder);
    box = next;
    holder = found;
  });
  if (holder) fetch.fetch(box, *holder);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
