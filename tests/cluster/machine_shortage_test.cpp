// What becomes of runs that memory is too short for, and of arrays that lost a part.
#include "tests/cluster/stories.hpp"

namespace chunkwise_test {
namespace {

using chunkwise::ErrorCode;
using State = RunView::State;

// ---------------------------------------------------------------- what is kept stays

/// An array of 20 work items of 10 bytes on two workers of 130, one of which dies: the other has room for three of its
/// ten.
Story a_kept_array_that_lost_half() {
  Story story;
  story.join(1, 1, 130);
  story.join(2, 1, 130);
  story.submit(1, {persist_step(20, 10)});
  story.work();
  EXPECT_TRUE(story.machine.locate({1, 0}));
  story.lose(2);
  story.work();
  return story;
}

TEST(MachineShortage, WhatIsKeptWaitsForMemoryAndIsWholeWhenAWorkerComes) {
  Story story = a_kept_array_that_lost_half();
  EXPECT_TRUE(story.all<RunFailed>().empty());
  EXPECT_EQ(story.state(1), State::waiting_for_release);
  EXPECT_FALSE(story.machine.trouble({1, 0})) << "a worker may come in the place of the one that was lost";
  story.pass(3, {1});
  story.join(3, 1, 130);
  story.work();
  EXPECT_TRUE(story.machine.locate({1, 0}));
}

TEST(MachineShortage, WhatIsKeptIsNeverGivenUpForWantOfMemory) {
  Story story = a_kept_array_that_lost_half();
  StepSpec reader = write_step(20, 1);
  reader.reads = {{1, 0}};
  story.submit(2, {reader});
  EXPECT_EQ(story.state(2), State::running);
  for (int seconds = 0; seconds < 100; seconds += 5) {
    story.tell(ClientHeard{1, {}});
    story.pass(5, {1});
    if (seconds == 20) {
      EXPECT_EQ(story.state(2), State::running);
    }
  }
  // Who reads it is told, and who comes later too.
  EXPECT_EQ(story.state(2), State::failed);
  EXPECT_EQ(story.machine.view(2)->problem->code, ErrorCode::memory_limit);
  ASSERT_TRUE(story.machine.trouble({1, 0}));
  EXPECT_TRUE(says(*story.machine.trouble({1, 0}), "array of run 1 needs"));
  const std::optional<Problem> refused = story.machine.refuse({3, 1, {reader}, 0, "x"});
  ASSERT_TRUE(refused);
  EXPECT_TRUE(says(*refused, "array 1/0") && says(*refused, "cannot be made again at present")) << refused->message;
  EXPECT_EQ(story.machine.arrays().size(), 1U);
  EXPECT_GE(story.machine.workers()[0].held, 100);
  story.join(3, 1, 130);
  EXPECT_FALSE(story.machine.trouble({1, 0}));
  story.work();
  EXPECT_TRUE(story.machine.locate({1, 0}));
  story.submit(4, {reader});
  story.work();
  EXPECT_EQ(story.state(4), State::finished);
}

TEST(MachineShortage, WhatAWorkerHasNoRoomForIsMadeByAnother) {
  Story story;
  for (const WorkerId worker : {1, 2, 3}) story.join(worker, 1, 300);
  // Each array is one range's worth, in order for reductions along it: all of it would lie on one worker.
  for (const RunId run : {1, 2, 3, 4, 5, 6}) {
    StepSpec array = persist_step(100, 1);
    array.grain = 100;
    array.align = 16;
    story.submit(run, {array});
    story.work();
    EXPECT_TRUE(story.machine.locate({run, 0})) << run;
  }
  EXPECT_TRUE(story.all<RunFailed>().empty());
}

TEST(MachineShortage, WhatIsKeptWaitsForMemoryThatIsReleased) {
  Story story;
  story.join(1, 1, 130);
  story.join(2, 1, 130);
  story.submit(1, {persist_step(10, 10)});
  story.submit(2, {persist_step(12, 10)});
  story.work();
  story.lose(2);
  story.work();
  story.tell(Released{1, {1, 0}});
  story.work();
  EXPECT_TRUE(story.machine.locate({2, 0}));
}

TEST(MachineShortage, WhatIsKeptStaysWhereWhatItLostCannotBeMadeNow) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(4)});
  story.work();
  story.tell(Published{1, {1, 0}, "t"});
  story.lose(2);
  StepSpec reader = write_step(4);
  reader.reads = {{1, 0}};
  story.submit(2, {reader});
  while (!story.in_hand.empty()) story.fail(story.in_hand.front(), "no file t.nc here");
  EXPECT_EQ(story.state(2), State::failed);
  EXPECT_TRUE(says(*story.machine.view(2)->problem, "no file t.nc here"));
  EXPECT_TRUE(story.machine.published("t"));
  ASSERT_TRUE(story.machine.trouble({1, 0}));
  EXPECT_TRUE(says(*story.machine.trouble({1, 0}), "no file t.nc here"));
  EXPECT_TRUE(story.logged("run 1 is kept"));
  // It is tried again by and by, and at once by who comes.
  for (int i = 0; i < 3 && story.in_hand.empty(); ++i) story.pass(5, {1});
  ASSERT_FALSE(story.in_hand.empty());
  EXPECT_FALSE(story.machine.trouble({1, 0}));
  while (!story.in_hand.empty()) story.fail(story.in_hand.front(), "no file t.nc here");
  story.join(3);
  ASSERT_FALSE(story.in_hand.empty());
  story.work();
  EXPECT_TRUE(story.machine.locate({1, 0}));
}

TEST(MachineShortage, ARunThatMemoryIsTooShortForWaitsForTheReplacementOfALostWorker) {
  Story story;
  story.join(1, 1, 100);
  story.join(2, 1, 100);
  story.submit(1, {persist_step(18, 10)});
  story.lose(2);
  story.work();
  EXPECT_EQ(story.state(1), State::waiting_for_release);
  story.pass(3, {1});
  EXPECT_EQ(story.state(1), State::waiting_for_release);
  story.join(3, 1, 100);
  story.work();
  EXPECT_EQ(story.state(1), State::finished);
}

/// Run 1 keeps an array on two workers, of which the second was lost and the first has made all anew that it could.
Story an_array_after_a_worker_was_lost() {
  Story story;
  story.join(1, 1, 100);
  story.join(2, 1, 100);
  story.submit(1, {persist_step(9, 10)});
  story.work();
  story.lose(2);
  story.work();
  return story;
}

TEST(MachineShortage, ARunThatComesAfterAWorkerWasLostWaitsForItsReplacementToo) {
  Story story = an_array_after_a_worker_was_lost();
  story.submit(2, {persist_step(8, 10)});
  ASSERT_TRUE(story.machine.view(2));
  story.work();
  EXPECT_EQ(story.state(2), State::waiting_for_release);
  story.pass(3, {1});
  story.join(3, 1, 100);
  story.work();
  EXPECT_EQ(story.state(2), State::finished);
  EXPECT_TRUE(story.machine.locate({1, 0}));
}

TEST(MachineShortage, ARunThatComesAfterAWorkerWasLostIsToldWhenNobodyReplacesIt) {
  Story story = an_array_after_a_worker_was_lost();
  story.submit(2, {persist_step(8, 10)});
  story.work();
  for (int i = 0; i < 5; ++i) story.pass(7, {1});
  EXPECT_EQ(story.state(2), State::failed);
  EXPECT_EQ(story.machine.view(2)->problem->code, ErrorCode::memory_limit);
  story.work();
  EXPECT_TRUE(story.machine.locate({1, 0})) << "what it had taken goes to what was kept before";
  EXPECT_TRUE(story.machine.refuse({3, 1, {persist_step(8, 10)}, 0, "x"})) << "who comes later is told at once";
}

TEST(MachineShortage, ARunThatMemoryIsTooShortForFailsWhenNobodyReplacesALostWorker) {
  Story story;
  story.join(1, 1, 100);
  story.join(2, 1, 100);
  story.submit(1, {persist_step(18, 10)});
  story.lose(2);
  story.work();
  for (int i = 0; i < 5; ++i) story.pass(7, {1});
  EXPECT_EQ(story.state(1), State::failed);
  EXPECT_EQ(story.machine.view(1)->problem->code, ErrorCode::memory_limit);
}

// ---------------------------------------------------------------- several runs and little memory

TEST(MachineShortage, ARunThatMemoryIsTooShortForGivesItsOwnToAnOlderOne) {
  // Finished values of either take 40 of 100 bytes, a chunk takes 40: beside the other's there is no room for one.
  Story story;
  story.join(1, 1, 100);
  std::vector<StepSpec> steps = z_score(4, 1, false);
  steps[0].bytes_per_item = 1;
  steps[1].bytes_per_item = 40;
  steps[2].bytes_per_item = 40;
  story.submit(1, steps, 1);
  story.submit(2, steps, 2);
  bool stepped_back = false;
  std::vector<Ready> ready;
  for (int i = 0; i < 200; ++i) {
    const std::vector<Assign> in_hand = story.in_hand;
    if (!in_hand.empty()) {
      story.done(in_hand.front());
    } else if (!ready.empty()) {
      const Ready first = ready.front();
      ready.erase(ready.begin());
      story.tell(Consumed{first.client, first.key, first.held.items});
    } else {
      break;
    }
    for (const Ready& one : story.all<Ready>()) ready.push_back(one);
    EXPECT_TRUE(story.all<RunFailed>().empty());
    stepped_back = stepped_back || story.logged("run 2 gives its memory to older runs");
  }
  EXPECT_TRUE(stepped_back);
  EXPECT_EQ(story.state(1), State::finished);
  EXPECT_EQ(story.state(2), State::finished);
}

/// A z-score over 16 positions of 10 tiles, whose states take 4 bytes a tile, on a worker that has hardly more than it
/// takes to work.
std::vector<StepSpec> z_score_in_tiles() {
  std::vector<StepSpec> steps = z_score(160, 10, false);
  steps[0].bytes_per_item = 4;
  steps[1].bytes_per_item = 2;
  steps[2].bytes_per_item = 10;
  return steps;
}

TEST(MachineShortage, ARunThatOnlyAReaderNeedsIsNotOverForThoseThatGaveItTheirMemory) {
  Story story;
  story.join(1, 1, 100);
  StepSpec reader = write_step(8, 1);
  reader.reads = {{1, 0}};
  story.submit(1, {persist_step(8, 10)}, 1);
  story.submit(2, {reader}, 1);
  story.submit(3, {persist_step(8, 10)}, 2);
  story.tell(Released{1, {1, 0}});
  EXPECT_EQ(story.state(1), State::finished);
  std::vector<Ready> ready;
  while (!story.in_hand.empty() || !ready.empty()) {
    if (!story.in_hand.empty()) {
      story.done(story.in_hand.front());
    } else {
      const Ready first = ready.back();
      ready.pop_back();
      story.tell(Consumed{first.client, first.key, first.held.items});
    }
    for (const Ready& one : story.all<Ready>()) ready.push_back(one);
    EXPECT_TRUE(story.all<RunFailed>().empty());
  }
  EXPECT_TRUE(story.logged("run 3 gives its memory to older runs"));
  EXPECT_EQ(story.state(2), State::finished);
  EXPECT_EQ(story.state(3), State::finished);
}
TEST(MachineShortage, StatesOfAWholeTileCountOnce) {
  Story story;
  story.join(1, 1, 1000);
  std::vector<StepSpec> steps = z_score_in_tiles();
  story.submit(1, steps);
  ItemSet items;
  // Of a tile of which a part is here there is one state at each depth of the tree, of which there are seven at most.
  const auto bytes_of = [](const ItemSet& there) {
    std::int64_t parts = 0;
    for (std::int64_t tile = 0; tile < 10; ++tile) {
      const std::int64_t of_tile = there.common(Items{tile * 16, tile * 16 + 16}).count();
      parts += of_tile == 16 ? 1 : std::min<std::int64_t>(of_tile, 7);
    }
    return parts * 4;
  };
  while (!story.of_step({1, 0}).empty()) {
    const Assign range = story.in_hand.front();
    items.add(range.items);
    story.done(range);
    EXPECT_EQ(story.machine.workers()[0].held, bytes_of(items));
  }
  EXPECT_EQ(story.machine.workers()[0].held, 40);

  steps[0].by_position = true;
  Story other;
  other.join(1, 1, 1000);
  other.submit(1, steps);
  const Assign first = other.in_hand.front();
  other.done(first);
  EXPECT_EQ(other.machine.workers()[0].held, std::min<std::int64_t>(first.items.count(), 70) * 4);
}

TEST(MachineShortage, AStreamGoesThroughAWorkerThatHasRoomForAChunkBesideItsWork) {
  Story story;
  story.join(1, 1, 100);
  story.submit(1, z_score_in_tiles(), 1, 90);
  std::vector<Ready> ready;
  for (int i = 0; i < 10'000 && story.state(1) != State::finished; ++i) {
    if (!story.in_hand.empty()) {
      story.done(story.in_hand.front());
    } else {
      ASSERT_FALSE(ready.empty()) << "it waits for nothing";
      const Ready first = ready.back();
      ready.pop_back();
      story.tell(Consumed{1, first.key, first.held.items});
    }
    for (const Ready& one : story.all<Ready>()) ready.push_back(one);
    EXPECT_TRUE(story.all<RunFailed>().empty());
    EXPECT_LE(story.machine.workers()[0].held, 100);
  }
  EXPECT_EQ(story.state(1), State::finished);
}

TEST(MachineShortage, AStreamThatMemoryIsTooShortForNeedsOneChunkOfItsResult) {
  Story story;
  story.join(1, 1, 100);
  story.submit(1, {persist_step(9, 10)});
  story.work();
  story.submit(2, {write_step(1000, 10)}, 1, 5);
  ASSERT_EQ(story.state(2), State::failed);
  EXPECT_EQ(story.machine.view(2)->problem->message,
            "array of run 2 needs 5 bytes on a worker to make it, with 10 bytes for a chunk of the result, but the "
            "workers hold 90 bytes of 100 bytes, none has more than 10 bytes left and nothing is about to be released; "
            "let persisted arrays go, add workers, or give them a directory to spill to");
  EXPECT_EQ(story.machine.workers()[0].kept, 90);
}

TEST(MachineShortage, WhatAReductionHoldsIsNoReasonToRefuseAnother) {
  Story story;
  story.join(1, 1, 100);
  story.submit(1, {write_step(100, 10)}, 1);
  while (!story.in_hand.empty()) story.done(story.in_hand.front());
  EXPECT_EQ(story.machine.workers()[0].held, 100);
  EXPECT_FALSE(story.machine.refuse({2, 1, {persist_step(5, 10)}, 0, "x"}));
}

TEST(MachineShortage, AWorkerWhoseDiskIsFullHasItsMemory) {
  Story story;
  story.join(1, 1, 100, true);
  story.tell(WorkerMemory{1, 0, 0, true});
  story.submit(1, {write_step(100, 10)}, 1, 40);
  std::int64_t ready = 0;
  while (!story.in_hand.empty()) {
    story.done(story.in_hand.front());
    ready += story.all<Ready>()[0].held.items.count();
  }
  EXPECT_EQ(ready, 6);
  EXPECT_EQ(story.state(1), State::waiting_for_release);
  story.tell(WorkerMemory{1, 0, 40, true});  // what is in files takes no memory
  EXPECT_EQ(story.items_of({1, 0}).count(), 4);
}

// ---------------------------------------------------------------- what is lost is told

/// An array of client memory on two workers, and one made of it that is published as "m".
Story a_published_array_of_client_memory() {
  Story story;
  story.join({1, 2});
  story.tell(ClientJoined{1});
  story.submit(1, {upload_step(4)});
  story.tell(Uploaded{1, {1, 0}});
  StepSpec made = persist_step(4);
  made.reads = {{1, 0}};
  story.submit(2, {made});
  story.work();
  story.tell(Published{1, {2, 0}, "m"});
  story.tell(Released{1, {1, 0}});
  story.tell(ClientGone{1});
  story.now = 7;
  return story;
}

TEST(MachineLosses, APublishedArrayThatIsLostIsRememberedWithItsWorker) {
  Story story = a_published_array_of_client_memory();
  EXPECT_FALSE(story.machine.lost("m"));
  story.lose(2);
  EXPECT_FALSE(story.machine.published("m"));
  ASSERT_TRUE(story.machine.lost("m"));
  EXPECT_EQ(story.machine.lost("m")->when, 7);
  const std::string why = story.machine.lost("m")->why;
  EXPECT_NE(why.find("array of run 2 was lost with worker w2"), std::string::npos) << why;
  EXPECT_NE(why.find("was given by its client"), std::string::npos) << "whose client has gone: " << why;
  EXPECT_TRUE(story.logged("'m' is lost"));
  EXPECT_FALSE(story.machine.lost("n"));
}

TEST(MachineLosses, ANameIsForgottenWhenItIsTakenAwayOrGivenAnew) {
  Story story = a_published_array_of_client_memory();
  story.lose(2);
  story.tell(Unpublished{"m"});
  EXPECT_FALSE(story.machine.lost("m"));
  story = a_published_array_of_client_memory();
  story.lose(2);
  story.submit(3, {persist_step(4)});
  story.work();
  story.tell(Published{1, {3, 0}, "m"});
  EXPECT_FALSE(story.machine.lost("m"));
  EXPECT_TRUE(story.machine.published("m"));
}

TEST(MachineLosses, OnlyTheLatestNamesAreRemembered) {
  Story story;
  for (int i = 0; i < 1003; ++i) {
    story.join(i + 1);
    story.now = i;
    story.submit(i + 1, {upload_step(1)});
    story.tell(Uploaded{1, {i + 1, 0}});
    story.tell(Published{1, {i + 1, 0}, "m" + std::to_string(i)});
    story.lose(i + 1);
  }
  EXPECT_FALSE(story.machine.lost("m2"));
  EXPECT_TRUE(story.machine.lost("m3"));
  EXPECT_TRUE(story.machine.lost("m1002"));
}

TEST(MachineLosses, AClientThatWasSilentForTooLongIsToldWhyItsArraysAreGone) {
  Story story;
  story.join(1);
  story.submit(1, {persist_step(4)});
  story.work();
  story.pass(61, {1});
  StepSpec reader = write_step(4);
  reader.reads = {{1, 0}};
  story.tell(ClientJoined{1});
  const std::optional<Problem> refused = story.machine.refuse({2, 1, {reader}, 0, "x"});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, ErrorCode::lost);
  EXPECT_TRUE(says(*refused, "not heard of for longer than the client timeout of 60 s,")) << refused->message;
  ASSERT_TRUE(story.machine.why_gone({1, 0}, 1));
  // Others are not told what was another's.
  EXPECT_FALSE(story.machine.why_gone({1, 0}, 2));
  EXPECT_TRUE(says(*story.machine.refuse({2, 2, {reader}, 0, "x"}), "its client has gone"));
}

/// The worker finds the file of a chunk altered, whenever it is read.
void alter(Story& story, std::int64_t chunk) {
  story.tell(ProductsLost{1, {1, 0}, {chunk, chunk + 1}, "chunk 0 of array 1/0: /spill/x does not hold it"});
}

TEST(MachineLosses, AChunkThatIsLostAgainAndAgainIsToldAndLeftAloneForAWhile) {
  Story story;
  story.join(1);
  story.submit(1, {persist_step(4)});
  story.work();
  StepSpec reader = write_step(4);
  reader.reads = {{1, 0}};
  story.submit(2, {reader});
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(story.state(2), State::running);
    const std::vector<Assign> reads = story.of_step({2, 0});
    alter(story, 0);
    for (const Assign& range : reads) story.fail(range, "chunk 0 is not here", 1);
    story.work({2, 0});  // it is made again
  }
  alter(story, 0);
  ASSERT_EQ(story.state(2), State::failed);
  const Problem problem = *story.machine.view(2)->problem;
  EXPECT_EQ(problem.code, ErrorCode::io);
  EXPECT_TRUE(says(problem, "lost 4 times where it lay; the last time by worker w1 (chunk 0 of array 1/0: /spill/x"))
      << problem.message;
  EXPECT_TRUE(story.in_hand.empty());
  EXPECT_EQ(story.machine.arrays().size(), 1U) << "it is kept";
  // It is made again by and by; who comes then is told at the first loss.
  story.pass(11, {1});
  story.tell(ClientHeard{1, {{1, 0}}});
  story.work();
  EXPECT_TRUE(story.machine.locate({1, 0}));
  story.submit(3, {reader});
  alter(story, 0);
  EXPECT_EQ(story.state(3), State::failed);
}

TEST(MachineLosses, ChunksThatAreLostNowAndThenAreMadeAgain) {
  Story story;
  story.join(1);
  story.submit(1, {persist_step(4)});
  story.work();
  for (int i = 0; i < 10; ++i) {
    alter(story, 0);
    story.work();
    EXPECT_TRUE(story.machine.locate({1, 0}));
    for (int seconds = 0; seconds < 65; seconds += 5) {
      story.tell(ClientHeard{1, {{1, 0}}});
      story.pass(5, {1});
    }
  }
  for (const std::int64_t chunk : {0, 1, 2, 3}) {
    alter(story, chunk);
    story.work();
  }
  EXPECT_FALSE(story.machine.trouble({1, 0}));
  EXPECT_TRUE(story.machine.locate({1, 0})) << "all of a folder at once is no reason to despair";
}

TEST(MachineLosses, ARunWhoseOwnChunksAreLostAgainAndAgainFails) {
  Story story;
  story.join(1);
  story.submit(1, {write_step(4)});
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(story.state(1), State::running);
    story.work();
    alter(story, 0);
  }
  ASSERT_EQ(story.state(1), State::failed);
  EXPECT_TRUE(says(*story.machine.view(1)->problem, "worker w1"));
}

TEST(MachineShortage, AClientThatIsLostWithItsRunIsToldSoWhenItComesBack) {
  Story story;
  story.join(1);
  story.submit(1, {write_step(4)});
  story.pass(61, {1});
  ASSERT_EQ(story.all<RunFailed>().size(), 1U);
  EXPECT_EQ(story.all<RunFailed>()[0].problem.code, ErrorCode::lost);
  EXPECT_TRUE(says(story.all<RunFailed>()[0].problem, "was not heard of for 60 s"));
}

}  // namespace
}  // namespace chunkwise_test
