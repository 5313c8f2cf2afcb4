#pragma once
/// What a line function is: a struct that says what a whole line of elements along one axis becomes, such as its
/// running sums, its elements in order, or its median. The line functions are one struct each in the neighbours of this
/// file; op/line/catalog.hpp is the list of them.
///
/// A line function F has, beside `code` and `name` and what it does not take from `Common`:
///
///     template <Element T> using result = ...;   // the element type of the result
///     static void apply(std::span<T> line, std::span<result<T>> out);
///
/// `line` is a copy that `apply` may change. `out` has as many elements as the line, or one if F has `one_result`. A
/// line may be empty. With `parameters` other than 0 `apply` takes so many numbers as well, a const double*, of which
/// `fits` says whether they have a meaning for lines of an extent and `wanted` which do; with `any_number` it takes
/// `Numbers`, and their first tells it how many there are. A function that goes through the line once has, in
/// place of `apply`,
///
///     static result<T> first(T element);
///     static result<T> step(result<T> before, T element);
///
/// which runs over many lines side by side if they do not lie in memory one after the other.
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
inline constexpr std::size_t most_numbers = std::size_t{1} << 24;
/// The numbers of a table.
class Numbers {
 public:
  /// From the first on, as a kernel gets them.
  explicit Numbers(const Scalar* first) : first_(first) {}
  [[nodiscard]] double operator[](std::size_t i) const { return first_[i].as<double>(); }

 private:
  const Scalar* first_;
};

/// What holds of most line functions.
struct Common {
  static constexpr bool one_result = false;     ///< the line becomes one element, and its axis goes
  static constexpr std::size_t parameters = 0;  ///< numbers that it takes beside the line, such as a quantile's
  [[nodiscard]] static constexpr bool fits(std::span<const double> /*values*/, std::int64_t /*extent*/) { return true; }
  static constexpr std::string_view wanted{};
  /// Element i of the result belongs to the place of element i: the axis keeps its coordinate.
  static constexpr bool keeps_coordinate = false;
  /// What the result says of the elements, which decides the attributes that it keeps, its units among them.
  static constexpr Meaning meaning = Meaning::elementwise;
};

/// A line function that goes through the line once.
template <class F, class T>
concept Scan = requires(T element) {
  F::step(F::first(element), element);
};

}  // namespace linewise

namespace detail {
/// What the `apply` of a line function of a user's own takes and gives; `valid` if all of it is element types.
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

/// How the names of line functions begin among those of all functions of a user's own, whose register they share.
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
/// Compiles only if F is a line function; for a sentence in place of a list of what no overload takes.
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

/// The line function that a struct defines.
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
