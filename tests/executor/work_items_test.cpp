#include <cstring>
#include <ctime>
#include <random>
#include <set>

#include "chunkwise/backend.hpp"
#include "runtime/executor/run_plan.hpp"
#include "runtime/executor/run_work_items.hpp"
#include "runtime/executor/stage_results.hpp"
#include "runtime/executor/states_bytes.hpp"
#include "runtime/optimize/passes.hpp"
#include "runtime/plan/plan.hpp"
#include "tests/caught.hpp"
#include "tests/executor/sources.hpp"
#include "tests/plan/plenty.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using executor::Partition;
using executor::TileParts;

plan::Plan pure(const Graph& graph, int threads = 2, std::uint64_t limit = plenty,
                const std::vector<plan::Tiling>& tilings = {}) {
  return plan::make_divisible_plan(plan::optimize(graph, {}), {}, threads, limit, tilings);
}

/// Returns the results of a run of the whole graph, as bytes.
std::vector<std::vector<std::byte>> locally(const Graph& graph) {
  const std::vector<Target> targets(graph.outputs.size());
  std::vector<std::vector<std::byte>> results;
  for (const UntypedNdArray& array : connect("local:2")->run(graph, targets, {})) {
    const auto size = static_cast<std::size_t>(array.shape.elements()) * size_of(array.dtype);
    std::vector<std::byte> bytes(size);
    EXPECT_EQ(array.strides, row_major_strides(array.shape));
    if (size > 0) std::memcpy(bytes.data(), array.data, size);
    results.push_back(std::move(bytes));
  }
  return results;
}

/// What workers do: each has a plan of its own and ranges of work items of each stage; states and finished tiles travel
/// as bytes; every worker holds the finished values of all.
class Workers {
 public:
  Workers(const Graph& graph, int count, std::uint32_t seed, bool by_position) : random_(seed) {
    const std::vector<plan::Tiling> tilings = plan::tilings_of(pure(graph, 8));
    for (int w = 0; w < count; ++w) plans_.push_back(pure(graph, 1 + w, plenty, tilings));
    for (plan::Plan& plan : plans_)
      for (plan::Stage& stage : plan.stages)
        if (auto* const fold = std::get_if<plan::Fold>(&stage.work); fold && by_position)
          fold->tiling.order = plan::WorkItemOrder::by_position;
    finished_.resize(plans_.size());
    for (const NodePtr& output : plans_[0].graph.outputs)
      outputs_.emplace_back(static_cast<std::size_t>(output->shape.elements()) * size_of(output->dtype));
  }

  std::vector<std::vector<std::byte>> run() {
    for (std::size_t s = 0; s < plans_[0].stages.size(); ++s)
      plan::folds_of(plans_[0].stages[s]).empty() ? write(s) : reduce(s);
    return outputs_;
  }

 private:
  std::size_t any() { return random_() % plans_.size(); }
  Partition cut(std::size_t worker, std::size_t stage) { return executor::Partition(plans_[worker].stages[stage]); }
  executor::RunContext& context(std::size_t worker) {
    contexts_.push_back(std::make_unique<executor::RunContext>());
    contexts_.back()->plan = &plans_[worker];
    contexts_.back()->finished = finished_[worker];
    return *contexts_.back();
  }
  /// Ranges of all work items in any order: short ones, and of many work items long ones among them.
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges(std::int64_t work_items) {
    std::vector<std::pair<std::int64_t, std::int64_t>> result;
    for (std::int64_t first = 0; first < work_items;) {
      const std::uint32_t most = work_items > 1000 && random_() % 20 == 0 ? 3000 : 40;
      const std::int64_t last = std::min(work_items, first + 1 + static_cast<std::int64_t>(random_() % most));
      result.emplace_back(first, last);
      first = last;
    }
    std::shuffle(result.begin(), result.end(), random_);
    return result;
  }

  void reduce(std::size_t stage) {
    const Partition whole = cut(0, stage);
    for (std::size_t w = 1; w < plans_.size(); ++w) EXPECT_EQ(cut(w, stage).work_items(), whole.work_items());
    // What each tile's holders have: parts as bytes.
    std::vector<std::vector<SharedBytes>> held(static_cast<std::size_t>(whole.tiles()));
    std::uint64_t elements = 0;
    for (const auto& [first, last] : ranges(whole.work_items())) {
      const std::size_t w = any();
      executor::RunContext& run = context(w);
      std::set<std::int64_t> tiles;
      for (std::int64_t work_item = first; work_item < last; ++work_item)
        tiles.insert(whole.tile_and_position(work_item).first);
      for (std::int64_t tile = 0; tile < whole.tiles(); ++tile)
        EXPECT_EQ(whole.touches(first, last, tile), tiles.contains(tile));
      std::size_t touched = 0;
      for (const TileParts& parts : executor::fold_work_items(cut(w, stage), first, last, run)) {
        EXPECT_TRUE(tiles.contains(parts.tile));
        ++touched;
        held[static_cast<std::size_t>(parts.tile)].push_back(executor::to_bytes(parts));
      }
      EXPECT_EQ(touched, tiles.size());
      EXPECT_EQ(run.elements_done, static_cast<std::uint64_t>(whole.elements(first, last)));
      elements += run.elements_done;
    }
    EXPECT_EQ(elements, static_cast<std::uint64_t>(whole.stage().domain.elements()));
    std::vector<std::unique_ptr<executor::StageResults>> finished;
    for (std::size_t w = 0; w < plans_.size(); ++w)
      finished.push_back(std::make_unique<executor::StageResults>(cut(w, stage)));
    for (std::int64_t tile = 0; tile < whole.tiles(); ++tile) {
      auto& some = held[static_cast<std::size_t>(tile)];
      std::shuffle(some.begin(), some.end(), random_);
      const std::size_t w = any();
      std::vector<TileParts> parts;
      for (const auto& bytes : some) {
        parts.push_back(executor::parts_from_bytes(cut(w, stage), tile, bytes));
        if (random_() % 4 == 0) parts = {executor::merge_parts(cut(w, stage), std::exchange(parts, {}))};
      }
      finished[w]->combine(tile, std::move(parts));
      for (std::size_t other = 0; other < plans_.size(); ++other)
        finished[other]->put(tile, finished[w]->bytes(tile).bytes);
    }
    for (std::size_t w = 0; w < plans_.size(); ++w) {
      EXPECT_TRUE(finished[w]->complete());
      finished[w]->publish(finished_[w]);
    }
  }

  void write(std::size_t stage) {
    const Partition whole = cut(0, stage);
    const std::size_t output = std::get<plan::Write>(plans_[0].stages[stage].work).output;
    const DType dtype = plans_[0].graph.outputs[output]->dtype;
    for (const auto& [first, last] : ranges(whole.work_items())) {
      const std::size_t w = any();
      std::vector<Buffer> chunks(static_cast<std::size_t>(last - first));
      for (std::int64_t work_item = first; work_item < last; ++work_item)
        chunks[static_cast<std::size_t>(work_item - first)] =
            allocate_buffer(static_cast<std::size_t>(whole.tile(work_item).elements()) * size_of(dtype));
      executor::Destination to;
      const std::int64_t begin = first;
      to.chunk_memory = [&, begin](std::int64_t chunk) {
        return chunks[static_cast<std::size_t>(chunk - begin)].get();
      };
      executor::write_work_items(cut(w, stage), first, last, to, context(w));
      for (std::int64_t work_item = first; work_item < last; ++work_item)
        place(whole.tile(work_item), chunks[static_cast<std::size_t>(work_item - first)].get(), output);
    }
  }
  void place(const Region& box, const std::byte* from, std::size_t output) {
    const Node& node = *plans_[0].graph.outputs[output];
    const auto strides = row_major_strides(node.shape);
    const std::size_t size = size_of(node.dtype);
    const auto descend = [&](const auto& self, int axis, std::int64_t offset) -> void {
      if (axis == box.rank()) {
        std::memcpy(outputs_[output].data() + static_cast<std::size_t>(offset) * size, from, size);
        from += size;
        return;
      }
      for (std::int64_t i = 0; i < box[axis].count; ++i)
        self(self, axis + 1, offset + (box[axis].start + i) * strides[axis]);
    };
    descend(descend, 0, 0);
  }

  std::mt19937 random_;
  std::vector<plan::Plan> plans_;
  std::vector<graph::Materialised> finished_;
  std::vector<std::unique_ptr<executor::RunContext>> contexts_;
  std::vector<std::vector<std::byte>> outputs_;
};

template <Expression... E>
void same_everywhere(const E&... expressions) {
  const Graph graph{{lower(expressions)...}};
  const auto expected = locally(graph);
  for (const bool by_position : {false, true})
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
      const auto results = Workers(graph, static_cast<int>(seed), seed, by_position).run();
      for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ(results[i], expected[i]) << "output " << i << (by_position ? ", counted by position" : "");
    }
}

TEST(WorkItems, RangesOnWorkersGiveTheBitsOfALocalRun) {
  const auto x = array_of<double, 3>(watched_noise({70, 30, 50}, {2, 13, 50}));
  same_everywhere((x - mean(x, 0)) / stddev(x, 0));
  same_everywhere(mean(x), stddev(x, 1), max(x, axes(0, 2)), x * 2 + 1, sum(x, 2)(range(3, 9)));
  same_everywhere(var(x(range(none, none, -1), 3, all), 0), nanmean(x * x, axes(1, 2)));
}

TEST(WorkItems, RangesOfTinyChunksAreReducedByNodesMergeGroupsAndChunks) {
  const auto x = array_of<double, 1>(watched_noise({80'010}, {8}));
  const plan::Plan plan = pure({{lower(mean(x))}});
  const Partition cut(plan.stages[0]);
  EXPECT_TRUE(cut.has_tiny_merge_groups());
  EXPECT_GT(cut.item_height(), 3);
  EXPECT_LT(cut.item_height(), 8);
  same_everywhere(mean(x), stddev(x), nanmax(x));
  const auto y = array_of<double, 2>(watched_noise({3'001, 6}, {1, 3}));
  same_everywhere(var(y, 0), sum(y, 1), min(y));
}

/// Labels in long stretches, or alternating; some indices are in no group.
std::vector<int> labels_of(int extent, int groups, bool alternate) {
  std::vector<int> labels;
  for (int i = 0; i < extent; ++i) labels.push_back(i % 11 == 5 ? -1 : alternate ? i % groups : i * groups / extent);
  return labels;
}

TEST(WorkItems, RangesOfReductionsByGroupsGiveTheBitsOfALocalRun) {
  const auto x = array_of<double, 3>(watched_noise({70, 30, 50}, {2, 13, 50}));
  const auto along_first = by(0, labels_of(70, 6, false), 7);
  same_everywhere(mean(x, along_first), stddev(x, along_first), sum(x, by(0, labels_of(70, 6, true)), axes(1, 2)));
  same_everywhere(argmax(x, by(1, labels_of(30, 4, true)), 0), var(x, by(2, labels_of(50, 4, true)), axes(0, 1)));
  same_everywhere(x - mean(mean(x, along_first)(range(0, 6)), 0));
  const auto tiny = array_of<double, 2>(watched_noise({3'001, 6}, {1, 3}));
  same_everywhere(var(tiny, by(0, labels_of(3'001, 5, true))), nanmean(tiny, by(0, labels_of(3'001, 40, false))));
  const auto wide = array_of<float, 3>(
      watched<float>({100, 90, 200}, {3, 90, 200}, [](std::int64_t i) { return static_cast<float>(noise(i)); }));
  const plan::Plan plan = pure({{lower(mean(wide, by(0, labels_of(100, 6, true))))}});
  EXPECT_TRUE(Partition(plan.stages[0]).by_merge_groups());
  same_everywhere(mean(wide, by(0, labels_of(100, 6, true))), stddev(wide, by(0, labels_of(100, 30, false))));
}

TEST(WorkItems, TinyChunksAreItemsTogetherWhileThereAreMergeGroupsForThem) {
  const auto height = [](std::int64_t extent, std::int64_t chunk) {
    return Partition(pure({{lower(sum(array_of<double, 1>(watched_noise({extent}, {chunk}))))}}).stages[0])
        .item_height();
  };
  EXPECT_EQ(height(16, 1), 0);
  EXPECT_EQ(height(17, 1), 1);
  EXPECT_EQ(height(33, 1), 2);
  EXPECT_EQ(height(1'000'000, 1), height(1'000'000, 8));
  EXPECT_EQ(height(1'000'000, 300), 0);
}

TEST(WorkItems, TilesOfOutputsAreCutAlikeForAnyThreads) {
  const auto x = array_of<float, 3>(
      watched<float>({100, 90, 200}, {3, 90, 200}, [](std::int64_t i) { return static_cast<float>(noise(i)); }));
  const Graph graph{{lower(stddev(x, 0)), lower(mean(x + 1, 0))}};
  const plan::Plan plan = pure(graph);
  ASSERT_EQ(plan.stages.size(), 3U);
  const Partition cut(plan.stages[0]);
  EXPECT_TRUE(cut.by_merge_groups());
  EXPECT_GT(cut.tiles(), 1);
  EXPECT_EQ(cut.positions(), 3);
  same_everywhere(stddev(x, 0), mean(x + 1, 0));
}

/// Ranges of work items are neighbours along the reduced axis, which is what an array kept chunk by chunk wants.
TEST(WorkItems, AreCountedPositionByPositionWhereAStageSaysSo) {
  const auto x = array_of<float, 3>(
      watched<float>({100, 90, 200}, {3, 90, 200}, [](std::int64_t i) { return static_cast<float>(noise(i)); }));
  plan::Plan plan = pure({{lower(stddev(x, 0))}});
  std::get<plan::Fold>(plan.stages[0].work).tiling.order = plan::WorkItemOrder::by_position;
  const Partition cut(plan.stages[0]);
  ASSERT_GT(cut.tiles(), 1);
  EXPECT_EQ(cut.tile_and_position(0), std::pair(std::int64_t{0}, std::int64_t{0}));
  EXPECT_EQ(cut.tile_and_position(1), std::pair(std::int64_t{1}, std::int64_t{0}));
  EXPECT_EQ(cut.tile_and_position(cut.tiles()), std::pair(std::int64_t{0}, std::int64_t{1}));
  EXPECT_EQ(cut.elements(0, cut.tiles()), 48 * 90 * 200) << "a merge group of 16 chunks of 3";
  EXPECT_TRUE(cut.touches(cut.tiles() - 1, cut.tiles() + 1, 0));
  EXPECT_FALSE(cut.touches(1, cut.tiles(), 0));
}

TEST(WorkItems, EmptyAndSingleArraysHaveThemToo) {
  const auto none_of = random<double, 2>({0, 5}, 1, {4, 2});
  same_everywhere(sum(none_of, 0), none_of + 1, sum(none_of), mean(none_of, 1));
  const auto one = array_of<double, 3>(watched_noise({3, 2, 2}, {1, 1, 2}));
  same_everywhere(one(0, 0, 0), sum(one), sum(one(0, 0, 0) + 1));
}

TEST(WorkItems, ARangeThatIsNotThereIsRefused) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  const plan::Plan plan = pure({{lower(sum(x)), lower(x + 1)}});
  executor::RunContext context;
  context.plan = &plan;
  const Partition sums(plan.stages[0]);
  EXPECT_EQ(sums.work_items(), 10);
  EXPECT_EQ(error_of([&] { (void)executor::fold_work_items(sums, 0, 11, context); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)executor::fold_work_items(sums, -1, 2, context); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)executor::fold_work_items(sums, 3, 2, context); }).code, ErrorCode::out_of_range);
  EXPECT_TRUE(executor::fold_work_items(sums, 3, 3, context).empty());
}

TEST(WorkItems, ATileIsFinishedFromAllOfItsPartsOrNotAtAll) {
  const auto x = array_of<double, 2>(watched_noise({400, 30}, {4, 10}));
  const plan::Plan plan = pure({{lower(sum(x, 0))}});
  executor::RunContext context;
  context.plan = &plan;
  const Partition cut(plan.stages[0]);
  ASSERT_EQ(cut.tiles(), 3);
  ASSERT_EQ(cut.positions(), 100);
  executor::StageResults finished(cut);
  const auto parts = [&](std::int64_t first, std::int64_t last) {
    return executor::fold_work_items(cut, first, last, context);
  };
  EXPECT_EQ(error_of([&] { finished.combine(0, parts(0, 99)); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { finished.combine(1, parts(0, 100)); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { finished.combine(0, {}); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { finished.combine(3, {}); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)finished.bytes(0); }).code, ErrorCode::not_found);
  EXPECT_EQ(error_of([&] { finished.put(0, std::vector<std::byte>(79)); }).code, ErrorCode::invalid_argument);
  EXPECT_FALSE(finished.has(0));
  finished.combine(0, parts(0, 100));
  EXPECT_TRUE(finished.has(0));
  EXPECT_EQ(finished.bytes(0).bytes.size(), 80U);
  EXPECT_FALSE(finished.complete());
}

// ---------------------------------------------------------------- bytes

std::vector<std::byte> bytes_of(const TileParts& parts) {
  const SharedBytes bytes = executor::to_bytes(parts);
  return {bytes.bytes.begin(), bytes.bytes.end()};
}

TileParts parts_from(const Partition& partition, std::int64_t tile, std::span<const std::byte> bytes) {
  return executor::parts_from_bytes(partition, tile, {bytes, nullptr});
}

TEST(StatesBytes, AreReadInPlaceAndStayAsTheyAre) {
  const auto x = array_of<double, 2>(watched_noise({400, 3}, {4, 3}));
  const plan::Plan plan = pure({{lower(stddev(x, 0))}});
  executor::RunContext context;
  context.plan = &plan;
  const Partition cut(plan.stages[0]);
  const std::vector<TileParts> left = executor::fold_work_items(cut, 0, 21, context);
  const std::vector<TileParts> right = executor::fold_work_items(cut, 21, 100, context);
  const std::vector<std::byte> before = bytes_of(left[0]);
  const SharedBytes bytes = executor::to_bytes(left[0]);
  const TileParts read = executor::parts_from_bytes(cut, 0, bytes);
  const std::byte* const state = read.tasks[0][0].states[0].memory.get();
  EXPECT_GE(state, bytes.bytes.data());
  EXPECT_LT(state, bytes.bytes.data() + bytes.bytes.size());
  // Merging changes neither the bytes, nor the parts that it is given, if somebody else has them too.
  const TileParts merged = executor::merge_parts(cut, {read, right[0]});
  EXPECT_TRUE(executor::is_whole(cut, merged));
  EXPECT_TRUE(std::ranges::equal(bytes.bytes, before));
  EXPECT_EQ(bytes_of(left[0]), before);
  EXPECT_EQ(bytes_of(executor::merge_parts(cut, {left[0], right[0]})), bytes_of(merged));
}

TEST(StatesBytes, WhatIsCutOffOrChangedIsRefusedOrHarmless) {
  const auto x = array_of<double, 2>(watched_noise({400, 3}, {4, 3}));
  const plan::Plan plan = pure({{lower(stddev(x, 0)), lower(nanmax(x, 0)), lower(sum(x * 2, 0))}});
  executor::RunContext context;
  context.plan = &plan;
  const Partition cut(plan.stages[0]);
  ASSERT_EQ(plan::folds_of(plan.stages[0]).size(), 2U);
  const auto parts = executor::fold_work_items(cut, 21, 61, context);
  ASSERT_EQ(parts.size(), 1U);
  const std::vector<std::byte> bytes = bytes_of(parts[0]);
  EXPECT_EQ(bytes_of(parts_from(cut, 0, bytes)), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(error_of([&] { (void)parts_from(cut, 0, std::span(bytes).first(size)); }).code,
              ErrorCode::invalid_argument);
  std::vector<std::byte> longer = bytes;
  longer.emplace_back();
  EXPECT_EQ(error_of([&] { (void)parts_from(cut, 0, longer); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)parts_from(cut, 1, bytes); }).code, ErrorCode::invalid_argument);

  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> broken = bytes;
    for (auto flips = 1 + random() % 3; flips > 0; --flips)
      broken[random() % broken.size()] ^= static_cast<std::byte>(1U << random() % 8);
    try {
      // What is taken for good has its place in the tree.
      (void)executor::merge_parts(cut, {parts_from(cut, 0, broken)});
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::invalid_argument);
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(StatesBytes, NumbersThatDoNotFitThePartAreRefused) {
  const auto x = array_of<double, 2>(watched_noise({400, 3}, {4, 3}));
  const plan::Plan plan = pure({{lower(stddev(x, 0))}});
  executor::RunContext context;
  context.plan = &plan;
  const Partition cut(plan.stages[0]);
  const auto refused = [&](const auto& change) {
    TileParts parts = executor::fold_work_items(cut, 3, 5, context).at(0);
    change(parts.tasks.at(0).at(0));
    return error_of([&] { (void)executor::parts_from_bytes(cut, 0, executor::to_bytes(parts)); }).code ==
           ErrorCode::invalid_argument;
  };
  EXPECT_TRUE(refused([](executor::Part& part) { ++part.states[0].count; }));
  EXPECT_TRUE(refused([](executor::Part& part) { part.states[0].kind = aggregate::SumState::code; }));
  EXPECT_TRUE(refused([](executor::Part& part) { part.states[0].element = DType::float32; }));
  EXPECT_TRUE(refused([](executor::Part& part) { part.states[0].outputs = 2; }));
  EXPECT_TRUE(refused([](executor::Part& part) { part.states.clear(); }));
  EXPECT_TRUE(refused([](executor::Part& part) { part.index = 100; }));
}

TEST(StatesBytes, OfGroupsHaveTheElementsThatTheirLabelsSay) {
  const auto x = array_of<double, 2>(watched_noise({400, 3}, {4, 3}));
  std::vector<int> labels;
  for (int i = 0; i < 400; ++i) labels.push_back(i % 7 == 3 ? -1 : i / 10 % 5);
  const plan::Plan plan = pure({{lower(stddev(x, by(0, labels, 6))), lower(nanmax(x, by(0, labels, 5)))}});
  ASSERT_EQ(plan.stages.size(), 4U);  // other groups, other stages; and two that write
  executor::RunContext context;
  context.plan = &plan;
  const Partition cut(plan.stages[0]);
  const auto parts = executor::fold_work_items(cut, 21, 61, context);
  ASSERT_EQ(parts.size(), 1U);
  const std::vector<std::byte> bytes = bytes_of(parts[0]);
  EXPECT_EQ(bytes_of(parts_from(cut, 0, bytes)), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(error_of([&] { (void)parts_from(cut, 0, std::span(bytes).first(size)); }).code,
              ErrorCode::invalid_argument);
  const auto refused = [&](const auto& change) {
    TileParts some = executor::fold_work_items(cut, 3, 5, context).at(0);
    change(some.tasks.at(0).at(0).states);
    return error_of([&] { (void)executor::parts_from_bytes(cut, 0, executor::to_bytes(some)); }).code ==
           ErrorCode::invalid_argument;
  };
  const auto absent = [](reduce::State& state) { state = reduce::absent(state.kind, state.element, 3); };
  EXPECT_TRUE(refused([](executor::States& states) { ++states.at(1).count; }));
  EXPECT_TRUE(refused([&](executor::States& states) { absent(states.at(1)); }));
  EXPECT_TRUE(refused([](executor::States& states) { std::swap(states.at(0), states.at(1)); }));
  EXPECT_TRUE(refused([](executor::States& states) { states.pop_back(); }));
}

TEST(StatesBytes, AnotherStagesAreRefused) {
  const auto x = array_of<double, 2>(watched_noise({400, 3}, {4, 3}));
  const auto parts_of = [](const plan::Plan& plan) {
    executor::RunContext context;
    context.plan = &plan;
    return bytes_of(executor::fold_work_items(Partition(plan.stages[0]), 0, 5, context).at(0));
  };
  const plan::Plan sums = pure({{lower(sum(x, 0))}});
  const std::vector<std::byte> bytes = parts_of(sums);
  const auto refused = [&](const Graph& graph) {
    const plan::Plan plan = pure(graph);
    EXPECT_EQ(error_of([&] { (void)parts_from(Partition(plan.stages[0]), 0, bytes); }).code,
              ErrorCode::invalid_argument);
  };
  refused({{lower(max(x, 0))}});
  refused({{lower(sum(x(all, 1), 0))}});
  refused({{lower(sum(cast<float>(x), 0))}});
  refused({{lower(sum(x, 0)), lower(sum(x * 2, 0))}});
  refused({{lower(x + 1)}});
}

// ---------------------------------------------------------------- cost

TEST(WorkItems, TinyOnesCostLittle) {
  const std::int64_t n = 100'000;
  const auto x = random<double, 1>({n}, 1, {1});
  const plan::Plan plan = pure({{lower(sum(x)), lower(x + 1)}}, 1);
  executor::RunContext context;
  context.plan = &plan;
  std::vector<double> out(static_cast<std::size_t>(n));
  executor::Destination to;
  to.chunk_memory = [&](std::int64_t chunk) {
    return reinterpret_cast<std::byte*>(&out[static_cast<std::size_t>(chunk)]);
  };
  const auto nanoseconds = [&](auto&& f) {
    const std::clock_t start = std::clock();  // of the processor: others may have it for a while
    f();
    return static_cast<double>(std::clock() - start) * 1e9 / CLOCKS_PER_SEC / static_cast<double>(n);
  };
  const double reduce = nanoseconds([&] { (void)executor::fold_work_items(Partition(plan.stages[0]), 0, n, context); });
  const double write = nanoseconds([&] { executor::write_work_items(Partition(plan.stages[1]), 0, n, to, context); });
  RecordProperty("reduce_ns", std::to_string(reduce));
  RecordProperty("write_ns", std::to_string(write));
  // Far above what it takes on any machine, so that a busy one does not matter: nothing may grow with the number.
  EXPECT_LT(reduce, 20000);
  EXPECT_LT(write, 20000);
  EXPECT_GE(out.back(), 1);
}

}  // namespace
}  // namespace chunkwise_test
