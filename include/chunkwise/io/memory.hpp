#pragma once
/// Sources that need no file: memory of the caller or of chunkwise, and generators that compute an element from its
/// index.
#include <cstdint>
#include <string>

#include "chunkwise/core/text_argument.hpp"
#include "chunkwise/io/source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns an array in memory as a source; no copy. `array.owner` keeps it alive; without one the caller promises to.
/// An empty chunk shape means ChunkGrid::automatic.
[[nodiscard]] SourcePtr memory_source(UntypedNdArray array, const Shape& chunks = {});
/// Returns the same with a given grid; `home` is the URI of the backend that keeps it, if one does.
[[nodiscard]] SourcePtr memory_source(UntypedNdArray array, ChunkGrid grid, TextArgument home = {});

/// Returns a source whose every element is `value`.
[[nodiscard]] SourcePtr full_source(const Shape& shape, Scalar value, const Shape& chunks = {});
/// Returns the same with a given grid.
[[nodiscard]] SourcePtr full_source(const Shape& shape, Scalar value, ChunkGrid grid);
/// Returns a vector whose element i is start + i * step, computed in the result's type (floating: in float64). Throws
/// type_mismatch if the two are of different types.
[[nodiscard]] SourcePtr arange_source(Scalar start, Scalar step, std::int64_t count, const Shape& chunks = {});
/// Returns `count` numbers in equal steps, reckoned in float64: element i is start + i * step, the step being the
/// distance divided by the number of steps. With `endpoint` the last element is `stop`, else the next one would be.
/// Integers are rounded down. Throws invalid_argument for a negative count and bool.
[[nodiscard]] SourcePtr linspace_source(double start, double stop, std::int64_t count, bool endpoint, DType dtype,
                                        const Shape& chunks = {});
/// Returns a matrix that is 1 where the column's index is `diagonal` more than the row's, else 0.
[[nodiscard]] SourcePtr eye_source(std::int64_t rows, std::int64_t columns, std::int64_t diagonal, DType dtype,
                                   const Shape& chunks = {});
/// Returns uniform numbers in [0, 1): element i (row-major over the whole array) is a function of `seed` and i alone
/// (SplitMix64, Steele, Lea and Flood 2014, its top 53 or 24 bits), so chunks and threads do not matter. Throws
/// type_mismatch for a dtype that is not floating.
[[nodiscard]] SourcePtr random_source(const Shape& shape, DType dtype, std::uint64_t seed, const Shape& chunks = {});

}  // namespace chunkwise::inline CHUNKWISE_ABI
