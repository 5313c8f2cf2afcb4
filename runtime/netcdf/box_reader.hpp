#pragma once
/// Reads regions with steps through a reader of dense boxes. netcdf-c's own strided reads cost one call an element;
/// reading over the gaps and picking the elements out is faster unless the gaps are large.
#include <cstddef>
#include <cstdint>
#include <functional>

#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Reads a box whose steps are 1, row-major without gaps, into memory.
using ReadBox = std::function<void(const Region& box, void* out)>;

/// Most stored chunks of a box. HDF5 keeps some kilobytes for each chunk of one read, and takes ten times as long for
/// each if there are a hundred thousand.
inline constexpr std::int64_t most_chunks_of_a_box = 512;

/// Reads `region` in boxes. `block` is the read block, which costs as much as one of its elements (a compressed
/// chunk; all ones if there is none): the boxes never visit one twice. Memory beyond `out` stays below 4 MiB or one
/// read block. `chunk` is the shape of the chunks that `read_box` goes through one by one, of which a box has at most
/// most_chunks_of_a_box; empty if there are none.
void read_in_boxes(const Region& region, std::size_t element_bytes, const Shape& block, const ReadBox& read_box,
                   void* out, const Shape& chunk = {});

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
