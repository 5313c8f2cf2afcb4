#pragma once
/// Lines between known points: gaps of a line that are filled, and a function that a table of points gives.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "chunkwise/op/aggregate/aggregate.hpp"
#include "chunkwise/op/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

/// The elements, and in place of NaN between two others the straight line between these, at the positions of the
/// elements; NaN at the ends of the line stay. In float64, rounded once. The numbers beside the line are the positions,
/// one an index, or one 0: indices are positions.
struct InterpolateNan : Common {
  static constexpr LineCode code{33};
  static constexpr std::string_view name = "interpolate_na";
  static constexpr bool keeps_coordinate = true;
  static constexpr Meaning meaning = Meaning::part;
  static constexpr std::size_t parameters = any_number;
  [[nodiscard]] static bool fits(std::span<const double> values, std::int64_t extent) {
    if (values.size() == 1 && values[0] == 0) return true;
    if (values.size() != static_cast<std::size_t>(extent) + 1 || values[0] != 1) return false;
    return goes_on(values.subspan(1));
  }
  static constexpr std::string_view wanted = "positions go up or down all along, one an index of the axis";
  template <Element T>
  using result = T;
  template <Element T>
  static void apply(std::span<T> line, std::span<T> out, Numbers values) {
    CHUNKWISE_STRICT_FLOATS
    std::copy(line.begin(), line.end(), out.begin());
    if constexpr (std::is_floating_point_v<T>) {
      const bool given = values[0] != 0;
      const auto place = [&](std::size_t i) { return given ? values[i + 1] : static_cast<double>(i); };
      std::size_t before = line.size();  // the last number, if there is one
      for (std::size_t i = 0; i < line.size(); ++i) {
        if (aggregate::is_nan(line[i])) continue;
        if (before + 1 < i && before != line.size()) {
          const auto low = static_cast<double>(line[before]);
          const double slope = (static_cast<double>(line[i]) - low) / (place(i) - place(before));
          for (std::size_t k = before + 1; k < i; ++k)
            out[k] = static_cast<T>(slope * (place(k) - place(before)) + low);
        }
        before = i;
      }
    }
  }

 private:
  /// Returns true for numbers that are finite and go up, or go down, all along.
  [[nodiscard]] static bool goes_on(std::span<const double> values) {
    bool up = true, down = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) return false;
      up = up && (i == 0 || values[i] > values[i - 1]);
      down = down && (i == 0 || values[i] < values[i - 1]);
    }
    return up || down;
  }
};

/// NumPy's interp: the value at each element of the function that goes through the points of a table in straight lines,
/// in float64. The numbers beside the line are how many points there are, the values before the first and behind the
/// last point, and the abscissas and the ordinates of the points.
struct Interp : Common {
  static constexpr LineCode code{34};
  static constexpr std::string_view name = "interp";
  static constexpr bool keeps_coordinate = true;
  static constexpr std::size_t parameters = any_number;
  [[nodiscard]] static bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    if (values.size() < 5 || values.size() % 2 == 0) return false;
    const std::size_t points = (values.size() - 3) / 2;
    if (values[0] != static_cast<double>(points)) return false;
    for (std::size_t i = 0; i < points; ++i)
      if (std::isnan(values[3 + i]) || (i > 0 && values[3 + i] < values[2 + i])) return false;
    return true;
  }
  static constexpr std::string_view wanted = "the abscissas of the points are numbers that go up";
  template <Element T>
  using result = double;
  template <Element T>
  static void apply(std::span<T> line, std::span<double> out, Numbers values) {
    const auto points = static_cast<std::size_t>(values[0]);
    for (std::size_t i = 0; i < line.size(); ++i) out[i] = at(static_cast<double>(line[i]), points, values);
  }

 private:
  [[nodiscard]] static double at(double x, std::size_t points, Numbers values) {
    CHUNKWISE_STRICT_FLOATS
    const auto abscissa = [&](std::size_t i) { return values[3 + i]; };
    const auto ordinate = [&](std::size_t i) { return values[3 + points + i]; };
    if (aggregate::is_nan(x)) return x;
    if (x < abscissa(0)) return values[1];
    if (x > abscissa(points - 1)) return values[2];
    // The last point that does not lie behind x.
    std::size_t below = 0;
    for (std::size_t end = points; below + 1 < end;) {
      const std::size_t middle = below + (end - below) / 2;
      (abscissa(middle) <= x ? below : end) = middle;
    }
    if (below == points - 1 || abscissa(below) == x) return ordinate(below);
    const double low = ordinate(below), high = ordinate(below + 1);
    const double slope = (high - low) / (abscissa(below + 1) - abscissa(below));
    // An infinite ordinate may be seen from the other side, as NumPy does it.
    const double from_below = slope * (x - abscissa(below)) + low;
    if (!aggregate::is_nan(from_below)) return from_below;
    const double from_above = slope * (x - abscissa(below + 1)) + high;
    return aggregate::is_nan(from_above) && low == high ? low : from_above;
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
