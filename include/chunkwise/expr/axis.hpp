#pragma once
/// Names of axes: a literal that the compiler checks against the rank, a dimension's name or a run-time number that is
/// checked when the expression is built, or several of them with axes(...).
#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/expr/expression.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace detail {
/// Never defined: a literal axis that the array does not have calls it, and the compiler's error shows its name.
void axis_is_not_there_for_an_array_of_this_rank();
}  // namespace detail

/// An axis number that is known at run time only; checked when the expression is built.
struct RuntimeAxis {
  std::int64_t number;  ///< negative counts from the end
};
/// Returns axis `number`, negative from the end: `mean(x, runtime_axis(n))`. Building the expression throws
/// out_of_range if there is none.
[[nodiscard]] constexpr RuntimeAxis runtime_axis(std::int64_t number) { return {number}; }

/// One axis of an array with N axes.
template <int N>
class axis {
 public:
  /// A literal; negative counts from the end. An axis that is not there is a compile error.
  template <std::integral I>
  consteval axis(I number) : number_(number) {  // NOLINT: implicit on purpose
    if (number < -N || number >= N) detail::axis_is_not_there_for_an_array_of_this_rank();
  }
  /// A dimension's name, which is not copied. No dimension has the empty name, or that of a null pointer.
  constexpr axis(const char* name) : name_(name ? name : ""), is_name_(true) {}  // NOLINT: implicit on purpose
  constexpr axis(std::string_view name) : name_(name), is_name_(true) {}         // NOLINT
  constexpr axis(const std::string& name) : name_(name), is_name_(true) {}       // NOLINT
  constexpr axis(RuntimeAxis at) : number_(at.number) {}                         // NOLINT

  /// Returns the number from the front; throws out_of_range or not_found.
  [[nodiscard]] int resolve(const Labels& labels) const {
    return is_name_ ? labels.axis(name_, N) : normalize_axis(number_, N);
  }

 private:
  std::int64_t number_ = 0;
  std::string_view name_;
  bool is_name_ = false;
};

/// Several axes: numbers and names may be mixed.
template <int K>
struct Axes {
  /// One of them: a number, negative from the end, or a name.
  struct Entry {
    std::int64_t number = 0;  ///< of the axis, if it is no name
    std::string_view name;    ///< of the dimension
    bool is_name = false;     ///< true if the name counts
    constexpr Entry() = default;
    /// A number.
    template <std::integral I>
    constexpr Entry(I i) : number(i) {}  // NOLINT
    /// A name, which is not copied. A null pointer names no dimension.
    constexpr Entry(const char* n) : name(n ? n : ""), is_name(true) {}  // NOLINT
    /// A name, which is not copied.
    constexpr Entry(std::string_view n) : name(n), is_name(true) {}  // NOLINT
    /// A name, which is not copied.
    constexpr Entry(const std::string& n) : name(n), is_name(true) {}  // NOLINT
    /// A number that is known at run time.
    constexpr Entry(RuntimeAxis at) : number(at.number) {}  // NOLINT
  };
  std::array<Entry, static_cast<std::size_t>(K)> entries;  ///< in the order given

  /// Returns the numbers from the front, in the order in which they are given; throws as resolve does.
  [[nodiscard]] std::vector<int> numbers(const Labels& labels, int rank) const {
    static_cast<void>(resolve(labels, rank));
    std::vector<int> result;
    for (const Entry& e : entries)
      result.push_back(e.is_name ? labels.axis(e.name, rank) : normalize_axis(e.number, rank));
    return result;
  }
  /// Returns a number with bit i set for axis i; throws out_of_range, not_found, or invalid_argument for an axis named
  /// twice.
  [[nodiscard]] std::uint32_t resolve(const Labels& labels, int rank) const {
    std::uint32_t bits = 0;
    for (const Entry& e : entries) {
      const int number = e.is_name ? labels.axis(e.name, rank) : normalize_axis(e.number, rank);
      if (bits >> number & 1U)
        throw Error(ErrorCode::invalid_argument, "axis " + std::to_string(number) + " is named twice in axes(...)");
      bits |= 1U << number;
    }
    return bits;
  }
};

/// Returns several axes: `mean(x, axes(0, 2))`, `mean(x, axes("time", "longitude"))`
template <class... A>
[[nodiscard]] constexpr Axes<sizeof...(A)> axes(const A&... numbers_or_names) {
  static_assert(sizeof...(A) >= 1, "chunkwise: axes() needs at least one axis");
  return {{typename Axes<sizeof...(A)>::Entry(numbers_or_names)...}};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
