#pragma once
/// Times as files write them, "hours since 1900-01-01 00:00", made into times that people read.
#include <optional>
#include <string>
#include <string_view>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// What the numbers of a time coordinate mean: number * seconds_per_unit + origin is seconds since 1970-01-01 00:00
/// UTC, in the Gregorian calendar without leap seconds.
struct TimeUnits {
  double seconds_per_unit = 1;
  double origin = 0;
  [[nodiscard]] double seconds(double number) const { return number * seconds_per_unit + origin; }
};

/// Reads units such as "hours since 1900-01-01 00:00:00.0" or "days since 2000-1-1"; seconds, minutes, hours and days
/// are known. None for other texts, and for calendars other than the Gregorian (standard, gregorian,
/// proleptic_gregorian, or empty), whose days are not those of the world.
[[nodiscard]] std::optional<TimeUnits> parse_time_units(std::string_view units, std::string_view calendar = {});

/// The units of a coordinate, by its attributes.
[[nodiscard]] std::optional<TimeUnits> time_units_of(const Coordinate& coordinate);

/// "2015-01-18 06:00", with seconds where there are any; the date alone with `day_only`.
[[nodiscard]] std::string time_text(double seconds, bool day_only = false);

}  // namespace chunkwise::inline CHUNKWISE_ABI
