#include "chunkwise/positions.hpp"

#include <cmath>
#include <limits>

#include "tests/conformance/sources.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;
using Counts = std::vector<std::int64_t>;

TEST(Masked, ElementsComeInRowMajorOrderWhateverTheChunks) {
  const auto x = counting<double, 3>({4, 5, 6}, {3, 2, 4});
  EXPECT_EQ(values(masked(local(), x, x > 115.0)), (Numbers{116, 117, 118, 119}));
  const auto rows = masked(local(), x, max(x, 2) > 95.0);
  EXPECT_EQ(rows.shape(), (Shape{4, 6}));
  EXPECT_EQ(values(rows(0, 0))[0], 96.0);
  EXPECT_EQ(masked(local(), x, x < 0.0).shape(), Shape{0});
}

TEST(Masked, KeepsTheCoordinateOfOneAxisAndHoldsItAgainstTheMasks) {
  const Labels labels({"time"}, {Coordinate(Numbers{0, 6, 12, 18}, {})}, "t2m", {});
  const auto x = counting<double, 1>({4}).with_labels(labels);
  const auto chosen = compress(local(), x > 1.0, x, "time");
  EXPECT_EQ(values(chosen), (Numbers{2, 3}));
  EXPECT_EQ(chosen.labels().coordinate(0).to_vector(), (Numbers{12, 18}));
  const auto other = (x > 1.0).with_labels(Labels({"level"}));
  EXPECT_EQ(error_of([&] { (void)compress(local(), other, x, 0); }).code, ErrorCode::name_mismatch);
  EXPECT_EQ(error_of([&] { (void)compress(local(), x(range(0, 2)) > 0.0, x, 0); }).code, ErrorCode::shape_mismatch);
}

TEST(Masked, ReadsOnlyWhatWasChosen) {
  const auto source = std::make_shared<conformance::WatchedSource>(Shape{40, 100}, Shape{7, 100});
  const auto x = detail::array_of<double, 2>(source);
  const auto mask = arange<std::int64_t>(0, 40) % 20 == 3;
  (void)compute(local(), compress(local(), mask, x, 0));
  EXPECT_EQ(source->elements_read(), 200);
}

TEST(NonZero, GivesIndicesOfEachAxis) {
  const auto x = counting<int, 2>({3, 4}, {2, 2});
  const auto [rows, columns] = nonzero(local(), x % 5 == 1);
  EXPECT_EQ(values(rows), (Counts{0, 1, 2}));
  EXPECT_EQ(values(columns), (Counts{1, 2, 3}));
  EXPECT_EQ(values(argwhere(local(), x % 5 == 1)), (Counts{0, 1, 1, 2, 2, 3}));
  EXPECT_EQ(values(flatnonzero(local(), x % 5 == 1)), (Counts{1, 6, 11}));
  EXPECT_EQ(values(flatnonzero(local(), x))[0], 1);
}

TEST(Unique, GivesElementsInOrderWithNanOnceAndZeroPositive) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto x = vector_of<double>({3, nan, -0.0, 3, 0.0, -1, nan});
  const auto [found, counts] = unique_counts(local(), x);
  const Numbers elements = values(found);
  ASSERT_EQ(elements.size(), 4U);
  EXPECT_EQ(elements[0], -1);
  EXPECT_FALSE(std::signbit(elements[1]));
  EXPECT_TRUE(std::isnan(elements[3]));
  EXPECT_EQ(values(counts), (Counts{1, 2, 2, 2}));
  EXPECT_EQ(values(unique_values(local(), counting<int, 2>({3, 4}, {2, 3}) % 3)), (std::vector<int>{0, 1, 2}));
}

TEST(Unique, RefusesMoreElementsThanMemoryShouldHold) {
  const Caught error = error_of([] { (void)unique_values(local(), arange<std::int64_t>(0, 2'000'000)); });
  EXPECT_EQ(error.code, ErrorCode::unsupported);
  EXPECT_TRUE(error.says("more than 2**20 different elements")) << error.message;
  EXPECT_EQ(error_of([] { (void)flatnonzero(local(), ones<bool, 1>({20'000'000})); }).code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace chunkwise_test
