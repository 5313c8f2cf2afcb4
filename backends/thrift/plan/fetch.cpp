#include "backends/thrift/plan/fetch.hpp"

#include <algorithm>
#include <cstring>

#include "backends/thrift/plan/wire_types.hpp"
#include "runtime/plan/cut.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

void copy_into(const std::byte* piece, const Region& box, const Shape& whole, std::byte* out, std::size_t size) {
  const PerAxis<std::int64_t> strides = row_major_strides(whole);
  const auto copy = [&](const auto& self, int axis, std::int64_t offset) -> void {
    if (axis + 1 >= box.rank()) {
      const std::int64_t row = axis < box.rank() ? box[axis].count : 1;
      const std::int64_t start = axis < box.rank() ? box[axis].start : 0;
      std::memcpy(out + static_cast<std::size_t>(offset + start) * size, piece, static_cast<std::size_t>(row) * size);
      piece += static_cast<std::size_t>(row) * size;
      return;
    }
    for (std::int64_t i = 0; i < box[axis].count; ++i)
      self(self, axis + 1, offset + (box[axis].start + i) * strides[axis]);
  };
  copy(copy, 0, 0);
}

bool is_contiguous_in(const Region& box, const Shape& whole) {
  int axis = 0;
  while (axis < box.rank() && box[axis].count == 1) ++axis;
  for (++axis; axis < box.rank(); ++axis)
    if (box[axis].count != whole[axis]) return false;
  return true;
}

namespace {

wire::Failure unreachable(const wire::HeldRange& holder, const std::string& why) {
  wire::Failure failure = wire::make_failure(
      ErrorCode::io, "chunks could not be fetched from the worker at " + holder.address + ": " + why);
  failure.unreachable = holder.worker;
  return failure;
}

/// Positions of a region along one axis that lie in one chunk.
struct Segment {
  std::int64_t first = 0, count = 0;
  std::int64_t chunk = 0;
};

std::vector<Segment> segments(const AxisRange& range, const AxisChunks& chunks) {
  std::vector<Segment> result;
  for (std::int64_t at = 0; at < range.count;) {
    const std::int64_t index = range.start + at * range.step;
    const std::int64_t chunk = chunks.find(index);
    const std::int64_t room = range.step > 0 ? (chunks.offset(chunk + 1) - 1 - index) / range.step
                                             : (index - chunks.offset(chunk)) / -range.step;
    const std::int64_t count = std::min(room + 1, range.count - at);
    result.push_back({at, count, chunk});
    at += count;
  }
  return result;
}

class RegionFetch {
 public:
  RegionFetch(WorkerPool& pool, const StepKey& key, DType dtype, const Region& region, std::byte* out,
              const std::stop_token& stop)
      : pool_(pool),
        key_(to_wire(key)),
        size_(size_of(dtype)),
        region_(region),
        shape_(region.shape()),
        out_(out),
        stop_(stop) {}

  /// Fetches the positions of a box from one worker.
  void fetch(const Region& box, const wire::HeldRange& holder) {
    const Shape piece = plan::piece_shape(box.shape(), Shape::filled(box.rank(), 1),
                                          std::max<std::int64_t>(piece_bytes / static_cast<std::int64_t>(size_), 1));
    plan::for_each_piece(box, piece, [&](const Region& part) { fetch_piece(part, holder); });
  }

 private:
  void fetch_piece(const Region& part, const wire::HeldRange& holder) {
    std::vector<std::int64_t> start;
    std::vector<std::int64_t> step;
    std::vector<std::int64_t> count;
    std::int64_t offset = 0;
    const PerAxis<std::int64_t> strides = row_major_strides(shape_);
    for (int axis = 0; axis < part.rank(); ++axis) {
      start.push_back(region_[axis].start + part[axis].start * region_[axis].step);
      step.push_back(region_[axis].step);
      count.push_back(part[axis].count);
      offset += part[axis].start * strides[axis];
    }
    const std::size_t bytes = static_cast<std::size_t>(part.elements()) * size_;
    const bool in_place = is_contiguous_in(part, shape_);
    if (!in_place && bytes > staging_bytes_) {
      staging_ = allocate_buffer(bytes);
      staging_bytes_ = bytes;
    }
    wire::Blob blob =
        wire::Blob::receive_into(in_place ? out_ + static_cast<std::size_t>(offset) * size_ : staging_.get(), bytes);
    try {
      pool_.with(
          holder.address, [&](auto& client) { client.read_chunks(blob, key_, start, step, count); }, stop_);
    } catch (const wire::PeerLost& error) {
      throw Unreachable(holder, error.what());
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found || error.code() == ErrorCode::lost)
        throw Unreachable(holder, error.what());
      throw;
    }
    if (!in_place) copy_into(staging_.get(), part, shape_, out_, size_);
  }

  WorkerPool& pool_;
  wire::StepKey key_;
  std::size_t size_;
  const Region& region_;
  Shape shape_;
  std::byte* out_;
  const std::stop_token& stop_;
  Buffer staging_;
  std::size_t staging_bytes_ = 0;
};

}  // namespace

Placement::Placement(const wire::Location& location) : ranges_(location.ranges) {
  std::sort(ranges_.begin(), ranges_.end(),
            [](const wire::HeldRange& a, const wire::HeldRange& b) { return a.first < b.first; });
}

const wire::HeldRange* Placement::find(std::int64_t unit) const {
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), unit,
                                [](std::int64_t u, const wire::HeldRange& range) { return u < range.first; });
  if (after == ranges_.begin()) return nullptr;
  --after;
  return unit < after->last ? &*after : nullptr;
}

Unreachable::Unreachable(const wire::HeldRange& holder, const std::string& why)
    : RemoteError(unreachable(holder, why)) {}

void fetch_region(WorkerPool& pool, const StepKey& key, DType dtype, const ChunkGrid& grid, const Placement& placement,
                  const Region& region, void* out, const std::stop_token& stop) {
  if (region.elements() == 0) return;
  const int rank = region.rank();
  std::vector<std::vector<Segment>> axes;
  int joined = 0;  // neighbours are fetched together along the last axis that is cut
  for (int axis = 0; axis < rank; ++axis) {
    axes.push_back(segments(region[axis], grid[axis]));
    if (axes.back().size() > 1) joined = axis;
  }
  RegionFetch fetch(pool, key, dtype, region, static_cast<std::byte*>(out), stop);
  const auto holder_of = [&](const std::vector<std::size_t>& at) -> const wire::HeldRange& {
    std::int64_t unit = 0;
    for (int axis = 0; axis < rank; ++axis)
      unit = unit * grid[axis].count() + axes[static_cast<std::size_t>(axis)][at[static_cast<std::size_t>(axis)]].chunk;
    if (const wire::HeldRange* holder = placement.find(unit)) return *holder;
    throw Error(ErrorCode::lost, "chunk " + std::to_string(unit) + " of an array of run " + std::to_string(key.run) +
                                     " is on no worker at present");
  };
  std::vector<std::size_t> at(static_cast<std::size_t>(rank), 0);
  const auto descend = [&](const auto& self, int axis) -> void {
    if (axis == joined) return self(self, axis + 1);
    if (axis < rank) {
      for (at[static_cast<std::size_t>(axis)] = 0;
           at[static_cast<std::size_t>(axis)] < axes[static_cast<std::size_t>(axis)].size();
           ++at[static_cast<std::size_t>(axis)])
        self(self, axis + 1);
      return;
    }
    Region box;
    for (int a = 0; a < rank; ++a) {
      const Segment& s = axes[static_cast<std::size_t>(a)][a == joined ? 0 : at[static_cast<std::size_t>(a)]];
      box.push_back({s.first, 1, s.count});
    }
    if (rank == 0) return fetch.fetch(box, holder_of(at));
    const auto& along = axes[static_cast<std::size_t>(joined)];
    for (std::size_t first = 0; first < along.size();) {
      at[static_cast<std::size_t>(joined)] = first;
      const wire::HeldRange& holder = holder_of(at);
      std::int64_t count = along[first].count;
      std::size_t next = first + 1;
      for (; next < along.size(); ++next) {
        at[static_cast<std::size_t>(joined)] = next;
        if (holder_of(at).worker != holder.worker) break;
        count += along[next].count;
      }
      box[joined] = {along[first].first, 1, count};
      fetch.fetch(box, holder);
      first = next;
    }
  };
  descend(descend, 0);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
