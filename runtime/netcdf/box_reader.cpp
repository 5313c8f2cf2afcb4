#include "runtime/netcdf/box_reader.hpp"

#include <algorithm>
#include <cstdint>

#include "chunkwise/core/buffer.hpp"
#include "runtime/netcdf/byte_order.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// Most bytes of a box whose elements are picked out of a buffer.
constexpr std::int64_t buffer_bytes = std::int64_t{4} << 20;
/// Reading over a gap of this many bytes costs less than another call.
constexpr std::int64_t gap_bytes = std::int64_t{32} << 10;

std::int64_t first_index(const AxisRange& range) {
  return range.step > 0 ? range.start : range.start + (range.count - 1) * range.step;
}

std::int64_t stride(const AxisRange& range) { return range.count == 1 ? 1 : std::abs(range.step); }

/// Returns how many indices lie from the first to the last.
std::int64_t span(const AxisRange& range) { return (range.count - 1) * stride(range) + 1; }

std::int64_t index(const AxisRange& range, std::int64_t i) { return range.start + i * range.step; }

/// Returns the smallest dense box around a region.
Region box_around(const Region& region) {
  Region box;
  for (const AxisRange& range : region) box.push_back({first_index(range), 1, span(range)});
  return box;
}

class BoxReader {
 public:
  BoxReader(std::size_t element_bytes, const Shape& block, const Shape& chunk, const ReadBox& read_box,
            const PerAxis<std::int64_t>& out_strides)
      : element_(static_cast<std::int64_t>(element_bytes)),
        block_(block),
        chunk_(chunk),
        read_box_(read_box),
        out_strides_(out_strides) {}

  /// Reads `region` to the place of its first element.
  void read(const Region& region, std::byte* out) {
    if (has_many_chunks(region)) {
      for (int axis = 0; axis < region.rank(); ++axis)
        if (const std::int64_t cut = place_to_cut(region[axis], std::max(block_[axis], chunk_[axis])); cut > 0)
          return read_in_two(region, axis, cut, out);
    }
    if (goes_straight(region)) return read_box_(box_around(region), out);
    const int axis = axis_to_cut(region);
    if (axis < 0) return read_and_pick(region, out);
    read_in_two(region, axis, place_to_cut(region[axis], block_[axis]), out);
  }

 private:
  void read_in_two(const Region& region, int axis, std::int64_t cut, std::byte* out) {
    Region first = region;
    first[axis].count = cut;
    Region rest = region;
    rest[axis].start = index(region[axis], cut);
    rest[axis].count -= cut;
    read(first, out);
    read(rest, out + cut * out_strides_[axis] * element_);
  }

  bool has_many_chunks(const Region& region) const {
    std::int64_t chunks = 1;
    for (int axis = 0; axis < chunk_.rank() && chunks <= most_chunks_of_a_box; ++axis) {
      const std::int64_t first = first_index(region[axis]);
      chunks *= (first + span(region[axis]) - 1) / chunk_[axis] - first / chunk_[axis] + 1;
    }
    return chunks > most_chunks_of_a_box;
  }

  /// Returns true if the dense box is the region itself, and lies without gaps in the result.
  bool goes_straight(const Region& region) const {
    std::int64_t elements = 1;
    for (int axis = region.rank() - 1; axis >= 0; --axis) {
      if (region[axis].count == 1) continue;
      if (region[axis].step != 1 || out_strides_[axis] != elements) return false;
      elements *= region[axis].count;
    }
    return true;
  }

  /// Returns the axis along which a region is read in two parts; -1 if it is read at once.
  int axis_to_cut(const Region& region) const {
    std::int64_t inner = element_;  // bytes visited for one index of an axis
    for (int axis = region.rank() - 1; axis >= 0; --axis) {
      const AxisRange& range = region[axis];
      if (stride(range) > block_[axis] && (stride(range) - 1) * inner > gap_bytes) return axis;
      inner *= (span(range) + block_[axis] - 1) / block_[axis] * block_[axis];
    }
    if (box_around(region).elements() * element_ <= buffer_bytes) return -1;
    for (int axis = 0; axis < region.rank(); ++axis)
      if (place_to_cut(region[axis], block_[axis]) > 0) return axis;
    return -1;
  }

  /// Returns how many indices the first of two parts has that share no read block, cut near the middle; 0 if the range
  /// lies in one read block.
  static std::int64_t place_to_cut(const AxisRange& range, std::int64_t block) {
    const auto begins_block = [&](std::int64_t i) { return index(range, i) / block != index(range, i - 1) / block; };
    for (std::int64_t i = range.count / 2; i > 0; --i)
      if (begins_block(i)) return i;
    for (std::int64_t i = range.count / 2 + 1; i < range.count; ++i)
      if (begins_block(i)) return i;
    return 0;
  }

  void read_and_pick(const Region& region, std::byte* out) {
    const Region box = box_around(region);
    const std::int64_t bytes = box.elements() * element_;
    const Buffer buffer = allocate_buffer(static_cast<std::size_t>(bytes));
    read_box_(box, buffer.get());

    const auto box_strides = row_major_strides(box.shape());
    auto steps = PerAxis<std::int64_t>::filled(region.rank(), 0);  // bytes from one picked element to the next
    const std::byte* from = buffer.get();
    for (int axis = 0; axis < region.rank(); ++axis) {
      steps[axis] = box_strides[axis] * region[axis].step * element_;
      from += (region[axis].start - box[axis].start) * box_strides[axis] * element_;
    }
    pick(region, 0, from, steps, out);
  }

  void pick(const Region& region, int axis, const std::byte* from, const PerAxis<std::int64_t>& steps,
            std::byte* out) const {
    const std::int64_t out_step = out_strides_[axis] * element_;
    if (axis + 1 < region.rank()) {
      for (std::int64_t i = 0; i < region[axis].count; ++i)
        pick(region, axis + 1, from + i * steps[axis], steps, out + i * out_step);
      return;
    }
    with_unsigned_of(static_cast<std::size_t>(element_), [&]<class U>(U) {
      copy_elements<U>(from, steps[axis], out, out_step, region[axis].count, [](U value) { return value; });
    });
  }

  std::int64_t element_;
  Shape block_;
  Shape chunk_;  ///< empty: none
  const ReadBox& read_box_;
  PerAxis<std::int64_t> out_strides_;
};

}  // namespace

void read_in_boxes(const Region& region, std::size_t element_bytes, const Shape& block, const ReadBox& read_box,
                   void* out, const Shape& chunk) {
  if (region.elements() == 0) return;
  BoxReader(element_bytes, block, chunk, read_box, row_major_strides(region.shape()))
      .read(region, static_cast<std::byte*>(out));
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
