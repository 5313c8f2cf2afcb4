#pragma once
/// The elements of a region of a worker's chunks, as they go to another process.
#include <functional>

#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/region.hpp"
#include "runtime/core/shared_bytes.hpp"
#include "runtime/store/chunk_store.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// Returns the elements of a region of an array that the store has, row-major without gaps, in place if they lie
/// together. `dtype_of` returns the array's element type if the region is not in one chunk. Throws invalid_argument for
/// more than twice piece_bytes (transfer/peers.hpp), and not_found if a chunk is not here.
[[nodiscard]] SharedBytes serve_chunks(const store::ChunkStore& store, store::ArrayId array, const Region& region,
                                       const std::function<DType()>& dtype_of);

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
