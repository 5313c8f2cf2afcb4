// Fields and bins of times, held against cftime's and xarray's (time_fields.py).
#include "runtime/io/time_fields.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/caught.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Json = nlohmann::json;

const Json& recorded() {
  static const Json json = Json::parse(std::ifstream(CHUNKWISE_TESTS_DIR "/io/time_fields.json"));
  return json;
}

TEST(TimeFields, AreThoseOfCftimeInEachCalendar) {
  const std::vector<TimeField> all{TimeField::year,   TimeField::month,  TimeField::day,       TimeField::hour,
                                   TimeField::minute, TimeField::second, TimeField::dayofyear, TimeField::dayofweek};
  ASSERT_GT(recorded().at("fields").size(), 200U);
  for (const Json& one : recorded().at("fields")) {
    const auto units = parse_time_units(one.at(1).get<std::string>(), one.at(0).get<std::string>());
    ASSERT_TRUE(units) << one;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::int64_t wanted = one.at(3).at(i);
      if (wanted >= 0 || all[i] == TimeField::year) {
        EXPECT_EQ(field_of(*units, one.at(2), all[i]), wanted) << name_of(all[i]) << " of " << one;
      }
    }
  }
}

TEST(TimeFields, BinsAreThoseOfXarrayInEachCalendar) {
  ASSERT_GT(recorded().at("bins").size(), 80U);
  for (const Json& one : recorded().at("bins")) {
    const auto units = parse_time_units(one.at(1).get<std::string>(), one.at(0).get<std::string>());
    ASSERT_TRUE(units) << one;
    const auto numbers = one.at(2).get<std::vector<double>>();
    const TimeBins bins(*units, one.at(3).get<std::string>(), numbers.front());
    const std::int64_t first = bins.bin_of(numbers.front());
    std::vector<int> counts;
    for (const double number : numbers) {
      counts.resize(static_cast<std::size_t>(bins.bin_of(number) - first) + 1);
      ++counts.back();
    }
    EXPECT_EQ(counts, one.at(5).get<std::vector<int>>()) << one;
    for (std::size_t k = 0; k < one.at(4).size(); ++k)
      EXPECT_NEAR(bins.label_of(first + static_cast<std::int64_t>(k)), one.at(4).at(k).get<double>(), 1e-9) << one;
  }
}

TEST(TimeFields, SeasonsAndQuartersFollowTheMonths) {
  const TimeUnits days{86'400, 0, Calendar::noleap};  // since 1970-01-01
  const std::vector<int> middles{15, 46, 74, 105, 135, 166, 196, 227, 258, 288, 319, 349};
  std::string seasons, quarters;
  for (const int middle : middles) {
    seasons += std::to_string(field_of(days, middle, TimeField::season));
    quarters += std::to_string(field_of(days, middle, TimeField::quarter));
  }
  EXPECT_EQ(seasons, "002221113330");
  EXPECT_EQ(quarters, "111222333444");
}

TEST(TimeFields, NumbersThatAreNotExactAreRoundedToAMillisecond) {
  const TimeUnits days{86'400, 0, Calendar::standard};
  for (int hour = 0; hour < 24; ++hour) EXPECT_EQ(field_of(days, 16'000 + hour / 24.0, TimeField::hour), hour) << hour;
  EXPECT_EQ(field_of(days, -1 / 24.0, TimeField::hour), 23);
}

TEST(TimeFields, WhatIsNoTimeIsAnError) {
  const TimeUnits days{86'400, 0, Calendar::day_360};
  EXPECT_EQ(error_of([&] { (void)moment_of(days, std::numeric_limits<double>::quiet_NaN()); }).code,
            ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)moment_of(days, 1e300); }).code, ErrorCode::out_of_range);
  EXPECT_TRUE(error_of([&] { (void)field_of(days, 1, TimeField::dayofweek); }).says("no weeks"));
  for (const char* text : {"", "0D", "-1D", "1W", "D1", "month", "MS-JAN", "QS-JANUARY", "QS-", "2ME", "9999999999h"})
    EXPECT_EQ(error_of([&] { (void)TimeBins(days, text, 0); }).code, ErrorCode::invalid_argument) << text;
}

TEST(TimeFields, PeriodsAreReadAsFarAsTheyAreNamed) {
  const auto period = [](const char* text, Calendar calendar = Calendar::standard) {
    const auto found = parse_period(calendar, text);
    return found ? std::to_string(found->begin / 1000) + " " + std::to_string((found->end - found->begin) / 1000) +
                       " " + std::string(name_of(found->finest))
                 : "none";
  };
  EXPECT_EQ(period("1970"), "0 31536000 year");
  EXPECT_EQ(period("1972-02"), "65750400 2505600 month");
  EXPECT_EQ(period("1972-02", Calendar::day_360), "64800000 2592000 month");
  EXPECT_EQ(period("1970-01-02"), "86400 86400 day");
  EXPECT_EQ(period("1970-1-2"), "86400 86400 day");
  EXPECT_EQ(period("1970-01-02T06"), "108000 3600 hour");
  EXPECT_EQ(period("1970-01-02 06:30"), "109800 60 minute");
  EXPECT_EQ(period("1969-12-31T23:59:59"), "-1 1 second");
  for (const char* text : {"", "x", "1970-13", "1970-02-30", "1970-00", "1970-01-02T24", "1970-01-02T06:60", "1970-",
                           "1970--1", "1970-01-02T06:00:00Z", "1970 01", "19700101T", "1970-001"})
    EXPECT_EQ(period(text), "none") << text;
  EXPECT_EQ(period("1970-02-30", Calendar::day_360), "5097600 86400 day");
}

}  // namespace
}  // namespace chunkwise_test
