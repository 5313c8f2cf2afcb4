#pragma once
/// Division of days and months, which may lie before a calendar's first one.
#include <cstdint>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the quotient rounded down; b is above 0.
[[nodiscard]] constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}
/// Returns the remainder, from 0 to b - 1.
[[nodiscard]] constexpr std::int64_t floor_remainder(std::int64_t a, std::int64_t b) {
  return a - b * floor_divide(a, b);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
