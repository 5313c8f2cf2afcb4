#pragma once
/// The ticks of a picture's axes, which are round numbers, angles and dates within limits, and the texts beside them.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "chunkwise/plot.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// Round numbers within limits. No function here returns more than a few hundred, whatever the limits.
struct Ticks {
  std::vector<double> values;
  double step;
};
/// Returns about so many numbers that are one, two or five times a power of ten apart.
[[nodiscard]] Ticks ticks(Limits limits, int about);
/// Returns about so many round angles, in degrees.
[[nodiscard]] Ticks degree_ticks(Limits limits, int about);
/// Returns about so many whole seconds, minutes, hours, days, months or years, or parts of a second. Limits are in
/// seconds since 1970; the step is in seconds too, and only about right for months and years.
[[nodiscard]] Ticks date_ticks(Limits limits, int about);
/// Returns about so many ticks for an axis of this kind.
[[nodiscard]] Ticks ticks(Axis axis, Limits limits, int about);

/// Returns `axis`, or Axis::number for dates that no calendar has.
[[nodiscard]] Axis checked_axis(Axis axis, Limits limits);

[[nodiscard]] std::string latitude_label(double degrees, double step = 1);
[[nodiscard]] std::string longitude_label(double degrees, double step = 1);
/// Returns the parts of a date that tell apart ticks `step` seconds apart.
[[nodiscard]] std::string date_label(double seconds, double step);
/// Returns the ticks as text, with as many decimals as their step has, a real minus sign, and a power of ten if they
/// are very large or very small.
[[nodiscard]] std::vector<std::string> number_labels(const Ticks& ticks);
/// Returns a number with its digits in groups of three: "1 204" for 1204.
[[nodiscard]] std::string grouped(std::int64_t number);
/// Returns the words of a picture without a single finite value.
[[nodiscard]] std::string nothing_there(std::size_t missing, std::size_t infinite);
/// Returns the words of a picture whose values, which go from one of these limits to the other, are all out of sight.
[[nodiscard]] std::string nothing_within(Limits values);
/// Returns the texts of an axis of this kind.
[[nodiscard]] std::vector<std::string> labels(Axis axis, const Ticks& ticks);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
