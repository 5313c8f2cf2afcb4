#pragma once
/// Products, and whether any or all elements are true.
#include "chunkwise/op/aggregate/aggregate.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::aggregate {

/// Product. float32 multiplies in float64 and is rounded once; integers multiply in 64 bits and wrap. 1 of none.
struct Product : Common {
  static constexpr AggregateCode code{13};
  static constexpr std::string_view name = "prod";
  static constexpr bool takes_lanes = true;
  template <Element T>
  using result = SumOf<T>;
  /// The product so far.
  template <class W>
  struct State {
    W product = 1;
  };
  template <Element T>
  using state = State<std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>>;
  template <class W, Element T>
  static CHUNKWISE_INLINE void step(State<W>& seen, T element) {
    seen.product *= static_cast<W>(element);
  }
  template <class W>
  static CHUNKWISE_INLINE void merge(State<W>& left, const State<W>& right) {
    left.product *= right.product;
  }
  template <class W>
  static CHUNKWISE_INLINE W finish(const State<W>& seen) {
    return seen.product;
  }
};

/// Product of the elements that are not NaN; 1 of none.
struct NanProduct : Product {
  static constexpr AggregateCode code{14};
  static constexpr std::string_view name = "nanprod";
  template <class W, Element T>
  static CHUNKWISE_INLINE void step(State<W>& seen, T element) {
    seen.product *= is_nan(element) ? W{1} : static_cast<W>(element);
  }
};

namespace detail {
/// `Wanted` if any element has that truth, else the opposite. Zero is false; NaN is not zero.
template <bool Wanted>
struct IfAnyIs : Common {
  static constexpr bool takes_lanes = true;
  template <Element T>
  using result = bool;
  struct State {
    std::uint8_t found = 0;
  };
  template <Element T>
  using state = State;
  template <Element T>
  static CHUNKWISE_INLINE void step(State& seen, T element) {
    seen.found |= static_cast<std::uint8_t>((element != T{}) == Wanted);
  }
  static CHUNKWISE_INLINE void merge(State& left, const State& right) { left.found |= right.found; }
  static CHUNKWISE_INLINE bool finish(const State& seen) { return (seen.found != 0) == Wanted; }
};
}  // namespace detail

/// True if any element is true: not zero, which NaN is not. False of none.
struct Any : detail::IfAnyIs<true> {
  static constexpr AggregateCode code{15};
  static constexpr std::string_view name = "any";
};

/// True if all elements are true: not zero, which NaN is not. True of none.
struct All : detail::IfAnyIs<false> {
  static constexpr AggregateCode code{16};
  static constexpr std::string_view name = "all";
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::aggregate
