#include "chunkwise/graph/build.hpp"

#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/graph/ask.hpp"
#include "tests/graph/graphs.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Kind = AxisSubscript::Kind;

NodePtr array(const Shape& shape, const Shape& chunks = {}, Scalar value = Scalar(1.0)) {
  return build::source(full_source(shape, value, chunks));
}
NodePtr apply(OpCode operation, std::vector<NodePtr> operands) { return build::apply(operation, operands); }

// ---------------------------------------------------------------- grids

TEST(BuildIndex, TheGridIsWhatIsLeftOfEachChunk) {
  const NodePtr x = array({10, 6}, {4, 3});
  const NodePtr y = build::index(x, {part(3, 2, 3), part(5, -1, 6)});
  EXPECT_EQ(y->shape, (Shape{3, 6}));
  EXPECT_EQ(y->grid[0], AxisChunks::of_sizes({1, 2}));  // indices 3 | 5, 7
  EXPECT_EQ(y->grid[1], AxisChunks::regular(6, 3));
  const NodePtr z = build::index(x, {{Kind::integer, {5, 1, 1}}, {Kind::create, {0, 1, 1}}});
  EXPECT_EQ(z->shape, (Shape{1, 6}));
  EXPECT_EQ(z->grid[1], x->grid[1]);
}

TEST(BuildIndex, OfEverythingIsTheArrayItself) {
  const NodePtr x = array({10, 6});
  EXPECT_EQ(build::index(x, {}), x);
  EXPECT_EQ(build::index(x, {part(0, 1, 10)}), x);
}

TEST(BuildIndex, TooManySubscriptsAreAnErrorWithTheShape) {
  const Caught caught = error_of([] { (void)build::index(array({3}), {part(0, 1, 3), part(0, 1, 1)}); });
  EXPECT_EQ(caught.code, ErrorCode::out_of_range);
  EXPECT_TRUE(caught.says("(3,)")) << caught.message;
}

TEST(BuildConcatenate, TheGridKeepsTheChunksOfEachPart) {
  const NodePtr joined = build::concatenate({array({5, 6}, {2, 6}), array({3, 6}, {3, 2})}, 0);
  EXPECT_EQ(joined->shape, (Shape{8, 6}));
  EXPECT_EQ(joined->grid[0], AxisChunks::of_sizes({2, 2, 1, 3}));
  EXPECT_EQ(joined->grid[1], AxisChunks::regular(6, 6));
  EXPECT_EQ(build::concatenate({array({4}, {4}), array({4}, {4})}, 0)->grid[0], AxisChunks::regular(8, 4));
}

TEST(BuildConcatenate, ExtentsAlongOtherAxesAndTypesMustBeEqual) {
  const NodePtr x = array({2, 3});
  Caught caught = error_of([&] { (void)build::concatenate({x, x, array({2, 4})}, 0); });
  EXPECT_EQ(caught.code, ErrorCode::shape_mismatch);
  EXPECT_TRUE(caught.says("array 2") && caught.says("(2, 4)")) << caught.message;
  caught = error_of([&] { (void)build::concatenate({x, array({2})}, 0); });
  EXPECT_EQ(caught.code, ErrorCode::shape_mismatch);
  caught = error_of([&] { (void)build::concatenate({x, array({2, 3}, {}, Scalar(1.0F))}, 0); });
  EXPECT_EQ(caught.code, ErrorCode::type_mismatch);
  EXPECT_TRUE(caught.says("array 1") && caught.says("float32") && caught.says("float64")) << caught.message;
  EXPECT_EQ(error_of([&] { (void)build::concatenate({x, x}, 2); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([] { (void)build::concatenate({}, 0); }).code, ErrorCode::invalid_argument);
}

TEST(BuildMap, EachAxisTakesThePartitionThatCutsItMost) {
  const NodePtr x = array({8, 6}, {4, 6});
  const NodePtr y = array({8, 6}, {2, 6});
  EXPECT_EQ(apply(op::Add::code, {x, y})->grid[0], AxisChunks::regular(8, 2));
  EXPECT_EQ(apply(op::Add::code, {y, x})->grid[0], AxisChunks::regular(8, 2));
  const NodePtr row = array({6}, {3});
  EXPECT_EQ(apply(op::Add::code, {x, row})->grid[1], AxisChunks::regular(6, 3));
  const NodePtr column = array({8, 1}, {1, 1});
  EXPECT_EQ(apply(op::Add::code, {row, column})->grid, (ChunkGrid::regular({8, 6}, {1, 3})));
}

TEST(BuildMap, AStretchedAxisHasNoSay) {
  const NodePtr sum = apply(op::Add::code, {array({1, 6}), array({8, 1}, {2, 1})});
  EXPECT_EQ(sum->shape, (Shape{8, 6}));
  EXPECT_EQ(sum->grid[0], AxisChunks::regular(8, 2));
}

TEST(BuildFold, KeptAxesKeepTheirChunksAndTheValueGridIsTheInputs) {
  const NodePtr x = array({8, 6, 4}, {2, 3, 4});
  const NodePtr y = build::fold(aggregate::Mean::code, x, 0b101, false, 0);
  EXPECT_EQ(y->shape, (Shape{6}));
  EXPECT_EQ(y->grid, (ChunkGrid::regular({6}, {3})));
  EXPECT_EQ(y->as<FoldNode>()->value_grid, x->grid);
  const NodePtr kept = build::fold(aggregate::Mean::code, x, 0b101, true, 0);
  EXPECT_EQ(kept->shape, (Shape{1, 6, 1}));
  EXPECT_EQ(kept->grid, (ChunkGrid::regular({1, 6, 1}, {1, 3, 1})));
}

// ---------------------------------------------------------------- definitions

TEST(BuildFold, ThereAreLanesWhereTheLastAxisThatCountsIsReduced) {
  const auto lanes = [](const Shape& shape, std::uint32_t axes) {
    return build::fold(aggregate::Sum::code, array(shape), axes, false, 0)->as<FoldNode>()->definition.lanes;
  };
  EXPECT_EQ(lanes({8, 6}, 0b11), 32U);
  EXPECT_EQ(lanes({8, 6}, 0b10), 32U);
  EXPECT_EQ(lanes({8, 6}, 0b01), 1U);
  EXPECT_EQ(lanes({8, 1}, 0b01), 32U);
  EXPECT_EQ(lanes({8, 6, 1, 1}, 0b0010), 32U);
  EXPECT_EQ(lanes({}, 0), 32U);
  EXPECT_EQ((FoldDefinition{}), (FoldDefinition{1, 32, 16}));
}

TEST(BuildFold, GroupsNeedTheIndicesFromTheirFirstToTheirLast) {
  Grouping grouping{0, {0, 1, 1, 2, -1, 0}, 4};
  const NodePtr fold = build::fold(aggregate::Sum::code, array({6, 3}), 1U, false, 0,
                                   std::make_shared<const Grouping>(std::move(grouping)));
  const auto box = [&](const AxisRange& groups) {
    Region found;
    graph::for_each_box(*fold, {groups, {1, 1, 2}}, [&](std::size_t, const Region& region) { found = region; });
    return found;
  };
  EXPECT_EQ(box({1, 1, 1}), (Region{{1, 1, 2}, {1, 1, 2}}));
  EXPECT_EQ(box({2, -1, 2}), (Region{{1, 1, 3}, {1, 1, 2}}));
  EXPECT_EQ(box({0, 2, 2}), (Region{{0, 1, 6}, {1, 1, 2}}));
  EXPECT_EQ(box({3, 1, 1})[0].count, 0);
}

TEST(BuildFold, AnAxisThatIsNotThereIsAnError) {
  const Caught caught = error_of([] { (void)build::fold(aggregate::Sum::code, array({3, 3}), 0b100, false, 0); });
  EXPECT_EQ(caught.code, ErrorCode::out_of_range);
  EXPECT_TRUE(caught.says("sum") && caught.says("2 axes")) << caught.message;
}

TEST(BuildFold, TypesAreThoseOfTheTypedFunctions) {
  static_assert(aggregate::result_type(aggregate::Sum::code, DType::int8) == DType::int64);
  static_assert(aggregate::result_type(aggregate::NanSum::code, DType::uint8) == DType::uint64);
  static_assert(aggregate::result_type(aggregate::Sum::code, DType::boolean) == DType::int64);
  static_assert(aggregate::result_type(aggregate::Mean::code, DType::float32) == DType::float32);
  static_assert(aggregate::result_type(aggregate::NanStandardDeviation::code, DType::boolean) == DType::float64);
  static_assert(aggregate::result_type(aggregate::Count::code, DType::float32) == DType::int64);
  static_assert(aggregate::result_type(aggregate::NanMaximum::code, DType::uint16) == DType::uint16);
}

// ---------------------------------------------------------------- maps

TEST(BuildMap, InputsAndParametersMustFitTheProgram) {
  const auto program = std::make_shared<const Program>(
      std::vector<Instruction>{{OpCode::input, DType::float64, DType::float64, {0}},
                               {OpCode::parameter, DType::float64, DType::float64, {0}},
                               {op::Add::code, DType::float64, DType::float64, {0, 1}}});
  const NodePtr x = array({3});
  EXPECT_EQ(build::map(program, {x}, {Scalar(2.0)})->shape, (Shape{3}));
  Caught caught = error_of([&] { (void)build::map(program, {x, x}, {Scalar(2.0)}); });
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("a + p0") && caught.says("1 inputs") && caught.says("given 2")) << caught.message;
  EXPECT_EQ(error_of([&] { (void)build::map(program, {x}, {}); }).code, ErrorCode::invalid_argument);
  caught = error_of([&] { (void)build::map(program, {array({3}, {}, Scalar(1.0F))}, {Scalar(2.0)}); });
  EXPECT_EQ(caught.code, ErrorCode::type_mismatch);
  EXPECT_TRUE(caught.says("input 0") && caught.says("float32")) << caught.message;
  caught = error_of([&] { (void)build::map(program, {x}, {Scalar(std::int32_t{2})}); });
  EXPECT_EQ(caught.code, ErrorCode::type_mismatch);
  EXPECT_TRUE(caught.says("parameter 0") && caught.says("int32")) << caught.message;
}

TEST(BuildApply, CastsOperandsAsTheTypedOperatorsDo) {
  const NodePtr small = array({3}, {}, Scalar(std::int8_t{1}));
  const NodePtr wide = array({3}, {}, Scalar(1.0F));
  const NodePtr truth = array({3}, {}, Scalar(true));
  const auto text = [](const NodePtr& node) {
    return to_string(*node->as<MapNode>()->program) + " " + std::string(name_of(node->dtype));
  };
  EXPECT_EQ(text(apply(op::Add::code, {small, wide})), "float32(a) + b float32");
  EXPECT_EQ(text(apply(op::Divide::code, {small, small})), "float64(a) / float64(b) float64");
  EXPECT_EQ(text(apply(op::Less::code, {small, wide})), "float32(a) < b bool");
  EXPECT_EQ(text(apply(op::Where::code, {small, truth, wide})), "where(bool(a), float32(b), c) float32");
  EXPECT_EQ(text(apply(op::LogicalNot::code, {wide})), "!bool(a) bool");
  EXPECT_EQ(text(apply(op::Sqrt::code, {truth})), "sqrt(float32(a)) float32");
}

TEST(BuildApply, MistakesAreErrors) {
  const NodePtr x = array({3});
  const NodePtr truth = array({3}, {}, Scalar(true));
  EXPECT_EQ(error_of([&] { (void)apply(OpCode{999}, {x}); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)apply(op::Cast::code, {x}); }).code, ErrorCode::invalid_argument);
  Caught caught = error_of([&] { (void)apply(op::Add::code, {x}); });
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("add takes 2 operands, not 1")) << caught.message;
  caught = error_of([&] { (void)apply(op::Subtract::code, {truth, truth}); });
  EXPECT_EQ(caught.code, ErrorCode::type_mismatch);
  EXPECT_TRUE(caught.says("subtract") && caught.says("bool")) << caught.message;
  EXPECT_EQ(error_of([&] { (void)apply(op::Add::code, {x, array({4})}); }).code, ErrorCode::shape_mismatch);
}

// ---------------------------------------------------------------- depth

TEST(BuildDepth, IsTheLongestWayDownToASource) {
  const NodePtr x = array({4, 4});
  const NodePtr y = apply(op::Negate::code, {x});
  EXPECT_EQ(x->depth, 1);
  EXPECT_EQ(y->depth, 2);
  EXPECT_EQ(apply(op::Add::code, {x, y})->depth, 3);
  EXPECT_EQ(build::index(y, {part(1, 1, 2)})->depth, 3);
  EXPECT_EQ(build::fold(aggregate::Sum::code, y, 1, false, 0)->depth, 3);
  EXPECT_EQ(build::concatenate({x, y, x}, 0)->depth, 3);
}

TEST(BuildDepth, ALoopThatMakesAnArrayTooDeepIsAnErrorAndNoCrash) {
  Array<double, 1> x = counting<double, 1>({8});
  int steps = 0;
  const Caught caught = error_of([&] {
    for (; steps < 10000; ++steps) x = x + 1.0;
  });
  EXPECT_EQ(steps, max_depth - 1);
  EXPECT_EQ(caught.code, ErrorCode::unsupported);
  EXPECT_TRUE(caught.says(std::to_string(max_depth + 1) + " steps") &&
              caught.says("at most " + std::to_string(max_depth)) && caught.says("persist"))
      << caught.message;
  EXPECT_EQ(values(x)[3], 3 + steps);
  x = persist(local(), x);
  EXPECT_EQ(values(x + 1.0)[3], 4 + steps);
}

// ---------------------------------------------------------------- subscripts

TEST(ResolveRange, ASingleIndexHasStepOne) {
  EXPECT_EQ(build::resolve_range(true, 2, true, 3, 7, 5), (AxisRange{2, 1, 1}));
  EXPECT_EQ(build::resolve_range(false, 0, false, 0, std::numeric_limits<std::int64_t>::min(), 5),
            (AxisRange{4, 1, 1}));
  EXPECT_EQ(build::resolve_range(true, 4, true, 2, 1, 5), (AxisRange{0, 1, 0}));
  EXPECT_EQ(build::resolve_range(false, 0, false, 0, -2, 5), (AxisRange{4, -2, 3}));
}

TEST(ResolveInteger, CountsFromEitherEnd) {
  EXPECT_EQ(build::resolve_integer(-1, 0, 5), 4);
  const Caught caught = error_of([] { (void)build::resolve_integer(5, 3, 5); });
  EXPECT_EQ(caught.code, ErrorCode::out_of_range);
  EXPECT_TRUE(caught.says("index 5") && caught.says("axis 3") && caught.says("extent is 5")) << caught.message;
}

}  // namespace
}  // namespace chunkwise_test
