#include "runtime/optimize/passes.hpp"
#include "tests/graph/graphs.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

NodePtr merged(const NodePtr& node) { return apply_pass(&optimize::merge_equal_nodes, node); }

TEST(MergeEqualNodes, WhatMeansTheSameBecomesOneNode) {
  const auto x = counting<double, 2>({6, 7});
  const auto y = random<double, 2>({6, 7}, 1);
  const NodePtr node = lower((x - mean(y, 0)) * (mean(y, 0) + mean(random<double, 2>({6, 7}, 1), 0)));
  EXPECT_EQ(nodes_of<FoldNode>(node), 3U);
  EXPECT_EQ(nodes_of<SourceNode>(node), 3U);
  const NodePtr after = merged(node);
  EXPECT_EQ(nodes_of<FoldNode>(after), 1U);
  EXPECT_EQ(nodes_of<SourceNode>(after), 2U);
}

TEST(MergeEqualNodes, EqualOutputsBecomeOneNode) {
  const auto x = counting<double, 2>({6, 7});
  const Graph graph = optimize::merge_equal_nodes({{lower(x * 2), lower(x * 2), lower(x * 3)}});
  EXPECT_EQ(graph.outputs[0], graph.outputs[1]);
  EXPECT_NE(graph.outputs[0], graph.outputs[2]);
}

TEST(MergeEqualNodes, EqualInputsMakeTheirUsersEqual) {
  const auto x = counting<double, 2>({6, 7});
  const auto formula = [&] { return lower(sum((x(1) + 1) * (x(1) + 1))); };
  const Graph graph = optimize::merge_equal_nodes({{formula(), formula()}});
  EXPECT_EQ(graph.outputs[0], graph.outputs[1]);
  EXPECT_EQ(nodes_of<ViewNode>(graph.outputs[0]), 1U);
}

TEST(MergeEqualNodes, ReductionsWithAnotherGridOrDefinitionStayApart) {
  const auto x = random<double, 2>({6, 7}, 1, {2, 7});
  const auto other = random<double, 2>({6, 7}, 1, {3, 7});
  const NodePtr node = lower(sum(x) + sum(other));
  EXPECT_EQ(nodes_of<FoldNode>(merged(node)), 2U);
  Node changed = *lower(sum(x));
  std::get<FoldNode>(changed.data).definition.merge_group_size = 8;
  const Graph graph = optimize::merge_equal_nodes({{lower(sum(x)), std::make_shared<const Node>(changed)}});
  EXPECT_NE(graph.outputs[0], graph.outputs[1]);
}

TEST(MergeEqualNodes, ArraysInOtherChunksStayApart) {
  const auto x = counting<double, 2>({6, 7}, {2, 7});
  const NodePtr node = lower(x * 2);
  for (const NodePtr& own : {node, lower(x)}) {
    Node other = *own;
    other.grid = ChunkGrid::regular({6, 7}, {3, 7});
    const Graph graph = optimize::merge_equal_nodes({{own, std::make_shared<const Node>(other)}});
    EXPECT_NE(graph.outputs[0], graph.outputs[1]);
    EXPECT_FALSE(graph.outputs[0]->grid == graph.outputs[1]->grid);
  }
}

TEST(MergeEqualNodes, ReductionsByOtherGroupsStayApart) {
  const auto x = random<double, 2>({4, 7}, 1, {2, 7});
  const std::vector<int> labels{0, 1, 0, 1};
  const auto node = [&](const By& groups) { return lower(mean(x, groups)); };
  const Graph graph =
      optimize::merge_equal_nodes({{node(by(0, labels)), node(by(0, labels)), node(by(0, std::vector{0, 1, 1, 0})),
                                    node(by(0, labels, 3)), lower(mean(x, 0, keepdims))}});
  EXPECT_EQ(graph.outputs[0], graph.outputs[1]);
  for (std::size_t i = 2; i < graph.outputs.size(); ++i)
    for (std::size_t other = 0; other < i; ++other) EXPECT_NE(graph.outputs[i], graph.outputs[other]);
}

TEST(MergeEqualNodes, JoinsOfEqualSourcesAreOne) {
  const auto join = [](std::uint64_t seed) {
    return lower(concatenate(std::vector{random<double, 1>({4}, 1), random<double, 1>({4}, seed)}, 0));
  };
  const Graph same = optimize::merge_equal_nodes({{join(2), join(2), join(3)}});
  EXPECT_EQ(same.outputs[0], same.outputs[1]);
  EXPECT_NE(same.outputs[0], same.outputs[2]);
}

TEST(MergeEqualNodes, ParametersOfOtherBitsStayApart) {
  const auto x = counting<double, 1>({4});
  const Graph graph = optimize::merge_equal_nodes({{lower(x * 0.0), lower(x * -0.0)}});
  EXPECT_NE(graph.outputs[0], graph.outputs[1]);
}

}  // namespace
}  // namespace chunkwise_test
