#pragma once
/// Calls of a user's own functions in formulas: call<F>(x, 2.0). Elementwise like any other operation, with the same
/// broadcasting and labels. op/function.hpp defines such a function, docs/own_functions.md tells how to write one.
#include "chunkwise/expr/elementwise.hpp"
#include "chunkwise/op/function.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A call of F as an operation. Its operands have the types of F's arguments already.
template <UserFunction F>
struct Called {
  using target = typename signature_of<F>::result;  ///< the element type of its result
};

namespace detail {
/// Returns an operand as an argument of type T: converted as by cast<T>.
template <Element T, Operand O>
auto as_argument(const O& operand) {
  if constexpr (!Expression<O>) {
    check_fits<T>(operand, "the function's argument");
    return Constant<T>{weak_to<T>(operand)};
  } else if constexpr (std::same_as<value_type_of<O>, T>)
    return operand;
  else
    return cast<T>(operand);
}
}  // namespace detail

/// Returns F of each element, F being a struct with a name, a version and a static `apply`. Arrays are converted to the
/// types of its arguments as by cast<T>, numbers too; an integer that an integer argument does not have is an error
/// (out_of_range).
template <class F, class... O>
requires detail::AnyExpression<O...>
[[nodiscard]] auto call(const O&... operands) {
  if constexpr (detail::checked_function<F>()) {
    constexpr bool as_many = sizeof...(O) == signature_of<F>::arity;
    static_assert(as_many, "chunkwise: a function is called with as many arguments as its apply takes");
    if constexpr (as_many)
      return [&]<class... T>(detail::Types<T...>) {
        return Elementwise<Called<F>, decltype(detail::as_argument<T>(operands))...>(
            detail::as_argument<T>(operands)...);
      }(typename signature_of<F>::arguments{});
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
