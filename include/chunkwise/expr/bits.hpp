#pragma once
/// & | ^ ~ << >> and their names: the bits of integers, and logic of bool arrays, as in NumPy. In C++ as in Python they
/// bind more tightly than comparisons, which therefore stand in parentheses: `(a > 0) & (b > 0)`.
#include "chunkwise/expr/elementwise.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace detail {
/// Returns true for a bool array, or a bool beside one.
template <Operand O>
constexpr bool is_bool() {
  if constexpr (Expression<O>)
    return std::same_as<value_type_of<O>, bool>;
  else
    return std::same_as<std::remove_cvref_t<O>, bool>;
}
/// An operation of logic if all operands are bool, else that on the bits of integers.
template <class Logic, class Bits, Operand... O>
using LogicOrBits = std::conditional_t<(is_bool<O>() && ...), Logic, Bits>;
}  // namespace detail

/// Returns the bits that both have, in the common type; of bool arrays, true if both are. Not for floating types (a
/// compile error); && takes the truth of any. `(flags & 4) != 0`
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator&(const A& a, const B& b) {
  return detail::elementwise<detail::LogicOrBits<op::LogicalAnd, op::BitwiseAnd, A, B>>(a, b);
}
/// Returns the bits that either has; of bool arrays, true if either is. `(a > 0) | (b > 0)`
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator|(const A& a, const B& b) {
  return detail::elementwise<detail::LogicOrBits<op::LogicalOr, op::BitwiseOr, A, B>>(a, b);
}
/// Returns the bits that exactly one has; of bool arrays, true if they differ. `(a > 0) ^ (b > 0)`
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator^(const A& a, const B& b) {
  return detail::elementwise<detail::LogicOrBits<op::NotEqual, op::BitwiseXor, A, B>>(a, b);
}
/// Returns every bit inverted; of a bool array, true for false. `~(a > 0)`
template <Expression A>
[[nodiscard]] auto operator~(const A& a) {
  return detail::elementwise<detail::LogicOrBits<op::LogicalNot, op::Invert, A>>(a);
}
/// Returns the bits of a moved to the left by b, in the common type; bool becomes int8. 0 if b is negative or not below
/// the width of the type. `x << 2`
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator<<(const A& a, const B& b) { return detail::elementwise<op::LeftShift>(a, b); }
/// Returns the bits of a moved to the right by b, copies of the sign following: a divided by 2 to the power of b and
/// rounded down. 0 or -1 if b is negative or not below the width of the type. `x >> 2`
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator>>(const A& a, const B& b) { return detail::elementwise<op::RightShift>(a, b); }

/// Returns a & b.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto bitwise_and(const A& a, const B& b) { return a & b; }
/// Returns a | b.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto bitwise_or(const A& a, const B& b) { return a | b; }
/// Returns a ^ b.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto bitwise_xor(const A& a, const B& b) { return a ^ b; }
/// Returns ~a.
template <Expression A>
[[nodiscard]] auto invert(const A& a) {
  return ~a;
}
/// Returns ~a.
template <Expression A>
[[nodiscard]] auto bitwise_not(const A& a) {
  return ~a;
}
/// Returns a << b.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto left_shift(const A& a, const B& b) { return a << b; }
/// Returns a >> b.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto right_shift(const A& a, const B& b) { return a >> b; }

}  // namespace chunkwise::inline CHUNKWISE_ABI
