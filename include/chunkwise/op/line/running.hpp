#pragma once
/// Running sums and products along a line.
#include "chunkwise/op/aggregate/aggregate.hpp"
#include "chunkwise/op/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

namespace detail {
/// Addition and multiplication of which those of integers wrap.
template <class R>
[[nodiscard]] CHUNKWISE_INLINE R plus(R a, R b) {
  if constexpr (std::is_floating_point_v<R>)
    return a + b;
  else
    return static_cast<R>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
template <class R>
[[nodiscard]] CHUNKWISE_INLINE R times(R a, R b) {
  if constexpr (std::is_floating_point_v<R>)
    return a * b;
  else
    return static_cast<R>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}
}  // namespace detail

/// Running sum: each element and all before it, added one after the other in the type of the result, which is that of
/// sum. A float32 is added to a float32, as NumPy does, and not in float64 as `sum` does.
struct CumulativeSum : Common {
  static constexpr LineCode code{1};
  static constexpr std::string_view name = "cumsum";
  static constexpr bool keeps_coordinate = true;
  static constexpr Meaning meaning = Meaning::sum;
  template <Element T>
  using result = aggregate::SumOf<T>;
  template <Element T>
  static CHUNKWISE_INLINE result<T> first(T element) {
    return static_cast<result<T>>(element);
  }
  template <Element T>
  static CHUNKWISE_INLINE result<T> step(result<T> before, T element) {
    return detail::plus(before, static_cast<result<T>>(element));
  }
};

/// Running product, typed and rounded as the running sum.
struct CumulativeProduct : Common {
  static constexpr LineCode code{2};
  static constexpr std::string_view name = "cumprod";
  static constexpr bool keeps_coordinate = true;
  template <Element T>
  using result = aggregate::SumOf<T>;
  template <Element T>
  static CHUNKWISE_INLINE result<T> first(T element) {
    return static_cast<result<T>>(element);
  }
  template <Element T>
  static CHUNKWISE_INLINE result<T> step(result<T> before, T element) {
    return detail::times(before, static_cast<result<T>>(element));
  }
};

/// Running sum in which NaN counts as 0.
struct NanCumulativeSum : CumulativeSum {
  static constexpr LineCode code{3};
  static constexpr std::string_view name = "nancumsum";
  template <Element T>
  static CHUNKWISE_INLINE result<T> first(T element) {
    return CumulativeSum::first(aggregate::is_nan(element) ? T{0} : element);
  }
  template <Element T>
  static CHUNKWISE_INLINE result<T> step(result<T> before, T element) {
    return CumulativeSum::step(before, aggregate::is_nan(element) ? T{0} : element);
  }
};

/// Running product in which NaN counts as 1.
struct NanCumulativeProduct : CumulativeProduct {
  static constexpr LineCode code{4};
  static constexpr std::string_view name = "nancumprod";
  template <Element T>
  static CHUNKWISE_INLINE result<T> first(T element) {
    return CumulativeProduct::first(aggregate::is_nan(element) ? T{1} : element);
  }
  template <Element T>
  static CHUNKWISE_INLINE result<T> step(result<T> before, T element) {
    return CumulativeProduct::step(before, aggregate::is_nan(element) ? T{1} : element);
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
