#pragma once
/// Line functions: a line function is a struct that turns a whole line of elements along one axis into, say, its
/// running sums, its elements in order, or its median. The line functions are one struct each in the neighbours of this
/// file; op/line/catalog.hpp is the list of them.
///
/// A line function F has, beside `code`, `name` and the members of `Common` that it redefines:
///
///     template <Element T> using result = ...;   // the element type of the result
///     static void apply(std::span<T> line, std::span<result<T>> out);
///
/// `line` is a copy that `apply` may change. `out` has as many elements as the line, or one if F has `one_result`. A
/// line may be empty. If `parameters` is not 0, `apply` takes so many numbers as well, a const double*; `fits` returns
/// true if they have a meaning for lines of an extent, and `wanted` says which do. With `any_number` it takes
/// `Numbers`, the first of which tells how many there are. With `own_length` a line becomes one of `length(line,
/// parameters)` elements. A function that goes through the line once has, in place of `apply`,
///
///     static result<T> first(T element);
///     static result<T> step(result<T> before, T element);
///
/// which runs over many lines side by side if they do not lie in memory one after the other. One that is made of two
/// neighbours in the order of the line says which (`Selects`), and has no `apply` either.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "chunkwise/core/config.hpp"
#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/labels.hpp"
#include "chunkwise/op/function.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The number of a line function, in graphs that are written as bytes: append, never renumber. 0 is a function of a
/// user's own.
enum class LineCode : std::uint8_t {};

namespace linewise {

/// The `parameters` of a line function that takes a table, of any size.
inline constexpr std::size_t any_number = ~std::size_t{0};
/// Most numbers of a table.
inline constexpr std::size_t most_numbers = std::size_t{1} << 26;
/// The numbers of a table, which is a node's own: lines share it.
class Numbers {
 public:
  explicit Numbers(const double* first) : first_(first) {}
  [[nodiscard]] double operator[](std::size_t i) const { return first_[i]; }

 private:
  const double* first_;
};

/// The members that most line functions have as they are here.
struct Common {
  static constexpr bool one_result = false;     ///< the line becomes one element, and its axis goes
  static constexpr std::size_t parameters = 0;  ///< numbers that it takes beside the line, such as a quantile's
  [[nodiscard]] static constexpr bool fits(std::span<const double> /*values*/, std::int64_t /*extent*/) { return true; }
  static constexpr std::string_view wanted{};
  static constexpr bool is_function = true;     ///< of its own name in formulas; else it is a part of others
  static constexpr bool floating_only = false;  ///< takes lines of float32 and float64 alone
  static constexpr bool own_length = false;     ///< the result's length is not the line's
  /// Element i of the result belongs to the place of element i: the axis keeps its coordinate.
  static constexpr bool keeps_coordinate = false;
  /// The meaning of the result, which decides the attributes that it keeps, its units among them.
  static constexpr Meaning meaning = Meaning::elementwise;
};

/// A line function that goes through the line once.
template <class F, class T>
concept Scan = requires(T element) {
  F::step(F::first(element), element);
};

/// The element of a position in the order of a line, counted from 0, or a value between it and the next one.
struct Place {
  std::size_t below = 0;
  double way = 0;  ///< from the one to the next: 0 is the one
};

/// A line function of one result that is made of the element at a place in the order of the numbers, which are at least
/// one, and the next one:
///
///     static Place place(std::size_t numbers, const double* parameters);
///     static result<T> between(T below, T next, double way);
///     static constexpr bool skips_nan = ...;   // else the result of a line with NaN is NaN; of no numbers it is, too
template <class F>
concept Selects = requires(std::size_t numbers, const double* parameters) {
  { F::place(numbers, parameters) } -> std::same_as<Place>;
  { F::skips_nan } -> std::convertible_to<bool>;
};

}  // namespace linewise

namespace detail {
/// The element types of the lines that a user's own `apply` takes; `valid` if all are element types.
template <class F>
struct AppliedToLine {
  static constexpr bool valid = false;
};
template <class T, class R>
struct AppliedToLine<void (*)(std::span<T>, std::span<R>)> {
  static constexpr bool valid = Element<std::remove_const_t<T>> && Element<R>;
  using element = std::remove_const_t<T>;
  using result = R;
};
template <class T, class R>
struct AppliedToLine<void (*)(std::span<T>, std::span<R>) noexcept>
    : AppliedToLine<void (*)(std::span<T>, std::span<R>)> {};

/// The prefix of the names of line functions, which share the register of a user's functions.
inline constexpr std::string_view line_prefix = "line:";
inline constexpr std::string_view one_result_prefix = "line1:";
}  // namespace detail

/// A struct that is a line function of a user's own:
///     struct Anomalies {
///       static constexpr auto name = "anomalies";      // at most 58 letters, digits and any of _ . : -
///       static constexpr int version = 1;              // another one if the values are others
///       static void apply(std::span<const double> line, std::span<double> out);   // element types only
///       // and, if they hold: one_result, keeps_coordinate (linewise::Common)
///     };
template <class F>
concept UserLineFunction = requires {
  requires is_function_name(F::name) && std::string_view(F::name)
  .size() <= 58;
  requires static_cast<std::int32_t>(F::version) == F::version;
  requires detail::AppliedToLine<decltype(&F::apply)>::valid;
};

namespace detail {
/// Compiles only if F is a line function. The error is a sentence in place of a list of overloads.
template <class F>
constexpr bool checked_line_function() {
  static_assert(UserLineFunction<F>,
                "chunkwise: a line function of your own is a struct with a name (at most 58 letters, digits and _.:-), "
                "an int version, and one static void apply(std::span<const T> line, std::span<R> out) of element "
                "types");
  return UserLineFunction<F>;
}
template <class F>
constexpr bool gives_one_result() {
  if constexpr (requires { F::one_result; })
    return F::one_result;
  else
    return false;
}
template <class F>
constexpr bool keeps_coordinate() {
  if constexpr (requires { F::keeps_coordinate; })
    return F::keeps_coordinate;
  else
    return false;
}
}  // namespace detail

/// Returns the line function that a struct defines.
template <UserLineFunction F>
[[nodiscard]] Function line_function_of() {
  using Applied = detail::AppliedToLine<decltype(&F::apply)>;
  const std::string_view prefix = detail::gives_one_result<F>() ? detail::one_result_prefix : detail::line_prefix;
  return {std::string(prefix) + std::string(F::name),
          F::version,
          {dtype_of<typename Applied::element>},
          dtype_of<typename Applied::result>};
}

/// Returns true if a function of a user's own is one of whole lines.
[[nodiscard]] inline bool is_line_function(const Function& function) {
  return function.arguments.size() == 1 &&
         (function.name.starts_with(detail::line_prefix) || function.name.starts_with(detail::one_result_prefix));
}
/// Returns true if a line function of a user's own makes one element of a line.
[[nodiscard]] inline bool has_one_result(const Function& function) {
  return function.name.starts_with(detail::one_result_prefix);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
