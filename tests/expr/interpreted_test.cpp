// A file whose formulas are left to the interpreter: no kernel is made of them, and their values have the same bits.
#define CHUNKWISE_INTERPRETED
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/kernel/registry.hpp"

namespace {

namespace cw = chunkwise;

struct Halved {
  static constexpr auto name = "halved_in_an_interpreted_file";
  static constexpr int version = 1;
  static double apply(double x) { return x / 2; }
};

std::vector<double> numbers(std::int64_t count) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(0.37 * static_cast<double>(i) - 3);
  return values;
}

// The types of the formulas here are no other file's of this program: a formula that a native file has as well may be
// run by its kernel.
TEST(InterpretedFile, MakesNoKernelsAndHasTheSameBits) {
  const std::vector<double> values = numbers(1000);
  const auto x = cw::from_vector<1>(values, {1000});
  const auto formula = cw::where(x < 2, cw::sqrt(cw::abs(x)) - x * 3, x / 7 + cw::minimum(x, 5) * x);
  const cw::NodePtr node = cw::lower(formula);
  ASSERT_NE(node->as<cw::MapNode>(), nullptr);
  EXPECT_EQ(cw::find_kernel(*node->as<cw::MapNode>()->program), nullptr);
  const auto result = cw::compute(cw::connect("local"), formula);
  EXPECT_EQ(cw::find_kernel(*node->as<cw::MapNode>()->program), nullptr);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double v = values[i];
    const double expected = v < 2 ? std::sqrt(std::fabs(v)) - v * 3 : v / 7 + std::fmin(v, 5) * v;
    ASSERT_EQ(result(static_cast<std::int64_t>(i)), expected) << v;
  }
}

TEST(InterpretedFile, ReducesAndCallsFunctionsOfItsOwn) {
  const auto x = cw::from_vector<2>(numbers(12), {3, 4});
  const auto sums = cw::compute(cw::connect("local"), cw::sum(x - x * 2 + 1, 0));
  for (std::int64_t j = 0; j < 4; ++j) {
    double expected = 0;
    for (std::int64_t i = 0; i < 3; ++i) {
      const double v = numbers(12)[static_cast<std::size_t>(4 * i + j)];
      expected += v - v * 2 + 1;
    }
    EXPECT_DOUBLE_EQ(sums(j), expected);
  }
  EXPECT_EQ(cw::compute(cw::connect("local"), cw::call<Halved>(x))(2, 3), numbers(12)[11] / 2);
}

}  // namespace
