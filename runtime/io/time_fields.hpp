#pragma once
/// Fields of times, such as the month, and bins of time, such as all of a day. Times are numbers with units
/// (io/cf_time.hpp), in each calendar of the CF conventions.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chunkwise/io/cf_time.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A part of a time, as xarray's `time.dt` names it.
enum class TimeField : std::uint8_t {
  year,
  month,      ///< 1 to 12
  day,        ///< of the month, from 1
  hour,       ///< 0 to 23
  minute,     ///< 0 to 59
  second,     ///< 0 to 59
  dayofyear,  ///< from 1
  dayofweek,  ///< Monday is 0
  quarter,    ///< 1 to 4
  season,     ///< 0 is December to February, 1 June to August, 2 March to May, 3 September to November: in the order of
              ///< their names DJF, JJA, MAM, SON
};

/// Returns the field of a name, such as "month" or "weekday"; none for other names.
[[nodiscard]] std::optional<TimeField> time_field(std::string_view name);
[[nodiscard]] std::string_view name_of(TimeField field);
/// Returns the names of all fields: "year, month, ...".
[[nodiscard]] std::string time_field_names();

/// A time in a calendar: a day and milliseconds within it.
struct Moment {
  std::int64_t day = 0;  ///< as day_number counts
  std::int64_t milliseconds = 0;
};

/// Returns the time of a number, rounded to a millisecond: numbers such as days in float64 are not exact. Throws
/// out_of_range for NaN, and for a number more than 30 million years away.
[[nodiscard]] Moment moment_of(const TimeUnits& units, double number);
/// Returns the number of a time.
[[nodiscard]] double number_of(const TimeUnits& units, const Moment& moment);

/// Returns the milliseconds of a time from the begin of day 0.
[[nodiscard]] std::int64_t milliseconds_of(const Moment& moment);

/// The time that a text such as "2014-02" stands for.
struct Period {
  std::int64_t begin = 0;                ///< in milliseconds_of
  std::int64_t end = 0;                  ///< behind the last of it
  TimeField finest = TimeField::second;  ///< the last that the text names
};
/// Returns the year, month, day, hour, minute or second of a text: "2014", "2014-02", "2014-02-11", "2014-02-11T06" (or
/// with a blank), "2014-02-11T06:30", "2014-02-11T06:30:00". None for other texts, and for days that the calendar
/// lacks.
[[nodiscard]] std::optional<Period> parse_period(Calendar calendar, std::string_view text);

/// Returns a field of the time of a number. Throws as moment_of, and invalid_argument for the day of a week in a
/// calendar without weeks.
[[nodiscard]] std::int64_t field_of(const TimeUnits& units, double number, TimeField field);

/// Bins of equal length: so many milliseconds, or so many months of a calendar.
class TimeBins {
 public:
  /// Reads a frequency of pandas: a number, which may be left out, and `s`, `min`, `h` or `D`, `MS` or `ME` (months),
  /// `QS` or `QE` (quarters), `YS` or `YE` (years), the latter with a month, as in `QS-DEC` and `YS-JUL`. The names
  /// `S`, `T`, `H`, `M`, `Q`, `A`, `AS` and `Y` of earlier versions are known. Bin 0 begins with the midnight before
  /// `first`, or with its month, quarter or year. Throws invalid_argument for other texts.
  TimeBins(const TimeUnits& units, std::string_view frequency, double first);

  /// Returns the number of the bin of a time.
  [[nodiscard]] std::int64_t bin_of(double number) const;
  /// Returns the time that names a bin: its begin, or the last day of its last month for ME, QE and YE.
  [[nodiscard]] double label_of(std::int64_t bin) const;

 private:
  TimeUnits units_;
  std::int64_t milliseconds_ = 0;  ///< length of a bin, or 0:
  std::int64_t months_ = 0;        ///< months of a bin
  bool at_end_ = false;
  Moment begin_;                  ///< of the first bin, if its length is in milliseconds
  std::int64_t first_month_ = 0;  ///< of the first bin, if its length is in months; counted from the year 0
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
