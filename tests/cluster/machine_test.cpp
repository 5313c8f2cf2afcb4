// What the coordinator's machine decides, a short story a test. The file is long because the machine is one table of
// transitions, and each of them has its story here; those of memory that runs short are in machine_shortage_test.cpp.
#include "backends/cluster/machine/machine.hpp"

#include <map>
#include <set>

#include "tests/cluster/stories.hpp"

namespace chunkwise_test {
namespace {

using chunkwise::ErrorCode;
using State = RunView::State;

// ---------------------------------------------------------------- shares and ranges

TEST(Machine, WithoutWorkersARunWaitsForThem) {
  Story story;
  story.submit(1, {write_step(10)});
  EXPECT_EQ(story.state(1), State::waiting_for_workers);
  EXPECT_TRUE(story.all<Assign>().empty());
  story.join(1);
  EXPECT_EQ(story.state(1), State::running);
  EXPECT_FALSE(story.all<Assign>().empty());
}

TEST(Machine, SharesAreContiguousAndWeighTheThreads) {
  Story story;
  story.join(1, 1);
  story.join(2, 3);
  story.submit(1, {write_step(400)});
  EXPECT_EQ(story.of_worker(1)[0].items.first, 0);
  EXPECT_EQ(story.of_worker(1)[0].items.count(), 25);
  EXPECT_EQ(story.of_worker(2)[0].items.first, 100);
  EXPECT_NEAR(static_cast<double>(story.of_worker(2)[0].items.count()), 75, 5);
}

TEST(Machine, SharesBeginAtMultiplesOfTheAlignment) {
  Story story;
  story.join({1, 2, 3});
  StepSpec step = write_step(100);
  step.align = 8;
  story.submit(1, {step});
  EXPECT_EQ(story.of_worker(1)[0].items, (Items{0, 8}));
  EXPECT_EQ(story.of_worker(2)[0].items.first, 32);
  EXPECT_EQ(story.of_worker(3)[0].items.first, 64);
}

TEST(Machine, AKeptArrayLiesInWholeMergeGroupsIfAWorkerGetsHalfAOne) {
  Story story;
  story.join({1, 2, 3, 4});
  StepSpec step = persist_step(34);
  step.align = 16;
  story.submit(1, {step});
  std::map<WorkerId, std::int64_t> chunks;
  while (!story.in_hand.empty()) {
    const Assign next = story.in_hand.front();
    chunks[next.worker] += next.items.count();
    story.done(next);
  }
  EXPECT_EQ(chunks, (std::map<WorkerId, std::int64_t>{{1, 16}, {3, 18}}));
}

TEST(Machine, FewWorkItemsArePutToFewWorkersInPiecesNoSmallerThanTheGrain) {
  Story story;
  story.join({1, 2, 3, 4});
  StepSpec step = write_step(9);
  step.grain = 4;
  story.submit(1, {step});
  ASSERT_EQ(story.in_hand.size(), 2U);
  EXPECT_EQ(story.in_hand[0].items, (Items{0, 4}));
  EXPECT_EQ(story.in_hand[1].items, (Items{4, 9}));
}

TEST(Machine, AWorkerHasTwoRangesAndPiecesBecomeSmaller) {
  Story story;
  story.join(1);
  StepSpec step = persist_step(1000);
  step.grain = 10;
  story.submit(1, {step});
  EXPECT_EQ(story.in_hand.size(), 2U);
  std::int64_t last = 1000;
  std::int64_t next = 0;
  while (!story.in_hand.empty()) {
    const Assign range = story.in_hand.front();
    EXPECT_LE(range.items.count(), std::max<std::int64_t>(last, 20));
    EXPECT_GE(range.items.count(), 10);
    EXPECT_EQ(range.items.first, next);
    next = range.items.last;
    last = range.items.count();
    EXPECT_LE(story.in_hand.size(), 2U);
    story.done(range);
  }
  EXPECT_EQ(next, 1000);
  EXPECT_EQ(story.state(1), State::finished);
}

TEST(Machine, AnIdleWorkerTakesFromTheEndOfTheLargestShare) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(100)});
  // Only worker 2 works.
  std::vector<Assign> stolen;
  while (!story.of_worker(2).empty()) {
    story.done(story.of_worker(2).front());
    for (const Assign& a : story.all<Assign>())
      if (a.items.last <= 50) stolen.push_back(a);
  }
  ASSERT_FALSE(stolen.empty());
  EXPECT_EQ(stolen.front().items.last, 50);
  EXPECT_EQ(story.in_hand.size(), 2U);  // worker 1 keeps what it has in hand
  story.work();
  EXPECT_EQ(story.state(1), State::finished);
}

TEST(Machine, ChunksAreMovedOnlyWhereThatTakesLessThanTheirHolderWould) {
  // Work items of a step that reads 64 kept chunks of 100 MB, taken by worker 2 from worker 1, which does not get on;
  // worker 2 needs so many seconds for each of its ranges.
  const auto taken = [](Time seconds_a_range) {
    Story story;
    for (const WorkerId worker : {1, 2}) story.join(worker, 1, 100'000'000'000);
    story.submit(1, {persist_step(64, 100'000'000)});
    story.work();
    ItemSet held;
    for (const Held& h : story.lies({1, 0}))
      if (h.worker == 2) held.add(h.items);
    StepSpec reading = write_step(64);
    reading.reads = {{1, 0}};
    reading.follows = StepKey{1, 0};
    reading.follow = {{{0, 64}, 0, 1}};
    story.submit(2, {reading});
    std::int64_t moved = 0;
    while (!story.of_worker(2).empty()) {
      story.now += seconds_a_range;
      const Assign range = story.of_worker(2).front();
      if (!held.contains(range.items)) moved += range.items.count();
      story.done(range);
    }
    return moved;
  };
  EXPECT_EQ(taken(0.01), 0);
  EXPECT_GT(taken(10), 16);
}

TEST(Machine, AWorkerThatJoinsLaterTakesPart) {
  Story story;
  story.join(1);
  story.submit(1, {persist_step(1000)});
  story.join(2);
  EXPECT_EQ(story.of_worker(2).size(), 2U);
  EXPECT_EQ(story.of_worker(2).front().items.last, 1000);
}

TEST(Machine, WorkItemsRunWhereTheWorkItemsLieThatTheyFollow) {
  Story story;
  story.join({1, 2, 3});
  story.submit(1, {persist_step(90)});
  story.work();
  std::map<WorkerId, ItemSet> held;
  for (const Held& h : story.lies({1, 0})) held[h.worker].add(h.items);

  StepSpec backwards = write_step(90);
  backwards.reads = {{1, 0}};
  backwards.follows = StepKey{1, 0};
  backwards.follow = {{{0, 90}, 89, -1}};
  story.submit(2, {backwards});
  ASSERT_EQ(story.in_hand.size(), 6U);
  for (const Assign& a : story.in_hand)
    for (std::int64_t item = a.items.first; item < a.items.last; ++item)
      EXPECT_TRUE(held[a.worker].contains({89 - item, 90 - item})) << "work item " << item << " at worker " << a.worker;
}

TEST(Machine, AStrideIsFollowedToo) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(100)});
  story.work();
  std::map<WorkerId, ItemSet> held;
  for (const Held& h : story.lies({1, 0})) held[h.worker].add(h.items);
  StepSpec thirds = write_step(33);
  thirds.reads = {{1, 0}};
  thirds.follows = StepKey{1, 0};
  thirds.follow = {{{0, 33}, 1, 3}};
  story.submit(2, {thirds});
  for (const Assign& a : story.in_hand)
    for (std::int64_t item = a.items.first; item < a.items.last; ++item)
      EXPECT_TRUE(held[a.worker].contains({1 + 3 * item, 2 + 3 * item}))
          << "work item " << item << " at worker " << a.worker;
}

TEST(Machine, ASmallRunOfAnotherClientIsNotHeldBack) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(1000)}, 1);
  EXPECT_EQ(story.in_hand.size(), 4U);
  story.submit(2, {persist_step(2)}, 2);
  EXPECT_EQ(story.of_step({2, 0}).size(), 2U);
  EXPECT_EQ(story.of_worker(1).size(), 3U);
  // A second run of the same client has to wait.
  story.submit(3, {persist_step(2)}, 2);
  EXPECT_TRUE(story.of_step({3, 0}).empty());
}

TEST(Machine, ClientsTakeTurns) {
  Story story;
  story.join(1);
  StepSpec step = persist_step(1000);
  story.submit(1, {step}, 1);
  story.submit(2, {step}, 2);
  std::map<RunId, int> served;
  for (int i = 0; i < 20; ++i) {
    story.done(story.in_hand.front());
    for (const Assign& a : story.all<Assign>()) ++served[a.key.run];
  }
  EXPECT_GE(served[1], 9);
  EXPECT_GE(served[2], 9);
}

// ---------------------------------------------------------------- steps

TEST(Machine, ACombineStepWaitsForItsReduceStepAndIsToldWhereStatesLie) {
  Story story;
  story.join({1, 2});
  story.submit(1, z_score(8, 2, false));
  EXPECT_TRUE(story.of_step({1, 1}).empty());
  story.work({1, 1});
  const std::vector<Assign> combines = story.of_step({1, 1});
  ASSERT_EQ(combines.size(), 2U);
  for (const Assign& a : combines) {
    ASSERT_EQ(a.inputs.size(), 1U);
    EXPECT_EQ(a.inputs[0].key, (StepKey{1, 0}));
    std::int64_t next = 0;
    for (const Held& h : a.inputs[0].ranges) {
      EXPECT_EQ(h.items.first, next);
      next = h.items.last;
    }
    EXPECT_EQ(next, 8);
  }
}

TEST(Machine, StatesAreDroppedWhenTheyAreCombined) {
  Story story;
  story.join({1, 2});
  story.submit(1, z_score(8, 2, false));
  story.work({1, 1});
  story.done(story.in_hand.front());
  EXPECT_TRUE(story.all<Drop>().empty());
  story.done(story.in_hand.front());
  std::set<WorkerId> dropped;
  for (const Drop& drop : story.all<Drop>()) {
    EXPECT_EQ(drop.key, (StepKey{1, 0}));
    EXPECT_FALSE(drop.items);
    dropped.insert(drop.worker);
  }
  EXPECT_EQ(dropped, (std::set<WorkerId>{1, 2}));
  EXPECT_FALSE(story.of_step({1, 2}).empty());
}

TEST(Machine, WhoWorkedOnALaterStepHoldsTheFinishedValues) {
  Story story;
  story.join({1, 2});
  story.submit(1, z_score(100, 2, true));
  story.work({1, 2});
  const Assign first = story.of_worker(1).front();
  ASSERT_EQ(first.inputs.size(), 1U);
  EXPECT_EQ(first.inputs[0].ranges.size(), 2U);  // tile 0 is at worker 1, tile 1 at worker 2
  story.done(first);
  const std::vector<Assign> next = story.all<Assign>();
  ASSERT_EQ(next.size(), 1U);
  ASSERT_EQ(next[0].inputs[0].ranges.size(), 1U);
  EXPECT_EQ(next[0].inputs[0].ranges[0].worker, 1);
  EXPECT_EQ(next[0].inputs[0].ranges[0].items, (Items{0, 2}));
}

TEST(Machine, ARunWaitsForTheArrayThatItReads) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(4)});
  StepSpec reader = write_step(4);
  reader.reads = {{1, 0}};
  story.submit(2, {reader});
  EXPECT_TRUE(story.of_step({2, 0}).empty());
  story.work({2, 0});
  EXPECT_FALSE(story.of_step({2, 0}).empty());
  EXPECT_EQ(story.of_step({2, 0})[0].inputs[0].key, (StepKey{1, 0}));
}

// ---------------------------------------------------------------- results

TEST(Machine, StreamedChunksAreReadyThenConsumedThenDropped) {
  Story story;
  story.join(1);
  story.submit(1, {write_step(4)});
  const Assign first = story.in_hand.front();
  story.done(first);
  const std::vector<Ready> ready = story.all<Ready>();
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_EQ(ready[0].client, 1);
  EXPECT_EQ(ready[0].held.worker, 1);
  EXPECT_EQ(ready[0].held.items, first.items);
  story.tell(Consumed{1, {1, 0}, first.items});
  ASSERT_EQ(story.all<Drop>().size(), 1U);
  EXPECT_EQ(story.all<Drop>()[0].items, first.items);
  story.work();
  EXPECT_EQ(story.all<RunFinished>().size(), 1U);
  story.tell(Consumed{1, {1, 0}, {0, 4}});
  EXPECT_EQ(story.all<ForgetRun>().size(), 1U);
  EXPECT_TRUE(story.machine.runs().empty());
  EXPECT_EQ(story.state(1), State::finished);
}

TEST(Machine, PersistedChunksStayUntilTheyAreReleased) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(4)});
  EXPECT_FALSE(story.machine.locate({1, 0}));
  story.work();
  EXPECT_EQ(story.all<RunFinished>().size(), 1U);
  EXPECT_TRUE(story.machine.locate({1, 0}));
  EXPECT_EQ(story.machine.arrays().size(), 1U);
  story.tell(Released{1, {1, 0}});
  EXPECT_EQ(story.all<Drop>().size(), 2U);
  EXPECT_EQ(story.all<ForgetRun>().size(), 2U);
  EXPECT_TRUE(story.machine.runs().empty());
}

TEST(Machine, ANameKeepsAnArrayAndSoDoesWhoOpenedIt) {
  Story story;
  story.join(1);
  story.submit(1, {persist_step(4)});
  story.work();
  story.tell(Published{1, {1, 0}, "temperature"});
  EXPECT_EQ(story.machine.published("temperature"), (StepKey{1, 0}));
  story.tell(ClientGone{1});
  EXPECT_TRUE(story.machine.locate({1, 0}));
  story.tell(ClientJoined{2});
  story.tell(Opened{2, {1, 0}});
  story.tell(Unpublished{"temperature"});
  EXPECT_FALSE(story.machine.published("temperature"));
  EXPECT_TRUE(story.machine.locate({1, 0}));
  story.tell(Released{2, {1, 0}});
  EXPECT_FALSE(story.machine.locate({1, 0}));
}

TEST(Machine, LineageStaysAsLongAsAReaderIsKept) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(4)});
  story.work();
  StepSpec reader = persist_step(4);
  reader.reads = {{1, 0}};
  story.submit(2, {reader});
  story.tell(Released{1, {1, 0}});
  EXPECT_TRUE(story.all<Drop>().empty());  // run 2 reads it still
  story.work();
  EXPECT_EQ(story.machine.runs().size(), 2U);
  EXPECT_FALSE(story.machine.locate({1, 0}));
  // A lost chunk of 2 needs 1 to be made again.
  story.lose(2);
  EXPECT_FALSE(story.of_step({1, 0}).empty());
  story.work();
  EXPECT_TRUE(story.machine.locate({2, 0}));
  EXPECT_FALSE(story.machine.locate({1, 0}));
  story.tell(Released{1, {2, 0}});
  EXPECT_TRUE(story.machine.runs().empty());
}

TEST(Machine, ARunOfNoWorkItemsIsFinishedAtOnce) {
  Story story;
  story.submit(1, {write_step(0)});
  EXPECT_EQ(story.all<RunFinished>().size(), 1U);
  EXPECT_EQ(story.state(1), State::finished);
}

// ---------------------------------------------------------------- memory

TEST(Machine, AFullWorkerWaitsUntilTheClientReleasesSomething) {
  Story story;
  story.join(1, 1, 100);
  story.submit(1, {write_step(100, 10)}, 1, 40);
  std::int64_t ready = 0;
  while (!story.in_hand.empty()) {
    story.done(story.in_hand.front());
    ready += story.all<Ready>()[0].held.items.count();
  }
  EXPECT_EQ(ready, 6);  // 60 bytes beside the 40 to work with
  EXPECT_EQ(story.state(1), State::waiting_for_release);
  story.tell(Consumed{1, {1, 0}, {0, 2}});
  EXPECT_EQ(story.items_of({1, 0}).count(), 2);
  EXPECT_EQ(story.state(1), State::running);
}

TEST(Machine, AWorkerThatCanSpillNeverWaits) {
  Story story;
  story.join(1, 1, 100, true);
  story.submit(1, {write_step(100, 10)}, 1, 40);
  story.work();
  EXPECT_EQ(story.state(1), State::finished);
}

TEST(Machine, ARunThatNothingCanMakeRoomForFailsWithTheSizes) {
  Story story;
  story.join(1, 1, 200);
  story.submit(1, {persist_step(15, 10)}, 1, 40);
  story.work();
  story.submit(2, {persist_step(5, 10)}, 2, 40);  // fits in the 50 left, but not beside the 40 to work with
  const std::vector<RunFailed> failed = [&] {
    while (!story.in_hand.empty() && story.all<RunFailed>().empty()) story.done(story.in_hand.front());
    return story.all<RunFailed>();
  }();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].run, 2);
  EXPECT_EQ(failed[0].problem.code, ErrorCode::memory_limit);
  EXPECT_TRUE(says(failed[0].problem, "200 bytes")) << failed[0].problem.message;
  EXPECT_EQ(story.state(2), State::failed);
}

TEST(Machine, WhatCannotFitIsRefused) {
  Story story;
  RunSpec run{1, 1, {persist_step(100, 10)}, 500, "array of x"};
  EXPECT_FALSE(story.machine.refuse(run));  // nobody is there yet
  story.join(1, 1, 400);
  story.join(2, 1, 450);
  ASSERT_TRUE(story.machine.refuse(run));
  EXPECT_EQ(story.machine.refuse(run)->code, ErrorCode::memory_limit);
  EXPECT_TRUE(says(*story.machine.refuse(run), "500 bytes"));
  EXPECT_TRUE(says(*story.machine.refuse(run), "450 bytes"));
  run.worker_memory = 10;
  ASSERT_TRUE(story.machine.refuse(run));
  EXPECT_TRUE(says(*story.machine.refuse(run), "850 bytes"));
  story.join(3, 1, 100, true);
  EXPECT_FALSE(story.machine.refuse(run));
}

TEST(Machine, AnArrayThatIsNotThereCannotBeRead) {
  Story story;
  StepSpec reader = write_step(4);
  reader.reads = {{7, 0}};
  const RunSpec run{8, 1, {reader}, 0, "x"};
  ASSERT_TRUE(story.machine.refuse(run));
  EXPECT_EQ(story.machine.refuse(run)->code, ErrorCode::not_found);
  story.submit(8, {reader});
  EXPECT_EQ(story.all<RunFailed>().size(), 1U);
}

// ---------------------------------------------------------------- losses

/// Work items that worker 1 takes of worker 2's share of a persisted step of 16 a run, each work item having taken
/// `seconds`.
std::vector<Items> taken_from_another(Time seconds) {
  Story story;
  story.join({1, 2});
  StepSpec step = persist_step(40);
  step.align = 16;
  story.submit(1, {step});
  std::vector<Items> taken;
  while (!story.of_worker(1).empty()) {
    const Assign range = story.of_worker(1).front();
    if (range.items.first >= 16) taken.push_back(range.items);
    story.now += seconds * static_cast<double>(range.items.count());
    story.done(range);
  }
  return taken;
}

TEST(Machine, APieceOfAnothersShareIsOfWholeRuns) {
  for (const Items& items : taken_from_another(0.001)) EXPECT_EQ(items.first % 16, 0) << items.first;
}

TEST(Machine, APieceOfTheShareOfASlowWorkerIsOfAnyWorkItems) {
  const auto taken = taken_from_another(1);
  EXPECT_TRUE(std::ranges::any_of(taken, [](const Items& items) { return items.first % 16 != 0; }));
}

TEST(Machine, WhatALostWorkerHadInHandIsGivenToOthers) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(20)});
  const ItemSet before = story.items_of({1, 0});
  story.lose(2);
  EXPECT_TRUE(story.logged("w2 was lost"));
  EXPECT_TRUE(story.logged("2 ranges in flight"));
  story.work();
  EXPECT_EQ(story.state(1), State::finished);
  for (const Held& h : story.lies({1, 0})) EXPECT_EQ(h.worker, 1);
}

TEST(Machine, ASilentWorkerIsExpelledAndItsLateReportIsIgnored) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(2)});
  const Assign late = story.of_worker(2).front();
  story.pass(11, {1});
  ASSERT_EQ(story.all<Expel>().size(), 1U);
  EXPECT_EQ(story.all<Expel>()[0].worker, 2);
  EXPECT_EQ(story.machine.workers().size(), 1U);
  story.tell(RangeDone{late.worker, late.ticket, late.key, late.items, 1, {}});
  EXPECT_EQ(story.machine.view(1)->elements_done, 0);
  std::erase_if(story.in_hand, [](const Assign& a) { return a.worker == 2; });
  story.work();
  EXPECT_EQ(story.machine.view(1)->elements_done, 2);
}

TEST(Machine, WhatAWorkerWentOnToIsDoneAndReady) {
  Story story;
  story.join(1);
  std::vector<StepSpec> steps = reduction(4, 1);
  steps.push_back(write_step(1));
  steps.back().needs = {1};
  story.submit(1, steps);
  while (story.in_hand.size() > 1) story.done(story.in_hand.front());
  const Assign last = story.in_hand.front();
  story.in_hand.clear();
  story.tell(RangeDone{1, last.ticket, last.key, last.items, 0, {{1, {0, 1}}, {2, {0, 1}}}});
  EXPECT_TRUE(story.in_hand.empty()) << "nothing is left to do";
  ASSERT_EQ(story.all<Ready>().size(), 1U);
  EXPECT_EQ(story.all<Ready>()[0].key.step, 2);
  EXPECT_EQ(story.state(1), State::finished);
  story.tell(Consumed{1, {1, 2}, {0, 1}});
  EXPECT_FALSE(story.machine.remembers(1));
}

TEST(Machine, ALostChunkIsMadeAgainWithAllThatItNeeds) {
  Story story;
  story.join({1, 2});
  story.submit(1, z_score(8, 2, true));
  story.work();
  ASSERT_EQ(story.state(1), State::finished);
  // Both worked on the write, so both hold the finished values: only chunks are lost with one.
  story.lose(2);
  EXPECT_TRUE(story.of_step({1, 0}).empty());
  EXPECT_FALSE(story.of_step({1, 2}).empty());
  // The other's loss takes the finished values too: nothing but sources is left.
  story.work();
  story.join(3);
  story.lose(1);
  std::set<std::int32_t> steps;
  while (!story.in_hand.empty()) {
    for (const Assign& a : story.in_hand) steps.insert(a.key.step);
    story.done(story.in_hand.front());
  }
  EXPECT_EQ(steps, (std::set<std::int32_t>{0, 1, 2}));
  EXPECT_TRUE(story.machine.locate({1, 0}) == std::nullopt && story.machine.locate({1, 2}));
}

TEST(Machine, FinishedValuesThatNobodyNeedsAreNotMadeAgain) {
  Story story;
  story.join({1, 2});
  std::vector<StepSpec> steps = z_score(8, 1, true);
  steps[2].items = steps[2].elements = 1;  // one chunk, at one worker
  story.submit(1, steps);
  story.work({1, 2});
  const WorkerId writer = story.in_hand.front().worker;
  story.work();
  story.lose(3 - writer);
  EXPECT_TRUE(story.in_hand.empty());
  EXPECT_TRUE(story.machine.locate({1, 2}));
}

TEST(Machine, ConsumedChunksAreNeverMadeAgain) {
  Story story;
  story.join({1, 2});
  story.submit(1, {write_step(2)});
  const Assign a = story.of_worker(1).front();
  const Assign b = story.of_worker(2).front();
  story.done(a);
  story.done(b);
  story.tell(Consumed{1, {1, 0}, a.items});
  story.lose(1);
  EXPECT_TRUE(story.in_hand.empty());
  story.join(3);
  story.lose(2);
  ASSERT_EQ(story.in_hand.size(), 1U);
  EXPECT_EQ(story.in_hand[0].items, b.items);
  story.work();
  EXPECT_EQ(story.all<Ready>().size(), 1U);
}

TEST(Machine, ReadyChunksThatTheClientCannotFetchAreMadeAgain) {
  Story story;
  story.join({1, 2});
  story.submit(1, {write_step(2)});
  story.work();
  story.tell(Missing{1, {1, 0}, {0, 1}, 1});
  EXPECT_EQ(story.items_of({1, 0}).count(), 1);
  EXPECT_EQ(story.state(1), State::running);
  story.work();
  EXPECT_EQ(story.all<Ready>().size(), 1U);
  EXPECT_EQ(story.state(1), State::finished);
}

TEST(Machine, ChunksThatAClientCanNeverFetchFailTheRun) {
  Story story({.attempts = 3});
  story.join(1);
  story.submit(1, {write_step(1)});
  for (int i = 0; i < 3; ++i) {
    story.work();
    EXPECT_TRUE(story.all<RunFailed>().empty());
    story.tell(Missing{1, {1, 0}, {0, 1}, 1});
  }
  ASSERT_EQ(story.all<RunFailed>().size(), 1U);
  EXPECT_TRUE(says(story.all<RunFailed>()[0].problem, "could not fetch")) << story.all<RunFailed>()[0].problem.message;
}

TEST(Machine, ARangeWhoseInputCannotBeFetchedIsTriedAgainAtATick) {
  Story story;
  story.join({1, 2});
  story.submit(1, z_score(2, 1, false));
  story.work({1, 1});
  const Assign combine = story.in_hand.front();
  story.fail(combine, "no route to host", 3 - combine.worker);
  EXPECT_TRUE(story.in_hand.empty());
  EXPECT_EQ(story.state(1), State::running);
  story.pass(0.1);
  EXPECT_EQ(story.of_step({1, 1}).size(), 1U);
}

TEST(Machine, AfterEnoughAttemptsTheRunFails) {
  Story story;
  story.join({1, 2});
  story.submit(1, {write_step(1)});
  Problem problem;
  int attempts = 0;
  for (int i = 0; i < 100 && story.machine.view(1)->state != State::failed; ++i) {
    if (!story.in_hand.empty()) {
      ++attempts;
      story.fail(story.in_hand.front(), "no route to host", 2);
    }
    for (const RunFailed& failed : story.all<RunFailed>()) problem = failed.problem;
    story.pass(5, {1, 2});
    story.tell(ClientHeard{1, {}});
  }
  EXPECT_EQ(attempts, 8);
  EXPECT_TRUE(says(problem, "failed 8 times") && says(problem, "no route to host")) << problem.message;
}

TEST(Machine, RetriesLastLongerThanItTakesToFindAWorkerLost) {
  Story story;
  story.join({1, 2});
  story.submit(1, z_score(2, 1, false));
  story.work({1, 1});
  const WorkerId frozen = 3 - story.in_hand.front().worker;
  for (int i = 0; i < 200 && story.machine.workers().size() == 2; ++i) {
    if (!story.in_hand.empty()) {
      const Assign range = story.in_hand.front();
      if (range.worker != frozen) story.fail(range, "timed out", frozen);
    }
    story.pass(0.1, {3 - frozen});
    story.tell(ClientHeard{1, {}});
  }
  ASSERT_EQ(story.state(1), State::running);
  std::erase_if(story.in_hand, [&](const Assign& a) { return a.worker == frozen; });
  for (int i = 0; i < 100 && story.state(1) == State::running; ++i) {
    story.work();
    story.pass(1, {3 - frozen});
    story.tell(ClientHeard{1, {}});
  }
  EXPECT_EQ(story.state(1), State::finished);
}

TEST(Machine, ARangeThatTakesEveryWorkerWithItFailsTheRun) {
  Story story({.attempts = 3});
  story.submit(1, {write_step(1)});
  for (WorkerId id = 1; id <= 3; ++id) {
    story.join(id);
    story.tell(WorkerHeard{id, story.of_worker(id).at(0).ticket});
    story.lose(id);
  }
  ASSERT_EQ(story.all<RunFailed>().size(), 1U);
  EXPECT_TRUE(says(story.all<RunFailed>()[0].problem, "worker w3 was lost"));
}

TEST(Machine, AWorkerThatWasDeadBeforeARangeCameToItIsNoFailureOfTheRange) {
  Story story({.attempts = 3});
  for (WorkerId id = 1; id <= 200; ++id) story.join(id);
  story.submit(1, {write_step(400)});
  for (WorkerId id = 1; id <= 200; ++id)
    for (const Assign& range : story.of_worker(id)) story.tell(WorkerHeard{id, range.ticket});
  // A hundred die at once; what each had goes to others, of which many are dead too.
  for (WorkerId id = 1; id <= 100; ++id) {
    story.lose(id);
    EXPECT_TRUE(story.all<RunFailed>().empty()) << id;
  }
  story.work();
  EXPECT_EQ(story.state(1), State::finished);
}

TEST(Machine, AnInputThatWentWithItsHolderIsNoFailureOfTheRange) {
  Story story({.attempts = 2});
  story.join({1, 2, 3});
  story.submit(1, z_score(6, 1, false));
  story.work({1, 1});
  for (const WorkerId lost : {2, 3}) {
    const Assign combine = story.in_hand.front();
    if (combine.worker == lost) {
      story.lose(lost);
    } else {
      story.lose(lost);
      story.fail(combine, "no route to host", lost);
    }
    EXPECT_TRUE(story.all<RunFailed>().empty());
    story.work({1, 1});
    ASSERT_FALSE(story.in_hand.empty());
  }
  story.work();
  EXPECT_EQ(story.state(1), State::finished);
}

TEST(Machine, AnErrorFailsTheRunAtOnceAndItsOtherRangesAreForgotten) {
  Story story;
  story.join({1, 2});
  story.submit(1, {write_step(20)});
  const std::vector<Assign> others = story.of_worker(2);
  story.done(story.of_worker(1).front());
  story.fail(story.of_worker(1).front(), "no variable 'sst'");
  const std::vector<RunFailed> failed = story.all<RunFailed>();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].problem.message, "no variable 'sst'");
  EXPECT_EQ(failed[0].problem.worker, "w1");
  EXPECT_EQ(story.all<ForgetRun>().size(), 2U);
  EXPECT_EQ(story.all<Drop>().size(), 1U);
  EXPECT_TRUE(story.logged("run 1 failed"));
  EXPECT_EQ(story.machine.workers()[1].ranges, 0);
  story.tell(RangeDone{2, others[0].ticket, others[0].key, others[0].items, 0, {}});
  EXPECT_TRUE(story.said.empty());
  EXPECT_EQ(story.state(1), State::failed);
}

// ---------------------------------------------------------------- client memory

TEST(Machine, AnUploadIsPlacedThenGivenThenThere) {
  Story story;
  story.join({1, 2});
  const std::vector<Held> planned = story.machine.place(10, 10);
  story.submit(1, {upload_step(10)});
  const std::vector<Held> placed = story.machine.placement({1, 0});
  ASSERT_EQ(placed.size(), 2U);
  EXPECT_EQ(placed[0].items, planned[0].items);
  EXPECT_EQ(placed[1].worker, planned[1].worker);
  EXPECT_FALSE(story.machine.locate({1, 0}));
  story.tell(Uploaded{1, {1, 0}});
  EXPECT_EQ(story.lies({1, 0}).size(), 2U);
  EXPECT_EQ(story.all<RunFinished>().size(), 1U);
}

TEST(Machine, WhatAWorkerLostOfWhatItHeldIsMadeAgain) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(8)});
  story.work();
  const Held held = story.lies({1, 0}).front();
  story.tell(ProductsLost{held.worker, {1, 0}, {held.items.first, held.items.first + 1}, "chunk 0: no file"});
  EXPECT_FALSE(story.machine.locate({1, 0}));
  StepSpec reader = write_step(8);
  reader.reads = {{1, 0}};
  story.submit(2, {reader});
  EXPECT_EQ(story.items_of({1, 0}).count(), 1);
  EXPECT_TRUE(story.of_step({2, 0}).empty());
  story.work();
  EXPECT_TRUE(story.machine.locate({1, 0}));
  EXPECT_EQ(story.state(2), State::finished);
  // Nothing changes by what the worker does not hold.
  story.tell(ProductsLost{held.worker == 1 ? 2 : 1, {1, 0}, held.items, "chunk 0: no file"});
  EXPECT_TRUE(story.machine.locate({1, 0}));
}

TEST(Machine, AnInputThatIsFoundToBeLostIsNoFailureOfTheRange) {
  Story story;
  story.join(1);
  story.submit(1, {persist_step(20)});
  story.work();
  StepSpec reader = write_step(20);
  reader.reads = {{1, 0}};
  story.submit(2, {reader});
  for (std::int64_t chunk = 0; chunk < 20; ++chunk) {
    ASSERT_FALSE(story.of_step({2, 0}).empty()) << chunk;
    story.tell(ProductsLost{1, {1, 0}, {chunk, chunk + 1}, "no file"});
    while (!story.of_step({2, 0}).empty()) story.fail(story.of_step({2, 0}).front(), "it is not here", 1);
    story.work({2, 0});
  }
  story.work();
  EXPECT_EQ(story.state(2), State::finished);
}

TEST(Machine, ClientMemoryThatAWorkerLostNamesTheWorkerAndTheFile) {
  Story story;
  story.join(1);
  story.submit(1, {upload_step(4)});
  story.tell(Uploaded{1, {1, 0}});
  story.tell(ProductsLost{1, {1, 0}, {2, 3}, "chunk 2 of array 1/0: cannot open the spilled chunk /s/x.spill"});
  ASSERT_EQ(story.all<RunFailed>().size(), 1U);
  const Problem problem = story.all<RunFailed>()[0].problem;
  EXPECT_EQ(problem.code, ErrorCode::lost);
  EXPECT_EQ(problem.worker, "w1");
  EXPECT_TRUE(says(problem, "worker w1 (chunk 2 of array 1/0: cannot open the spilled chunk /s/x.spill)"));
}

TEST(Machine, LostClientMemoryFailsWhoNeedsItAndNamesIt) {
  Story story;
  story.join({1, 2});
  story.submit(1, {upload_step(10)});
  story.tell(Uploaded{1, {1, 0}});
  StepSpec reader = write_step(20);
  reader.reads = {{1, 0}};
  story.submit(2, {reader});
  story.lose(2);
  std::map<RunId, Problem> problems;
  for (const RunFailed& failed : story.all<RunFailed>()) problems[failed.run] = failed.problem;
  ASSERT_TRUE(problems.count(2));
  for (const auto& [run, problem] : problems) {
    EXPECT_TRUE(says(problem, "array of run 1")) << problem.message;
    EXPECT_TRUE(says(problem, "given by its client") && says(problem, "not recoverable")) << problem.message;
  }
  const RunSpec later{3, 1, {reader}, 0, "later"};
  ASSERT_TRUE(story.machine.refuse(later));
  EXPECT_TRUE(says(*story.machine.refuse(later), "not recoverable"));
}

TEST(Machine, WhatWasMadeOfLostClientMemoryStaysAsLongAsItIsHeld) {
  Story story;
  story.join({1, 2});
  story.submit(1, {upload_step(1)});
  story.tell(Uploaded{1, {1, 0}});
  const WorkerId holder = story.lies({1, 0})[0].worker;
  StepSpec reader = persist_step(1);
  reader.reads = {{1, 0}};
  story.submit(2, {reader});
  const WorkerId maker = story.in_hand.front().worker;
  story.work();
  ASSERT_NE(maker, holder);
  story.lose(holder);
  EXPECT_TRUE(story.machine.locate({2, 0}));
  story.lose(maker);
  EXPECT_EQ(story.state(2), State::failed);
}

// ---------------------------------------------------------------- clients

TEST(Machine, AClientThatGoesEndsItsRunsAndFreesItsArrays) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(4)});
  story.work();
  story.submit(2, {write_step(100)});
  story.tell(ClientGone{1});
  EXPECT_TRUE(story.machine.runs().empty());
  EXPECT_EQ(story.all<ForgetRun>().size(), 4U);
  EXPECT_FALSE(story.machine.has_client(1));
  EXPECT_FALSE(story.machine.view(1));
}

TEST(Machine, ASilentClientGoesAfterItsTimeout) {
  Story story;
  story.join(1);
  story.submit(1, {persist_step(1)});
  story.pass(50, {1});
  EXPECT_TRUE(story.machine.has_client(1));
  story.tell(ClientHeard{1, {}});
  story.pass(50, {1});
  EXPECT_TRUE(story.machine.has_client(1));
  story.pass(11, {1});
  EXPECT_FALSE(story.machine.has_client(1));
  EXPECT_TRUE(story.machine.runs().empty());
}

TEST(Machine, ACancelledRunIsForgottenButForWhatIsPublished) {
  Story story;
  story.join(1);
  story.submit(1, {persist_step(100), write_step(100)});
  story.tell(Published{1, {1, 0}, "kept"});
  story.submit(2, {persist_step(100)});
  story.tell(Cancelled{1, 2});
  ASSERT_EQ(story.all<RunFailed>().size(), 1U);
  EXPECT_EQ(story.all<RunFailed>()[0].problem.code, ErrorCode::cancelled);
  story.tell(Cancelled{1, 1});
  EXPECT_TRUE(story.all<RunFailed>().empty());
  story.work();
  EXPECT_TRUE(story.machine.locate({1, 0}));
  EXPECT_FALSE(story.machine.view(2)->state == State::running);
}

TEST(Machine, NobodyEndsTheRunOfAnother) {
  Story story;
  story.join(1);
  story.submit(1, {write_step(4)}, 1);
  story.tell(ClientJoined{2});
  story.tell(Cancelled{2, 1});
  story.tell(Consumed{2, {1, 0}, {0, 4}});
  story.tell(Released{2, {1, 0}});
  EXPECT_EQ(story.state(1), State::running);
  EXPECT_EQ(story.machine.view(1)->elements_done, 0);
}

// ---------------------------------------------------------------- a coordinator that comes back

WorkerJoined returning(WorkerId id, std::vector<WorkerJoined::Holding> holdings) {
  return {id, "w" + std::to_string(id), "host:" + std::to_string(id), 1, Story::plenty, false, std::move(holdings)};
}

TEST(Machine, ArraysAreThereAgainAfterARestart) {
  Story story;
  story.tell(RunRecovered{{1, 7, {persist_step(10)}, 0, "z"}, {{"z", 0}}});
  story.tell(returning(5, {{{1, 0}, {{0, 5}}}}));
  EXPECT_FALSE(story.machine.locate({1, 0}));
  EXPECT_TRUE(story.in_hand.empty());  // the rest may come with another worker
  story.tell(returning(6, {{{1, 0}, {{5, 10}}}}));
  EXPECT_TRUE(story.machine.locate({1, 0}));
  EXPECT_EQ(story.machine.published("z"), (StepKey{1, 0}));
  EXPECT_EQ(story.machine.arrays()[0].client, 7);
}

TEST(Machine, WhatNoWorkerBroughtBackIsMadeAgain) {
  Story story;
  story.tell(RunRecovered{{1, 7, {persist_step(10)}, 0, "z"}, {{"z", 0}}});
  story.tell(returning(5, {{{1, 0}, {{0, 5}}}}));
  story.pass(5, {5});
  EXPECT_TRUE(story.in_hand.empty());
  story.pass(6, {5});
  EXPECT_EQ(story.in_hand.front().items.first, 5);
  story.work();
  EXPECT_TRUE(story.machine.locate({1, 0}));
}

TEST(Machine, RecoveredArraysThatNobodyAsksForAreFreed) {
  Story story;
  story.tell(RunRecovered{{1, 7, {persist_step(10)}, 0, "a"}, {}});
  story.tell(RunRecovered{{2, 7, {persist_step(10)}, 0, "b"}, {}});
  story.tell(RunRecovered{{3, 7, {persist_step(10)}, 0, "c"}, {{"c", 0}}});
  story.tell(returning(5, {{{1, 0}, {{0, 10}}}, {{2, 0}, {{0, 10}}}, {{3, 0}, {{0, 10}}}}));
  story.tell(ClientJoined{7});
  story.tell(ClientHeard{7, {{1, 0}}});
  story.pass(30, {5});
  story.now += 31;
  story.tell(WorkerHeard{5});
  story.tell(ClientHeard{7, {{1, 0}}});
  story.tell(Tick{});
  EXPECT_TRUE(story.machine.locate({1, 0}));
  EXPECT_FALSE(story.machine.locate({2, 0}));
  EXPECT_TRUE(story.machine.locate({3, 0}));
}

TEST(Machine, WhatIsNotKnownOrNotNeededIsDroppedByWhoBringsIt) {
  Story story;
  std::vector<StepSpec> steps = z_score(4, 1, true);
  story.tell(RunRecovered{{1, 7, steps, 0, "z"}, {}});
  story.tell(returning(5, {{{1, 0}, {{0, 4}}}, {{1, 1}, {{0, 1}}}, {{1, 2}, {{0, 4}}}, {{9, 0}, {{0, 4}}}}));
  std::set<StepKey> dropped;
  for (const Drop& drop : story.all<Drop>()) dropped.insert(drop.key);
  EXPECT_EQ(dropped, (std::set<StepKey>{{1, 0}, {9, 0}}));
  ASSERT_EQ(story.all<ForgetRun>().size(), 1U);
  EXPECT_EQ(story.all<ForgetRun>()[0].run, 9);
}

TEST(Machine, AProductBroughtTwiceIsHeldOnce) {
  Story story;
  story.tell(RunRecovered{{1, 7, {persist_step(10)}, 0, "z"}, {}});
  story.tell(returning(5, {{{1, 0}, {{0, 6}}}}));
  story.tell(returning(6, {{{1, 0}, {{4, 10}}}}));
  ASSERT_EQ(story.all<Drop>().size(), 1U);
  EXPECT_EQ(story.all<Drop>()[0].worker, 6);
  EXPECT_EQ(story.all<Drop>()[0].items, (Items{4, 6}));
}

// ---------------------------------------------------------------- what it costs

TEST(Machine, AMillionWorkItemsCostAFewThousandRanges) {
  Machine machine;
  std::vector<Assign> in_hand;
  std::int64_t assigns = 0;
  std::int64_t inputs = 0;
  std::int64_t commands = 0;
  const auto tell = [&](const Event& event) {
    for (const Command& command : machine.handle(event, 0)) {
      ++commands;
      if (const auto* assign = std::get_if<Assign>(&command)) {
        ++assigns;
        for (const Inputs& i : assign->inputs) inputs += static_cast<std::int64_t>(i.ranges.size());
        in_hand.push_back(*assign);
      }
    }
  };
  for (WorkerId id = 1; id <= 100; ++id)
    tell(WorkerJoined{id, "w", "a", 1 + static_cast<int>(id % 3), Story::plenty, false, {}});
  tell(ClientJoined{1});
  tell(RunSubmitted{{1, 1, z_score(1'000'000, 50, true), 0, "z"}});
  // Some workers are slower: what is done next is any of the ranges in hand.
  std::uint64_t random = 1;
  std::size_t most = 0;
  while (!in_hand.empty()) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    std::swap(in_hand[(random >> 33U) % in_hand.size()], in_hand.back());
    const Assign range = in_hand.back();
    in_hand.pop_back();
    tell(RangeDone{range.worker, range.ticket, range.key, range.items, 0, {}});
    most = std::max(most, in_hand.size());
  }
  machine.check();
  EXPECT_EQ(machine.view(1)->state, State::finished);
  EXPECT_EQ(machine.view(1)->elements_done, 2'000'050);
  EXPECT_LE(assigns, 2 * 5000);  // two steps of a million work items
  EXPECT_LE(inputs, 200 * assigns);
  EXPECT_LE(commands, 3 * assigns + 1000);
  EXPECT_LE(most, 200U);
  EXPECT_LE(machine.locate({1, 2})->ranges.size(), 3000U);
  testing::Test::RecordProperty("assigns", std::to_string(assigns));
}

}  // namespace
}  // namespace chunkwise_test
