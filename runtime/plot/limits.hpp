#pragma once
/// Arithmetic between limits that neither overflows nor divides by nothing, whatever finite doubles they are.
#include <cstddef>
#include <optional>

#include "chunkwise/plot.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// Returns true if both limits are finite and the first is lower.
[[nodiscard]] bool is_range(Limits limits);

/// Throws invalid_argument for limits that are no range (is_range).
void check_range(Limits limits);

/// Returns the place of a value between the limits: 0 at the lower, 1 at the higher, beyond these if it lies outside.
/// NaN for NaN. The limits must be a range.
[[nodiscard]] double fraction(Limits limits, double value);

/// Returns the fraction, cut off at fifty times the range on either side: anything drawn there is out of sight, and
/// cairo's coordinates end at eight million.
[[nodiscard]] double visible_fraction(Limits limits, double value);

/// Returns the value at this fraction of the way from the lower limit to the higher one.
[[nodiscard]] double value_at(Limits limits, double fraction);

/// Returns the least and the greatest finite value; nothing if no value is finite.
[[nodiscard]] std::optional<Limits> finite_extent(const Numbers& values);

/// The numbers of values that are NaN and that are infinite.
struct Unplaced {
  std::size_t missing = 0;
  std::size_t infinite = 0;
};
[[nodiscard]] Unplaced unplaced(const Numbers& values);

/// Returns limits that differ: these, or a little more on both sides of their one value.
[[nodiscard]] Limits apart(Limits limits);

/// Returns limits that are wider on both sides by this part of their range.
[[nodiscard]] Limits wider(Limits limits, double part);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
