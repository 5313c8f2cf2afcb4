#pragma once
/// Reads regions with steps through a reader of dense boxes. netcdf-c's own strided reads cost one call an element;
/// reading over the gaps and picking the elements out is faster unless the gaps are large.
#include <cstddef>
#include <functional>

#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Reads a box whose steps are 1, row-major without gaps, into memory.
using ReadBox = std::function<void(const Region& box, void* out)>;

/// Reads `region` in boxes. `block` is the read block, which costs as much as one of its elements (a compressed
/// chunk; all ones if there is none): the boxes never visit one twice. Memory beyond `out` stays below 4 MiB or one
/// read block.
void read_in_boxes(const Region& region, std::size_t element_bytes, const Shape& block, const ReadBox& read_box,
                   void* out);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
