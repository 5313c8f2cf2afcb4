#pragma once
/// Reductions of windows of neighbours along a line. A window costs no more the longer it is: a line is cut into blocks
/// of the window's length, from its first element on, and a window is the rest of a block from the window's start on,
/// merged with the first elements of the next block (M. van Herk, Pattern Recognition Letters 13, 1992; J. Gil and M.
/// Werman, IEEE PAMI 15, 1993). The arithmetic is in runtime/line/windows.hpp, docs/semantics.md has the definition,
/// and `rolling` (expr/rolling.hpp) is how it is asked for.
#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/op/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

/// The aggregates that can be taken of windows in this way: those that merge, and need no positions.
using WindowAggregates =
    aggregate::List<aggregate::Sum, aggregate::Mean, aggregate::Variance, aggregate::StandardDeviation,
                    aggregate::Minimum, aggregate::Maximum, aggregate::Count, aggregate::NanSum, aggregate::NanMean,
                    aggregate::NanVariance, aggregate::NanStandardDeviation, aggregate::NanMinimum,
                    aggregate::NanMaximum, aggregate::Product, aggregate::NanProduct, aggregate::Any, aggregate::All,
                    aggregate::First, aggregate::Last, aggregate::NanFirst, aggregate::NanLast>;

namespace detail {
template <class... A>
constexpr int place_among(aggregate::List<A...> /*of*/, AggregateCode code) {
  int place = 0;
  return ((A::code == code || (++place, false)) || ...) ? place : -1;
}
}  // namespace detail

/// Returns which of WindowAggregates an aggregate is; -1 if it is none of them.
[[nodiscard]] constexpr int window_aggregate(AggregateCode code) {
  return detail::place_among(WindowAggregates{}, code);
}

/// Returns the aggregate of a function `windows` with these parameters.
[[nodiscard]] inline AggregateCode aggregate_of_windows(const double* parameters) {
  return static_cast<AggregateCode>(parameters[0]);
}

/// An aggregate of the elements of a window, for each element of a line; places outside the line are NaN. Of float32
/// and float64 alone. A result that is no number in the aggregate's own type (count, any, all) is one here.
struct Windows : Common {
  static constexpr LineCode code{40};
  static constexpr std::string_view name = "windows";
  static constexpr bool is_function = false;
  static constexpr bool keeps_coordinate = true;
  static constexpr bool floating_only = true;
  /// The number of the aggregate, the places of a window, where that of element 0 begins, and ddof.
  static constexpr std::size_t parameters = 4;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    const auto is_whole = [](double value) { return value > -0x1p56 && value < 0x1p56 && value == whole(value); };
    return values[0] >= 0 && values[0] < 256 && is_whole(values[0]) &&
           window_aggregate(static_cast<AggregateCode>(values[0])) >= 0 && is_whole(values[1]) && values[1] >= 1 &&
           is_whole(values[2]) && values[2] <= 0 && values[2] > -values[1] && is_whole(values[3]);
  }
  static constexpr std::string_view wanted =
      "a window has an aggregate that merges, 1 place or more, and lies over its own element";
  template <Element T>
  using result = aggregate::MeanOf<T>;

 private:
  static constexpr double whole(double value) { return static_cast<double>(static_cast<std::int64_t>(value)); }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
