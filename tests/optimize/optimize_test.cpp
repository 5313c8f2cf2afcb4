// The passes together, and those over plans.
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/plan/plan.hpp"
#include "tests/all_passes.hpp"
#include "tests/graph/graphs.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

plan::Plan plan_of(Graph graph, const plan::Passes& passes = {}) {
  const std::vector<OutputKind> outputs(graph.outputs.size());
  return plan::make_plan(plan::optimize(std::move(graph), passes), outputs, passes, 2, 1 << 30);
}

TEST(Optimize, NoPassChangesABit) {
  const auto x = random<double, 3>({11, 8, 9}, 1, {4, 3, 9});
  const auto joined = concatenate(std::vector<Array<double, 3>>{x, x(range(none, none, -1)), x * 2 + 0}, 0);
  const auto check = [](const auto& expression) {
    const auto expected = values(expression);
    for (const std::string& name : pass_names()) EXPECT_EQ(values(expression, without_pass(name)), expected) << name;
    EXPECT_EQ(values(expression, without_any_pass()), expected);
  };
  check((x - mean(x, 0)) / stddev(x, 0));
  check(((x - mean(x, 0)) / stddev(x, 0))(range(9, none, -3), 2));
  check(mean(joined, axes(0, 2))(range(1, 5)));
  check(stddev(joined(range(30, 2, -3)), 1)(all, 4));
  check(sum((joined - mean(joined, 1, keepdims)) * joined, 0)(3, range(none, none, 2)));
  check(concatenate(std::vector<Array<double, 2>>{mean(x, 0), max(x, 0)}, 1)(range(1, 4), range(none, none, -2)));
}

/// `step` applied to x until there is room for two more steps only.
template <class Step>
Array<double, 2> deepest(Array<double, 2> x, const Step& step) {
  while (x.node()->depth <= max_depth - 4) x = step(x);
  while (x.node()->depth < max_depth - 2) x = x + 1.0;
  return x;
}

TEST(Optimize, AGraphAtTheLimitOfDepthIsOptimizedAndRunsOnWholeStacks) {
  const auto x = random<double, 2>({300, 200}, 1, {30, 200});  // large enough for the threads of the team
  const auto check = [](const auto& expression) {
    const auto expected = values(expression, without_any_pass());
    EXPECT_EQ(values(expression), expected);
    EXPECT_GT(explain(local(), expression).after.size(), 1U);
  };
  const auto plus = deepest(x, [](const auto& y) { return Array<double, 2>(y + 1.0); });
  check(plus);
  check(plus(3, all));
  check(sum(plus));
  check(deepest(x(range(0, 30)), [](const auto& y) { return Array<double, 2>(y - mean(y, 0, keepdims)); }));
}

TEST(Optimize, AnIndexThatWouldMakeTheGraphTooDeepStaysWhereItIs) {
  const auto x = random<double, 2>({9, 20}, 1, {3, 20});
  const auto y = deepest(x, [&x](const auto& z) { return Array<double, 2>(x - mean(z, 0)); });
  const Array<double, 1> last = mean(y, 0);
  ASSERT_EQ(last.node()->depth, max_depth - 1);
  const NodePtr indexed = lower(last(3));
  ASSERT_EQ(indexed->depth, max_depth);
  EXPECT_EQ(plan::optimize({{indexed}}, {}).outputs[0]->shape, Shape{});
  EXPECT_EQ(values(last(3)), values(last(3), without_pass("push_indices")));
}

TEST(Optimize, APassThatIsSwitchedOffDoesNothing) {
  const auto x = random<double, 2>({6, 7}, 1);
  const Array<double, 2> y = x * 2;
  const NodePtr node = lower((y + 1)(1) + (y + 1)(1));
  plan::Passes off;
  for (const std::string& name : pass_names()) off.disable(name);
  EXPECT_EQ(plan::optimize({{node}}, off).outputs[0], node);
}

TEST(Optimize, AnUnknownPassIsAnErrorWithThoseThatExist) {
  plan::Passes passes;
  const Caught caught = error_of([&] { passes.disable("fuse"); });
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  for (const std::string& name : pass_names()) EXPECT_TRUE(caught.says(name)) << caught.message;
  EXPECT_EQ(error_of([] { (void)values(counting<double, 1>({3}) + 1, without_pass("fuse")); }).code,
            ErrorCode::not_found);
}

TEST(FuseReductions, AMapUnderAReductionIsTakenIntoItsTask) {
  const auto x = random<double, 2>({64, 70}, 1, {16, 70});
  const NodePtr node = lower(sum(x * x, 0));
  plan::Plan plan = plan_of({{node}});
  ASSERT_EQ(plan.stages.size(), 1U);
  EXPECT_EQ(to_string(*plan::folds_of(plan.stages[0])[0].body.program), "a * b");
  EXPECT_NE(plan::folds_of(plan.stages[0])[0].body.kernel, nullptr);
  plan::Passes off;
  off.disable("fuse_reductions");
  plan = plan_of({{node}}, off);
  EXPECT_EQ(plan::folds_of(plan.stages[0])[0].body.program, nullptr);
}

TEST(ShareReads, ReductionsOverOneArrayAreOneStageAndOneTaskAnAxis) {
  const auto x = random<double, 2>({64, 70}, 1, {16, 70});
  const plan::Plan plan = plan_of({{lower(mean(x, 0)), lower(stddev(x, 0)), lower(sum(x, 0)), lower(max(x, 0)),
                                    lower(mean(x, 1)), lower(sum(x * 2, 0))}});
  ASSERT_EQ(plan.stages.size(), 1U);
  ASSERT_EQ(plan::folds_of(plan.stages[0]).size(), 3U);
  EXPECT_EQ(plan::folds_of(plan.stages[0])[0].results.size(), 4U);
  EXPECT_EQ(plan::folds_of(plan.stages[0])[0].states,
            (std::vector<reduce::StateCode>{aggregate::MomentsState::code, aggregate::LargestState<double>::code}));
  plan::Passes off;
  off.disable("share_reads");
  EXPECT_EQ(plan_of({{lower(mean(x, 0)), lower(stddev(x, 0))}}, off).stages.size(), 2U);
}

TEST(ShareReads, OtherChunksOrShapesAreStagesOfTheirOwn) {
  const auto x = random<double, 2>({64, 70}, 1, {16, 70});
  const auto y = random<double, 2>({64, 70}, 1, {32, 70});
  EXPECT_EQ(plan_of({{lower(sum(x)), lower(sum(y))}}).stages.size(), 2U);
  EXPECT_EQ(plan_of({{lower(sum(x)), lower(sum(x(range(0, 32))))}}).stages.size(), 2U);
  EXPECT_EQ(plan_of({{lower(sum(x)), lower(sum(x * 2)), lower(x + 1)}}).stages.size(), 1U);
}

TEST(ShareReads, AStageDoesNotRunBeforeWhatItNeeds) {
  const auto x = random<double, 2>({64, 70}, 1, {16, 70});
  const plan::Plan plan = plan_of({{lower(x - mean(x, 0)), lower(sum(x))}});
  ASSERT_EQ(plan.stages.size(), 2U);
  EXPECT_EQ(plan.stages[0].folds_below, 0);
  EXPECT_EQ(plan::folds_of(plan.stages[0]).size(), 2U);
  EXPECT_EQ(plan.stages[1].folds_below, 1);
  EXPECT_TRUE(std::holds_alternative<plan::Write>(plan.stages[1].work));
}

}  // namespace
}  // namespace chunkwise_test
