// Division with a remainder, rounding, signs and bits, at the borders of each type; what NumPy gives is held against
// notation/numpy_elementwise.json.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>

#include "chunkwise/op/catalog.hpp"
#include "tests/numbers.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::inf;
using chunkwise_test::least;
using chunkwise_test::nan;
using chunkwise_test::same_bits;

template <class T>
class Floating : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(Floating, Floats);

/// Any number that T has.
template <class T>
T any(std::mt19937_64& random) {
  std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t> bits = 0;
  const std::uint64_t drawn = random();
  std::memcpy(&bits, &drawn, sizeof bits);
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

TYPED_TEST(Floating, FmodIsCs) {
  using T = TypeParam;
  std::mt19937_64 random(20261128);
  for (int i = 0; i < 1000000; ++i) {
    T a = any<T>(random);
    T b = any<T>(random);
    // Quotients of every size, near whole numbers among them.
    if (i % 4 == 1) b = a / static_cast<T>(1 + random() % 1000000);
    if (i % 4 == 2)
      a = static_cast<T>(static_cast<double>(random() >> 20) * 0x1p-20), b = static_cast<T>(1 + random() % 4000) / T{8};
    if (i % 4 == 3)
      a = std::nextafter(b * static_cast<T>(random() % 5000000), i % 8 == 3 ? T{0} : std::numeric_limits<T>::max());
    ASSERT_TRUE(same_bits(op::Fmod::apply(a, b), std::fmod(a, b))) << std::hexfloat << a << " and " << b;
  }
}

TYPED_TEST(Floating, FmodIsCsAtTheEndsOfTheRange) {
  using T = TypeParam;
  using Limits = std::numeric_limits<T>;
  const T positive[] = {T{0},          Limits::denorm_min(), Limits::min(),      T{1}, T{3}, T(1e30),
                        Limits::max(), Limits::infinity(),   Limits::quiet_NaN()};
  for (const T a : positive)
    for (const T b : positive)
      for (const T sign_a : {T{1}, T{-1}})
        for (const T sign_b : {T{1}, T{-1}})
          EXPECT_TRUE(same_bits(op::Fmod::apply(sign_a * a, sign_b * b), std::fmod(sign_a * a, sign_b * b)))
              << sign_a * a << " and " << sign_b * b;
}

TYPED_TEST(Floating, TheRemainderHasTheSignOfTheDivisorAndBelongsToTheQuotient) {
  using T = TypeParam;
  const T numbers[] = {T{7}, T{-7}, T(7.5), T(-7.5), T{3}, T{-3}, T(0.1), T(-0.1), T{360}, T(1e20)};
  for (const T a : numbers)
    for (const T b : numbers) {
      const T remainder = op::Remainder::apply(a, b);
      EXPECT_EQ(std::signbit(remainder), std::signbit(b)) << a << " % " << b;
      EXPECT_LE(std::fabs(remainder), std::fabs(b));
      const T quotient = op::FloorDivide::apply(a, b);
      EXPECT_EQ(quotient, std::floor(quotient));
      const T larger = std::max(std::fabs(a), std::fabs(b));
      EXPECT_LE(std::fabs(quotient * b + remainder - a), 4 * std::numeric_limits<T>::epsilon() * larger)
          << a << " by " << b;
    }
  EXPECT_EQ(op::Remainder::apply(T{-1}, T(inf)), T(inf));
  EXPECT_EQ(op::FloorDivide::apply(T{-1}, T(inf)), T{-1});
  EXPECT_TRUE(std::isnan(op::FloorDivide::apply(T(inf), T{1})));
  EXPECT_EQ(op::FloorDivide::apply(T{1}, T{0}), T(inf));
  EXPECT_EQ(op::FloorDivide::apply(T{-1}, T{0}), T(-inf));
  EXPECT_TRUE(std::isnan(op::Remainder::apply(T{1}, T{0})));
}

TEST(DivisionOfIntegers, ByZeroIsZero) {
  EXPECT_EQ(op::FloorDivide::apply(5, 0), 0);
  EXPECT_EQ(op::Remainder::apply(5, 0), 0);
  EXPECT_EQ(op::Fmod::apply(-5, 0), 0);
  EXPECT_EQ(op::Remainder::apply(std::uint8_t{5}, std::uint8_t{0}), 0);
  EXPECT_EQ(op::FloorDivide::apply(std::uint64_t{5}, std::uint64_t{0}), 0U);
  EXPECT_EQ(op::Reciprocal::apply(0), 0);
}

TEST(DivisionOfIntegers, TheSmallestByMinusOneStaysItselfWithoutARemainder) {
  EXPECT_EQ(op::FloorDivide::apply(least<std::int8_t>, std::int8_t{-1}), least<std::int8_t>);
  EXPECT_EQ(op::FloorDivide::apply(least<std::int32_t>, -1), least<std::int32_t>);
  EXPECT_EQ(op::FloorDivide::apply(least<std::int64_t>, std::int64_t{-1}), least<std::int64_t>);
  EXPECT_EQ(op::Remainder::apply(least<std::int64_t>, std::int64_t{-1}), 0);
  EXPECT_EQ(op::Fmod::apply(least<std::int32_t>, -1), 0);
}

TEST(DivisionOfIntegers, RoundsDown) {
  for (int a = -128; a < 128; ++a)
    for (int b = -128; b < 128; ++b) {
      if (b == 0) continue;
      const auto x = static_cast<std::int8_t>(a);
      const auto y = static_cast<std::int8_t>(b);
      const int down = static_cast<int>(std::floor(static_cast<double>(a) / b));
      ASSERT_EQ(op::FloorDivide::apply(x, y), static_cast<std::int8_t>(down)) << a << " // " << b;
      ASSERT_EQ(op::Remainder::apply(x, y), a - down * b) << a << " % " << b;
      ASSERT_EQ(op::Fmod::apply(x, y), a % b);
    }
}

TEST(SquareAndReciprocal, StayInTheirType) {
  EXPECT_EQ(op::Square::apply(std::int8_t{16}), 0);
  EXPECT_EQ(op::Square::apply(-1.5), 2.25);
  EXPECT_EQ(op::Reciprocal::apply(-1), -1);
  EXPECT_EQ(op::Reciprocal::apply(std::uint8_t{255}), 0);
  EXPECT_EQ(op::Reciprocal::apply(-0.0), -inf);
}

TYPED_TEST(Floating, RoundingKeepsTheSignOfZero) {
  using T = TypeParam;
  EXPECT_TRUE(same_bits(op::Ceil::apply(T(-0.5)), -T{0}));
  EXPECT_TRUE(same_bits(op::Trunc::apply(T(-0.5)), -T{0}));
  EXPECT_TRUE(same_bits(op::Rint::apply(T(-0.5)), -T{0}));
  EXPECT_TRUE(same_bits(op::Floor::apply(-T{0}), -T{0}));
  EXPECT_EQ(op::Rint::apply(T(2.5)), T{2});
  EXPECT_EQ(op::Rint::apply(T(3.5)), T{4});
  EXPECT_EQ(op::Floor::apply(T(-2.5)), T{-3});
  EXPECT_EQ(op::Floor::apply(T(-inf)), T(-inf));
  EXPECT_TRUE(std::isnan(op::Ceil::apply(T(nan))));
  EXPECT_EQ(op::Rint::apply(std::numeric_limits<T>::max()), std::numeric_limits<T>::max());
}

TEST(Rounding, LeavesIntegersAndBool) {
  EXPECT_EQ(op::Floor::apply(least<std::int64_t>), least<std::int64_t>);
  EXPECT_EQ(op::Trunc::apply(std::uint64_t{18446744073709551615ULL}), 18446744073709551615ULL);
  EXPECT_TRUE(op::Ceil::apply(true));
}

TYPED_TEST(Floating, NanHasNoSign) {
  using T = TypeParam;
  const T negative = std::copysign(T(nan), T{-1});
  EXPECT_FALSE(op::SignBit::apply(negative));
  EXPECT_TRUE(op::SignBit::apply(-T{0}));
  EXPECT_EQ(op::CopySign::apply(T{-2}, negative), T{2});
  EXPECT_TRUE(same_bits(op::CopySign::apply(T{0}, T{-1}), -T{0}));
  EXPECT_TRUE(std::isnan(op::Sign::apply(negative)));
  EXPECT_TRUE(same_bits(op::Sign::apply(-T{0}), T{0}));
  EXPECT_EQ(op::Sign::apply(-std::numeric_limits<T>::denorm_min()), T{-1});
  EXPECT_TRUE(std::isnan(op::Heaviside::apply(T(nan), T{5})));
  EXPECT_EQ(op::Heaviside::apply(-T{0}, T{5}), T{5});
  EXPECT_TRUE(std::isnan(op::Heaviside::apply(T{0}, T(nan))));
}

TEST(Shifts, BeyondTheWidthLeaveZerosOrTheSign) {
  for (const int by : {8, 9, 31, 32, 64, 100, 127, -1, -128}) {
    const auto count = static_cast<std::int8_t>(by);
    EXPECT_EQ(op::LeftShift::apply(std::int8_t{-1}, count), 0) << by;
    EXPECT_EQ(op::RightShift::apply(std::int8_t{-5}, count), -1) << by;
    EXPECT_EQ(op::RightShift::apply(std::int8_t{5}, count), 0) << by;
    EXPECT_EQ(op::RightShift::apply(std::uint8_t{255}, static_cast<std::uint8_t>(by)), 0) << by;
  }
  EXPECT_EQ(op::LeftShift::apply(std::int64_t{1}, std::int64_t{63}), least<std::int64_t>);
  EXPECT_EQ(op::LeftShift::apply(std::int64_t{1}, std::int64_t{64}), 0);
  EXPECT_EQ(op::LeftShift::apply(std::int8_t{3}, std::int8_t{7}), -128);
  EXPECT_EQ(op::RightShift::apply(std::uint16_t{65535}, std::uint16_t{15}), 1);
  EXPECT_EQ(op::RightShift::apply(std::int32_t{-5}, 1), -3);
}

TEST(Bits, AreThoseOfTheType) {
  EXPECT_EQ(op::Invert::apply(std::uint8_t{1}), 254);
  EXPECT_EQ(op::Invert::apply(std::int16_t{1}), -2);
  EXPECT_FALSE(op::Invert::apply(true));
  EXPECT_EQ(op::BitwiseAnd::apply(std::int8_t{-4}, std::int8_t{6}), 4);
  EXPECT_EQ(op::BitwiseOr::apply(std::uint32_t{5}, std::uint32_t{2}), 7U);
  EXPECT_EQ(op::BitwiseXor::apply(std::uint32_t{5}, std::uint32_t{1}), 4U);
  EXPECT_FALSE(op::BitwiseXor::apply(true, true));
}

TEST(Within, AnInfiniteSecondIsNearNothingButItself) {
  EXPECT_TRUE(op::Within::apply(1.0, 1.5, 0.5));
  EXPECT_FALSE(op::Within::apply(1.0, 1.5, 0.4));
  EXPECT_TRUE(op::Within::apply(inf, inf, 0.0));
  EXPECT_FALSE(op::Within::apply(1.0, inf, inf));
  EXPECT_FALSE(op::Within::apply(-inf, inf, inf));
  EXPECT_FALSE(op::Within::apply(nan, nan, inf));
  EXPECT_FALSE(op::Within::apply(1.0, 1.0, nan) != true);
}

TEST(Replace, TakesNanForEqualToNan) {
  EXPECT_EQ(op::Replace::apply(nan, nan, 3.0), 3.0);
  EXPECT_EQ(op::Replace::apply(2.0, nan, 3.0), 2.0);
  EXPECT_TRUE(std::isnan(op::Replace::apply(nan, 2.0, 3.0)));
  EXPECT_EQ(op::Replace::apply(-0.0, 0.0, 3.0), 3.0);
  EXPECT_EQ(op::Replace::apply(-999, -999, 0), 0);
}

TEST(FminAndFmax, PassNanBy) {
  EXPECT_EQ(op::Fmin::apply(nan, 1.0), 1.0);
  EXPECT_EQ(op::Fmin::apply(1.0, nan), 1.0);
  EXPECT_EQ(op::Fmax::apply(nan, 1.0), 1.0);
  EXPECT_EQ(op::Fmax::apply(1.0, nan), 1.0);
  EXPECT_TRUE(std::isnan(op::Fmax::apply(nan, nan)));
  EXPECT_TRUE(std::signbit(op::Fmax::apply(0.0, -0.0)));
  EXPECT_EQ(op::Fmin::apply(std::int8_t{-3}, std::int8_t{2}), -3);
}

TEST(FiniteAndInfinite, AreKindsOfFloatingPointNumbers) {
  EXPECT_TRUE(op::IsFinite::apply(std::numeric_limits<double>::max()));
  EXPECT_FALSE(op::IsFinite::apply(nan));
  EXPECT_FALSE(op::IsFinite::apply(-inf));
  EXPECT_TRUE(op::IsFinite::apply(7));
  EXPECT_TRUE(op::IsInf::apply(-inf));
  EXPECT_FALSE(op::IsInf::apply(nan));
  EXPECT_FALSE(op::IsInf::apply(7));
}

}  // namespace
}  // namespace chunkwise
