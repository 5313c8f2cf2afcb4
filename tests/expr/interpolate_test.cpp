// Values between elements: at other coordinates, in gaps, of functions that are given by points.
#include "chunkwise/expr/interpolate.hpp"

#include <cmath>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/line/catalog.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

static_assert(is<float, decltype(interp(make<Cube<float>>(), "x", {1.0}))>);
static_assert(is<double, decltype(interp(make<Cube<std::int16_t>>(), "x", {1.0}))>);
static_assert(is<std::int16_t, decltype(interpolate_na(make<Cube<std::int16_t>>(), 0))>);
static_assert(is<double, decltype(interp(make<Cube<float>>(), Points{}))>);

/// Elements along (time, latitude), with coordinates.
template <class T>
Array<T, 2> field(std::vector<T> values, const Numbers& times, const Numbers& latitudes) {
  const Shape shape{static_cast<std::int64_t>(times.size()), static_cast<std::int64_t>(latitudes.size())};
  return from_vector<2>(std::move(values), shape, {2, 2})
      .with_labels(Labels({"time", "latitude"},
                          {Coordinate(times, {{"units", "hours since 2014-02-11"}}), Coordinate(latitudes, {})}, "t2m",
                          {{"units", "K"}}));
}

TEST(Interp, IsTheStraightLineBetweenTwoElements) {
  const auto x = field<double>({0, 10, 20, 30, 60, 80}, {0, 6, 12}, {50, 40});
  EXPECT_EQ(values(interp(x, "time", {3.0, 12.0, 1.5})), (Numbers{10, 20, 60, 80, 5, 15}));
  EXPECT_EQ(values(interp(x, "latitude", {47.5})), (Numbers{2.5, 22.5, 65}));
  EXPECT_EQ(values(interp(x, 0, {"2014-02-11T09"})), (Numbers{40, 55}));
  EXPECT_EQ(values(interp(x, 0, Numbers{6})), (Numbers{20, 30}));
}

TEST(Interp, OfUntypedArraysAnAxisMayBeCountedFromTheLast) {
  const auto x = field<double>({0, nan, 20, 20, 30, 60}, {0, 6}, {50, 40, 20});
  const std::vector<CoordinateValue> at{30.0};
  const UntypedArray between = interp(x.handle(), -1, at, InterpolationMethod::linear);
  EXPECT_TRUE(same_numbers(values(Array<double, 2>(between)), {nan, 45}));
  EXPECT_EQ(between.labels.coordinate(1).to_vector(), (Numbers{30}));
  const UntypedArray filled = interpolate_na(x.handle(), -1, true);
  EXPECT_EQ(values(Array<double, 2>(filled))[1], 0 + 10 * (20.0 / 30));
  EXPECT_EQ(filled.labels.coordinate(1).to_vector(), (Numbers{50, 40, 20}));
}

TEST(Interp, BeyondTheEndsIsNaN) {
  const auto x = field<float>({0, 10, 20, 30}, {0, 6}, {50, 40});
  for (const InterpolationMethod method : {InterpolationMethod::linear, InterpolationMethod::nearest}) {
    const auto result = values(interp(x, "time", {-1.0, 6.5, 6.0}, method));
    for (const int i : {0, 1, 2, 3}) EXPECT_TRUE(std::isnan(result[static_cast<std::size_t>(i)])) << i;
    EXPECT_EQ(result[4], 20);
    EXPECT_EQ(result[5], 30);
  }
}

TEST(Interp, TheNearestOfTwoEquallyNearElementsIsTheFirst) {
  const auto x = field<std::int16_t>({1, 2, 3, 4}, {0, 6}, {50, 40});
  EXPECT_EQ(values(interp(x, "time", {2.9, 3.0, 3.1}, InterpolationMethod::nearest)), (Numbers{1, 2, 1, 2, 3, 4}));
  EXPECT_EQ(values(interp(x, "latitude", {45.0}, InterpolationMethod::nearest)), (Numbers{1, 3}));
}

TEST(Interp, AnElementItselfIsNotSpoiltByItsNeighbour) {
  const auto x = field<double>({1, inf, nan, 4}, {0, 6}, {50, 40});
  EXPECT_TRUE(same_numbers(values(interp(x, "time", {0.0, 3.0})), {1, inf, nan, nan}));
}

TEST(Interp, TheAxisHasTheNewCoordinate) {
  const auto x = field<float>({0, 10, 20, 30}, {0, 6}, {50, 40});
  const auto result = interp(x, "time", {1.5, 4.0});
  EXPECT_EQ(result.labels().coordinate(0).to_vector(), (Numbers{1.5, 4}));
  EXPECT_EQ(result.labels().coordinate(0).attributes(), x.labels().coordinate(0).attributes());
  EXPECT_EQ(result.labels().coordinate(1).to_vector(), (Numbers{50, 40}));
  EXPECT_EQ(result.labels().name(), "t2m");
  EXPECT_EQ(result.labels().attributes(), x.labels().attributes());
}

TEST(Interp, OnlyElementsThemselvesKeepTheirCompanions) {
  const auto bare = field<double>({0, 10, 20, 30}, {0, 6}, {50, 40});
  const auto companion = [](const char* name, const char* dimension) {
    return Companion(name, DType::int8, false, {{dimension, 2, {0, 1, 2}, false}}, {},
                     companion_values({std::byte{7}, std::byte{8}}));
  };
  const auto x =
      bare.with_labels(bare.labels().with_companions({companion("step", "time"), companion("zone", "latitude")}));
  const auto names = [](const Labels& labels) {
    std::vector<std::string> all;
    for (const Companion& one : labels.companions()) all.push_back(one.name());
    return all;
  };
  EXPECT_EQ(names(interp(x, "time", {6.0, 3.0}).labels()), std::vector<std::string>{"zone"});
  EXPECT_EQ(names(interp(x, "time", {7.0}).labels()), std::vector<std::string>{"zone"});
  EXPECT_EQ(names(interp(x, "time", {6.0, 0.0}).labels()), (std::vector<std::string>{"step", "zone"}));
}

TEST(Interp, LikeAnotherArrayIsAtItsCoordinates) {
  const auto x = field<double>({0, 10, 20, 30}, {0, 6}, {50, 40});
  const auto y = field<double>({0, 0, 0}, {3}, {50, 45, 40});
  const auto result = interp_like(x, y);
  EXPECT_EQ(values(result), (Numbers{10, 15, 20}));
  EXPECT_EQ(result.labels().coordinate(1).to_vector(), (Numbers{50, 45, 40}));
  EXPECT_EQ(error_of([&] { (void)interp_like(x, counting<double, 1>({3})); }).code, ErrorCode::not_found);
}

TEST(Interp, TimesOfTheOtherArrayMayBeCountedInOtherUnits) {
  const auto x = field<double>({0, 10, 20, 30, 60, 80}, {0, 6, 12}, {50, 40});
  const auto like = [](const Numbers& times, const char* units) {
    return counting<double, 1>({static_cast<std::int64_t>(times.size())})
        .with_labels(Labels({"time"}, {Coordinate(times, {{"units", units}})}, "t2m", {}));
  };
  const auto days = interp_like(x, like({1.125, 1 + 1.0 / 3}, "days since 2014-02-10"));
  EXPECT_EQ(values(days), (Numbers{10, 20, 20 + 40 * (1.0 / 3), 30 + 50 * (1.0 / 3)}));
  EXPECT_EQ(days.labels().coordinate(0).to_vector(), (Numbers{3, 8}));
  EXPECT_EQ(days.labels().coordinate(0).attributes(), x.labels().coordinate(0).attributes());
  // The same numbers of another origin are other times.
  EXPECT_TRUE(same_numbers(values(interp_like(x, like({0, 6, 12}, "hours since 2014-02-11 03:00"))),
                           {10, 20, 40, 55, nan, nan}));
  const Caught refused = error_of([&] { (void)interp_like(x, like({0, 6}, "m")); });
  EXPECT_EQ(refused.code, ErrorCode::name_mismatch);
  EXPECT_TRUE(refused.says("coordinates along 'time' cannot be compared"));
}

TEST(Interp, ACoordinateThatGoesBackAndForthHasNoPlaceBetween) {
  const auto x = field<double>({0, 10, 20, 30, 40, 50}, {0, 6, 3}, {50, 40});
  EXPECT_TRUE(error_of([&] { (void)interp(x, "time", {1.0}); }).says("does not go up or down all along"));
  EXPECT_EQ(error_of([&] { (void)interp(counting<double, 1>({3}), 0, {1.0}); }).code, ErrorCode::not_found);
  EXPECT_TRUE(error_of([&] { (void)interp(x, "latitude", {"2014"}); }).says("whose coordinate is no time"));
}

TEST(InterpolateNa, GapsLieOnTheLineBetweenTheirEndsByTheCoordinate) {
  const auto x = field<double>({nan, 1, 0, nan, nan, 7, 9, 3}, {0, 1, 3, 4}, {50, 40});
  EXPECT_TRUE(same_numbers(values(interpolate_na(x, "time")), {nan, 1, 0, 3, 6, 7, 9, 3}));
  const auto by_positions = x.without_coordinate("time");
  EXPECT_TRUE(same_numbers(values(interpolate_na(by_positions, 0)), {nan, 1, 0, 4, 4.5, 7, 9, 3}));
  EXPECT_EQ(interpolate_na(x, "time").labels().coordinate(0).to_vector(), (Numbers{0, 1, 3, 4}));
  EXPECT_EQ(values(interpolate_na(vector_of<std::int8_t>({3, 4}), 0)), (std::vector<std::int8_t>{3, 4}));
}

TEST(InterpolateNa, ItsPositionsAreOneAnIndex) {
  const auto x = counting<double, 1>({3});
  const auto code = [&](Numbers numbers) {
    return error_of([&] { (void)build::along(linewise::InterpolateNan::code, x.node(), 0, false, std::move(numbers)); })
        .code;
  };
  EXPECT_EQ(code({}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({1, 2, 3}), ErrorCode::out_of_range);
  EXPECT_EQ(code({1, 2, 3, 3}), ErrorCode::out_of_range);
  EXPECT_EQ(code({1, 2, 3, nan}), ErrorCode::out_of_range);
}

TEST(InterpByPoints, GoesThroughThePoints) {
  const auto x = vector_of<double>({-1, 0, 0.5, 1, 3, 5, nan});
  EXPECT_TRUE(same_numbers(values(interp(x, Points{{0, 1, 4}, {2, 4, 10}})), {2, 2, 3, 4, 8, 10, nan}));
  EXPECT_TRUE(same_numbers(values(interp(x, Points{{0, 1, 4}, {2, 4, 10}, -7, nan})), {-7, 2, 3, 4, 8, nan, nan}));
  EXPECT_TRUE(
      same_numbers(values(interp(vector_of<std::int16_t>({-10, 350, 361}), Points{{0, 90}, {1, 2}, {}, {}, 360.0})),
                   {1 + 1.0 / 27, 1 + 1.0 / 27, 1 + 1.0 / 90}));
}

TEST(InterpByPoints, OfChunksIsThatOfEachElement) {
  const Points points{{0, 10, 30}, {0, 1, 9}};
  const auto whole = counting<double, 2>({5, 6});
  const auto chunks = counting<double, 2>({5, 6}, {2, 4});
  EXPECT_EQ(values(interp(whole, points)), values(interp(chunks, points)));
  EXPECT_EQ(values(interp(counting<double, 0>({}), points)), (Numbers{0}));
}

TEST(InterpByPoints, PointsWithoutAMeaningAreRefused) {
  const auto x = counting<double, 1>({3});
  EXPECT_TRUE(error_of([&] { (void)interp(x, Points{{0, 2, 1}, {1, 2, 3}}); }).says("point 2 lies at 1, behind 2"));
  EXPECT_TRUE(error_of([&] { (void)interp(x, Points{{0, 2}, {1}}); }).says("2 abscissas and 1 ordinates"));
  EXPECT_TRUE(error_of([&] { (void)interp(x, Points{{0}, {1}, {}, {}, 0.0}); }).says("a period is not 0"));
}

}  // namespace
}  // namespace chunkwise_test
