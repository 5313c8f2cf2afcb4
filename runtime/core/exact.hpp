#pragma once
/// Integers as floating numbers.
#include <cmath>
#include <limits>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns true if a floating type can hold an integer exactly.
template <class Floating, class Integer>
[[nodiscard]] bool is_exact_in(Integer value) {
  const auto as_floating = static_cast<Floating>(value);
  // One more than the largest integer, which as a floating number is exact.
  const Floating end = std::ldexp(Floating{1}, std::numeric_limits<Integer>::digits);
  return as_floating < end && static_cast<Integer>(as_floating) == value;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
