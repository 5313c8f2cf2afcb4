#pragma once
/// Sums without rounding: whatever the order of the elements, and however they are cut into chunks, the sum has the
/// same bits, those of the true sum rounded once to float64. The state is a superaccumulator, a fixed-point number as
/// long as the range of float64 (R. M. Neal, Fast Exact Summation Using Small and Large Superaccumulators, 2015).
/// Elements that lie in memory are first added in blocks: their leading digits and the rest are split off so that
/// adding them in vectors is exact (S. M. Rump, T. Ogita and S. Oishi, Accurate Floating-Point Summation, SIAM J. Sci.
/// Comput. 31, 2008), and only the sums of a block go to the superaccumulator.
#include <cstddef>

#include "chunkwise/op/aggregate/moments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::aggregate {

namespace detail {
__extension__ using Wide128 = unsigned __int128;
}

/// A sum of float64, exactly: digits of 32 bits, the first of them counting 2^-1074, each with room for carries.
struct ExactSumState {
  static constexpr int digits = 68;
  /// Additions of a digit after which carries are moved on.
  static constexpr std::int64_t most_additions = std::int64_t{1} << 29;

  std::int64_t digit[digits] = {};
  std::int64_t additions = 0;  ///< since carries were moved
  double special = 0;          ///< the sum of the elements that are NaN or infinite
  double count = 0;            ///< of the elements that are not NaN, for those that skip it

  CHUNKWISE_INLINE void add(double x) {
    std::uint64_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    const auto exponent = static_cast<unsigned>(bits >> 52) & 0x7ffU;
    if (exponent == 0x7ffU) {
      special += x;
      return;
    }
    const std::uint64_t fraction = bits & 0xfffffffffffffU;
    const unsigned place = exponent == 0 ? 0 : exponent - 1;
    const auto whole = static_cast<detail::Wide128>(exponent == 0 ? fraction : fraction | (std::uint64_t{1} << 52))
                       << (place & 31U);
    const std::int64_t low = static_cast<std::int64_t>(whole & 0xffffffffU);
    const std::int64_t middle = static_cast<std::int64_t>((whole >> 32) & 0xffffffffU);
    const std::int64_t high = static_cast<std::int64_t>(whole >> 64);
    std::int64_t* const to = digit + (place >> 5);
    const std::int64_t sign = -static_cast<std::int64_t>(bits >> 63);  // 0 or -1
    to[0] += (low ^ sign) - sign;
    to[1] += (middle ^ sign) - sign;
    to[2] += (high ^ sign) - sign;
    if (++additions >= most_additions) carry();
  }

  /// Moves carries on: each digit but the last is 0 to 2^32 - 1 then.
  CHUNKWISE_INLINE void carry() {
    for (int i = 0; i + 1 < digits; ++i) {
      const std::int64_t over = digit[i] >> 32;
      digit[i] -= over * (std::int64_t{1} << 32);
      digit[i + 1] += over;
    }
    additions = 1;
  }

  CHUNKWISE_INLINE void add(const ExactSumState& other) {
    if (additions + other.additions >= most_additions) carry();
    for (int i = 0; i < digits; ++i) digit[i] += other.digit[i];
    additions += other.additions;
    if (additions >= most_additions) carry();
    special += other.special;
    count += other.count;
  }

  /// Returns the sum rounded to the nearest float64, ties to even.
  [[nodiscard]] CHUNKWISE_INLINE double rounded() const {
    if (special != 0) return special;
    ExactSumState own = *this;
    own.carry();
    const bool negative = own.digit[digits - 1] < 0;
    if (negative) {
      for (int i = 0; i < digits; ++i) own.digit[i] = -own.digit[i];
      own.carry();
    }
    int top = digits - 1;
    while (top > 0 && own.digit[top] == 0) --top;
    // The leading digits as one number of up to 96 bits, and whether anything lies behind them.
    const int first = top < 2 ? 0 : top - 2;
    detail::Wide128 leading = 0;
    for (int i = top; i >= first; --i) leading = (leading << 32) + static_cast<std::uint64_t>(own.digit[i]);
    bool rest = false;
    for (int i = 0; i < first; ++i) rest |= own.digit[i] != 0;
    int length = 0;
    while (length < 128 && (leading >> length) != 0) ++length;
    std::uint64_t bits = 0;
    if (length + 32 * first <= 53) {
      bits = static_cast<std::uint64_t>(leading);  // subnormal, or the first normal numbers: no rounding
    } else {
      const int below = length - 53;  // bits that are rounded off, if there are any
      std::uint64_t mantissa = 0;
      bool up = false;
      if (below > 0) {
        mantissa = static_cast<std::uint64_t>(leading >> below);
        const detail::Wide128 half = static_cast<detail::Wide128>(1) << (below - 1);
        const detail::Wide128 cut = leading & ((half << 1) - 1);
        up = cut > half || (cut == half && (rest || (mantissa & 1U) != 0));
      } else {
        mantissa = static_cast<std::uint64_t>(leading << -below);
      }
      const std::int64_t exponent = length + 32 * first - 53 + 1;
      if (exponent >= 0x7ff) {
        bits = std::uint64_t{0x7ff} << 52;
      } else {
        // The leading bit of the mantissa counts one in the exponent, and so does a carry of rounding.
        bits = (static_cast<std::uint64_t>(exponent - 1) << 52) + mantissa + (up ? 1U : 0U);
      }
    }
    bits |= negative ? std::uint64_t{1} << 63 : 0;
    double result;
    __builtin_memcpy(&result, &bits, sizeof result);
    return result;
  }
};

namespace detail {

/// Elements that are added before their sum goes to the superaccumulator.
inline constexpr std::size_t exact_block = 1024;

/// Adds a block of elements, of which those that are NaN count as 0 if they are skipped, with two splittings of each;
/// returns false, and adds nothing, if that does not hold all digits.
template <bool SkipsNan, class T>
CHUNKWISE_INLINE bool add_block(ExactSumState& state, const T* v, std::size_t n) {
  CHUNKWISE_STRICT_FLOATS
  constexpr std::size_t lanes = 32;
  const auto value = [v](std::size_t i) __attribute__((always_inline)) {
    const auto x = static_cast<double>(v[i]);
    return SkipsNan && x != x ? 0.0 : x;
  };
  std::uint64_t magnitudes[lanes] = {};
  double counts[lanes] = {};
  std::size_t i = 0;
  const auto look = [&](std::size_t at, std::size_t lane) __attribute__((always_inline)) {
    const double x = value(at);
    std::uint64_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    bits &= 0x7fffffffffffffffU;
    magnitudes[lane] = magnitudes[lane] > bits ? magnitudes[lane] : bits;
    if constexpr (SkipsNan) counts[lane] += is_nan(v[at]) ? 0.0 : 1.0;
  };
  for (; i + lanes <= n; i += lanes)
    for (std::size_t l = 0; l < lanes; ++l) look(i + l, l);
  for (std::size_t l = 0; i < n; ++i, ++l) look(i, l);
  std::uint64_t largest = 0;
  for (const std::uint64_t m : magnitudes) largest = largest > m ? largest : m;
  const auto exponent = static_cast<std::int64_t>(largest >> 52);  // all are below 2^(exponent - 1022)
  if (exponent > 2046 - 12 || (exponent < 200 && largest != 0)) return false;
  // Sums of so many parts of the first and the second splitting are exact: there are 2^10 elements.
  const auto power = [](std::int64_t e) __attribute__((always_inline)) {
    const std::uint64_t bits = static_cast<std::uint64_t>(e) << 52;
    double p;
    __builtin_memcpy(&p, &bits, sizeof p);
    return p;
  };
  if (largest != 0) {
    const double first = power(exponent + 12), second = power(exponent + 12 - 53 + 12);
    double high[lanes] = {}, low[lanes] = {}, left[lanes] = {};
    const auto add = [&](std::size_t at, std::size_t l) __attribute__((always_inline)) {
      const double x = value(at);
      const double leading = (first + x) - first;
      high[l] += leading;
      const double rest = x - leading;
      const double middle = (second + rest) - second;
      low[l] += middle;
      const double last = rest - middle;
      left[l] = last != 0.0 ? 1.0 : left[l];
    };
    i = 0;
    for (; i + lanes <= n; i += lanes)
      for (std::size_t l = 0; l < lanes; ++l) add(i + l, l);
    for (std::size_t l = 0; i < n; ++i, ++l) add(i, l);
    bool holds = true;
    double sum_high = 0, sum_low = 0;
    for (std::size_t l = 0; l < lanes; ++l) {
      holds &= left[l] == 0.0;
      sum_high += high[l];
      sum_low += low[l];
    }
    if (!holds) return false;
    state.add(sum_high);
    state.add(sum_low);
  }
  for (const double count : counts) state.count += count;
  return true;
}

/// The members that exact sums and means have in common.
template <class Plain, bool SkipsNan>
struct ExactOf : Common {
  static constexpr Meaning meaning = Plain::meaning;
  template <Element T>
  using result = typename Plain::template result<T>;
  template <Element T>
  using state = ExactSumState;
  template <Element T>
  static CHUNKWISE_INLINE void step(ExactSumState& seen, T element) {
    if (SkipsNan && is_nan(element)) return;
    seen.add(static_cast<double>(element));
    if constexpr (SkipsNan) seen.count += 1;
  }
  /// The same as a step for each of n elements.
  template <Element T>
  static CHUNKWISE_INLINE void step_all(ExactSumState& seen, const T* elements, std::size_t n) {
    for (std::size_t begin = 0; begin < n; begin += exact_block) {
      const std::size_t some = n - begin < exact_block ? n - begin : exact_block;
      if (add_block<SkipsNan>(seen, elements + begin, some)) continue;
      for (std::size_t i = begin; i < begin + some; ++i) step(seen, elements[i]);
    }
  }
  static CHUNKWISE_INLINE void merge(ExactSumState& left, const ExactSumState& right) { left.add(right); }
};
}  // namespace detail

/// Sum, rounded once from the true one. Integers are exact anyway.
struct ExactSum : detail::ExactOf<Sum, false> {
  static constexpr AggregateCode code{40};
  static constexpr std::string_view name = "exact_sum";
  template <Element T>
  using state = detail::ByType<T, ExactSumState, IntegerSumState>;
  static CHUNKWISE_INLINE double finish(const ExactSumState& seen) { return seen.rounded(); }
  static CHUNKWISE_INLINE std::uint64_t finish(const IntegerSumState& seen) { return seen.sum; }
};

/// Mean: the exact sum rounded to float64, divided by the number of elements.
struct ExactMean : detail::ExactOf<Mean, false> {
  static constexpr AggregateCode code{41};
  static constexpr std::string_view name = "exact_mean";
  static CHUNKWISE_INLINE double finish(const ExactSumState& seen, Reduced of) { return seen.rounded() / of.elements; }
};

/// ExactSum of the elements that are not NaN.
struct ExactNanSum : detail::ExactOf<Sum, true> {
  static constexpr AggregateCode code{42};
  static constexpr std::string_view name = "exact_nansum";
  template <Element T>
  using state = detail::ByType<T, ExactSumState, IntegerSumState>;
  static CHUNKWISE_INLINE double finish(const ExactSumState& seen) { return seen.rounded(); }
  static CHUNKWISE_INLINE std::uint64_t finish(const IntegerSumState& seen) { return seen.sum; }
};

/// ExactMean of the elements that are not NaN.
struct ExactNanMean : detail::ExactOf<Mean, true> {
  static constexpr AggregateCode code{43};
  static constexpr std::string_view name = "exact_nanmean";
  static CHUNKWISE_INLINE double finish(const ExactSumState& seen) { return seen.rounded() / seen.count; }
};

/// The aggregate that is exact where A rounds; void if there is none.
template <class A>
struct Exactly {
  using type = void;
};
/// @copydoc Exactly
template <>
struct Exactly<Sum> {
  using type = ExactSum;
};
/// @copydoc Exactly
template <>
struct Exactly<Mean> {
  using type = ExactMean;
};
/// @copydoc Exactly
template <>
struct Exactly<NanSum> {
  using type = ExactNanSum;
};
/// @copydoc Exactly
template <>
struct Exactly<NanMean> {
  using type = ExactNanMean;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::aggregate
