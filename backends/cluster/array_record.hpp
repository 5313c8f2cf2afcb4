#pragma once
/// The record of a published array, for clients that open it: element type, shape, chunks and labels, as bytes.
#include <span>
#include <vector>

#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/untyped_array.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

struct ArrayRecord {
  DType dtype = DType::float64;
  Shape shape;
  ChunkGrid grid;
  Labels labels;
};

[[nodiscard]] std::vector<std::byte> to_bytes(const ArrayRecord& record);
/// Throws invalid_argument if the bytes make no sense.
[[nodiscard]] ArrayRecord record_from_bytes(std::span<const std::byte> bytes);

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
