#pragma once
/// Functions of a user's own: the key that tells one from another, and the members that such a struct needs
/// (docs/own_functions.md). Next: kernel/function.hpp, which makes a kernel of it; expr/call.hpp, which calls it.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/core/dtype.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A function as all code but its own sees it. Two are the same if all of this is equal.
struct Function {
  std::string name;               ///< the name that processes know it by
  std::int32_t version = 1;       ///< another one for another meaning
  std::vector<DType> arguments;   ///< their types, in order
  DType result = DType::float64;  ///< its type
  bool operator==(const Function&) const = default;
};
/// The most arguments of a function.
inline constexpr std::size_t max_arguments = 8;

/// Returns "magnus version 1 (float64) -> float64".
[[nodiscard]] std::string to_string(const Function& function);

/// Returns true for 1 to 64 letters, digits and any of _ . : -
[[nodiscard]] constexpr bool is_function_name(std::string_view name) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(allowed) == std::string_view::npos;
}

namespace detail {
/// A list of types.
template <class... T>
struct Types {};

/// The argument types and the result type of `apply`; `valid` if all are element types.
template <class T>
struct Applied {
  static constexpr bool valid = false;
};
template <class R, class... A>
struct Applied<R (*)(A...)> {
  static constexpr std::size_t arity = sizeof...(A);
  static constexpr bool valid =
      Element<R> && (Element<std::remove_cvref_t<A>> && ...) && arity >= 1 && arity <= max_arguments;
  using result = R;
  using arguments = Types<std::remove_cvref_t<A>...>;
};
template <class R, class... A>
struct Applied<R (*)(A...) noexcept> : Applied<R (*)(A...)> {};
}  // namespace detail

/// A struct that is a function of a user's own:
///     struct Magnus {
///       static constexpr auto name = "magnus";
///       static constexpr int version = 1;            // another one if the values are others
///       static double apply(double temperature);     // 1 to 8 arguments; element types only
///     };
template <class F>
concept UserFunction = requires {
  requires is_function_name(F::name);
  requires static_cast<std::int32_t>(F::version) == F::version;
  requires detail::Applied<decltype(&F::apply)>::valid;
};

/// The types of a function of a user's own: `result`, `arity`, `arguments`.
template <UserFunction F>
using signature_of = detail::Applied<decltype(&F::apply)>;

namespace detail {
/// Compiles only if F is a function. The error is a sentence in place of a list of overloads.
template <class F>
constexpr bool checked_function() {
  static_assert(UserFunction<F>,
                "chunkwise: a function of your own is a struct with a name (letters, digits and _.:-), an int version, "
                "and one static apply that takes 1 to 8 arguments and gives a result, all of element types");
  return UserFunction<F>;
}
template <UserFunction F, class... T>
Function function_of(Types<T...>) {
  return {std::string(F::name), F::version, {dtype_of<T>...}, dtype_of<typename signature_of<F>::result>};
}
}  // namespace detail

/// Returns the function that a struct defines.
template <UserFunction F>
[[nodiscard]] Function function_of() {
  return detail::function_of<F>(typename signature_of<F>::arguments{});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
