#pragma once
/// The block interpreter: runs a Program for which no native kernel is registered, block by block, with temporaries
/// that stay in the first-level cache. The bits are those of a native kernel, because both apply the same operations.
#include <cstddef>

#include "chunkwise/kernel/program.hpp"
#include "chunkwise/kernel/registry.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::interpret {

/// Bytes of one block, of the widest values that a program has.
inline constexpr std::size_t block_bytes = 4096;

/// Runs the program over n elements with unit stride. `output` may be one of the inputs if their types are equal.
void run(const Program& program, const void* const* inputs, const Scalar* parameters, void* output, std::size_t n);

/// Casts n elements with unit stride.
void cast(DType from, DType to, const void* in, void* out, std::size_t n);

namespace detail {
/// One operation over a block; operands that it does not take are null.
using BlockFunction = void (*)(const void* a, const void* b, const void* c, void* out, std::size_t n);
struct Table {
  BlockFunction operations[op::descriptions.size()][dtype_count];  ///< by position in the catalogue and compute type
  BlockFunction casts[dtype_count][dtype_count];                   ///< from, to
};
}  // namespace detail
namespace baseline {
const detail::Table& table();
}
namespace avx2 {
const detail::Table& table();
}
namespace avx512 {
const detail::Table& table();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::interpret
