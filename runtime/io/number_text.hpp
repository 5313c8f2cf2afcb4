#pragma once
/// Numbers as text: the shortest that reads back to the same bits; for people, without digits that rounding added.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>

#include "chunkwise/core/dtype.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The texts of values that are no numbers, which formats spell differently.
struct NonFinite {
  std::string_view nan, infinity, minus_infinity;
  std::string_view true_text, false_text;
};

/// Appends a number: a floating one with a point or an exponent, so that it reads as no integer and keeps a -0's sign.
template <Element T>
void append_number(std::string& text, T value, const NonFinite& other) {
  if constexpr (std::is_same_v<T, bool>) {
    text += value ? other.true_text : other.false_text;
  } else {
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(value)) return void(text += other.nan);
      if (std::isinf(value)) return void(text += value < 0 ? other.minus_infinity : other.infinity);
    }
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value);
    const std::string_view written(digits, static_cast<std::size_t>(end.ptr - digits));
    text += written;
    if (std::is_floating_point_v<T> && written.find_first_of(".e") == std::string_view::npos) text += ".0";
  }
}

/// Returns the number as messages write it, a whole one without a point: "0.5", "273", "nan".
[[nodiscard]] inline std::string number_text(double value) {
  std::string text;
  append_number(text, value, {"nan", "inf", "-inf", "", ""});
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

/// Returns the number with at most 15 digits, which leave out the rounding to float64: "0.1" for 0.3 - 0.2.
[[nodiscard]] inline std::string rounded_text(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

/// Returns the number with at most 7 digits, which float32 has too: for tables.
[[nodiscard]] inline std::string seven_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", value);
  return text;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
