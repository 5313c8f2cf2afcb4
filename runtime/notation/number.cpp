#include "runtime/notation/number.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Holds every int of a text and every sum, difference and product that is checked before it is believed.
__extension__ using Wide = __int128;

constexpr Wide lowest = std::numeric_limits<std::int64_t>::min();
constexpr Wide highest = std::numeric_limits<std::uint64_t>::max();

[[noreturn]] void too_large() {
  throw Error(ErrorCode::out_of_range, "an int that no element type holds: ints reach from -2**63 to 2**64-1");
}

Number from_wide(Wide value) {
  if (value < lowest || value > highest) too_large();
  if (value <= std::numeric_limits<std::int64_t>::max()) return static_cast<std::int64_t>(value);
  return static_cast<std::uint64_t>(value);
}

bool is_float(const Number& a) { return std::holds_alternative<double>(a); }

Wide as_int(const Number& a) {
  return std::visit([](auto value) { return static_cast<Wide>(value); }, a);
}

Wide checked(bool overflowed, Wide value) {
  if (overflowed) too_large();
  return value;
}

[[noreturn]] void divided_by_zero() {
  throw Error(ErrorCode::invalid_argument, "a number is divided by zero; write nan or inf where that is meant");
}

Number int_power(Wide base, Wide exponent) {
  if (base == 0 || base == 1) return from_wide(exponent == 0 ? 1 : base);
  if (base == -1) return from_wide(exponent % 2 == 0 ? 1 : -1);
  Wide result = 1;
  // Any other base is beyond every int after 64 steps.
  for (Wide i = 0; i < exponent; ++i) {
    if (i > 64) too_large();
    Wide product = 0;
    const bool overflowed = __builtin_mul_overflow(result, base, &product);
    result = checked(overflowed, product);
  }
  return from_wide(result);
}

Number float_power(double base, double exponent) {
  if (base == 0 && exponent < 0) divided_by_zero();
  if (base < 0 && std::isfinite(exponent) && exponent != std::floor(exponent))
    throw Error(ErrorCode::invalid_argument, "a negative number to a fractional power is a complex number");
  return std::pow(base, exponent);
}

/// Returns Python's // or %: towards minus infinity, the remainder with the divisor's sign.
Number int_divide(Wide a, Wide b, bool remainder) {
  if (b == 0) divided_by_zero();
  const bool inexact = a % b != 0 && (a < 0) != (b < 0);
  return from_wide(remainder ? a % b + (inexact ? b : 0) : a / b - (inexact ? 1 : 0));
}

Number float_divide(double a, double b, bool remainder) {
  if (b == 0) divided_by_zero();
  double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0 && (rest < 0) != (b < 0)) {
    rest += b;
    quotient -= 1;
  }
  if (remainder) return rest == 0 ? std::copysign(0.0, b) : rest;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double whole = std::floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

/// Returns Python's << or >>, which know no width.
Number int_shift(Wide a, Wide by, bool left) {
  if (by < 0) throw Error(ErrorCode::invalid_argument, "a number is shifted by a negative number");
  if (!left) return from_wide(a >> static_cast<int>(by > 127 ? 127 : by));
  if (a == 0) return from_wide(0);
  Wide product = 0;
  const bool overflowed = by > 64 || __builtin_mul_overflow(a, Wide{1} << static_cast<int>(by), &product);
  return from_wide(checked(overflowed, product));
}

/// Returns a & b, a | b or a ^ b; nullopt if the sign is none of these.
std::optional<Wide> int_bits(std::string_view sign, Wide a, Wide b) {
  if (sign == "&") return a & b;
  if (sign == "|") return a | b;
  if (sign == "^") return a ^ b;
  return std::nullopt;
}

/// Returns the comparison of two numbers, exact if both are ints; nullopt if the sign is none.
template <class T>
std::optional<bool> compared(std::string_view sign, T a, T b) {
  if (sign == "==") return a == b;
  if (sign == "!=") return a != b;
  if (sign == "<") return a < b;
  if (sign == "<=") return a <= b;
  if (sign == ">") return a > b;
  if (sign == ">=") return a >= b;
  return std::nullopt;
}

std::string without_underscores(std::string_view literal) {
  std::string digits;
  for (std::size_t i = 0; i < literal.size(); ++i) {
    if (literal[i] != '_') {
      digits += literal[i];
      continue;
    }
    const auto is_digit = [&](std::size_t at) {
      return at < literal.size() && (std::isxdigit(static_cast<unsigned char>(literal[at])) != 0);
    };
    if (i == 0 || !is_digit(i - 1) || !is_digit(i + 1))
      throw Error(ErrorCode::invalid_argument,
                  "'" + std::string(literal) + "' is no number: '_' stands between digits");
  }
  return digits;
}

}  // namespace

Number parse_number(std::string_view literal) {
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::invalid_argument, "'" + std::string(literal.substr(0, 40)) + "' is no number: " + why);
  };
  const std::string digits = without_underscores(literal);
  const auto read_int = [&](std::size_t skip, int base) -> Number {
    std::uint64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, problem] = std::from_chars(digits.data() + skip, end, value, base);
    if (problem == std::errc::result_out_of_range) too_large();
    if (problem != std::errc() || stop != end) throw refuse("it has letters that are no digits");
    return from_wide(static_cast<Wide>(value));
  };
  if (digits.size() > 1 && digits[0] == '0') {
    if (digits[1] == 'x' || digits[1] == 'X') return read_int(2, 16);
    if (digits[1] == 'b' || digits[1] == 'B') return read_int(2, 2);
    if (digits[1] == 'o' || digits[1] == 'O') return read_int(2, 8);
  }
  if (digits.find_first_not_of("0123456789") == std::string::npos) {
    if (digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of('0') != std::string::npos)
      throw refuse("an int does not begin with 0");
    return read_int(0, 10);
  }
  if (digits.back() == 'j' || digits.back() == 'J') throw refuse("there are no complex numbers");
  double value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, value);
  if (problem == std::errc::result_out_of_range)
    throw Error(ErrorCode::out_of_range, "'" + digits.substr(0, 40) + "' is beyond the range of float64");
  if (problem != std::errc() || stop != end) throw refuse("it has letters that are no digits");
  return value;
}

Number calculate(std::string_view sign, const Number& a) {
  if (sign == "~") return from_wide(-as_int(a) - 1);
  if (is_float(a)) return sign == "-" ? -as_double(a) : as_double(a);
  return from_wide(sign == "-" ? -as_int(a) : as_int(a));
}

Number calculate(std::string_view sign, const Number& a, const Number& b) {
  const bool floating = is_float(a) || is_float(b);
  const auto comparison = floating ? compared(sign, as_double(a), as_double(b)) : compared(sign, as_int(a), as_int(b));
  if (comparison) return *comparison;
  if (sign == "/") {
    if (as_double(b) == 0) divided_by_zero();
    return as_double(a) / as_double(b);
  }
  const bool modulo = sign == "%";
  if (floating) {
    if (sign == "+") return as_double(a) + as_double(b);
    if (sign == "-") return as_double(a) - as_double(b);
    if (sign == "*") return as_double(a) * as_double(b);
    if (sign == "**") return float_power(as_double(a), as_double(b));
    if (modulo || sign == "//") return float_divide(as_double(a), as_double(b), modulo);
  } else {
    if (sign == "+") return from_wide(as_int(a) + as_int(b));
    if (sign == "-") return from_wide(as_int(a) - as_int(b));
    if (sign == "*") {
      Wide product = 0;
      const bool overflowed = __builtin_mul_overflow(as_int(a), as_int(b), &product);
      return from_wide(checked(overflowed, product));
    }
    if (sign == "**") return as_int(b) < 0 ? float_power(as_double(a), as_double(b)) : int_power(as_int(a), as_int(b));
    if (modulo || sign == "//") return int_divide(as_int(a), as_int(b), modulo);
    if (sign == "<<" || sign == ">>") return int_shift(as_int(a), as_int(b), sign == "<<");
    if (const auto bits = int_bits(sign, as_int(a), as_int(b))) {
      const bool truths = std::holds_alternative<bool>(a) && std::holds_alternative<bool>(b);
      return truths ? Number(*bits != 0) : from_wide(*bits);
    }
  }
  throw Error(ErrorCode::unsupported, "'" + std::string(sign) + "' between two numbers is not supported");
}

std::string to_string(const Number& a) {
  if (const bool* truth = std::get_if<bool>(&a)) return *truth ? "True" : "False";
  std::array<char, 64> buffer{};
  const auto end = std::visit(
      [&](auto value) {
        if constexpr (std::is_same_v<decltype(value), bool>)
          return std::to_chars_result{buffer.data(), std::errc()};
        else
          return std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
      },
      a);
  return {buffer.data(), end.ptr};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
