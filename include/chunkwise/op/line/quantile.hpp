#pragma once
/// Quantiles of lines, by the methods of NumPy. Nine of them are those of Hyndman and Fan (Sample Quantiles in
/// Statistical Packages, The American Statistician 50, 1996).
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "chunkwise/op/line/order.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The way of making a quantile between two elements; the names are NumPy's (`quantile_methods`). Numbers in graphs
/// that are written as bytes: append, never renumber.
enum class QuantileMethod : std::uint8_t {
  linear,
  inverted_cdf,
  averaged_inverted_cdf,
  closest_observation,
  interpolated_inverted_cdf,
  hazen,
  weibull,
  median_unbiased,
  normal_unbiased,
  lower,
  higher,
  midpoint,
  nearest,
};
/// The names of the methods, by their numbers.
inline constexpr std::array<std::string_view, 13> quantile_methods{"linear",
                                                                   "inverted_cdf",
                                                                   "averaged_inverted_cdf",
                                                                   "closest_observation",
                                                                   "interpolated_inverted_cdf",
                                                                   "hazen",
                                                                   "weibull",
                                                                   "median_unbiased",
                                                                   "normal_unbiased",
                                                                   "lower",
                                                                   "higher",
                                                                   "midpoint",
                                                                   "nearest"};

namespace linewise {

namespace detail {
inline Place between(double index, std::size_t n) {
  const double last = static_cast<double>(n - 1);
  index = std::clamp(index, 0.0, last);
  const double below = std::floor(index);
  return {static_cast<std::size_t>(below), index - below};
}

/// Returns the place of the quantile q of n elements, at least one.
inline Place place_of_quantile(double q, std::size_t n, QuantileMethod method) {
  const double count = static_cast<double>(n);
  // With the parameters of Hyndman and Fan.
  const auto continuous = [&](double alpha, double beta) {
    return between(count * q + (alpha + q * (1 - alpha - beta)) - 1, n);
  };
  // One of two elements, or the middle of both, depending on the index.
  const auto stepwise = [&](double index, double way_at_whole, double way_between) {
    const double below = std::floor(index);
    return between(below + (index == below ? way_at_whole : way_between), n);
  };
  const double linear = (count - 1) * q;
  switch (method) {
    case QuantileMethod::inverted_cdf:
      return stepwise(count * q - 1, 0, 1);
    case QuantileMethod::averaged_inverted_cdf:
      return stepwise(count * q - 1, 0.5, 1);
    case QuantileMethod::closest_observation: {
      const double index = count * q - 1 - 0.5;
      const bool is_odd = std::fmod(std::floor(index), 2) != 0;  // counted from 0; the even one of those from 1
      return stepwise(index, is_odd ? 0 : 1, 1);
    }
    case QuantileMethod::interpolated_inverted_cdf:
      return continuous(0, 1);
    case QuantileMethod::hazen:
      return continuous(0.5, 0.5);
    case QuantileMethod::weibull:
      return continuous(0, 0);
    case QuantileMethod::median_unbiased:
      return continuous(1.0 / 3, 1.0 / 3);
    case QuantileMethod::normal_unbiased:
      return continuous(3.0 / 8, 3.0 / 8);
    case QuantileMethod::lower:
      return between(std::floor(linear), n);
    case QuantileMethod::higher:
      return between(std::ceil(linear), n);
    case QuantileMethod::midpoint:
      return between(0.5 * (std::floor(linear) + std::ceil(linear)), n);
    case QuantileMethod::nearest: {
      const double below = std::floor(linear);
      const double way = linear - below;
      const bool up = way > 0.5 || (way == 0.5 && std::fmod(below, 2) != 0);
      return between(below + (up ? 1 : 0), n);
    }
    case QuantileMethod::linear:
      break;
  }
  return between(linear, n);
}
}  // namespace detail

/// The quantile q, 0 to 1, by one of the methods. NaN if any element is, and of no elements. Integers give float64.
struct Quantile : Common {
  static constexpr LineCode code{15};
  static constexpr std::string_view name = "quantile";
  static constexpr bool one_result = true;
  static constexpr Meaning meaning = Meaning::quantile;
  /// q, and the number of the method.
  static constexpr std::size_t parameters = 2;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    return values[0] >= 0 && values[0] <= 1 && values[1] >= 0 && values[1] < quantile_methods.size() &&
           values[1] == static_cast<double>(static_cast<int>(values[1]));
  }
  static constexpr std::string_view wanted = "a quantile is from 0 to 1, a percentile from 0 to 100";
  template <Element T>
  using result = aggregate::MeanOf<T>;
  static constexpr bool skips_nan = false;
  static Place place(std::size_t numbers, const double* parameters) {
    return detail::place_of_quantile(parameters[0], numbers, static_cast<QuantileMethod>(parameters[1]));
  }
  /// Between two elements it is made of both in float64, and rounded once.
  template <Element T>
  static CHUNKWISE_INLINE result<T> between(T below, T next, double way) {
    CHUNKWISE_STRICT_FLOATS
    using R = result<T>;
    if (way == 0) return static_cast<R>(below);
    const auto a = static_cast<double>(below);
    const auto b = static_cast<double>(next);
    // Two equal infinities have no difference.
    if (a == b) return static_cast<R>(a);
    return static_cast<R>(way < 0.5 ? a + (b - a) * way : b - (b - a) * (1 - way));
  }
};

/// The quantile of the elements that are not NaN; NaN of none.
struct NanQuantile : Quantile {
  static constexpr LineCode code{16};
  static constexpr std::string_view name = "nanquantile";
  static constexpr bool skips_nan = true;
};

}  // namespace linewise

}  // namespace chunkwise::inline CHUNKWISE_ABI
