#include "runtime/plot/axis.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "chunkwise/io/cf_time.hpp"
#include "runtime/plot/limits.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr double minute = 60, hour = 3600, day = 86400, month = 30.44 * day, year = 365.25 * day;
constexpr double last_date = 9e11;  // seconds: 28,500 years on either side of 1970, which std::chrono counts

/// Returns the decimals of a number that is a multiple of `step`, one, two or five times a power of ten.
int decimals_of(double step) { return static_cast<int>(-std::floor(std::log10(step) + 1e-9)); }

std::string fixed(double value, int decimals) {
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", std::clamp(decimals, 0, 40), value);
  return text;
}

/// A date and the time of the day, which has as many decimals of a second as the step needs. Without a date there is no
/// time.
struct DateAndTime {
  std::string date;
  std::string time;
};

DateAndTime date_and_time(double seconds, double step) {
  double whole = seconds;
  std::string fraction;
  if (step < 1) {
    const int decimals = std::clamp(decimals_of(step), 1, 9);
    whole = std::floor(seconds);
    fraction = fixed(seconds - whole, decimals);
    if (fraction[0] != '0') ++whole;  // 0.9999 of a second
    fraction.erase(0, 1);
  }
  const std::string text = time_text(whole);
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) return {text, {}};
  DateAndTime result{text.substr(0, space), text.substr(space + 1)};
  const bool midnight = result.time == "00:00" && fraction.find_first_not_of(".0") == std::string::npos;
  if (fraction.empty() || midnight) return result;
  constexpr std::size_t minutes_only = 5;
  if (result.time.size() == minutes_only) result.time += ":00";
  result.time += fraction;
  return result;
}

std::string degrees(double value, double step, const char* positive, const char* negative) {
  return fixed(std::abs(value), std::min(decimals_of(step), 9)) + "°" +
         (value > 0   ? positive
          : value < 0 ? negative
                      : "");
}

/// Returns the length of one of `about` pieces of the range, never less than doubles can tell apart there.
double wanted_step(Limits limits, int about) {
  const int pieces = std::max(about, 2);
  const double range = limits.high - limits.low;
  const double wanted = std::isfinite(range) ? range / pieces : limits.high / pieces - limits.low / pieces;
  const double largest = std::max(std::abs(limits.low), std::abs(limits.high));
  const double resolution = largest - std::nextafter(largest, 0);
  return std::max(wanted, resolution);
}

Ticks multiples(Limits limits, double step) {
  constexpr double slack = 1e-6;  // a limit that is itself a multiple has its tick in spite of rounding
  constexpr double most = 400;
  Ticks result{{}, step};
  const double first = std::ceil(limits.low / step - slack);
  const double last = std::floor(limits.high / step + slack);
  for (double i = 0; i < most && first + i <= last; ++i) {
    const double value = (first + i) * step + 0.0;  // no -0
    if (std::isfinite(value) && (result.values.empty() || value > result.values.back())) result.values.push_back(value);
  }
  return result;
}

/// Returns the first day of each `months`-th month within limits.
Ticks month_ticks(Limits limits, int months) {
  using namespace std::chrono;
  Ticks result{{}, months * month};
  const sys_days first_day{floor<days>(sys_seconds(seconds(static_cast<std::int64_t>(std::floor(limits.low)))))};
  const year_month_day date(first_day);
  std::int64_t count = static_cast<int>(date.year()) * 12LL + static_cast<unsigned>(date.month()) - 1;
  const auto floor_of = [](std::int64_t value, std::int64_t divisor) {
    return value / divisor - (value % divisor < 0 ? 1 : 0);
  };
  for (count = floor_of(count, months) * months;; count += months) {
    const std::int64_t years = floor_of(count, 12);
    const year_month_day at{std::chrono::year(static_cast<int>(years)),
                            std::chrono::month(static_cast<unsigned>(count - years * 12 + 1)), std::chrono::day(1)};
    if (years > 32'000) return result;  // std::chrono counts no further
    const double value = static_cast<double>(sys_days(at).time_since_epoch().count()) * day;
    if (value > limits.high) return result;
    if (value >= limits.low) result.values.push_back(value);
  }
}

/// Returns the digits of value / 10^exponent, with value below 10^(exponent + 1), from those of the value itself: a
/// quotient of doubles would not have the last ones. A value a little below a power of ten is rounded up to it.
std::string mantissa(double value, int exponent, int decimals) {
  char text[64];
  const auto exponent_of = [&] { return std::atoi(std::strchr(text, 'e') + 1); };
  std::snprintf(text, sizeof text, "%.*e", 20, value);
  const int kept = decimals - (exponent - exponent_of());
  if (kept < 0) {
    std::string digits = fixed(0, decimals);
    if (kept == -1 && text[0] >= '5') digits.back() = '1';
    return digits;
  }
  std::snprintf(text, sizeof text, "%.*e", kept, value);
  const int shift = exponent - exponent_of();  // distance of the point's move to the left; -1 if 9.99 became 10
  std::string digits(static_cast<std::size_t>(std::max(shift, 0)), '0');
  for (const char* at = text; *at != 'e'; ++at)
    if (*at != '.') digits += *at;
  const std::size_t whole = shift < 0 ? 2 : 1;
  digits.resize(whole + static_cast<std::size_t>(decimals), '0');
  return decimals == 0 ? digits : digits.insert(whole, ".");
}

/// Returns six digits, with a real minus sign.
std::string short_number(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6g", std::abs(value));
  return (value < 0 ? "\u2212" : "") + std::string(text);
}

std::string superscript(int number) {
  static constexpr const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = number < 0 ? "⁻" : "";
  for (const char digit : std::to_string(std::abs(number))) text += digits[digit - '0'];
  return text;
}

}  // namespace

Ticks ticks(Limits limits, int about) {
  const double wanted = wanted_step(limits, about);
  const double power = std::pow(10, std::floor(std::log10(wanted)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    const double step = factor * power;
    if (step >= wanted && std::isfinite(step)) return multiples(limits, step);
  }
  // No power of ten is so small or so large.
  return {{limits.low, limits.high}, wanted};
}

Ticks degree_ticks(Limits limits, int about) {
  const double wanted = wanted_step(limits, about);
  if (wanted < 0.1 || wanted > 90) return ticks(limits, about);
  for (const double step : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 45.0, 60.0}) {
    if (step >= wanted) return multiples(limits, step);
  }
  return multiples(limits, 90);
}

Ticks date_ticks(Limits limits, int about) {
  if (checked_axis(Axis::date, limits) != Axis::date) return ticks(limits, about);
  const double wanted = wanted_step(limits, about);
  if (wanted <= 0.5) return ticks(limits, about);
  for (const double step : {1.0, 5.0, 10.0, 30.0, minute, 5 * minute, 10 * minute, 30 * minute, hour, 3 * hour,
                            6 * hour, 12 * hour, day, 2 * day, 5 * day, 10 * day})
    if (step >= wanted) return multiples(limits, step);
  for (const int months : {1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 24000, 60000})
    if (months * month >= wanted) return month_ticks(limits, months);
  return month_ticks(limits, 120000);
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

Axis checked_axis(Axis axis, Limits limits) {
  if (axis == Axis::date && !(limits.low >= -last_date && limits.high <= last_date)) return Axis::number;
  return axis;
}

std::string latitude_label(double value, double step) { return degrees(value, step, "N", "S"); }

std::string longitude_label(double value, double step) {
  const double wrapped = value - 360 * std::floor((value + 180) / 360);
  return wrapped == -180 ? "180°" : degrees(wrapped, step, "E", "W");
}

std::string date_label(double seconds, double step) {
  const auto [date, time] = date_and_time(seconds, step);
  if (time.empty()) return date;
  const std::size_t before_day = date.rfind('-');
  if (step >= year - day) return date.substr(0, date.rfind('-', before_day - 1));
  if (step >= month - day) return date.substr(0, before_day);
  if (step >= day) return date;
  // The date stands where the day begins.
  return time == "00:00" ? date : time;
}

std::vector<std::string> number_labels(const Ticks& ticks) {
  double largest = 0;
  for (const double value : ticks.values) largest = std::max(largest, std::abs(value));
  const int decimals = decimals_of(ticks.step);
  const bool plain = largest == 0 || (largest >= 1e-3 && largest < 1e6 && decimals <= 9);
  const int exponent = plain ? 0 : static_cast<int>(std::floor(std::log10(largest) + 1e-9));
  std::vector<std::string> texts;
  for (const double value : ticks.values) {
    const std::string sign = value < 0 ? "\u2212" : "";
    if (plain || value == 0) {
      texts.push_back(sign + fixed(std::abs(value), plain ? decimals : 0));
      continue;
    }
    std::string text = mantissa(std::abs(value), exponent, std::clamp(decimals + exponent, 0, 16));
    text = text == "1" ? "" : text + "×";
    texts.push_back(sign + text + "10" + superscript(exponent));
  }
  return texts;
}

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, "\u2009");
  return text;
}

std::string nothing_there(std::size_t missing, std::size_t infinite) {
  const auto all = [](std::size_t values, const std::string& are) {
    return values == 1 ? "the value is " + are
                       : "all " + grouped(static_cast<std::int64_t>(values)) + " values are " + are;
  };
  if (infinite == 0) return all(missing, "missing");
  if (missing == 0) return all(infinite, "infinite");
  return "no value is a finite number: " + grouped(static_cast<std::int64_t>(missing)) + " missing, " +
         grouped(static_cast<std::int64_t>(infinite)) + " infinite";
}

std::string nothing_within(Limits values) {
  if (values.low == values.high) return "all values are " + short_number(values.low) + ", which is outside the range";
  return "all values are outside the range: they go from " + short_number(values.low) + " to " +
         short_number(values.high);
}

std::vector<std::string> labels(Axis axis, const Ticks& ticks) {
  std::vector<std::string> texts;
  switch (axis) {
    case Axis::latitude:
      for (const double value : ticks.values) texts.push_back(latitude_label(value, ticks.step));
      return texts;
    case Axis::longitude:
      for (const double value : ticks.values) texts.push_back(longitude_label(value, ticks.step));
      return texts;
    case Axis::date:
      for (const double value : ticks.values) texts.push_back(date_label(value, ticks.step));
      // Hours without a day between them would tell no date.
      if (ticks.step < day && !ticks.values.empty() &&
          std::none_of(texts.begin(), texts.end(), [](const auto& text) { return text.find('-') != text.npos; }))
        texts.front() = date_and_time(ticks.values.front(), ticks.step).date + " " + texts.front();
      return texts;
    case Axis::number:
      break;
  }
  return number_labels(ticks);
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
