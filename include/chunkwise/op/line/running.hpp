#pragma once
/// Running sums, products and extremes along a line, and gaps that are filled from the elements beside them.
#include "chunkwise/op/aggregate/aggregate.hpp"
#include "chunkwise/op/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

namespace detail {
/// Addition and multiplication; those of integers wrap.
struct Plus {
  static constexpr int neutral = 0;
  template <class R>
  [[nodiscard]] static CHUNKWISE_INLINE R combine(R a, R b) {
    if constexpr (std::is_floating_point_v<R>)
      return a + b;
    else
      return static_cast<R>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }
};
struct Times {
  static constexpr int neutral = 1;
  template <class R>
  [[nodiscard]] static CHUNKWISE_INLINE R combine(R a, R b) {
    if constexpr (std::is_floating_point_v<R>)
      return a * b;
    else
      return static_cast<R>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  }
};

/// Each element and all before it, combined one after the other in the type of the result, which is that of sum. A
/// float32 stays a float32, as with NumPy, and is not added in float64 as `sum` does.
template <class Operation>
struct Running : Common {
  static constexpr bool keeps_coordinate = true;
  template <Element T>
  using result = aggregate::SumOf<T>;
  template <Element T>
  static CHUNKWISE_INLINE result<T> first(T element) {
    return static_cast<result<T>>(element);
  }
  template <Element T>
  static CHUNKWISE_INLINE result<T> step(result<T> before, T element) {
    return Operation::combine(before, static_cast<result<T>>(element));
  }
};

/// Running, but NaN changes nothing.
template <class Operation>
struct RunningWithoutNan : Running<Operation> {
  template <Element T>
  using result = aggregate::SumOf<T>;
  template <Element T>
  static CHUNKWISE_INLINE result<T> first(T element) {
    return Running<Operation>::first(without_nan(element));
  }
  template <Element T>
  static CHUNKWISE_INLINE result<T> step(result<T> before, T element) {
    return Running<Operation>::step(before, without_nan(element));
  }

 private:
  template <Element T>
  static CHUNKWISE_INLINE T without_nan(T element) {
    return aggregate::is_nan(element) ? static_cast<T>(Operation::neutral) : element;
  }
};
}  // namespace detail

/// Running sum.
struct CumulativeSum : detail::Running<detail::Plus> {
  static constexpr LineCode code{1};
  static constexpr std::string_view name = "cumsum";
  static constexpr Meaning meaning = Meaning::sum;
};

/// Running product.
struct CumulativeProduct : detail::Running<detail::Times> {
  static constexpr LineCode code{2};
  static constexpr std::string_view name = "cumprod";
};

/// Running sum in which NaN counts as 0.
struct NanCumulativeSum : detail::RunningWithoutNan<detail::Plus> {
  static constexpr LineCode code{3};
  static constexpr std::string_view name = "nancumsum";
  static constexpr Meaning meaning = Meaning::sum;
};

/// Running product in which NaN counts as 1.
struct NanCumulativeProduct : detail::RunningWithoutNan<detail::Times> {
  static constexpr LineCode code{4};
  static constexpr std::string_view name = "nancumprod";
};

namespace detail {
/// The largest or smallest element so far; NaN from the first NaN on. Of zeros of both signs the first counts.
template <class Order>
struct RunningExtreme : Common {
  static constexpr bool keeps_coordinate = true;
  static constexpr Meaning meaning = Order::meaning;
  template <Element T>
  using result = T;
  template <Element T>
  static CHUNKWISE_INLINE T first(T element) {
    return element;
  }
  template <Element T>
  static CHUNKWISE_INLINE T step(T before, T element) {
    const bool takes = Order::comes_after(element, before) || aggregate::is_nan(element);
    return takes && !aggregate::is_nan(before) ? element : before;
  }
};
struct Larger {
  static constexpr Meaning meaning = Meaning::maximum;
  template <class T>
  [[nodiscard]] static CHUNKWISE_INLINE bool comes_after(T a, T b) {
    return a > b;
  }
};
struct Smaller {
  static constexpr Meaning meaning = Meaning::minimum;
  template <class T>
  [[nodiscard]] static CHUNKWISE_INLINE bool comes_after(T a, T b) {
    return a < b;
  }
};

/// The same of the elements that are not NaN; NaN before the first of them.
template <class Order>
struct RunningExtremeWithoutNan : RunningExtreme<Order> {
  template <Element T>
  static CHUNKWISE_INLINE T step(T before, T element) {
    const bool takes = Order::comes_after(element, before) || aggregate::is_nan(before);
    return takes ? element : before;
  }
};
}  // namespace detail

/// Running maximum.
struct CumulativeMaximum : detail::RunningExtreme<detail::Larger> {
  static constexpr LineCode code{9};
  static constexpr std::string_view name = "cummax";
};

/// Running minimum.
struct CumulativeMinimum : detail::RunningExtreme<detail::Smaller> {
  static constexpr LineCode code{10};
  static constexpr std::string_view name = "cummin";
};

/// Running maximum of the elements that are not NaN.
struct NanCumulativeMaximum : detail::RunningExtremeWithoutNan<detail::Larger> {
  static constexpr LineCode code{30};
  static constexpr std::string_view name = "nancummax";
};

/// Running minimum of the elements that are not NaN.
struct NanCumulativeMinimum : detail::RunningExtremeWithoutNan<detail::Smaller> {
  static constexpr LineCode code{31};
  static constexpr std::string_view name = "nancummin";
};

/// The elements, and in place of NaN the last element before that is none.
struct ForwardFill : Common {
  static constexpr LineCode code{11};
  static constexpr std::string_view name = "ffill";
  static constexpr bool keeps_coordinate = true;
  static constexpr Meaning meaning = Meaning::part;
  template <Element T>
  using result = T;
  template <Element T>
  static CHUNKWISE_INLINE T first(T element) {
    return element;
  }
  template <Element T>
  static CHUNKWISE_INLINE T step(T before, T element) {
    return aggregate::is_nan(element) ? before : element;
  }
};

/// The elements, and in place of NaN the next number.
struct BackwardFill : Common {
  static constexpr LineCode code{12};
  static constexpr std::string_view name = "bfill";
  static constexpr bool keeps_coordinate = true;
  static constexpr Meaning meaning = Meaning::part;
  template <Element T>
  using result = T;
  template <Element T>
  static void apply(std::span<T> line, std::span<T> out) {
    for (std::size_t i = line.size(); i-- > 0;)
      out[i] = aggregate::is_nan(line[i]) && i + 1 < line.size() ? out[i + 1] : line[i];
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
