#pragma once
/// Sums and their kin: sum, mean, variance, standard deviation, count, and those that skip NaN. Their states have
/// kernels of their own (runtime/reduce/kernels.cpp), which docs/semantics.md defines to the last bit.
#include "chunkwise/op/aggregate/aggregate.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::aggregate {

/// The sum so far. A state that converts to another one holds it, with the same bits: both are accumulated once.
struct SumState {
  static constexpr StateCode code{0};
  using Field = double;
  double sum = 0;
};
/// The sum modulo 2^64.
struct IntegerSumState {
  static constexpr StateCode code{1};
  using Field = std::uint64_t;
  std::uint64_t sum = 0;
};
/// `deviation` is the sum of x - shift, `squares` that of squared deviations from the mean.
struct MomentsState {
  static constexpr StateCode code{2};
  using Field = double;
  double sum = 0, shift = 0, deviation = 0, squares = 0;
  CHUNKWISE_INLINE operator SumState() const { return {sum}; }
};
/// The number of elements that are not NaN.
struct CountState {
  static constexpr StateCode code{9};
  using Field = double;
  double count = 0;
};
/// The sum of the elements that are not NaN, and their number.
struct NanSumState {
  static constexpr StateCode code{3};
  using Field = double;
  double sum = 0, count = 0;
  CHUNKWISE_INLINE operator CountState() const { return {count}; }
};
/// The MomentsState of the elements that are not NaN, and their number.
struct NanMomentsState {
  static constexpr StateCode code{4};
  using Field = double;
  double sum = 0, shift = 0, deviation = 0, squares = 0, count = 0;
  CHUNKWISE_INLINE operator NanSumState() const { return {sum, count}; }
  CHUNKWISE_INLINE operator CountState() const { return {count}; }
};

namespace detail {
/// `Floating` for floating T, else `Integer`.
template <class T, class Floating, class Integer>
using ByType = std::conditional_t<std::is_floating_point_v<T>, Floating, Integer>;
}  // namespace detail

/// Sum. float32 accumulates in float64 and is rounded once; integers are summed in 64 bits and wrap.
struct Sum : Common {
  static constexpr AggregateCode code{0};
  static constexpr std::string_view name = "sum";
  static constexpr Meaning meaning = Meaning::sum;
  template <Element T>
  using result = SumOf<T>;
  template <Element T>
  using state = detail::ByType<T, SumState, IntegerSumState>;
  static CHUNKWISE_INLINE double finish(const SumState& seen) { return seen.sum; }
  static CHUNKWISE_INLINE std::uint64_t finish(const IntegerSumState& seen) { return seen.sum; }
};

/// Arithmetic mean.
struct Mean : Common {
  static constexpr AggregateCode code{1};
  static constexpr std::string_view name = "mean";
  static constexpr Meaning meaning = Meaning::mean;
  template <Element T>
  using result = MeanOf<T>;
  template <Element T>
  using state = SumState;
  static CHUNKWISE_INLINE double finish(const SumState& seen, Reduced of) { return seen.sum / of.elements; }
};

/// Mean of squared deviations from the mean, divisor elements - ddof.
struct Variance : Common {
  static constexpr AggregateCode code{2};
  static constexpr std::string_view name = "var";
  static constexpr Meaning meaning = Meaning::variance;
  static constexpr bool takes_ddof = true;
  template <Element T>
  using result = MeanOf<T>;
  template <Element T>
  using state = MomentsState;
  static CHUNKWISE_INLINE double finish(const MomentsState& seen, Reduced of) {
    CHUNKWISE_STRICT_FLOATS
    const double freedom = of.elements - of.ddof;
    return seen.squares / (freedom < 0.0 ? 0.0 : freedom);
  }
};

/// Square root of the variance.
struct StandardDeviation : Variance {
  static constexpr AggregateCode code{3};
  static constexpr std::string_view name = "stddev";
  static constexpr Meaning meaning = Meaning::deviation;
  static CHUNKWISE_INLINE double finish(const MomentsState& seen, Reduced of) {
    return __builtin_sqrt(Variance::finish(seen, of));
  }
};

/// Number of elements that are not NaN.
struct Count : Common {
  static constexpr AggregateCode code{6};
  static constexpr std::string_view name = "count";
  static constexpr Meaning meaning = Meaning::count;
  template <Element T>
  using result = std::int64_t;
  template <Element T>
  using state = detail::ByType<T, CountState, SumState>;
  static CHUNKWISE_INLINE double finish(const CountState& seen) { return seen.count; }
  static CHUNKWISE_INLINE double finish(const SumState& /*seen*/, Reduced of) { return of.elements; }
};

/// Sum of the elements that are not NaN; 0 of none.
struct NanSum : Sum {
  static constexpr AggregateCode code{7};
  static constexpr std::string_view name = "nansum";
  template <Element T>
  using state = detail::ByType<T, NanSumState, IntegerSumState>;
  using Sum::finish;
  static CHUNKWISE_INLINE double finish(const NanSumState& seen) { return seen.sum; }
};

/// Mean of the elements that are not NaN; NaN of none.
struct NanMean : Mean {
  static constexpr AggregateCode code{8};
  static constexpr std::string_view name = "nanmean";
  template <Element T>
  using state = detail::ByType<T, NanSumState, SumState>;
  using Mean::finish;
  static CHUNKWISE_INLINE double finish(const NanSumState& seen) { return seen.sum / seen.count; }
};

/// Variance of the elements that are not NaN. Too few of them are not the caller's error: they give NaN in place of an
/// infinity.
struct NanVariance : Variance {
  static constexpr AggregateCode code{9};
  static constexpr std::string_view name = "nanvar";
  template <Element T>
  using state = detail::ByType<T, NanMomentsState, MomentsState>;
  static CHUNKWISE_INLINE double finish(const MomentsState& seen, Reduced of) {
    return quotient(seen.squares, of.elements, of.ddof);
  }
  static CHUNKWISE_INLINE double finish(const NanMomentsState& seen, Reduced of) {
    return quotient(seen.squares, seen.count, of.ddof);
  }

 private:
  static CHUNKWISE_INLINE double quotient(double squares, double elements, double ddof) {
    CHUNKWISE_STRICT_FLOATS
    const double freedom = elements - ddof;
    const double divided = squares / freedom;
    return freedom <= 0.0 ? __builtin_nan("") : divided;
  }
};

/// Standard deviation of the elements that are not NaN.
struct NanStandardDeviation : NanVariance {
  static constexpr AggregateCode code{10};
  static constexpr std::string_view name = "nanstddev";
  static constexpr Meaning meaning = Meaning::deviation;
  template <class S>
  static CHUNKWISE_INLINE double finish(const S& seen, Reduced of) {
    return __builtin_sqrt(NanVariance::finish(seen, of));
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::aggregate
