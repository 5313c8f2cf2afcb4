#include "chunkwise/core/labels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/scalar_coordinate.hpp"
#include "tests/caught.hpp"
#include "tests/core/labels.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::code_of;
using chunkwise_test::stored_as;
using chunkwise_test::text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = AxisSubscript::Kind;

Coordinate numbers(const std::vector<double>& values, Attributes attributes = {}) {
  return Coordinate(values, std::move(attributes));
}

const Labels weather({"time", "latitude", "longitude"}, {numbers({0, 6, 12}), numbers({90, 0, -90}), numbers({0, 180})},
                     "t2m", {text("units", "K")});

std::vector<std::string> names(const Labels& labels, int rank) {
  std::vector<std::string> result;
  for (int axis = 0; axis < rank; ++axis) result.push_back(labels.dimension(axis));
  return result;
}

void expect_error(ErrorCode code, const std::vector<std::string>& words, const std::function<void()>& f) {
  try {
    f();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    for (const std::string& word : words) EXPECT_THAT(error.what(), HasSubstr(word));
  }
}

TEST(Coordinate, ASliceSharesTheValues) {
  const Coordinate c = numbers({10, 11, 12, 13, 14, 15});
  EXPECT_THAT(c.slice({1, 2, 3}).to_vector(), ElementsAre(11, 13, 15));
  EXPECT_THAT(c.slice({1, 2, 3}).slice({2, -1, 3}).to_vector(), ElementsAre(15, 13, 11));
  EXPECT_THAT(c.slice({3, 1, 0}).to_vector(), IsEmpty());
  EXPECT_FALSE(Coordinate().slice({0, 1, 1}));
}

TEST(Coordinate, EqualityIsOfValuesNotOfMemoryOrAttributes) {
  EXPECT_EQ(numbers({1, 2}), numbers({1, 2}, {text("units", "m")}));
  EXPECT_NE(numbers({1, 2}), numbers({1, 3}));
  EXPECT_NE(numbers({1, 2}), numbers({1}));
  EXPECT_NE(numbers({1, 2}), Coordinate());
  EXPECT_EQ(Coordinate(), Coordinate());
  EXPECT_EQ(numbers({1, NAN}), numbers({1, NAN}));
  EXPECT_EQ(stored_as<std::int32_t>({1, 2}), numbers({1, 2}));
  EXPECT_NE(stored_as<std::int64_t>({(std::int64_t{1} << 53) + 1}), stored_as<std::int64_t>({std::int64_t{1} << 53}));
}

TEST(Coordinate, JoinKeepsTheTypeWhereItIsOne) {
  const std::array parts{stored_as<std::int64_t>({(std::int64_t{1} << 53) + 1}),
                         stored_as<std::int64_t>({7, 8}).slice({1, -1, 2})};
  const Coordinate joined = Coordinate::join(parts);
  EXPECT_EQ(joined.dtype(), DType::int64);
  EXPECT_EQ(joined, stored_as<std::int64_t>({(std::int64_t{1} << 53) + 1, 8, 7}));
}

TEST(Coordinate, JoinPromotesDifferentTypes) {
  const std::array parts{stored_as<std::int32_t>({1}), stored_as<float>({2.5F})};
  EXPECT_EQ(Coordinate::join(parts).dtype(), DType::float64);
  EXPECT_THAT(Coordinate::join(parts).to_vector(), ElementsAre(1, 2.5));
  const std::array hole{numbers({1}), Coordinate()};
  EXPECT_FALSE(Coordinate::join(hole));
}

TEST(Labels, PackedNumbersThatMeetHaveNoUnits) {
  const Labels packed({"time"}, {}, "v", {{"units", "K"}, {"scale_factor", DType::float64, std::vector<double>{0.01}}});
  const Labels plain({"time"}, {}, "v", {{"units", "K"}});
  for (const Meaning meaning : {Meaning::sum, Meaning::deviation, Meaning::maximum}) {
    EXPECT_EQ(broadcast_labels(packed, 1, packed, 1, meaning).attributes(), Attributes());
    EXPECT_EQ(broadcast_labels(plain, 1, packed, 1, meaning).attributes(), Attributes());
    EXPECT_EQ(broadcast_labels(plain, 1, plain, 1, meaning).attributes().size(), 1U);
  }
}

TEST(Labels, TimesThatCountFromOtherMomentsDoNotMeet) {
  const auto times = [](const char* units, const char* calendar) {
    return Labels({"time"}, {}, "time", {{"units", units}, {"calendar", calendar}});
  };
  const Labels days = times("days since 2000-01-01", "standard");
  EXPECT_NO_THROW((void)broadcast_labels(days, 1, times("days since 2000-01-01 00:00", "gregorian"), 1));
  for (const Labels& other : {times("hours since 2000-01-01", "standard"), times("days since 2000-01-02", "standard"),
                              times("days since 2000-01-01", "360_day")})
    EXPECT_EQ(chunkwise_test::error_of([&] { (void)broadcast_labels(days, 1, other, 1); }).code,
              ErrorCode::name_mismatch);
}

TEST(Labels, TwoAxesOfOneNameAreRefused) {
  expect_error(ErrorCode::invalid_argument, {"'time'", "0", "2"}, [] { Labels({"time", "", "time"}); });
  EXPECT_NO_THROW(Labels({"", "", "time"}));
}

TEST(Labels, WithoutContentAreEmpty) {
  EXPECT_TRUE(Labels().empty());
  EXPECT_TRUE(Labels({"", ""}).empty());
  EXPECT_EQ(Labels().dimension(3), "");
  EXPECT_FALSE(Labels().coordinate(0));
}

TEST(Labels, OfMoreAxesThanAnArrayHasAreRefused) {
  const std::vector<std::string> nine{"a", "b", "c", "d", "e", "f", "g", "h", "i"};
  std::vector<Coordinate> coordinates(9);
  coordinates[8] = numbers({1});
  expect_error(ErrorCode::invalid_argument, {"axis 8 'i'", "8 axes at most"}, [&] { (void)Labels(nine); });
  expect_error(ErrorCode::invalid_argument, {"axis 8 'i'"}, [&] { (void)weather.with_dimensions(nine); });
  expect_error(ErrorCode::invalid_argument, {"coordinate along axis 8"},
               [&] { (void)Labels({}, coordinates, "", {}); });
  const std::vector<std::string> unnamed(9);
  EXPECT_TRUE(Labels(unnamed).empty());
}

TEST(Labels, AnUnknownDimensionNamesThoseThatExist) {
  EXPECT_EQ(weather.axis("longitude", 3), 2);
  expect_error(ErrorCode::not_found, {"'level'", "time, latitude, longitude"}, [] { (void)weather.axis("level", 3); });
  expect_error(ErrorCode::not_found, {"with_labels"}, [] { (void)Labels().axis("time", 1); });
}

TEST(Labels, RenamedKeepsDimensionsAndReplacesAttributes) {
  const Labels renamed = weather.renamed("anomaly");
  EXPECT_EQ(renamed.name(), "anomaly");
  EXPECT_THAT(renamed.attributes(), IsEmpty());
  EXPECT_EQ(renamed.dimension(1), "latitude");
}

TEST(IndexLabels, ARangeSlicesItsCoordinateAndAnIntegerDropsItsAxis) {
  const std::array<AxisSubscript, 2> subscripts{{{Kind::integer, {1, 1, 1}}, {Kind::range, {2, -1, 3}}}};
  const Labels part = index_labels(weather, subscripts);
  EXPECT_THAT(names(part, 3), ElementsAre("latitude", "longitude", ""));
  EXPECT_THAT(part.coordinate(0).to_vector(), ElementsAre(-90, 0, 90));
  EXPECT_THAT(part.coordinate(1).to_vector(), ElementsAre(0, 180));
  EXPECT_EQ(part.name(), "t2m");
}

TEST(IndexLabels, ANewAxisHasNoName) {
  const std::array<AxisSubscript, 2> subscripts{{{Kind::range, {0, 1, 3}}, {Kind::create, {}}}};
  EXPECT_THAT(names(index_labels(weather, subscripts), 4), ElementsAre("time", "", "latitude", "longitude"));
}

TEST(IndexLabels, OneElementKeepsNameAttributesAndItsPlaces) {
  const std::array<AxisSubscript, 3> subscripts{{{Kind::integer, {}}, {Kind::integer, {}}, {Kind::integer, {}}}};
  const Labels element = index_labels(weather, subscripts);
  EXPECT_EQ(element.name(), "t2m");
  EXPECT_THAT(names(element, 3), ElementsAre("", "", ""));
  EXPECT_THAT(scalar_coordinates(element), ElementsAre("time", "latitude", "longitude"));
  EXPECT_EQ(element.attributes(), (Attributes{text("units", "K"), text("coordinates", "time latitude longitude")}));
  EXPECT_THAT(scalar_coordinate(element, "latitude").to_vector(), ElementsAre(90));
  EXPECT_FALSE(scalar_coordinate(element, "height"));
  const Labels without = without_scalar_coordinate(element, "latitude");
  EXPECT_THAT(scalar_coordinates(without), ElementsAre("time", "longitude"));
  EXPECT_EQ(without.attributes(), (Attributes{text("units", "K"), text("coordinates", "time longitude")}));
  EXPECT_EQ(without_scalar_coordinate(without_scalar_coordinate(without, "longitude"), "time").attributes(),
            Attributes{text("units", "K")});
}

TEST(ReduceLabels, AReducedAxisGoes) {
  const Labels mean = reduce_labels(weather, 3, 0b010, false);
  EXPECT_THAT(names(mean, 2), ElementsAre("time", "longitude"));
  EXPECT_THAT(mean.coordinate(1).to_vector(), ElementsAre(0, 180));
  EXPECT_EQ(mean.name(), "t2m");
  EXPECT_EQ(mean.attributes(), (Attributes{text("units", "K"), text("cell_methods", "latitude: mean")}));
}

TEST(ReduceLabels, KeepdimsKeepsTheNameAndDropsTheCoordinate) {
  const Labels mean = reduce_labels(weather, 3, 0b010, true);
  EXPECT_THAT(names(mean, 3), ElementsAre("time", "latitude", "longitude"));
  EXPECT_FALSE(mean.coordinate(1));
  EXPECT_TRUE(mean.coordinate(2));
}

TEST(BroadcastLabels, OneArrayWithItselfKeepsDimensionsAndName) {
  const Labels both = broadcast_labels(weather, 3, weather, 3);
  EXPECT_THAT(names(both, 3), ElementsAre("time", "latitude", "longitude"));
  EXPECT_EQ(both.name(), "t2m");
  EXPECT_THAT(both.attributes(), IsEmpty());
}

TEST(BroadcastLabels, ANameIsTheResultsWhereNoOtherStandsBesideIt) {
  const Labels other = weather.renamed("d2m", weather.attributes());
  EXPECT_EQ(broadcast_labels(weather, 3, other, 3).name(), "");
  EXPECT_EQ(broadcast_labels(weather, 3, weather.renamed(""), 3).name(), "");
  EXPECT_EQ(broadcast_labels(weather, 3, Labels(), 1).name(), "t2m");
  EXPECT_EQ(broadcast_labels(Labels(), 1, weather, 3).name(), "t2m");
}

TEST(BroadcastLabels, UnitsOfBothAreThoseOfSumsDifferencesAndExtremes) {
  const auto in = [](const char* units) { return weather.renamed("t2m", {text("units", units)}); };
  const auto units = [&](const Labels& a, const Labels& b, Meaning meaning) {
    const Attributes attributes = broadcast_labels(a, 3, b, 3, meaning).attributes();
    for (const Attribute& attribute : attributes)
      if (attribute.name == "units") return std::get<std::string>(attribute.value);
    return std::string("none");
  };
  for (const Meaning meaning : {Meaning::sum, Meaning::deviation, Meaning::minimum, Meaning::maximum})
    EXPECT_EQ(units(in("K"), in("K"), meaning), "K");
  EXPECT_EQ(units(in("K"), in("K"), Meaning::elementwise), "none");
  EXPECT_EQ(units(in("K"), in("m"), Meaning::sum), "none");
  EXPECT_EQ(units(in("K"), weather.renamed("t2m"), Meaning::sum), "none");
  // Scales with a zero of their own: a difference of two dates is a number of days, their sum is nothing.
  EXPECT_EQ(units(in("degC"), in("degC"), Meaning::deviation), "K");
  EXPECT_EQ(units(in("degC"), in("degC"), Meaning::sum), "none");
  EXPECT_EQ(units(in("degC"), in("degC"), Meaning::maximum), "degC");
  EXPECT_EQ(units(in("days since 2000-01-01"), in("days since 2000-01-01"), Meaning::deviation), "days");
}

TEST(BroadcastLabels, NamesAreAlignedAtTheLastAxis) {
  EXPECT_THAT(names(broadcast_labels(weather, 3, Labels({"latitude", "longitude"}), 2), 3),
              ElementsAre("time", "latitude", "longitude"));
  EXPECT_THAT(names(broadcast_labels(Labels({"longitude"}), 1, weather, 3), 3),
              ElementsAre("time", "latitude", "longitude"));
}

TEST(BroadcastLabels, UnnamedAxesMatchAnything) {
  EXPECT_THAT(names(broadcast_labels(weather, 3, Labels(), 2), 3), ElementsAre("time", "latitude", "longitude"));
  EXPECT_THAT(names(broadcast_labels(Labels({"", "y"}), 2, Labels({"x", ""}), 2), 2), ElementsAre("x", "y"));
}

TEST(BroadcastLabels, AMeanOverAMiddleAxisWithoutKeepdimsIsAnError) {
  const Labels mean = reduce_labels(weather, 3, 0b010, false);
  expect_error(ErrorCode::name_mismatch, {"'latitude' meets 'time'", "axis 1", "keepdims", "newaxis", "with_labels"},
               [&] { (void)broadcast_labels(weather, 3, mean, 2); });
  EXPECT_NO_THROW((void)broadcast_labels(weather, 3, reduce_labels(weather, 3, 0b010, true), 3));
}

TEST(BroadcastLabels, OneNameInTwoPlacesIsAnError) {
  expect_error(ErrorCode::name_mismatch, {"'x'", "axis 0", "axis 1"}, [] {
    (void)broadcast_labels(Labels({"x", ""}), 2, Labels({"x"}), 1);
  });
}

TEST(BroadcastLabels, CoordinatesThatDisagreeAreAnErrorThatSaysHowAndWhatToDo) {
  const Labels a({"x", "y"}, {numbers({1, 2}), numbers({5, 6, 8})}, {}, {});
  const Labels b({"x", "y"}, {numbers({1, 2}), numbers({5, 7, 8})}, {}, {});
  expect_error(
      ErrorCode::name_mismatch,
      {"along 'y'", "index 1 is 6 in the first and 7 in the second", "align(x, y)", "without_coordinate(\"y\")"},
      [&] { (void)broadcast_labels(a, 2, b, 2); });
  EXPECT_THAT(broadcast_labels(a, 2, Labels({"x", "y"}), 2).coordinate(1).to_vector(), ElementsAre(5, 6, 8));
}

TEST(BroadcastLabels, ACoordinateOfAStretchedAxisIsNotTheResults) {
  const Labels one({"x"}, {numbers({1})}, {}, {});
  const Labels many({"x"}, {numbers({1, 2, 3})}, {}, {});
  EXPECT_EQ(broadcast_labels(one, 1, many, 1).coordinate(0), many.coordinate(0));
  EXPECT_FALSE(broadcast_labels(one, 1, Labels({"x"}), 1).coordinate(0));
  EXPECT_FALSE(broadcast_labels(one, 1, Labels(), 1).coordinate(0));
  EXPECT_TRUE(broadcast_labels(one, 1, Labels(), 0).coordinate(0));
}

TEST(ConcatenateLabels, CoordinatesAreJoinedAlongTheAxis) {
  const Labels later({"time", "latitude", "longitude"}, {numbers({18}), numbers({90, 0, -90}), numbers({0, 180})},
                     "t2m", {text("units", "K")});
  const std::array parts{weather, later};
  const Labels joined = concatenate_labels(parts, 3, 0);
  EXPECT_THAT(joined.coordinate(0).to_vector(), ElementsAre(0, 6, 12, 18));
  EXPECT_THAT(joined.coordinate(1).to_vector(), ElementsAre(90, 0, -90));
  EXPECT_EQ(joined.name(), "t2m");
  EXPECT_EQ(joined.attributes().size(), 1U);
}

TEST(ConcatenateLabels, TimesThatCountFromOtherDaysAreRecounted) {
  const Labels a({"time"}, {numbers({0, 6}, {text("units", "hours since 2015-01-01")})}, {}, {});
  const Labels b({"time"}, {numbers({0, 0.25}, {text("units", "days since 2015-01-02")})}, {}, {});
  const std::array parts{a, b};
  const Labels joined = concatenate_labels(parts, 1, 0);
  EXPECT_THAT(joined.coordinate(0).to_vector(), ElementsAre(0, 6, 24, 30));
  EXPECT_EQ(joined.coordinate(0).attributes(), (Attributes{text("units", "hours since 2015-01-01")}));
}

TEST(ConcatenateLabels, TimesInNanosecondsKeepEveryOne) {
  const auto along = [](std::int64_t time, const char* units) {
    auto values = std::make_shared<CoordinateValues>();
    values->dtype = DType::int64;
    values->bytes.resize(sizeof time);
    std::memcpy(values->bytes.data(), &time, sizeof time);
    values->attributes = {text("units", units)};
    return Labels({"time"}, {Coordinate(std::move(values))}, {}, {});
  };
  const std::int64_t first = 1'700'000'000'000'000'001;
  const std::array parts{along(first, "nanoseconds since 1970-01-01"), along(first, "nanoseconds since 1970-01-02")};
  const Coordinate joined = concatenate_labels(parts, 1, 0).coordinate(0);
  EXPECT_EQ(joined.dtype(), DType::int64);
  std::array<std::int64_t, 2> times{};
  std::memcpy(times.data(), joined.to_bytes().data(), sizeof times);
  EXPECT_EQ(times[1] - times[0], 86'400'000'000'000);
  const std::array others{along(0, "microseconds since 1970-01-01"), along(first, "nanoseconds since 1970-01-01")};
  EXPECT_EQ(chunkwise_test::error_of([&] { (void)concatenate_labels(others, 1, 0); }).code, ErrorCode::type_mismatch);
}

TEST(ConcatenateLabels, TimesOfACalendarThatNamesTheSameDaysAreRecounted) {
  const auto along = [](double day, const char* calendar) {
    return Labels({"time"}, {numbers({day}, {text("units", "days since 1550-01-01"), text("calendar", calendar)})}, {},
                  {});
  };
  const std::array parts{along(9, "standard"), along(20, "proleptic_gregorian")};
  EXPECT_THAT(concatenate_labels(parts, 1, 0).coordinate(0).to_vector(), ElementsAre(9, 10));
}

TEST(ConcatenateLabels, TimesThatCountAlikeKeepTheirType) {
  const auto along = [](std::int32_t day, const char* units) {
    auto values = std::make_shared<CoordinateValues>();
    values->dtype = DType::int32;
    values->bytes.resize(sizeof day);
    std::memcpy(values->bytes.data(), &day, sizeof day);
    values->attributes = {text("units", units)};
    return Labels({"time"}, {Coordinate(std::move(values))}, {}, {});
  };
  const std::array parts{along(0, "days since 2015-01-01"), along(1, "days since 2015-1-1 00:00")};
  const Labels joined = concatenate_labels(parts, 1, 0);
  EXPECT_EQ(joined.coordinate(0).dtype(), DType::int32);
  EXPECT_THAT(joined.coordinate(0).to_vector(), ElementsAre(0, 1));
}

TEST(ConcatenateLabels, OtherCalendarsAndUnitsAreAnError) {
  const auto along = [](const char* units, const char* calendar) {
    return Labels({"time"}, {numbers({0, 6}, {text("units", units), text("calendar", calendar)})}, {}, {});
  };
  const std::array calendars{along("days since 2015-01-01", "standard"), along("days since 2015-01-01", "noleap")};
  expect_error(ErrorCode::name_mismatch, {"'time'", "'standard' and 'noleap'"},
               [&] { (void)concatenate_labels(calendars, 1, 0); });
  const std::array units{along("hPa", ""), along("m", "")};
  expect_error(ErrorCode::name_mismatch, {"'hPa' and 'm'"}, [&] { (void)concatenate_labels(units, 1, 0); });
}

TEST(ConcatenateLabels, WhatIsNotTrueOfEachPartIsDropped) {
  const Labels a({"x", "y"}, {{}, numbers({1, 2})}, "a", {text("units", "K"), text("source", "s")});
  const Labels b({"x", ""}, {{}, {}}, "b", {text("units", "C"), text("source", "s")});
  const std::array parts{a, b};
  const Labels joined = concatenate_labels(parts, 2, 0);
  EXPECT_EQ(joined.name(), "");
  EXPECT_EQ(joined.attributes(), (Attributes{text("source", "s")}));
  EXPECT_THAT(joined.coordinate(1).to_vector(), ElementsAre(1, 2));
  EXPECT_EQ(joined.dimension(1), "y");
}

TEST(ConcatenateLabels, CoordinatesAlongOtherAxesMustAgree) {
  const Labels a({"x", "y"}, {{}, numbers({1, 2})}, "a", {});
  const Labels b({"x", "y"}, {{}, numbers({2, 1})}, "a", {});
  const std::array parts{a, b};
  expect_error(ErrorCode::name_mismatch, {"'y'", "opposite directions"},
               [&] { (void)concatenate_labels(parts, 2, 0); });
}

TEST(ConcatenateLabels, DifferentNamesAreAnErrorThatNamesThePart) {
  const std::array parts{Labels({"x"}), Labels(), Labels({"y"})};
  expect_error(ErrorCode::name_mismatch, {"'x'", "'y'", "part 2"}, [&] { (void)concatenate_labels(parts, 1, 0); });
}

TEST(Coordinate, WhereThereIsNoneItIsEmpty) {
  const Coordinate none;
  EXPECT_EQ(none.size(), 0);
  EXPECT_EQ(none.dtype(), DType::float64);
  EXPECT_THAT(none.attributes(), IsEmpty());
  EXPECT_THAT(none.to_vector(), IsEmpty());
  EXPECT_THAT(none.to_bytes(), IsEmpty());
  EXPECT_EQ(code_of([&] { (void)none[0]; }), ErrorCode::out_of_range);
}

TEST(Coordinate, AMixedOneSaysThatItHasNoValues) {
  const Coordinate c = numbers({1, 2, 3});
  const Coordinate mixed = Coordinate::mixed(3, {c.origins().begin(), c.origins().end()});
  ASSERT_TRUE(mixed.is_mixed());
  EXPECT_THAT(mixed.attributes(), IsEmpty());
  EXPECT_EQ(code_of([&] { (void)mixed.to_vector(); }), ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { (void)mixed.to_bytes(); }), ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { (void)mixed[0]; }), ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { (void)mixed[3]; }), ErrorCode::out_of_range);
  EXPECT_EQ(code_of([] { (void)Coordinate::mixed(-1, {}); }), ErrorCode::invalid_argument);
}

TEST(Coordinate, NothingIsReadBeyondItsValues) {
  const Coordinate c = numbers({1, 2});
  EXPECT_EQ(code_of([&] { (void)c[2]; }), ErrorCode::out_of_range);
  EXPECT_EQ(code_of([&] { (void)c[-1]; }), ErrorCode::out_of_range);
  EXPECT_EQ(code_of([&] { (void)c.slice({0, 1, 100}); }), ErrorCode::out_of_range);
  EXPECT_EQ(code_of([&] { (void)c.slice({-1, 1, 2}); }), ErrorCode::out_of_range);
  EXPECT_EQ(code_of([&] { (void)c.slice({0, -1, 2}); }), ErrorCode::out_of_range);
  EXPECT_EQ(code_of([&] { (void)c.slice({1, std::numeric_limits<std::int64_t>::min(), 2}); }), ErrorCode::out_of_range);
  EXPECT_THAT(c.slice({1, -1, 2}).to_vector(), ElementsAre(2, 1));
}

TEST(Coordinate, BytesThatDoNotDivideIntoElementsAreAnError) {
  auto made = std::make_shared<CoordinateValues>();
  made->bytes.resize(9);
  EXPECT_EQ(code_of([&] { (void)Coordinate(std::move(made)); }), ErrorCode::invalid_argument);
}

Labels packed(double scale) { return Labels({"x"}, {}, "v", {{"scale_factor", scale}, text("units", "K")}); }

TEST(StoredValues, ArePartsOfStoredValuesAndNothingElse) {
  const Labels stored = packed(0.5).with_stored_values();
  ASSERT_TRUE(stored.holds_stored_values());
  EXPECT_FALSE(packed(0.5).holds_stored_values());
  const std::array<AxisSubscript, 1> part{{{AxisSubscript::Kind::range, {1, 1, 2}}}};
  EXPECT_TRUE(index_labels(stored, part).holds_stored_values());
  EXPECT_TRUE(reduce_labels(stored, 1, 1, false, Meaning::maximum).holds_stored_values());
  for (const Labels& made :
       {reduce_labels(stored, 1, 1, false, Meaning::mean), map_labels(stored), map_labels(stored, Meaning::converted),
        broadcast_labels(stored, 1, stored, 1, Meaning::sum)}) {
    EXPECT_FALSE(made.holds_stored_values());
    EXPECT_TRUE(std::ranges::none_of(made.attributes(), [](const Attribute& a) { return is_packing(a.name); }));
  }
}

TEST(StoredValues, LeaveTheirUnitsBehindWithTheirPacking) {
  const auto has_units = [](const Labels& labels) {
    return std::ranges::any_of(labels.attributes(), [](const Attribute& a) { return a.name == "units"; });
  };
  const Labels stored = packed(0.5).with_stored_values();
  const Labels offset = Labels({"x"}, {}, "v", {{"add_offset", 273.15}, text("units", "K")}).with_stored_values();
  const Labels unsigned_ = Labels({"x"}, {}, "v", {text("_Unsigned", "true"), text("units", "K")}).with_stored_values();
  for (const Labels& labels : {stored, offset, unsigned_}) {
    EXPECT_TRUE(has_units(labels));
    for (const Meaning meaning : {Meaning::mean, Meaning::sum, Meaning::deviation, Meaning::variance, Meaning::median})
      EXPECT_FALSE(has_units(reduce_labels(labels, 1, 1, false, meaning)));
    EXPECT_FALSE(has_units(map_labels(labels, Meaning::converted)));
    EXPECT_FALSE(has_units(concatenate_labels(std::vector{labels, packed(0.25).with_stored_values()}, 1, 0)));
  }
  EXPECT_TRUE(has_units(reduce_labels(stored, 1, 1, false, Meaning::maximum)));
  EXPECT_TRUE(has_units(reduce_labels(Labels({"x"}, {}, "v", {text("units", "K")}), 1, 1, false, Meaning::mean)));
}

TEST(StoredValues, OfWhichALargerMayMeanLessHaveNoExtremes) {
  const Labels unsigned_ = Labels({"x"}, {}, "v", {text("_Unsigned", "true"), text("units", "K")});
  for (const Labels& labels : {packed(-0.5), unsigned_})
    for (const Meaning meaning : {Meaning::minimum, Meaning::maximum})
      EXPECT_EQ(reduce_labels(labels.with_stored_values(), 1, 1, false, meaning).attributes(), Attributes{});
}

TEST(StoredValues, InTheOrderOfTheStoredNumbersArePackedWhereThatIsTheOrderOfTheValues) {
  const auto sorted = [](const Labels& labels) {
    return line_labels(labels.with_stored_values(), 0, false, Meaning::part).attributes();
  };
  EXPECT_EQ(sorted(packed(0.5)), packed(0.5).attributes());
  for (const char* sign : {"true", "True", "false"})
    EXPECT_EQ(sorted(Labels({"x"}, {}, "v", {text("_Unsigned", sign), text("units", "K")})), Attributes{}) << sign;
  EXPECT_EQ(sorted(packed(-0.5)), Attributes{});
}

TEST(StoredValues, StayThoughAnAttributeIsNotANumber) {
  const Labels stored = packed(std::numeric_limits<double>::quiet_NaN()).with_stored_values();
  const std::array<AxisSubscript, 1> part{{{AxisSubscript::Kind::range, {1, 1, 2}}}};
  EXPECT_TRUE(index_labels(stored, part).holds_stored_values());
  EXPECT_TRUE(stored.renamed("w", stored.attributes()).holds_stored_values());
  EXPECT_FALSE(stored.renamed("w", packed(0.5).attributes()).holds_stored_values());
}

TEST(StoredValues, EndWhereTheyArePackedOtherwise) {
  const Labels stored = packed(0.5).with_stored_values();
  EXPECT_TRUE(stored.renamed("w", {text("long_name", "l"), {"scale_factor", 0.5}}).holds_stored_values());
  EXPECT_FALSE(stored.renamed("w", packed(0.25).attributes()).holds_stored_values());
  EXPECT_FALSE(stored.renamed("w").renamed("w", stored.attributes()).holds_stored_values());
  EXPECT_FALSE(stored.with_stored_values(false).holds_stored_values());
  EXPECT_FALSE(Labels({"x"}).with_stored_values().holds_stored_values()) << "they are packed by nothing";
}

TEST(StoredValues, AreJoinedWithThoseThatArePackedAlike) {
  const auto join = [](const Labels& a, const Labels& b) { return concatenate_labels(std::vector{a, b}, 1, 0); };
  const Labels stored = packed(0.5).with_stored_values();
  const Labels alike = join(stored, stored.renamed("v", stored.attributes()));
  EXPECT_TRUE(alike.holds_stored_values());
  EXPECT_EQ(alike.attributes(), stored.attributes());
  for (const Labels& other : {packed(0.25).with_stored_values(), packed(0.5), Labels({"x"})})
    for (const Labels& joined : {join(stored, other), join(other, stored)}) {
      EXPECT_FALSE(joined.holds_stored_values());
      EXPECT_TRUE(std::ranges::none_of(joined.attributes(), [](const Attribute& a) { return is_packing(a.name); }));
    }
}

TEST(Labels, AnAxisThatNoArrayHasIsAnError) {
  const Labels labels({"a"});
  for (const int axis : {-1, -3, max_rank, 99}) {
    EXPECT_EQ(code_of([&] { (void)labels.with_coordinate(axis, numbers({1})); }), ErrorCode::out_of_range) << axis;
    EXPECT_EQ(code_of([&] { (void)labels.with_record(axis); }), ErrorCode::out_of_range) << axis;
    EXPECT_FALSE(labels.with_record(0).is_record(axis)) << axis;
  }
}

}  // namespace
}  // namespace chunkwise
