#include "runtime/plan/plan.hpp"

#include "runtime/executor/evaluate.hpp"
#include "runtime/executor/partition.hpp"
#include "runtime/plan/stages.hpp"
#include "tests/executor/sources.hpp"
#include "tests/graph/graphs.hpp"
#include "tests/plan/plenty.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

plan::Plan plan_of(Graph graph, int threads = 2, std::uint64_t limit = plenty, bool in_memory = true) {
  const std::vector<OutputKind> outputs(graph.outputs.size(), OutputKind{in_memory});
  return plan::make_plan(plan::optimize(std::move(graph), {}), outputs, {}, threads, limit);
}
bool is_cut_into_tiles(const plan::Stage& stage) { return plan::tiles_of(stage) != nullptr; }
template <Expression... E>
plan::Plan plan_for(const E&... expressions) {
  return plan_of({{lower(expressions)...}});
}

TEST(Plan, TheZScoreIsTwoStagesThatReadTheDataOnceEach) {
  const auto source = watched_noise({40, 30, 50}, {4, 30, 50});
  const auto x = array_of<double, 3>(source);
  const plan::Plan plan = plan_for((x - mean(x, 0)) / stddev(x, 0));
  ASSERT_EQ(plan.stages.size(), 2U);
  EXPECT_EQ(plan.stages[0].folds_below, 0);
  EXPECT_EQ(plan::folds_of(plan.stages[0]).size(), 1U);
  EXPECT_EQ(plan::folds_of(plan.stages[0])[0].results.size(), 2U);
  EXPECT_EQ(plan::folds_of(plan.stages[0])[0].states, std::vector{aggregate::MomentsState::code});
  EXPECT_TRUE(std::holds_alternative<plan::Fold>(plan.stages[0].work));
  EXPECT_EQ(plan.stages[1].folds_below, 1);
  EXPECT_TRUE(plan::folds_of(plan.stages[1]).empty());
  EXPECT_TRUE(std::holds_alternative<plan::Write>(plan.stages[1].work));
  ASSERT_EQ(plan.reads.size(), 1U);
  EXPECT_EQ(plan.reads[0].bytes, 2 * 40 * 30 * 50 * 8U);
  EXPECT_EQ(plan.reads[0].source, source->describe());
}

TEST(Plan, MeanAndDeviationOfOneArrayShareATask) {
  const auto x = array_of<double, 3>(watched_noise({40, 30, 50}, {4, 30, 50}));
  const plan::Plan plan = plan_for(mean(x), stddev(x));
  ASSERT_EQ(plan.stages.size(), 1U);
  ASSERT_EQ(plan::folds_of(plan.stages[0]).size(), 1U);
  EXPECT_EQ(plan.reads[0].bytes, 40 * 30 * 50 * 8U);
}

TEST(Plan, AStageKnowsHowManyFoldsMustBeCompleteBelow) {
  const auto x = random<double, 2>({40, 30}, 1);
  EXPECT_EQ(plan::folds_below(*lower(x + 1)), 0);
  EXPECT_EQ(plan::folds_below(*lower(mean(x, 0))), 0);
  EXPECT_EQ(plan::folds_below(*lower(x - mean(x, 0))), 1);
  EXPECT_EQ(plan::folds_below(*lower(sum(x - mean(x, 0), 0) * 2)), 2);
  const plan::Plan plan = plan_for(max(sum(x - mean(x, 0), 1)));
  ASSERT_EQ(plan.stages.size(), 3U);
  for (int folds = 0; folds < 3; ++folds) EXPECT_EQ(plan.stages[static_cast<std::size_t>(folds)].folds_below, folds);
}

TEST(Plan, WhatLiesInMemoryIsSeenAndNotWritten) {
  const auto x = counting<double, 2>({40, 30});
  EXPECT_TRUE(plan::is_view(*x.node()));
  EXPECT_TRUE(plan::is_view(*lower(x(1, range(none, none, -1)))));
  EXPECT_TRUE(plan::is_view(*lower(mean(x, 0)(3))));
  EXPECT_FALSE(plan::is_view(*lower(x + 1)));
  EXPECT_FALSE(plan::is_view(*random<double, 2>({4, 4}, 1).node()));
  EXPECT_TRUE(plan_for(x(1)).stages.empty());
  EXPECT_EQ(plan_for(mean(x, 0)(range(1, 3))).stages.size(), 1U);
}

TEST(Plan, ReadsCountWhatIsStoredAndOnlyWhatIsAsked) {
  const auto x = array_of<double, 3>(packed_temperatures({40, 30, 50}, {4, 30, 50}));
  EXPECT_EQ(plan_for(x + 1).reads.at(0).bytes, 40 * 30 * 50 * 2U);
  EXPECT_EQ(plan_for(x(3)).reads.at(0).bytes, 30 * 50 * 2U);
  EXPECT_EQ(plan_for(x(0, 0, 0)).reads.at(0).bytes, 2U);
  EXPECT_EQ(plan_for(mean(x(all, 3, all))).reads.at(0).bytes, 40 * 50 * 2U);
  EXPECT_EQ(plan_for(mean(x * x), x(range(none, none, 4))).reads.at(0).bytes, (40 + 10) * 30 * 50 * 2U);
}

TEST(Plan, ReadsOfAPartThatSeveralPathsLeadToCountOnce) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  const Array<double, 2> y = x * 2 + x;
  EXPECT_EQ(plan_for(y * y - x).reads.at(0).bytes, 40 * 30 * 8U);
  plan::Passes off;
  for (const char* name : {"fuse_maps", "fuse_reductions"}) off.disable(name);
  EXPECT_EQ(plan::make_plan({{lower(y * y - x)}}, std::vector<OutputKind>(1), off, 2, plenty).reads.at(0).bytes,
            40 * 30 * 8U);
  EXPECT_EQ(plan_for(x(range(1, none)) - x(range(none, -1))).reads.at(0).bytes, 2 * 39 * 30 * 8U);
}

TEST(Plan, ReadsOfAJoinCountEachOfItsSources) {
  std::vector<Array<double, 2>> parts;
  for (const std::int64_t extent : {3, 5, 2}) parts.push_back(array_of<double, 2>(watched_noise({extent, 30}, {0, 0})));
  const plan::Plan plan = plan_for(sum(concatenate(parts, 0), 0));
  ASSERT_EQ(plan.reads.size(), 3U);
  EXPECT_EQ(plan.reads[1].bytes, 5 * 30 * 8U);
  const auto twice = concatenate(std::vector{parts[0], parts[0]}, 0);
  EXPECT_EQ(plan_for(sum(twice)).reads.at(0).bytes, 2 * 3 * 30 * 8U);
}

TEST(Plan, GeneratedNumbersAndMemoryAreNoReads) {
  EXPECT_TRUE(plan_for(sum(random<double, 2>({40, 30}, 1))).reads.empty());
  EXPECT_TRUE(plan_for(sum(counting<double, 2>({40, 30}))).reads.empty());
}

// ---------------------------------------------------------------- what is broadcast

TEST(PlanKept, WhatIsBroadcastIsReadOnceByAStageOfItsOwn) {
  const auto x = array_of<double, 3>(watched_noise({40, 30, 50}, {4, 30, 50}));
  const auto climatology = array_of<double, 2>(watched_noise({30, 50}, {30, 50}));
  const plan::Plan plan = plan_for(x - climatology, mean(x));
  ASSERT_EQ(plan.stages.size(), 2U);
  EXPECT_EQ(std::get<plan::Materialise>(plan.stages[0].work).array, climatology.node());
  EXPECT_TRUE(std::holds_alternative<plan::Shared>(plan.stages[1].work));
  ASSERT_EQ(plan.reads.size(), 2U);
  EXPECT_EQ(plan.reads[0].bytes, 30 * 50 * 8U);
  EXPECT_EQ(plan.reads[1].bytes, 40 * 30 * 50 * 8U) << "x is read once for both results";
  EXPECT_EQ(plan.memory.states - plan_for(x - 1, mean(x)).memory.states, 30 * 50 * 8U);
}

TEST(PlanKept, WhatLiesInMemoryOrHasTheDomainsShapeIsNot) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  EXPECT_TRUE(plan_for(x - counting<double, 1>({30}), x - mean(x, 0), x * x).materialised.empty());
  EXPECT_EQ(plan_for(x - random<double, 1>({30}, 1)).materialised.size(), 1U);
  EXPECT_EQ(plan_for(x - cast<double>(array_of<double, 1>(watched_noise({30}, {30}))) * 2).materialised.size(), 1U);
}

TEST(PlanKept, ABroadcastWithinABroadcastIsKeptFirst) {
  const auto x = array_of<double, 3>(watched_noise({40, 30, 50}, {4, 30, 50}));
  const auto row = array_of<double, 1>(watched_noise({50}, {50}));
  const Array<double, 2> field = array_of<double, 2>(watched_noise({30, 50}, {30, 50})) * row;
  const plan::Plan plan = plan_for(x - field, field + row);
  ASSERT_EQ(plan.materialised.size(), 2U);
  EXPECT_EQ(std::get<plan::Materialise>(plan.stages[0].work).array, row.node());
  EXPECT_EQ(std::get<plan::Materialise>(plan.stages[1].work).array->shape, field.shape());
  for (const plan::SourceRead& read : plan.reads)
    if (read.of == row.node()->as<SourceNode>()->source.get()) {
      EXPECT_EQ(read.bytes, 50 * 8U);
    }
}

TEST(PlanKept, AnOutputThatIsKeptAnywayIsNotComputedTwice) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  const Array<double, 1> row = array_of<double, 1>(watched_noise({30}, {30})) * 2;
  const plan::Plan plan = plan_for(x - row, row);
  EXPECT_EQ(plan.stages.size(), 2U);
  EXPECT_EQ(plan.reads.at(0).bytes, 30 * 8U);
}

TEST(PlanKept, MoreThanAnEighthOfTheMemoryIsStreamedAndCountedForEachSlab) {
  const auto x = array_of<double, 3>(watched_noise({64, 300, 400}, {4, 300, 400}));
  const auto climatology = array_of<double, 2>(watched_noise({300, 400}, {300, 400}));
  constexpr std::uint64_t bytes = 300 * 400 * 8;
  const Graph graph{{lower(x - climatology)}};
  EXPECT_EQ(plan_of(graph, 1, 8 * bytes, false).materialised.size(), 1U);
  const plan::Plan plan = plan_of(graph, 1, 8 * bytes - 1, false);
  EXPECT_TRUE(plan.materialised.empty());
  EXPECT_GT(plan.reads.at(1).bytes, 15 * bytes);
}

// ---------------------------------------------------------------- memory

template <class E>
void expect_shrinking(const E& expression, bool in_memory) {
  std::uint64_t limit = plan_of({{lower(expression)}}, 8, plenty, in_memory).memory.total();
  std::int64_t slab = plan_of({{lower(expression)}}, 8, plenty, in_memory).slab_elements;
  int threads = 8;
  bool smaller_slabs = false;
  bool fewer_threads = false;
  bool refused = false;
  for (; !refused; limit = limit * 4 / 5) {
    try {
      const plan::Plan plan = plan_of({{lower(expression)}}, 8, limit, in_memory);
      EXPECT_LE(plan.memory.total(), limit);
      EXPECT_LE(plan.slab_elements, slab);
      EXPECT_LE(plan.threads, threads);
      smaller_slabs = smaller_slabs || plan.slab_elements < slab;
      fewer_threads = fewer_threads || plan.threads < threads;
      slab = plan.slab_elements;
      threads = plan.threads;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::memory_limit);
      refused = true;
    }
  }
  EXPECT_TRUE(smaller_slabs);
  EXPECT_TRUE(fewer_threads);
}

TEST(PlanMemory, ALowerLimitMakesSmallerSlabsAndFewerThreadsUntilItIsRefused) {
  const auto x = array_of<double, 3>(watched_noise({400, 300, 500}, {4, 300, 500}));
  expect_shrinking((x - mean(x, 0)) / stddev(x, 0), false);
  expect_shrinking(x * 2, false);
  expect_shrinking(mean(x, axes(1, 2)), true);
}

TEST(PlanMemory, ARefusalTellsWhatNeedsHowMuch) {
  const auto x = array_of<double, 3>(watched_noise({400, 300, 500}, {4, 300, 500}));
  const Caught caught = error_of([&] { (void)plan_of({{lower(x * 2)}}, 2, 100'000'000); });
  EXPECT_EQ(caught.code, ErrorCode::memory_limit);
  EXPECT_TRUE(caught.says("results 480 MB") && caught.says("the limit is 100 MB") && caught.says("file"))
      << caught.message;
}

TEST(PlanMemory, AnOutputThatGoesToASinkNeedsNoMemoryOfItsOwn) {
  const auto x = array_of<double, 3>(watched_noise({400, 300, 500}, {4, 300, 500}));
  EXPECT_GE(plan_of({{lower(x * 2)}}).memory.results, 480'000'000U);
  EXPECT_EQ(plan_of({{lower(x * 2)}}, 2, plenty, false).memory.results, 0U);
}

TEST(PlanMemory, AnEncodedChunkThatMustBeReadAtOnceIsTheSmallestSlab) {
  const auto x = array_of<double, 3>(watched_noise({8, 1000, 1000}, {1, 1000, 1000}, {1, 1000, 1000}));
  const plan::Plan plan = plan_of({{lower(x * 2)}}, 1, plenty, false);
  EXPECT_GE(plan.slab_elements, 1'000'000);
  const Caught caught = error_of([&] { (void)plan_of({{lower(x * 2)}}, 1, 4'000'000, false); });
  EXPECT_EQ(caught.code, ErrorCode::memory_limit);
}

TEST(PlanMemory, ReductionsAlongDifferentAxesAreReadTwiceWhereOneReadNeedsTooMuch) {
  const auto x = array_of<double, 3>(watched_noise({64, 600, 700}, {64, 600, 700}));
  const auto graph = [&] { return Graph{{lower(mean(x, 0)), lower(mean(x, axes(1, 2)))}}; };
  const plan::Plan together = plan_of(graph(), 2);
  EXPECT_EQ(together.stages.size(), 1U);
  const plan::Plan apart = plan_of(graph(), 2, together.memory.total() / 2);
  EXPECT_EQ(apart.stages.size(), 2U);
  EXPECT_LE(apart.memory.total(), together.memory.total() / 2);
}

// ---------------------------------------------------------------- tiles

TEST(PlanTiles, StatesThatAreTooLargeForOneAChunkAreCutIntoTiles) {
  const auto x = array_of<double, 3>(watched_noise({64, 600, 700}, {4, 600, 700}));
  const plan::Plan plan = plan_for(mean(x, 0));
  ASSERT_NE(plan::tiles_of(plan.stages[0]), nullptr);
  EXPECT_LE(plan::tiles_of(plan.stages[0])->outputs, 600 * 700);
}

TEST(PlanTiles, FewOutputsAndStagesThatAlsoWriteAreCutAlongChunks) {
  const auto x = array_of<double, 3>(watched_noise({64, 600, 700}, {4, 600, 700}));
  EXPECT_FALSE(is_cut_into_tiles(plan_for(mean(x)).stages[0]));
  EXPECT_FALSE(is_cut_into_tiles(plan_for(mean(x, axes(1, 2))).stages[0]));
  EXPECT_FALSE(is_cut_into_tiles(plan_for(mean(x, 0), x + 1).stages[0]));
  EXPECT_FALSE(is_cut_into_tiles(plan_for(mean(x, 0), mean(x, 1)).stages[0]));
  EXPECT_TRUE(is_cut_into_tiles(plan_for(mean(x, 0), max(x * 2, 0)).stages[0]));
}

// ---------------------------------------------------------------- divisible stages

plan::Plan divisible_plan_of(const Graph& graph, int threads = 2, std::uint64_t limit = plenty,
                             const std::vector<plan::Tiling>& tilings = {}) {
  return plan::make_divisible_plan(plan::optimize(graph, {}), {}, threads, limit, tilings);
}

TEST(DivisiblePlan, SharesReadsAmongReductionsOverTheSameAxesOnly) {
  const auto x = array_of<double, 3>(watched_noise({64, 60, 70}, {4, 60, 70}));
  const Graph graph{{lower(mean(x, 0)), lower(max(x * 2, 0)), lower(mean(x, 1)), lower(x + 1), lower(x + 2)}};
  const plan::Plan plan = divisible_plan_of(graph);
  std::vector<std::size_t> reductions, writes;
  for (const plan::Stage& stage : plan.stages) {
    EXPECT_TRUE(plan::is_divisible(stage));
    reductions.push_back(plan::folds_of(stage).size());
    writes.push_back(plan::written_bodies(stage).size());
  }
  EXPECT_EQ(reductions, (std::vector<std::size_t>{2, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(writes, (std::vector<std::size_t>{0, 0, 1, 1, 1, 1, 1}));
  EXPECT_EQ(plan_of(graph).stages.size(), 1U);
}

TEST(DivisiblePlan, WritesEveryOutputEvenAView) {
  const auto x = counting<double, 2>({40, 30});
  const plan::Plan plan = divisible_plan_of({{lower(x(1)), x.node(), lower(mean(x, 0)(range(1, 3)))}});
  ASSERT_EQ(plan.stages.size(), 4U);
  EXPECT_EQ(plan.stages[3].folds_below, 1);
  EXPECT_EQ(std::get<plan::Write>(plan.stages[3].work).output, 2U);
}

TEST(DivisiblePlan, ThreadsAndMemoryDecideOnSlabsAndNotOnWorkItems) {
  const auto x = array_of<double, 3>(watched_noise({64, 600, 700}, {4, 600, 700}, {1, 50, 700}));
  const Graph graph{{lower((x - mean(x, 0)) / stddev(x, 0)), lower(mean(x, axes(1, 2)))}};
  const plan::Plan planner = divisible_plan_of(graph, 4);
  const std::vector<plan::Tiling> tilings = plan::tilings_of(planner);
  const std::uint64_t least = planner.memory.total() / 8;
  for (const auto& [threads, limit] : {std::pair(1, plenty), {64, plenty}, {2, 4 * least}, {16, 6 * least}}) {
    const plan::Plan worker = divisible_plan_of(graph, threads, limit, tilings);
    EXPECT_LE(worker.memory.total(), limit);
    EXPECT_EQ(plan::tilings_of(worker), tilings);
    ASSERT_EQ(worker.stages.size(), planner.stages.size());
    for (std::size_t s = 0; s < planner.stages.size(); ++s) {
      const executor::Partition mine(worker.stages[s]);
      const executor::Partition others(planner.stages[s]);
      EXPECT_EQ(mine.positions(), others.positions());
      ASSERT_EQ(mine.tiles(), others.tiles());
      for (std::int64_t tile = 0; tile < mine.tiles(); ++tile) EXPECT_EQ(mine.tile(tile), others.tile(tile));
    }
  }
  EXPECT_NE(plan::tilings_of(divisible_plan_of(graph, 64)), tilings) << "without them they would differ";
}

TEST(DivisiblePlan, TilingsOfAnotherGraphAreRefused) {
  const auto x = array_of<double, 3>(watched_noise({64, 600, 700}, {4, 600, 700}));
  const Graph graph{{lower(mean(x, 0))}};
  const auto refused = [&](const std::vector<plan::Tiling>& tilings) {
    return error_of([&] { (void)divisible_plan_of(graph, 2, plenty, tilings); }).code == ErrorCode::invalid_argument;
  };
  const Shape ones{1, 1, 1};
  const auto tiles = [](std::int64_t outputs, Shape block) {
    return plan::Tiling{plan::Tiles{outputs, std::move(block)}, plan::WorkItemOrder::by_tile};
  };
  const plan::Tiling none;
  EXPECT_FALSE(divisible_plan_of(graph, 2, plenty, {tiles(4096, ones), none}).stages.empty());
  EXPECT_TRUE(refused({tiles(4096, ones)}));
  EXPECT_TRUE(refused({tiles(-1, ones), none}));
  EXPECT_TRUE(refused({tiles(0, ones), none}));
  EXPECT_TRUE(refused({tiles(4096, {1, 1}), none}));
  EXPECT_TRUE(refused({tiles(4096, {1, 0, 1}), none}));
  EXPECT_TRUE(refused({tiles(4096, ones), tiles(4096, {1, 1})}));
  EXPECT_TRUE(refused({tiles(4096, ones), {std::nullopt, plan::WorkItemOrder::by_position}}));
}

}  // namespace
}  // namespace chunkwise_test
