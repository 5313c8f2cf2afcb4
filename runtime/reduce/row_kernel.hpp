#pragma once
/// The choice of the kernel that folds chunks of a few rows (reduce::fold_rows). Every kernel gives the same bits;
/// those for a number of rows that the compiler knows hold a chunk's states in registers. kernels.cpp goes by these
/// functions and nothing else. They are always inlined, since that file is compiled for several instruction sets.
#include <cstddef>
#include <cstdint>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::reduce {

enum class RowKernel : std::uint8_t { any_rows, one_row, two_rows, four_rows, eight_rows };

/// Returns the kernel for chunks of so many rows. `of_sums`: the state is a sum or moments, whose elements are floating
/// point. Files mostly hold a few steps: a day of hours, of six hours, one.
[[nodiscard]] CHUNKWISE_INLINE constexpr RowKernel row_kernel(bool of_sums, std::size_t rows) {
  if (!of_sums) return RowKernel::any_rows;
  switch (rows) {
    case 1:
      return RowKernel::one_row;
    case 2:
      return RowKernel::two_rows;
    case 4:
      return RowKernel::four_rows;
    case 8:
      return RowKernel::eight_rows;
    default:
      return RowKernel::any_rows;
  }
}

/// Returns the number of chunks of so many rows, 1 to 8, that are folded together. Sums of double are mostly loads and
/// stores, and eight rows at a time need fewer of them; moments have more to compute, and floats to be converted, and
/// are slower so.
[[nodiscard]] CHUNKWISE_INLINE constexpr std::size_t chunks_together(bool sums_of_double, std::size_t rows) {
  return sums_of_double && rows < 8 ? 8 / rows : 1;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::reduce
