#include "chunkwise/io/cf_time.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "runtime/core/attributes.hpp"
#include "runtime/core/lower_case.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr double seconds_per_day = 86400;

/// Takes texts apart from the left.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::string_view word() {
    skip(' ');
    std::size_t length = 0;
    while (length < text_.size() && text_[length] != ' ') ++length;
    return take(length);
  }
  bool skip(char c) {
    const bool there = !text_.empty() && text_.front() == c;
    while (!text_.empty() && text_.front() == c) text_.remove_prefix(1);
    return there;
  }
  template <class T>
  bool number(T& value) {
    const auto [stop, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc{}) return false;
    text_.remove_prefix(static_cast<std::size_t>(stop - text_.data()));
    return true;
  }
  [[nodiscard]] bool begins_with_digit() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }
  [[nodiscard]] std::string_view rest() const { return text_; }

 private:
  std::string_view take(std::size_t length) {
    const std::string_view taken = text_.substr(0, length);
    text_.remove_prefix(length);
    return taken;
  }
  std::string_view text_;
};

std::optional<double> unit_seconds(std::string_view unit, Calendar calendar) {
  for (const std::string_view name : {"nanosecond", "nanoseconds", "nanosec", "nanosecs", "nsec", "nsecs", "ns"})
    if (unit == name) return 1e-9;
  for (const std::string_view name :
       {"microsecond", "microseconds", "microsec", "microsecs", "usec", "usecs", "us", "\u00b5s", "\u03bcs"})
    if (unit == name) return 1e-6;
  for (const std::string_view name : {"millisecond", "milliseconds", "millisec", "millisecs", "msec", "msecs", "ms"})
    if (unit == name) return 1e-3;
  for (const std::string_view name : {"second", "seconds", "sec", "secs", "s"})
    if (unit == name) return 1;
  for (const std::string_view name : {"minute", "minutes", "min", "mins"})
    if (unit == name) return 60;
  for (const std::string_view name : {"hour", "hours", "hr", "hrs", "h"})
    if (unit == name) return 3600;
  for (const std::string_view name : {"day", "days", "d"})
    if (unit == name) return seconds_per_day;
  if (calendar == Calendar::day_360)
    for (const std::string_view name : {"month", "months"})
      if (unit == name) return 30 * seconds_per_day;
  return std::nullopt;
}

/// Returns the seconds by which a clock in a zone is ahead of UTC: "UTC", "Z", "+05:30", "-6", "0530".
std::optional<double> zone_seconds(Scanner& scan) {
  scan.skip(' ');
  const std::string_view zone = scan.rest();
  if (zone.empty() || zone == "UTC" || zone == "Z" || zone == "GMT") return 0;
  double sign = 1;
  if (scan.skip('-'))
    sign = -1;
  else
    scan.skip('+');
  const std::size_t before = scan.rest().size();
  int hours = 0, minutes = 0;
  if (!scan.number(hours) || hours < 0) return {};
  const std::size_t digits = before - scan.rest().size();
  if (scan.skip(':')) {
    if (!scan.number(minutes)) return {};
  } else if (digits > 2) {
    minutes = hours % 100;
    hours /= 100;
  }
  scan.skip(' ');
  if (!scan.rest().empty() || hours > 24 || minutes < 0 || minutes > 59) return {};
  return sign * (hours * 3600.0 + minutes * 60.0);
}

/// Returns the time of "1900-01-01", then perhaps " 00:00:00.0" or "T00:00Z" or "12:00 -6:00".
std::optional<double> parse_origin(Scanner& scan, Calendar calendar) {
  Date date;
  scan.skip(' ');
  const bool before_christ = scan.skip('-');
  if (!scan.number(date.year) || !scan.skip('-') || !scan.number(date.month) || !scan.skip('-') ||
      !scan.number(date.day))
    return {};
  if (before_christ) date.year = -date.year;
  const std::optional<std::int64_t> day = day_number(calendar, date);
  if (!day) return {};
  double seconds = static_cast<double>(*day) * seconds_per_day;
  scan.skip('T');
  scan.skip(' ');
  int hour = 0, minute = 0;
  double second = 0;
  if (scan.begins_with_digit() && scan.number(hour)) {
    if (scan.skip(':') && !scan.number(minute)) return {};
    if (scan.skip(':') && !scan.number(second)) return {};
    if (hour > 24 || minute < 0 || minute > 59 || !(second >= 0 && second < 61)) return {};
    seconds += hour * 3600.0 + minute * 60.0 + second;
  }
  const std::optional<double> zone = zone_seconds(scan);
  if (!zone) return {};
  return seconds - *zone;
}

/// Times beyond this many seconds are not written as dates.
constexpr double most_seconds = 1e15;

}  // namespace

std::optional<TimeUnits> parse_time_units(const TextArgument& units, const TextArgument& calendar_name) {
  const std::optional<Calendar> calendar = parse_calendar(calendar_name);
  if (!calendar) return std::nullopt;
  Scanner scan(units);
  const std::optional<double> unit = unit_seconds(lower_case(std::string(scan.word())), *calendar);
  if (!unit || lower_case(std::string(scan.word())) != "since") return std::nullopt;
  const std::optional<double> origin = parse_origin(scan, *calendar);
  if (!origin) return std::nullopt;
  return TimeUnits{*unit, *origin, *calendar};
}

std::optional<TimeUnits> time_units_of(const Coordinate& coordinate) {
  if (!coordinate) return std::nullopt;
  return parse_time_units(text_attribute(coordinate.attributes(), "units"),
                          text_attribute(coordinate.attributes(), "calendar"));
}

std::string time_text(double seconds, bool day_only) {
  return time_text({1, 0, Calendar::proleptic_gregorian}, seconds, day_only);
}

namespace {

/// Returns the text of a time that is a whole number of seconds.
std::string whole_time_text(Calendar calendar, std::int64_t seconds, bool day_only, bool with_seconds) {
  constexpr auto day_length = static_cast<std::int64_t>(seconds_per_day);
  const std::int64_t day = seconds / day_length - (seconds % day_length < 0 ? 1 : 0);
  const auto within = static_cast<int>(seconds - day * day_length);
  const Date date = date_of(calendar, day);
  char text[64];
  int length = std::snprintf(text, sizeof text, "%s%04lld-%02d-%02d", date.year < 0 ? "-" : "",
                             static_cast<long long>(std::abs(date.year)), date.month, date.day);
  if (!day_only)
    length += std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), " %02d:%02d", within / 3600,
                            within / 60 % 60);
  if (!day_only && (within % 60 != 0 || with_seconds))
    std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), ":%02d", within % 60);
  return text;
}

}  // namespace

std::string time_text(const TimeUnits& units, double number, bool day_only) {
  const double seconds = units.seconds(number);
  if (!(std::fabs(seconds) < most_seconds)) return "?";
  return whole_time_text(units.calendar, std::llround(seconds), day_only, false);
}

std::string exact_time_text(const TimeUnits& units, double number) {
  const double seconds = units.seconds(number);
  if (!(std::fabs(seconds) < most_seconds)) return "?";
  const double whole = std::floor(seconds);
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, "%.6f", seconds - whole);
  std::string digits = fraction + 1;  // without the 0
  if (fraction[0] == '1' || digits == ".000000") return time_text(units, number);
  digits.resize(digits.find_last_not_of('0') + 1);
  return whole_time_text(units.calendar, static_cast<std::int64_t>(whole), false, true) + digits;
}

double gregorian_seconds(const TimeUnits& units, double number) {
  const double seconds = units.seconds(number);
  if (!(std::fabs(seconds) < most_seconds)) return seconds;
  const double whole_days = std::floor(seconds / seconds_per_day);
  const auto number_of_day = static_cast<std::int64_t>(whole_days);
  const Date date = date_of(units.calendar, number_of_day);
  if (day_number(Calendar::proleptic_gregorian, date) == number_of_day) return seconds;
  // The time within the month, in seconds from its beginning.
  double in_month = (date.day - 1) * seconds_per_day + (seconds - whole_days * seconds_per_day);
  const int here = days_of_month(units.calendar, date.year, date.month);
  const int there = days_of_month(Calendar::proleptic_gregorian, date.year, date.month);
  if (here > there) in_month *= static_cast<double>(there) / here;
  const auto month = day_number(Calendar::proleptic_gregorian, {date.year, date.month, 1});
  return static_cast<double>(*month) * seconds_per_day + in_month;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
