#include "chunkwise/lower.hpp"

#include <set>
#include <sstream>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

MapNode map_of(const NodePtr& node) {
  if (!node->as<MapNode>()) throw std::logic_error("not a map");
  return *node->as<MapNode>();
}

TEST(Lower, AnElementwiseTreeIsOneMapWithANativeKernel) {
  const auto x = counting<double, 2>({2, 3});
  const NodePtr node = lower((x - 1) / (x * 2.5) + sqrt(x));
  const MapNode& map = map_of(node);
  EXPECT_EQ(to_string(*map.program), "(a - p0) / (b * p1) + sqrt(c)");
  EXPECT_EQ(map.inputs, (std::vector<NodePtr>{x.node(), x.node(), x.node()}));
  EXPECT_EQ(map.parameters, (std::vector<Scalar>{Scalar(1.0), Scalar(2.5)}));
  EXPECT_NE(find_kernel(*map.program), nullptr);
}

TEST(Lower, WhatIsPrintedHasNoKernelBeforeItIsComputed) {
  const auto x = counting<double, 2>({2, 3});
  const auto formula = sqrt(x * x + 3) - x / (x + 4);
  std::ostringstream text, of_mean;
  text << formula;
  EXPECT_EQ(text.str(), "Array float64 (2, 3), 1 chunk of (2, 3), 48 bytes");
  of_mean << mean(formula, 0);
  EXPECT_EQ(of_mean.str(), "Array float64 (3), 1 chunk of (3,), 24 bytes");
  const Program program = *map_of(described(formula).node).program;
  EXPECT_EQ(find_kernel(program), nullptr);
  const NodePtr node = lower(formula);
  EXPECT_EQ(*map_of(node).program, program);
  EXPECT_NE(find_kernel(program), nullptr);
}

TEST(Lower, ScalarsAreParametersSoFormulasShareAKernel) {
  const auto x = counting<double, 1>({3});
  EXPECT_EQ(*map_of(lower(x * 2)).program, *map_of(lower(x * 3)).program);
  EXPECT_FALSE(*map_of(lower(x * 2)).program == *map_of(lower(2 * x)).program);
}

TEST(Lower, PromotionBecomesCasts) {
  const auto small = counting<std::int8_t, 1>({3});
  const auto wide = counting<double, 1>({3});
  const MapNode& map = map_of(lower(small * wide + cast<float>(wide)));
  EXPECT_EQ(to_string(*map.program), "float64(a) * b + float64(float32(c))");
  EXPECT_EQ(to_string(*map_of(lower(where(small, small, wide))).program), "where(bool(a), float64(b), c)");
  EXPECT_EQ(to_string(*map_of(lower(small / 2)).program), "float64(a) / p0");
}

TEST(Lower, ReductionsIndicesAndJoinsAreLeavesOfTheTree) {
  const auto x = counting<double, 2>({2, 3});
  const NodePtr node = lower((x - mean(x, 0)) * x(0) + concatenate(std::vector{x(0), x(1)}, 0)(range(0, 3)));
  const MapNode& map = map_of(node);
  EXPECT_EQ(to_string(*map.program), "(a - b) * c + d");
  EXPECT_NE(map.inputs[1]->as<FoldNode>(), nullptr);
  EXPECT_NE(map.inputs[2]->as<ViewNode>(), nullptr);
}

TEST(Lower, AnIndexOfEverythingIsTheArrayItself) {
  const auto x = counting<double, 2>({2, 3});
  EXPECT_EQ(lower(x()), x.node());
  EXPECT_EQ(lower(x(all, range(0, 3))), x.node());
  EXPECT_EQ(lower(concatenate(std::vector{x}, 1)), x.node());
}

#ifndef CHUNKWISE_SANITIZED
// Formulas of a hundred operations take a sanitizer's compiler minutes; what they test has no memory to get wrong.

std::size_t maps_under(const NodePtr& node) {
  std::set<const Node*> maps;
  const auto visit = [&](const auto& self, const NodePtr& at) -> void {
    if (at->as<MapNode>()) maps.insert(at.get());
    for (const auto& input : inputs_of(*at)) self(self, input);
  };
  visit(visit, node);
  return maps.size();
}

TEST(Lower, FormulasOfMoreThanSixtyFourOperationsAreSplit) {
  const auto x = counting<double, 1>({1000});
  EXPECT_EQ(maps_under(lower(long_sum<64>(x))), 1U);
  EXPECT_EQ(maps_under(lower(long_sum<65>(x))), 2U);
  const auto hundred = long_sum<100>(x);
  EXPECT_EQ(maps_under(lower(hundred)), 2U);
  for (const StageExplanation& stage : explain(local(), hundred).stages) EXPECT_TRUE(stage.native);
  const auto result = compute(local(), hundred);
  for (std::int64_t i = 0; i < 1000; ++i) EXPECT_EQ(result(i), 101 * static_cast<double>(i));
}

TEST(Lower, ALargeTreeIsSplitAsOftenAsItMust) {
  const auto x = counting<float, 1>({100});
  const auto sum_of_128 = long_sum<127>(x);
  const NodePtr node = lower(sum_of_128);
  EXPECT_GT(maps_under(node), 1U);
  EXPECT_LE(map_of(node).program->operations(), max_operations);
  const auto result = compute(local(), sum_of_128);
  for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(result(i), static_cast<float>(128 * i));
}

TEST(Lower, CastsCountAsOperationsOfASplit) {
  const auto x = counting<std::int8_t, 1>({10});
  const auto y = cast<double>(cast<std::int16_t>(long_sum<62>(cast<std::int16_t>(x))));
  const NodePtr node = lower(y);
  EXPECT_LE(map_of(node).program->operations(), max_operations);
  EXPECT_EQ(values(y)[3], 3 * 63);
}

#endif  // CHUNKWISE_SANITIZED

}  // namespace
}  // namespace chunkwise_test
