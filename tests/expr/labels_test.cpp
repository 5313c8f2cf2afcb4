// Names, coordinates and attributes through every operation of the language.
#include <cmath>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

using Numbers = std::vector<double>;

/// Temperature over (time 4, latitude 3, longitude 4), with coordinates, a name and units.
Array<double, 3> temperature() {
  const Labels labels({"time", "latitude", "longitude"},
                      {Coordinate(Numbers{0, 6, 12, 18}, {}), Coordinate(Numbers{10, 0, -10}, {}),
                       Coordinate(Numbers{0, 90, 180, 270}, {})},
                      "t2m", {{"units", DType::float64, std::string("K")}});
  return counting<double, 3>({4, 3, 4}).with_labels(labels);
}

std::vector<std::string> names(const Labels& labels, int rank) {
  std::vector<std::string> result;
  for (int axis = 0; axis < rank; ++axis) result.push_back(labels.dimension(axis));
  return result;
}
template <Expression E>
std::vector<std::string> names(const E& expression) {
  return names(expression.labels(), rank_of<E>);
}
using Names = std::vector<std::string>;

TEST(LabelsOfExpressions, AnElementwiseResultHasTheNamesAndCoordinatesButNotTheMeaning) {
  const auto x = temperature();
  const auto check = [](const auto& result) {
    EXPECT_EQ(names(result), (Names{"time", "latitude", "longitude"}));
    EXPECT_EQ(result.labels().coordinate(1).to_vector(), (Numbers{10, 0, -10}));
    EXPECT_EQ(result.labels().name(), "t2m");
    EXPECT_TRUE(result.labels().attributes().empty());
  };
  check(x * x);
  check(-x);
  check(x - 273.15);
  check(273.15 - x);
  check(x > 280);
  check(where(x > 280, x, 0));
  check(where(true, x, 0));
  check(cast<bool>(x));
  check(x + counting<double, 1>({4}));
  check(x + counting<double, 3>({4, 3, 4}));
  check(counting<double, 1>({1}) * x);
}

TEST(LabelsOfExpressions, AnArrayOfAnExpressionKeepsThem) {
  const Array<double, 3> y = temperature() * 2;
  EXPECT_EQ(names(y), (Names{"time", "latitude", "longitude"}));
  const auto z = persist(local(), temperature() - mean(temperature(), 0));
  EXPECT_EQ(names(z), (Names{"time", "latitude", "longitude"}));
  EXPECT_EQ(z.labels().coordinate(2).to_vector(), (Numbers{0, 90, 180, 270}));
}

TEST(LabelsOfExpressions, DifferentNamesInOnePlaceAreAnErrorThatSaysWhatToDo) {
  const auto x = counting<double, 2>({3, 3}).with_labels(Labels({"latitude", "longitude"}));
  const Caught caught = error_of([&] { (void)(x - mean(x, "longitude")); });
  EXPECT_EQ(caught.code, ErrorCode::name_mismatch);
  for (const char* word : {"latitude", "longitude", "keepdims", "newaxis", "with_labels"})
    EXPECT_TRUE(caught.says(word)) << word << " is not in: " << caught.message;
  EXPECT_EQ(names(x - mean(x, "longitude", keepdims)), (Names{"latitude", "longitude"}));
  EXPECT_EQ(names(x - mean(x, "latitude")), (Names{"latitude", "longitude"}));
  EXPECT_EQ(names(x - mean(x, "longitude")(all, newaxis)), (Names{"latitude", "longitude"}));
}

TEST(LabelsOfExpressions, AnAxisWithoutANameFitsAnyName) {
  const auto x = temperature();
  const auto weights = counting<double, 1>({4});
  EXPECT_EQ(names(x * weights), (Names{"time", "latitude", "longitude"}));
  EXPECT_EQ(names(weights * x), (Names{"time", "latitude", "longitude"}));
}

TEST(LabelsOfExpressions, ACastKeepsTheMeaning) {
  const auto x = cast<float>(temperature());
  EXPECT_EQ(x.labels().name(), "t2m");
  EXPECT_EQ(x.labels().attributes(), temperature().labels().attributes());
}

TEST(LabelsOfExpressions, RoundingKeepsTheMeaningAndMathematicsDoesNot) {
  const auto x = temperature();
  const auto units_of = [](const auto& expression) {
    for (const Attribute& attribute : expression.labels().attributes())
      if (attribute.name == "units") return std::get<std::string>(attribute.value);
    return std::string();
  };
  EXPECT_EQ(units_of(floor(x)), "K");
  EXPECT_EQ(units_of(ceil(trunc(rint(x)))), "K");
  EXPECT_EQ(units_of(round(x)), "K");
  EXPECT_EQ(units_of(round<2>(x)), "K");
  EXPECT_EQ(units_of(round<-2>(cast<int>(x))), "K");
  EXPECT_EQ(units_of(clip(x, 270, 300)), "K");
  EXPECT_EQ(units_of(nan_to_num(x)), "K");
  EXPECT_EQ(units_of(+x), "K");
  EXPECT_EQ(units_of(fmin(x, x)), "K");
  EXPECT_EQ(units_of(hypot(x, x)), "K");
  EXPECT_EQ(units_of(x % x), "K");
  for (const std::string& none :
       {units_of(sin(x)), units_of(square(x)), units_of(sign(x)), units_of(floor_divide(x, x)), units_of(x % 10),
        units_of(arctan2(x, x)), units_of(fmax(x, 0)), units_of(isfinite(x))})
    EXPECT_EQ(none, "");
  EXPECT_EQ(floor(x).labels().name(), "t2m");
}

TEST(LabelsOfExpressions, SlicesOfOneCoordinateMeetByPositionAndTheResultHasNone) {
  const auto x = temperature();
  const auto shifted = x(range(1, 4)) - x(range(0, 3));
  EXPECT_EQ(names(shifted), (Names{"time", "latitude", "longitude"}));
  EXPECT_FALSE(shifted.labels().coordinate(0));
  EXPECT_TRUE(shifted.labels().coordinate(1));
}

TEST(LabelsOfExpressions, ARunningMeanHasNoDatesInWhateverOrderItIsAdded) {
  const auto x = temperature();
  const auto a = x(range(0, 2)), b = x(range(1, 3)), c = x(range(2, 4));
  const auto check = [](const auto& sum) {
    EXPECT_FALSE(sum.labels().coordinate(0));
    EXPECT_TRUE(sum.labels().coordinate(0).is_mixed());
    EXPECT_EQ(sum.labels().coordinate(1).to_vector(), (Numbers{10, 0, -10}));
  };
  check((a + b + c) / 3);
  check(a + (b + c));
  check(b + (c + a));
  check(where(a > b, b, c));
  check(where(a > b, a, a));
  check(concatenate(std::vector{Array<double, 3>(a + b), Array<double, 3>(c)}, "time"));
  check(concatenate(std::vector{Array<double, 3>(a), Array<double, 3>(b)}, "longitude"));
  check(cast<float>(minimum(a, c)) + 1);
  check((a - b)(range(none, none, -1)));
  check(mean(a - b, "longitude", keepdims));
  check(persist(local(), a - b) + a);
}

TEST(LabelsOfExpressions, CoordinatesOfOtherOriginMustAgree) {
  const auto x = temperature();
  const auto other = [&](const std::vector<double>& latitudes) {
    return x.with_labels(x.labels().with_coordinate(1, Coordinate(latitudes, {})));
  };
  EXPECT_EQ((x - other({10, 0, -10})).labels().coordinate(1).to_vector(), (Numbers{10, 0, -10}));
  const Caught reversed = error_of([&] { (void)(x - other({-10, 0, 10})); });
  EXPECT_EQ(reversed.code, ErrorCode::name_mismatch);
  EXPECT_TRUE(reversed.says("opposite directions, 10 to -10 in the first, -10 to 10 in the second"))
      << reversed.message;
  EXPECT_TRUE(error_of([&] { (void)(x * other({10, 1, -10})); }).says("index 1 is 0 in the first and 1 in the second"));
  EXPECT_TRUE(error_of([&] { (void)where(x > 0, x, other({11, 1, -9})); }).says("larger by 1"));
  EXPECT_TRUE(error_of([&] { (void)concatenate(std::vector{x, other({10, 1, -10})}, "time"); }).says("'latitude'"));
  // What has lost its values meets no values of another origin either.
  const auto difference = x(all, range(1, none)) - x(all, range(0, -1));
  EXPECT_TRUE(error_of([&] { (void)(difference * other({10, 1, -10})(all, range(0, 2))); }).says("has none left"));
}

TEST(LabelsOfExpressions, AnyExpressionTakesOtherLabelsOrGoesWithoutACoordinate) {
  const auto x = temperature();
  const auto reversed =
      x(all, range(none, none, -1)).with_labels(x.labels().with_coordinate(1, Coordinate(Numbers{-10, 0, 10}, {})));
  const auto bare = x - reversed.without_coordinate("latitude");
  EXPECT_EQ(bare.labels().coordinate(1).to_vector(), (Numbers{10, 0, -10}));
  EXPECT_EQ(compute(local(), bare)(0, 0, 0), compute(local(), x)(0, 0, 0) - compute(local(), x)(0, 2, 0));
  EXPECT_FALSE((x + 1).without_coordinate(1).labels().coordinate(1));
  EXPECT_TRUE((x + 1).without_coordinate(1).labels().coordinate(0));
  EXPECT_FALSE(mean(x, 0).without_coordinate().labels().coordinate(1));
  EXPECT_EQ(error_of([&] { (void)(x + 1).without_coordinate("level"); }).code, ErrorCode::not_found);

  const auto step = (x(range(1, none)) - x(range(0, -1))).with_labels(x(range(1, none)).labels());
  EXPECT_EQ(step.labels().coordinate(0).to_vector(), (Numbers{6, 12, 18}));
  EXPECT_EQ(names(mean(x, 0).with_labels(Labels({"y", "x"})) * 2), (Names{"y", "x"}));
  EXPECT_EQ(error_of([&] { (void)mean(x, 0).with_labels(x.labels()); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)(x + x).with_labels(Labels({"t"}, {Coordinate(Numbers{1}, {})}, {}, {})); }).code,
            ErrorCode::invalid_argument);
  // Labels change no graph.
  EXPECT_EQ(compute(local(), (x * 2 + x).with_labels({}))(1, 2, 3), compute(local(), x * 2 + x)(1, 2, 3));
}

TEST(LabelsOfExpressions, AlignTakesElementsAtTheCoordinatesOfAnother) {
  const auto x = temperature();
  const auto values = compute(local(), x);
  const auto labels = [&](int axis, const Numbers& numbers, Attributes attributes = {}) {
    return x.labels().with_coordinate(axis, Coordinate(numbers, std::move(attributes)));
  };
  // Turned round.
  const auto south = x.with_labels(labels(1, {-10, 0, 10}));
  EXPECT_EQ(compute(local(), align(south, x))(0, 0, 1), values(0, 2, 1));
  EXPECT_EQ((x - align(south, x)).labels().coordinate(1).to_vector(), (Numbers{10, 0, -10}));
  // Begun elsewhere, with another 0.
  const Attributes east{{"units", DType::float64, std::string("degrees_east")}};
  const auto greenwich = x.with_labels(labels(2, {0, 90, 180, 270}, east));
  const auto pacific = x.with_labels(labels(2, {-180, -90, 0, 90}, east));
  const auto round = align(pacific, greenwich);
  EXPECT_EQ(round.labels().coordinate(2).to_vector(), (Numbers{0, 90, 180, 270}));
  EXPECT_EQ(compute(local(), round)(1, 1, 0), values(1, 1, 2));
  EXPECT_EQ(compute(local(), round)(1, 1, 3), values(1, 1, 1));
  EXPECT_NO_THROW((void)(greenwich - round));
  // What only one has is left out.
  const auto later = x.with_labels(labels(0, {12, 15, 18, 24}));
  const auto common = align(x, later);
  EXPECT_EQ(common.labels().coordinate(0).to_vector(), (Numbers{12, 18}));
  EXPECT_EQ(compute(local(), align(later, common))(1, 0, 0), values(2, 0, 0));
  EXPECT_EQ((common - align(later, common)).shape(), (Shape{2, 3, 4}));
  // Twice the same place.
  const auto twice = align(x, x.with_labels(labels(0, {12, 12, 0, 6})));
  EXPECT_EQ(twice.labels().coordinate(0).to_vector(), (Numbers{12, 12, 0, 6}));
  EXPECT_EQ(compute(local(), twice)(1, 0, 0), values(2, 0, 0));
  EXPECT_EQ(compute(local(), twice)(2, 0, 0), values(0, 0, 0));
  // Nothing in common, or nothing to go by.
  EXPECT_TRUE(error_of([&] { (void)align(x, x.with_labels(labels(0, {1, 2, 3, 4}))); }).says("no coordinate along"));
  EXPECT_EQ(error_of([&] { (void)align(x, x.with_labels({})); }).code, ErrorCode::not_found);
  EXPECT_EQ(error_of([&] { (void)align(x.with_labels(labels(1, {1, 1, 2})), x); }).code, ErrorCode::invalid_argument);
}

TEST(LabelsOfExpressions, AnIndexSlicesCoordinatesAndDropsOrAddsAxes) {
  const auto x = temperature();
  const auto part = x(range(none, none, -2), 1, newaxis, range(1, 3));
  EXPECT_EQ(names(part), (Names{"time", "", "longitude"}));
  EXPECT_EQ(part.labels().coordinate(0).to_vector(), (Numbers{18, 6}));
  EXPECT_FALSE(part.labels().coordinate(1));
  EXPECT_EQ(part.labels().coordinate(2).to_vector(), (Numbers{90, 180}));
  EXPECT_EQ(part.labels().name(), "t2m");
  EXPECT_EQ(x(0, 0, 0).labels().name(), "t2m");
  EXPECT_EQ(x(range(3, 3)).labels().coordinate(0).size(), 0);
}

TEST(LabelsOfExpressions, AReductionDropsOrKeepsItsAxes) {
  const auto x = temperature();
  EXPECT_EQ(names(mean(x, "latitude")), (Names{"time", "longitude"}));
  EXPECT_EQ(mean(x, "latitude").labels().coordinate(1).to_vector(), (Numbers{0, 90, 180, 270}));
  const auto kept = mean(x, axes("latitude", 0), keepdims);
  EXPECT_EQ(names(kept), (Names{"time", "latitude", "longitude"}));
  EXPECT_FALSE(kept.labels().coordinate(0));
  EXPECT_TRUE(kept.labels().coordinate(2));
  EXPECT_EQ(names(x - kept), (Names{"time", "latitude", "longitude"}));
  EXPECT_EQ((x - kept).labels().coordinate(0).to_vector(), (Numbers{0, 6, 12, 18}));
}

TEST(LabelsOfExpressions, AJoinJoinsTheCoordinateOfItsAxis) {
  const auto x = temperature();
  const auto joined = concatenate(std::vector{x(range(2, 4)), x(range(0, 1))}, "time");
  EXPECT_EQ(names(joined), (Names{"time", "latitude", "longitude"}));
  EXPECT_EQ(joined.labels().coordinate(0).to_vector(), (Numbers{12, 18, 0}));
  EXPECT_EQ(joined.labels().coordinate(1).to_vector(), (Numbers{10, 0, -10}));
  EXPECT_EQ(joined.labels().name(), "t2m");
  // What was put together of slices of one coordinate meets that one by position, as a roll does.
  const auto rolled = concatenate(std::vector{x(range(3, 4)), x(range(0, 3))}, "time");
  EXPECT_TRUE((x - rolled).labels().coordinate(0).is_mixed());
}

TEST(LabelsOfExpressions, ANameThatIsNotThereIsAnErrorWithThoseThatAre) {
  const auto x = temperature();
  const Caught caught = error_of([&] { (void)mean(x, "lat"); });
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  EXPECT_TRUE(caught.says("'lat'") && caught.says("time, latitude, longitude")) << caught.message;
  EXPECT_EQ(error_of([&] { (void)mean(x, axes("time", "height")); }).code, ErrorCode::not_found);
  EXPECT_EQ(error_of([&] { (void)mean(x(all, 0), "latitude"); }).code, ErrorCode::not_found);
  EXPECT_EQ(error_of([&] { (void)mean(counting<double, 1>({3}), "time"); }).code, ErrorCode::not_found);
}

TEST(LabelsOfExpressions, TheyDoNotChangeTheGraph) {
  const auto x = temperature();
  EXPECT_EQ(x.node(), x.with_labels({}).node());
}

TEST(LabelsOfExpressions, PrintingShowsThem) {
  std::ostringstream text;
  text << temperature() << '\n' << mean(temperature(), "time");
  EXPECT_EQ(text.str(),
            "Array float64 (time 4, latitude 3, longitude 4), 1 chunk of (4, 3, 4), 384 bytes\n"
            "Array float64 (latitude 3, longitude 4), 1 chunk of (3, 4), 96 bytes");
}

TEST(LabelsOfExpressions, OnePlaceOfAnotherCoordinateDoesNotStandForAll) {
  const auto at = [](const Numbers& days) {
    return counting<double, 1>({static_cast<std::int64_t>(days.size())})
        .with_labels(Labels({"time"}, {Coordinate(days, {})}, "x", {}));
  };
  const auto a = at({0, 1, 2});
  const auto b = at({2, 3, 4});
  EXPECT_TRUE(error_of([&] { (void)(a - align(b, a)); }).says("it would stand for each of the 3 of the other"));
  const auto c = align(a, b);
  EXPECT_EQ((c - align(b, c)).labels().coordinate(0).to_vector(), (Numbers{2}));
  EXPECT_EQ((a - a(range(0, 1))).labels().coordinate(0).to_vector(), (Numbers{0, 1, 2}));
  EXPECT_EQ((a - b(0)).labels().coordinate(0).to_vector(), (Numbers{0, 1, 2}));
  EXPECT_EQ((a - at({5})).labels().coordinate(0).to_vector(), (Numbers{0, 1, 2}));
}

TEST(LabelsOfExpressions, AlignFindsPlacesBesideMissingOnes) {
  const auto at = [](const Numbers& days) {
    return counting<double, 1>({static_cast<std::int64_t>(days.size())})
        .with_labels(Labels({"time"}, {Coordinate(days, {})}, "x", {}));
  };
  const double none = std::nan("");
  EXPECT_EQ(align(at({none, 1, 2}), at({0, 1, 2})).labels().coordinate(0).to_vector(), (Numbers{1, 2}));
  EXPECT_EQ(align(at({0, 1, none, 2}), at({0, 1, 2})).labels().coordinate(0).to_vector(), (Numbers{0, 1, 2}));
}

}  // namespace
}  // namespace chunkwise_test
