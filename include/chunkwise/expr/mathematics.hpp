#pragma once
/// Functions of mathematics under NumPy's names: division with a remainder, rounding, powers, logarithms, angles and
/// hyperbolic functions. Results have the operands' shapes broadcast. Types: those that round or divide keep the common
/// type, the others make it floating as sqrt does (bool and integers of 8 and 16 bits float32, wider ones float64).
/// docs/semantics.md defines each value, and how near it is to the true one.
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/choices.hpp"
#include "chunkwise/expr/elementwise.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace detail {
template <class... O>
inline constexpr bool integers = op::resolve(op::Signature::shifting, std::array{operand_type<Held<O>>()...}).valid;
/// Returns an operand that is computed in float64: an array cast to it, or a number.
template <class O>
[[nodiscard]] auto in_float64(const O& operand) {
  if constexpr (!Expression<O>)
    return static_cast<double>(operand);
  else if constexpr (std::is_same_v<value_type_of<O>, double>)
    return operand;
  else
    return cast<double>(operand);
}
}  // namespace detail

// ---- division

/// Returns Python's a // b: the quotient rounded down, in the common type (bool becomes int8). Integers divided by 0
/// give 0. `floor_divide(hours, 24)`
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto floor_divide(const A& a, const B& b) { return detail::elementwise<op::FloorDivide>(a, b); }
/// Returns Python's a % b: the remainder with the divisor's sign, in the common type. Integers modulo 0 are 0, others
/// NaN.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto remainder(const A& a, const B& b) { return detail::elementwise<op::Remainder>(a, b); }
/// Returns remainder(a, b). `longitude % 360`
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator%(const A& a, const B& b) { return detail::elementwise<op::Remainder>(a, b); }
/// Returns remainder(a, b).
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto mod(const A& a, const B& b) { return remainder(a, b); }
/// Returns C's remainder, which has the dividend's sign, in the common type. Integers modulo 0 are 0, others NaN.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto fmod(const A& a, const B& b) { return detail::elementwise<op::Fmod>(a, b); }
/// Returns floor_divide(a, b) and remainder(a, b). `const auto [days, hours] = divmod(time, 24);`
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto divmod(const A& a, const B& b) { return std::pair(floor_divide(a, b), remainder(a, b)); }
/// Returns a * a, in the type of a (bool becomes int8). Integers wrap.
template <Expression A>
[[nodiscard]] auto square(const A& a) {
  return detail::elementwise<op::Square>(a);
}
/// Returns 1 / a, in the type of a (bool becomes int8): of integers 1 and -1 stay themselves, others give 0.
template <Expression A>
[[nodiscard]] auto reciprocal(const A& a) {
  return detail::elementwise<op::Reciprocal>(a);
}

/// Returns the greatest common divisor of integers, not negative, in the common type (bool becomes int8); of 0 and b
/// the magnitude of b. `gcd(steps, 24)`
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto gcd(const A& a, const B& b) {
  static_assert(detail::integers<A, B>, "chunkwise: a common divisor is one of integers; cast the arrays first");
  return detail::elementwise<op::Gcd>(a, b);
}
/// Returns the least common multiple of integers, not negative, in the common type (bool becomes int8), which wraps; 0
/// if either is 0.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto lcm(const A& a, const B& b) {
  static_assert(detail::integers<A, B>, "chunkwise: a common multiple is one of integers; cast the arrays first");
  return detail::elementwise<op::Lcm>(a, b);
}

// ---- rounding and signs

/// Returns the largest whole number that is not above a, in the type of a. Integers stay themselves.
template <Expression A>
[[nodiscard]] auto floor(const A& a) {
  return detail::elementwise<op::Floor>(a);
}
/// Returns the smallest whole number that is not below a, in the type of a. Integers stay themselves.
template <Expression A>
[[nodiscard]] auto ceil(const A& a) {
  return detail::elementwise<op::Ceil>(a);
}
/// Returns a without the digits behind the point, in the type of a. Integers stay themselves.
template <Expression A>
[[nodiscard]] auto trunc(const A& a) {
  return detail::elementwise<op::Trunc>(a);
}
/// Returns trunc(a).
template <Expression A>
[[nodiscard]] auto fix(const A& a) {
  return trunc(a);
}
/// Returns the nearest whole number, of two the even one. Integers become floating; round(a) leaves them.
template <Expression A>
[[nodiscard]] auto rint(const A& a) {
  return detail::elementwise<op::Rint>(a);
}
/// Returns a rounded to so many digits behind the point, or before it if `Decimals` is negative: rint(a * 100) / 100
/// for round<2>, as NumPy does it. Integers stay integers. Units and attributes stay. `round(x)`, `round<2>(x)`,
/// `round<-1>(x)`
template <int Decimals = 0, Expression A>
[[nodiscard]] auto round(const A& a) {
  static_assert(Decimals >= -op::most_decimals && Decimals <= op::most_decimals,
                "chunkwise: round has at most 38 decimals, before or behind the point");
  using T = value_type_of<A>;
  constexpr double power = op::power_of_ten(Decimals < 0 ? -Decimals : Decimals);
  const auto with_meaning = [&](const auto& rounded) {
    return rounded.with_labels(map_labels(a.labels(), Meaning::converted));
  };
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    if constexpr (Decimals >= 0)
      return a;
    else
      return with_meaning(cast<T>(rint(cast<double>(a) / power) * power));
  } else if constexpr (Decimals > 0)
    return with_meaning(rint(a * power) / power);
  else if constexpr (Decimals < 0)
    return with_meaning(rint(a / power) * power);
  else
    return rint(a);
}
/// Returns -1, 0 or 1, in the type of a; NaN of NaN. Not for bool.
template <Expression A>
[[nodiscard]] auto sign(const A& a) {
  return detail::elementwise<op::Sign>(a);
}
/// Returns the magnitude of a with the sign of b, also of a zero b; NaN counts as positive. Integers become floating.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto copysign(const A& a, const B& b) { return detail::elementwise<op::CopySign>(a, b); }
/// Returns true if a is below zero or the negative zero.
template <Expression A>
[[nodiscard]] auto signbit(const A& a) {
  return detail::elementwise<op::SignBit>(a);
}
/// Returns the next number of the type after a in the direction of b; b if both are equal, NaN if either is NaN.
/// Integers become floating. `nextafter(x, 0)`
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto nextafter(const A& a, const B& b) { return detail::elementwise<op::NextAfter>(a, b); }
/// Returns 0 if a is below zero, 1 if it is above, b if it is zero; NaN of NaN. Integers become floating.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto heaviside(const A& a, const B& b) { return detail::elementwise<op::Heaviside>(a, b); }
/// Returns a itself. Not for bool.
template <Expression A>
[[nodiscard]] auto operator+(const A& a) {
  static_assert(!std::is_same_v<value_type_of<A>, bool>,
                "chunkwise: this operation is not defined for bool arrays; use !, != or cast first");
  return a;
}
/// Returns a itself. Not for bool.
template <Expression A>
[[nodiscard]] auto positive(const A& a) {
  return +a;
}

// ---- powers and logarithms, with the same bits on every CPU

/// Returns 2 to the power of a.
template <Expression A>
[[nodiscard]] auto exp2(const A& a) {
  return detail::elementwise<op::Exp2>(a);
}
/// Returns e to the power of a, minus one, to the last place also near zero.
template <Expression A>
[[nodiscard]] auto expm1(const A& a) {
  return detail::elementwise<op::Expm1>(a);
}
/// Returns the logarithm to the base 2.
template <Expression A>
[[nodiscard]] auto log2(const A& a) {
  return detail::elementwise<op::Log2>(a);
}
/// Returns the logarithm to the base 10.
template <Expression A>
[[nodiscard]] auto log10(const A& a) {
  return detail::elementwise<op::Log10>(a);
}
/// Returns the natural logarithm of 1 + a, to the last place also near zero.
template <Expression A>
[[nodiscard]] auto log1p(const A& a) {
  return detail::elementwise<op::Log1p>(a);
}
/// Returns the cube root, also of negative numbers.
template <Expression A>
[[nodiscard]] auto cbrt(const A& a) {
  return detail::elementwise<op::Cbrt>(a);
}
/// Returns the square root of a * a + b * b, which does not overflow on the way.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto hypot(const A& a, const B& b) { return detail::elementwise<op::Hypot>(a, b); }

/// Returns the logarithm of exp(a) + exp(b), which does not overflow on the way. Integers become floating.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto logaddexp(const A& a, const B& b) { return detail::elementwise<op::LogAddExp>(a, b); }
/// Returns pow(a, b) in float64, whatever the types.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto float_power(const A& a, const B& b) { return pow(detail::in_float64(a), detail::in_float64(b)); }

// ---- angles in radians, with the same bits on every CPU

/// Returns the sine. `sin(deg2rad(latitude))`
template <Expression A>
[[nodiscard]] auto sin(const A& a) {
  return detail::elementwise<op::Sin>(a);
}
/// Returns the cosine.
template <Expression A>
[[nodiscard]] auto cos(const A& a) {
  return detail::elementwise<op::Cos>(a);
}
/// Returns the tangent.
template <Expression A>
[[nodiscard]] auto tan(const A& a) {
  return detail::elementwise<op::Tan>(a);
}
/// Returns the angle from -pi/2 to pi/2 with this sine; NaN beyond -1 and 1.
template <Expression A>
[[nodiscard]] auto arcsin(const A& a) {
  return detail::elementwise<op::Arcsin>(a);
}
/// Returns arcsin(a).
template <Expression A>
[[nodiscard]] auto asin(const A& a) {
  return arcsin(a);
}
/// Returns the angle from 0 to pi with this cosine; NaN beyond -1 and 1.
template <Expression A>
[[nodiscard]] auto arccos(const A& a) {
  return detail::elementwise<op::Arccos>(a);
}
/// Returns arccos(a).
template <Expression A>
[[nodiscard]] auto acos(const A& a) {
  return arccos(a);
}
/// Returns the angle from -pi/2 to pi/2 with this tangent.
template <Expression A>
[[nodiscard]] auto arctan(const A& a) {
  return detail::elementwise<op::Arctan>(a);
}
/// Returns arctan(a).
template <Expression A>
[[nodiscard]] auto atan(const A& a) {
  return arctan(a);
}
/// Returns the angle from -pi to pi of the point with the ordinate a and the abscissa b. `arctan2(v, u)`
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto arctan2(const A& a, const B& b) { return detail::elementwise<op::Arctan2>(a, b); }
/// Returns arctan2(a, b).
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto atan2(const A& a, const B& b) { return arctan2(a, b); }
/// Returns degrees in radians.
template <Expression A>
[[nodiscard]] auto deg2rad(const A& a) {
  return detail::elementwise<op::Deg2rad>(a);
}
/// Returns deg2rad(a).
template <Expression A>
[[nodiscard]] auto radians(const A& a) {
  return deg2rad(a);
}
/// Returns radians in degrees.
template <Expression A>
[[nodiscard]] auto rad2deg(const A& a) {
  return detail::elementwise<op::Rad2deg>(a);
}
/// Returns rad2deg(a).
template <Expression A>
[[nodiscard]] auto degrees(const A& a) {
  return rad2deg(a);
}

/// Returns sin(pi a) / (pi a), and 1 if a is 0: the normalised cardinal sine. Integers become float64.
template <Expression A>
[[nodiscard]] auto sinc(const A& a) {
  const Array scaled = 3.141592653589793 * replace(a, 0, 1e-20);
  return sin(scaled) / scaled;
}

// ---- parts of complex numbers, which real ones have too

/// Returns the real part of a, which is a itself.
template <Expression A>
[[nodiscard]] auto real(const A& a) {
  return a;
}
/// Returns the complex conjugate of a, which is a itself.
template <Expression A>
[[nodiscard]] auto conj(const A& a) {
  return a;
}
/// Returns the imaginary part of a: 0 in the type of a.
template <Expression A>
[[nodiscard]] auto imag(const A& a) {
  return cast<value_type_of<A>>(a && false);
}
/// Returns the angle of a as a complex number: 0, or pi if a is below zero or the negative zero; NaN of NaN. Integers
/// become floating.
template <Expression A>
[[nodiscard]] auto angle(const A& a) {
  return arctan2(0, a);
}
/// Returns true everywhere: the imaginary part is 0.
template <Expression A>
[[nodiscard]] auto isreal(const A& a) {
  return a || true;
}

// ---- hyperbolic functions, with the same bits on every CPU

/// Returns the hyperbolic sine.
template <Expression A>
[[nodiscard]] auto sinh(const A& a) {
  return detail::elementwise<op::Sinh>(a);
}
/// Returns the hyperbolic cosine.
template <Expression A>
[[nodiscard]] auto cosh(const A& a) {
  return detail::elementwise<op::Cosh>(a);
}
/// Returns the hyperbolic tangent.
template <Expression A>
[[nodiscard]] auto tanh(const A& a) {
  return detail::elementwise<op::Tanh>(a);
}
/// Returns the number with this hyperbolic sine.
template <Expression A>
[[nodiscard]] auto arcsinh(const A& a) {
  return detail::elementwise<op::Arcsinh>(a);
}
/// Returns arcsinh(a).
template <Expression A>
[[nodiscard]] auto asinh(const A& a) {
  return arcsinh(a);
}
/// Returns the number, not negative, with this hyperbolic cosine; NaN below 1.
template <Expression A>
[[nodiscard]] auto arccosh(const A& a) {
  return detail::elementwise<op::Arccosh>(a);
}
/// Returns arccosh(a).
template <Expression A>
[[nodiscard]] auto acosh(const A& a) {
  return arccosh(a);
}
/// Returns the number with this hyperbolic tangent; infinite at -1 and 1, NaN beyond.
template <Expression A>
[[nodiscard]] auto arctanh(const A& a) {
  return detail::elementwise<op::Arctanh>(a);
}
/// Returns arctanh(a).
template <Expression A>
[[nodiscard]] auto atanh(const A& a) {
  return arctanh(a);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
