#include "chunkwise/expr/call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "runtime/interpret/interpret.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Magnus {
  static constexpr auto name = "magnus";
  static constexpr int version = 1;
  static double apply(double t) { return 6.1094 * (t * 17.625) / (t + 243.04); }
};

/// One argument of each kind of type, and a result of another.
struct Mixed {
  static constexpr std::string_view name = "tests.mixed";
  static constexpr int version = 3;
  static float apply(std::int8_t a, bool b, float c, double d, std::uint64_t e) noexcept {
    return static_cast<float>(b ? a : -a) + c * static_cast<float>(d) - static_cast<float>(e);
  }
};

struct Eight {
  static constexpr auto name = "eight";
  static constexpr int version = 1;
  static CHUNKWISE_INLINE std::int32_t apply(std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t d,
                                             std::int32_t e, std::int32_t f, std::int32_t g, std::int32_t h) {
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
  }
};

struct IsLarge {
  static constexpr auto name = "is_large";
  static constexpr int version = 1;
  static bool apply(const double& a) { return a > 2; }
};

struct Grumpy {
  static constexpr auto name = "grumpy";
  static constexpr int version = 1;
  static double apply(double a) {
    if (a == 3) throw std::runtime_error("not this one");
    return a;
  }
};

TEST(Call, ComputesEachElement) {
  const auto x = vector_of<double>({0, 10, -5});
  const auto y = cw::call<Magnus>(x);
  static_assert(std::is_same_v<decltype(y)::value_type, double> && decltype(y)::rank == 1);
  EXPECT_THAT(values(y), ElementsAre(Magnus::apply(0), Magnus::apply(10), Magnus::apply(-5)));
}

TEST(Call, IsAnOperationAmongOthers) {
  const auto x = counting<double, 2>({3, 4}, {2, 3});
  const auto y = cw::sqrt(cw::call<Magnus>(x + 1) * 2 - cw::call<Magnus>(cw::call<Magnus>(x)));
  const auto result = values(y);
  ASSERT_EQ(result.size(), 12U);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto e = static_cast<double>(i);
    EXPECT_EQ(result[i], std::sqrt(Magnus::apply(e + 1) * 2 - Magnus::apply(Magnus::apply(e))));
  }
  EXPECT_EQ(values(cw::sum(cw::where(cw::call<IsLarge>(x), x, 0))), std::vector<double>{63});
}

TEST(Call, ConvertsItsArgumentsAsCastDoes) {
  const auto x = vector_of<double>({-2.9, 0, 300});
  const auto y = cw::call<Mixed>(x, x, x, 2, x);
  const auto by_hand =
      cw::call<Mixed>(cw::cast<std::int8_t>(x), cw::cast<bool>(x), cw::cast<float>(x), 2.0, cw::cast<std::uint64_t>(x));
  EXPECT_EQ(values(y), values(by_hand));
  EXPECT_THAT(values(y), ElementsAre(Mixed::apply(-2, true, -2.9F, 2, 0), Mixed::apply(0, false, 0, 2, 0),
                                     Mixed::apply(127, true, 300, 2, 300)));
}

TEST(Call, ConvertsNumbersAndRefusesIntegersThatAnArgumentDoesNotHave) {
  const auto x = vector_of<double>({1});
  EXPECT_THAT(values(cw::call<Mixed>(2.9, 0.5, x, 1, -3.0)), ElementsAre(Mixed::apply(2, true, 1, 1, 0)));
  EXPECT_THAT(what_of([&] { static_cast<void>(cw::call<Mixed>(300, true, x, 1, 1)); }, cw::ErrorCode::out_of_range),
              HasSubstr("the number 300 does not fit into int8, the type of the function's argument"));
}

TEST(Call, TakesUpToEightArgumentsThatBroadcast) {
  const auto x = counting<std::int32_t, 2>({2, 3});
  const auto row = counting<std::int32_t, 1>({3});
  const auto y = cw::call<Eight>(x, 1, row, 2, x, row, 3, x(0, 0));
  const auto result = values(y);
  ASSERT_EQ(y.shape(), (cw::Shape{2, 3}));
  for (std::int32_t i = 0; i < 6; ++i)
    EXPECT_EQ(result[static_cast<std::size_t>(i)], Eight::apply(i, 1, i % 3, 2, i, i % 3, 3, 0));
}

TEST(Call, KeepsLabelsAsOtherOperationsDo) {
  const auto x = counting<double, 2>({2, 3}).with_labels(cw::Labels({"time", "height"}));
  const auto y = cw::call<Magnus>(x);
  EXPECT_EQ(y.labels().dimension(1), "height");
  const auto other = counting<std::int32_t, 1>({3}).with_labels(cw::Labels({"width"}));
  EXPECT_THROW(static_cast<void>(cw::call<Eight>(x, other, 1, 1, 1, 1, 1, 1)), cw::Error);
}

TEST(Call, IsLazyAndIndicesMoveThroughIt) {
  const auto x = counting<double, 1>({10});
  const auto y = cw::call<Grumpy>(x);
  EXPECT_THAT(values(y(cw::range(4, 6))), ElementsAre(4, 5));
  EXPECT_THROW(static_cast<void>(values(y)), std::runtime_error);
}

TEST(Call, IsNativeWhereItIsWritten) {
  const auto x = counting<double, 1>({10});
  for (const auto& text :
       {cw::explain(local(), cw::call<Magnus>(x)), cw::explain(local(), cw::mean(cw::call<Magnus>(x))),
        cw::explain(local(), cw::call<Mixed>(1, true, cw::cast<float>(x), 1, 1))})
    for (const auto& stage : text.stages) EXPECT_TRUE(stage.native);
}

TEST(Call, HasTheSameBitsNativeInterpretedAndInAPlainLoop) {
  std::mt19937_64 random(7);
  std::vector<std::int8_t> a(1700);
  std::vector<float> c(a.size());
  std::vector<double> d(a.size());
  std::vector<std::uint64_t> e(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<std::int8_t>(random());
    e[i] = random();
    c[i] = static_cast<float>(random()) * 1e-12F;
    d[i] = static_cast<double>(random()) * 1e-15;
  }
  const auto program = cw::kernel::call_program<Mixed, false, true, false, false, false>();
  const void* inputs[] = {a.data(), c.data(), d.data(), e.data()};
  const cw::Scalar yes(true);
  const auto kernel = cw::find_kernel(*program);
  ASSERT_NE(kernel, nullptr);
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{511}, a.size()}) {
    std::vector<float> native(n), interpreted(n), plain(n);
    kernel(inputs, &yes, native.data(), n);
    cw::interpret::run(*program, inputs, &yes, interpreted.data(), n);
    for (std::size_t i = 0; i < n; ++i) plain[i] = Mixed::apply(a[i], true, c[i], d[i], e[i]);
    EXPECT_EQ(std::memcmp(native.data(), plain.data(), n * 4), 0);
    EXPECT_EQ(std::memcmp(interpreted.data(), plain.data(), n * 4), 0);
  }
}

TEST(Call, OfAnUnknownFunctionIsRefusedBeforeAnythingRuns) {
  const auto x = counting<double, 1>({10});
  cw::Function other = cw::function_of<Magnus>();
  other.version = 2;
  const cw::Array<double, 1> y(
      cw::UntypedArray{cw::build::map(std::make_shared<const cw::Program>(cw::Program::call(other)), {x.node()}, {}),
                       x.shape(), x.labels()});
  static_cast<void>(values(cw::call<Magnus>(x)));  // version 1 is known from here on
  EXPECT_THAT(what_of([&] { static_cast<void>(values(y)); }, cw::ErrorCode::not_found),
              testing::AllOf(HasSubstr("does not know the function magnus version 2 (float64) -> float64"),
                             HasSubstr("but magnus version 1 (float64) -> float64"), HasSubstr("register_function")));
}

TEST(RegisterKernels, MakesTheProgramsOfAFormulaNative) {
  const auto formula = [](const auto& a, const auto& b) {
    return cw::mean(cw::abs(a - 2.5) * b + 17, 0) / cw::call<Magnus>(b);
  };
  const auto one = cw::full<1>({1}, 0.0F);
  const auto node = lower(cw::abs(counting<float, 1>({3}) - 2.5) * counting<float, 1>({3}) + 17);
  const cw::ProgramPtr program = std::get<cw::MapNode>(node->data).program;
  cw::register_kernels_of(formula(one, one));
  EXPECT_NE(cw::find_kernel(*program), nullptr);
}

}  // namespace
}  // namespace chunkwise_test
