// Functions of sequences along an axis that are made of others.
#include "chunkwise/expr/sequences.hpp"

#include <cmath>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;
using Integers = std::vector<std::int64_t>;

static_assert(is<std::int64_t, decltype(cumulative_sum(make<Cube<std::int8_t>>(), 0))>);
static_assert(is<float, decltype(cumulative_prod(make<Cube<float>>(), 0, include_initial))>);
static_assert(is<double, decltype(convolve(make<Cube<float>>(), make<Array<double, 1>>(), 0))>);
static_assert(is<std::int16_t, decltype(cross(make<Cube<std::int8_t>>(), make<Cube<std::uint8_t>>(), 0))>);

TEST(Sequences, ARunningSumMayStandBehindWhatItStartsFrom) {
  const auto x = vector_of<std::int8_t>({1, 2, 3});
  EXPECT_EQ(values(cumulative_sum(x, 0)), (Integers{1, 3, 6}));
  EXPECT_EQ(values(cumulative_sum(x, 0, include_initial)), (Integers{0, 1, 3, 6}));
  EXPECT_EQ(values(cumulative_prod(x, 0, include_initial)), (Integers{1, 1, 2, 6}));
}

TEST(Sequences, DifferencesMayBeTakenSeveralTimes) {
  const auto x = vector_of<double>({1, 4, 9, 16});
  EXPECT_EQ(values(diff(x, 0, 2)), (Numbers{2, 2}));
  EXPECT_EQ(values(diff(x, 0, 0)), (Numbers{1, 4, 9, 16}));
  EXPECT_EQ(error_of([&] { (void)diff(x, 0, 65); }).code, ErrorCode::out_of_range);
}

TEST(Sequences, ConvolutionsAreNumpys) {
  const auto x = vector_of<double>({1, 2, 3, 4});
  const auto kernel = vector_of<double>({1, 0, -1});
  EXPECT_EQ(values(convolve(x, kernel, 0)), (Numbers{1, 2, 2, 2, -3, -4}));
  EXPECT_EQ(values(convolve(x, kernel, 0, ConvolveMode::same)), (Numbers{2, 2, 2, -3}));
  EXPECT_EQ(values(convolve(x, kernel, 0, ConvolveMode::valid)), (Numbers{2, 2}));
  EXPECT_EQ(values(correlate(x, kernel, 0)), (Numbers{-2, -2}));
  EXPECT_EQ(values(correlate(x, kernel, 0, ConvolveMode::same)), (Numbers{-2, -2, -2, 3}));
  EXPECT_EQ(values(convolve(kernel, x, 0)), values(convolve(x, kernel, 0)));
}

TEST(Sequences, OfWindowsOnlyTheMiddleOnesKeepTheirPlaces) {
  const auto x =
      counting<double, 1>({4}).with_labels(Labels({"time"}, {Coordinate(Numbers{0, 6, 12, 18}, {})}, "t", {}));
  const auto kernel = vector_of<double>({1, 1});
  EXPECT_TRUE(convolve(x, kernel, 0, ConvolveMode::same).labels().coordinate(0));
  EXPECT_FALSE(convolve(x, kernel, 0).labels().coordinate(0));
  EXPECT_EQ(convolve(x, kernel, 0).labels().dimension(0), "time");
}

TEST(Sequences, OfUntypedArraysAnAxisMayBeCountedFromTheLast) {
  const auto x = counting<double, 2>({2, 3}).with_labels(Labels({"time", "y"}, {}, "t", {})).handle();
  const auto kernel = vector_of<double>({1, 1}).handle();
  const auto elements = [](const UntypedArray& array) { return values(Array<double, 2>(array)); };
  EXPECT_EQ(elements(with_initial(x, -1, false)), (Numbers{0, 0, 1, 2, 0, 3, 4, 5}));
  EXPECT_EQ(elements(diff(x, -1)), (Numbers{1, 1, 1, 1}));
  EXPECT_EQ(elements(diff(x, -1, 2, std::nullopt, std::nullopt)), (Numbers{0, 0}));
  EXPECT_EQ(elements(diff(x, -2, 1, x, std::nullopt)), (Numbers{3, 3, 3, -3, -3, -3, 3, 3, 3}));
  EXPECT_EQ(elements(correlate(x, kernel, -1, ConvolveMode::valid, false)), (Numbers{1, 3, 7, 9}));
  EXPECT_EQ(elements(cross(x, x, -1)), (Numbers{0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(error_of([&] { (void)cross(x, x, 2); }).code, ErrorCode::out_of_range);
}

TEST(Sequences, AKernelLongerThanTheAxisIsRefused) {
  const auto x = vector_of<double>({1, 2});
  const auto kernel = vector_of<double>({1, 2, 3});
  EXPECT_TRUE(error_of([&] { (void)correlate(x, kernel, 0); }).says("the mode 'full' takes it"));
  EXPECT_EQ(error_of([&] { (void)convolve(x, vector_of<double>({}), 0); }).code, ErrorCode::shape_mismatch);
}

TEST(Sequences, TheProductOfTwoVectorsStandsOnBoth) {
  const auto x = from_vector<2>(std::vector<double>{1, 0, 0, 1, 2, 3}, {2, 3});
  const auto y = from_vector<2>(std::vector<double>{0, 1, 0, 4, 5, 6}, {2, 3});
  EXPECT_EQ(values(cross(x, y, -1)), (Numbers{0, 0, 1, -3, 6, -3}));
  EXPECT_TRUE(error_of([&] { (void)cross(x, y, 0); }).says("three elements along axis 0"));
}

TEST(Sequences, ArraysAreStretchedToTheirCommonShape) {
  const auto [a, b] = broadcast_arrays(counting<double, 2>({2, 1}), counting<float, 1>({3}));
  EXPECT_EQ(a.shape(), (Shape{2, 3}));
  EXPECT_EQ(values(b), (std::vector<float>{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(broadcast_shapes(Shape{2, 1}, Shape{3}, Shape{4, 1, 1}), (Shape{4, 2, 3}));
  EXPECT_EQ(error_of([] { (void)broadcast_shapes(Shape{2}, Shape{3}); }).code, ErrorCode::shape_mismatch);
}

TEST(Sequences, ExtremesOfWhatIsNotNaNRunOn) {
  const double nan = std::nan("");
  const auto x = vector_of<double>({nan, 2, nan, 1, 3});
  const Numbers largest = values(nancummax(x, 0));
  EXPECT_TRUE(std::isnan(largest[0]));
  EXPECT_EQ(Numbers(largest.begin() + 1, largest.end()), (Numbers{2, 2, 2, 3}));
  EXPECT_EQ(values(nancummin(x(range(1, none)), 0)), (Numbers{2, 2, 1, 1}));
}

TEST(Sequences, AnglesAreUnwrapped) {
  EXPECT_EQ(values(unwrap(vector_of<double>({350, 10, 30, 200, 340}), 0, 360)), (Numbers{350, 370, 390, 560, 700}));
  EXPECT_EQ(values(unwrap(vector_of<std::int16_t>({0, 3, 6, 1}), 0, 8, 6)), (Numbers{0, 3, 6, 1}));
  EXPECT_EQ(error_of([] { (void)unwrap(vector_of<double>({1}), 0, 0.0); }).code, ErrorCode::out_of_range);
}

}  // namespace
}  // namespace chunkwise_test
