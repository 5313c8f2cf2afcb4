#pragma once
/// Slopes, areas and trends of lines of elements at equal distances.
#include <cstddef>
#include <limits>

#include "chunkwise/op/aggregate/aggregate.hpp"
#include "chunkwise/op/division.hpp"
#include "chunkwise/op/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

/// Half the difference of the neighbours of each element, divided by their distance; at the ends the difference of the
/// last two. NaN of a line of one element. Integers give float64.
struct Gradient : Common {
  static constexpr LineCode code{13};
  static constexpr std::string_view name = "gradient";
  static constexpr bool keeps_coordinate = true;
  /// The distance of neighbours.
  static constexpr std::size_t parameters = 1;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    return values[0] != 0 && values[0] - values[0] == 0;
  }
  static constexpr std::string_view wanted = "the spacing of elements is a number that is not 0";
  template <Element T>
  using result = aggregate::MeanOf<T>;
  template <Element T>
  static void apply(std::span<T> line, std::span<result<T>> out, const double* values) {
    using R = result<T>;
    const std::size_t n = line.size();
    const auto at = [line](std::size_t i) { return static_cast<R>(line[i]); };
    const auto spacing = static_cast<R>(values[0]);
    if (n == 1) out[0] = std::numeric_limits<R>::quiet_NaN();
    if (n < 2) return;
    out[0] = (at(1) - at(0)) / spacing;
    out[n - 1] = (at(n - 1) - at(n - 2)) / spacing;
    for (std::size_t i = 1; i + 1 < n; ++i) out[i] = (at(i + 1) - at(i - 1)) / (R{2} * spacing);
  }
};

/// The area below the elements by the trapezoidal rule, added in float64 from the first to the last and rounded once.
/// Integers give float64. 0 of fewer than two elements.
struct Trapezoid : Common {
  static constexpr LineCode code{14};
  static constexpr std::string_view name = "trapezoid";
  static constexpr bool one_result = true;
  /// The distance of neighbours.
  static constexpr std::size_t parameters = 1;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    return values[0] - values[0] == 0;
  }
  static constexpr std::string_view wanted = "the distance of elements is a number";
  template <Element T>
  using result = aggregate::MeanOf<T>;
  template <Element T>
  static void apply(std::span<T> line, std::span<result<T>> out, const double* values) {
    double area = 0;
    for (std::size_t i = 1; i < line.size(); ++i)
      area += values[0] * (static_cast<double>(line[i]) + static_cast<double>(line[i - 1])) / 2;
    out[0] = static_cast<result<T>>(area);
  }
};

/// The elements less their straight line of least squares, in float64 and rounded once. All NaN if any element is; 0 of
/// a line of one element. Integers give float64.
struct Detrend : Common {
  static constexpr LineCode code{17};
  static constexpr std::string_view name = "detrend";
  static constexpr bool keeps_coordinate = true;
  template <Element T>
  using result = aggregate::MeanOf<T>;
  template <Element T>
  static void apply(std::span<T> line, std::span<result<T>> out) {
    const auto n = static_cast<double>(line.size());
    double sum = 0;
    for (const T element : line) sum += static_cast<double>(element);
    const double mean = sum / n;
    const double middle = (n - 1) / 2;
    double product = 0;
    double squares = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const double place = static_cast<double>(i) - middle;
      product += place * (static_cast<double>(line[i]) - mean);
      squares += place * place;
    }
    const double slope = line.size() > 1 ? product / squares : 0;
    for (std::size_t i = 0; i < line.size(); ++i)
      out[i] =
          static_cast<result<T>>(static_cast<double>(line[i]) - (mean + slope * (static_cast<double>(i) - middle)));
  }
};

/// Angles without jumps: if an element differs from the one before it by more than half a period, and by at least
/// `discont`, it and all behind it are moved by whole periods. In the type of the result; integers give float64.
struct Unwrap : Common {
  static constexpr LineCode code{32};
  static constexpr std::string_view name = "unwrap";
  static constexpr bool keeps_coordinate = true;
  static constexpr Meaning meaning = Meaning::sum;
  /// The smallest jump that counts, and the period.
  static constexpr std::size_t parameters = 2;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    return values[0] == values[0] && values[1] - values[1] == 0 && values[1] > 0;
  }
  static constexpr std::string_view wanted = "the period is a number above 0";
  template <Element T>
  using result = aggregate::MeanOf<T>;
  template <Element T>
  static void apply(std::span<T> line, std::span<result<T>> out, const double* values) {
    CHUNKWISE_STRICT_FLOATS
    using R = result<T>;
    const auto period = static_cast<R>(values[1]);
    const auto high = static_cast<R>(values[1] / 2);
    const auto least = static_cast<R>(values[0] > values[1] / 2 ? values[0] : values[1] / 2);
    R moved = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const auto x = static_cast<R>(line[i]);
      if (i > 0) {
        const R step = x - static_cast<R>(line[i - 1]);
        R within = op::Remainder::apply(step + high, period) - high;
        if (within == -high && step > 0) within = high;
        moved += (step < 0 ? -step : step) < least ? R{0} : within - step;
      }
      out[i] = i == 0 ? x : x + moved;
    }
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
