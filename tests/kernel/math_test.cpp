#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "chunkwise/op/transcendental.hpp"
#include "runtime/kernel/math_levels.hpp"
#include "tests/kernel/ulp.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::error_in_ulp;
using chunkwise_test::inf;
using chunkwise_test::nan;
using chunkwise_test::same_bits;

constexpr std::uint64_t seed = 20160301;

template <class T>
using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <class T>
T exp_of(T a) {
  T out;
  math::exp(&a, &out, 1);
  return out;
}
template <class T>
T log_of(T a) {
  T out;
  math::log(&a, &out, 1);
  return out;
}
template <class T>
T pow_of(T a, T b) {
  T out;
  math::pow(&a, &b, &out, 1);
  return out;
}

/// Numbers at which functions break: zeros, subnormals, ones and their neighbours, integers, limits of exp, the ends.
template <class T>
std::vector<T> edges() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> positive{T{0},
                          Limits::denorm_min(),
                          2 * Limits::denorm_min(),
                          std::nextafter(Limits::min(), T{0}),
                          Limits::min(),
                          2 * Limits::min(),
                          Limits::epsilon() / 2,
                          Limits::epsilon(),
                          T(0.25),
                          T(0.5),
                          std::nextafter(T{1}, T{0}),
                          T{1},
                          std::nextafter(T{1}, T{2}),
                          T(1.5),
                          T{2},
                          T(2.5),
                          T{3},
                          T{10},
                          T{1} / Limits::epsilon() - 1,
                          T{1} / Limits::epsilon(),
                          T{2} / Limits::epsilon() - 1,
                          T{2} / Limits::epsilon(),
                          T{4} / Limits::epsilon() + 2,
                          std::nextafter(Limits::max(), T{0}),
                          Limits::max(),
                          Limits::infinity(),
                          Limits::quiet_NaN()};
  for (const double limit : {-745.13321910194111, -708.39641853226408, 709.78271114955743, 709.78271289338397,
                             -103.972084, -87.3365479, 88.7228317, 88.7228391})
    for (const int step : {-2, -1, 0, 1, 2}) {
      T value = std::fabs(static_cast<T>(limit));
      for (int i = 0; i < std::abs(step); ++i) value = std::nextafter(value, step < 0 ? T{0} : Limits::infinity());
      positive.push_back(value);
    }
  std::vector<T> all = positive;
  for (const T value : positive) all.push_back(-value);
  return all;
}

/// Pairs for pow: all edges with each other, and random ones whose result is finite, overflows or underflows barely.
template <class T>
void pow_inputs(std::vector<T>& a, std::vector<T>& b, std::size_t random_pairs) {
  for (const T x : edges<T>())
    for (const T y : edges<T>()) {
      a.push_back(x);
      b.push_back(y);
    }
  constexpr int top = std::numeric_limits<T>::max_exponent;
  std::mt19937_64 random(seed);
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
  };
  for (std::size_t i = 0; i < random_pairs; ++i) {
    T x = static_cast<T>(std::exp2(uniform(-0.9 * top, 0.9 * top)));
    if (i % 3 == 1) x = static_cast<T>(1 + std::exp2(uniform(-20, 0)) * (i % 2 == 0 ? 1 : -0.5));
    T y = static_cast<T>(uniform(-1.06 * top, 1.02 * top) / std::log2(static_cast<double>(x)));
    if (i % 3 == 2) {
      x = static_cast<T>(uniform(-30, 30));
      y = static_cast<T>(std::round(uniform(-20, 20)));
    }
    a.push_back(x);
    b.push_back(y);
  }
}

template <class T>
std::vector<T> exp_inputs(std::size_t random_inputs) {
  std::vector<T> a = edges<T>();
  std::mt19937_64 random(seed);
  const double reach = std::log(2.0) * std::numeric_limits<T>::max_exponent;
  for (std::size_t i = 0; i < random_inputs; ++i) {
    const double u = static_cast<double>(random() >> 11) * 0x1p-53;
    a.push_back(static_cast<T>(i % 3 == 0 ? 2 * u - 1 : (i % 3 == 1 ? 2.1 * u - 1.08 : 1.6e-6 * u + 0.999999) * reach));
  }
  return a;
}

template <class T>
std::vector<T> log_inputs(std::size_t random_inputs) {
  std::vector<T> a = edges<T>();
  std::mt19937_64 random(seed);
  for (std::size_t i = 0; i < random_inputs; ++i) {
    if (i % 2 == 0) {
      const auto bits = static_cast<Bits<T>>(random()) >> 1;
      T value;
      std::memcpy(&value, &bits, sizeof value);
      a.push_back(value);
    } else
      a.push_back(static_cast<T>(0.5 + static_cast<double>(random() >> 11) * 0x1p-53 * 1.5));
  }
  return a;
}

template <class T>
class Math : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(Math, Floats);

TYPED_TEST(Math, ExpIsWithinOneUlp) {
  const std::vector<TypeParam> a = exp_inputs<TypeParam>(200000);
  std::vector<TypeParam> out(a.size());
  math::exp(a.data(), out.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_LE(error_in_ulp(out[i], std::exp(static_cast<long double>(a[i]))), 1.0) << std::hexfloat << a[i];
}

TYPED_TEST(Math, LogIsWithinOneUlp) {
  const std::vector<TypeParam> a = log_inputs<TypeParam>(200000);
  std::vector<TypeParam> out(a.size());
  math::log(a.data(), out.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_LE(error_in_ulp(out[i], std::log(static_cast<long double>(a[i]))), 1.0) << std::hexfloat << a[i];
}

TYPED_TEST(Math, PowIsWithinTwoUlp) {
  std::vector<TypeParam> a, b;
  pow_inputs(a, b, 200000);
  std::vector<TypeParam> out(a.size());
  math::pow(a.data(), b.data(), out.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_LE(error_in_ulp(out[i], std::pow(static_cast<long double>(a[i]), static_cast<long double>(b[i]))), 2.0)
        << std::hexfloat << a[i] << " to the power of " << b[i];
}

TYPED_TEST(Math, SmallPowersAreProductsRootsAndReciprocals) {
  using T = TypeParam;
  std::vector<T> a = edges<T>();
  for (int i = -2000; i < 2000; ++i) a.push_back(static_cast<T>(i) / T{7});
  for (const math::Way way : math::available_ways())
    for (const T x : a) {
      const auto of = [&](T exponent) {
        T alone, among;
        math::pow(way, &x, &exponent, &alone, 1);
        // Among exponents that are not small.
        const T bases[] = {T{2}, x, T{3}};
        const T exponents[] = {T(0.3), exponent, T{7}};
        T several[3];
        math::pow(way, bases, exponents, several, 3);
        among = several[1];
        T scalar;
        math::pow(&x, exponent, &scalar, 1);
        EXPECT_TRUE(same_bits(alone, among)) << x << " to the power of " << exponent;
        EXPECT_TRUE(same_bits(alone, scalar)) << x << " to the power of " << exponent;
        return alone;
      };
      ASSERT_TRUE(same_bits(of(T{1}), x)) << x;
      ASSERT_TRUE(same_bits(of(T{2}), x * x)) << x;
      ASSERT_TRUE(same_bits(of(T{3}), x * x * x)) << x;
      ASSERT_TRUE(same_bits(of(T{4}), (x * x) * (x * x))) << x;
      ASSERT_TRUE(same_bits(of(T{-1}), T{1} / x)) << x;
      const T root = of(T(0.5));
      if (x > 0) {
        ASSERT_TRUE(same_bits(root, std::sqrt(x))) << x;
      } else if (x == 0) {
        ASSERT_TRUE(same_bits(root, T{0})) << x;
      } else {
        ASSERT_TRUE(same_bits(root, x == -std::numeric_limits<T>::infinity() ? -x : static_cast<T>(nan))) << x;
      }
    }
}

TYPED_TEST(Math, OneExponentForAllGivesTheBitsOfEachByItself) {
  using T = TypeParam;
  std::vector<T> a, b;
  pow_inputs(a, b, 0);
  a.resize(1000);
  for (const T exponent : edges<T>()) {
    std::vector<T> once(a.size()), each(a.size());
    const std::vector<T> exponents(a.size(), exponent);
    math::pow(a.data(), exponent, once.data(), a.size());
    math::pow(a.data(), exponents.data(), each.data(), a.size());
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_TRUE(same_bits(once[i], each[i])) << a[i] << ' ' << exponent;
  }
}

TYPED_TEST(Math, EveryWayGivesTheSameBits) {
  using T = TypeParam;
  std::vector<T> a, b;
  pow_inputs(a, b, 100000);
  const std::vector<T> exponents = exp_inputs<T>(100000);
  const std::vector<T> arguments = log_inputs<T>(100000);
  const auto compare = [](const std::vector<T>& one, const std::vector<T>& other, const char* function) {
    for (std::size_t i = 0; i < one.size(); ++i) ASSERT_TRUE(same_bits(one[i], other[i])) << function << " at " << i;
  };
  const auto exp = [&](math::Way way) {
    std::vector<T> out(exponents.size());
    math::exp(way, exponents.data(), out.data(), out.size());
    return out;
  };
  const auto log = [&](math::Way way) {
    std::vector<T> out(arguments.size());
    math::log(way, arguments.data(), out.data(), out.size());
    return out;
  };
  const auto pow = [&](math::Way way) {
    std::vector<T> out(a.size());
    math::pow(way, a.data(), b.data(), out.data(), out.size());
    return out;
  };
  for (const math::Way way : math::available_ways()) {
    SCOPED_TRACE(static_cast<int>(way));
    compare(exp(way), exp(math::Way::portable), "exp");
    compare(log(way), log(math::Way::portable), "log");
    compare(pow(way), pow(math::Way::portable), "pow");
  }
}

TYPED_TEST(Math, BitsDoNotDependOnThePlaceInTheBlock) {
  using T = TypeParam;
  std::vector<T> a, b;
  pow_inputs(a, b, 0);
  a.resize(300);
  b.resize(300);
  std::vector<T> whole(a.size());
  math::pow(a.data(), b.data(), whole.data(), a.size());
  for (std::size_t first = 0; first < a.size(); first += 7)
    for (const std::size_t n : {std::size_t{1}, std::size_t{3}, std::size_t{65}}) {
      const std::size_t count = std::min(n, a.size() - first);
      std::vector<T> part(count);
      math::pow(a.data() + first, b.data() + first, part.data(), count);
      for (std::size_t i = 0; i < count; ++i) ASSERT_TRUE(same_bits(part[i], whole[first + i]));
    }
}

TYPED_TEST(Math, TheOutputMayBeAnInput) {
  using T = TypeParam;
  std::vector<T> a, b;
  pow_inputs(a, b, 100);
  std::vector<T> out(a.size());
  math::pow(a.data(), b.data(), out.data(), a.size());
  std::vector<T> in_place = b;
  math::pow(a.data(), in_place.data(), in_place.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_TRUE(same_bits(out[i], in_place[i]));
  math::exp(a.data(), out.data(), a.size());
  math::exp(a.data(), a.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_TRUE(same_bits(out[i], a[i]));
}

TYPED_TEST(Math, NothingIsWrittenBeyondTheEnd) {
  using T = TypeParam;
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{65}}) {
    const std::vector<T> a(n, T{2});
    std::vector<T> out(n + 1, T{-7});
    math::exp(a.data(), out.data(), n);
    EXPECT_EQ(out[n], T{-7});
    math::log(a.data(), out.data(), n);
    EXPECT_EQ(out[n], T{-7});
    math::pow(a.data(), a.data(), out.data(), n);
    EXPECT_EQ(out[n], T{-7});
  }
}

TYPED_TEST(Math, ExpAndLogFollowAnnexF) {
  using T = TypeParam;
  EXPECT_EQ(exp_of(T{0}), T{1});
  EXPECT_EQ(exp_of(-T{0}), T{1});
  EXPECT_EQ(exp_of(T(inf)), T(inf));
  EXPECT_TRUE(same_bits(exp_of(T(-inf)), T{0}));
  EXPECT_TRUE(std::isnan(exp_of(T(nan))));
  EXPECT_TRUE(same_bits(log_of(T{1}), T{0}));
  EXPECT_EQ(log_of(T{0}), T(-inf));
  EXPECT_EQ(log_of(-T{0}), T(-inf));
  EXPECT_EQ(log_of(T(inf)), T(inf));
  EXPECT_TRUE(std::isnan(log_of(T{-1})));
  EXPECT_TRUE(std::isnan(log_of(T(-inf))));
  EXPECT_TRUE(std::isnan(log_of(T(nan))));
}

TYPED_TEST(Math, PowFollowsAnnexF) {
  using T = TypeParam;
  for (const T x : edges<T>()) {
    EXPECT_EQ(pow_of(x, T{0}), T{1}) << x;
    EXPECT_EQ(pow_of(x, -T{0}), T{1}) << x;
    EXPECT_EQ(pow_of(T{1}, x), T{1}) << x;
    EXPECT_TRUE(same_bits(pow_of(x, T{1}), x)) << x;
  }
  EXPECT_EQ(pow_of(T{-1}, T(inf)), T{1});
  EXPECT_EQ(pow_of(T{-1}, T(-inf)), T{1});
  EXPECT_TRUE(std::isnan(pow_of(T{-2}, T(0.5))));
  EXPECT_TRUE(std::isnan(pow_of(T(nan), T{1})));
  EXPECT_TRUE(std::isnan(pow_of(T{2}, T(nan))));
  EXPECT_EQ(pow_of(T{-2}, T{3}), T{-8});
  EXPECT_EQ(pow_of(T{-2}, T{2}), T{4});
  EXPECT_EQ(pow_of(T{0}, T{-1}), T(inf));
  EXPECT_EQ(pow_of(-T{0}, T{-1}), T(-inf));
  EXPECT_EQ(pow_of(-T{0}, T{-2}), T(inf));
  EXPECT_EQ(pow_of(-T{0}, T(-0.5)), T(inf));
  EXPECT_TRUE(same_bits(pow_of(-T{0}, T{3}), -T{0}));
  EXPECT_TRUE(same_bits(pow_of(-T{0}, T{2}), T{0}));
  EXPECT_TRUE(same_bits(pow_of(-T{0}, T(0.5)), T{0}));
  EXPECT_EQ(pow_of(T(0.5), T(-inf)), T(inf));
  EXPECT_TRUE(same_bits(pow_of(T(0.5), T(inf)), T{0}));
  EXPECT_EQ(pow_of(T{2}, T(inf)), T(inf));
  EXPECT_TRUE(same_bits(pow_of(T{2}, T(-inf)), T{0}));
  EXPECT_EQ(pow_of(T(-inf), T{3}), T(-inf));
  EXPECT_EQ(pow_of(T(-inf), T{2}), T(inf));
  EXPECT_TRUE(same_bits(pow_of(T(-inf), T{-3}), -T{0}));
  EXPECT_EQ(pow_of(T(inf), T(0.5)), T(inf));
  EXPECT_TRUE(same_bits(pow_of(T(inf), T{-1}), T{0}));
}

TEST(MathOverflow, TheLastFiniteResultsAreFinite) {
  EXPECT_EQ(exp_of(0x1.62e42fefa39efp+9), 0x1.fffffffffff2ap+1023);
  EXPECT_EQ(exp_of(0x1.62e42fefa39fp+9), inf);
  EXPECT_EQ(pow_of(0x1.fffffffffffffp+1023, 1.0), 0x1.fffffffffffffp+1023);
  EXPECT_EQ(pow_of(-0x1.fffffffffffffp+1023, 1.0), -0x1.fffffffffffffp+1023);
  EXPECT_EQ(pow_of(2.0, 1024.0), inf);
  EXPECT_EQ(pow_of(-2.0, 1025.0), -inf);
  EXPECT_EQ(pow_of(0.5, -1024.0), inf);
  EXPECT_EQ(exp_of(88.7228391F), std::numeric_limits<float>::infinity());
  EXPECT_LT(exp_of(88.7228317F), std::numeric_limits<float>::infinity());
}

TEST(MathOverflow, PowJustBelowIsWithinTwoUlp) {
  // Bases of every size whose power lies in the last two millionths before overflow.
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  std::vector<double> a, b;
  for (int i = 0; i < 20000; ++i) {
    a.push_back(i % 2 == 0 ? std::exp2(2000 * uniform() - 1000) : 1 + std::exp2(-50 * uniform() - 1));
    b.push_back((1024 - 3e-6 * uniform()) / static_cast<double>(std::log2(static_cast<long double>(a.back()))));
  }
  std::vector<double> out(a.size());
  math::pow(a.data(), b.data(), out.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const long double exact = std::pow(static_cast<long double>(a[i]), static_cast<long double>(b[i]));
    ASSERT_LE(error_in_ulp(out[i], exact), 2.0) << std::hexfloat << a[i] << " to the power of " << b[i];
  }
}

}  // namespace
}  // namespace chunkwise
