#include "chunkwise/expr/elementwise.hpp"

#include <cmath>
#include <complex>
#include <limits>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

template <class T>
using Vector = Array<T, 1>;
using I8 = Vector<std::int8_t>;
using I16 = Vector<std::int16_t>;
using I32 = Vector<std::int32_t>;
using I64 = Vector<std::int64_t>;
using U8 = Vector<std::uint8_t>;
using U16 = Vector<std::uint16_t>;
using U64 = Vector<std::uint64_t>;
using F32 = Vector<float>;
using F64 = Vector<double>;
using B = Vector<bool>;

template <class E>
E make();
template <class T, class E>
constexpr bool is = std::same_as<value_type_of<E>, T>;
#define TYPE_OF(formula, T) static_assert(is<T, decltype(formula)>)

// Two arrays promote as NumPy 2 promotes them.
TYPE_OF(make<F32>() + make<F32>(), float);
TYPE_OF(make<F32>() + make<F64>(), double);
TYPE_OF(make<I8>() * make<U8>(), std::int16_t);
TYPE_OF(make<I64>() - make<U64>(), double);
TYPE_OF(make<I16>() + make<F32>(), float);
TYPE_OF(make<I32>() + make<F32>(), double);
TYPE_OF(make<B>() + make<I8>(), std::int8_t);
TYPE_OF(make<B>() + make<B>(), bool);
TYPE_OF(minimum(make<B>(), make<B>()), bool);
TYPE_OF(where(make<B>(), make<I8>(), make<U16>()), std::int32_t);
// A scalar is weak.
TYPE_OF(make<F32>() * 2.0, float);
TYPE_OF(2 * make<F32>(), float);
TYPE_OF(make<I8>() + 1, std::int8_t);
TYPE_OF(make<U8>() + 1L, std::uint8_t);
TYPE_OF(make<I8>() + 1.5F, double);
TYPE_OF(make<B>() + 1, std::int64_t);
TYPE_OF(make<B>() * 1.5, double);
TYPE_OF(make<I16>() + true, std::int16_t);
TYPE_OF(where(make<B>(), make<F32>(), 0), float);
TYPE_OF(where(make<B>(), 1, 2.5), double);
TYPE_OF(where(make<B>(), 1, 2), std::int64_t);
TYPE_OF(maximum(0, make<U16>()), std::uint16_t);
// Division and functions give floating types.
TYPE_OF(make<I32>() / make<I32>(), double);
TYPE_OF(make<I8>() / 2, double);
TYPE_OF(make<F32>() / 2, float);
TYPE_OF(sqrt(make<I32>()), double);
TYPE_OF(sqrt(make<I16>()), float);
TYPE_OF(exp(make<F32>()), float);
TYPE_OF(log(make<U64>()), double);
TYPE_OF(pow(make<F32>(), 2), float);
TYPE_OF(pow(2, make<I32>()), double);
// Comparison and logic give bool.
TYPE_OF(make<F32>() < 1, bool);
TYPE_OF(make<I8>() == make<U64>(), bool);
TYPE_OF(make<F64>() && make<I8>(), bool);
TYPE_OF(!make<F64>(), bool);
TYPE_OF(isnan(make<I8>()), bool);
TYPE_OF(cast<std::uint16_t>(make<F64>()), std::uint16_t);
TYPE_OF(-make<I8>(), std::int8_t);
// Rounding and division keep the type, bool counts as int8 there; functions of angles are floating.
TYPE_OF(floor(make<I64>()), std::int64_t);
TYPE_OF(rint(make<I64>()), double);
TYPE_OF(round<2>(make<I16>()), std::int16_t);
TYPE_OF(make<B>() % make<B>(), std::int8_t);
TYPE_OF(floor_divide(make<F32>(), 2), float);
TYPE_OF(square(make<U8>()), std::uint8_t);
TYPE_OF(sin(make<I16>()), float);
TYPE_OF(arctan2(make<F32>(), make<I32>()), double);
TYPE_OF(deg2rad(make<I32>()), double);
TYPE_OF(make<I8>() & make<U8>(), std::int16_t);
TYPE_OF(make<B>() & make<B>(), bool);
TYPE_OF(make<B>() | 1, std::int64_t);
TYPE_OF(make<B>() << 1, std::int64_t);
TYPE_OF(~make<U16>(), std::uint16_t);
TYPE_OF(isclose(make<I8>(), make<F32>()), bool);
TYPE_OF(clip(make<I8>(), 0, 1.5), double);
TYPE_OF(maximum(make<I8>(), make<I16>(), make<F32>()), float);
TYPE_OF(replace(make<I16>(), -999, std::numeric_limits<double>::quiet_NaN()), double);
TYPE_OF(nan_to_num(make<F32>()), float);
TYPE_OF(signbit(make<F32>()), bool);
TYPE_OF(abs(make<I8>()), std::int8_t);

template <class A, class C>
concept Adds = requires(const A& a, const C& c) {
  a + c;
};
static_assert(Adds<F64, int> && !Adds<F64, std::string> && !Adds<F64, std::complex<double>>);

TEST(Elementwise, TheRankIsTheLargerRank) {
  using Matrix = Array<double, 2>;
  static_assert(rank_of<decltype(make<Matrix>() + make<F32>())> == 2);
  static_assert(rank_of<decltype(make<Matrix>() + 1)> == 2);
  static_assert(rank_of<decltype(where(make<B>(), make<Matrix>(), 1))> == 2);
}

TEST(Elementwise, ArithmeticIsThatOfTheElements) {
  const auto a = vector_of<double>({1, 2, 4});
  const auto b = vector_of<double>({0.5, -2, 8});
  EXPECT_EQ(values(a + b), (std::vector<double>{1.5, 0, 12}));
  EXPECT_EQ(values(a - b), (std::vector<double>{0.5, 4, -4}));
  EXPECT_EQ(values(a * b), (std::vector<double>{0.5, -4, 32}));
  EXPECT_EQ(values(a / b), (std::vector<double>{2, -1, 0.5}));
  EXPECT_EQ(values(-b), (std::vector<double>{-0.5, 2, -8}));
  EXPECT_EQ(values(abs(b)), (std::vector<double>{0.5, 2, 8}));
  EXPECT_EQ(values(minimum(a, b)), (std::vector<double>{0.5, -2, 4}));
  EXPECT_EQ(values(maximum(a, 3)), (std::vector<double>{3, 3, 4}));
  EXPECT_EQ(values(sqrt(a)), (std::vector<double>{1, std::sqrt(2.0), 2}));
  EXPECT_EQ(values(pow(a, 2)), (std::vector<double>{1, 4, 16}));
  EXPECT_EQ(values(exp(a * 0)), (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(values(log(a / a)), (std::vector<double>{0, 0, 0}));
}

TEST(Elementwise, QuotientsAndRemaindersBelongTogether) {
  const auto hours = vector_of<int>({-1, 0, 25, 49});
  const auto [days, rest] = divmod(hours, 24);
  EXPECT_EQ(values(days), (std::vector<int>{-1, 0, 1, 2}));
  EXPECT_EQ(values(rest), (std::vector<int>{23, 0, 1, 1}));
  EXPECT_EQ(values(hours % 0), (std::vector<int>{0, 0, 0, 0}));
  EXPECT_EQ(values(vector_of<double>({-90, 360, 450}) % 360), (std::vector<double>{270, 0, 90}));
}

TEST(Elementwise, NumbersAreClippedReplacedAndCompared) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  const auto x = vector_of<double>({-2, 0.5, inf, nan});
  EXPECT_EQ(values(nan_to_num(clip(x, 0, 1))), (std::vector<double>{0, 0.5, 1, 0}));
  EXPECT_EQ(values(nan_to_num(x, 7, 8, 9)), (std::vector<double>{-2, 0.5, 8, 7}));
  EXPECT_EQ(values(replace(x, nan, -2)), (std::vector<double>{-2, 0.5, inf, -2}));
  EXPECT_EQ(values(isclose(x, x)), (std::vector<bool>{true, true, true, false}));
  EXPECT_EQ(values(isclose(x, x, 0, 0, equal_nan)), (std::vector<bool>{true, true, true, true}));
  EXPECT_EQ(values(isclose(x, 0.4, 0, 0.2)), (std::vector<bool>{false, true, false, false}));
  EXPECT_EQ(values(maximum(vector_of<int>({1, 5}), 3, vector_of<int>({4, 2}))), (std::vector<int>{4, 5}));
  EXPECT_EQ(values(round<1>(vector_of<double>({0.25, 0.35, -0.05}))), (std::vector<double>{0.2, 0.4, -0.0}));
  EXPECT_THROW((void)nan_to_num(x, inf), Error);
}

TEST(Elementwise, OrderOfOperandsIsKept) {
  const auto a = vector_of<double>({1, 2, 4});
  EXPECT_EQ(values(10 - a), (std::vector<double>{9, 8, 6}));
  EXPECT_EQ(values(8 / a), (std::vector<double>{8, 4, 2}));
  EXPECT_EQ(values(pow(2, a)), (std::vector<double>{2, 4, 16}));
  EXPECT_EQ(values((a - 1) / (a + 1) - (2 - a) * 3), (std::vector<double>{0 - 3.0, 1.0 / 3.0, 3.0 / 5.0 + 6}));
}

TEST(Elementwise, IntegersWrapAndDivideAsFloat64) {
  const auto a = vector_of<std::int8_t>({127, -128, 7});
  EXPECT_EQ(values(a + 1), (std::vector<std::int8_t>{-128, -127, 8}));
  EXPECT_EQ(values(-a), (std::vector<std::int8_t>{-127, -128, -7}));
  EXPECT_EQ(values(a / 2), (std::vector<double>{63.5, -64, 3.5}));
  EXPECT_EQ(values(a * vector_of<std::uint8_t>({2, 2, 2})), (std::vector<std::int16_t>{254, -256, 14}));
}

TEST(Elementwise, ComparisonsWithNanAreFalseButForNotEqual) {
  const auto a = vector_of<double>({1, std::nan(""), 3});
  EXPECT_EQ(values(a < 2), (std::vector<bool>{true, false, false}));
  EXPECT_EQ(values(2 <= a), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(values(a == a), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(values(a != a), (std::vector<bool>{false, true, false}));
  EXPECT_EQ(values(isnan(a)), (std::vector<bool>{false, true, false}));
  EXPECT_EQ(values(where(isnan(a), -1, a)), (std::vector<double>{1, -1, 3}));
}

TEST(Elementwise, LogicTakesAnythingButZeroAsTrue) {
  const auto a = vector_of<double>({0, 2, std::nan("")});
  const auto b = vector_of<std::int32_t>({5, 0, 1});
  EXPECT_EQ(values(a && b), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(values(a || b), (std::vector<bool>{true, true, true}));
  EXPECT_EQ(values(!a), (std::vector<bool>{true, false, false}));
  EXPECT_EQ(values(b && 2.5), (std::vector<bool>{true, false, true}));
}

TEST(Elementwise, BoolAddsAsOrAndMultipliesAsAnd) {
  const auto t = from_vector<1>(std::vector<bool>{true, true, false}, {3});
  const auto u = from_vector<1>(std::vector<bool>{true, false, false}, {3});
  EXPECT_EQ(values(t + u), (std::vector<bool>{true, true, false}));
  EXPECT_EQ(values(t * u), (std::vector<bool>{true, false, false}));
  EXPECT_EQ(values(t == u), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(values(minimum(t, u)), (std::vector<bool>{true, false, false}));
  EXPECT_EQ(values(t + 1), (std::vector<std::int64_t>{2, 2, 1}));
  EXPECT_EQ(values(cast<double>(t) * 3), (std::vector<double>{3, 3, 0}));
}

TEST(Elementwise, AScalarThatDoesNotFitBesideAnIntegerArrayIsAnErrorWithBoth) {
  const auto a = vector_of<std::int8_t>({1, 2});
  const Caught caught = error_of([&] { (void)compute(local(), a + 300); });
  EXPECT_EQ(caught.code, ErrorCode::out_of_range);
  EXPECT_TRUE(caught.says("300") && caught.says("int8")) << caught.message;
  EXPECT_EQ(error_of([&] { (void)compute(local(), vector_of<std::uint8_t>({1}) - (-1)); }).code,
            ErrorCode::out_of_range);
  EXPECT_EQ(values(a + 127), (std::vector<std::int8_t>{-128, -127}));
}

TEST(Elementwise, AWeakScalarIsRoundedToTheArraysType) {
  const auto a = vector_of<float>({1});
  EXPECT_EQ(values(a * 0.1), (std::vector<float>{0.1F}));
  EXPECT_EQ(values(a + 16777217), (std::vector<float>{16777216.0F}));  // 2^24 + 1 is no float32
}

TEST(Elementwise, CastTruncatesSaturatesAndMakesNanZero) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto a = vector_of<double>({1.9, -1.9, 300, -300, std::nan(""), infinity});
  EXPECT_EQ(values(cast<std::int8_t>(a)), (std::vector<std::int8_t>{1, -1, 127, -128, 0, 127}));
  EXPECT_EQ(values(cast<std::uint64_t>(a)),
            (std::vector<std::uint64_t>{1, 0, 300, 0, 0, std::numeric_limits<std::uint64_t>::max()}));
  EXPECT_EQ(values(cast<bool>(a)), (std::vector<bool>{true, true, true, true, true, true}));
  EXPECT_EQ(values(cast<std::int8_t>(vector_of<std::int32_t>({300, -129}))), (std::vector<std::int8_t>{44, 127}));
  EXPECT_EQ(values(cast<double>(a)).size(), 6U);
}

TEST(Elementwise, BroadcastsAlignedAtTheLastAxis) {
  const auto m = counting<double, 2>({2, 3});
  const auto row = vector_of<double>({10, 20, 30});
  EXPECT_EQ(values(m + row), (std::vector<double>{10, 21, 32, 13, 24, 35}));
  EXPECT_EQ(values(row - m), (std::vector<double>{10, 19, 28, 7, 16, 25}));
  const auto column = from_vector<2>(std::vector<double>{100, 200}, {2, 1});
  EXPECT_EQ(values(m + column), (std::vector<double>{100, 101, 102, 203, 204, 205}));
  EXPECT_EQ(values(column + row), (std::vector<double>{110, 120, 130, 210, 220, 230}));
  const auto scalar = m(1, 2);
  EXPECT_EQ(values(row * scalar), (std::vector<double>{50, 100, 150}));
  EXPECT_EQ(values(m * vector_of<double>({2})), (std::vector<double>{0, 2, 4, 6, 8, 10}));
}

TEST(Elementwise, AnEmptyAxisBroadcastsAgainstOne) {
  const auto none_at_all = from_vector<2>(std::vector<double>{}, {0, 3});
  EXPECT_EQ(compute(local(), none_at_all + vector_of<double>({1, 2, 3})).shape(), (Shape{0, 3}));
  const auto one = from_vector<2>(std::vector<double>{1, 2, 3}, {1, 3});
  EXPECT_EQ((one + none_at_all).shape(), (Shape{0, 3}));
  EXPECT_TRUE(values(one + none_at_all).empty());
}

TEST(Elementwise, ExtentsThatDoNotBroadcastAreAnErrorWithBothShapesWhenItIsBuilt) {
  const auto m = counting<double, 2>({2, 3});
  const auto v = counting<double, 1>({2});
  const Caught caught = error_of([&] { (void)(m + v); });
  EXPECT_EQ(caught.code, ErrorCode::shape_mismatch);
  EXPECT_TRUE(caught.says("(2, 3)") && caught.says("(2,)") && caught.says("axis 1")) << caught.message;
  EXPECT_EQ(error_of([&] { (void)where(m > 1, m, v); }).code, ErrorCode::shape_mismatch);
}

auto formula_of_temporaries(double offset) {
  const auto local_array = counting<double, 2>({4, 5});
  auto deviation = local_array - mean(local_array, 0);
  return (deviation + offset) / (stddev(local_array * 2, 0) + vector_of<double>({1, 1, 1, 1, 1}));
}

TEST(Elementwise, AFormulaOwnsItsOperands) {
  const auto formula = formula_of_temporaries(1);
  const auto again = formula;
  const auto result = values(again);
  ASSERT_EQ(result.size(), 20U);
  const double deviation = 2 * std::sqrt(125.0 / 4);  // of 0, 5, 10, 15, doubled
  EXPECT_DOUBLE_EQ(result[0], (-7.5 + 1) / (deviation + 1));
}

TEST(Elementwise, PrintingShowsWhatItWillBeAndComputesNothing) {
  std::ostringstream text;
  text << counting<float, 2>({4, 5}, {2, 5}) * 2.0;
  EXPECT_EQ(text.str(), "Array float32 (4, 5), 2 chunks of (2, 5), 80 bytes");
}

TEST(Elementwise, EitherAndNotBothOfBoolArrays) {
  const auto a = from_vector<1>(std::vector<bool>{false, false, true, true}, {4});
  const auto b = from_vector<1>(std::vector<bool>{false, true, false, true}, {4});
  EXPECT_EQ(values(a ^ b), (std::vector<bool>{false, true, true, false}));
  EXPECT_EQ(values(a ^ true), values(~a));
}

}  // namespace
}  // namespace chunkwise_test
