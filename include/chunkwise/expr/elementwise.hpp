#pragma once
/// Elementwise formulas: one node type for every operation of the catalogue, and the operators and functions that make
/// most of them. Element types follow NumPy 2's promotion, shapes NumPy's broadcasting. A maximal tree of these nodes
/// becomes one Program and one native kernel (lower.hpp). More functions: expr/mathematics.hpp, expr/bits.hpp,
/// expr/choices.hpp.
#include <array>
#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/unpack.hpp>
#include <utility>

#include "chunkwise/expr/expression.hpp"
#include "chunkwise/expr/meaning.hpp"
#include "chunkwise/op/catalog.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A weak scalar as an operand.
template <class S>
struct Constant {
  S value;  ///< the number
};

namespace detail {
template <class O>
inline constexpr bool is_constant = false;
template <class S>
inline constexpr bool is_constant<Constant<S>> = true;

/// Returns an operand as a node holds it: expressions by value, numbers as Constant.
template <Operand O>
constexpr auto hold(const O& operand) {
  if constexpr (Expression<O>)
    return operand;
  else
    return Constant<O>{operand};
}
template <class O>
using Held = decltype(hold(std::declval<const std::remove_cvref_t<O>&>()));

template <class O>
constexpr op::OperandType operand_type() {
  if constexpr (is_constant<O>) {
    using S = decltype(O::value);
    return {DType::float64, true,
            std::is_same_v<S, bool>       ? WeakKind::boolean
            : std::is_floating_point_v<S> ? WeakKind::floating
                                          : WeakKind::integer};
  } else
    return {dtype_of<typename O::value_type>, false, WeakKind::floating};
}

template <class O>
constexpr int operand_rank() {
  if constexpr (is_constant<O>)
    return 0;
  else
    return O::rank;
}

/// An operation that names its own result type: a cast, a call of a user's function.
template <class Op>
concept HasTarget = requires {
  typename Op::target;
};

template <class Op, class... Operands>
constexpr op::ResolvedTypes resolve_types() {
  const std::array<op::OperandType, sizeof...(Operands)> types{operand_type<Operands>()...};
  if constexpr (HasTarget<Op>)
    return {types[0].dtype, dtype_of<typename Op::target>, true};
  else
    return op::resolve(Op::signature, types);
}

/// Throws out_of_range if an integer is none of the numbers of T, which is the type of `place`.
template <class T, class S>
void check_fits(S value, const char* place) {
  if constexpr (std::is_integral_v<S> && !std::is_same_v<S, bool> && std::is_integral_v<T> &&
                !std::is_same_v<T, bool>) {
    if (!std::in_range<T>(value))
      throw Error(ErrorCode::out_of_range, "the number " + std::to_string(value) + " does not fit into " +
                                               std::string(name_of(dtype_of<T>)) + ", the type of " + place);
  }
}

/// Returns a weak scalar as T; that an integer fits was checked.
template <class T, class S>
T weak_to(S value) {
  if constexpr (std::is_same_v<T, bool>)
    return value != S{};
  else if constexpr (std::is_floating_point_v<S> && std::is_integral_v<T>)
    return op::Cast::convert<T, double>(static_cast<double>(value));
  else
    return static_cast<T>(value);
}
}  // namespace detail

/// The conversion to T as an operation of its own, so that the node below serves it too.
template <Element T>
struct CastTo : op::Cast {
  using target = T;  ///< the type that elements become
};

namespace detail {
template <class Op>
inline constexpr bool is_cast = false;
template <class T>
inline constexpr bool is_cast<CastTo<T>> = true;
/// A bool says of a number only that it is not 0.
template <class Op>
inline constexpr bool keeps_meaning = is_cast<Op>;
template <>
inline constexpr bool keeps_meaning<CastTo<bool>> = false;
}  // namespace detail

namespace detail {
template <class Op>
[[nodiscard]] consteval Meaning combined_meaning() {
  if constexpr (requires { Op::code; }) return meaning_of(Op::code);
  return Meaning::elementwise;
}
template <class Op, std::size_t Operands>
[[nodiscard]] consteval Meaning meaning_alone() {
  if constexpr (requires { Op::code; }) return meaning_of_one(Op::code, static_cast<int>(Operands));
  return Meaning::elementwise;
}
/// Returns true for operations on the bits of integers.
template <class Op>
[[nodiscard]] consteval bool concerns_bits() {
  if constexpr (requires { Op::signature; })
    return Op::signature == op::Signature::integral || Op::signature == op::Signature::shifting;
  return false;
}
template <class Op>
inline constexpr bool is_of_bits = concerns_bits<Op>();
}  // namespace detail

/// An operation of the catalogue, or a call of a user's function, over operands, which are expressions or Constants.
template <class Op, class... Operands>
class Elementwise
    : public ExpressionBase<Elementwise<Op, Operands...>, type_of<detail::resolve_types<Op, Operands...>().result>,
                            std::max({detail::operand_rank<Operands>()...})> {
  using Base = ExpressionBase<Elementwise, type_of<detail::resolve_types<Op, Operands...>().result>,
                              std::max({detail::operand_rank<Operands>()...})>;
  static_assert(detail::resolve_types<Op, Operands...>().valid || detail::is_of_bits<Op>,
                "chunkwise: this operation is not defined for bool arrays; use !, != or cast first");
  static_assert(detail::resolve_types<Op, Operands...>().valid || !detail::is_of_bits<Op>,
                "chunkwise: floating-point numbers have no bits to combine; compare first, (a > 0) & (b > 0), write && "
                "|| ! for the truth of numbers, pow for a power, or cast to an integer type");

 public:
  using operation = Op;
  /// The types of the operands.
  using operand_types = boost::hana::tuple<Operands...>;

  /// Throws shape_mismatch or name_mismatch if the operands do not broadcast, out_of_range for an integer that the type
  /// it adapts to does not have.
  explicit Elementwise(Operands... operands) : operands_(std::move(operands)...) {
    constexpr int arrays = (0 + ... + (detail::is_constant<Operands> ? 0 : 1));
    bool first = true;
    boost::hana::for_each(operands_, [&](const auto& operand) {
      using O = std::remove_cvref_t<decltype(operand)>;
      if constexpr (!detail::is_constant<O>) {
        if (first) {
          this->shape_ = operand.shape();
          constexpr Meaning meaning =
              detail::keeps_meaning<Op> ? Meaning::converted : detail::meaning_alone<Op, sizeof...(Operands)>();
          this->labels_ = arrays == 1 ? map_labels(operand.labels(), meaning) : operand.labels();
        } else {
          this->labels_ = broadcast_labels(this->labels_, this->shape_.rank(), operand.labels(), O::rank,
                                           detail::combined_meaning<Op>());
          this->shape_ = broadcast(this->shape_, operand.shape());
        }
        first = false;
      } else if constexpr (!detail::HasTarget<Op>) {
        detail::check_fits<type_of<detail::resolve_types<Op, Operands...>().compute>>(
            operand.value, "the array beside it; cast the array first");
      }
    });
  }
  [[nodiscard]] const operand_types& operands() const { return operands_; }

 private:
  operand_types operands_;
};

namespace detail {
template <class Op, Operand... O>
auto elementwise(const O&... operands) {
  return Elementwise<Op, Held<O>...>(hold(operands)...);
}
template <class... O>
concept AnyExpression = (Operand<O> && ...) && (Expression<O> || ...);
}  // namespace detail

/// Returns a + b, elementwise; bool is logical or.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator+(const A& a, const B& b) { return detail::elementwise<op::Add>(a, b); }
/// Returns a - b, elementwise.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator-(const A& a, const B& b) { return detail::elementwise<op::Subtract>(a, b); }
/// Returns a * b, elementwise; bool is logical and.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator*(const A& a, const B& b) { return detail::elementwise<op::Multiply>(a, b); }
/// Returns a / b, elementwise; integers are divided as float64.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator/(const A& a, const B& b) { return detail::elementwise<op::Divide>(a, b); }
/// Returns -a, elementwise.
template <Expression A>
[[nodiscard]] auto operator-(const A& a) {
  return detail::elementwise<op::Negate>(a);
}

/// Returns true where the elements are equal, as an array of bool; NaN equals nothing.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator==(const A& a, const B& b) { return detail::elementwise<op::Equal>(a, b); }
/// Returns true where the elements differ, as an array of bool; NaN differs from everything.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator!=(const A& a, const B& b) { return detail::elementwise<op::NotEqual>(a, b); }
/// Returns true where a is smaller, as an array of bool; false of NaN.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator<(const A& a, const B& b) { return detail::elementwise<op::Less>(a, b); }
/// Returns true where a is smaller or equal, as an array of bool; false of NaN.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator<=(const A& a, const B& b) { return detail::elementwise<op::LessEqual>(a, b); }
/// Returns true where a is larger, as an array of bool; false of NaN.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator>(const A& a, const B& b) { return detail::elementwise<op::Greater>(a, b); }
/// Returns true where a is larger or equal, as an array of bool; false of NaN.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator>=(const A& a, const B& b) { return detail::elementwise<op::GreaterEqual>(a, b); }

/// Returns true where both are true (anything but zero), elementwise; both sides are always evaluated.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator&&(const A& a, const B& b) { return detail::elementwise<op::LogicalAnd>(a, b); }
/// Returns true where one or both are true, elementwise; both sides are always evaluated.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto operator||(const A& a, const B& b) { return detail::elementwise<op::LogicalOr>(a, b); }
/// Returns true where a is zero.
template <Expression A>
[[nodiscard]] auto operator!(const A& a) {
  return detail::elementwise<op::LogicalNot>(a);
}

/// Returns the square root, correctly rounded; NaN below zero. Integers become floating.
template <Expression A>
[[nodiscard]] auto sqrt(const A& a) {
  return detail::elementwise<op::Sqrt>(a);
}
/// Returns e to the power of a, within 1 ulp and with the same bits on every CPU.
template <Expression A>
[[nodiscard]] auto exp(const A& a) {
  return detail::elementwise<op::Exp>(a);
}
/// Returns the natural logarithm, within 1 ulp and with the same bits on every CPU.
template <Expression A>
[[nodiscard]] auto log(const A& a) {
  return detail::elementwise<op::Log>(a);
}
/// Returns a to the power of b, within 2 ulp and with the same bits on every CPU. Integers become floating. Powers 1,
/// 2, 3 and 4 are products, -1 is 1 / a, 0.5 the square root, at their speed: pow(a, 2) has the bits of a * a.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto pow(const A& a, const B& b) { return detail::elementwise<op::Pow>(a, b); }
/// Returns the magnitude, elementwise.
template <Expression A>
[[nodiscard]] auto abs(const A& a) {
  return detail::elementwise<op::Abs>(a);
}
/// Returns the smaller of two, elementwise; NaN if either is.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto minimum(const A& a, const B& b) { return detail::elementwise<op::Minimum>(a, b); }
/// Returns the larger of two, elementwise; NaN if either is.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto maximum(const A& a, const B& b) { return detail::elementwise<op::Maximum>(a, b); }
/// Returns true for elements that are NaN.
template <Expression A>
[[nodiscard]] auto isnan(const A& a) {
  return detail::elementwise<op::IsNan>(a);
}
/// Returns a if the condition is true, else b, elementwise; all three broadcast.
template <class C, class A, class B>
requires detail::AnyExpression<C, A, B>
[[nodiscard]] auto where(const C& condition, const A& a, const B& b) {
  return detail::elementwise<op::Where>(condition, a, b);
}
/// Returns the elements as T. Floating to integer truncates, saturates, and makes NaN 0.
template <Element T, Expression A>
[[nodiscard]] auto cast(const A& a) {
  return detail::elementwise<CastTo<T>>(a);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
