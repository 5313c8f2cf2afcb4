#pragma once
/// Numbers at the ends of their types and beyond them, and equality that has NaN equal to NaN.
#include <gtest/gtest.h>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <limits>
#include <vector>

namespace chunkwise_test {

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double inf = std::numeric_limits<double>::infinity();

/// The smallest and the largest integer of a type.
template <std::integral T>
inline constexpr T least = std::numeric_limits<T>::min();
template <std::integral T>
inline constexpr T most = std::numeric_limits<T>::max();

/// Returns true if two numbers have the same bits, or both are NaN.
template <class T>
bool same_bits(T a, T b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof(T)) == 0;
}

/// Returns success if two lists have equal numbers, where NaN is equal to NaN.
inline testing::AssertionResult same_numbers(const std::vector<double>& ours, const std::vector<double>& wanted) {
  if (ours.size() != wanted.size()) return testing::AssertionFailure() << ours.size() << " are not " << wanted.size();
  for (std::size_t i = 0; i < ours.size(); ++i)
    if (ours[i] != wanted[i] && !(std::isnan(ours[i]) && std::isnan(wanted[i])))
      return testing::AssertionFailure() << ours[i] << " at " << i << " is not " << wanted[i];
  return testing::AssertionSuccess();
}

}  // namespace chunkwise_test
