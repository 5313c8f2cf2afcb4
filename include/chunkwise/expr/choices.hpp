#pragma once
/// Choices among elements and tests of their kind: smaller and larger ones, limits, logic by name, numbers that are
/// near, infinite or missing. Results have the operands' shapes broadcast.
#include <limits>

#include "chunkwise/expr/bits.hpp"
#include "chunkwise/expr/elementwise.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace detail {
/// Throws invalid_argument for replacements that nan_to_num would replace in turn.
void check_replacements(double nan, double posinf);

/// Returns true for elements that are NaN in both; a number beside an array is NaN for all of its elements or for none.
template <class A, class B>
[[nodiscard]] auto both_are_nan(const A& a, const B& b) {
  if constexpr (!Expression<A>)
    return isnan(b) && (a != a);
  else if constexpr (!Expression<B>)
    return isnan(a) && (b != b);
  else
    return isnan(a) && isnan(b);
}
}  // namespace detail

/// Returns the smallest of several, elementwise, from left to right; NaN if any is. `minimum(a, b, c)`
template <class A, class B, class C, class... More>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto minimum(const A& a, const B& b, const C& c, const More&... more) {
  return minimum(minimum(a, b), c, more...);
}
/// Returns the largest of several, elementwise, from left to right; NaN if any is. `maximum(a, b, c)`
template <class A, class B, class C, class... More>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto maximum(const A& a, const B& b, const C& c, const More&... more) {
  return maximum(maximum(a, b), c, more...);
}
/// Returns the smaller of two, elementwise; if one is NaN, the other one.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto fmin(const A& a, const B& b) { return detail::elementwise<op::Fmin>(a, b); }
/// Returns the larger of two, elementwise; if one is NaN, the other one.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto fmax(const A& a, const B& b) { return detail::elementwise<op::Fmax>(a, b); }
/// Returns a between two limits, minimum(maximum(a, low), high); NaN stays NaN. Limits that are numbers keep a's units
/// and attributes. `clip(x, 0, 1)`
template <class A, class L, class H>
requires Expression<A> && detail::AnyExpression<A, L, H>
[[nodiscard]] auto clip(const A& a, const L& low, const H& high) {
  auto result = minimum(maximum(a, low), high);
  if constexpr (WeakScalar<L> && WeakScalar<H>)
    return result.with_labels(map_labels(a.labels(), Meaning::converted));
  else
    return result;
}
/// Returns a with `to` for each element that equals `from` (NaN equals NaN), in the common type.
/// `replace(x, -999, NAN)`
template <class A, class F, class T>
requires detail::AnyExpression<A, F, T>
[[nodiscard]] auto replace(const A& a, const F& from, const T& to) {
  return detail::elementwise<op::Replace>(a, from, to);
}
/// Returns a with NaN replaced by a number, infinity and -infinity by others: by the largest and the smallest of the
/// type if none are given. Integers stay themselves. Throws invalid_argument if `nan` is infinite or `posinf` is
/// -infinity, which would be replaced in turn. `nan_to_num(x)`, `nan_to_num(x, 0, 1e9, -1e9)`
template <Expression A>
[[nodiscard]] auto nan_to_num(const A& a, double nan = 0.0,
                              double posinf = static_cast<double>(std::numeric_limits<value_type_of<A>>::max()),
                              double neginf = static_cast<double>(std::numeric_limits<value_type_of<A>>::lowest())) {
  if constexpr (std::floating_point<value_type_of<A>>) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    detail::check_replacements(nan, posinf);
    return replace(replace(replace(a, std::numeric_limits<double>::quiet_NaN(), nan), infinity, posinf), -infinity,
                   neginf)
        .with_labels(map_labels(a.labels(), Meaning::converted));
  } else
    return a;
}

/// Returns a with v in the place of NaN, of which integers have none, in the common type. If v is a number, a keeps its
/// units and attributes. `fillna(t2m, 273.15)`, `fillna(t2m, climatology)`
template <Expression A, class V>
requires detail::AnyExpression<A, V>
[[nodiscard]] auto fillna(const A& a, const V& v) {
  auto filled = [&] {
    if constexpr (std::floating_point<value_type_of<A>>)
      return replace(a, std::numeric_limits<double>::quiet_NaN(), v);
    else
      return where(isnan(a), v, a);
  }();
  if constexpr (WeakScalar<V>)
    return filled.with_labels(map_labels(a.labels(), Meaning::converted));
  else
    return filled;
}

/// Returns isnan(a), under xarray's name: true where an element is missing.
template <Expression A>
[[nodiscard]] auto isnull(const A& a) {
  return isnan(a);
}
/// Returns true where an element is not missing.
template <Expression A>
[[nodiscard]] auto notnull(const A& a) {
  return !isnan(a);
}
/// Returns true where a is infinite and above zero.
template <Expression A>
[[nodiscard]] auto isposinf(const A& a) {
  return a == std::numeric_limits<double>::infinity();
}
/// Returns true where a is infinite and below zero.
template <Expression A>
[[nodiscard]] auto isneginf(const A& a) {
  return a == -std::numeric_limits<double>::infinity();
}
/// Returns true where a is neither infinite nor NaN.
template <Expression A>
[[nodiscard]] auto isfinite(const A& a) {
  return detail::elementwise<op::IsFinite>(a);
}
/// Returns true for infinite elements.
template <Expression A>
[[nodiscard]] auto isinf(const A& a) {
  return detail::elementwise<op::IsInf>(a);
}
/// Returns true if a and b differ by at most `tolerance`, or are equal; an infinite b is near nothing but itself.
template <class A, class B, class T>
requires detail::AnyExpression<A, B, T>
[[nodiscard]] auto within(const A& a, const B& b, const T& tolerance) {
  return detail::elementwise<op::Within>(a, b, tolerance);
}

/// Lets NaN be close to NaN: `isclose(a, b, 1e-5, 1e-8, equal_nan)`.
struct EqualNan {};
/// The option that lets NaN be close to NaN.
inline constexpr EqualNan equal_nan{};

/// Returns true if a is within atol + rtol * abs(b) of b, or equal: NumPy's isclose, which is not symmetric.
/// `isclose(a, b)`, `isclose(a, b, 1e-3)`
template <class A, class B, std::same_as<EqualNan>... Option>
requires detail::AnyExpression<A, B> &&(sizeof...(Option) <= 1)
    [[nodiscard]] auto isclose(const A& a, const B& b, double rtol = 1e-5, double atol = 1e-8, Option...) {
  const auto near = [&] {
    if constexpr (!Expression<B>) {
      const auto number = static_cast<double>(b);
      return within(a, number, atol + rtol * (number < 0 ? -number : number));
    } else if constexpr (std::floating_point<value_type_of<B>>)
      return within(a, b, atol + rtol * abs(b));
    else
      return within(a, cast<double>(b), atol + rtol * abs(cast<double>(b)));
  }();
  if constexpr (sizeof...(Option) == 0)
    return near;
  else
    return near || detail::both_are_nan(a, b);
}

/// Returns a && b: true if both are not zero.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto logical_and(const A& a, const B& b) { return detail::elementwise<op::LogicalAnd>(a, b); }
/// Returns a || b: true if either is not zero.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto logical_or(const A& a, const B& b) { return detail::elementwise<op::LogicalOr>(a, b); }
/// Returns true if one is zero and the other is not.
template <class A, class B>
requires detail::AnyExpression<A, B>
[[nodiscard]] auto logical_xor(const A& a, const B& b) { return detail::elementwise<op::LogicalXor>(a, b); }
/// Returns !a: true if a is zero.
template <Expression A>
[[nodiscard]] auto logical_not(const A& a) {
  return detail::elementwise<op::LogicalNot>(a);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
