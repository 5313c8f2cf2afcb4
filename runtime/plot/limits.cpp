#include "runtime/plot/limits.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr double greatest = std::numeric_limits<double>::max();

double bounded(double value) { return std::clamp(value, -greatest, greatest); }

}  // namespace

bool is_range(Limits limits) {
  return std::isfinite(limits.low) && std::isfinite(limits.high) && limits.low < limits.high;
}

void check_range(Limits limits) {
  if (is_range(limits)) return;
  const auto text = [](double value) {
    char digits[64];
    std::snprintf(digits, sizeof digits, "%g", value);
    return std::string(digits);
  };
  throw Error(ErrorCode::invalid_argument, "a picture's range from " + text(limits.low) + " to " + text(limits.high) +
                                               " is none: it takes two finite numbers and begins at its lower end");
}

double fraction(Limits limits, double value) {
  const double range = limits.high - limits.low;
  if (std::isfinite(range)) return (value - limits.low) / range;
  // Halves of numbers so large are exact.
  return (value / 2 - limits.low / 2) / (limits.high / 2 - limits.low / 2);
}

double visible_fraction(Limits limits, double value) {
  constexpr double most = 50;
  const double at = fraction(limits, value);
  return std::isnan(at) ? at : std::clamp(at, -most, most);
}

double value_at(Limits limits, double fraction) {
  const double range = limits.high - limits.low;
  if (std::isfinite(range)) return limits.low + range * fraction;
  return limits.low * (1 - fraction) + limits.high * fraction;
}

std::optional<Limits> finite_extent(const Numbers& values) {
  std::optional<Limits> limits;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    if (!std::isfinite(value)) continue;
    limits = limits ? Limits{std::min(limits->low, value), std::max(limits->high, value)} : Limits{value, value};
  }
  return limits;
}

Unplaced unplaced(const Numbers& values) {
  Unplaced count;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) ++count.missing;
    if (std::isinf(values[i])) ++count.infinite;
  }
  return count;
}

Limits apart(Limits limits) {
  if (limits.low < limits.high) return limits;
  const double least = std::numeric_limits<double>::min();
  const double margin = limits.low == 0 ? 0.5 : std::max(std::abs(limits.low) * 0.05, least);
  return {bounded(limits.low - margin), bounded(limits.low + margin)};
}

Limits wider(Limits limits, double part) {
  const double margin = part * limits.high - part * limits.low;
  const Limits result{bounded(limits.low - margin), bounded(limits.high + margin)};
  return is_range(result) ? result : limits;
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
