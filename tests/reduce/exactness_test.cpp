// How exact statistics are: against sums of long double, and where the exact answer is known.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::uint64_t bits_of_number(double value) {
  std::uint64_t word = 0;
  std::memcpy(&word, &value, sizeof value);
  return word;
}

struct Moments {
  long double mean = 0, deviation = 0;
};
template <class T>
Moments moments_of(const std::vector<T>& values) {
  Moments result;
  for (const T value : values) result.mean += static_cast<long double>(value);
  result.mean /= static_cast<long double>(values.size());
  for (const T value : values)
    result.deviation +=
        (static_cast<long double>(value) - result.mean) * (static_cast<long double>(value) - result.mean);
  result.deviation = std::sqrt(result.deviation / static_cast<long double>(values.size()));
  return result;
}

double relative_error(double found, long double expected) {
  return static_cast<double>(std::abs((static_cast<long double>(found) - expected) / expected));
}

TEST(Exactness, TheMeanOfTenMillionFloatsIsCorrectlyRounded) {
  std::vector<float> numbers;
  for (int i = 0; i < 10'000'000; ++i) numbers.push_back(273.15F + static_cast<float>(i % 1013) * 0.0371F);
  const Moments expected = moments_of(numbers);
  for (const std::int64_t chunk : {10'000'000, 100'000, 77'777}) {
    const auto x = from_memory<1>(numbers.data(), {10'000'000}, nullptr, {chunk});
    EXPECT_EQ(compute(local(), mean(x)), static_cast<float>(expected.mean));
    EXPECT_LT(relative_error(compute(local(), mean(cast<double>(x))), expected.mean), 1e-14);
    EXPECT_LT(relative_error(compute(local(), stddev(cast<double>(x))), expected.deviation), 1e-12);
    EXPECT_EQ(compute(local(), sum(x)), static_cast<float>(expected.mean * 10'000'000));
  }
}

TEST(Exactness, OfTenMillionFloatsAlongAnAxis) {
  std::vector<float> numbers;
  for (int i = 0; i < 1'000'000; ++i) numbers.push_back(273.15F + static_cast<float>(i % 1013) * 0.0371F);
  const auto x = from_memory<2>(numbers.data(), {2000, 500}, nullptr, {64, 500});
  const auto means = compute(local(), mean(x, 0));
  const auto deviations = compute(local(), stddev(cast<double>(x), 0));
  for (std::int64_t column = 0; column < 500; column += 37) {
    std::vector<float> of_column;
    for (std::int64_t row = 0; row < 2000; ++row)
      of_column.push_back(numbers[static_cast<std::size_t>(row * 500 + column)]);
    const Moments expected = moments_of(of_column);
    EXPECT_EQ(means(column), static_cast<float>(expected.mean));
    EXPECT_LT(relative_error(deviations(column), expected.deviation), 1e-13);
  }
}

TEST(Exactness, TheDeviationOfDataFarFromZeroIsExactToTwelveDigits) {
  std::vector<double> numbers;
  for (int i = 0; i < 600'000; ++i) numbers.push_back(1e8 + std::sin(static_cast<double>(i)));
  const Moments expected = moments_of(numbers);
  for (const Shape& chunks : {Shape{600, 1000}, Shape{7, 1000}, Shape{600, 13}, Shape{50, 50}}) {
    const auto x = from_memory<2>(numbers.data(), {600, 1000}, nullptr, chunks);
    EXPECT_LT(relative_error(compute(local(), stddev(x)), expected.deviation), 1e-12);
    EXPECT_LT(relative_error(compute(local(), nanstddev(x)), expected.deviation), 1e-12);
    EXPECT_LT(relative_error(compute(local(), mean(x)), expected.mean), 1e-15);
    const auto columns = compute(local(), stddev(x, 0));
    const auto rows = compute(local(), nanstddev(x, 1));
    for (std::int64_t i = 0; i < 600; i += 111) {
      const auto row = numbers.begin() + i * 1000;
      EXPECT_LT(relative_error(rows(i), moments_of(std::vector<double>(row, row + 1000)).deviation), 1e-12);
      std::vector<double> column;
      for (std::size_t j = 0; j < 600; ++j) column.push_back(numbers[j * 1000 + static_cast<std::size_t>(i)]);
      EXPECT_LT(relative_error(columns(i), moments_of(column).deviation), 1e-12);
    }
  }
}

TEST(Exactness, AnOutlierInFrontCostsNoMoreThanItself) {
  std::vector<double> numbers{1e9};
  for (int i = 1; i < 100'000; ++i) numbers.push_back(std::sin(static_cast<double>(i)));
  const Moments expected = moments_of(numbers);
  for (const std::int64_t chunk : {100'000, 1000})
    EXPECT_LT(relative_error(compute(local(), stddev(from_memory<1>(numbers.data(), {100'000}, nullptr, {chunk}))),
                             expected.deviation),
              1e-10);
}

TEST(Exactness, ConstantDataHaveNoDeviation) {
  const auto check = [](auto value) {
    for (const Shape& chunks : {Shape{100, 70}, Shape{3, 70}, Shape{7, 11}}) {
      const auto x = full<2>({100, 70}, value, chunks);
      EXPECT_EQ(compute(local(), stddev(x)), 0);
      EXPECT_EQ(compute(local(), var(x, ddof(1))), 0);
      EXPECT_EQ(compute(local(), nanstddev(x)), 0);
      for (const auto deviation : values(stddev(x, 0))) EXPECT_EQ(deviation, 0);
      for (const auto deviation : values(nanvar(x, 1))) EXPECT_EQ(deviation, 0);
    }
  };
  check(0.1);
  check(273.15F);
  check(-1e8 / 3);
  check(1e300);
  check(std::int16_t{-32767});
  check(std::uint64_t{12345678901234567890U});
}

TEST(Exactness, TheMeanHasTheSameBitsAloneAndBesideTheDeviation) {
  const auto check = [](const auto& x) {
    const auto beside = [&](auto... axes) {
      const auto [m, s, total, v] =
          compute(local(), mean(x, axes...), stddev(x, axes...), sum(x, axes...), nanvar(x, axes...));
      EXPECT_EQ(m, compute(local(), mean(x, axes...)));
      EXPECT_EQ(s, compute(local(), stddev(x, axes...)));
      EXPECT_EQ(total, compute(local(), sum(x, axes...)));
      EXPECT_EQ(v, compute(local(), nanvar(x, axes...)));
    };
    beside();
    beside(keepdims);
    beside(chunkwise::axes(0));
    beside(chunkwise::axes(1));
    beside(chunkwise::axes(0, 2));
    beside(chunkwise::axes(1, 2));
  };
  check(random<double, 3>({70, 40, 60}, 1, {4, 33, 60}));
  check(random<float, 3>({70, 40, 60}, 1, {4, 33, 60}));
  check(cast<std::int16_t>(random<double, 3>({70, 40, 60}, 1, {4, 33, 60}) * 30000));
}

// ---------------------------------------------------------------- NaN and infinity

/// The reductions of a vector, in several chunks and along an axis beside another, which must all agree.
template <class Reduction>
void expect_value(const Reduction& reduction, const std::vector<double>& numbers, double expected) {
  const auto n = static_cast<std::int64_t>(numbers.size());
  const auto same = [&](double found, const char* how) {
    EXPECT_TRUE(found == expected || (std::isnan(found) && std::isnan(expected)))
        << how << ": " << found << " instead of " << expected;
  };
  for (const std::int64_t chunk : {n, std::int64_t{1}, std::int64_t{2}})
    same(compute(local(), reduction(from_memory<1>(numbers.data(), {n}, nullptr, {chunk}))), "alone");
  const auto column = from_memory<2>(numbers.data(), {n, 1}) + full<2>({1, 3}, 0.0);
  for (const double found : values(reduction(column, 0))) same(found, "as a column of three");
}

TEST(NotANumber, GoesThroughPlainReductions) {
  for (const std::vector<double>& numbers :
       {std::vector{nan, 1.0, 2.0}, std::vector{1.0, nan, 2.0}, std::vector{1.0, 2.0, nan}, std::vector{nan, nan}}) {
    expect_value(sum, numbers, nan);
    expect_value(mean, numbers, nan);
    expect_value(var, numbers, nan);
    expect_value(stddev, numbers, nan);
    expect_value(min, numbers, nan);
    expect_value(max, numbers, nan);
  }
}

TEST(NotANumber, IsSkippedByTheOthers) {
  const std::vector<double> numbers{nan, 4, nan, nan, 1, 7, nan};
  expect_value(nansum, numbers, 12);
  expect_value(nanmean, numbers, 4);
  expect_value(nanvar, numbers, 6);
  expect_value(nanmin, numbers, 1);
  expect_value(nanmax, numbers, 7);
  const auto x = vector_of(numbers);
  EXPECT_EQ(compute(local(), count(x)), 3);
  EXPECT_EQ(compute(local(), nanvar(x, ddof(1))), 9);
}

TEST(NotANumber, WhereThereIsNothingElseTheSumIsZeroAndTheRestNan) {
  const std::vector<double> numbers(40, nan);
  expect_value(nansum, numbers, 0);
  expect_value(nanmean, numbers, nan);
  expect_value(nanvar, numbers, nan);
  expect_value(nanstddev, numbers, nan);
  expect_value(nanmin, numbers, nan);
  expect_value(nanmax, numbers, nan);
  EXPECT_EQ(compute(local(), count(vector_of(numbers))), 0);
}

TEST(NotANumber, InSomeChunksOnly) {
  std::vector<double> numbers(96, nan);
  for (std::size_t i = 40; i < 56; ++i) numbers[i] = static_cast<double>(i);
  for (const std::int64_t chunk : {8, 16, 40, 96}) {
    const auto x = from_memory<1>(numbers.data(), {96}, nullptr, {chunk});
    EXPECT_EQ(compute(local(), nanmean(x)), 47.5);
    EXPECT_DOUBLE_EQ(compute(local(), nanvar(x)), 255.0 / 12);
    EXPECT_EQ(compute(local(), nanmin(x)), 40);
    EXPECT_EQ(compute(local(), count(x)), 16);
  }
}

TEST(Infinity, IsANumberOfWhichNothingCanBeSubtracted) {
  const std::vector<double> numbers{1, infinity, 3};
  expect_value(sum, numbers, infinity);
  expect_value(mean, numbers, infinity);
  expect_value(stddev, numbers, nan);
  expect_value(nanstddev, numbers, nan);
  expect_value(min, numbers, 1);
  expect_value(max, numbers, infinity);
  expect_value(nanmax, numbers, infinity);
  expect_value(sum, {infinity, -infinity}, nan);
  expect_value(min, {infinity, infinity}, infinity);
  expect_value(max, {-infinity, -infinity}, -infinity);
}

TEST(FarApart, DeviationsBeyondTheRangeMakeAnInfiniteVariance) {
  // NumPy: the mean is finite, the square of a deviation is infinite.
  for (const std::vector<double>& numbers : {std::vector<double>{1e308, -1e308},
                                             {0, 1e200},
                                             {-1e200, 3, 1e200},
                                             {1e308, 1e308, 0},
                                             {1e308, 1e308, -1e308},
                                             {1.7e308, -1.7e308, 1.7e308, -1.7e308}}) {
    expect_value(var, numbers, infinity);
    expect_value(stddev, numbers, infinity);
    expect_value(nanvar, numbers, infinity);
    expect_value(nanstddev, numbers, infinity);
  }
  // In chunks of one element each, and along an axis that stays.
  const auto x = from_vector<2>(std::vector<double>{1e308, 0, -1e308, 1e200, 0, 2}, {3, 2}, {1, 2});
  EXPECT_EQ(values(var(x, 0)), (std::vector<double>{infinity, infinity}));
  EXPECT_EQ(values(nanstddev(x, 0)), (std::vector<double>{infinity, infinity}));
  EXPECT_TRUE(std::isnan(compute(local(), var(vector_of<double>({1e308, -1e308, nan})))));
  EXPECT_EQ(compute(local(), nanvar(vector_of<double>({1e308, -1e308, nan}))), infinity);
}

TEST(FarApart, AnInfinityAmongThemIsNoNumber) {
  for (const double end : {infinity, -infinity})
    for (std::size_t place = 0; place < 6; ++place) {
      std::vector<double> numbers{1.7e308, -1.7e308, 1.7e308, -1.7e308, 0, 1};
      numbers[place] = end;
      expect_value(var, numbers, nan);
      expect_value(stddev, numbers, nan);
      expect_value(nanvar, numbers, nan);
      std::vector<double> ordinary{1, 2, 3, 4, 5, 6};
      ordinary[place] = end;
      expect_value(var, ordinary, nan);
      expect_value(nanstddev, ordinary, nan);
      const std::vector<float> floats(ordinary.begin(), ordinary.end());
      EXPECT_TRUE(std::isnan(compute(local(), var(vector_of(floats)))));
    }
}

TEST(FarApart, AreTheSameInTilesOfManyRows) {
  // A state as large as this is cut into tiles, whose chunks of a few rows are folded at once.
  for (const std::int64_t rows : {1, 2, 4, 8, 5}) {
    std::vector<double> numbers(static_cast<std::size_t>(3 * rows * 5000), 1.0);
    const auto at = [&](std::int64_t row, std::int64_t column) -> double& {
      return numbers[static_cast<std::size_t>(row * 5000 + column)];
    };
    const std::int64_t last = 3 * rows - 1;
    at(0, 7) = 1.7e308, at(last, 7) = -1.7e308;
    at(0, 8) = infinity;
    at(last, 9) = -infinity;
    at(0, 10) = 1.7e308, at(1, 10) = -1.7e308, at(last, 10) = infinity;
    const auto x = from_vector<2>(numbers, {3 * rows, 5000}, {rows, 5000});
    for (const auto& variances : {values(var(x, 0)), values(nanvar(x, 0))}) {
      EXPECT_EQ(variances[6], 0) << rows;
      EXPECT_EQ(variances[7], infinity) << rows;
      for (std::size_t column = 8; column < 11; ++column)
        EXPECT_TRUE(std::isnan(variances[column])) << rows << ' ' << column;
      EXPECT_EQ(variances[11], 0) << rows;
    }
  }
}

TEST(FarApart, SquaresOfSumsThatLeaveTheRangeLoseNothing) {
  // One element far from 99 equal ones: the sum of the deviations is 9.9e154, whose square no float64 holds.
  std::vector<double> numbers(100, 1e153);
  numbers[0] = 0;
  EXPECT_NEAR(compute(local(), var(vector_of(numbers))) / 9.9e303, 1, 1e-12);
  EXPECT_NEAR(compute(local(), nanvar(vector_of(numbers))) / 9.9e303, 1, 1e-12);
  const auto columns = from_vector<2>(numbers, {100, 1});
  EXPECT_NEAR(values(var(concatenate(std::vector{columns, columns}, 1), 0))[1] / 9.9e303, 1, 1e-12);
}

TEST(FarApart, WhatIsNearTheEndsButCloseTogetherHasAFiniteVariance) {
  expect_value(var, {1.7e308, 1.7e308, 1.7e308}, 0);
  expect_value(var, {5e-324, 0}, 0);
  expect_value(var, {}, nan);
}

TEST(Zero, SumsOfNegativeZerosAreZero) {
  EXPECT_EQ(bits_of_number(compute(local(), sum(vector_of<double>({-0.0, -0.0})))), bits_of_number(0.0));
}

// ---------------------------------------------------------------- integers

TEST(Integers, SumsWrapAtSixtyFourBits) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(compute(local(), sum(vector_of<std::int64_t>({most, 1}))), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(compute(local(), sum(vector_of<std::uint64_t>({std::numeric_limits<std::uint64_t>::max(), 3}))), 2U);
  EXPECT_EQ(compute(local(), sum(vector_of<std::int8_t>(std::vector<std::int8_t>(1000, 127)))), 127000);
  EXPECT_EQ(compute(local(), nansum(vector_of<std::int32_t>({-5, 3}))), -2);
  EXPECT_EQ(compute(local(), sum(full<1>({1000}, true))), 1000);
}

TEST(Integers, ExtremesKeepAllTheirBits) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const auto x = vector_of<std::int64_t>({most - 1, most, most - 2});
  EXPECT_EQ(compute(local(), max(x)), most);
  EXPECT_EQ(compute(local(), min(x)), most - 2);
  EXPECT_EQ(compute(local(), nanmin(x)), most - 2);
  const auto u = vector_of<std::uint64_t>({std::numeric_limits<std::uint64_t>::max() - 1, 9223372036854775809U});
  EXPECT_EQ(compute(local(), max(u)), std::numeric_limits<std::uint64_t>::max() - 1);
  EXPECT_EQ(compute(local(), min(u)), 9223372036854775809U);
  EXPECT_EQ(compute(local(), min(vector_of<std::int8_t>({5, -128, 3}))), -128);
  EXPECT_EQ(compute(local(), max(from_vector<1>(std::vector<bool>{false, true}, {2}))), true);
  EXPECT_EQ(values(min(from_vector<2>(std::vector<bool>{false, true, true, true}, {2, 2}), 0)),
            (std::vector<bool>{false, true}));
}

TEST(Integers, MeansAndDeviationsAreFloat64) {
  const auto x = vector_of<std::int32_t>({1, 2, 4, 9});
  EXPECT_EQ(compute(local(), mean(x)), 4);
  EXPECT_DOUBLE_EQ(compute(local(), nanvar(x)), 9.5);
  EXPECT_EQ(compute(local(), count(x)), 4);
  EXPECT_EQ(compute(local(), mean(full<1>({3}, true))), 1);
}

TEST(ExactSums, HaveTheSameBitsInAnyChunksAndOrder) {
  std::vector<double> numbers;
  std::uint64_t state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const int exponent = static_cast<int>(state >> 58) - 32;
    numbers.push_back(std::ldexp(static_cast<double>(static_cast<std::int64_t>(state)), exponent - 40));
  }
  const double whole = compute(local(), sum(from_vector<1>(numbers, {20'000}, {20'000}), exact));
  const double mean_of_all = compute(local(), mean(from_vector<1>(numbers, {20'000}), exact));
  EXPECT_EQ(bits_of_number(mean_of_all), bits_of_number(whole / 20'000));
  for (const std::int64_t chunk : {1, 7, 100, 1023, 1024, 1025, 5000})
    EXPECT_EQ(bits_of_number(compute(local(), sum(from_vector<1>(numbers, {20'000}, {chunk}), exact))),
              bits_of_number(whole))
        << chunk;
  const auto plain = compute(local(), sum(from_vector<1>(numbers, {20'000}, {7})));
  EXPECT_NE(bits_of_number(plain), bits_of_number(whole)) << "or there was nothing to be exact about";
  std::reverse(numbers.begin(), numbers.end());
  EXPECT_EQ(bits_of_number(compute(local(), sum(from_vector<1>(numbers, {20'000}, {333}), exact))),
            bits_of_number(whole));
  const auto square = from_vector<2>(numbers, {100, 200}, {9, 200});
  EXPECT_EQ(compute(local(), sum(square, 0, exact)).mutable_copy(),
            compute(local(), sum(transpose(square), 1, exact)).mutable_copy());
}

TEST(ExactSums, AreTheTrueSumRoundedOnce) {
  const auto total = [](std::vector<double> numbers) { return values(sum(vector_of(std::move(numbers)), exact))[0]; };
  constexpr double largest = std::numeric_limits<double>::max(), tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(total({1e16, 1, -1e16}), 1);
  EXPECT_EQ(total({largest, largest, -largest, -largest, tiny}), tiny);
  EXPECT_EQ(total({largest, largest}), infinity);
  EXPECT_EQ(total({-largest, -largest}), -infinity);
  EXPECT_EQ(total({1, 0x1p-53}), 1);
  EXPECT_EQ(total({1, 0x1p-53, tiny}), 1 + 0x1p-52);
  EXPECT_EQ(total({1 + 0x1p-52, 0x1p-53}), 1 + 0x1p-51);
  EXPECT_EQ(total({-1, -0x1p-53, -tiny}), -1 - 0x1p-52);
  EXPECT_EQ(total({1, -0x1p-54}), 1);
  EXPECT_EQ(total({1, -0x1p-54, -tiny}), 1 - 0x1p-53);
  EXPECT_EQ(total({tiny, tiny, tiny}), 3 * tiny);
  EXPECT_EQ(bits_of_number(total({-0.0, -0.0})), bits_of_number(0.0));
  EXPECT_EQ(total({infinity, 1}), infinity);
  EXPECT_TRUE(std::isnan(total({infinity, -infinity})));
  EXPECT_TRUE(std::isnan(total({nan, 1})));
  EXPECT_EQ(total({}), 0);
  EXPECT_EQ(values(nansum(vector_of<double>({nan, 1e16, 1, -1e16}), exact))[0], 1);
  EXPECT_EQ(values(nanmean(vector_of<double>({nan, 1e16, 1, 1, -1e16}), exact))[0], 0.5);
  EXPECT_EQ(values(mean(vector_of<std::int8_t>({1, 2}), exact))[0], 1.5);
  EXPECT_EQ(values(sum(vector_of<std::int8_t>({1, 2}), exact))[0], 3);
  EXPECT_EQ(values(sum(vector_of<float>({1e8F, 1, -1e8F}), exact))[0], 1);
}

}  // namespace
}  // namespace chunkwise_test
