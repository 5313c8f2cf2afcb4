#include "chunkwise/io/calendar.hpp"

#include <array>
#include <string>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "runtime/core/lower_case.hpp"
#include "runtime/io/floor_divide.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// The first Gregorian day, 1582-10-15.
constexpr std::int64_t first_gregorian_day = -141427;

/// Returns the days before a date in a year that begins in March; months are counted from March, so that a leap day is
/// the last of its year.
constexpr std::int64_t day_in_year_from_march(int month, int day) {
  const int from_march = month > 2 ? month - 3 : month + 9;
  return (153 * from_march + 2) / 5 + day - 1;
}

/// Returns the leap days before the years from March: Gregorian, Julian.
constexpr std::int64_t leap_days(std::int64_t year, bool is_gregorian) {
  const std::int64_t julian = floor_divide(year, 4);
  return is_gregorian ? julian - floor_divide(year, 100) + floor_divide(year, 400) : julian;
}

/// 1970-01-01 as days from March 1 of the year 0: Gregorian, and the day that Julian names 1969-12-19.
constexpr std::int64_t gregorian_epoch = 719468;
constexpr std::int64_t julian_epoch = 719470;

constexpr std::int64_t number_of(const Date& date, bool is_gregorian) {
  const std::int64_t year = date.month > 2 ? date.year : date.year - 1;
  return 365 * year + leap_days(year, is_gregorian) + day_in_year_from_march(date.month, date.day) -
         (is_gregorian ? gregorian_epoch : julian_epoch);
}

constexpr Date date_of_number(std::int64_t number, bool is_gregorian) {
  std::int64_t days = number + (is_gregorian ? gregorian_epoch : julian_epoch);
  // The year is first taken a little too small, and then at most twice one more.
  std::int64_t year = is_gregorian ? floor_divide(days * 400, 146097) - 1 : floor_divide(days * 4, 1461) - 1;
  const auto begin = [&](std::int64_t y) { return 365 * y + leap_days(y, is_gregorian); };
  while (begin(year + 1) <= days) ++year;
  days -= begin(year);
  const auto from_march = static_cast<int>((5 * days + 2) / 153);
  const int day = static_cast<int>(days) - (153 * from_march + 2) / 5 + 1;
  const int month = from_march < 10 ? from_march + 3 : from_march - 9;
  return {month > 2 ? year : year + 1, month, day};
}

static_assert(number_of({1970, 1, 1}, true) == 0 && number_of({1969, 12, 19}, false) == 0);
static_assert(number_of({1582, 10, 15}, true) == first_gregorian_day);
static_assert(number_of({1582, 10, 5}, false) == first_gregorian_day);
static_assert(date_of_number(number_of({2000, 2, 29}, true), true) == Date{2000, 2, 29});

bool is_leap(Calendar calendar, std::int64_t year) {
  const bool is_julian_leap = year % 4 == 0;
  const bool is_gregorian_leap = is_julian_leap && (year % 100 != 0 || year % 400 == 0);
  switch (calendar) {
    case Calendar::standard:
      return year <= 1582 ? is_julian_leap : is_gregorian_leap;
    case Calendar::proleptic_gregorian:
      return is_gregorian_leap;
    case Calendar::julian:
      return is_julian_leap;
    default:
      return calendar == Calendar::all_leap;
  }
}

constexpr std::array<int, 12> month_lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

/// Returns the days in each year of a model's calendar.
std::int64_t year_length(Calendar calendar) {
  return calendar == Calendar::day_360 ? 360 : calendar == Calendar::all_leap ? 366 : 365;
}

}  // namespace

std::optional<Calendar> parse_calendar(const TextArgument& name) {
  const std::string lower = lower_case(std::string(name));
  constexpr std::array<std::pair<std::string_view, Calendar>, 10> names{
      {{"", Calendar::standard},
       {"standard", Calendar::standard},
       {"gregorian", Calendar::standard},
       {"proleptic_gregorian", Calendar::proleptic_gregorian},
       {"julian", Calendar::julian},
       {"noleap", Calendar::noleap},
       {"365_day", Calendar::noleap},
       {"all_leap", Calendar::all_leap},
       {"366_day", Calendar::all_leap},
       {"360_day", Calendar::day_360}}};
  for (const auto& [known, calendar] : names)
    if (lower == known) return calendar;
  return std::nullopt;
}

int days_of_month(Calendar calendar, std::int64_t year, int month) {
  if (month < 1 || month > 12) return 0;
  if (calendar == Calendar::day_360) return 30;
  return month_lengths[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap(calendar, year) ? 1 : 0);
}

std::optional<std::int64_t> day_number(Calendar calendar, const Date& date) {
  constexpr std::int64_t most_years = 1'000'000'000;
  if (date.month < 1 || date.month > 12 || date.year < -most_years || date.year > most_years) return std::nullopt;
  if (date.day < 1 || date.day > days_of_month(calendar, date.year, date.month)) return std::nullopt;
  switch (calendar) {
    case Calendar::standard: {
      const std::int64_t gregorian = number_of(date, true);
      if (gregorian >= first_gregorian_day) return gregorian;
      const std::int64_t julian = number_of(date, false);
      if (julian >= first_gregorian_day) return std::nullopt;
      return julian;
    }
    case Calendar::proleptic_gregorian:
      return number_of(date, true);
    case Calendar::julian:
      return number_of(date, false);
    default:
      break;
  }
  std::int64_t number = (date.year - 1970) * year_length(calendar) + date.day - 1;
  for (int month = 1; month < date.month; ++month) number += days_of_month(calendar, date.year, month);
  return number;
}

Date date_of(Calendar calendar, std::int64_t number) {
  constexpr std::int64_t most_days = 1'000'000'000'000'000;
  if (number < -most_days || number > most_days)
    throw Error(ErrorCode::out_of_range, "day " + std::to_string(number) + " has no date here; at most 10**15 have");
  switch (calendar) {
    case Calendar::standard:
      return date_of_number(number, number >= first_gregorian_day);
    case Calendar::proleptic_gregorian:
      return date_of_number(number, true);
    case Calendar::julian:
      return date_of_number(number, false);
    default:
      break;
  }
  const std::int64_t years = floor_divide(number, year_length(calendar));
  Date date{1970 + years, 1, 1};
  std::int64_t day = number - years * year_length(calendar);
  for (; day >= days_of_month(calendar, date.year, date.month); ++date.month)
    day -= days_of_month(calendar, date.year, date.month);
  date.day = static_cast<int>(day) + 1;
  return date;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
