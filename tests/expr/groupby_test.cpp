// groupby, resample and coarsen: which groups they make of an array's coordinates, and what the results are called.
#include "chunkwise/expr/groupby.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

/// 0, 1, 2, ... at these times, in two columns.
auto at_times(const Numbers& times, const std::string& units, const std::string& calendar = "standard") {
  const auto count = static_cast<std::int64_t>(times.size());
  return counting<double, 2>({count, 2}, {3, 2})
      .with_labels(Labels({"time", "x"}, {Coordinate(times, {{"units", units}, {"calendar", calendar}}), Coordinate()},
                          "t", {{"units", "K"}}));
}
/// Twice a day from 2000-01-30 on, ten times.
auto twice_a_day() { return at_times({0, 12, 24, 36, 48, 60, 72, 84, 96, 108}, "hours since 2000-01-30 00:00"); }

TEST(GroupBy, APartOfATimeBecomesTheDimension) {
  const auto means = mean(twice_a_day(), groupby("time.month"));
  ASSERT_EQ(means.shape(), (Shape{2, 2}));
  EXPECT_EQ(means.labels().dimension(0), "month");
  EXPECT_EQ(means.labels().dimension(1), "x");
  EXPECT_EQ(means.labels().name(), "t");
  EXPECT_EQ(numbers_along(means), (Numbers{1, 2}));
  EXPECT_EQ(values(means), (Numbers{3, 4, 13, 14}));
  EXPECT_EQ(numbers_along(max(twice_a_day(), groupby("time.hour"))), (Numbers{0, 12}));
  EXPECT_EQ(values(max(twice_a_day(), groupby("time.hour"), "x")), (Numbers{17, 19}));
  EXPECT_EQ(numbers_along(count(twice_a_day(), groupby("time.dayofyear"))), (Numbers{30, 31, 32, 33, 34}));
  EXPECT_EQ(numbers_along(count(twice_a_day(), groupby("time.dayofweek"))), (Numbers{0, 1, 2, 3, 6}));
}

TEST(GroupBy, SeasonsStandInTheOrderOfTheirNames) {
  const auto x = at_times({15, 105, 196, 288, 349}, "days since 2001-01-01", "noleap");
  const auto sums = sum(x, groupby("time.season"), "x");
  EXPECT_EQ(numbers_along(sums), (Numbers{0, 1, 2, 3}));
  EXPECT_EQ(values(sums), (Numbers{18, 9, 5, 13}));
  const Attributes attributes = sums.labels().coordinate(0).attributes();
  ASSERT_EQ(attributes.size(), 2U);
  EXPECT_EQ(to_string(attributes[1]), "flag_meanings = \"DJF JJA MAM SON\"");
}

TEST(GroupBy, ValuesOfACoordinateAreGroupsAndMissingOnesAreInNone) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto x =
      counting<double, 1>({5}).with_labels(Labels({"basin"}, {Coordinate(Numbers{7, 3, nan, 7, 3}, {})}, "", {}));
  const auto sums = sum(x, groupby("basin"));
  EXPECT_EQ(numbers_along(sums), (Numbers{3, 7}));
  EXPECT_EQ(values(sums), (Numbers{5, 3}));
}

TEST(GroupBy, BinsOfTimeHaveTheirBeginsAsCoordinateAndEmptyOnesBetween) {
  const auto x = at_times({6, 7, 60}, "hours since 2000-01-30 00:00");
  const auto counts = count(x, resample("time", "1D"), "x");
  EXPECT_EQ(counts.labels().dimension(0), "time");
  EXPECT_EQ(numbers_along(counts), (Numbers{0, 24, 48}));
  EXPECT_EQ(values(counts), (std::vector<std::int64_t>{4, 0, 2}));
  EXPECT_TRUE(std::isnan(values(mean(x, resample("time", "1D")))[2]));
  // Files may go on to add to bins of an axis to which they may add.
  const auto open = x.with_labels(x.labels().with_record(0));
  EXPECT_TRUE(count(open, resample("time", "1D")).labels().is_record(0));
  EXPECT_FALSE(count(open, groupby("time.month")).labels().is_record(0));
  const auto months = sum(x, resample("time", "MS"), "x");
  EXPECT_EQ(numbers_along(months), (Numbers{-29 * 24, 2 * 24}));
  EXPECT_EQ(to_string(months.labels().coordinate(0).attributes().at(0)), "units = \"hours since 2000-01-30 00:00\"");
  EXPECT_EQ(numbers_along(sum(x, resample("time", "ME"), "x")), (Numbers{24, 30 * 24}));
  EXPECT_TRUE(error_of([&] { (void)min(x, resample("time", "1D")); }).says("group 1 of 3 has no index"));
}

TEST(GroupBy, LargeIntegersAreNotRounded) {
  auto held = std::make_shared<CoordinateValues>();
  held->dtype = DType::int64;
  const std::vector<std::int64_t> ids{(std::int64_t{1} << 53) + 1, std::int64_t{1} << 53, (std::int64_t{1} << 53) + 2};
  held->bytes.resize(24);
  std::memcpy(held->bytes.data(), ids.data(), 24);
  const auto x = counting<double, 1>({3}).with_labels(Labels({"a.b"}, {Coordinate(held)}, "", {}));
  const auto sums = sum(x, groupby("a.b"));
  EXPECT_EQ(values(sums), (Numbers{1, 0, 2}));
  EXPECT_EQ(sums.labels().coordinate(0).dtype(), DType::int64);
}

TEST(GroupBy, PlacesThatAttributesCallMissingAreInNoGroup) {
  const Attributes attributes{{"units", "days since 2000-01-01"}, {"_FillValue", -999.0}, {"missing_value", -1.0}};
  const auto x = counting<double, 1>({4}).with_labels(
      Labels({"time"}, {Coordinate(Numbers{0, -999, 31, -1}, attributes)}, "", {}));
  const auto sums = sum(x, groupby("time.month"));
  EXPECT_EQ(numbers_along(sums), (Numbers{1, 2}));
  EXPECT_EQ(values(sums), (Numbers{0, 2}));
  EXPECT_TRUE(error_of([&] { (void)sum(x, resample("time", "1D")); }).says("is missing at index 1"));
  EXPECT_EQ(error_of([&] { (void)sel(x, "time", -999); }).code, ErrorCode::not_found);
}

TEST(GroupBy, GroupsAreFoundByWhatTheirFlagsMean) {
  const auto x = at_times({15, 105, 196, 288}, "days since 2001-01-01", "noleap");
  const auto seasons = groupby("time.season");
  const auto means = mean(x, seasons, "x");
  const auto with = [&](Attributes attributes) {
    const Coordinate turned(Numbers{0, 1, 2, 3}, std::move(attributes));
    return vector_of<double>({10, 20, 30, 40}).with_labels(Labels({"season"}, {turned}, "", {}));
  };
  const Attribute flags{"flag_values", DType::int32, std::vector<std::int64_t>{0, 1, 2, 3}};
  // DJF, MAM, JJA, SON in turn.
  EXPECT_EQ(values(of_groups(with({flags, {"flag_meanings", "DJF MAM JJA SON"}}), seasons, x)),
            (Numbers{10, 20, 30, 40}));
  EXPECT_EQ(values(of_groups(with({flags, {"flag_meanings", "DJF JJA MAM SON"}}), seasons, x)),
            (Numbers{10, 30, 20, 40}));
  EXPECT_EQ(error_of([&] { (void)of_groups(with({}), seasons, x); }).code, ErrorCode::name_mismatch);
  const auto bare = vector_of<double>({10, 20, 30, 40}).with_labels(Labels({"season"}));
  EXPECT_EQ(error_of([&] { (void)of_groups(bare, seasons, x); }).code, ErrorCode::not_found);
  const auto twice = vector_of<double>({1, 2}).with_labels(Labels({"month"}, {Coordinate(Numbers{1, 1}, {})}, "", {}));
  EXPECT_EQ(error_of([&] { (void)of_groups(twice, groupby("time.month"), x); }).code, ErrorCode::invalid_argument);
}

TEST(GroupBy, MoreBinsThanAnAxisHasUseForAreRefusedAtOnce) {
  const auto x = at_times({0, 5000}, "days since 2000-01-01");
  EXPECT_TRUE(error_of([&] { (void)mean(x, resample("time", "1s")); }).says("makes 432000001 groups"));
}

TEST(GroupBy, TimesNeedNoOrder) {
  const auto x = at_times({60, 6, 7}, "hours since 2000-01-30 00:00");
  EXPECT_EQ(values(sum(x, resample("time", "1D"), "x")), (Numbers{14, 0, 1}));
}

TEST(GroupBy, BlocksOfNeighboursHaveTheMeanOfTheirCoordinates) {
  const auto x = twice_a_day();
  EXPECT_EQ(values(sum(x, coarsen("time", 5), "x")), (Numbers{45, 145}));
  EXPECT_EQ(numbers_along(sum(x, coarsen("time", 5), "x")), (Numbers{24, 84}));
  EXPECT_EQ(numbers_along(sum(x, coarsen("time", 4, Boundary::trim), "x")), (Numbers{18, 66}));
  EXPECT_EQ(numbers_along(sum(x, coarsen("time", 4, Boundary::pad), "x")), (Numbers{18, 66, 102}));
  EXPECT_EQ(values(mean(x, coarsen("x", 2))), (Numbers{0.5, 2.5, 4.5, 6.5, 8.5, 10.5, 12.5, 14.5, 16.5, 18.5}));
  const Caught caught = error_of([&] { (void)sum(x, coarsen("time", 4)); });
  EXPECT_TRUE(caught.says("blocks of 4 do not divide 'time', whose extent is 10")) << caught.message;
  EXPECT_EQ(error_of([&] { (void)sum(x, coarsen("time", 0)); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)sum(x, coarsen("time", 11, Boundary::trim)); }).code, ErrorCode::invalid_argument);
}

TEST(GroupBy, AnAnomalyTakesTheElementOfEachIndexsGroup) {
  const auto x = twice_a_day();
  const auto hours = groupby("time.hour");
  const auto anomaly = x - of_groups(mean(x, hours), hours, x);
  EXPECT_EQ(anomaly.labels().dimension(0), "time");
  EXPECT_EQ(numbers_along(anomaly), numbers_along(x));
  EXPECT_EQ(values(anomaly), (Numbers{-8, -8, -8, -8, -4, -4, -4, -4, 0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8}));
  // By coordinate, in whatever order they are.
  const auto turned = mean(x, hours)(range(none, none, -1));
  EXPECT_EQ(values(of_groups(turned, hours, x)), values(of_groups(mean(x, hours), hours, x)));
  const Caught caught = error_of([&] { (void)of_groups(mean(x, hours)(range(0, 1)), hours, x); });
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  EXPECT_TRUE(caught.says("no 'hour' of 12 for index 1 along 'time'")) << caught.message;
}

TEST(GroupBy, WhatHasNoSuchTimeIsRefusedByName) {
  const auto x = twice_a_day();
  const auto refused = [](const auto& call, ErrorCode code, const char* text) {
    const Caught caught = error_of(call);
    EXPECT_EQ(caught.code, code) << caught.message;
    EXPECT_TRUE(caught.says(text)) << caught.message;
  };
  refused([&] { (void)mean(x, groupby("time.moon")); }, ErrorCode::not_found,
          "a time has no 'moon'; it has year, month");
  refused([&] { (void)mean(x, groupby("tim.month")); }, ErrorCode::not_found, "'tim'");
  refused([&] { (void)mean(x, groupby("x.month")); }, ErrorCode::not_found, "'x' has no coordinate of numbers");
  refused([&] { (void)mean(x, groupby("time.month"), "time"); }, ErrorCode::invalid_argument, "reduced by groups");
  refused([&] { (void)mean(x, resample("time", "fortnight")); }, ErrorCode::invalid_argument, "no frequency");
  const auto plain = x.with_labels(Labels({"time", "month"}, {Coordinate(Numbers(10, 1), {}), Coordinate()}, "", {}));
  refused([&] { (void)mean(plain, groupby("time.month")); }, ErrorCode::invalid_argument, "is no time");
  const auto twice = x.with_labels(x.labels().with_dimensions({"time", "month"}));
  refused([&] { (void)mean(twice, groupby("time.month")); }, ErrorCode::name_mismatch, "such a dimension already");
}

}  // namespace
}  // namespace chunkwise_test
