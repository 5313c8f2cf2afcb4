#pragma once
/// Calendars of the CF conventions: the days that there are, and how many lie between two of them. Times with units are
/// in io/cf_time.hpp.
#include <cstdint>
#include <optional>
#include <string_view>

#include "chunkwise/core/config.hpp"
#include "chunkwise/core/text_argument.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A calendar. The first three name the days of the world; the others are those of models, whose years have 365, 366 or
/// 360 days each.
enum class Calendar {
  standard,             ///< Julian up to 1582-10-04, Gregorian from the next day, 1582-10-15
  proleptic_gregorian,  ///< Gregorian also before
  julian,
  noleap,
  all_leap,
  day_360,  ///< twelve months of 30 days
};

/// Returns the calendar of a name, in capitals or not: standard, gregorian or none, proleptic_gregorian, julian, noleap
/// or 365_day, all_leap or 366_day, 360_day. None for other names.
[[nodiscard]] std::optional<Calendar> parse_calendar(const TextArgument& name);

/// Returns true for calendars that name the days of the world: the same day has a name in each of them.
[[nodiscard]] constexpr bool has_days_of_the_world(Calendar calendar) { return calendar <= Calendar::julian; }

/// A day's name. Years are counted with a year 0, the one before the year 1, in every calendar.
struct Date {
  std::int64_t year = 1970;  ///< 0 is the year before 1
  int month = 1;             ///< from 1 to 12
  int day = 1;               ///< from 1 on
  bool operator==(const Date&) const = default;
};

/// Returns how many days a month has, counted from 1; 31 for the October of 1582 in Calendar::standard, which lacks ten
/// of them. 0 for a month that no year has.
[[nodiscard]] int days_of_month(Calendar calendar, std::int64_t year, int month);

/// Returns the number of a day: 0 is 1970-01-01, of the Gregorian calendar for days of the world, else of the calendar
/// itself. None for a day that the calendar lacks: a month 13, February 30, October 10 of 1582 in Calendar::standard.
///
///   day_number(Calendar::standard, {1582, 10, 15})  // -141427, the day after 1582-10-04
[[nodiscard]] std::optional<std::int64_t> day_number(Calendar calendar, const Date& date);

/// Returns the day of a number, for numbers of at most 10^15.
[[nodiscard]] Date date_of(Calendar calendar, std::int64_t number);

}  // namespace chunkwise::inline CHUNKWISE_ABI
