#include "chunkwise/io/cf_time.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "chunkwise/core/error.hpp"

namespace {

namespace cw = chunkwise;

std::string at(double number, const char* units, const char* calendar = "") {
  const auto parsed = cw::parse_time_units(units, calendar);
  return parsed ? cw::time_text(*parsed, number) : "none";
}

TEST(CfTime, UnitsAndOriginsAreRead) {
  EXPECT_EQ(at(1008072, "hours since 1900-01-01 00:00:00.0", "gregorian"), "2015-01-01 00:00");
  EXPECT_EQ(at(0, "days since 2000-2-29"), "2000-02-29 00:00");
  EXPECT_EQ(at(366, "days since 2000-01-01T06:30Z"), "2001-01-01 06:30");
  EXPECT_EQ(at(90, "seconds since 1969-12-31 23:59"), "1970-01-01 00:00:30");
  EXPECT_EQ(at(0.5, "days since 1582-10-15", "proleptic_gregorian"), "1582-10-15 12:00");
  EXPECT_EQ(at(-1, "minutes since 1970-01-01 00:00 UTC"), "1969-12-31 23:59");
}

TEST(CfTime, PartsOfSecondsAreUnits) {
  const auto second_of = [](const std::string& unit) {
    const auto parsed = cw::parse_time_units(unit + " since 1970-01-01");
    return parsed ? parsed->seconds_per_unit : 0;
  };
  for (const char* unit : {"nanoseconds", "nanosecond", "Nanoseconds", "nsec", "ns"}) EXPECT_EQ(second_of(unit), 1e-9);
  for (const char* unit : {"microseconds", "microsecond", "usec", "us", "\u00b5s", "\u03bcs"})
    EXPECT_EQ(second_of(unit), 1e-6) << unit;
  for (const char* unit : {"milliseconds", "millisecond", "msec", "ms"}) EXPECT_EQ(second_of(unit), 1e-3);
  EXPECT_EQ(second_of("ps"), 0);
  EXPECT_EQ(at(1.7e18, "nanoseconds since 1970-01-01"), "2023-11-14 22:13:20");
}

TEST(CfTime, WhatIsNoTimeOfTheWorldIsNone) {
  EXPECT_EQ(at(0, "K"), "none");
  EXPECT_EQ(at(0, "months since 2000-01-01"), "none");
  EXPECT_EQ(at(0, "days since 2000-13-01"), "none");
  EXPECT_EQ(at(0, "days since"), "none");
  EXPECT_EQ(at(0, "days since 2000-01-01", "none"), "none");
  EXPECT_EQ(at(0, "days since 1582-10-10"), "none");
  EXPECT_EQ(at(0, "days since 2001-02-29", "noleap"), "none");
  EXPECT_FALSE(cw::time_units_of(cw::Coordinate()));
}

TEST(CfTime, TheDefaultCalendarIsJulianBeforeTheReform) {
  EXPECT_EQ(at(17435256, "hours since 1-1-1 00:00:0.0"), "1990-01-01 00:00");
  EXPECT_EQ(at(0, "days since 1582-10-15"), "1582-10-15 00:00");
  EXPECT_EQ(at(-1, "days since 1582-10-15", "gregorian"), "1582-10-04 00:00");
  EXPECT_EQ(at(-1, "days since 1582-10-15", "proleptic_gregorian"), "1582-10-14 00:00");
  EXPECT_EQ(at(1, "days since 1500-02-28", "standard"), "1500-02-29 00:00");
  EXPECT_EQ(at(700000, "days since 1-1-1", "standard"), "1917-07-14 00:00");
  EXPECT_EQ(at(700000, "days since 1-1-1", "proleptic_gregorian"), "1917-07-16 00:00");
}

TEST(CfTime, CalendarsOfModelsHaveDatesOfTheirOwn) {
  EXPECT_EQ(at(59, "days since 2000-01-01", "360_day"), "2000-02-30 00:00");
  EXPECT_EQ(at(1.5, "months since 2000-01-01", "360_day"), "2000-02-16 00:00");
  EXPECT_EQ(at(59, "days since 2000-01-01", "noleap"), "2000-03-01 00:00");
  EXPECT_EQ(at(59, "days since 2001-01-01", "366_day"), "2001-02-29 00:00");
  EXPECT_EQ(at(0, "days since 1969-12-19", "julian"), "1969-12-19 00:00");
  const auto julian = cw::parse_time_units("days since 1969-12-19", "julian");
  EXPECT_EQ(julian->seconds(0), 0);
  const auto model = cw::parse_time_units("days since 2000-01-01", "360_day");
  EXPECT_EQ(cw::time_text(cw::gregorian_seconds(*model, 60)), "2000-03-01 00:00");
}

TEST(CfTime, ZonesAreTakenOff) {
  EXPECT_EQ(at(0, "hours since 2000-01-01 00:00 +05:30"), "1999-12-31 18:30");
  EXPECT_EQ(at(0, "Hours since 2000-01-01 00:00:00 -6:00"), "2000-01-01 06:00");
}

TEST(CfTime, ADayCanStandAlone) {
  EXPECT_EQ(cw::time_text(86400 * 365, true), "1971-01-01");
  EXPECT_EQ(cw::time_text(1e300), "?");
}

TEST(CfTime, FractionsOfSecondsAreInMessages) {
  const auto exact = [](const char* units, double number) {
    return cw::exact_time_text(*cw::parse_time_units(units), number);
  };
  EXPECT_EQ(exact("seconds since 2000-01-01", 0.25), "2000-01-01 00:00:00.25");
  EXPECT_EQ(exact("milliseconds since 2000-01-01", -1), "1999-12-31 23:59:59.999");
  EXPECT_EQ(exact("seconds since 2000-01-01", 59.9999999), "2000-01-01 00:01");
  EXPECT_EQ(exact("hours since 2000-01-01", 6), "2000-01-01 06:00");
  EXPECT_EQ(exact("hours since 2000-01-01", 1.0 / 3), "2000-01-01 00:20");
  EXPECT_EQ(exact("seconds since 2000-01-01", 1e300), "?");
}

TEST(CfTime, DaysBeyondAnyDateAreAnError) {
  for (const std::int64_t day : {std::int64_t{1} << 62, std::numeric_limits<std::int64_t>::min()})
    EXPECT_THROW((void)cw::date_of(cw::Calendar::standard, day), cw::Error);
}

TEST(CfTime, AMonthThatNoYearHasHasNoDays) {
  for (const cw::Calendar calendar : {cw::Calendar::standard, cw::Calendar::day_360})
    for (const int month : {0, 13, -1}) EXPECT_EQ(cw::days_of_month(calendar, 2000, month), 0);
}

}  // namespace
