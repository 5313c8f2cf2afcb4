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
    EXPECT_EQ(result.labels().name(), "");
    EXPECT_TRUE(result.labels().attributes().empty());
  };
  check(x + x);
  check(-x);
  check(x - 273.15);
  check(273.15 - x);
  check(x > 280);
  check(where(x > 280, x, 0));
  check(where(true, x, 0));
  check(cast<float>(x));
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

TEST(LabelsOfExpressions, ACoordinateOnWhichOperandsDisagreeIsDropped) {
  const auto x = temperature();
  const auto shifted = x(range(1, 4)) - x(range(0, 3));
  EXPECT_EQ(names(shifted), (Names{"time", "latitude", "longitude"}));
  EXPECT_FALSE(shifted.labels().coordinate(0));
  EXPECT_TRUE(shifted.labels().coordinate(1));
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

}  // namespace
}  // namespace chunkwise_test
