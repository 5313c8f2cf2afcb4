#include "chunkwise/graph/node.hpp"

#include <cmath>

#include "chunkwise/op/aggregate/catalog.hpp"
#include "tests/graph/graphs.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

NodePtr ones(const Shape& shape, const Shape& chunks = {}) {
  return build::source(full_source(shape, Scalar(1.0), chunks));
}
NodePtr add(const NodePtr& a, const NodePtr& b) { return build::apply(op::Add::code, std::vector{a, b}); }

TEST(Node, EqualMeaningHasEqualHashAndComparesEqual) {
  const NodePtr x = ones({4, 5});
  const auto same = [](const NodePtr& a, const NodePtr& b) {
    EXPECT_NE(a, b);
    EXPECT_EQ(a->hash, b->hash);
    EXPECT_TRUE(equal_shallow(*a, *b));
    EXPECT_TRUE(equal_shallow(*a, *a));
  };
  same(ones({4, 5}), ones({4, 5}));
  same(add(x, x), add(x, x));
  same(build::index(x, {part(1, 2, 2)}), build::index(x, {part(1, 2, 2)}));
  same(build::concatenate({x, x}, 0), build::concatenate({x, x}, -2));
  same(build::fold(aggregate::Mean::code, x, 1, false, 0), build::fold(aggregate::Mean::code, x, 1, false, 0));
  same(lower(Array<double, 2>(UntypedArray{x, x->shape, {}}) * 2.0), lower(Array<double, 2>({x, x->shape, {}}) * 2.0));
}

TEST(Node, AnyDifferenceInMeaningMakesThemDifferent) {
  const NodePtr x = ones({4, 4});
  const NodePtr y = build::source(full_source({4, 4}, Scalar(2.0)));
  const auto differ = [](const NodePtr& a, const NodePtr& b) {
    EXPECT_FALSE(equal_shallow(*a, *b)) << describe(*a) << " and " << describe(*b);
    EXPECT_NE(a->hash, b->hash) << describe(*a) << " and " << describe(*b);
  };
  differ(x, y);
  differ(x, ones({4, 5}));
  differ(x, build::source(full_source({4, 4}, Scalar(1.0F))));
  differ(add(x, y), add(y, x));
  differ(add(x, x), build::apply(op::Multiply::code, std::vector{x, x}));
  differ(build::index(x, {part(0, 1, 2)}), build::index(x, {part(1, 1, 2)}));
  differ(build::index(x, {part(0, 1, 2)}), build::index(x, {part(0, 2, 2)}));
  differ(build::index(x, {part(0, 1, 2)}), build::index(y, {part(0, 1, 2)}));
  differ(build::index(x, {{AxisSubscript::Kind::integer, {1, 1, 1}}}), build::index(x, {part(1, 1, 1)}));
  differ(build::concatenate({x, y}, 0), build::concatenate({y, x}, 0));
  differ(build::concatenate({x, y}, 0), build::concatenate({x, y}, 1));
  const NodePtr mean = build::fold(aggregate::Mean::code, x, 1, false, 0);
  differ(mean, build::fold(aggregate::Sum::code, x, 1, false, 0));
  differ(mean, build::fold(aggregate::Mean::code, x, 2, false, 0));
  differ(mean, build::fold(aggregate::Mean::code, x, 1, true, 0));
  differ(mean, build::fold(aggregate::Mean::code, x, 1, false, 1));
  differ(mean, build::fold(aggregate::Mean::code, y, 1, false, 0));
  differ(x, mean);
}

TEST(Node, ParametersArePartOfTheMeaningToTheLastBit) {
  const Array<double, 1> x = counting<double, 1>({3});
  EXPECT_FALSE(equal_shallow(*lower(x * 2), *lower(x * 3)));
  EXPECT_FALSE(equal_shallow(*lower(x * 0.0), *lower(x * -0.0)));
  EXPECT_TRUE(equal_shallow(*lower(x * std::nan("")), *lower(x * std::nan(""))));
}

TEST(Node, ChunksAreNoPartOfASourcesValuesButOfWhatAnArrayIs) {
  const NodePtr a = ones({4, 4}, {1, 4});
  const NodePtr b = ones({4, 4}, {2, 4});
  EXPECT_FALSE(equal_shallow(*a, *b));
}

TEST(Node, MemoryIsItsAddressTypeAndShape) {
  const std::vector<double> numbers{1, 2, 3, 4};
  const auto node = [&](const Shape& shape) {
    return build::source(memory_source({DType::float64, shape, row_major_strides(shape), nullptr, numbers.data()}));
  };
  EXPECT_TRUE(equal_shallow(*node({4}), *node({4})));
  EXPECT_FALSE(equal_shallow(*node({4}), *node({3})));
  EXPECT_FALSE(equal_shallow(*node({4}), *node({2, 2})));
}

TEST(Node, DescribesItselfInOneLine) {
  const NodePtr x = ones({4, 5});
  EXPECT_EQ(describe(*add(x, x)), "map a + b");
  EXPECT_EQ(describe(*build::fold(aggregate::StandardDeviation::code, x, 3, false, 1)), "stddev over axes 0, 1");
  EXPECT_EQ(describe(*build::fold(aggregate::NanMaximum::code, x, 2, false, 0)), "nanmax over axes 1");
  EXPECT_EQ(describe(*build::fold(aggregate::Sum::code, x, 0, false, 0)), "sum over no axis");
  EXPECT_EQ(describe(*build::concatenate({x, x, x}, 1)), "concatenate 3 arrays along axis 1");
  EXPECT_EQ(
      describe(*build::index(
          x, {{AxisSubscript::Kind::integer, {2, 1, 1}}, {AxisSubscript::Kind::create, {0, 1, 1}}, part(4, -2, 3)})),
      "index [2, newaxis, 4::-2]");
  EXPECT_EQ(describe(*build::index(x, {part(1, 1, 2)})), "index [1:3, 0:5]");
  EXPECT_NE(describe(*x).find("source full"), std::string::npos);
}

TEST(Node, EveryReductionHasAName) {
  for (const aggregate::Description& description : aggregate::descriptions)
    EXPECT_EQ(name_of(description.code), description.name);
  EXPECT_EQ(name_of(AggregateCode{255}), "");
}

TEST(Node, VisitsItsInputsInOrder) {
  const NodePtr x = ones({4, 5});
  const NodePtr y = add(x, x);
  std::vector<NodePtr> inputs;
  const NodePtr joined = build::concatenate({x, y, x}, 0);
  for (const auto& input : inputs_of(*joined)) inputs.push_back(input);
  EXPECT_EQ(inputs, (std::vector<NodePtr>{x, y, x}));
  inputs.clear();
  for (const auto& input : inputs_of(*x)) inputs.push_back(input);
  EXPECT_TRUE(inputs.empty());
}

}  // namespace
}  // namespace chunkwise_test
