#pragma once
/// What a picture's axes need: round numbers, angles and dates within limits, and their texts.
#include <string>
#include <vector>

#include "chunkwise/plot.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// Round numbers within limits, one, two or five times a power of ten apart.
struct Ticks {
  std::vector<double> values;
  double step;
};
[[nodiscard]] Ticks ticks(Limits limits, int about);
/// Round angles within limits, in degrees.
[[nodiscard]] Ticks degree_ticks(Limits limits, int about);
/// Whole minutes, hours, days, months or years within limits in seconds since 1970; the step is in seconds, about.
[[nodiscard]] Ticks date_ticks(Limits limits, int about);
/// Those of an axis of this kind.
[[nodiscard]] Ticks ticks(Axis axis, Limits limits, int about);

/// As many decimals as the step has, and a real minus sign.
[[nodiscard]] std::string label(double value, double step);
[[nodiscard]] std::string latitude_label(double degrees);
[[nodiscard]] std::string longitude_label(double degrees);
/// As much of a date as a step of so many seconds needs.
[[nodiscard]] std::string date_label(double seconds, double step);
/// That of an axis of this kind.
[[nodiscard]] std::string label(Axis axis, double value, double step);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
