#include "backends/cluster/client/output.hpp"

#include <algorithm>

#include "chunkwise/core/untyped_array.hpp"
#include "runtime/executor/copy.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

Output::Output(const NodePtr& node, const Target& target, StepKey key)
    : node_(node), sink_(target.sink.get()), key_(key) {
  if (node->grid.chunks() > 0) missing_.add({0, node->grid.chunks()});
  if (sink_) return;
  const auto bytes = static_cast<std::size_t>(std::max<std::int64_t>(node->shape.elements(), 1)) * size_of(node->dtype);
  memory_ = allocate_buffer(bytes);
}

UntypedNdArray Output::array() const {
  if (sink_) return {};
  return {node_->dtype, node_->shape, row_major_strides(node_->shape), memory_, memory_.get()};
}

std::map<WorkerId, std::vector<Output::Claim>> Output::claim(const ReadyChunks& ready) {
  std::map<WorkerId, std::vector<Claim>> holders;
  for (auto range = ready.ranges.rbegin(); range != ready.ranges.rend(); ++range) {
    ItemSet items = missing_.common(range->held.items);
    missing_.remove(items);
    holders[range->held.worker].push_back({&*range, std::move(items)});
  }
  return holders;
}

bool Output::take(const ReadyRange& range, const ItemSet& claimed) const {
  const Items items = range.held.items;
  if (range.values.empty() || claimed.count() != 1 || items.count() != 1) return false;
  const Region box = node_->grid.region(node_->grid.chunk(items.first));
  const std::size_t size = size_of(node_->dtype);
  if (range.values.size() != static_cast<std::size_t>(box.elements()) * size) return false;
  put(box, range.values.data());
  return true;
}

void Output::fetch(Peers& workers, const Held& range, const ItemSet& claimed) const {
  const Placement placement({range});
  for (const Items& items : claimed) fetch(workers, placement, items);
}

void Output::fetch(Peers& workers, const Placement& placement, Items items) const {
  const std::int64_t per_box = chunks_per_box();
  for (std::int64_t first = items.first; first < items.last;) {
    const std::int64_t last = std::min(items.last, first + per_box);
    Region box = node_->grid.region(node_->grid.chunk(first));
    if (last - first > 1) {
      const AxisRange end = node_->grid.region(node_->grid.chunk(last - 1))[0];
      box[0].count = end.start + end.count - box[0].start;
    }
    fetch_box(workers, placement, box);
    first = last;
  }
}

std::int64_t Output::chunks_per_box() const {
  for (int axis = 1; axis < node_->grid.rank(); ++axis)
    if (node_->grid[axis].count() > 1) return 1;
  const std::int64_t bytes =
      std::max<std::int64_t>(node_->grid.largest().elements(), 1) * static_cast<std::int64_t>(size_of(node_->dtype));
  return std::max<std::int64_t>(piece_bytes / bytes, 1);
}

void Output::fetch_box(Peers& workers, const Placement& placement, const Region& box) const {
  const std::size_t bytes = static_cast<std::size_t>(box.elements()) * size_of(node_->dtype);
  const std::shared_ptr<trace::Recorder> recorder = trace::current();
  trace::Scope fetching(recorder.get(), trace::Kind::fetch, "chunks of the result");
  fetching.bytes(bytes);
  const auto fetch = [&](std::byte* to) { fetch_region(workers, key_, node_->dtype, node_->grid, placement, box, to); };
  if (!sink_ && is_contiguous_in(box, node_->shape)) return fetch(place_of(box));
  const Buffer piece = allocate_buffer(std::max<std::size_t>(bytes, 1));
  fetch(piece.get());
  put(box, piece.get());
}

void Output::put(const Region& box, const std::byte* elements) const {
  if (sink_) return sink_->write(box, elements);
  executor::copy_elements(box.shape(), size_of(node_->dtype), elements, row_major_strides(box.shape()), place_of(box),
                          row_major_strides(node_->shape));
}

std::byte* Output::place_of(const Region& box) const {
  const std::int64_t first = executor::first_position(box, row_major_strides(node_->shape));
  return memory_.get() + static_cast<std::size_t>(first) * size_of(node_->dtype);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
