#include "runtime/netcdf/classic_writer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "chunkwise/core/buffer.hpp"
#include "runtime/io/output_file.hpp"
#include "runtime/netcdf/byte_order.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// Bytes of one write: few enough to be still in the cache when the system copies them.
constexpr std::size_t piece_bytes = std::size_t{256} << 10;

}  // namespace

void write_classic(const OutputFile& file, const ClassicLayout& layout, const Region& region, const void* data,
                   const std::string& doing) {
  if (region.elements() == 0) return;
  const auto element = static_cast<std::int64_t>(layout.element_bytes);
  const auto strides = row_major_strides(region.shape());
  // Axes that both sides run through without a gap are one stretch.
  std::int64_t stretch = element;
  int outer = region.rank();
  while (outer > 0 && (region[outer - 1].count == 1 || layout.strides[outer - 1] == stretch))
    stretch *= region[--outer].count;
  const bool as_it_is = element == 1 || std::endian::native == std::endian::big;
  Buffer turned;
  if (!as_it_is) turned = allocate_buffer(std::min(piece_bytes, static_cast<std::size_t>(stretch)));

  const auto write_stretch = [&](std::uint64_t place, const std::byte* from) {
    const auto bytes = static_cast<std::size_t>(stretch);
    if (as_it_is) return file.write(place, from, bytes, doing);
    for (std::size_t done = 0; done < bytes; done += piece_bytes) {
      const std::size_t n = std::min(piece_bytes, bytes - done);
      std::memcpy(turned.get(), from + done, n);
      make_native(layout.element_bytes, turned.get(), n);  // the same, there and back
      file.write(place + done, turned.get(), n, doing);
    }
  };
  const auto visit = [&](const auto& self, int axis, std::int64_t place, std::int64_t from) -> void {
    if (axis == outer)
      return write_stretch(static_cast<std::uint64_t>(place), static_cast<const std::byte*>(data) + from);
    for (std::int64_t i = 0; i < region[axis].count; ++i)
      self(self, axis + 1, place + i * layout.strides[axis], from + i * strides[axis] * element);
  };
  auto begin = static_cast<std::int64_t>(layout.begin);
  for (int axis = 0; axis < region.rank(); ++axis) begin += region[axis].start * layout.strides[axis];
  visit(visit, 0, begin, 0);
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
