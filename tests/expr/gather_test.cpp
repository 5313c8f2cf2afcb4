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
