#include "chunkwise/expr/gather.hpp"

#include <cstdint>
#include <limits>

#include "tests/conformance/sources.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;
using Indices = std::vector<std::int64_t>;

Array<double, 2> named() {
  return counting<double, 2>({3, 4}, {2, 3})
      .with_labels(Labels({"time", "longitude"},
                          {Coordinate(Numbers{0, 6, 12}, {}), Coordinate(Numbers{0, 90, 180, 270}, {})}, "t2m",
                          {{"units", "K"}}));
}

/// Indices that are no source, so that they are computed.
template <class E>
auto computed_indices(const E& x) {
  return x + std::int64_t{0};
}

TEST(Take, OfIndicesThatAreComputedIsTakeOfTheirList) {
  const auto x = named();
  const auto indices = vector_of<std::int64_t>({2, 0, -1, 2});
  EXPECT_EQ(values(take(x, computed_indices(indices), 1)), values(take(x, Indices{2, 0, -1, 2}, 1)));
  EXPECT_EQ(values(take(x, computed_indices(indices), 1)(1, range(1, 3))), (Numbers{4, 7}));
  EXPECT_EQ(values(take(x * 2.0, cast<std::int8_t>(indices), 0)(all, 0)), (Numbers{16, 0, 16, 16}));
  EXPECT_EQ(values(take(cast<std::uint64_t>(x), computed_indices(indices), 1)(0)),
            (std::vector<std::uint64_t>{2, 0, 3, 2}));
  EXPECT_EQ(values(take(x > 3.0, computed_indices(indices), 1)(1)), (std::vector<bool>{true, true, true, true}));
}

TEST(Take, OfIndicesOfSeveralAxesHasTheirsInPlaceOfTheAxis) {
  const auto x = named();
  const auto square = counting<std::int64_t, 2>({2, 2});
  const auto taken = take(x, computed_indices(square), "longitude");
  ASSERT_EQ(taken.shape(), (Shape{3, 2, 2}));
  EXPECT_EQ(values(taken), values(x));
  EXPECT_EQ(take(x, computed_indices(square), 0).shape(), (Shape{2, 2, 4}));
  EXPECT_EQ(values(take(x, argmax(x(0), 0), 1)), (Numbers{3, 7, 11}));
}

TEST(Take, OfIndicesInMemoryReadsWhatTheyNameAlone) {
  const auto source = std::make_shared<conformance::WatchedSource>(Shape{40, 100}, Shape{7, 100});
  const auto x = detail::array_of<double, 2>(source);
  (void)compute(local(), take(x, vector_of<std::int64_t>({3, 30}), 0));
  EXPECT_EQ(source->elements_read(), 200);
  (void)compute(local(), take(x, arange<std::int64_t>(0, 3), 0));
  EXPECT_EQ(source->elements_read(), 500);
}

TEST(Take, KeepsTheNameOfTheAxisAndOfAListTheCoordinate) {
  const auto x = named();
  const auto indices = vector_of<std::int64_t>({2, 0});
  EXPECT_EQ(take(x, indices, 0).labels().coordinate(0).to_vector(), (Numbers{12, 0}));
  const auto taken = take(x, computed_indices(indices), 0);
  EXPECT_EQ(taken.labels().dimension(0), "time");
  EXPECT_FALSE(taken.labels().coordinate(0));
  EXPECT_EQ(taken.labels().coordinate(1).to_vector(), (Numbers{0, 90, 180, 270}));
  EXPECT_EQ(taken.labels().name(), "t2m");
  EXPECT_EQ(taken.labels().attributes(), x.labels().attributes());
  const auto points = computed_indices(indices).with_labels(Labels({"station"}));
  EXPECT_EQ(take(x, points, 0).labels().dimension(0), "station");
}

TEST(Take, OfAnIndexOutsideIsAnErrorOfTheRunOrWhatTheModeSays) {
  const auto x = named();
  const auto far = computed_indices(vector_of<std::int64_t>({0, 5, -7}));
  const Caught error = error_of([&] { (void)compute(local(), take(x, far, 1)); });
  EXPECT_EQ(error.code, ErrorCode::out_of_range);
  EXPECT_TRUE(error.says("take: index 5 is outside an axis whose extent is 4")) << error.message;
  EXPECT_EQ(values(take(x, far, 1, TakeMode::wrap)(0)), (Numbers{0, 1, 1}));
  EXPECT_EQ(values(take(x, far, 1, TakeMode::clip)(0)), (Numbers{0, 3, 0}));
  const auto huge = vector_of<std::uint64_t>({~std::uint64_t{0}}) + std::uint64_t{0};
  EXPECT_EQ(error_of([&] { (void)compute(local(), take(x, huge, 1)); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)take(x, vector_of<std::int64_t>({4}), 1); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(values(take(x, far(range(0, 0)), 1)).size(), 0U);
}

TEST(Take, WrapsIndicesBeyondAnyExtentAsTheyAre) {
  const auto x = named();
  const auto far = vector_of<std::int64_t>({(std::int64_t{1} << 60) + 1, std::numeric_limits<std::int64_t>::max(),
                                            std::numeric_limits<std::int64_t>::min() + 2, -5});
  EXPECT_EQ(values(take(x, far, 1, TakeMode::wrap)(0)), (Numbers{1, 3, 2, 3}));
  EXPECT_EQ(values(take(x, computed_indices(far), 1, TakeMode::wrap)(0)), (Numbers{1, 3, 2, 3}));
  const auto high = vector_of<std::uint64_t>({(std::uint64_t{1} << 63) + 5, ~std::uint64_t{0}});
  EXPECT_EQ(values(take(x, high, 1, TakeMode::wrap)(0)), (Numbers{1, 3}));
  EXPECT_EQ(values(take(x, high + std::uint64_t{0}, 1, TakeMode::wrap)(0)), (Numbers{1, 3}));
  EXPECT_EQ(values(take(x, high + std::uint64_t{0}, 0, TakeMode::wrap)(all, 0)), (Numbers{4, 0}));
}

TEST(Points, OfComputedIndicesAreThoseOfTheirLists) {
  const auto x = counting<double, 3>({3, 4, 5}, {2, 3, 2});
  const auto i = vector_of<std::int64_t>({2, 0, -1});
  const auto k = vector_of<std::int8_t>({4, -5, 1});
  const auto wanted = values(x(list(2, 0, -1), 1, list(4, -5, 1)));
  EXPECT_EQ(wanted, (Numbers{49, 5, 46}));
  EXPECT_EQ(values(x(i, 1, k)), wanted);
  EXPECT_EQ(values(x(computed_indices(i), 1, k)), wanted);
  EXPECT_EQ(values(x(i, 1, computed_indices(k))), wanted);
  EXPECT_EQ(values(x(computed_indices(i), 1, list(4, -5, 1))), wanted);
  EXPECT_EQ(values(cast<float>(x)(computed_indices(i), 1, k)), (std::vector<float>{49, 5, 46}));
  EXPECT_EQ(values(cast<std::uint64_t>(x)(computed_indices(i), 1, k)), (std::vector<std::uint64_t>{49, 5, 46}));
}

TEST(Points, StandWhereNumPyHasThem) {
  const auto x = counting<double, 4>({2, 3, 4, 5});
  const auto i = computed_indices(vector_of<std::int64_t>({1, 0, 1, -1, 0, 0}));
  const auto k = computed_indices(vector_of<std::int64_t>({2, 0, 1, -1, 1, 2}));
  EXPECT_EQ(x(i, k).shape(), (Shape{6, 4, 5}));
  EXPECT_EQ(x(all, k, k).shape(), (Shape{2, 6, 5}));
  EXPECT_EQ(x(i, all, k).shape(), (Shape{6, 3, 5}));
  EXPECT_EQ(x(all, k, all, i).shape(), (Shape{6, 2, 4}));
  EXPECT_EQ(x(0, all, k).shape(), (Shape{6, 3, 5}));
  EXPECT_EQ(x(i, newaxis, k, range(1, 3)).shape(), (Shape{6, 1, 2, 5}));
  EXPECT_EQ(x(ellipsis, k, i).shape(), (Shape{2, 3, 6}));
  EXPECT_EQ(values(x(all, k, all, i)(2, 1)), values(x(1, 1, all, 1)));
  EXPECT_EQ(values(x(all, k, k)(1, 3)), values(x(1, -1, -1)));
}

TEST(Points, OfIndicesOfSeveralAxesStretch) {
  const auto x = counting<double, 2>({3, 4});
  const auto rows = vector_of<std::int64_t>({2, 0})(all, newaxis);
  const auto columns = vector_of<std::int64_t>({3, 1, 0});
  const Numbers wanted{11, 9, 8, 3, 1, 0};
  EXPECT_EQ(values(x(rows, columns)), wanted);
  EXPECT_EQ(x(rows, columns).shape(), (Shape{2, 3}));
  EXPECT_EQ(values(x(computed_indices(rows), columns)), wanted);
  EXPECT_EQ(values(x(computed_indices(rows), list(3, 1, 0))), wanted);
  EXPECT_EQ(values(x(argmax(x, 0)(0), argmin(x, 1)(0))), (Numbers{8}));
  EXPECT_EQ(error_of([&] {
              (void)x(computed_indices(columns), vector_of<std::int64_t>({0, 1}));
            }).code,
            ErrorCode::shape_mismatch);
}

TEST(Points, OutsideAnyAxisAreAnErrorAndNeverAnotherElement) {
  const auto x = counting<double, 2>({3, 4});
  const auto inside = vector_of<std::int64_t>({0, 1});
  for (const std::int64_t far : {std::int64_t{3}, std::int64_t{-4}, std::numeric_limits<std::int64_t>::max(),
                                 std::numeric_limits<std::int64_t>::min(), std::int64_t{1} << 62}) {
    const auto outside = vector_of<std::int64_t>({0, far});
    EXPECT_EQ(error_of([&] { (void)x(outside, inside); }).code, ErrorCode::out_of_range) << far;
    const Caught error = error_of([&] { (void)compute(local(), x(computed_indices(outside), inside)); });
    EXPECT_EQ(error.code, ErrorCode::out_of_range) << far;
    EXPECT_TRUE(error.says("take: an index is outside its axis")) << error.message;
  }
  const auto huge = vector_of<std::uint64_t>({0, ~std::uint64_t{0}}) + std::uint64_t{0};
  EXPECT_EQ(error_of([&] { (void)compute(local(), x(inside, huge)); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(
      error_of([&] { (void)compute(local(), cast<float>(x)(computed_indices(inside) + std::int64_t{2}, 0)); }).code,
      ErrorCode::out_of_range);
}

TEST(Points, KeepTheLabelsOfOtherAxesAndTheNameOfTheirIndices) {
  const auto x = stack(std::vector{named(), named()}, 0).with_labels(Labels({"level", "time", "longitude"}));
  const auto i = vector_of<std::int64_t>({2, 0});
  const auto stations = i.with_labels(Labels({"station"}));
  for (const Labels& labels : {x(all, i, i).labels(), x(all, computed_indices(i), i).labels()}) {
    EXPECT_EQ(labels.dimension(0), "level");
    EXPECT_EQ(labels.dimension(1), "");
  }
  for (const Labels& labels : {x(all, stations, i).labels(), x(all, computed_indices(stations), i).labels()})
    EXPECT_EQ(labels.dimension(1), "station");
  const auto places = i.with_labels(Labels({"place"}));
  EXPECT_EQ(error_of([&] { (void)x(stations, computed_indices(places)); }).code, ErrorCode::name_mismatch);
  EXPECT_EQ(named()(i).labels().coordinate(0).to_vector(), (Numbers{12, 0}));
  EXPECT_EQ(named()(computed_indices(i)).labels().dimension(0), "time");
  EXPECT_EQ(named()(i, i).labels().name(), "t2m");
}

TEST(TakeAlongAxis, ByTheOrderOfALineSortsIt) {
  const auto x = random<float, 3>({6, 7, 8}, 3, {4, 3, 5});
  EXPECT_EQ(values(take_along_axis(x, argsort(x, 0), 0)), values(sort(x, 0)));
  EXPECT_EQ(values(take_along_axis(x, argsort(x, 2), -1)), values(sort(x, 2)));
  EXPECT_EQ(values(take_along_axis(x, argmax(x, 1, keepdims), 1)), values(max(x, 1, keepdims)));
  EXPECT_EQ(values(mean(take_along_axis(x, argsort(x, 1)(all, range(0, 3)), 1), 1)),
            values(mean(sort(x, 1)(all, range(0, 3)), 1)));
}

TEST(TakeAlongAxis, StretchesAlongTheOtherAxesAndHoldsNamesAgainstEachOther) {
  const auto x = named();
  const auto row = computed_indices(counting<std::int64_t, 2>({1, 2}));
  EXPECT_EQ(values(take_along_axis(x, row, 1)), (Numbers{0, 1, 4, 5, 8, 9}));
  EXPECT_EQ(take_along_axis(x, row, 1).labels().coordinate(0).to_vector(), (Numbers{0, 6, 12}));
  const auto wide = computed_indices(counting<std::int64_t, 2>({2, 2}));
  EXPECT_EQ(error_of([&] { (void)take_along_axis(x, wide, 1); }).code, ErrorCode::shape_mismatch);
  const auto other = computed_indices(counting<std::int64_t, 2>({3, 2})).with_labels(Labels({"latitude", ""}));
  EXPECT_EQ(error_of([&] { (void)take_along_axis(x, other, 1); }).code, ErrorCode::name_mismatch);
}

TEST(TakeAlongAxis, OfAVectorHasTheNamesThatKnownAndComputedIndicesHave) {
  const auto x = named()(all, 0);
  const auto indices = vector_of<std::int64_t>({2, 0});
  const auto elsewhere = indices.with_labels(Labels({"station"}));
  EXPECT_EQ(values(take_along_axis(x, indices, 0)), (Numbers{8, 0}));
  EXPECT_EQ(take_along_axis(x, indices, 0).labels().dimension(0), "time");
  EXPECT_EQ(error_of([&] { (void)take_along_axis(x, elsewhere, 0); }).code, ErrorCode::name_mismatch);
  EXPECT_EQ(error_of([&] { (void)take_along_axis(x, computed_indices(elsewhere), 0); }).code, ErrorCode::name_mismatch);
}

TEST(TakeAlongAxis, TakesLinesThatExceedWhatIsHeldAtATime) {
  BackendOptions options;
  options.memory_limit = 128 << 20;
  const BackendPtr scarce = connect("local:2", options);
  const auto x = random<double, 2>({1000, 20'000}, 5, {100, 20'000});
  EXPECT_EQ(compute(scarce, max(take_along_axis(x, argsort(x, 0), 0)(-1))), compute(scarce, max(x)));
}

}  // namespace
}  // namespace chunkwise_test
