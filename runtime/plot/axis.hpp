#pragma once
/// What a picture's axes need: round numbers, angles and dates within limits, and their texts.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "chunkwise/plot.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// Round numbers within limits. None of the functions here gives more than a few hundred, whatever the limits.
struct Ticks {
  std::vector<double> values;
  double step;
};
/// Numbers one, two or five times a power of ten apart.
[[nodiscard]] Ticks ticks(Limits limits, int about);
/// Round angles, in degrees.
[[nodiscard]] Ticks degree_ticks(Limits limits, int about);
/// Whole seconds, minutes, hours, days, months or years, or parts of a second; limits in seconds since 1970; the step
/// is in seconds, about.
[[nodiscard]] Ticks date_ticks(Limits limits, int about);
/// Those of an axis of this kind.
[[nodiscard]] Ticks ticks(Axis axis, Limits limits, int about);

/// Returns `axis`, or Axis::number for dates that no calendar has.
[[nodiscard]] Axis checked_axis(Axis axis, Limits limits);

[[nodiscard]] std::string latitude_label(double degrees, double step = 1);
[[nodiscard]] std::string longitude_label(double degrees, double step = 1);
/// As much of a date as a step of so many seconds needs.
[[nodiscard]] std::string date_label(double seconds, double step);
/// Numbers with as many decimals as their step has, a real minus sign, and a power of ten where they are very large or
/// very small.
[[nodiscard]] std::vector<std::string> number_labels(const Ticks& ticks);
/// "1 204" of 1204.
[[nodiscard]] std::string grouped(std::int64_t number);
/// What a picture without a single finite value says.
[[nodiscard]] std::string nothing_there(std::size_t missing, std::size_t infinite);
/// What a picture says if its values, which go from the lower of these limits to the higher, are all out of sight.
[[nodiscard]] std::string nothing_within(Limits values);
/// The texts of an axis of this kind.
[[nodiscard]] std::vector<std::string> labels(Axis axis, const Ticks& ticks);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
