#pragma once
/// Decodes compressed chunks: inflates zlib streams, and puts bytes together again that were sorted by their place in
/// an element (HDF5's shuffle filter).
#include <cstddef>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Inflates a zlib stream that has exactly `out_bytes`; returns false if it is damaged. Throws io if libdeflate, which
/// the first call loads, cannot be loaded.
[[nodiscard]] bool inflate(const void* stream, std::size_t stream_bytes, void* out, std::size_t out_bytes);

/// Restores elements [first, first + count) of `elements` shuffled ones: byte b of element i is shuffled[b * elements +
/// i]. Elements have 1, 2, 4 or 8 bytes.
void unshuffle(const std::byte* shuffled, std::size_t elements, std::size_t element_bytes, std::size_t first,
               std::size_t count, std::byte* out);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
