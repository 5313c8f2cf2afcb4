// Statistics that are several reductions.
#include "chunkwise/expr/statistics.hpp"

#include <cmath>
#include <limits>

#include "tests/expr/arrays.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

static_assert(is<float, decltype(ptp(make<Cube<float>>(), 0))>);
static_assert(is<std::int64_t, decltype(count_nonzero(make<Cube<float>>()))>);
static_assert(rank_of<decltype(skew(make<Cube<float>>(), axes(0, 2)))> == 1);
static_assert(rank_of<decltype(kurtosis(make<Cube<float>>(), 0, keepdims))> == 3);
static_assert(is<float, decltype(cov(make<Cube<float>>(), make<Cube<float>>(), 0))>);
static_assert(is<double, decltype(corr(make<Cube<float>>(), make<Cube<std::int16_t>>(), 0))>);

Array<double, 2> of_two_columns(Numbers values) {
  const auto rows = static_cast<std::int64_t>(values.size()) / 2;
  return from_vector<2>(std::move(values), {rows, 2}, {2, 1});
}

TEST(Statistics, PtpIsTheRangeAndNaNWhereAnElementIs) {
  const auto x = of_two_columns({1, 5, 9, nan, 4, 3});
  EXPECT_EQ(values(ptp(x, 0))[0], 8);
  EXPECT_TRUE(std::isnan(values(ptp(x, 0))[1]));
  EXPECT_EQ(values(nanptp(x, 0)), (Numbers{8, 2}));
  EXPECT_EQ(values(nanptp(x)), (Numbers{8}));
}

TEST(Statistics, NaNIsNotZeroWhereElementsAreCounted) {
  EXPECT_EQ(values(count_nonzero(of_two_columns({0, nan, -0.0, 1, 2, 0.1}), 0)), (std::vector<std::int64_t>{1, 3}));
}

TEST(Statistics, SkewnessAndKurtosisAreScipys) {
  // scipy.stats.skew and kurtosis of (1, 2, 4, 8, 16) and of (1, 2, 3, 4, 10).
  const auto x = of_two_columns({1, 1, 2, 2, 4, 3, 8, 4, 16, 10});
  const Numbers skewness = values(skew(x, 0));
  EXPECT_NEAR(skewness[0], 0.8890481348169542, 1e-14);
  EXPECT_NEAR(skewness[1], 1.1384199576606167, 1e-14);
  const Numbers excess = values(kurtosis(x, 0));
  EXPECT_NEAR(excess[0], -0.6740591397849474, 1e-14);
  EXPECT_NEAR(excess[1], -0.21199999999999974, 1e-14);
}

TEST(Statistics, WhatDoesNotVaryHasNoSkewness) {
  const auto x = of_two_columns({0.1, 1, 0.1, nan, 0.1, 2});
  for (const double value : values(skew(x, 0))) EXPECT_TRUE(std::isnan(value));
  for (const double value : values(kurtosis(x, 0))) EXPECT_TRUE(std::isnan(value));
}

TEST(Statistics, CovarianceAndCorrelationLeaveOutWhereEitherIsNaN) {
  const auto x = of_two_columns({1, nan, 2, 1, 3, 2, 100, 3});
  const auto y = of_two_columns({2, 7, 4, 5, 6, 4, nan, 3});
  EXPECT_EQ(values(cov(x, y, 0)), (Numbers{2, -1}));
  EXPECT_EQ(values(cov(x, y, 0, ddof(0))), (Numbers{4.0 / 3, -2.0 / 3}));
  const Numbers correlation = values(corr(x, y, 0));
  EXPECT_NEAR(correlation[0], 1, 1e-15);
  EXPECT_NEAR(correlation[1], -1, 1e-15);
}

TEST(Statistics, OfNothingAndOfOneThereIsNoCovariance) {
  const auto x = of_two_columns({nan, 1, nan, nan});
  for (const double value : values(cov(x, x, 0))) EXPECT_TRUE(std::isnan(value));
  for (const double value : values(corr(x, x, 0))) EXPECT_TRUE(std::isnan(value));
}

TEST(Statistics, WhatDoesNotVaryHasNoCorrelation) {
  const auto constant = of_two_columns({0.1, 0.1, 0.1, 0.3, 0.1, 0.2});
  const auto y = of_two_columns({1, 1, 2, 2, 4, 4});
  const Numbers both = values(corr(constant, y, 0));
  EXPECT_TRUE(std::isnan(both[0])) << both[0];
  EXPECT_FALSE(std::isnan(both[1]));
}

TEST(Statistics, InfiniteElementsCount) {
  const auto x = of_two_columns({std::numeric_limits<double>::infinity(), 1, 2, 2, 3, 3});
  const auto y = of_two_columns({-std::numeric_limits<double>::infinity(), 1, 2, 2, 3, 3});
  const Numbers both = values(cov(x, y, 0));
  EXPECT_TRUE(std::isnan(both[0]));
  EXPECT_EQ(both[1], 1);
}

}  // namespace
}  // namespace chunkwise_test
