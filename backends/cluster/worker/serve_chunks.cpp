#include "backends/cluster/worker/serve_chunks.hpp"

#include <algorithm>
#include <string>

#include "backends/cluster/transfer/peers.hpp"
#include "chunkwise/core/buffer.hpp"
#include "chunkwise/core/untyped_array.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// Returns true if the elements follow each other in row-major order.
bool is_dense(const UntypedNdArray& view) {
  std::int64_t expected = 1;
  for (int axis = view.shape.rank() - 1; axis >= 0; --axis) {
    if (view.shape[axis] > 1 && view.strides[axis] != expected) return false;
    expected *= view.shape[axis];
  }
  return true;
}

}  // namespace

SharedBytes serve_chunks(const store::ChunkStore& store, store::ArrayId array, const Region& region,
                         const std::function<DType()>& dtype_of) {
  std::int64_t elements = 1;
  for (const AxisRange& range : region) {
    if (range.count < 0 || range.count > (std::int64_t{1} << 40) / elements)
      throw Error(ErrorCode::invalid_argument, "a region of too many elements");
    elements *= std::max<std::int64_t>(range.count, 1);
  }
  const UntypedNdArray view = store.view(array, region);
  const DType dtype = view.data ? view.dtype : dtype_of();
  const std::size_t bytes = static_cast<std::size_t>(region.elements()) * size_of(dtype);
  if (bytes > static_cast<std::size_t>(2 * piece_bytes))
    throw Error(ErrorCode::invalid_argument,
                "a region of " + std::to_string(bytes) + " bytes is too much for one call");
  if (view.data && is_dense(view)) return {{static_cast<const std::byte*>(view.data), bytes}, view.owner};
  const Buffer memory = allocate_buffer(std::max<std::size_t>(bytes, 1));
  store.read(array, region, memory.get());
  return {{memory.get(), bytes}, memory};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
