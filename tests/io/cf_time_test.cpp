#include "chunkwise/io/cf_time.hpp"

#include <gtest/gtest.h>

namespace {

namespace cw = chunkwise;

std::string at(double number, const char* units, const char* calendar = "") {
  const auto parsed = cw::parse_time_units(units, calendar);
  return parsed ? cw::time_text(parsed->seconds(number)) : "none";
}

TEST(CfTime, UnitsAndOriginsAreRead) {
  EXPECT_EQ(at(1008072, "hours since 1900-01-01 00:00:00.0", "gregorian"), "2015-01-01 00:00");
  EXPECT_EQ(at(0, "days since 2000-2-29"), "2000-02-29 00:00");
  EXPECT_EQ(at(366, "days since 2000-01-01T06:30Z"), "2001-01-01 06:30");
  EXPECT_EQ(at(90, "seconds since 1969-12-31 23:59"), "1970-01-01 00:00:30");
  EXPECT_EQ(at(0.5, "days since 1582-10-15", "proleptic_gregorian"), "1582-10-15 12:00");
  EXPECT_EQ(at(-1, "minutes since 1970-01-01 00:00 UTC"), "1969-12-31 23:59");
}

TEST(CfTime, WhatIsNoTimeOfTheWorldIsNone) {
  EXPECT_EQ(at(0, "K"), "none");
  EXPECT_EQ(at(0, "months since 2000-01-01"), "none");
  EXPECT_EQ(at(0, "days since 2000-13-01"), "none");
  EXPECT_EQ(at(0, "days since"), "none");
  EXPECT_EQ(at(0, "days since 2000-01-01", "360_day"), "none");
  EXPECT_EQ(at(0, "hours since 2000-01-01 00:00 +05:30"), "none");
  EXPECT_FALSE(cw::time_units_of(cw::Coordinate()));
}

TEST(CfTime, ADayCanStandAlone) {
  EXPECT_EQ(cw::time_text(86400 * 365, true), "1971-01-01");
  EXPECT_EQ(cw::time_text(1e300), "?");
}

}  // namespace
