#pragma once
/// Division with a remainder, squares and reciprocals. Floating-point remainders are exact; integers divided by zero
/// give 0, as in NumPy. Neighbours: op/arithmetic.hpp, op/rounding.hpp; the list is op/catalog.hpp.
#include <cmath>
#include <limits>

#include "chunkwise/op/arithmetic.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::op {

namespace detail {
/// The types that NumPy's // and % compute in: all but bool, which becomes int8 first.
template <class T>
concept Number = Element<T> && !std::is_same_v<T, bool>;

/// Returns C's a % b, and 0 if b is 0. For the smallest integer and -1, whose quotient does not exist, 0 too.
template <Integer T>
constexpr CHUNKWISE_INLINE T truncated_remainder(T a, T b) {
  if (b == 0) return T{0};
  if constexpr (std::is_signed_v<T>)
    if (b == -1) return T{0};
  return static_cast<T>(a % b);
}

/// Returns C's fmod(x, y) for numbers that are not negative, by a division and a product that is taken exactly
/// (Dekker), if the quotient is less than 2^51 and nothing can overflow or vanish on the way; else by C's fmod, which
/// takes ten times as long. Both are exact, so the choice makes no difference.
CHUNKWISE_INLINE double exact_remainder(double x, double y) {
  CHUNKWISE_STRICT_FLOATS
  const double quotient = x / y;
  if (!(quotient < 0x1p51 && x < 0x1p900 && y > 0x1p-900 && y < 0x1p900)) return __builtin_fmod(x, y);
  const double n = static_cast<double>(static_cast<std::int64_t>(quotient));
  constexpr double splitter = 0x1p27 + 1;
  const double n_high = n * splitter - (n * splitter - n);
  const double n_low = n - n_high;
  const double y_high = y * splitter - (y * splitter - y);
  const double y_low = y - y_high;
  const double product = n * y;
  const double rest = ((n_high * y_high - product) + n_high * y_low + n_low * y_high) + n_low * y_low;
  const double remainder = (x - product) - rest;
  // The quotient may have been rounded up to the next whole number.
  return remainder < 0 ? remainder + y : remainder;
}
CHUNKWISE_INLINE float exact_remainder(float x, float y) {
  CHUNKWISE_STRICT_FLOATS
  const double quotient = static_cast<double>(x) / static_cast<double>(y);
  if (!(quotient < 0x1p28 && y <= std::numeric_limits<float>::max())) return __builtin_fmodf(x, y);
  // Both factors of the product have few enough digits for it to be exact.
  const double product = static_cast<double>(static_cast<std::int64_t>(quotient)) * static_cast<double>(y);
  return static_cast<float>(static_cast<double>(x) - product);
}

/// Returns C's fmod.
template <std::floating_point T>
CHUNKWISE_INLINE T truncated_remainder(T a, T b) {
  return std::copysign(exact_remainder(std::fabs(a), std::fabs(b)), a);
}

/// Returns a remainder with the divisor's sign, from one with the dividend's; a zero has the divisor's sign too.
template <std::floating_point T>
CHUNKWISE_INLINE T with_sign_of_divisor(T remainder, T b) {
  CHUNKWISE_STRICT_FLOATS
  if (b == 0) return remainder;
  if (remainder == 0) return std::copysign(T{0}, b);
  return (b < 0) != (remainder < 0) ? remainder + b : remainder;
}
}  // namespace detail

/// C's remainder, which has the dividend's sign: fmod(-7, 3) is -1. Exact; NaN if the divisor is 0, of integers 0.
struct Fmod {
  static constexpr OpCode code{27};
  static constexpr std::string_view name = "fmod";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::numeric;
  template <detail::Number T>
  static CHUNKWISE_INLINE T apply(T a, T b) {
    return detail::truncated_remainder(a, b);
  }
};

/// Python's a % b, which has the divisor's sign: -7 % 3 is 2. NaN if the divisor is 0, of integers 0.
struct Remainder {
  static constexpr OpCode code{26};
  static constexpr std::string_view name = "remainder";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::numeric;
  template <detail::Number T>
  static CHUNKWISE_INLINE T apply(T a, T b) {
    const T remainder = detail::truncated_remainder(a, b);
    if constexpr (std::is_floating_point_v<T>)
      return detail::with_sign_of_divisor(remainder, b);
    else if constexpr (std::is_signed_v<T>)
      return remainder != 0 && (remainder < 0) != (b < 0) ? static_cast<T>(remainder + b) : remainder;
    else
      return remainder;
  }
};

/// Python's a // b: the quotient rounded down, -7 // 3 is -3. Of integers 0 if the divisor is 0, and the smallest
/// divided by -1 stays itself. Of floating-point numbers it belongs to the remainder, as in Python: infinite or NaN if
/// the divisor is 0, NaN if the dividend is infinite.
struct FloorDivide {
  static constexpr OpCode code{25};
  static constexpr std::string_view name = "floor_divide";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::numeric;
  template <detail::Number T>
  static CHUNKWISE_INLINE T apply(T a, T b) {
    CHUNKWISE_STRICT_FLOATS
    if constexpr (std::is_floating_point_v<T>) {
      const T plain = a / b;
      if (b == 0) return plain;
      const T remainder = detail::truncated_remainder(a, b);
      T quotient = (a - remainder) / b;
      if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= T{1};
      if (quotient == 0) return std::copysign(T{0}, plain);
      const T below = sizeof(T) == 4 ? static_cast<T>(__builtin_floorf(static_cast<float>(quotient)))
                                     : static_cast<T>(__builtin_floor(static_cast<double>(quotient)));
      return quotient - below > T(0.5) ? below + T{1} : below;
    } else {
      if (b == 0) return T{0};
      if constexpr (std::is_signed_v<T>) {
        if (b == -1) return Negate::apply(a);
        const T quotient = static_cast<T>(a / b);
        return a % b != 0 && (a < 0) != (b < 0) ? static_cast<T>(quotient - 1) : quotient;
      } else
        return static_cast<T>(a / b);
    }
  }
};

/// The element times itself, rounded once. Integers wrap.
struct Square {
  static constexpr OpCode code{28};
  static constexpr std::string_view name = "square";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::numeric;
  template <detail::Number T>
  static constexpr CHUNKWISE_INLINE T apply(T a) {
    return Multiply::apply(a, a);
  }
};

/// One divided by the element. Of integers, cut off behind the point: 1 and -1 stay themselves, others give 0.
struct Reciprocal {
  static constexpr OpCode code{29};
  static constexpr std::string_view name = "reciprocal";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::numeric;
  template <detail::Number T>
  static constexpr CHUNKWISE_INLINE T apply(T a) {
    CHUNKWISE_STRICT_FLOATS
    if constexpr (std::is_floating_point_v<T>)
      return T{1} / a;
    else
      return a == 1 || (std::is_signed_v<T> && a == static_cast<T>(-1)) ? a : T{0};
  }
};

namespace detail {
/// The magnitude of an integer, which that of the smallest one is too.
template <Integer T>
constexpr CHUNKWISE_INLINE std::make_unsigned_t<T> magnitude(T a) {
  using Unsigned = std::make_unsigned_t<T>;
  return a < 0 ? static_cast<Unsigned>(Unsigned{0} - static_cast<Unsigned>(a)) : static_cast<Unsigned>(a);
}
/// Euclid's algorithm; b if a is 0.
template <class Unsigned>
constexpr CHUNKWISE_INLINE Unsigned greatest_divisor(Unsigned a, Unsigned b) {
  while (a != 0) {
    const Unsigned rest = static_cast<Unsigned>(b % a);
    b = a;
    a = rest;
  }
  return b;
}
}  // namespace detail

/// Greatest common divisor, not negative, of integers; of 0 and b the magnitude of b. It wraps if a signed type does
/// not have it, which is 2 to the power of its bits less one.
struct Gcd {
  static constexpr OpCode code{134};
  static constexpr std::string_view name = "gcd";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::shifting;
  template <detail::Integer T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    return static_cast<T>(detail::greatest_divisor(detail::magnitude(a), detail::magnitude(b)));
  }
};

/// Least common multiple, not negative, of integers, which wraps; 0 if either is 0.
struct Lcm {
  static constexpr OpCode code{135};
  static constexpr std::string_view name = "lcm";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::shifting;
  template <detail::Integer T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    const auto x = detail::magnitude(a);
    const auto y = detail::magnitude(b);
    const auto divisor = detail::greatest_divisor(x, y);
    using Unsigned = std::remove_const_t<decltype(x)>;
    return divisor == 0 ? T{0} : static_cast<T>(Multiply::apply(static_cast<Unsigned>(x / divisor), y));
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::op
