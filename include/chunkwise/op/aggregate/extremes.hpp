#pragma once
/// The smallest and the largest element, with NaN and without. Their states have kernels of their own
/// (runtime/reduce/kernels.cpp).
#include "chunkwise/op/aggregate/moments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::aggregate {

/// The smallest element so far; NaN if an element is.
template <class F>
struct SmallestState {
  static constexpr StateCode code{5};
  using Field = F;
  F value = 0;
};
/// The largest element so far; NaN if an element is.
template <class F>
struct LargestState {
  static constexpr StateCode code{6};
  using Field = F;
  F value = 0;
};
/// The smallest of the elements that are not NaN; NaN if there are none.
struct SmallestNumberState {
  static constexpr StateCode code{7};
  using Field = double;
  double value = 0;
};
/// The largest of the elements that are not NaN; NaN if there are none.
struct LargestNumberState {
  static constexpr StateCode code{8};
  using Field = double;
  double value = 0;
};

namespace detail {
/// The common part of the four.
struct Extreme : Common {
  static constexpr bool needs_elements = true;
  template <Element T>
  using result = T;
  template <class S>
  static CHUNKWISE_INLINE auto finish(const S& seen) {
    return seen.value;
  }
};
}  // namespace detail

/// Smallest element; NaN if any is.
struct Minimum : detail::Extreme {
  static constexpr AggregateCode code{4};
  static constexpr std::string_view name = "min";
  static constexpr Meaning meaning = Meaning::minimum;
  template <Element T>
  using state = SmallestState<Wide<T>>;
};

/// Largest element; NaN if any is.
struct Maximum : detail::Extreme {
  static constexpr AggregateCode code{5};
  static constexpr std::string_view name = "max";
  static constexpr Meaning meaning = Meaning::maximum;
  template <Element T>
  using state = LargestState<Wide<T>>;
};

/// Smallest of the elements that are not NaN; NaN of none.
struct NanMinimum : detail::Extreme {
  static constexpr AggregateCode code{11};
  static constexpr std::string_view name = "nanmin";
  static constexpr Meaning meaning = Meaning::minimum;
  template <Element T>
  using state = detail::ByType<T, SmallestNumberState, SmallestState<Wide<T>>>;
};

/// Largest of the elements that are not NaN; NaN of none.
struct NanMaximum : detail::Extreme {
  static constexpr AggregateCode code{12};
  static constexpr std::string_view name = "nanmax";
  static constexpr Meaning meaning = Meaning::maximum;
  template <Element T>
  using state = detail::ByType<T, LargestNumberState, LargestState<Wide<T>>>;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::aggregate
