#include "runtime/core/agreement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <cstring>

#include "chunkwise/core/error.hpp"
#include "runtime/core/labels_data.hpp"
#include "tests/caught.hpp"
#include "tests/core/labels.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::stored_as;
using chunkwise_test::text;
using testing::HasSubstr;

Coordinate times(const std::vector<double>& values, const std::string& units, const std::string& calendar = {}) {
  Attributes attributes{text("units", units)};
  if (!calendar.empty()) attributes.push_back(text("calendar", calendar));
  return {values, std::move(attributes)};
}

TEST(Agreement, IsOfValuesWithinAThousandthOfAStep) {
  EXPECT_TRUE(agree(Coordinate({0, 0.25, 0.5}, {}), Coordinate({0, 0.2502, 0.5}, {})));
  EXPECT_FALSE(agree(Coordinate({0, 0.25, 0.5}, {}), Coordinate({0, 0.251, 0.5}, {})));
  EXPECT_TRUE(agree(Coordinate({1, NAN}, {}), Coordinate({1, NAN}, {})));
  EXPECT_FALSE(agree(Coordinate({1, 2}, {}), Coordinate({1, 2, 3}, {})));
}

template <class T>
Coordinate integers(const std::vector<T>& values, Attributes attributes = {}) {
  auto made = std::make_shared<CoordinateValues>();
  made->dtype = dtype_of<T>;
  made->as_stored = !attributes.empty();
  made->attributes = std::move(attributes);
  made->bytes.resize(values.size() * sizeof(T));
  std::memcpy(made->bytes.data(), values.data(), made->bytes.size());
  return Coordinate(std::move(made));
}

TEST(Agreement, TellsIntegersApartThatFloat64DoesNot) {
  constexpr std::int64_t large = std::int64_t{1} << 60;
  const auto a = integers<std::int64_t>({large, large + 1, large + 2});
  EXPECT_TRUE(agree(a, integers<std::uint64_t>({large, large + 1, large + 2})));
  const auto later = integers<std::int64_t>({large + 3, large + 4, large + 5});
  EXPECT_FALSE(agree(a, later));
  EXPECT_THAT(difference(a, later), HasSubstr("larger by 3, 1152921504606846976 to 1152921504606846978 in the first"));
  const auto other = integers<std::int64_t>({large, large + 2, large + 3});
  EXPECT_THAT(difference(a, other), HasSubstr("index 1 is 1152921504606846977 in the first and 1152921504606846978"));
  EXPECT_FALSE(agree(integers<std::int64_t>({0, -large, large}), integers<std::int64_t>({1, -large, large})));
  EXPECT_THAT(difference(integers<std::int64_t>({-large, 1 - large}), integers<std::int64_t>({2 - large, 5 - large})),
              HasSubstr("index 0 is -1152921504606846976 in the first and -1152921504606846974"));
}

TEST(Agreement, IsNoneOfNumbersThatArePackedDifferently) {
  const auto packed = [](double scale) { return integers<std::int16_t>({10, 20}, {{"scale_factor", scale}}); };
  EXPECT_TRUE(agree(packed(0.5), packed(0.5)));
  for (const Coordinate& other : {packed(1), integers<std::int16_t>({10, 20})}) {
    EXPECT_FALSE(agree(packed(0.5), other));
    EXPECT_THAT(difference(packed(0.5), other), HasSubstr("packed by different scale_factor"));
    EXPECT_THROW((void)Coordinate::join(std::vector{packed(0.5), other}), Error);
  }
}

TEST(CoordinateJoin, OfIntegersThatTheirCommonTypeLacksIsAnError) {
  const auto of_uint64 = integers<std::uint64_t>({(std::uint64_t{1} << 63) + 1});
  const auto of_int64 = integers<std::int64_t>({9007199254740993});
  EXPECT_THROW((void)Coordinate::join(std::vector{of_uint64, of_int64}), Error);
  EXPECT_THROW((void)Coordinate::join(std::vector{Coordinate({0.5}, {}), of_int64}), Error);
  EXPECT_THAT(
      Coordinate::join(std::vector{integers<std::int64_t>({9007199254740992}), Coordinate({0.5}, {})}).to_vector(),
      testing::ElementsAre(9007199254740992.0, 0.5));
}

TEST(CoordinateJoin, OfOtherUnitsOrCalendarsIsAnError) {
  const auto error = [](const Coordinate& a, const Coordinate& b) {
    return chunkwise_test::what_of([&] { (void)Coordinate::join(std::vector{a, b}); }, ErrorCode::name_mismatch);
  };
  const Coordinate days = times({0, 1}, "days since 2000-01-01");
  const Coordinate metres = times({0, 1}, "m");
  EXPECT_THAT(error(days, metres), HasSubstr("'days since 2000-01-01' and 'm'"));
  EXPECT_THAT(error(metres, days), HasSubstr("'m' and 'days since 2000-01-01'"));
  EXPECT_THAT(error(days, times({2}, "days since 2000-01-01", "noleap")), HasSubstr("'standard' and 'noleap'"));
  EXPECT_THAT(error(days, times({2}, "fortnights since 2000-01-01")), HasSubstr("fortnights"));
  EXPECT_THAT(Coordinate::join(std::vector{days, times({48}, "hours since 2000-01-01")}).to_vector(),
              testing::ElementsAre(0, 1, 2));
}

TEST(Agreement, ForgivesTheRoundingOfFloat32) {
  std::vector<double> fine;
  std::vector<float> rounded;
  for (int i = 0; i < 36000; ++i) {
    fine.push_back(i * 0.01);
    rounded.push_back(static_cast<float>(i * 0.01));
  }
  EXPECT_TRUE(agree(Coordinate(fine, {}), stored_as<float>(rounded)));
  EXPECT_TRUE(agree(Coordinate({0.1}, {}), stored_as<float>({0.1F})));
  EXPECT_FALSE(agree(Coordinate({0.1}, {}), Coordinate({static_cast<double>(0.1F)}, {})));
}

TEST(Agreement, IsOfTimesWhateverTheyCountFrom) {
  EXPECT_TRUE(agree(times({0, 6, 12}, "hours since 2000-01-02"), times({1, 1.25, 1.5}, "days since 2000-01-01")));
  EXPECT_TRUE(agree(times({0, 31}, "days since 2000-01-01"), times({0, 31}, "days since 2000-01-01 00:00:00")));
  EXPECT_TRUE(
      agree(times({0, 31}, "days since 2000-01-01", "gregorian"), times({0, 31}, "days since 2000-01-01", "standard")));
  EXPECT_FALSE(agree(times({0, 6, 12}, "hours since 2000-01-02"), times({0, 6, 12}, "hours since 2000-01-01")));
  EXPECT_FALSE(agree(times({0, 31}, "days since 2000-01-01"), times({0, 31}, "days since 2000-01-01", "noleap")));
  EXPECT_TRUE(
      agree(times({0, 31}, "days since 2000-01-01", "365_day"), times({0, 31}, "days since 2000-01-01", "noleap")));
}

TEST(Agreement, IsNoneOfHeightsAndDepths) {
  const auto levels = [](const char* positive) { return Coordinate({1, 2}, {{"units", "m"}, {"positive", positive}}); };
  EXPECT_TRUE(agree(levels("up"), levels("UP")));
  EXPECT_TRUE(agree(levels("up"), Coordinate({1, 2}, {{"units", "m"}})));
  EXPECT_FALSE(agree(levels("up"), levels("down")));
  EXPECT_EQ(difference(levels("up"), levels("down")), "one is positive 'up', the other 'down'");
}

TEST(Agreement, IsOfTheDaysThatCalendarsName) {
  EXPECT_TRUE(agree(times({0, 1}, "days since 1550-01-11", "proleptic_gregorian"),
                    times({0, 1}, "days since 1550-01-01", "standard")));
  EXPECT_FALSE(agree(times({0, 1}, "days since 1550-01-01", "proleptic_gregorian"),
                     times({0, 1}, "days since 1550-01-01", "standard")));
  EXPECT_TRUE(agree(times({0, 1}, "days since 2000-01-01", "julian"), times({13, 14}, "days since 2000-01-01")));
  EXPECT_TRUE(
      agree(times({0, 1}, "days since 2000-03-01", "noleap"), times({1, 2}, "days since 2000-02-28", "365_day")));
}

TEST(Agreement, TakesSpellingsOfOneUnitForOne) {
  EXPECT_TRUE(agree(times({0, 1}, "degrees_north"), times({0, 1}, "degree_N")));
  EXPECT_TRUE(agree(times({0, 1}, "degrees_north"), times({0, 1}, "degrees")));
  EXPECT_TRUE(agree(times({0, 1}, "degrees_north"), Coordinate({0, 1}, {})));
  EXPECT_FALSE(agree(times({0, 1}, "degrees_north"), times({0, 1}, "degrees_east")));
  EXPECT_FALSE(agree(times({1, 2}, "hPa"), times({1, 2}, "Pa")));
}

TEST(Difference, SaysHowCoordinatesDiffer) {
  EXPECT_THAT(difference(Coordinate({90, 0, -90}, {}), Coordinate({-90, 0, 90}, {})),
              HasSubstr("opposite directions, 90 to -90 in the first, -90 to 90 in the second"));
  EXPECT_THAT(difference(Coordinate({0, 90, 180, 270}, {}), Coordinate({-180, -90, 0, 90}, {})),
              HasSubstr("smaller by 180, 0 to 270 in the first, -180 to 90 in the second"));
  EXPECT_THAT(difference(times({0, 90, 180, 270}, "degrees_east"), times({90, 180, 270, 0}, "degrees_east")),
              HasSubstr("the same longitudes begin elsewhere"));
  EXPECT_THAT(difference(Coordinate({0, 1, 2}, {}), Coordinate({0, 1, 2.5}, {})),
              HasSubstr("index 2 is 2 in the first and 2.5 in the second"));
  EXPECT_THAT(difference(times({0, 1}, "hPa"), times({0, 1}, "Pa")), HasSubstr("in 'hPa' and 'Pa'"));
  EXPECT_THAT(difference(times({0, 1}, "days since 2000-01-01"), times({0, 1}, "days since 2000-01-01", "360_day")),
              HasSubstr("calendars differ, 'standard' and '360_day'"));
  EXPECT_THAT(difference(times({0, 1}, "days since 2000-01-01"), times({0, 1}, "days since 2000-01-01 06:00")),
              HasSubstr("the second's are later by 6 hours, 2000-01-01 00:00 to 2000-01-02 00:00 in the first"));
  EXPECT_THAT(difference(times({0, 1}, "days since 2000-01-01"), times({0, 2}, "days since 2000-01-01")),
              HasSubstr("index 1 is 2000-01-02 00:00 in the first and 2000-01-03 00:00 in the second"));
  EXPECT_THAT(
      difference(times({0, 1}, "days since 2000-02-29", "360_day"), times({0, 2}, "days since 2000-02-29", "360_day")),
      HasSubstr("index 1 is 2000-02-30 00:00 in the first and 2000-03-01 00:00 in the second"));
}

TEST(Origins, AreSharedBySlicesAndByCopiesThatAgree) {
  const Coordinate x({0, 1, 2, 3}, {});
  EXPECT_TRUE(share_origin(x.slice({0, 1, 2}), x.slice({1, 1, 2})));
  EXPECT_TRUE(share_origin(x.slice({0, 1, 2}), Coordinate({0, 1, 2, 3}, {}).slice({2, 1, 2})));
  EXPECT_FALSE(share_origin(x.slice({0, 1, 2}), Coordinate({0, 1}, {})));
  const std::array parts{x.slice({3, 1, 1}), x.slice({0, 1, 3})};
  EXPECT_TRUE(share_origin(Coordinate::join(parts), x));
}

/// One of the things that an axis of an operand can be: stretched or long; without a coordinate, with a slice of one of
/// two origins that agree in part, or mixed.
Labels some_labels(int kind) {
  static const Coordinate base({0, 1, 2, 3, 4}, {});
  const auto labels = [](const Coordinate& coordinate) { return Labels({"x"}, {coordinate}, {}, {}); };
  switch (kind) {
    case 0:
      return Labels({"x"});
    case 1:
    case 2:
    case 3:
      return labels(base.slice({kind - 1, 1, 3}));
    case 4:
      return broadcast_labels(some_labels(1), 1, some_labels(2), 1);
    case 5:
      return labels(base.slice({2, 1, 1}));
    case 6:
      return labels(base.slice({3, 1, 1}));
    default:
      return broadcast_labels(some_labels(5), 1, some_labels(6), 1);
  }
}

std::string shown(const Labels& labels) {
  const Coordinate& x = labels.coordinate(0);
  if (x.is_mixed()) return "mixed " + std::to_string(x.size());
  std::string text = "values";
  if (x)
    for (const double value : x.to_vector()) text += " " + std::to_string(value);
  return text;
}

TEST(Agreement, OfPackingIsWithoutOrder) {
  const auto number = [](const std::string& name, double value) {
    return Attribute{name, DType::float64, std::vector<double>{value}};
  };
  const Attributes packed{number("scale_factor", 0.5), number("add_offset", 3)};
  EXPECT_TRUE(have_same_packing(packed, {number("add_offset", 3), text("units", "K"), number("scale_factor", 0.5)}));
  EXPECT_FALSE(have_same_packing(packed, {number("add_offset", 3), number("scale_factor", 0.25)}));
  EXPECT_FALSE(have_same_packing(packed, {number("scale_factor", 0.5)}));
}

TEST(Agreement, KnowsLongitudesByUnitsOrName) {
  EXPECT_TRUE(holds_longitudes(Coordinate({0, 90}, {text("units", "degrees_E")})));
  EXPECT_TRUE(holds_longitudes(Coordinate({0, 90}, {text("units", "degrees"), text("standard_name", "longitude")})));
  EXPECT_FALSE(holds_longitudes(Coordinate({0, 90}, {text("units", "degrees_north")})));
}

RC_GTEST_PROP(MergedCoordinates, DoNotDependOnTheOrderOfTheOperands, ()) {
  std::vector<int> kinds = *rc::gen::container<std::vector<int>>(*rc::gen::inRange(2, 6), rc::gen::inRange(0, 8));
  const auto left = [](const std::vector<int>& order) {
    Labels all = some_labels(order.front());
    for (std::size_t i = 1; i < order.size(); ++i) all = broadcast_labels(all, 1, some_labels(order[i]), 1);
    return shown(all);
  };
  const auto right = [](const std::vector<int>& order) {
    Labels all = some_labels(order.back());
    for (std::size_t i = order.size() - 1; i-- > 0;) all = broadcast_labels(some_labels(order[i]), 1, all, 1);
    return shown(all);
  };
  const std::string first = left(kinds);
  RC_ASSERT(right(kinds) == first);
  std::sort(kinds.begin(), kinds.end());
  RC_ASSERT(left(kinds) == first);
}

}  // namespace
}  // namespace chunkwise
