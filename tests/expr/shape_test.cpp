#include "chunkwise/expr/shape.hpp"

#include <cmath>
#include <cstdint>

#include "tests/conformance/sources.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

Array<double, 3> weather() {
  const Labels labels(
      {"time", "latitude", "longitude"},
      {Coordinate(Numbers{0, 6}, {}), Coordinate(Numbers{10, 0, -10}, {}), Coordinate(Numbers{0, 90, 180, 270}, {})},
      "t2m", {{"units", "K"}, {"actual_range", DType::float64, Numbers{0, 23}}});
  return counting<double, 3>({2, 3, 4}, {1, 3, 2}).with_labels(labels);
}
double at(std::int64_t i, std::int64_t j, std::int64_t k) { return static_cast<double>((i * 3 + j) * 4 + k); }

TEST(Transpose, PutsElementsNamesAndCoordinatesInAnotherOrder) {
  const auto x = weather();
  const auto turned = transpose(x, axes("longitude", 0, "latitude"));
  ASSERT_EQ(turned.shape(), (Shape{4, 2, 3}));
  const auto all = compute(local(), turned);
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 3; ++j)
      for (std::int64_t k = 0; k < 4; ++k) EXPECT_EQ(all(k, i, j), at(i, j, k));
  EXPECT_EQ(turned.labels().dimension(0), "longitude");
  EXPECT_EQ(numbers_along(turned, 2), (Numbers{10, 0, -10}));
  EXPECT_EQ(turned.labels().attributes(), x.labels().attributes());
  EXPECT_EQ(values(transpose(x)), values(transpose(x, axes(2, 1, 0))));
  EXPECT_EQ(values(swapaxes(x, 0, "longitude")), values(transpose(x)));
  EXPECT_EQ(values(moveaxis(x, "time", -1)), values(transpose(x, axes(1, 2, 0))));
  EXPECT_EQ(values(transpose(transpose(x * 2.0))), values(x * 2.0));
  EXPECT_EQ(error_of([&] { (void)transpose(x, axes(0, 1, 1)); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)transpose(x, axes(0, 1, "height")); }).code, ErrorCode::not_found);
}

TEST(Transpose, OfASliceReadsTheSliceAlone) {
  const auto source = std::make_shared<conformance::WatchedSource>(Shape{40, 100}, Shape{7, 100});
  const auto x = detail::array_of<double, 2>(source);
  const auto part = compute(local(), transpose(x)(range(10, 20), 3));
  EXPECT_EQ(source->elements_read(), 10);
  for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(part(i), conformance::WatchedSource::value(310 + i));
  (void)compute(local(), transpose(x * 2.0 + 1.0)(all, list(3, 17)));
  EXPECT_EQ(source->elements_read(), 210);
}

TEST(Take, TakesElementsCoordinatesAndNoMoreFromTheSource) {
  const auto x = weather();
  const auto taken = take(x, {3, 0, -1, 0}, "longitude");
  EXPECT_EQ(values(taken(1, 2)), (Numbers{at(1, 2, 3), at(1, 2, 0), at(1, 2, 3), at(1, 2, 0)}));
  EXPECT_EQ(numbers_along(taken, 2), (Numbers{270, 0, 270, 0}));
  EXPECT_EQ(numbers_along(taken, 0), (Numbers{0, 6}));
  EXPECT_EQ(taken.labels().attributes(), (Attributes{{"units", "K"}}));
  const Caught error = error_of([&] { (void)take(x, {0, 4}, 2); });
  EXPECT_EQ(error.code, ErrorCode::out_of_range);
  EXPECT_TRUE(error.says("index 4 is outside axis 2, whose extent is 4")) << error.message;
  EXPECT_EQ(take(x, {}, 0).shape(), (Shape{0, 3, 4}));
  const auto source = std::make_shared<conformance::WatchedSource>(Shape{400, 1000}, Shape{7, 1000});
  const auto rows = detail::array_of<double, 2>(source);
  (void)compute(local(), sum(take(rows, {300, 2, 155}, 0)));
  EXPECT_EQ(source->elements_read(), 3000);
}

TEST(ListsOfIndices, AreOneAxisWhereTheyStandOrFirst) {
  const auto x = weather();
  EXPECT_EQ(values(x(1, list(2, 0))(all, 3)), (Numbers{at(1, 2, 3), at(1, 0, 3)}));
  EXPECT_EQ(x(all, list(2, 0)).shape(), (Shape{2, 2, 4}));
  EXPECT_EQ(numbers_along(x(all, list(2, 0)), 1), (Numbers{-10, 10}));
  // Points.
  const auto points = x(all, list(0, 2, 1), list(3, -4, 2));
  ASSERT_EQ(points.shape(), (Shape{2, 3}));
  EXPECT_EQ(values(points(1)), (Numbers{at(1, 0, 3), at(1, 2, 0), at(1, 1, 2)}));
  EXPECT_EQ(points.labels().dimension(0), "time");
  EXPECT_EQ(points.labels().dimension(1), "");
  // Not side by side: the axis comes first.
  const auto apart = x(list(0, 1, 1), all, list(3, 2, 0));
  ASSERT_EQ(apart.shape(), (Shape{3, 3}));
  for (std::int64_t j = 0; j < 3; ++j) EXPECT_EQ(compute(local(), apart(1, j)), at(1, j, 2));
  EXPECT_EQ(x(0, newaxis, list(1, 2)).shape(), (Shape{2, 1, 4}));
  EXPECT_EQ(x(list(std::vector<std::int64_t>{1}), list(0, 1)).shape(), (Shape{2, 4}));
  EXPECT_EQ(error_of([&] { (void)x(list(0, 1), list(0, 1, 2)); }).code, ErrorCode::shape_mismatch);
  EXPECT_EQ(error_of([&] { (void)x(list(0, 2)); }).code, ErrorCode::out_of_range);
}

TEST(Squeeze, TakesAxesOfOneElementAway) {
  const auto x = weather();
  EXPECT_EQ(squeeze(x(all, range(1, 2)), "latitude").labels().dimension(1), "longitude");
  EXPECT_EQ(values(squeeze(mean(x, axes(0, 1), keepdims), axes(0, 1))), values(mean(x, axes(0, 1))));
  const Caught error = error_of([&] { (void)squeeze(x, 1); });
  EXPECT_EQ(error.code, ErrorCode::shape_mismatch);
  EXPECT_TRUE(error.says("axis 1 of an array of shape (2, 3, 4) has the extent 3")) << error.message;
}

TEST(ExpandDims, CountsPlacesInTheResult) {
  const auto x = weather();
  EXPECT_EQ(expand_dims(x, -1).shape(), (Shape{2, 3, 4, 1}));
  EXPECT_EQ(expand_dims(x, 1).shape(), (Shape{2, 1, 3, 4}));
  EXPECT_EQ(expand_dims(x, 1).labels().dimension(2), "latitude");
  EXPECT_EQ(values(expand_dims(x, 1)), values(x));
}

TEST(BroadcastTo, StretchesAsAnOperandIs) {
  const auto x = weather();
  const auto wide = broadcast_to(x(range(0, 1)), {5, 2, 3, 4});
  ASSERT_EQ(wide.shape(), (Shape{5, 2, 3, 4}));
  EXPECT_EQ(compute(local(), wide(4, 1, 2, 3)), at(0, 2, 3));
  EXPECT_EQ(wide.labels().dimension(1), "time");
  EXPECT_FALSE(wide.labels().coordinate(1));
  EXPECT_EQ(numbers_along(wide, 2), (Numbers{10, 0, -10}));
  EXPECT_EQ(compute(local(), sum(wide)), 10 * 66.0);
  EXPECT_EQ(error_of([&] { (void)broadcast_to(x, {2, 3, 5}); }).code, ErrorCode::shape_mismatch);
}

TEST(Flip, IsASliceBackwards) {
  const auto x = weather();
  EXPECT_EQ(values(flip(x, "latitude")), values(x(all, range(none, none, -1))));
  EXPECT_EQ(numbers_along(flip(x, "latitude"), 1), (Numbers{-10, 0, 10}));
  EXPECT_EQ(values(flip(x)), values(flip(x, axes(0, 1, 2))));
  EXPECT_EQ(compute(local(), flip(x)(0, 0, 0)), 23);
}

TEST(Roll, MovesElementsAroundAndLeavesNoCoordinate) {
  const auto x = weather();
  for (const std::int64_t shift : {std::int64_t{1}, std::int64_t{-3}, std::int64_t{9}, std::int64_t{0}, INT64_MIN}) {
    const auto rolled = roll(x, shift, "longitude");
    const std::int64_t by = ((shift % 4) + 4) % 4;
    for (std::int64_t k = 0; k < 4; ++k) EXPECT_EQ(compute(local(), rolled(1, 2, (k + by) % 4)), at(1, 2, k)) << shift;
    EXPECT_EQ(rolled.labels().dimension(2), "longitude");
    EXPECT_FALSE(rolled.labels().coordinate(2));
    EXPECT_EQ(numbers_along(rolled, 1), (Numbers{10, 0, -10}));
  }
  EXPECT_EQ(values((x - roll(x, 1, "longitude"))(0, 0)), (Numbers{-3, 1, 1, 1}));
}

TEST(Repeat, RepeatsIndicesAndTheirCoordinates) {
  const auto x = weather();
  EXPECT_EQ(values(repeat(x, 2, "time")(all, 0, 0)), (Numbers{0, 0, 12, 12}));
  EXPECT_EQ(numbers_along(repeat(x, 2, 0), 0), (Numbers{0, 0, 6, 6}));
  EXPECT_EQ(values(repeat(x, {0, 3, 1}, 1)(0, all, 0)), (Numbers{4, 4, 4, 8}));
  EXPECT_EQ(error_of([&] { (void)repeat(x, {1, 2}, 1); }).code, ErrorCode::shape_mismatch);
  EXPECT_EQ(error_of([&] { (void)repeat(x, -1, 1); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)repeat(x, std::int64_t{1} << 40, 1); }).code, ErrorCode::unsupported);
}

TEST(Tile, PutsCopiesBesideEachOther) {
  const auto x = counting<double, 2>({2, 2});
  EXPECT_EQ(values(tile(x, {2})), (Numbers{0, 1, 0, 1, 2, 3, 2, 3}));
  EXPECT_EQ(tile(x, {3, 1, 2}).shape(), (Shape{3, 2, 4}));
  EXPECT_EQ(values(tile(x, {2, 1, 1})), (Numbers{0, 1, 2, 3, 0, 1, 2, 3}));
  EXPECT_EQ(tile(x, {0, 1}).shape(), (Shape{0, 2}));
  EXPECT_FALSE(tile(weather(), {2}).labels().coordinate(2));
}

TEST(Diagonal, IsTheLastAxis) {
  const auto x = weather();
  const auto line = diagonal(x, 1, "latitude", "longitude");
  ASSERT_EQ(line.shape(), (Shape{2, 3}));
  for (std::int64_t n = 0; n < 3; ++n) EXPECT_EQ(compute(local(), line(1, n)), at(1, n, n + 1));
  EXPECT_EQ(line.labels().dimension(0), "time");
  EXPECT_EQ(line.labels().dimension(1), "");
  EXPECT_EQ(diagonal(x, -5).shape(), (Shape{4, 0}));
  EXPECT_EQ(diagonal(x, 7).shape(), (Shape{4, 0}));
  EXPECT_EQ(error_of([&] { (void)diagonal(x, 0, 1, "latitude"); }).code, ErrorCode::invalid_argument);
}

TEST(Stack, PutsArraysBesideEachOtherAlongANewAxis) {
  const auto x = weather();
  const auto pair = stack(std::vector{x, Array<double, 3>(x * 2.0)}, 1);
  ASSERT_EQ(pair.shape(), (Shape{2, 2, 3, 4}));
  EXPECT_EQ(compute(local(), pair(1, 1, 2, 3)), 2 * at(1, 2, 3));
  EXPECT_EQ(pair.labels().dimension(1), "");
  EXPECT_EQ(pair.labels().dimension(2), "latitude");
  const Caught error = error_of([&] { (void)stack(std::vector{x, Array<double, 3>(x(range(0, 1)))}, 0); });
  EXPECT_EQ(error.code, ErrorCode::shape_mismatch);
  EXPECT_TRUE(error.says("stack: array 1 has the shape (1, 3, 4), and the first (2, 3, 4)")) << error.message;
}

TEST(Pad, AddsAConstantOrWhatTheModeSays) {
  const auto x = counting<double, 1>({3}, {2});
  EXPECT_EQ(values(pad(x, {2, 1}, 0, PadMode::constant, 7)), (Numbers{7, 7, 0, 1, 2, 7}));
  EXPECT_EQ(values(pad(x, {2, 1}, 0, PadMode::edge)), (Numbers{0, 0, 0, 1, 2, 2}));
  EXPECT_EQ(values(pad(x, {5, 4}, 0, PadMode::reflect)), (Numbers{1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2}));
  EXPECT_EQ(values(pad(x, {4, 3}, 0, PadMode::symmetric)), (Numbers{2, 2, 1, 0, 0, 1, 2, 2, 1, 0}));
  EXPECT_EQ(values(pad(x, {4, 5}, 0, PadMode::wrap)), (Numbers{2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1}));
  const auto one = counting<double, 1>({1});
  for (const PadMode mode : {PadMode::edge, PadMode::reflect, PadMode::symmetric, PadMode::wrap})
    EXPECT_EQ(values(pad(one, {2, 2}, 0, mode)), (Numbers{0, 0, 0, 0, 0}));
  EXPECT_EQ(values(pad(x, {0, 0}, 0)), (Numbers{0, 1, 2}));
  const auto nothing = from_vector<1>(Numbers{}, {0});
  EXPECT_EQ(values(pad(nothing, {1, 1}, 0, PadMode::constant, 5)), (Numbers{5, 5}));
  EXPECT_EQ(error_of([&] { (void)pad(nothing, {1, 0}, 0, PadMode::wrap); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)pad(x, {-1, 0}, 0); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] {
              (void)pad(counting<std::int8_t, 1>({3}), {1, 0}, 0, PadMode::constant, 300);
            }).code,
            ErrorCode::out_of_range);
  const auto wide = pad(weather(), {1, 1}, "longitude", PadMode::wrap);
  EXPECT_EQ(wide.labels().dimension(2), "longitude");
  EXPECT_FALSE(wide.labels().coordinate(2));
  EXPECT_EQ(values(wide(1, 0)), (Numbers{15, 12, 13, 14, 15, 12}));
}

TEST(Pad, ReadsNothingForPlacesThatAreFilled) {
  const auto source = std::make_shared<conformance::WatchedSource>(Shape{40, 100}, Shape{7, 100});
  const auto x = pad(detail::array_of<double, 2>(source), {10, 10}, 0, PadMode::constant, NAN);
  EXPECT_TRUE(std::isnan(compute(local(), x(3, 7))));
  EXPECT_EQ(compute(local(), count(x(range(none, 9)))), 0);
  EXPECT_EQ(source->elements_read(), 0);
  EXPECT_EQ(compute(local(), x(range(8, 12), 5)).mutable_copy()[2], conformance::WatchedSource::value(5));
  EXPECT_EQ(source->elements_read(), 2);
  EXPECT_EQ(compute(local(), count(x)), 4000);
}

TEST(Reshape, KeepsElementsInRowMajorOrder) {
  const auto x = weather();
  const auto rows = reshape(x, {2, -1});
  ASSERT_EQ(rows.shape(), (Shape{2, 12}));
  EXPECT_EQ(values(rows), values(x));
  EXPECT_EQ(rows.labels().dimension(0), "time");
  EXPECT_EQ(numbers_along(rows, 0), (Numbers{0, 6}));
  EXPECT_EQ(rows.labels().dimension(1), "");
  EXPECT_EQ(values(ravel(x)), values(x));
  EXPECT_EQ(values(reshape(ravel(x), {4, 6})(range(none, none, -1), range(1, 6, 2))),
            (Numbers{19, 21, 23, 13, 15, 17, 7, 9, 11, 1, 3, 5}));
  EXPECT_EQ(values(reshape(transpose(x), {24})), values(transpose(x)));
  EXPECT_EQ(compute(local(), mean(reshape(x * 2.0, {6, 4}))), 23.0);
  EXPECT_EQ(reshape(from_vector<2>(Numbers{}, {0, 3}), {5, 0}).shape(), (Shape{5, 0}));
  const Caught error = error_of([&] { (void)reshape(x, {5, -1}); });
  EXPECT_EQ(error.code, ErrorCode::shape_mismatch);
  EXPECT_TRUE(error.says("an array of shape (2, 3, 4) has 24 elements, which do not make the shape (5, -1)"))
      << error.message;
  EXPECT_EQ(error_of([&] { (void)reshape(x, {-1, -1}); }).code, ErrorCode::invalid_argument);
}

TEST(Reshape, ReadsWhatIsAskedForAlone) {
  const auto source = std::make_shared<conformance::WatchedSource>(Shape{40, 100}, Shape{7, 100});
  const auto x = detail::array_of<double, 2>(source);
  const auto part = compute(local(), ravel(x)(range(250, 430)));
  EXPECT_EQ(source->elements_read(), 180);
  for (std::int64_t i = 0; i < 180; ++i) ASSERT_EQ(part(i), conformance::WatchedSource::value(250 + i));
  EXPECT_EQ(compute(local(), reshape(x, {40, 10, 10})(7, 3, 4)), conformance::WatchedSource::value(734));
  EXPECT_EQ(source->elements_read(), 181);
}

TEST(ShapeOfExpressions, IsKnownToTheCompiler) {
  using Matrix = Array<float, 2>;
  static_assert(rank_of<decltype(squeeze(make<Matrix>(), 0))> == 1);
  static_assert(rank_of<decltype(expand_dims(make<Matrix>(), 2))> == 3);
  static_assert(rank_of<decltype(tile(make<Matrix>(), {1, 2, 3}))> == 3);
  static_assert(rank_of<decltype(reshape(make<Matrix>(), {1, 2, 3, -1}))> == 4);
  static_assert(rank_of<decltype(diagonal(make<Matrix>()))> == 1);
  static_assert(rank_of<decltype(make<Matrix>()(list(0), list(1)))> == 1);
  static_assert(is<float, decltype(stack(std::vector{make<Matrix>()}, 0))>);
  SUCCEED();
}

TEST(Rechunk, ElementsStayAndChunksAreThoseThatWereAskedFor) {
  const auto x = counting<double, 3>({6, 5, 4}, {2, 5, 4}).with_labels(Labels({"time", "y", "x"}));
  const auto columns = rechunk(x, {0, 2, -1});
  EXPECT_EQ(columns.node()->grid.largest(), (Shape{6, 2, 4}));
  EXPECT_EQ(columns.labels().dimension(0), "time");
  EXPECT_EQ(values(columns), values(x));
  EXPECT_EQ(values(columns(range(1, 4), 3)), values(x(range(1, 4), 3)));
  EXPECT_EQ(persist(local(), columns).node()->grid.largest(), (Shape{6, 2, 4}));
  EXPECT_EQ(error_of([&] { (void)rechunk(x, {1, 2}); }).code, ErrorCode::shape_mismatch);
}

TEST(Rechunk, AReductionHasTheChunksForItsDefinition) {
  std::vector<double> numbers;
  for (int i = 0; i < 3000; ++i) numbers.push_back(1.0 / (i + 1));
  const auto small = from_vector<1>(numbers, {3000}, {7}), large = from_vector<1>(numbers, {3000}, {100});
  EXPECT_NE(compute(local(), sum(small)), compute(local(), sum(large)));
  EXPECT_EQ(compute(local(), sum(rechunk(small, {100}))), compute(local(), sum(large)));
  EXPECT_EQ(compute(local(), sum(rechunk(rechunk(large, {3}), {7}))), compute(local(), sum(small)));
}

}  // namespace
}  // namespace chunkwise_test
