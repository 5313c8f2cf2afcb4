#include "runtime/plot/axis.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "chunkwise/io/cf_time.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr double minute = 60, hour = 3600, day = 86400, month = 30.44 * day, year = 365.25 * day;

std::string degrees(double value, const char* positive, const char* negative) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", std::abs(value));
  return std::string(text) + "°" + (value > 0 ? positive : value < 0 ? negative : "");
}

Ticks multiples(Limits limits, double step) {
  Ticks result{{}, step};
  const double slack = 1e-6;  // a limit that is itself a multiple has its tick in spite of rounding
  const auto first = static_cast<long>(std::ceil(limits.low / step - slack));
  const auto last = static_cast<long>(std::floor(limits.high / step + slack));
  for (long i = first; i <= last; ++i) result.values.push_back(static_cast<double>(i) * step);
  return result;
}

/// The first day of each `months`-th month within limits.
Ticks month_ticks(Limits limits, int months) {
  using namespace std::chrono;
  Ticks result{{}, months * month};
  const sys_days first_day{floor<days>(sys_seconds(seconds(static_cast<std::int64_t>(limits.low))))};
  const year_month_day date(first_day);
  std::int64_t count = static_cast<int>(date.year()) * 12LL + static_cast<unsigned>(date.month()) - 1;
  for (count -= count % months;; count += months) {
    const year_month_day at{std::chrono::year(static_cast<int>(count / 12)),
                            std::chrono::month(static_cast<unsigned>(count % 12 + 1)), std::chrono::day(1)};
    const double value = static_cast<double>(sys_days(at).time_since_epoch().count()) * day;
    if (value > limits.high) return result;
    if (value >= limits.low) result.values.push_back(value);
  }
}

}  // namespace

Ticks ticks(Limits limits, int about) {
  const double wanted = (limits.high - limits.low) / about;
  const double power = std::pow(10, std::floor(std::log10(wanted)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= wanted) return multiples(limits, factor * power);
  }
  return multiples(limits, 10 * power);
}

Ticks degree_ticks(Limits limits, int about) {
  const double wanted = (limits.high - limits.low) / about;
  for (const double step : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 45.0, 60.0}) {
    if (step >= wanted) return multiples(limits, step);
  }
  return multiples(limits, 90);
}

std::string label(double value, double step) {
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, std::abs(value));
  return (value < 0 ? "\u2212" : "") + std::string(text);
}

Ticks date_ticks(Limits limits, int about) {
  const double wanted = (limits.high - limits.low) / about;
  for (const double step : {minute, 5 * minute, 10 * minute, 30 * minute, hour, 3 * hour, 6 * hour, 12 * hour, day,
                            2 * day, 5 * day, 10 * day})
    if (step >= wanted) return multiples(limits, step);
  for (const int months : {1, 2, 3, 6, 12, 24, 60, 120, 240, 600})
    if (months * month >= wanted) return month_ticks(limits, months);
  return month_ticks(limits, 1200);
}

Ticks ticks(Axis axis, Limits limits, int about) {
  switch (axis) {
    case Axis::latitude:
    case Axis::longitude:
      return degree_ticks(limits, about);
    case Axis::date:
      return date_ticks(limits, about);
    case Axis::number:
      break;
  }
  return ticks(limits, about);
}

std::string latitude_label(double value) { return degrees(value, "N", "S"); }

std::string longitude_label(double value) {
  const double wrapped = value > 180 ? value - 360 : value;
  return std::abs(wrapped) == 180 ? "180°" : degrees(wrapped, "E", "W");
}

std::string date_label(double seconds, double step) {
  const std::string text = time_text(seconds);
  if (step >= year - day) return text.substr(0, 4);
  if (step >= month - day) return text.substr(0, 7);
  if (step >= day) return text.substr(0, 10);
  // The date stands where the day begins.
  return text.substr(11, 5) == "00:00" ? text.substr(0, 10) : text.substr(11, 5);
}

std::string label(Axis axis, double value, double step) {
  switch (axis) {
    case Axis::latitude:
      return latitude_label(value);
    case Axis::longitude:
      return longitude_label(value);
    case Axis::date:
      return date_label(value, step);
    case Axis::number:
      break;
  }
  return label(value, step);
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
