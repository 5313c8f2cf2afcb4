#pragma once
/// Whole numbers near an element, and its sign. All are exact; a sign of NaN, which CPUs choose as they like, counts as
/// positive. Neighbours: op/arithmetic.hpp, op/division.hpp; the list is op/catalog.hpp.
#include <array>
#include <cmath>
#include <limits>

#include "chunkwise/op/arithmetic.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::op {

/// The most decimals that round takes, before or behind the point: 10 to this power is a float32.
inline constexpr int most_decimals = 38;

/// Returns 10 to the power of 0 to most_decimals, the nearest float64.
[[nodiscard]] constexpr double power_of_ten(int exponent) {
  constexpr std::array<double, most_decimals + 1> powers{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                                         1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
                                                         1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29,
                                                         1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38};
  return powers[static_cast<std::size_t>(exponent)];
}

/// The largest whole number that is not above the element. Integers and bool stay themselves, as in NumPy since 2.1.
struct Floor {
  static constexpr OpCode code{144};
  static constexpr std::string_view name = "floor";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::ordering;
  template <Element T>
  static CHUNKWISE_INLINE T apply(T a) {
    if constexpr (std::is_same_v<T, float>)
      return __builtin_floorf(a);
    else if constexpr (std::is_same_v<T, double>)
      return __builtin_floor(a);
    else
      return a;
  }
};

/// The smallest whole number that is not below the element. Integers and bool stay themselves.
struct Ceil {
  static constexpr OpCode code{145};
  static constexpr std::string_view name = "ceil";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::ordering;
  template <Element T>
  static CHUNKWISE_INLINE T apply(T a) {
    if constexpr (std::is_same_v<T, float>)
      return __builtin_ceilf(a);
    else if constexpr (std::is_same_v<T, double>)
      return __builtin_ceil(a);
    else
      return a;
  }
};

/// The element without the digits behind the point. Integers and bool stay themselves.
struct Trunc {
  static constexpr OpCode code{146};
  static constexpr std::string_view name = "trunc";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::ordering;
  template <Element T>
  static CHUNKWISE_INLINE T apply(T a) {
    if constexpr (std::is_same_v<T, float>)
      return __builtin_truncf(a);
    else if constexpr (std::is_same_v<T, double>)
      return __builtin_trunc(a);
    else
      return a;
  }
};

/// The nearest whole number, of two the even one.
struct Rint {
  static constexpr OpCode code{147};
  static constexpr std::string_view name = "rint";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static CHUNKWISE_INLINE T apply(T a) {
    if constexpr (sizeof(T) == 4)
      return __builtin_rintf(a);
    else
      return __builtin_rint(a);
  }
};

/// -1, 0 or 1; NaN of NaN, +0 of both zeros.
struct Sign {
  static constexpr OpCode code{148};
  static constexpr std::string_view name = "sign";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::arithmetic;
  template <Element T>
  requires(!std::is_same_v<T, bool>) static constexpr CHUNKWISE_INLINE T apply(T a) {
    if constexpr (std::is_floating_point_v<T>)
      return a > 0 ? T{1} : a < 0 ? T{-1} : a == 0 ? T{0} : a;
    else if constexpr (std::is_signed_v<T>)
      return static_cast<T>((a > 0) - (a < 0));
    else
      return static_cast<T>(a > 0);
  }
};

/// The magnitude of the first with the sign of the second, also of a zero.
struct CopySign {
  static constexpr OpCode code{149};
  static constexpr std::string_view name = "copysign";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static CHUNKWISE_INLINE T apply(T a, T b) {
    const T magnitude = std::fabs(a);
    return b != b ? magnitude : std::copysign(magnitude, b);
  }
};

/// True if the element is below zero or the negative zero.
struct SignBit {
  static constexpr OpCode code{150};
  static constexpr std::string_view name = "signbit";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::predicate;
  template <Element T>
  static CHUNKWISE_INLINE bool apply([[maybe_unused]] T a) {
    if constexpr (std::is_floating_point_v<T>)
      return std::signbit(a) & (a == a);
    else if constexpr (std::is_signed_v<T>)
      return a < 0;
    else
      return false;
  }
};

/// 0 if the first is below zero, 1 if above, the second if it is zero; NaN of NaN.
struct Heaviside {
  static constexpr OpCode code{151};
  static constexpr std::string_view name = "heaviside";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    return a < 0 ? T{0} : a > 0 ? T{1} : a == 0 ? b : a;
  }
};

/// The next number of the type after the first in the direction of the second; the second if both are equal, NaN if
/// either is. Next to zero lies the smallest subnormal number.
struct NextAfter {
  static constexpr OpCode code{152};
  static constexpr std::string_view name = "nextafter";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static CHUNKWISE_INLINE T apply(T a, T b) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    const Bits bits = __builtin_bit_cast(Bits, a);
    const T beside_zero = std::copysign(std::numeric_limits<T>::denorm_min(), b);
    const bool away_from_zero = (a < b) == (a > 0);
    const T next = __builtin_bit_cast(T, away_from_zero ? bits + Bits{1} : bits - Bits{1});
    return ((a != a) | (b != b)) ? a + b : a == b ? b : a == 0 ? beside_zero : next;
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::op
