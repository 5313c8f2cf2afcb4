#pragma once
/// Times as files write them, "hours since 1900-01-01 00:00", made into times that people read. Calendars are in
/// io/calendar.hpp.
#include <optional>
#include <string>
#include <string_view>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/io/calendar.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The meaning of the numbers of a time coordinate: number * seconds_per_unit + origin is seconds since 1970-01-01
/// 00:00 UTC, without leap seconds. In a calendar whose days are not the world's it is seconds since that calendar's
/// 1970-01-01.
struct TimeUnits {
  double seconds_per_unit = 1;
  double origin = 0;
  Calendar calendar = Calendar::standard;
  [[nodiscard]] double seconds(double number) const { return number * seconds_per_unit + origin; }
};

/// Returns the meaning of units such as "hours since 1900-01-01 00:00:00.0", "days since 2000-1-1" or "seconds since
/// 1970-01-01T00:00:00 -6:00". Nanoseconds to days are known, in Calendar::day_360 months too. None for other texts,
/// for days that the calendar lacks, and for calendars that parse_calendar does not know.
[[nodiscard]] std::optional<TimeUnits> parse_time_units(const TextArgument& units, const TextArgument& calendar = {});

/// Returns the time units of a coordinate, by its attributes.
[[nodiscard]] std::optional<TimeUnits> time_units_of(const Coordinate& coordinate);

/// Returns "2015-01-18 06:00", with seconds if there are any; the date alone with `day_only`. The date is Gregorian.
[[nodiscard]] std::string time_text(double seconds, bool day_only = false);
/// Returns the same text for a number that is counted in `units`, in their calendar: "0850-02-30 12:00" of
/// Calendar::day_360.
[[nodiscard]] std::string time_text(const TimeUnits& units, double number, bool day_only = false);
/// Returns that text with the fraction of a second, to a microsecond, if there is any: "2015-01-18 06:00:00.25". For
/// messages about times that differ.
[[nodiscard]] std::string exact_time_text(const TimeUnits& units, double number);

/// Returns the seconds since 1970 at which the Gregorian calendar, also before 1582, names the time as the calendar of
/// `units` does: a place on an axis whose dates are Gregorian. Days of a month that is longer in `units` lie closer
/// together.
[[nodiscard]] double gregorian_seconds(const TimeUnits& units, double number);

}  // namespace chunkwise::inline CHUNKWISE_ABI
