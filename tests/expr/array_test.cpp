#include "chunkwise/expr/array.hpp"

#include <cmath>
#include <thread>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

TEST(Array, PrintsOnOneLineAndComputesNothing) {
  std::ostringstream text;
  const auto days = full<3>({544, 721, 1440}, 0.0, {4, 721, 1440});
  text << days.with_labels(Labels({"time", "latitude", "longitude"}));
  EXPECT_EQ(text.str(), "Array float64 (time 544, latitude 721, longitude 1440), 136 chunks of (4, 721, 1440), 4.5 GB");
}

TEST(Array, PrintsAFormulaAsTheArrayItIs) {
  std::ostringstream text;
  text << sum(counting<std::int16_t, 2>({4, 6}, {3, 6}), 1) << '\n' << counting<bool, 1>({3})(0);
  EXPECT_EQ(text.str(), "Array int64 (4), 2 chunks of at most (3,), 32 bytes\nArray bool (), 1 chunk, 1 byte");
}

TEST(Array, IsMadeOfAnyExpressionAndStaysLazy) {
  const auto x = counting<double, 2>({4, 6}, {2, 6});
  Array y = (x - mean(x, 0)) / stddev(x, 0);
  static_assert(std::same_as<decltype(y), Array<double, 2>>);
  EXPECT_NE(y.node()->as<MapNode>(), nullptr);
  EXPECT_EQ(values(y), values((x - mean(x, 0)) / stddev(x, 0)));
  y = x(range(1, 3));
  EXPECT_EQ(y.shape(), (Shape{2, 6}));
  EXPECT_EQ(values(y), values(x(range(1, 3))));
}

TEST(Array, CopiesShareWhatTheyStandFor) {
  const auto x = counting<double, 1>({4});
  const auto copy = x;
  EXPECT_EQ(copy.node(), x.node());
}

TEST(Array, AChainThatDoublesItsUsesIsNoLargerThanItsNodes) {
  Array<double, 2> x = counting<double, 2>({3, 4});
  for (int i = 0; i < 60; ++i) {
    const Array<double, 2> both = (x + x) * 0.5;
    x = both;
  }
  EXPECT_EQ(values(x), values(counting<double, 2>({3, 4})));
  EXPECT_EQ(values(x(1, range(none, none, -1))), (std::vector<double>{7, 6, 5, 4}));
  EXPECT_EQ(compute(local(), sum(x)), 66);
  EXPECT_EQ(explain(local(), x).stages.size(), 1U);
}

TEST(Array, FormulasAreBuiltAndRunByManyThreads) {
  const auto x = random<double, 2>({40, 50}, 1, {8, 50});
  const double expected = compute(local(), mean((x - mean(x, 0)) * x));
  std::vector<std::thread> threads;
  std::vector<double> found(4);
  for (std::size_t i = 0; i < found.size(); ++i)
    threads.emplace_back([&x, &result = found[i]] {
      for (int round = 0; round < 5; ++round) result = compute(local(), mean((x - mean(x, 0)) * x));
    });
  for (std::thread& thread : threads) thread.join();
  for (const double value : found) EXPECT_EQ(value, expected);
}

TEST(Arrays, ArangeIsNumPys) {
  EXPECT_EQ(values(arange(0, 5)), (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(values(arange(5, 0, -2)), (std::vector<int>{5, 3, 1}));
  EXPECT_EQ(values(arange(1.0, 2.0, 0.25)), (std::vector<double>{1, 1.25, 1.5, 1.75}));
  EXPECT_TRUE(values(arange(3, 3)).empty());
  EXPECT_TRUE(values(arange(3, 0)).empty());
  EXPECT_EQ(values(arange<std::uint8_t>(250, 255)).back(), 254);
  EXPECT_EQ(values(arange<std::uint8_t>(5, 2)).size(), 0U);
  EXPECT_EQ(error_of([] { (void)arange(0, 5, 0); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { (void)arange(0.0, static_cast<double>(INFINITY)); }).code, ErrorCode::invalid_argument);
}

TEST(Arrays, ArangeOfLargeIntegersCountsExactly) {
  const std::int64_t large = std::int64_t{1} << 62;
  EXPECT_EQ(values(arange(large, large + 3)), (std::vector<std::int64_t>{large, large + 1, large + 2}));
}

TEST(Arrays, RandomNumbersDependOnSeedAndPositionAlone) {
  const auto x = compute(local(), random<double, 2>({30, 40}, 5));
  EXPECT_EQ(compute(local(), random<double, 2>({30, 40}, 5, {7, 9}) + 0), x);
  EXPECT_EQ(compute(local(), random<double, 2>({30, 40}, 5)(3, range(none, none, -7)))(1), x(3, 32));
  EXPECT_FALSE(compute(local(), random<double, 2>({30, 40}, 6)) == x);
  for (const double value : x.mutable_copy()) EXPECT_TRUE(value >= 0 && value < 1);
  EXPECT_NEAR(compute(local(), mean(random<float, 1>({1 << 20}, 1))), 0.5, 0.002);
  EXPECT_NEAR(compute(local(), var(random<float, 1>({1 << 20}, 1))), 1.0 / 12, 0.001);
}

TEST(Arrays, MemoryWithTheWrongCountIsAnError) {
  EXPECT_EQ(error_of([] { (void)from_vector<1>(std::vector<double>{1, 2}, {3}); }).code, ErrorCode::shape_mismatch);
  EXPECT_EQ(error_of([] { (void)full<2>({3}, 1.0); }).code, ErrorCode::shape_mismatch);
  EXPECT_EQ(error_of([] { (void)full<2>({3, 3}, 1.0, {2}); }).code, ErrorCode::shape_mismatch);
}

}  // namespace
}  // namespace chunkwise_test
