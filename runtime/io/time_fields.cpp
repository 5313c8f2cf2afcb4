#include "runtime/io/time_fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "runtime/io/floor_divide.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr std::int64_t second = 1000;
constexpr std::int64_t day = 86'400 * second;
/// The farthest time in seconds, as in cf_time.hpp for texts.
constexpr double farthest = 1e15;

constexpr std::array<std::pair<std::string_view, TimeField>, 12> fields{{
    {"year", TimeField::year},
    {"month", TimeField::month},
    {"day", TimeField::day},
    {"hour", TimeField::hour},
    {"minute", TimeField::minute},
    {"second", TimeField::second},
    {"dayofyear", TimeField::dayofyear},
    {"dayofweek", TimeField::dayofweek},
    {"quarter", TimeField::quarter},
    {"season", TimeField::season},
    // Other names of some fields.
    {"weekday", TimeField::dayofweek},
    {"day_of_year", TimeField::dayofyear},
}};

constexpr std::array<std::string_view, 12> months{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                  "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

/// Returns the months from the beginning of the year 0.
std::int64_t month_number(const Date& date) { return date.year * 12 + date.month - 1; }
Date first_day(std::int64_t month) {
  return {floor_divide(month, 12), static_cast<int>(floor_remainder(month, 12)) + 1, 1};
}

std::int64_t season_of(int month) {
  switch (month % 12 / 3) {
    case 0:
      return 0;
    case 1:
      return 2;
    case 2:
      return 1;
    default:
      return 3;
  }
}

/// A frequency of pandas: a number of units.
struct Frequency {
  std::int64_t milliseconds = 0;  ///< of the unit, or 0:
  std::int64_t months = 0;        ///< of the unit
  std::int64_t anchor = 0;        ///< the month of the year, from 0, with which a unit begins
  bool at_end = false;
  std::int64_t count = 1;
};

[[noreturn]] void refuse(std::string_view frequency) {
  throw Error(ErrorCode::invalid_argument,
              "resample: '" + std::string(frequency) +
                  "' is no frequency; a frequency is a number and s, min, h, D, MS, QS, YS (months, quarters, years by "
                  "their first day), ME, QE or YE (by their last): '6h', '1D', 'MS', 'QS-DEC', '10YS'; a week is '7D'");
}

Frequency parse(std::string_view text) {
  Frequency result;
  std::string_view unit = text;
  if (!unit.empty() && unit[0] >= '0' && unit[0] <= '9') {
    const auto [stop, error] = std::from_chars(unit.data(), unit.data() + unit.size(), result.count);
    if (error != std::errc{} || result.count < 1 || result.count > 1'000'000) refuse(text);
    unit.remove_prefix(static_cast<std::size_t>(stop - unit.data()));
  }
  std::string_view anchor;
  if (const std::size_t dash = unit.find('-'); dash != std::string_view::npos) {
    anchor = unit.substr(dash + 1);
    unit = unit.substr(0, dash);
    if (anchor.empty()) refuse(text);
  }
  const auto is = [unit](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, unit) != names.end();
  };
  if (is({"s", "S"}))
    result.milliseconds = second;
  else if (is({"min", "T"}))
    result.milliseconds = 60 * second;
  else if (is({"h", "H"}))
    result.milliseconds = 3600 * second;
  else if (is({"D"}))
    result.milliseconds = day;
  else if (is({"MS", "M", "ME"}))
    result.months = 1;
  else if (is({"QS", "Q", "QE"}))
    result.months = 3;
  else if (is({"YS", "AS", "Y", "A", "YE"}))
    result.months = 12;
  else
    refuse(text);
  result.at_end = is({"M", "ME", "Q", "QE", "Y", "A", "YE"});
  if (!anchor.empty()) {
    const auto month = std::ranges::find(months, anchor);
    if (result.months < 3 || month == months.end()) refuse(text);
    // A year that ends with June begins with July.
    result.anchor = (month - months.begin() + (result.at_end ? 1 : 0)) % result.months;
  }
  // Of several units, pandas begins one unit before the first.
  if (result.at_end && result.count > 1) refuse(text);
  return result;
}

}  // namespace

std::optional<TimeField> time_field(std::string_view name) {
  for (const auto& [known, field] : fields)
    if (known == name) return field;
  return std::nullopt;
}

std::string_view name_of(TimeField field) {
  for (const auto& [known, own] : fields)
    if (own == field) return known;
  return {};
}

std::string time_field_names() {
  std::string all;
  for (const auto& [name, field] : fields)
    if (name == name_of(field)) all += (all.empty() ? "" : ", ") + std::string(name);
  return all;
}

Moment moment_of(const TimeUnits& units, double number) {
  const double seconds = units.seconds(number);
  if (!(std::abs(seconds) <= farthest))
    throw Error(ErrorCode::out_of_range, "a time of " + std::to_string(number) + " has no date");
  const std::int64_t all = std::llround(seconds * 1000);
  return {floor_divide(all, day), floor_remainder(all, day)};
}

double number_of(const TimeUnits& units, const Moment& moment) {
  const double seconds =
      static_cast<double>(moment.day) * 86'400 + static_cast<double>(moment.milliseconds) / 1000 - units.origin;
  return seconds / units.seconds_per_unit;
}

std::int64_t milliseconds_of(const Moment& moment) { return moment.day * day + moment.milliseconds; }

std::optional<Period> parse_period(Calendar calendar, std::string_view text) {
  // Numbers between the expected signs; the first may have a minus.
  constexpr std::array<std::pair<std::string_view, std::size_t>, 6> parts{
      {{"", 0}, {"-", 2}, {"-", 2}, {"T ", 2}, {":", 2}, {":", 2}}};
  std::array<std::int64_t, 6> numbers{1, 1, 1, 0, 0, 0};
  std::size_t count = 0;
  while (count < parts.size() && (count == 0 || !text.empty())) {
    const auto& [signs, digits] = parts[count];
    if (!signs.empty()) {
      if (signs.find(text.front()) == std::string_view::npos) return std::nullopt;
      text.remove_prefix(1);
      if (text.empty() || text.front() == '-') return std::nullopt;
    }
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), numbers[count]);
    const auto length = static_cast<std::size_t>(stop - text.data());
    if (error != std::errc{} || (digits > 0 && length > digits)) return std::nullopt;
    text.remove_prefix(length);
    ++count;
  }
  if (!text.empty() || std::abs(numbers[0]) > 1'000'000 || numbers[1] < 1 || numbers[1] > 12) return std::nullopt;
  if (numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 59) return std::nullopt;
  const auto first = [calendar](const Date& date) { return day_number(calendar, date); };
  const Date date{numbers[0], static_cast<int>(numbers[1]), static_cast<int>(numbers[2])};
  const std::optional<std::int64_t> begin = first(date);
  if (!begin) return std::nullopt;
  constexpr std::array finest{TimeField::year, TimeField::month,  TimeField::day,
                              TimeField::hour, TimeField::minute, TimeField::second};
  Period period;
  period.finest = finest[count - 1];
  period.begin = *begin * day + ((numbers[3] * 60 + numbers[4]) * 60 + numbers[5]) * second;
  switch (period.finest) {
    case TimeField::year:
    case TimeField::month: {
      const std::optional<std::int64_t> next =
          first(first_day(month_number(date) + (period.finest == TimeField::year ? 12 : 1)));
      if (!next) return std::nullopt;
      period.end = *next * day;
      break;
    }
    case TimeField::day:
      period.end = period.begin + day;
      break;
    case TimeField::hour:
      period.end = period.begin + 3600 * second;
      break;
    case TimeField::minute:
      period.end = period.begin + 60 * second;
      break;
    default:
      period.end = period.begin + second;
  }
  return period;
}

std::int64_t field_of(const TimeUnits& units, double number, TimeField field) {
  const Moment moment = moment_of(units, number);
  switch (field) {
    case TimeField::hour:
      return moment.milliseconds / (3600 * second);
    case TimeField::minute:
      return moment.milliseconds / (60 * second) % 60;
    case TimeField::second:
      return moment.milliseconds / second % 60;
    case TimeField::dayofweek:
      if (!has_days_of_the_world(units.calendar))
        throw Error(ErrorCode::invalid_argument, "a calendar of model years has no weeks, so no day of the week");
      return floor_remainder(moment.day + 3, 7);  // 1970-01-01 was a Thursday
    default:
      break;
  }
  const Date date = date_of(units.calendar, moment.day);
  switch (field) {
    case TimeField::year:
      return date.year;
    case TimeField::month:
      return date.month;
    case TimeField::day:
      return date.day;
    case TimeField::quarter:
      return (date.month - 1) / 3 + 1;
    case TimeField::season:
      return season_of(date.month);
    default:
      return moment.day - day_number(units.calendar, {date.year, 1, 1}).value_or(moment.day) + 1;
  }
}

TimeBins::TimeBins(const TimeUnits& units, std::string_view frequency, double first) : units_(units) {
  const Frequency parsed = parse(frequency);
  milliseconds_ = parsed.milliseconds * parsed.count;
  months_ = parsed.months * parsed.count;
  at_end_ = parsed.at_end;
  begin_ = {moment_of(units, first).day, 0};
  const std::int64_t month = month_number(date_of(units.calendar, begin_.day));
  if (parsed.months > 0) first_month_ = month - floor_remainder(month - parsed.anchor, parsed.months);
}

std::int64_t TimeBins::bin_of(double number) const {
  const Moment moment = moment_of(units_, number);
  if (months_ > 0) return floor_divide(month_number(date_of(units_.calendar, moment.day)) - first_month_, months_);
  return floor_divide((moment.day - begin_.day) * day + moment.milliseconds, milliseconds_);
}

double TimeBins::label_of(std::int64_t bin) const {
  if (months_ == 0) {
    const std::int64_t all = bin * milliseconds_;
    return number_of(units_, {begin_.day + floor_divide(all, day), floor_remainder(all, day)});
  }
  const std::int64_t month = first_month_ + (at_end_ ? bin + 1 : bin) * months_;
  const std::optional<std::int64_t> begin = day_number(units_.calendar, first_day(month));
  if (!begin) throw Error(ErrorCode::out_of_range, "a month whose first day no calendar has");
  return number_of(units_, {*begin - (at_end_ ? 1 : 0), 0});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
