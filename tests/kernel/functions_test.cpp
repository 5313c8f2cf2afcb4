// The functions of one and two elements that the library computes in blocks: how near they are to the true values
// (docs/semantics.md has the table), what they are at zeros, infinities and NaN, and that all ways give the same bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "chunkwise/op/transcendental.hpp"
#include "runtime/kernel/math_levels.hpp"
#include "tests/kernel/ulp.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::error_in_ulp;
using chunkwise_test::same_bits;
using math::Unary;

/// A function with its exact values and the errors that the page on values states, in units of the last place.
struct Case {
  Unary function;
  const char* name;
  long double (*exact)(long double);
  double of_float;
  double of_double;
};
const Case cases[] = {
    {Unary::exp, "exp", std::exp, 1.0, 1.0},         {Unary::exp2, "exp2", std::exp2, 1.0, 1.0},
    {Unary::expm1, "expm1", std::expm1, 1.01, 1.0},  {Unary::log, "log", std::log, 1.0, 1.0},
    {Unary::log2, "log2", std::log2, 1.0, 1.0},      {Unary::log10, "log10", std::log10, 1.0, 1.0},
    {Unary::log1p, "log1p", std::log1p, 1.01, 1.01}, {Unary::cbrt, "cbrt", std::cbrt, 1.0, 1.0},
    {Unary::sin, "sin", std::sin, 1.0, 1.0},         {Unary::cos, "cos", std::cos, 1.0, 1.0},
    {Unary::tan, "tan", std::tan, 1.0, 1.01},        {Unary::asin, "asin", std::asin, 1.0, 1.0},
    {Unary::acos, "acos", std::acos, 1.0, 1.0},      {Unary::atan, "atan", std::atan, 1.0, 1.0},
    {Unary::sinh, "sinh", std::sinh, 1.01, 2.0},     {Unary::cosh, "cosh", std::cosh, 1.0, 2.0},
    {Unary::tanh, "tanh", std::tanh, 1.01, 1.01},    {Unary::asinh, "asinh", std::asinh, 2.0, 2.0},
    {Unary::acosh, "acosh", std::acosh, 2.0, 2.0},   {Unary::atanh, "atanh", std::atanh, 1.01, 1.01},
};
static_assert(std::size(cases) == math::unary_count);

/// Numbers of every size, among them all at which something begins or ends.
template <class T>
std::vector<T> inputs(std::size_t random_numbers) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> all;
  for (const double border : {0.0,
                              1.0,
                              2.0,
                              0.5,
                              0.41421356237309503,
                              1e-300,
                              1e154,
                              1.3407807929942596e154,
                              1e300,
                              1e307,
                              709.78271289338397,
                              710.47586007394386,
                              745.13321910194111,
                              88.7228391,
                              89.4159863,
                              103.972084,
                              1023.0,
                              1024.0,
                              1074.0,
                              1075.0,
                              126.0,
                              127.0,
                              128.0,
                              149.0,
                              150.0,
                              1e38,
                              1.8446743e19,
                              125.0,
                              39000.0,
                              1e14,
                              1e15,
                              1e22,
                              3.1415926535897931,
                              1.5707963267948966,
                              0x1.000002p-1}) {
    for (int step = -3; step <= 3; ++step) {
      T value = static_cast<T>(border);
      for (int i = 0; i < std::abs(step); ++i) value = std::nextafter(value, step < 0 ? T{0} : Limits::infinity());
      all.push_back(value);
      all.push_back(-value);
    }
  }
  for (const T value : {Limits::denorm_min(), Limits::min(), Limits::max(), Limits::infinity(), Limits::quiet_NaN()}) {
    all.push_back(value);
    all.push_back(-value);
  }
  std::mt19937_64 random(20261128);
  for (std::size_t i = 0; i < random_numbers; ++i) {
    const std::uint64_t drawn = random();
    const double centred = static_cast<double>(drawn >> 11) * 0x1p-52 - 1;
    T value;
    if (i % 3 == 0)
      std::memcpy(&value, &drawn, sizeof value);
    else
      value = static_cast<T>(centred * (i % 3 == 1 ? 1.0 : i % 2 == 0 ? 720.0 : 20.0));
    all.push_back(value);
  }
  return all;
}

template <class T>
class Functions : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(Functions, Floats);

TYPED_TEST(Functions, OfOneElementAreAsNearAsThePageOnValuesSays) {
  using T = TypeParam;
  const std::vector<T> a = inputs<T>(100000);
  std::vector<T> out(a.size());
  for (const Case& one : cases) {
    math::apply(one.function, a.data(), out.data(), a.size());
    const double most = sizeof(T) == 4 ? one.of_float : one.of_double;
    for (std::size_t i = 0; i < a.size(); ++i)
      ASSERT_LE(error_in_ulp(out[i], one.exact(static_cast<long double>(a[i]))), most)
          << one.name << " of " << std::hexfloat << a[i] << " is " << out[i];
  }
}

/// Pairs of all sizes.
template <class T>
void pairs(std::vector<T>& a, std::vector<T>& b) {
  a = inputs<T>(100000);
  b = a;
  std::mt19937_64 random(7);
  std::shuffle(b.begin(), b.end(), random);
  using Limits = std::numeric_limits<T>;
  const T special[] = {T{0},
                       -T{0},
                       T{1},
                       -T{1},
                       Limits::min(),
                       Limits::max(),
                       Limits::lowest(),
                       Limits::infinity(),
                       -Limits::infinity(),
                       Limits::quiet_NaN(),
                       Limits::denorm_min()};
  for (const T x : special)
    for (const T y : special) {
      a.push_back(x);
      b.push_back(y);
    }
}

TYPED_TEST(Functions, OfTwoElementsAreAsNearAsThePageOnValuesSays) {
  using T = TypeParam;
  std::vector<T> a, b;
  pairs(a, b);
  std::vector<T> length(a.size()), angle(a.size());
  math::hypot(a.data(), b.data(), length.data(), a.size());
  math::atan2(a.data(), b.data(), angle.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<long double>(a[i]);
    const auto y = static_cast<long double>(b[i]);
    ASSERT_LE(error_in_ulp(length[i], std::hypot(x, y)), 1.5) << "hypot of " << std::hexfloat << a[i] << ", " << b[i];
    ASSERT_LE(error_in_ulp(angle[i], std::atan2(x, y)), 2.0) << "atan2 of " << std::hexfloat << a[i] << ", " << b[i];
  }
}

TYPED_TEST(Functions, LogarithmsOfSumsAreNearAndDoNotOverflow) {
  using T = TypeParam;
  std::vector<T> a, b;
  pairs(a, b);
  std::vector<T> out(a.size());
  math::logaddexp(a.data(), b.data(), out.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<long double>(a[i]);
    const auto y = static_cast<long double>(b[i]);
    const long double larger = std::fmax(x, y);
    const long double exact = std::isnan(x) || std::isnan(y) ? x + y
                              : x == y                       ? x + std::log(2.0L)
                                                             : larger + std::log1p(std::exp(-std::fabs(x - y)));
    // Where the result is nearly 0, an ulp is one of the operands.
    const auto most = static_cast<T>(2) * std::numeric_limits<T>::epsilon() *
                      std::fmax(static_cast<T>(1), static_cast<T>(std::fabs(larger)));
    if (std::isfinite(static_cast<T>(exact)) && std::isfinite(out[i]))
      ASSERT_LE(std::fabs(static_cast<long double>(out[i]) - exact), static_cast<long double>(most))
          << std::hexfloat << a[i] << ", " << b[i];
    else
      ASSERT_LE(error_in_ulp(out[i], exact), 1.0) << std::hexfloat << a[i] << ", " << b[i];
  }
}

TYPED_TEST(Functions, HaveTheSameBitsOnEveryWayAndAtEveryPlace) {
  using T = TypeParam;
  std::vector<T> a, b;
  pairs(a, b);
  const std::size_t n = a.size();
  std::vector<T> wanted(n), found(n + 3);
  const auto compare = [&](const char* name, auto&& run) {
    run(math::Way::portable, a.data(), b.data(), wanted.data(), n);
    for (const math::Way way : math::available_ways()) {
      run(way, a.data(), b.data(), found.data(), n);
      for (std::size_t i = 0; i < n; ++i)
        ASSERT_TRUE(same_bits(found[i], wanted[i]))
            << name << " of " << std::hexfloat << a[i] << ", way " << static_cast<int>(way);
      // The neighbours of an element, and where it stands, make no difference.
      for (std::size_t first = 1; first + 67 < n; first += n / 50) {
        run(way, a.data() + first, b.data() + first, found.data(), 67);
        for (std::size_t i = 0; i < 67; ++i) ASSERT_TRUE(same_bits(found[i], wanted[first + i])) << name;
      }
    }
  };
  for (const Case& one : cases)
    compare(one.name, [&](math::Way way, const T* x, const T*, T* out, std::size_t count) {
      math::apply(way, one.function, x, out, count);
    });
  compare("hypot",
          [](math::Way way, const T* x, const T* y, T* out, std::size_t count) { math::hypot(way, x, y, out, count); });
  compare("logaddexp", [](math::Way way, const T* x, const T* y, T* out, std::size_t count) {
    math::logaddexp(way, x, y, out, count);
  });
  compare("atan2",
          [](math::Way way, const T* x, const T* y, T* out, std::size_t count) { math::atan2(way, x, y, out, count); });
}

TYPED_TEST(Functions, MayWriteTheirResultOverAnOperandAndNothingBehindIt) {
  using T = TypeParam;
  std::vector<T> a, b;
  pairs(a, b);
  a.resize(131);
  b.resize(131);
  for (const Case& one : cases) {
    std::vector<T> out(a.size() + 1, T{-7}), in_place = a;
    math::apply(one.function, a.data(), out.data(), a.size());
    math::apply(one.function, in_place.data(), in_place.data(), a.size());
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_TRUE(same_bits(out[i], in_place[i])) << one.name;
    ASSERT_EQ(out.back(), T{-7}) << one.name;
  }
  std::vector<T> out(a.size() + 1, T{-7}), in_place = b;
  math::atan2(a.data(), b.data(), out.data(), a.size());
  math::atan2(a.data(), in_place.data(), in_place.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_TRUE(same_bits(out[i], in_place[i]));
  ASSERT_EQ(out.back(), T{-7});
}

}  // namespace
}  // namespace chunkwise
