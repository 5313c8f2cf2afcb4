#include "chunkwise/expr/index.hpp"

#include <limits>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

/// A slice of Python, with the first element of `range(extent)[start:stop:step]` and the number of its elements.
struct Slice {
  std::int64_t extent;
  std::optional<std::int64_t> start, stop;
  std::int64_t step, first, count;
};
const Slice slices[] = {
    // clang-format off
    {5, none, none, 1, 0, 5}, {5, none, none, -1, 4, 5}, {0, none, none, 1, 0, 0}, {0, none, none, -1, 0, 0},
    {1, none, none, -1, 0, 1}, {5, 1, -1, 1, 1, 3}, {5, -1, 1, -1, 4, 3}, {5, 4, none, -2, 4, 3},
    {5, none, 0, -1, 4, 4}, {5, 0, none, -1, 0, 1}, {5, -6, none, -1, 0, 0}, {5, 5, none, -1, 4, 5},
    {5, 7, -9, -3, 4, 2}, {5, 2, 2, 1, 0, 0}, {5, 3, 2, 1, 0, 0}, {5, 2, 3, -1, 0, 0},
    {5, -5, 5, 2, 0, 3}, {5, 0, 5, 7, 0, 1}, {5, 4, none, 9, 4, 1}, {5, -1, -6, -1, 4, 5},
    {5, -1, -5, -1, 4, 4}, {5, -5, 1, 1, 0, 1}, {0, 4, -9, -1, 0, 0}, {5, none, 4, 3, 0, 2},
    {0, -9, 1, -2, 0, 0}, {0, -4, -9, -7, 0, 0}, {5, none, 5, 1, 0, 5}, {1, 9, 9, 6, 0, 0},
    {0, 5, 5, -2, 0, 0}, {0, -4, none, -7, 0, 0}, {1, -1, 1, 2, 0, 1}, {5, -9, 5, -1, 0, 0},
    {5, 9, -5, 1, 0, 0}, {5, 5, 9, 3, 0, 0}, {5, -9, 4, 1, 0, 4}, {5, none, 5, 3, 0, 2},
    {5, 9, 4, -2, 0, 0}, {5, 3, 5, -3, 0, 0}, {5, -1, -4, 2, 0, 0}, {5, -4, -9, 6, 0, 0},
    {5, 4, 3, -1, 4, 1}, {5, 3, -1, 6, 3, 1}, {0, -9, 4, -2, 0, 0}, {1, 0, -5, -3, 0, 1},
    {5, none, 9, 1, 0, 5}, {5, 5, 0, -1, 4, 4}, {5, 0, 5, -3, 0, 0}, {5, 3, -9, 1, 0, 0},
    {5, 3, 9, 1, 3, 2}, {0, -1, 9, 6, 0, 0}, {5, 3, -1, -2, 0, 0}, {5, 0, none, -3, 0, 1},
    {5, -5, 5, 1, 0, 5}, {5, none, -4, -1, 4, 3}, {1, -4, 1, -2, 0, 0}, {5, -9, -5, -3, 0, 0},
    {5, 4, -1, 2, 0, 0}, {5, 4, -1, -2, 0, 0}, {5, 9, 1, 3, 0, 0}, {1, -9, -5, 2, 0, 0},
    {1, 9, -4, 1, 0, 0}, {5, 5, -5, -1, 4, 4}, {5, none, -5, -2, 4, 2}, {5, 0, 5, 6, 0, 1},
    {5, -5, 4, 6, 0, 1}, {5, 9, none, -3, 4, 2}, {5, 4, 1, -2, 4, 2}, {5, 1, -9, -3, 1, 1},
    {5, 1, none, 3, 1, 2}, {0, -4, 3, 2, 0, 0}, {0, 0, 5, 1, 0, 0}, {0, none, 5, 2, 0, 0},
    {5, -9, 0, 6, 0, 0}, {0, -9, -4, 6, 0, 0}, {5, -5, 9, -1, 0, 0}, {5, 5, 0, -3, 4, 2},
    {0, -9, 3, -3, 0, 0}, {5, 3, -1, 1, 3, 1}, {1, -9, 0, -1, 0, 0}, {5, -5, 4, 1, 0, 4},
    {1, 4, 0, 2, 0, 0}, {5, 4, none, -7, 4, 1}, {5, 9, -9, -1, 4, 5}, {5, 0, -5, -1, 0, 0},
    {1, 4, 4, -7, 0, 0}, {5, 9, -4, 6, 0, 0}, {1, -4, 1, 3, 0, 1}, {1, 4, 3, -1, 0, 0},
    {5, -1, -4, 6, 0, 0}, {5, 3, 0, -1, 3, 3}, {0, -4, -9, 3, 0, 0}, {5, -4, 0, 3, 0, 0},
    {5, 5, 5, 1, 0, 0}, {5, 9, 0, 1, 0, 0}, {5, -9, 1, 3, 0, 1}, {5, -5, 1, -1, 0, 0},
    {0, 1, 3, -2, 0, 0}, {5, -9, -5, 2, 0, 0}, {1, none, -5, 6, 0, 0}, {5, 9, -5, 6, 0, 0},
    {5, 3, 9, -1, 0, 0}, {1, 4, 4, 2, 0, 0}, {0, none, 9, 1, 0, 0}, {5, -5, 1, 3, 0, 1},
    {1, none, -1, 3, 0, 0}, {5, 4, -4, 6, 0, 0}, {5, -1, 4, -2, 0, 0}, {1, none, 0, -3, 0, 0},
    {5, 5, 4, -2, 0, 0}, {5, -5, 4, 2, 0, 2}, {5, 4, none, -3, 4, 2}, {1, 5, none, 2, 0, 0},
    {1, -5, 3, 6, 0, 1}, {5, 9, 4, -7, 0, 0}, {5, 3, -9, -7, 3, 1}, {0, -4, -4, -1, 0, 0},
    {0, -9, 4, -3, 0, 0}, {5, none, -9, -3, 4, 2}, {5, 5, 4, 6, 0, 0}, {5, -4, -1, -3, 0, 0},
    // clang-format on
};

TEST(Index, RangesAreThoseOfPython) {
  for (const Slice& slice : slices) {
    const auto x = counting<std::int64_t, 1>({slice.extent}, {2});
    const auto part = x(range(slice.start, slice.stop, slice.step));
    std::vector<std::int64_t> expected;
    for (std::int64_t i = 0; i < slice.count; ++i) expected.push_back(slice.first + i * slice.step);
    SCOPED_TRACE(testing::Message() << "extent " << slice.extent << ", start " << slice.start.value_or(-99) << ", stop "
                                    << slice.stop.value_or(-99) << ", step " << slice.step);
    EXPECT_EQ(part.shape(), (Shape{slice.count}));
    EXPECT_EQ(values(part), expected);
    EXPECT_EQ(values(part + 0), expected);
    EXPECT_EQ(values((x * 1)(range(slice.start, slice.stop, slice.step))), expected);
  }
}

TEST(Index, BoundsAndStepsOfAnySizeAreClamped) {
  const auto x = counting<std::int64_t, 1>({5});
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(values(x(range(least, most))), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(values(x(range(most, least, -1))), (std::vector<std::int64_t>{4, 3, 2, 1, 0}));
  EXPECT_EQ(values(x(range(1, none, most))), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(values(x(range(none, none, least))), (std::vector<std::int64_t>{4}));
  EXPECT_EQ(values(x(range(3, none, least))(range(none, none, most)) + 1), (std::vector<std::int64_t>{4}));
}

TEST(Index, AStepOfZeroIsAnError) {
  const auto x = counting<double, 1>({5});
  const Caught caught = error_of([&] { (void)x(range(0, 5, 0)); });
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("step")) << caught.message;
}

TEST(Index, AnIntegerTakesItsAxisAway) {
  const auto x = counting<double, 3>({2, 3, 4});
  static_assert(rank_of<decltype(x(1))> == 2 && rank_of<decltype(x(1, 2, 3))> == 0);
  EXPECT_EQ(x(1).shape(), (Shape{3, 4}));
  EXPECT_EQ(compute(local(), x(1, 2, 3)), 23);
  EXPECT_EQ(compute(local(), x(-1, -1, -1)), 23);
  EXPECT_EQ(compute(local(), x(-2, -3, -4)), 0);
  EXPECT_EQ(values(x(all, 1, 2)), (std::vector<double>{6, 18}));
  EXPECT_EQ(values(x(1U, std::int8_t{-1})), (std::vector<double>{20, 21, 22, 23}));
}

TEST(Index, AnIntegerBeyondTheArrayIsAnErrorWithAxisAndExtent) {
  const auto x = counting<double, 2>({2, 3});
  for (const std::int64_t beyond : {std::int64_t{3}, std::int64_t{-4}, std::numeric_limits<std::int64_t>::min()}) {
    const Caught caught = error_of([&] { (void)x(0, beyond); });
    EXPECT_EQ(caught.code, ErrorCode::out_of_range);
    EXPECT_TRUE(caught.says(std::to_string(beyond)) && caught.says("axis 1") && caught.says("3")) << caught.message;
  }
  EXPECT_EQ(error_of([] { (void)counting<double, 1>({0})(0); }).code, ErrorCode::out_of_range);
}

TEST(Index, MissingSubscriptsMeanEverything) {
  const auto x = counting<double, 3>({2, 3, 4});
  EXPECT_EQ(x().shape(), x.shape());
  EXPECT_EQ(values(x()), values(x));
  EXPECT_EQ(x(range(1, 2)).shape(), (Shape{1, 3, 4}));
}

TEST(Index, AnEllipsisStandsForTheAxesThatAreLeft) {
  const auto x = counting<double, 3>({2, 3, 4});
  EXPECT_EQ(values(x(ellipsis, 1)), values(x(all, all, 1)));
  EXPECT_EQ(values(x(1, ellipsis, 1)), values(x(1, all, 1)));
  EXPECT_EQ(values(x(1, 2, 3, ellipsis)), (std::vector<double>{23}));
  EXPECT_EQ(values(x(1, 2, ellipsis, 3)), (std::vector<double>{23}));
  EXPECT_EQ(values(x(ellipsis)), values(x));
}

TEST(Index, ANewAxisHasExtentOne) {
  const auto x = counting<double, 2>({2, 3});
  EXPECT_EQ(x(newaxis).shape(), (Shape{1, 2, 3}));
  EXPECT_EQ(x(all, newaxis).shape(), (Shape{2, 1, 3}));
  EXPECT_EQ(x(ellipsis, newaxis).shape(), (Shape{2, 3, 1}));
  EXPECT_EQ(x(newaxis, 1, newaxis, range(0, 2), newaxis).shape(), (Shape{1, 1, 2, 1}));
  EXPECT_EQ(values(x(newaxis, 1, newaxis, range(0, 2), newaxis)), (std::vector<double>{3, 4}));
  EXPECT_EQ(x(1, 2)(newaxis, newaxis).shape(), (Shape{1, 1}));
}

TEST(Index, ANewAxisOfAFormulaStaysWhereItWasPut) {
  const auto x = counting<double, 2>({2, 3});
  const auto row = counting<double, 1>({3});
  const auto check = [](const auto& part, const Shape& shape) {
    const auto result = compute(local(), part);
    EXPECT_EQ(part.shape(), shape);
    EXPECT_EQ(result.shape(), shape);
    EXPECT_EQ(result, compute(local(), part, without_pass("push_indices")));
  };
  check((x + row)(newaxis), {1, 2, 3});
  check((x + row)(newaxis, ellipsis, newaxis), {1, 2, 3, 1});
  check((x + row)(newaxis, newaxis, 1, newaxis), {1, 1, 1, 3});
  check((row + row)(newaxis, newaxis), {1, 1, 3});
  check((x(all, newaxis) + row(newaxis))(newaxis, 1), {1, 1, 3});
  check(mean(x + 1, 0)(newaxis), {1, 3});
  check(mean(x, 0, keepdims)(newaxis, newaxis, 0), {1, 1, 3});
  check((mean(x, 0) + x)(0, newaxis), {1, 3});
  check((x(1, 2) + 1)(newaxis), {1});
}

TEST(Index, PartsOfPartsAreWhatTheySay) {
  const auto x = counting<std::int64_t, 2>({6, 7}, {2, 3});
  const auto part = x(range(none, none, -2), range(1, 6))(range(1, none), range(none, none, -2));
  EXPECT_EQ(part.shape(), (Shape{2, 3}));
  EXPECT_EQ(values(part), (std::vector<std::int64_t>{26, 24, 22, 12, 10, 8}));
  EXPECT_EQ(values(part(-1, -1)), (std::vector<std::int64_t>{8}));
  EXPECT_EQ(values(x(newaxis, 5)(0, range(6, none, -3))), (std::vector<std::int64_t>{41, 38, 35}));
}

TEST(Index, APartOfMemoryThatHasAnOwnerIsAView) {
  const auto x = counting<double, 2>({4, 5});
  const auto whole = compute(local(), x);
  const auto column = compute(local(), x(all, 2));
  EXPECT_EQ(column.data(), whole.data() + 2);
  EXPECT_EQ(column.strides()[0], 5);
  EXPECT_EQ(compute(local(), x(range(none, none, -1), 0)).data(), whole.data() + 15);
}

TEST(Index, APartOfBorrowedMemoryIsACopy) {
  std::vector<double> memory{1, 2, 3, 4};
  const auto x = from_memory<1>(memory.data(), {4});
  const auto part = compute(local(), x(range(1, 3)));
  memory[1] = 7;
  EXPECT_EQ(part(0), 2);
}

TEST(Index, SubscriptsOfEightAxesWork) {
  const auto x = counting<std::int32_t, 8>({2, 2, 2, 2, 2, 2, 2, 2});
  EXPECT_EQ(compute(local(), x(1, 0, 1, 0, 1, 0, 1, 0)), 0b10101010);
  EXPECT_EQ(x(0, newaxis).shape().rank(), 8);
}

}  // namespace
}  // namespace chunkwise_test
