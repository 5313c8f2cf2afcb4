#pragma once
/// Positions and places: the positions of the smallest and the largest element, the first and the last element.
/// Positions count the reduced elements in row-major order of the reduced axes; of equal elements the first one counts.
#include "chunkwise/op/aggregate/aggregate.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::aggregate {

/// An element and its position; -1 if there is none yet.
template <class W>
struct Placed {
  std::int64_t position = -1;
  W value = 0;
};

namespace detail {

/// Replaces the seen element if `is_taken`, by bits: of two choices by one condition a compiler makes a branch, and
/// then no vectors.
template <class W>
CHUNKWISE_INLINE void take(Placed<W>& seen, bool is_taken, std::int64_t position, W value) {
  static_assert(sizeof(W) == sizeof(std::int64_t));
  const std::int64_t taken = -static_cast<std::int64_t>(is_taken);
  const auto chosen = [taken](std::int64_t own, std::int64_t other) __attribute__((always_inline)) {
    return (own & taken) | (other & ~taken);
  };
  seen.position = chosen(position, seen.position);
  seen.value = __builtin_bit_cast(
      W, chosen(__builtin_bit_cast(std::int64_t, value), __builtin_bit_cast(std::int64_t, seen.value)));
}

/// Prefers the smaller element. NaN is preferred to numbers, as in NumPy: of a comparison with NaN the opposite is
/// true.
struct Smaller {
  template <class W>
  static CHUNKWISE_INLINE bool prefers(W a, W b) {
    return !(a >= b) & !is_nan(b);
  }
};
struct Larger {
  template <class W>
  static CHUNKWISE_INLINE bool prefers(W a, W b) {
    return !(a <= b) & !is_nan(b);
  }
};

/// The position of the element that Order prefers to the others.
template <class Order, bool SkipsNan>
struct PositionOf : Common {
  static constexpr bool needs_elements = true;
  static constexpr bool takes_lanes = true;
  template <Element T>
  using result = std::int64_t;
  template <Element T>
  using state = Placed<Wide<T>>;
  /// Returns true if an element takes the place of the one that was seen, which few do.
  template <class W, Element T>
  static CHUNKWISE_INLINE bool takes(const Placed<W>& seen, T element) {
    const bool counts = !SkipsNan | !is_nan(element);
    return counts & ((seen.position < 0) | Order::prefers(static_cast<W>(element), seen.value));
  }
  template <class W, Element T>
  static CHUNKWISE_INLINE void step(Placed<W>& seen, T element, std::int64_t position) {
    // Elements come in the order of their positions.
    take(seen, takes(seen, element), position, static_cast<W>(element));
  }
  template <class W>
  static CHUNKWISE_INLINE void merge(Placed<W>& left, const Placed<W>& right) {
    const bool earlier = (right.position < left.position) & !Order::prefers(left.value, right.value);
    const bool wins = (left.position < 0) | Order::prefers(right.value, left.value) | earlier;
    take(left, (right.position >= 0) & wins, right.position, right.value);
  }
  template <class W>
  static CHUNKWISE_INLINE std::int64_t finish(const Placed<W>& seen) {
    return seen.position;
  }
};

/// The element of the first position, or of the last.
template <bool Last, bool SkipsNan>
struct ElementAt : Common {
  static constexpr bool needs_elements = true;
  static constexpr bool takes_lanes = true;
  static constexpr Meaning meaning = Meaning::part;
  template <Element T>
  using result = T;
  template <Element T>
  using state = Placed<Wide<T>>;
  template <class W, Element T>
  static CHUNKWISE_INLINE void step(Placed<W>& seen, T element, std::int64_t position) {
    const bool counts = !SkipsNan | !is_nan(element);
    take(seen, counts & (Last | (seen.position < 0)), position, static_cast<W>(element));
  }
  template <class W>
  static CHUNKWISE_INLINE void merge(Placed<W>& left, const Placed<W>& right) {
    const bool wins = (left.position < 0) | ((right.position < left.position) != Last);
    take(left, (right.position >= 0) & wins, right.position, right.value);
  }
  template <class W>
  static CHUNKWISE_INLINE W finish(const Placed<W>& seen) {
    if constexpr (std::is_floating_point_v<W>) return seen.position < 0 ? __builtin_nan("") : seen.value;
    return seen.value;
  }
};

}  // namespace detail

/// Position of the smallest element; of the first NaN if there is one.
struct ArgMinimum : detail::PositionOf<detail::Smaller, false> {
  static constexpr AggregateCode code{17};
  static constexpr std::string_view name = "argmin";
};

/// Position of the largest element; of the first NaN if there is one.
struct ArgMaximum : detail::PositionOf<detail::Larger, false> {
  static constexpr AggregateCode code{18};
  static constexpr std::string_view name = "argmax";
};

/// Position of the smallest of the elements that are not NaN; -1 of none.
struct NanArgMinimum : detail::PositionOf<detail::Smaller, true> {
  static constexpr AggregateCode code{19};
  static constexpr std::string_view name = "nanargmin";
};

/// Position of the largest of the elements that are not NaN; -1 of none.
struct NanArgMaximum : detail::PositionOf<detail::Larger, true> {
  static constexpr AggregateCode code{20};
  static constexpr std::string_view name = "nanargmax";
};

/// The first element.
struct First : detail::ElementAt<false, false> {
  static constexpr AggregateCode code{21};
  static constexpr std::string_view name = "first";
};

/// The last element.
struct Last : detail::ElementAt<true, false> {
  static constexpr AggregateCode code{22};
  static constexpr std::string_view name = "last";
};

/// The first element that is not NaN; NaN of none.
struct NanFirst : detail::ElementAt<false, true> {
  static constexpr AggregateCode code{23};
  static constexpr std::string_view name = "nanfirst";
};

/// The last element that is not NaN; NaN of none.
struct NanLast : detail::ElementAt<true, true> {
  static constexpr AggregateCode code{24};
  static constexpr std::string_view name = "nanlast";
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::aggregate
