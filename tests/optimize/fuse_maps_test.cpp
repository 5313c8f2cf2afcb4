#include "runtime/optimize/passes.hpp"
#include "tests/graph/graphs.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

NodePtr fused(const NodePtr& node) { return apply_pass(&optimize::fuse_maps, node); }
const MapNode& map_of(const NodePtr& node) { return std::get<MapNode>(node->data); }
std::string formula(const NodePtr& node) { return to_string(*map_of(node).program); }

TEST(FuseMaps, AMapOfMapsBecomesOneProgram) {
  const auto x = random<double, 2>({6, 7}, 1, {2, 7});
  const auto y = random<double, 2>({6, 7}, 2, {3, 7});
  const Array<double, 2> a = x * 2 + 1;
  const Array<double, 2> b = 3 - y;
  const NodePtr node = fused(lower((a - 4) / (b * 5)));
  EXPECT_EQ(nodes_of<MapNode>(node), 1U);
  EXPECT_EQ(formula(node), "(a * p0 + p1 - p2) / ((p3 - b) * p4)");
  EXPECT_EQ(map_of(node).inputs, (std::vector<NodePtr>{x.node(), y.node()}));
}

TEST(FuseMaps, ParametersStandInTheOrderOfTheProgram) {
  const auto x = random<double, 1>({7}, 1);
  const Array<double, 1> a = 1 - x;
  const Array<double, 1> b = x - 2;
  const NodePtr node = fused(lower((3 - a) * 4 + 5 * (b - 6)));
  std::vector<double> parameters;
  for (const Scalar& p : map_of(node).parameters) parameters.push_back(p.as<double>());
  EXPECT_EQ(formula(node), "(p0 - (p1 - a)) * p2 + p3 * (b - p4 - p5)");
  EXPECT_EQ(parameters, (std::vector<double>{3, 1, 4, 5, 2, 6}));
}

TEST(FuseMaps, EqualsTheProgramThatTheCompilerMakesOfOneFormula) {
  const auto x = random<double, 2>({6, 7}, 1);
  const Array<double, 2> difference = x - mean(x, 0);
  const NodePtr node = fused(lower(difference / stddev(x, 0)));
  EXPECT_EQ(*map_of(node).program, *map_of(lower((x - mean(x, 0)) / stddev(x, 0))).program);
  EXPECT_NE(find_kernel(*map_of(node).program), nullptr);
}

TEST(FuseMaps, ASmallerMapIsNotTakenInBecauseItWouldBeComputedForEachRepetition) {
  const auto x = random<double, 2>({6, 7}, 1);
  const Array<double, 1> row = x(0) * 2;
  const NodePtr node = fused(lower(x + row));
  EXPECT_EQ(nodes_of<MapNode>(node), 2U);
  const Array<double, 2> column = x(all, range(0, 1)) * 2;
  EXPECT_EQ(nodes_of<MapNode>(fused(lower(x + column))), 2U);
}

/// ((x + 1) + 2) + ..., with N additions and x once.
template <int N, class E>
auto chain(const E& x) {
  if constexpr (N == 0)
    return x;
  else
    return chain<N - 1>(x) + N;
}

TEST(FuseMaps, NoProgramGrowsBeyondTheLimit) {
  const auto x = random<double, 1>({7}, 1);
  const Array<double, 1> inner = long_sum<40>(x);
  EXPECT_EQ(nodes_of<MapNode>(fused(lower(chain<24>(inner)))), 1U);
  EXPECT_EQ(nodes_of<MapNode>(fused(lower(chain<25>(inner)))), 2U);
  Array<double, 1> long_chain = x;
  for (int i = 0; i < 200; ++i) long_chain = Array<double, 1>(long_chain + 1.0);
  const NodePtr node = fused(long_chain.node());
  for (const NodePtr& n : nodes_under(node))
    if (const auto* map = n->as<MapNode>()) {
      EXPECT_LE(map->program->operations(), max_operations);
    }
  EXPECT_EQ(nodes_of<MapNode>(node), 4U);
}

TEST(FuseMaps, StopsAtIndicesJoinsAndReductions) {
  const auto x = random<double, 2>({6, 7}, 1);
  EXPECT_EQ(nodes_of<MapNode>(fused(lower((x * 2)(range(1, 3)) + 1))), 2U);
  EXPECT_EQ(nodes_of<MapNode>(fused(lower(concatenate(std::vector{x * 2, x * 3}, 0) + 1))), 3U);
  EXPECT_EQ(nodes_of<MapNode>(fused(lower(sum(x * 2, 0) + 1))), 2U);
}

TEST(FuseMaps, AnInputThatIsNamedTwiceKeepsBothSlots) {
  const auto x = random<double, 1>({7}, 1);
  const Array<double, 1> y = x * 2;
  const NodePtr node = fused(lower(y * y));
  EXPECT_EQ(formula(node), "a * p0 * (b * p1)");
  EXPECT_EQ(map_of(node).inputs, (std::vector<NodePtr>{x.node(), x.node()}));
}

TEST(FuseMaps, ACostlyMapThatIsUsedInSeveralPlacesIsComputedOnce) {
  const auto x = random<double, 1>({7}, 1);
  const Array<double, 1> y = exp(x);
  const NodePtr node = fused(lower(y * y + y));
  EXPECT_EQ(formula(node), "a * b + c");
  EXPECT_EQ(map_of(node).inputs, (std::vector<NodePtr>{y.node(), y.node(), y.node()}));
  // Through other maps too: what is made of it takes in what is cheap, and it stays one.
  const Array<double, 1> z = pow(x + 1, 2.5) * 3;
  const Array<double, 1> w = z - 1;
  const NodePtr twice = fused(lower(w / (z + w)));
  EXPECT_EQ(nodes_of<MapNode>(twice), 2U);
  EXPECT_EQ(formula(twice), "(a - p0) / (b + (c - p1))");
}

TEST(FuseMaps, ACostlyMapThatIsUsedOnceIsTakenIn) {
  const auto x = random<double, 1>({7}, 1);
  const Array<double, 1> y = log(x);
  EXPECT_EQ(formula(fused(lower(y * 2))), "log(a) * p0");
  EXPECT_EQ(nodes_of<MapNode>(fused(lower(y - mean(y)))), 2U) << "the mean's own use is in another stage";
}

}  // namespace
}  // namespace chunkwise_test
