// A text becomes what the same formula in C++ becomes: elementwise operations.
#include <limits>

#include "tests/notation/same_formula.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

TEST(NotationIsTheTypedFormula, Variables) {
  expect_same("x", x);
  expect_same("(x)", x);
  expect_same("'x'", x);
  expect_same("\"group/t2m\"", x);
  expect_same("+x", x);
}

TEST(NotationIsTheTypedFormula, Operators) {
  expect_same("x + f - i * u / 2", x + f - i * u / 2);
  expect_same("x * f * f + x", x * f * f + x);
  expect_same("-x - -x", -x - -x);
  expect_same("-x ** 2", -pow(x, 2));
  expect_same("2 ** f ** 2", pow(2, pow(f, 2)));
  expect_same("f ** -f", pow(f, -f));
  expect_same("(x > 280) & (f <= 3) | ~b", (x > 280 && f <= 3) || !b);
  expect_same("~(x == f) & (i != 3)", !(x == f) && i != 3);
  expect_same("~(x == f) & (i != 3)", ~(x == f) & (i != 3));
  expect_same("(x > 280) | b", (x > 280) | b);
  expect_same("b & True", b & true);
  // C++'s words have C++'s precedence, and take the truth of numbers.
  expect_same("x > 280 && f <= 3 || !b", (x > 280 && f <= 3) || !b);
  expect_same("!b || x > 280 && f <= 3", !b || (x > 280 && f <= 3));
  expect_same("x && !i", x && !i);
  expect_same("!(x == f)", !(x == f));
  expect_same("!b == b", (!b) == b);
  expect_same("(x > 280) & b || b", ((x > 280) & b) || b);
  expect_same("(x > 280) ^ b", (x > 280) ^ b);
  expect_same("b ^ True", b ^ true);
  expect_same("x + 1 < f * 2", x + 1 < f * 2);
  expect_same("3 >= u", 3 >= u);
  expect_same("(x - f) - (x - (f - x))", (x - f) - (x - (f - x)));
}

TEST(NotationIsTheTypedFormula, Promotion) {
  expect_same("f * 2.0", f * 2.0);
  expect_same("f * 2", f * 2);
  expect_same("u + 255", u + 255);
  expect_same("u * 1.5", u * 1.5);
  expect_same("b + 1", b + 1);
  expect_same("b * True", b * true);
  expect_same("i * 0.1 + f", i * 0.1 + f);
  expect_same("u / u", u / u);
  expect_same("sqrt(u) + sqrt(i) + f", sqrt(u) + sqrt(i) + f);
  expect_same("u + i", u + i);
  expect_same("1e-3 * (f + -7)", 1e-3 * (f + -7));
  expect_same("x * (2 + 3) / 2**3", x * 5 / 8);
  expect_same("f < 1/3", f < 1.0 / 3);
  expect_same("astype(x, uint64) + 18446744073709551615", cast<std::uint64_t>(x) + 18446744073709551615ULL);
}

TEST(NotationIsTheTypedFormula, ElementwiseFunctions) {
  expect_same("where(x > 0, x, 0)", where(x > 0, x, 0));
  expect_same("where(x > 0, 1, 2)", where(x > 0, 1, 2));
  expect_same("where(u, f, i)", where(u, f, i));
  expect_same("where(True, x, 0)", where(true, x, 0));
  expect_same("minimum(maximum(f, 0), 10.5)", minimum(maximum(f, 0), 10.5));
  expect_same("exp(f) - log(x)", exp(f) - log(x));
  expect_same("abs(i) + absolute(-f)", abs(i) + abs(-f));
  expect_same("isnan(x) | isnan(i)", isnan(x) || isnan(i));
  expect_same("logical_and(x, 2)", x && 2);
  expect_same("logical_or(logical_not(x), b)", !x || b);
  expect_same("np.power(x, 2) + numpy.sqrt(x)", pow(x, 2) + sqrt(x));
  expect_same("add(x, 1)", x + 1);
}

TEST(NotationIsTheTypedFormula, DivisionAndRounding) {
  expect_same("x // 24 + x % 24", floor_divide(x, 24) + x % 24);
  expect_same("mod(i, u) * remainder(7, f)", mod(i, u) * remainder(7, f));
  expect_same("fmod(x, f) + b % b", fmod(x, f) + b % b);
  expect_same("floor(x) + ceil(f) + trunc(i) + fix(u)", floor(x) + ceil(f) + trunc(i) + fix(u));
  expect_same("rint(i) - round(x) - around(i)", rint(i) - round(x) - round(i));
  expect_same("round(x, 2) + f.round(-1)", round<2>(x) + round<-1>(f));
  expect_same("round(i, decimals=-2)", round<-2>(i));
  expect_same("round(b, 1)", round<1>(b));
  expect_same("sign(x) * copysign(f, -0.0) * heaviside(x, 0.5)", sign(x) * copysign(f, -0.0) * heaviside(x, 0.5));
  expect_same("signbit(x) | signbit(i)", signbit(x) || signbit(i));
  expect_same("square(b) + reciprocal(x) + positive(i) + +f", square(b) + reciprocal(x) + positive(i) + +f);
}

TEST(NotationIsTheTypedFormula, Bits) {
  expect_same("i & 7 | u ^ 1", (i & 7) | (u ^ 1));
  expect_same("~i << 2 >> u", (~i << 2) >> u);
  expect_same("b & 1", b & 1);
  expect_same("b << b", b << b);
  expect_same("i + 1 << 2 & 8 == u", (((i + 1) << 2) & 8) == u);
  expect_same("bitwise_and(i, u) + left_shift(i, 1)", bitwise_and(i, u) + left_shift(i, 1));
  expect_same("invert(i) + bitwise_or(u, u) + bitwise_xor(i, 3) + right_shift(i, 1)",
              invert(i) + bitwise_or(u, u) + bitwise_xor(i, 3) + right_shift(i, 1));
  expect_same("logical_xor(x, i)", logical_xor(x, i));
}

TEST(NotationIsTheTypedFormula, MathematicsInBlocks) {
  expect_same("exp2(x) + expm1(f)", exp2(x) + expm1(f));
  expect_same("log2(x) + log10(i) + log1p(f) + cbrt(u)", log2(x) + log10(i) + log1p(f) + cbrt(u));
  expect_same("sin(deg2rad(x)) + cos(f) + tan(radians(i))", sin(deg2rad(x)) + cos(f) + tan(radians(i)));
  expect_same("rad2deg(arctan2(f, x)) + degrees(atan2(i, 2))", rad2deg(arctan2(f, x)) + degrees(atan2(i, 2)));
  expect_same("arcsin(x) + acos(f) + arctan(i)", arcsin(x) + acos(f) + arctan(i));
  expect_same("sinh(x) + cosh(f) + tanh(i)", sinh(x) + cosh(f) + tanh(i));
  expect_same("arcsinh(x) + acosh(f) + arctanh(i)", arcsinh(x) + acosh(f) + arctanh(i));
  expect_same("hypot(f, i)", hypot(f, i));
}

TEST(NotationIsTheTypedFormula, Choices) {
  expect_same("maximum(x, f, 3) + minimum(i, 2, u, f)", maximum(x, f, 3) + minimum(i, 2, u, f));
  expect_same("fmax(x, f) + fmin(i, 3)", fmax(x, f) + fmin(i, 3));
  expect_same("clip(x, 0, 1)", clip(x, 0, 1));
  expect_same("x.clip(f, max=1)", clip(x, f, 1));
  expect_same("nan_to_num(x) + nan_to_num(f, nan=1) + nan_to_num(i)", nan_to_num(x) + nan_to_num(f, 1) + nan_to_num(i));
  expect_same("nan_to_num(f, nan=0, posinf=9, neginf=-9)", nan_to_num(f, 0, 9, -9));
  expect_same("isfinite(x) & isinf(f)", isfinite(x) & isinf(f));
  expect_same("isclose(x, f) | isclose(i, 3, 0.1) | isclose(2, u)", isclose(x, f) | isclose(i, 3, 0.1) | isclose(2, u));
  expect_same("isclose(x, f, 1e-3, 1, True)", isclose(x, f, 1e-3, 1, equal_nan));
  expect_same("isclose(x, nan, equal_nan=True)",
              isclose(x, std::numeric_limits<double>::quiet_NaN(), 1e-5, 1e-8, equal_nan));
  expect_same("within(x, f, 0.5) & (replace(i, -9, 0) == 1)", within(x, f, 0.5) & (replace(i, -9, 0) == 1));
}

TEST(NotationIsTheTypedFormula, Casts) {
  expect_same("x.astype(float32)", cast<float>(x));
  expect_same("x.astype('float32') * f", cast<float>(x) * f);
  expect_same("np.astype(x, dtype=np.int16)", cast<std::int16_t>(x));
  expect_same("float32(x + 1)", cast<float>(x + 1));
  expect_same("x.astype(float64)", cast<double>(x));
  expect_same("bool(x) & b", cast<bool>(x) && b);
  expect_same("f.astype(float) + u.astype(int)", cast<double>(f) + cast<std::int64_t>(u));
}

}  // namespace
}  // namespace chunkwise_test
