#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "chunkwise/op/catalog.hpp"
#include "tests/numbers.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::inf;
using chunkwise_test::least;
using chunkwise_test::most;
using chunkwise_test::nan;

// ---- the catalogue

TEST(Catalog, NumbersAndNamesNeverChange) {
  std::vector<std::pair<int, std::string>> found;
  for (const op::Description& d : op::descriptions) found.emplace_back(static_cast<int>(d.code), d.name);
  EXPECT_THAT(
      found,
      testing::UnorderedElementsAreArray(std::vector<std::pair<int, std::string>>{
          {2, "cast"},          {16, "add"},        {17, "subtract"},      {18, "multiply"},     {19, "divide"},
          {20, "negative"},     {21, "abs"},        {22, "sqrt"},          {23, "minimum"},      {24, "maximum"},
          {25, "floor_divide"}, {26, "remainder"},  {27, "fmod"},          {28, "square"},       {29, "reciprocal"},
          {30, "fmin"},         {31, "fmax"},       {32, "equal"},         {33, "not_equal"},    {34, "less"},
          {35, "less_equal"},   {36, "greater"},    {37, "greater_equal"}, {38, "logical_and"},  {39, "logical_or"},
          {40, "logical_not"},  {41, "isnan"},      {42, "where"},         {43, "logical_xor"},  {44, "isfinite"},
          {45, "isinf"},        {46, "within"},     {47, "replace"},       {64, "exp"},          {65, "log"},
          {66, "pow"},          {67, "exp2"},       {68, "expm1"},         {69, "log2"},         {70, "log10"},
          {71, "log1p"},        {72, "cbrt"},       {73, "hypot"},         {74, "sin"},          {75, "cos"},
          {76, "tan"},          {77, "arcsin"},     {78, "arccos"},        {79, "arctan"},       {80, "arctan2"},
          {81, "sinh"},         {82, "cosh"},       {83, "tanh"},          {84, "arcsinh"},      {85, "arccosh"},
          {86, "arctanh"},      {87, "deg2rad"},    {88, "rad2deg"},       {128, "bitwise_and"}, {129, "bitwise_or"},
          {130, "bitwise_xor"}, {131, "invert"},    {132, "left_shift"},   {133, "right_shift"}, {144, "floor"},
          {145, "ceil"},        {146, "trunc"},     {147, "rint"},         {148, "sign"},        {149, "copysign"},
          {150, "signbit"},     {151, "heaviside"}, {89, "logaddexp"},     {134, "gcd"},         {135, "lcm"},
          {152, "nextafter"}}));
}

TEST(Catalog, AnOperationIsFoundByItsNumber) {
  EXPECT_EQ(op::find(op::Sqrt::code)->name, "sqrt");
  EXPECT_EQ(op::find(OpCode{4711}), nullptr);
  EXPECT_EQ(op::find(OpCode::input), nullptr);
  static_assert(std::is_same_v<op::operation<OpCode{42}>, op::Where>);
}

// ---- arithmetic

TEST(Add, IntegersWrap) {
  EXPECT_EQ(op::Add::apply(most<std::int8_t>, std::int8_t{1}), least<std::int8_t>);
  EXPECT_EQ(op::Add::apply(most<std::int16_t>, std::int16_t{1}), least<std::int16_t>);
  EXPECT_EQ(op::Add::apply(most<std::int32_t>, 1), least<std::int32_t>);
  EXPECT_EQ(op::Add::apply(most<std::int64_t>, std::int64_t{1}), least<std::int64_t>);
  EXPECT_EQ(op::Add::apply(most<std::uint8_t>, std::uint8_t{2}), 1);
  EXPECT_EQ(op::Add::apply(most<std::uint64_t>, std::uint64_t{2}), 1U);
}

TEST(Add, TruthIsOr) {
  EXPECT_TRUE(op::Add::apply(true, true));
  EXPECT_TRUE(op::Add::apply(true, false));
  EXPECT_FALSE(op::Add::apply(false, false));
}

TEST(Add, FloatingPointRoundsInItsOwnType) {
  EXPECT_EQ(op::Add::apply(16777216.0F, 1.0F), 16777216.0F);
  EXPECT_EQ(op::Add::apply(16777216.0, 1.0), 16777217.0);
  EXPECT_TRUE(std::isnan(op::Add::apply(inf, -inf)));
}

TEST(Subtract, IntegersWrap) {
  EXPECT_EQ(op::Subtract::apply(least<std::int8_t>, std::int8_t{1}), most<std::int8_t>);
  EXPECT_EQ(op::Subtract::apply(least<std::int64_t>, std::int64_t{1}), most<std::int64_t>);
  EXPECT_EQ(op::Subtract::apply(std::uint16_t{0}, std::uint16_t{1}), most<std::uint16_t>);
  EXPECT_EQ(op::Subtract::apply(std::uint32_t{0}, std::uint32_t{1}), most<std::uint32_t>);
}

TEST(Multiply, IntegersWrap) {
  EXPECT_EQ(op::Multiply::apply(std::int8_t{64}, std::int8_t{4}), 0);
  EXPECT_EQ(op::Multiply::apply(std::int16_t{-32768}, std::int16_t{-1}), -32768);
  // 65535 squared is more than an int holds.
  EXPECT_EQ(op::Multiply::apply(most<std::uint16_t>, most<std::uint16_t>), 1);
  EXPECT_EQ(op::Multiply::apply(least<std::int64_t>, std::int64_t{-1}), least<std::int64_t>);
}

TEST(Multiply, TruthIsAnd) {
  EXPECT_TRUE(op::Multiply::apply(true, true));
  EXPECT_FALSE(op::Multiply::apply(true, false));
}

TEST(Multiply, IsNotContractedWithASum) {
  // The product's rounding error is what a contraction would keep.
  const volatile double x = 1.0 + 0x1p-30;
  const double product = op::Multiply::apply<double>(x, x);
  EXPECT_EQ(op::Subtract::apply(op::Multiply::apply<double>(x, x), product), 0.0);
}

TEST(Divide, FollowsIeee) {
  EXPECT_EQ(op::Divide::apply(1.0, 0.0), inf);
  EXPECT_EQ(op::Divide::apply(-1.0, 0.0), -inf);
  EXPECT_TRUE(std::isnan(op::Divide::apply(0.0, 0.0)));
  EXPECT_EQ(op::Divide::apply(1.0F, 3.0F), 0x1.555556p-2F);
}

TEST(Negate, TheSmallestIntegerStaysItself) {
  EXPECT_EQ(op::Negate::apply(least<std::int8_t>), least<std::int8_t>);
  EXPECT_EQ(op::Negate::apply(least<std::int64_t>), least<std::int64_t>);
  EXPECT_EQ(op::Negate::apply(std::uint8_t{1}), 255);
  EXPECT_EQ(op::Negate::apply(std::int32_t{5}), -5);
}

TEST(Negate, ChangesTheSignOfZero) { EXPECT_TRUE(std::signbit(op::Negate::apply(0.0))); }

TEST(Abs, IsTheMagnitude) {
  EXPECT_EQ(op::Abs::apply(-2.5), 2.5);
  EXPECT_FALSE(std::signbit(op::Abs::apply(-0.0)));
  EXPECT_TRUE(std::isnan(op::Abs::apply(nan)));
  EXPECT_EQ(op::Abs::apply(std::int8_t{-5}), 5);
  EXPECT_EQ(op::Abs::apply(least<std::int16_t>), least<std::int16_t>);
  EXPECT_EQ(op::Abs::apply(std::uint8_t{200}), 200);
  EXPECT_TRUE(op::Abs::apply(true));
}

TEST(Sqrt, IsCorrectlyRoundedAndNanBelowZero) {
  EXPECT_EQ(op::Sqrt::apply(2.0), 0x1.6a09e667f3bcdp0);
  EXPECT_EQ(op::Sqrt::apply(2.0F), 0x1.6a09e6p0F);
  EXPECT_TRUE(std::isnan(op::Sqrt::apply(-1.0)));
  EXPECT_TRUE(std::signbit(op::Sqrt::apply(-0.0)));
}

TEST(MinimumAndMaximum, NanWinsOnEitherSide) {
  EXPECT_TRUE(std::isnan(op::Minimum::apply(nan, 1.0)));
  EXPECT_TRUE(std::isnan(op::Minimum::apply(1.0, nan)));
  EXPECT_TRUE(std::isnan(op::Maximum::apply(nan, 1.0)));
  EXPECT_TRUE(std::isnan(op::Maximum::apply(1.0, nan)));
}

TEST(MinimumAndMaximum, OrderTheRest) {
  EXPECT_EQ(op::Minimum::apply(-inf, 1.0), -inf);
  EXPECT_EQ(op::Maximum::apply(-1, 1), 1);
  EXPECT_EQ(op::Minimum::apply(std::uint8_t{200}, std::uint8_t{100}), 100);
  EXPECT_TRUE(op::Maximum::apply(false, true));
  EXPECT_FALSE(op::Minimum::apply(false, true));
}

// ---- comparison and logic

TEST(Comparison, WithNanIsFalseButForNotEqual) {
  EXPECT_FALSE(op::Equal::apply(nan, nan));
  EXPECT_TRUE(op::NotEqual::apply(nan, nan));
  EXPECT_FALSE(op::Less::apply(nan, 1.0));
  EXPECT_FALSE(op::LessEqual::apply(1.0, nan));
  EXPECT_FALSE(op::Greater::apply(nan, 1.0));
  EXPECT_FALSE(op::GreaterEqual::apply(nan, nan));
}

TEST(Comparison, OrdersEveryType) {
  EXPECT_TRUE(op::Less::apply(-1, 1));
  EXPECT_FALSE(op::Less::apply(std::uint32_t{0} - 1, std::uint32_t{1}));
  EXPECT_TRUE(op::LessEqual::apply(2.0, 2.0));
  EXPECT_TRUE(op::Greater::apply(true, false));
  EXPECT_TRUE(op::GreaterEqual::apply(std::int8_t{3}, std::int8_t{3}));
  EXPECT_TRUE(op::Equal::apply(0.0, -0.0));
}

TEST(Logic, FollowsItsTables) {
  for (const bool a : {false, true})
    for (const bool b : {false, true}) {
      EXPECT_EQ(op::LogicalAnd::apply(a, b), a && b);
      EXPECT_EQ(op::LogicalOr::apply(a, b), a || b);
    }
  EXPECT_TRUE(op::LogicalNot::apply(false));
}

TEST(IsNan, IsFalseForIntegersAndInfinity) {
  EXPECT_TRUE(op::IsNan::apply(nan));
  EXPECT_TRUE(op::IsNan::apply(std::numeric_limits<float>::quiet_NaN()));
  EXPECT_FALSE(op::IsNan::apply(inf));
  EXPECT_FALSE(op::IsNan::apply(std::int64_t{1}));
}

TEST(Where, Chooses) {
  EXPECT_EQ(op::Where::apply(true, 1.0, nan), 1.0);
  EXPECT_EQ(op::Where::apply(false, 1, 2), 2);
}

// ---- conversion

template <class To>
void expect_saturation() {
  EXPECT_EQ((op::Cast::convert<To, double>(nan)), To{0});
  EXPECT_EQ((op::Cast::convert<To, float>(std::numeric_limits<float>::quiet_NaN())), To{0});
  EXPECT_EQ((op::Cast::convert<To, double>(inf)), most<To>);
  EXPECT_EQ((op::Cast::convert<To, double>(-inf)), least<To>);
  EXPECT_EQ((op::Cast::convert<To, float>(1e30F)), most<To>);
  EXPECT_EQ((op::Cast::convert<To, float>(-1e30F)), least<To>);
  EXPECT_EQ((op::Cast::convert<To, double>(static_cast<double>(most<To>))), most<To>);
  EXPECT_EQ((op::Cast::convert<To, double>(static_cast<double>(least<To>))), least<To>);
  EXPECT_EQ((op::Cast::convert<To, double>(static_cast<double>(most<To>) * 2)), most<To>);
  EXPECT_EQ((op::Cast::convert<To, double>(41.99)), To{41});
  EXPECT_EQ((op::Cast::convert<To, double>(0.99)), To{0});
  EXPECT_EQ((op::Cast::convert<To, double>(-0.99)), To{0});
}

TEST(Cast, FloatingToIntegerTruncatesAndSaturates) {
  expect_saturation<std::int8_t>();
  expect_saturation<std::int16_t>();
  expect_saturation<std::int32_t>();
  expect_saturation<std::int64_t>();
  expect_saturation<std::uint8_t>();
  expect_saturation<std::uint16_t>();
  expect_saturation<std::uint32_t>();
  expect_saturation<std::uint64_t>();
}

TEST(Cast, TheLastFloatBelowALimitIsKept) {
  EXPECT_EQ((op::Cast::convert<std::int8_t, float>(127.9F)), 127);
  EXPECT_EQ((op::Cast::convert<std::int8_t, float>(-128.9F)), -128);
  EXPECT_EQ((op::Cast::convert<std::int32_t, double>(2147483647.5)), 2147483647);
  EXPECT_EQ((op::Cast::convert<std::int32_t, float>(2147483520.0F)), 2147483520);
  EXPECT_EQ((op::Cast::convert<std::int64_t, double>(0x1.fffffffffffffp62)), std::int64_t{0x7ffffffffffffc00});
  EXPECT_EQ((op::Cast::convert<std::uint64_t, double>(0x1.fffffffffffffp63)), std::uint64_t{0xfffffffffffff800});
}

TEST(Cast, IntegerToIntegerWraps) {
  EXPECT_EQ((op::Cast::convert<std::int8_t, std::int32_t>(300)), 44);
  EXPECT_EQ((op::Cast::convert<std::uint8_t, std::int32_t>(-1)), 255);
  EXPECT_EQ((op::Cast::convert<std::int64_t, std::uint64_t>(most<std::uint64_t>)), -1);
}

TEST(Cast, AnythingButZeroIsTrue) {
  EXPECT_TRUE((op::Cast::convert<bool, double>(0.25)));
  EXPECT_TRUE((op::Cast::convert<bool, double>(nan)));
  EXPECT_FALSE((op::Cast::convert<bool, double>(-0.0)));
  EXPECT_TRUE((op::Cast::convert<bool, std::int16_t>(256)));
  EXPECT_EQ((op::Cast::convert<double, bool>(true)), 1.0);
}

TEST(Cast, ToASmallerFloatRoundsToNearest) {
  EXPECT_EQ((op::Cast::convert<float, double>(0.1)), 0.1F);
  EXPECT_EQ((op::Cast::convert<float, double>(1e300)), std::numeric_limits<float>::infinity());
  EXPECT_EQ((op::Cast::convert<float, std::int32_t>(16777217)), 16777216.0F);
}

TEST(Gcd, IsTheMagnitudeThatDividesBoth) {
  EXPECT_EQ(op::Gcd::apply(12, -18), 6);
  EXPECT_EQ(op::Gcd::apply(0, -7), 7);
  EXPECT_EQ(op::Gcd::apply(0, 0), 0);
  EXPECT_EQ(op::Gcd::apply(least<std::int8_t>, std::int8_t{0}), least<std::int8_t>);
  EXPECT_EQ(op::Gcd::apply(least<std::int8_t>, std::int8_t{48}), 16);
  EXPECT_EQ(op::Gcd::apply(most<std::uint64_t>, std::uint64_t{15}), 15U);
}

TEST(Lcm, WrapsAndIsZeroBesideZero) {
  EXPECT_EQ(op::Lcm::apply(4, -6), 12);
  EXPECT_EQ(op::Lcm::apply(0, 5), 0);
  EXPECT_EQ(op::Lcm::apply(std::uint8_t{200}, std::uint8_t{3}), static_cast<std::uint8_t>(600));
}

TEST(NextAfter, IsTheNeighbour) {
  using Limits = std::numeric_limits<double>;
  for (const double a : {0.0, -0.0, 1.0, -1.0, Limits::min(), Limits::denorm_min(), Limits::max(), inf, -inf, 280.15})
    for (const double b : {0.0, -0.0, 2.0, -2.0, inf, -inf}) {
      EXPECT_EQ(op::NextAfter::apply(a, b), std::nextafter(a, b)) << a << " towards " << b;
      EXPECT_EQ(std::signbit(op::NextAfter::apply(a, b)), std::signbit(std::nextafter(a, b))) << a << ' ' << b;
      EXPECT_EQ(op::NextAfter::apply(static_cast<float>(a), static_cast<float>(b)),
                std::nextafter(static_cast<float>(a), static_cast<float>(b)));
    }
  EXPECT_TRUE(std::isnan(op::NextAfter::apply(nan, 1.0)));
  EXPECT_TRUE(std::isnan(op::NextAfter::apply(1.0, nan)));
}

// ---- types

op::ResolvedTypes resolve(op::Signature signature, std::vector<op::OperandType> operands) {
  return op::resolve(signature, operands);
}
op::OperandType array(DType dtype) { return {dtype, false, {}}; }
op::OperandType scalar(WeakKind kind) { return {{}, true, kind}; }

TEST(Signature, ArithmeticPromotesAndIsNotForBool) {
  EXPECT_EQ(resolve(op::Signature::arithmetic, {array(DType::int8), array(DType::uint8)}).result, DType::int16);
  EXPECT_EQ(resolve(op::Signature::arithmetic, {array(DType::float32), scalar(WeakKind::floating)}).result,
            DType::float32);
  EXPECT_FALSE(resolve(op::Signature::arithmetic, {array(DType::boolean), array(DType::boolean)}).valid);
  EXPECT_TRUE(resolve(op::Signature::ordering, {array(DType::boolean), array(DType::boolean)}).valid);
}

TEST(Signature, DivisionOfIntegersIsFloat64) {
  EXPECT_EQ(resolve(op::Signature::division, {array(DType::int8), array(DType::int8)}).result, DType::float64);
  EXPECT_EQ(resolve(op::Signature::division, {array(DType::float32), scalar(WeakKind::integer)}).result,
            DType::float32);
}

TEST(Signature, ComparisonsComputeInTheCommonTypeAndGiveBool) {
  const op::ResolvedTypes types = resolve(op::Signature::comparison, {array(DType::int64), array(DType::float32)});
  EXPECT_EQ(types.compute, DType::float64);
  EXPECT_EQ(types.result, DType::boolean);
}

TEST(Signature, SelectionIgnoresTheTypeOfItsCondition) {
  const std::vector operands{array(DType::float64), array(DType::int8), scalar(WeakKind::integer)};
  EXPECT_EQ(resolve(op::Signature::selection, operands).result, DType::int8);
}

TEST(Signature, NumbersAndShiftsTakeBoolAsInt8) {
  for (const op::Signature signature : {op::Signature::numeric, op::Signature::shifting}) {
    EXPECT_EQ(resolve(signature, {array(DType::boolean), array(DType::boolean)}).compute, DType::int8);
    EXPECT_EQ(resolve(signature, {array(DType::uint8), array(DType::int8)}).result, DType::int16);
  }
  EXPECT_EQ(resolve(op::Signature::numeric, {array(DType::float32), scalar(WeakKind::integer)}).result, DType::float32);
}

TEST(Signature, BitsAreNotThoseOfFloatingPointNumbers) {
  EXPECT_EQ(resolve(op::Signature::integral, {array(DType::boolean), array(DType::boolean)}).result, DType::boolean);
  EXPECT_EQ(resolve(op::Signature::integral, {array(DType::boolean), scalar(WeakKind::integer)}).result, DType::int64);
  for (const op::Signature signature : {op::Signature::integral, op::Signature::shifting}) {
    EXPECT_FALSE(resolve(signature, {array(DType::float32), array(DType::int8)}).valid);
    EXPECT_FALSE(resolve(signature, {array(DType::int8), scalar(WeakKind::floating)}).valid);
    EXPECT_FALSE(resolve(signature, {array(DType::int64), array(DType::uint64)}).valid);
    EXPECT_EQ(op::undefined_for(signature), "floating-point");
  }
}

TEST(Signature, ClosenessIsComputedInAFloatingType) {
  const std::vector operands{array(DType::int32), array(DType::int32), scalar(WeakKind::integer)};
  EXPECT_EQ(resolve(op::Signature::closeness, operands).compute, DType::float64);
  EXPECT_EQ(resolve(op::Signature::closeness, operands).result, DType::boolean);
}

}  // namespace
}  // namespace chunkwise
