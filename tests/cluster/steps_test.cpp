// The steps that coordinator and workers derive, each from the sources that it has.
#include "backends/cluster/steps.hpp"

#include <gtest/gtest.h>

#include "backends/cluster/planning.hpp"
#include "backends/cluster/source_spec.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/graph/serialize.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/executor/run_work_items.hpp"
#include "runtime/store/stored_source.hpp"

namespace chunkwise::cluster {
namespace {

constexpr StepKey kept{7, 3};

/// Time in 34 chunks, over a field whose states are cut into tiles.
ChunkGrid field_grid() { return ChunkGrid::regular(Shape{136, 200, 400}, Shape{4, 200, 400}); }

/// What a coordinator knows of the array that workers keep.
SourcePtr as_known(const ChunkGrid& grid) {
  SourceSpec source;
  source.facts.shape = Shape{136, 200, 400};
  source.facts.grid = grid;
  source.facts.read_block = Shape::filled(3, 1);
  source.facts.generated = true;
  source.array = kept;
  return std::make_shared<KnownSource>(source);
}

/// The same at a worker.
SourcePtr as_stored(const ChunkGrid& grid) {
  const auto admission = std::make_shared<executor::Admission>(std::uint64_t{1} << 30);
  return std::make_shared<store::StoredSource>(std::make_shared<store::ChunkStore>(admission),
                                               store::ArrayId{kept.run, kept.step}, DType::float64,
                                               Shape{136, 200, 400}, grid);
}

/// The mean over time.
Steps steps_of(const SourcePtr& source, const std::vector<plan::Tiling>& tilings = {}) {
  const NodePtr x = build::source(source);
  const NodePtr climate = build::fold(aggregate::Mean::code, x, 1, false, 0);
  return make_steps(Graph{{climate}}, {}, 2, std::uint64_t{1} << 30, tilings);
}

TEST(Steps, AreTheSameForACoordinatorAndAWorker) {
  const Steps mine = steps_of(as_known(field_grid()));
  const Steps others = steps_of(as_stored(field_grid()), plan::tilings_of(mine.plan));
  ASSERT_EQ(mine.steps.size(), 3U);
  ASSERT_EQ(others.steps.size(), 3U);
  EXPECT_EQ(mine.steps[0].reads, std::vector<StepKey>{kept});
  for (std::size_t i = 0; i < mine.steps.size(); ++i) {
    EXPECT_EQ(mine.steps[i].kind, others.steps[i].kind);
    EXPECT_EQ(mine.steps[i].needs, others.steps[i].needs);
    EXPECT_EQ(mine.steps[i].reads, others.steps[i].reads);
    ASSERT_EQ(mine.steps[i].items, others.steps[i].items);
  }
  const executor::Partition cut(mine.plan.stages[0]);
  const executor::Partition theirs(others.plan.stages[0]);
  ASSERT_GT(cut.tiles(), 1);
  for (std::int64_t item = 0; item < cut.work_items(); ++item)
    EXPECT_EQ(cut.tile_and_position(item), theirs.tile_and_position(item));
}

TEST(Steps, CountTileByTileWhereOneWorkerKeepsAll) {
  const NodePtr x = build::source(as_known(field_grid()));
  const Graph graph{{build::fold(aggregate::Mean::code, x, 1, false, 0)}};
  const Steps one = make_steps(graph, {}, 2, std::uint64_t{1} << 30, {}, Keepers::one);
  const executor::Partition cut(one.plan.stages[0]);
  EXPECT_EQ(cut.tile_and_position(1), std::pair(std::int64_t{0}, std::int64_t{1}));
  const Steps others = make_steps(graph, {}, 2, std::uint64_t{1} << 30, plan::tilings_of(one.plan), Keepers::several);
  EXPECT_EQ(executor::Partition(others.plan.stages[0]).tile_and_position(1), cut.tile_and_position(1));
}

TEST(Steps, FollowTheChunksThatTheirWorkItemsReadFirst) {
  const Steps steps = steps_of(as_known(field_grid()));
  const executor::Partition cut(steps.plan.stages[0]);
  ASSERT_EQ(cut.positions(), 3) << "merge groups of 16 chunks, 16 and 2";
  const RunSpec spec = spec_of(steps, {false}, 1, 1);
  EXPECT_EQ(spec.steps[0].follows, kept);
  ASSERT_EQ(spec.steps[0].follow.size(), 3U) << "work items that read the same chunk are neighbours";
  for (std::int64_t position = 0; position < 3; ++position) {
    const StepSpec::Follow& follow = spec.steps[0].follow[static_cast<std::size_t>(position)];
    EXPECT_EQ(follow.items, (Items{position * cut.tiles(), (position + 1) * cut.tiles()}));
    EXPECT_EQ(follow.item, 16 * position);
    EXPECT_EQ(follow.stride, 0);
  }
}

TEST(Steps, TellWhetherWorkItemsAreCountedByPosition) {
  EXPECT_TRUE(spec_of(steps_of(as_known(field_grid())), {false}, 1, 1).steps[0].by_position);
  const NodePtr x = build::source(as_known(field_grid()));
  const Graph graph{{build::fold(aggregate::Mean::code, x, 1, false, 0)}};
  const Steps one = make_steps(graph, {}, 2, std::uint64_t{1} << 30, {}, Keepers::one);
  EXPECT_FALSE(spec_of(one, {false}, 1, 1).steps[0].by_position);
}

TEST(Steps, DescribeARunInPrintableCharacters) {
  SourceSpec source;
  source.facts.shape = Shape{4};
  source.facts.grid = ChunkGrid::regular(Shape{4}, Shape{2});
  source.facts.read_block = Shape{1};
  source.facts.name = "sst\x1b[31m\nof a client";
  source.description.kind = upload_kind;
  const NodePtr x = build::source(std::make_shared<KnownSource>(source));
  EXPECT_EQ(upload_spec(Graph{{x}}, 1, 1).describe, "sst\\x1b[31m\\x0aof a client");
  const std::string described = spec_of(make_steps(Graph{{x}}, {}, 1, std::uint64_t{1} << 30), {false}, 1, 1).describe;
  EXPECT_NE(described.find("sst\\x1b[31m\\x0aof a client"), std::string::npos) << described;
}

TEST(Planning, LeavesRoomForChunksBesideWhatIsKept) {
  constexpr std::int64_t chunk = std::int64_t{8} << 17;
  const NodePtr x = build::source(random_source({64, 1 << 17}, DType::float64, 1, {1, 1 << 17}));
  const std::vector<std::byte> graph = to_bytes(Graph{{x}}, [](const Source& source) {
    return to_bytes(SourceSpec{facts_of(source), source.description(), {}});
  });
  const auto submission = [&] {
    Submission whole;
    whole.graph = graph;
    whole.persisted = {false};
    return whole;
  };
  Capacity workers{1, std::uint64_t{1} << 30};
  Submission roomy = submission();
  const std::int64_t work = planned_with_room(roomy, workers).second.worker_memory;
  EXPECT_EQ(roomy.memory_limit, 0);
  ASSERT_GT(work, chunk);

  workers.least_left = workers.most_left = static_cast<std::uint64_t>(work + chunk);
  Submission beside_kept = submission();
  EXPECT_LE(planned_with_room(beside_kept, workers).second.worker_memory, work - chunk);
  EXPECT_EQ(beside_kept.memory_limit, work - chunk);

  // One worker that has nothing left does not make all others work in small pieces.
  workers.least_left = 0;
  workers.most_left = static_cast<std::uint64_t>(work + 2 * chunk);
  Submission beside_a_full_one = submission();
  EXPECT_EQ(planned_with_room(beside_a_full_one, workers).second.worker_memory, work);
  EXPECT_EQ(beside_a_full_one.memory_limit, 0);
}

}  // namespace
}  // namespace chunkwise::cluster
