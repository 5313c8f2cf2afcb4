#pragma once
/// Lines in order: sorted, the positions that sort them, and medians.
#include <algorithm>
#include <bit>
#include <limits>

#include "chunkwise/op/aggregate/aggregate.hpp"
#include "chunkwise/op/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

namespace detail {
/// Returns a number that has the order of the element among numbers. Differing elements have differing numbers: -0.0
/// comes before 0.0, so that there is one way to sort a line, whatever sorts it. NaN has no place.
template <class T>
[[nodiscard]] CHUNKWISE_INLINE auto order_of(T element) {
  if constexpr (std::is_floating_point_v<T>) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
    const auto bits = std::bit_cast<Bits>(element);
    return bits ^ static_cast<Bits>((bits >> (8 * sizeof(T) - 1)) & std::numeric_limits<Bits>::max());
  } else {
    return element;
  }
}
template <class T>
[[nodiscard]] CHUNKWISE_INLINE bool comes_before(T a, T b) {
  return order_of(a) < order_of(b);
}

/// Returns the number of the elements that are not NaN, which it moves to the front of a line, in their order.
template <class T>
[[nodiscard]] std::size_t numbers_first(std::span<T> line) {
  if constexpr (std::is_floating_point_v<T>) {
    std::size_t numbers = 0;
    for (const T element : line)
      if (!aggregate::is_nan(element)) line[numbers++] = element;
    return numbers;
  } else {
    return line.size();
  }
}
}  // namespace detail

/// The elements in ascending order, NaN last in the order in which they came. -0.0 comes before 0.0.
struct Sort : Common {
  static constexpr LineCode code{5};
  static constexpr std::string_view name = "sort";
  static constexpr Meaning meaning = Meaning::part;
  template <Element T>
  using result = T;
  template <Element T>
  static void apply(std::span<T> line, std::span<T> out) {
    std::size_t last = line.size();
    if constexpr (std::is_floating_point_v<T>)
      for (std::size_t i = line.size(); i-- > 0;)
        if (aggregate::is_nan(line[i])) out[--last] = line[i];
    const std::size_t numbers = detail::numbers_first(line);
    std::sort(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(numbers), detail::comes_before<T>);
    std::copy_n(line.begin(), numbers, out.begin());
  }
};

/// The positions of the elements in ascending order, as int64. Equal elements, -0.0 and 0.0 among them, stay in the
/// order of their positions; NaN come last.
struct ArgSort : Common {
  static constexpr LineCode code{6};
  static constexpr std::string_view name = "argsort";
  template <Element T>
  using result = std::int64_t;
  template <Element T>
  static void apply(std::span<T> line, std::span<std::int64_t> out) {
    std::size_t numbers = 0;
    std::size_t last = line.size();
    for (std::size_t i = 0; i < line.size(); ++i)
      if (!aggregate::is_nan(line[i])) out[numbers++] = static_cast<std::int64_t>(i);
    if constexpr (std::is_floating_point_v<T>)
      for (std::size_t i = line.size(); i-- > 0;)
        if (aggregate::is_nan(line[i])) out[--last] = static_cast<std::int64_t>(i);
    std::sort(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(numbers), [line](std::int64_t a, std::int64_t b) {
      const T left = line[static_cast<std::size_t>(a)];
      const T right = line[static_cast<std::size_t>(b)];
      return left < right || (left == right && a < b);
    });
  }
};

/// The element in the middle of the order, or half the sum of the two in the middle, in the type of the result. NaN if
/// any element is, and of no elements. Integers give float64.
struct Median : Common {
  static constexpr LineCode code{7};
  static constexpr std::string_view name = "median";
  static constexpr bool one_result = true;
  static constexpr Meaning meaning = Meaning::median;
  static constexpr bool skips_nan = false;
  template <Element T>
  using result = aggregate::MeanOf<T>;
  static Place place(std::size_t numbers, const double* /*parameters*/) {
    return {(numbers - 1) / 2, numbers % 2 == 1 ? 0.0 : 0.5};
  }
  template <Element T>
  static CHUNKWISE_INLINE result<T> between(T below, T next, double way) {
    using R = result<T>;
    return way == 0 ? static_cast<R>(below) : (static_cast<R>(below) + static_cast<R>(next)) / R{2};
  }
};

/// The median of the elements that are not NaN; NaN of none.
struct NanMedian : Median {
  static constexpr LineCode code{8};
  static constexpr std::string_view name = "nanmedian";
  static constexpr bool skips_nan = true;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
