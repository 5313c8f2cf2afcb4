#pragma once
/// How far a number is from the exact one, for tests of functions.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/numbers.hpp"

namespace chunkwise_test {

/// Distance from the exact value in units of its last place; infinite where a special value or a zero's sign is wrong.
template <class T>
double error_in_ulp(T got, long double exact) {
  using Limits = std::numeric_limits<T>;
  const T rounded = static_cast<T>(exact);
  if (std::isnan(got) || std::isnan(rounded)) return std::isnan(got) == std::isnan(rounded) ? 0.0 : inf;
  if (got == 0 && rounded == 0) return std::signbit(got) == std::signbit(rounded) ? 0.0 : inf;
  if (std::isinf(got) || std::isinf(rounded)) {
    if (got == rounded) return 0.0;
    // The largest number and infinity are neighbours.
    const bool neighbours = std::min(std::fabs(got), std::fabs(rounded)) == Limits::max();
    return neighbours && std::signbit(got) == std::signbit(rounded) ? 1.0 : inf;
  }
  const int exponent =
      rounded == 0 ? Limits::min_exponent - 1 : std::max(std::ilogb(rounded), Limits::min_exponent - 1);
  return static_cast<double>(std::fabs(got - exact) / std::ldexp(1.0L, exponent - Limits::digits + 1));
}

}  // namespace chunkwise_test
