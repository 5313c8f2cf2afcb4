// sel: parts of arrays by values of coordinates and by times.
#include "chunkwise/expr/select.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

/// Four times of a day apart by six hours, latitudes that go down, longitudes that go up.
auto field() {
  return counting<double, 3>({4, 3, 4}, {2, 3, 4})
      .with_labels(Labels({"time", "latitude", "longitude"},
                          {Coordinate(Numbers{0, 6, 12, 24}, {{"units", "hours since 2000-01-31 00:00"}}),
                           Coordinate(Numbers{10, 0, -10}, {}), Coordinate(Numbers{0, 90, 180, 270}, {})},
                          "t", {}));
}

template <class Call>
void refused(const Call& call, ErrorCode code, const std::string& text) {
  const Caught caught = error_of(call);
  EXPECT_EQ(caught.code, code) << caught.message;
  EXPECT_TRUE(caught.says(text)) << caught.message;
}

TEST(Sel, OneValueTakesTheAxisAway) {
  const auto x = field();
  EXPECT_EQ(values(sel(sel(x, "latitude", 0.0), "longitude", 180)), (Numbers{6, 18, 30, 42}));
  EXPECT_EQ(values(sel(x, "time", "2000-01-31T06:00")), values(x(1)));
  EXPECT_EQ(values(sel(x, "time", "2000-01-31T06")), values(x(1)));
  EXPECT_EQ(values(sel(x, "latitude", nearest(-7))), values(x(all, 2)));
  // Of two equally near ones the larger.
  EXPECT_EQ(values(sel(x, "latitude", nearest(5))), values(x(all, 0)));
  EXPECT_EQ(values(sel(x, "longitude", nearest(45))), values(x(all, all, 1)));
  EXPECT_EQ(values(sel(x, "time", nearest("2000-01-31T10:00"))), values(x(2)));
}

TEST(Sel, TheNearestLongitudeIsFoundRoundTheWorld) {
  const auto x = field();
  const auto lie_on = [&](const Attributes& attributes) {
    return x.with_labels(x.labels().with_coordinate(2, Coordinate(Numbers{0, 90, 180, 270}, attributes)));
  };
  const auto world = lie_on({{"units", "degrees_east"}});
  EXPECT_EQ(values(sel(world, "longitude", nearest(-80))), values(x(all, all, 3)));
  EXPECT_EQ(values(sel(world, "longitude", nearest(350))), values(x(all, all, 0)));
  EXPECT_EQ(values(sel(world, "longitude", nearest(-440, 10))), values(x(all, all, 3)));
  refused([&] { (void)sel(world, "longitude", nearest(-80, 9)); }, ErrorCode::not_found, "tolerance of 9");
  refused([&] { (void)sel(world, "longitude", -80); }, ErrorCode::not_found, "has no -80; the nearest is 270");
  // What is no longitude has an end.
  EXPECT_EQ(values(sel(lie_on({}), "longitude", nearest(350))), values(x(all, all, 3)));
}

TEST(Sel, ATextStandsForAllTimesThatItDoesNotTellApart) {
  const Labels quarters({"time"}, {Coordinate(Numbers{0, 0.25, 0.5, 1}, {{"units", "seconds since 2000-01-01"}})}, "",
                        {});
  EXPECT_FALSE(is_one_time(quarters, 0, "2000-01-01T00:00:00"));
  const auto x = counting<double, 1>({4}).with_labels(quarters);
  EXPECT_EQ(values(sel(x, "time", within("2000-01-01T00:00:00"))), (Numbers{0, 1, 2}));
}

TEST(Sel, ARangeHoldsItsEndsInEitherDirection) {
  const auto x = field();
  EXPECT_EQ(numbers_along(sel(x, "latitude", between(10, 0)), 1), (Numbers{10, 0}));
  EXPECT_EQ(numbers_along(sel(x, "latitude", between(0, 10)), 1), (Numbers{10, 0}));
  EXPECT_EQ(numbers_along(sel(x, "latitude", between(std::nullopt, 0)), 1), (Numbers{10, 0}));
  EXPECT_EQ(numbers_along(sel(x, "latitude", between(0, std::nullopt)), 1), (Numbers{0, -10}));
  EXPECT_EQ(numbers_along(sel(x, "longitude", between(1, 200)), 2), (Numbers{90, 180}));
  EXPECT_EQ(numbers_along(sel(x, "time", within("2000-01-31")), 0), (Numbers{0, 6, 12}));
  EXPECT_EQ(numbers_along(sel(x, "time", within("2000-02")), 0), (Numbers{24}));
  EXPECT_EQ(numbers_along(sel(x, "time", between("2000-01-31T06", "2000-02-01")), 0), (Numbers{6, 12, 24}));
  EXPECT_EQ(numbers_along(sel(x, "time", between("2000-02", std::nullopt)), 0), (Numbers{24}));
  EXPECT_EQ(values(sel(x, "time", within("2000-01-31"))), values(x(range(0, 3))));
}

TEST(Sel, ARangeOfTimesOfWhichOneLiesWithinTheOtherFollowsTheOrderOfTheAxis) {
  const auto x = field();
  EXPECT_EQ(numbers_along(sel(x, "time", between("2000-01-31T06", "2000-01")), 0), (Numbers{6, 12}));
  EXPECT_EQ(numbers_along(sel(x, "time", between("2000-01", "2000-01-31T06")), 0), (Numbers{0, 6}));
  EXPECT_EQ(numbers_along(sel(x, "time", between("2000-01-31T06", "2000")), 0), (Numbers{6, 12, 24}));
  EXPECT_EQ(numbers_along(sel(x, "time", between("2000-02", "2000-01-31T06")), 0), (Numbers{6, 12, 24}));
  const auto back = x(range(none, none, -1));
  EXPECT_EQ(numbers_along(sel(back, "time", between("2000-01-31T06", "2000-01")), 0), (Numbers{6, 0}));
  EXPECT_EQ(numbers_along(sel(back, "time", between("2000-01", "2000-01-31T06")), 0), (Numbers{12, 6}));
}

TEST(Sel, ANumberAgreesWithAFloat32CoordinateThatIsItsRounding) {
  auto held = std::make_shared<CoordinateValues>();
  held->dtype = DType::float32;
  const std::vector<float> numbers{52.1F, 52.2F, 52.3F};
  held->bytes.resize(12);
  std::memcpy(held->bytes.data(), numbers.data(), 12);
  const auto x = vector_of<double>({1, 2, 3}).with_labels(Labels({"y"}, {Coordinate(held)}, "", {}));
  EXPECT_EQ(compute(local(), sel(x, "y", 52.2)), 2);
  EXPECT_EQ(values(sel(x, "y", between(52.2, 52.3))), (Numbers{2, 3}));
}

TEST(Sel, IntegersOf64BitsAreToldApart) {
  auto held = std::make_shared<CoordinateValues>();
  held->dtype = DType::int64;
  const std::int64_t large = std::int64_t{1} << 60;
  const std::vector<std::int64_t> ids{large + 1, large + 1000};
  held->bytes.resize(16);
  std::memcpy(held->bytes.data(), ids.data(), 16);
  const auto x = vector_of<double>({1, 2}).with_labels(Labels({"cell"}, {Coordinate(held)}, "", {}));
  EXPECT_EQ(compute(local(), sel(x, "cell", large + 1)), 1);
  EXPECT_EQ(values(sel(x, "cell", between(large + 2, std::nullopt))), (Numbers{2}));
  refused([&] { (void)sel(x, "cell", large + 3); }, ErrorCode::not_found,
          "'cell' has no 1152921504606846979; the nearest is 1152921504606846977");
}

TEST(Sel, WhatIsNotThereIsNamedWithWhatIsNear) {
  const auto x = field();
  refused([&] { (void)sel(x, "latitude", 1.0); }, ErrorCode::not_found, "'latitude' has no 1; the nearest is 0");
  refused([&] { (void)sel(x, "latitude", nearest(4, 1)); }, ErrorCode::not_found, "tolerance of 1");
  refused([&] { (void)sel(x, "latitude", nearest(4, -1)); }, ErrorCode::invalid_argument, "tolerance of -1");
  refused([&] { (void)sel(x, "latitude", between(1, 2)); }, ErrorCode::not_found,
          "nothing from 1 to 2; it goes from 10 to -10");
  refused([&] { (void)sel(x, "time", within("2001")); }, ErrorCode::not_found,
          "from 2000-01-31 00:00 to 2000-02-01 00:00");
}

TEST(Sel, WhatIsNoValueOfACoordinateIsRefused) {
  const auto x = field();
  refused([&] { (void)sel(x, "latitude", "2000"); }, ErrorCode::invalid_argument, "is no time");
  refused([&] { (void)sel(x, "time", "2000-13"); }, ErrorCode::invalid_argument, "is no time");
  refused([&] { (void)sel(x, "time", between("2000", 3)); }, ErrorCode::invalid_argument, "number 3");
  refused([&] { (void)sel(x, "height", 1); }, ErrorCode::not_found, "'height'");
  const auto bare = counting<double, 1>({3}).with_labels(Labels({"y"}));
  refused([&] { (void)sel(bare, "y", 1); }, ErrorCode::not_found, "has no coordinate of numbers");
  const auto labelled = [](const Numbers& numbers) {
    return counting<double, 1>({3}).with_labels(Labels({"y"}, {Coordinate(numbers, {})}, "", {}));
  };
  refused([&] { (void)sel(labelled({1, 2, 1}), "y", 1); }, ErrorCode::invalid_argument, "at index 0 and at index 2");
  refused([&] { (void)sel(labelled({1, 3, 2}), "y", between(1, 2)); }, ErrorCode::invalid_argument, "up or down");
}

}  // namespace
}  // namespace chunkwise_test
