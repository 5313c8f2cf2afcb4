#include "chunkwise/io/cf_time.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <variant>

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
  [[nodiscard]] std::string_view rest() const { return text_; }

 private:
  std::string_view take(std::size_t length) {
    const std::string_view taken = text_.substr(0, length);
    text_.remove_prefix(length);
    return taken;
  }
  std::string_view text_;
};

std::optional<double> unit_seconds(std::string_view unit) {
  for (const std::string_view name : {"second", "seconds", "sec", "secs", "s"})
    if (unit == name) return 1;
  for (const std::string_view name : {"minute", "minutes", "min", "mins"})
    if (unit == name) return 60;
  for (const std::string_view name : {"hour", "hours", "hr", "hrs", "h"})
    if (unit == name) return 3600;
  for (const std::string_view name : {"day", "days", "d"})
    if (unit == name) return seconds_per_day;
  return std::nullopt;
}

/// "1900-01-01", then perhaps " 00:00:00.0" or "T00:00Z".
std::optional<double> parse_origin(Scanner& scan) {
  int year = 0, month = 0, day = 0;
  scan.skip(' ');
  if (!scan.number(year) || !scan.skip('-') || !scan.number(month) || !scan.skip('-') || !scan.number(day)) return {};
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (month < 1 || day < 1 || !date.ok()) return {};
  double seconds = static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count()) * seconds_per_day;
  scan.skip('T');
  scan.skip(' ');
  int hour = 0, minute = 0;
  double second = 0;
  if (scan.number(hour)) {
    if (scan.skip(':') && !scan.number(minute)) return {};
    if (scan.skip(':') && !scan.number(second)) return {};
    seconds += hour * 3600.0 + minute * 60.0 + second;
  }
  // Zones other than UTC are rare, and no reason to be wrong by hours.
  scan.skip(' ');
  const std::string_view zone = scan.rest();
  if (!zone.empty() && zone != "UTC" && zone != "Z" && zone != "GMT" && zone != "+00:00" && zone != "00:00") return {};
  return seconds;
}

std::string text_of(const Attributes& attributes, std::string_view name) {
  for (const Attribute& attribute : attributes)
    if (attribute.name == name)
      if (const auto* text = std::get_if<std::string>(&attribute.value)) return *text;
  return {};
}

}  // namespace

std::optional<TimeUnits> parse_time_units(std::string_view units, std::string_view calendar) {
  if (!calendar.empty() && calendar != "standard" && calendar != "gregorian" && calendar != "proleptic_gregorian")
    return std::nullopt;
  Scanner scan(units);
  const std::optional<double> unit = unit_seconds(scan.word());
  if (!unit || scan.word() != "since") return std::nullopt;
  const std::optional<double> origin = parse_origin(scan);
  if (!origin) return std::nullopt;
  return TimeUnits{*unit, *origin};
}

std::optional<TimeUnits> time_units_of(const Coordinate& coordinate) {
  if (!coordinate) return std::nullopt;
  return parse_time_units(text_of(coordinate.attributes(), "units"), text_of(coordinate.attributes(), "calendar"));
}

std::string time_text(double seconds, bool day_only) {
  if (!(std::fabs(seconds) < 1e12)) return "?";
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  const std::chrono::sys_seconds time{std::chrono::seconds(whole)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto within = static_cast<int>((time - day).count());
  char text[64];
  int length = std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                             static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  if (!day_only)
    length += std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), " %02d:%02d", within / 3600,
                            within / 60 % 60);
  if (!day_only && within % 60 != 0)
    std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), ":%02d", within % 60);
  return text;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
