#pragma once
/// Regions with steps, read through something that reads dense boxes only. netcdf-c's own strided reads cost one call
/// an element; reading over the gaps and picking the elements out is faster unless the gaps are large.
#include <cstddef>
#include <functional>

#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Reads a box whose steps are 1, row-major without gaps, into memory.
using ReadBox = std::function<void(const Region& box, void* out)>;

/// Reads `region` in boxes. `unit` is the box that costs as much as one of its elements (a compressed chunk; all ones
/// where there is none): the boxes never visit a unit twice. Memory beyond `out` stays below 4 MiB or one unit.
void read_in_boxes(const Region& region, std::size_t element_bytes, const Shape& unit, const ReadBox& read_box,
                   void* out);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
