#include "runtime/optimize/passes.hpp"
#include "tests/graph/graphs.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Kind = AxisSubscript::Kind;

NodePtr pushed(const NodePtr& node) { return apply_pass(&optimize::push_indices, node); }
template <Expression E>
NodePtr pushed(const E& expression) {
  return pushed(lower(expression));
}
std::string text(const NodePtr& node) { return describe(*node); }

/// The array that a subscript takes part of; null where a node is none.
const NodePtr* indexed(const NodePtr& node) {
  const auto* view = node->as<ViewNode>();
  return view && view->moves() ? &view->only : nullptr;
}
std::size_t joins_under(const NodePtr& node) {
  std::size_t joins = 0;
  for (const NodePtr& n : nodes_under(node)) joins += n->as<ViewNode>() && n->as<ViewNode>()->joins();
  return joins;
}

/// Every subscript stands directly on a source.
bool indices_are_at_the_sources(const NodePtr& node) {
  for (const NodePtr& n : nodes_under(node))
    if (const NodePtr* input = indexed(n); input && !(*input)->as<SourceNode>()) return false;
  return true;
}

TEST(PushIndices, AnIndexOfAnIndexIsOneIndex) {
  const auto x = counting<std::int64_t, 2>({6, 7}, {2, 3});
  const NodePtr node = pushed(x(range(none, none, -2), range(1, 6))(range(1, none), range(none, none, -2)));
  EXPECT_EQ(text(node), "index [3::-2, 5::-2]");
  EXPECT_EQ(nodes_of<ViewNode>(node), 1U);
  EXPECT_EQ(text(pushed(x(2)(all)(3))), "index [2, 3]");
  EXPECT_EQ(text(pushed(x(newaxis, 5)(0, range(6, none, -3)))), "index [5, 6::-3]");
  EXPECT_EQ(text(pushed(x(all, newaxis)(1, all, 2))), "index [1, 2, newaxis]");
}

TEST(PushIndices, ANewAxisOfWhichNothingIsTakenStays) {
  const auto x = counting<std::int64_t, 1>({6});
  const NodePtr node = pushed(x(newaxis)(range(0, 0)));
  EXPECT_EQ(node->shape, (Shape{0, 6}));
}

TEST(PushIndices, ThroughAMapToEachInput) {
  const auto x = counting<double, 2>({6, 7}, {2, 3});
  const auto y = random<double, 2>({6, 7}, 1, {2, 3});
  const NodePtr node = pushed((x + y)(1, range(2, 5)));
  EXPECT_NE(node->as<MapNode>(), nullptr);
  EXPECT_TRUE(indices_are_at_the_sources(node));
}

TEST(PushIndices, AnAxisAlongWhichAnInputIsStretchedIsTakenWhole) {
  const auto x = counting<double, 2>({6, 7});
  const auto column = counting<double, 2>({6, 1});
  const auto row = counting<double, 1>({7});
  const NodePtr node = pushed((x + column * row)(range(4, none, -2), range(1, 4)));
  EXPECT_TRUE(indices_are_at_the_sources(node));
  for (const NodePtr& n : nodes_under(node)) {
    const NodePtr* index = indexed(n);
    if (index && *index == column.node()) {
      EXPECT_EQ(text(n), "index [4::-2, 0:1]");
    }
    if (index && *index == row.node()) {
      EXPECT_EQ(text(n), "index [1:4]");
    }
  }
  pushed((x + column)(2));
  pushed((x + column)(all, 3));
  pushed((x + row)(2));
  pushed((x + row)(all, 3));
  pushed((row + x(0, 0))(4));
  pushed((x + column)(range(0, 0)));
  pushed((column + row)(all, range(3, 3)));
}

TEST(PushIndices, NewAxesOfAMapAreMadeOnItsInputs) {
  const auto x = counting<double, 2>({6, 7});
  const auto row = counting<double, 1>({7});
  EXPECT_TRUE(indices_are_at_the_sources(pushed((x + row)(newaxis))));
  EXPECT_TRUE(indices_are_at_the_sources(pushed((x + row)(newaxis, 1, newaxis, range(0, 3), newaxis))));
  EXPECT_TRUE(indices_are_at_the_sources(pushed((row + row)(newaxis, newaxis, all, newaxis))));
  EXPECT_TRUE(indices_are_at_the_sources(pushed((x(1, 2) + row(3))(newaxis))));
}

TEST(PushIndices, ThroughTheKeptAxesOfAReduction) {
  const auto x = random<double, 3>({9, 8, 7}, 1, {4, 3, 7});
  const NodePtr node = pushed(mean(x, 1)(range(7, 2, -1), 3));
  EXPECT_EQ(nodes_of<FoldNode>(node), 1U);
  for (const NodePtr& n : nodes_under(node))
    if (const auto* reduce = n->as<FoldNode>()) {
      EXPECT_EQ(reduce->input->shape, (Shape{5, 8, 1}));
      EXPECT_EQ(text(reduce->input), "index [7:2:-1, 0:8, 3:4]");
      EXPECT_EQ(reduce->axes, 0b010U);
    }
}

TEST(PushIndices, AReductionKeepsItsValueGridAndDefinition) {
  const auto x = random<double, 3>({9, 8, 7}, 1, {4, 3, 7});
  const NodePtr whole = lower(mean(x, 1));
  const NodePtr node = pushed(mean(x, 1)(range(1, 6), 3));
  for (const NodePtr& n : nodes_under(node))
    if (const auto* reduce = n->as<FoldNode>()) {
      EXPECT_EQ(reduce->value_grid[0], AxisChunks::of_sizes({3, 2}));
      EXPECT_EQ(reduce->value_grid[1], whole->as<FoldNode>()->value_grid[1]);
      EXPECT_EQ(reduce->definition, whole->as<FoldNode>()->definition);
      EXPECT_EQ(reduce->definition.lanes, 1U);
    }
}

TEST(PushIndices, AxesThatAreReducedStayWhole) {
  const auto x = random<double, 2>({9, 8}, 1, {4, 3});
  const NodePtr kept = pushed(mean(x, 1, keepdims)(range(2, 5), 0));
  for (const NodePtr& n : nodes_under(kept))
    if (const auto* reduce = n->as<FoldNode>()) {
      EXPECT_EQ(reduce->input->shape, (Shape{3, 8}));
    }
  pushed(mean(x, 1, keepdims)(newaxis, all, range(0, 0)));
  const NodePtr same = pushed(mean(x, axes(0, 1), keepdims)(0));
  EXPECT_EQ(text(same), "index [0, 0:1]");
  pushed(sum(x, 0)(newaxis, 3));
  pushed(sum(x, 0)(all, newaxis));
}

TEST(PushIndices, ThroughOtherAxesThanTheGroupedOne) {
  const auto x = random<double, 3>({9, 8, 7}, 1, {4, 3, 7});
  const std::vector<int> labels{0, 1, 2, 0, 1, 2, -1, 0};
  const NodePtr node = pushed(mean(x, by(1, labels))(range(7, 2, -1), range(1, 3), 3));
  EXPECT_EQ(nodes_of<FoldNode>(node), 1U);
  for (const NodePtr& n : nodes_under(node))
    if (const auto* reduce = n->as<FoldNode>()) {
      EXPECT_EQ(reduce->input->shape, (Shape{5, 8, 1}));
      EXPECT_EQ(n->shape, (Shape{5, 3, 1}));
    }
  pushed(mean(x, by(1, labels), 2, keepdims)(range(1, 3), 2, newaxis));
  pushed(sum(x, by(1, labels), axes(0, 2))(range(2, 0, -1)));
}

TEST(PushIndices, ThroughAReductionOfAMapOfAReduction) {
  const auto x = random<double, 3>({9, 8, 7}, 1, {4, 3, 7});
  const NodePtr node = pushed(sum((x - mean(x, 0)) * x, 0)(2, range(1, 3)));
  for (const NodePtr& n : nodes_under(node))
    if (const auto* reduce = n->as<FoldNode>()) {
      EXPECT_EQ(reduce->input->shape, (Shape{9, 1, 2}));
    }
}

TEST(PushIndices, AnIntegerChoosesOnePartOfAJoin) {
  const auto a = counting<double, 2>({3, 4});
  const auto b = random<double, 2>({5, 4}, 1);
  const auto joined = concatenate(std::vector{a, b, a}, 0);
  const NodePtr node = pushed(joined(4, range(1, 3)));
  EXPECT_EQ(joins_under(node), 0U);
  EXPECT_EQ(text(node), "index [1, 1:3]");
  EXPECT_EQ(*indexed(node), b.node());
  EXPECT_EQ(*indexed(pushed(joined(8))), a.node());
}

TEST(PushIndices, ARangeTakesOnlyTheJoinedPartsThatItTouches) {
  const auto a = counting<double, 2>({3, 4});
  const auto joined = concatenate(std::vector<Array<double, 2>>{a, a * 2.0 + a, a, a}, 0);
  const NodePtr within = pushed(joined(range(7, 9)));
  EXPECT_EQ(joins_under(within), 0U);
  const NodePtr spanning = pushed(joined(range(4, 9, 2)));
  ASSERT_NE(spanning->as<ViewNode>(), nullptr);
  EXPECT_EQ(spanning->as<ViewNode>()->count, 2U);
  EXPECT_TRUE(indices_are_at_the_sources(spanning));
  const NodePtr sparse = pushed(joined(range(2, 12, 8)));  // 2 and 10: nothing of the parts between
  EXPECT_EQ(sparse->as<ViewNode>()->count, 2U);
}

TEST(PushIndices, ANegativeStepTakesTheJoinedPartsBackwards) {
  std::vector<Array<std::int64_t, 1>> parts;
  for (const std::int64_t extent : {3, 1, 0, 4, 2}) parts.push_back(arange<std::int64_t>(0, extent));
  const auto joined = concatenate(parts, 0);
  for (const std::int64_t step : {-1, -2, -3, -4, -9, 1, 2, 5})
    for (const std::int64_t start : {0, 2, 3, 4, 7, 9}) {
      const NodePtr node = pushed(joined(range(start, none, step)));
      EXPECT_TRUE(indices_are_at_the_sources(node));
      pushed(joined(range(none, start, step)));
    }
  EXPECT_EQ(pushed(joined(range(9, none, -1)))->as<ViewNode>()->count, 4U);
}

TEST(PushIndices, NothingOfAJoinIsNothing) {
  const auto a = counting<double, 2>({3, 4});
  EXPECT_EQ(pushed(concatenate(std::vector{a, a}, 0)(range(2, 2)))->shape, (Shape{0, 4}));
}

TEST(PushIndices, AlongOtherAxesAJoinIsCutInEachPart) {
  const auto a = counting<double, 2>({3, 4});
  const NodePtr node = pushed(concatenate(std::vector{a, a}, 0)(newaxis, all, range(3, none, -2)));
  ASSERT_NE(node->as<ViewNode>(), nullptr);
  EXPECT_EQ(node->as<ViewNode>()->joined, 1);
  EXPECT_TRUE(indices_are_at_the_sources(node));
  EXPECT_EQ(pushed(concatenate(std::vector{a, a}, 1)(2))->as<ViewNode>()->joined, 0);
}

TEST(PushIndices, WithoutAnIndexTheGraphStaysAsItIs) {
  const auto x = counting<double, 2>({6, 7});
  const NodePtr node = lower((x - mean(x, 0)) / stddev(x, 0));
  EXPECT_EQ(optimize::push_indices({{node}}).outputs[0], node);
}

TEST(PushIndices, EqualRequestsGiveTheSameNode) {
  const auto x = counting<double, 2>({6, 7});
  const Array<double, 2> y = x * 2;
  const Array<double, 1> row = y(1);
  const Graph graph = optimize::push_indices({{row.node(), lower(row + 1.0)}});
  EXPECT_EQ(graph.outputs[1]->as<MapNode>()->inputs[0], graph.outputs[0]);
}

}  // namespace
}  // namespace chunkwise_test
