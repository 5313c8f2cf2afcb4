// Workers that are asked to end: what they alone hold goes to others.
#include "tests/cluster/stories.hpp"

namespace chunkwise_test {
namespace {

using chunkwise::ErrorCode;
using State = RunView::State;

TEST(MachineHandOver, AWorkerThatRetiresHandsOverWhatItAloneHolds) {
  Story story;
  story.join({1, 2, 3});
  story.submit(1, {persist_step(9, 10)});
  story.work();
  story.submit(2, {upload_step(6)});
  story.tell(Uploaded{1, {2, 0}});
  story.tell(WorkerRetires{2});
  EXPECT_TRUE(story.machine.handing_over(2));
  std::vector<Copy> copies = story.all<Copy>();
  ASSERT_FALSE(copies.empty());
  while (!copies.empty()) {
    EXPECT_NE(copies.front().worker, 2);
    EXPECT_EQ(copies.front().held.worker, 2);
    story.tell(CopyDone{copies.front().worker, copies.front().ticket});
    copies.erase(copies.begin());
    for (const Copy& copy : story.all<Copy>()) copies.push_back(copy);
  }
  EXPECT_FALSE(story.machine.handing_over(2));
  for (const StepKey key : {StepKey{1, 0}, StepKey{2, 0}})
    for (const Held& held : story.lies(key)) EXPECT_NE(held.worker, 2);
  story.tell(WorkerGone{2, true});
  EXPECT_TRUE(story.in_hand.empty()) << "nothing has to be made again";
  EXPECT_TRUE(story.machine.locate({1, 0}) && story.machine.locate({2, 0}));
}

TEST(MachineHandOver, StatesOfReductionsAreHandedOverToo) {
  Story story;
  story.join({1, 2});
  story.submit(1, z_score(8, 2, false));
  story.done(story.of_worker(1).front());
  story.done(story.of_worker(2).front());
  story.tell(WorkerRetires{2});
  const std::vector<Copy> copies = story.all<Copy>();
  ASSERT_EQ(copies.size(), 1U);
  EXPECT_EQ(copies[0].key, (StepKey{1, 0}));
  std::erase_if(story.in_hand, [](const Assign& a) { return a.worker == 2; });
  EXPECT_TRUE(story.machine.handing_over(2));
  story.tell(CopyDone{1, copies[0].ticket});
  EXPECT_FALSE(story.machine.handing_over(2));
  story.tell(WorkerGone{2, true});
  while (!story.in_hand.empty()) {
    const Assign range = story.in_hand.front();
    if (range.key == StepKey{1, 0}) {
      EXPECT_TRUE(ItemSet(range.items).common(copies[0].held.items).empty());
    }
    story.done(range);
  }
  EXPECT_EQ(story.state(1), State::finished);
}

TEST(MachineHandOver, AWorkerThatRetiresGetsNothingMore) {
  Story story;
  story.join({1, 2});
  story.submit(1, {write_step(100)});
  story.tell(WorkerRetires{2});
  std::erase_if(story.in_hand, [](const Assign& a) { return a.worker == 2; });
  story.join(3);
  while (!story.in_hand.empty()) {
    EXPECT_NE(story.in_hand.front().worker, 2);
    story.done(story.in_hand.front());
  }
  EXPECT_EQ(story.state(1), State::finished);
  EXPECT_TRUE(story.all<RunFailed>().empty());
  EXPECT_EQ(story.machine.view(1)->workers, 3);
}

TEST(MachineHandOver, WithNobodyWhoHasRoomAWorkerMayGoAtOnce) {
  Story story;
  story.join(1, 1, 100);
  story.submit(1, {persist_step(9, 10)});
  story.work();
  story.tell(WorkerRetires{1});
  EXPECT_FALSE(story.machine.handing_over(1)) << "it is alone";
  EXPECT_EQ(story.state(1), State::finished);
  story.tell(WorkerGone{1, true});
  EXPECT_EQ(story.state(1), State::waiting_for_workers);
  story.join(2, 1, 100);
  story.work();
  EXPECT_TRUE(story.machine.locate({1, 0}));
}

TEST(MachineHandOver, WhatWouldBeLostForEverWaitsForRoom) {
  Story story;
  story.join(1, 1, 100);
  story.submit(1, {upload_step(6, 10)});
  story.tell(Uploaded{1, {1, 0}});
  story.join(2, 1, 20);
  story.tell(WorkerRetires{1});
  for (const Copy& copy : story.all<Copy>()) story.tell(CopyDone{copy.worker, copy.ticket});
  EXPECT_TRUE(story.machine.handing_over(1)) << "the other has no room at present";
  story.join(3, 1, 100);
  for (std::vector<Copy> copies = story.all<Copy>(); !copies.empty(); copies = story.all<Copy>())
    for (const Copy& copy : copies) story.tell(CopyDone{copy.worker, copy.ticket});
  EXPECT_FALSE(story.machine.handing_over(1));
  story.tell(WorkerGone{1, true});
  EXPECT_TRUE(story.machine.locate({1, 0}));
}

TEST(MachineHandOver, WhatWouldBeLostForEverGoesFirst) {
  Story story;
  story.join(1, 1, 200);
  story.submit(1, {persist_step(6, 10)});
  story.work();
  story.submit(2, {upload_step(6, 10)});
  story.tell(Uploaded{1, {2, 0}});
  story.join(2, 1, 65);
  story.tell(WorkerRetires{1});
  const std::vector<Copy> copies = story.all<Copy>();
  ASSERT_FALSE(copies.empty());
  EXPECT_EQ(copies.front().key, (StepKey{2, 0}));
}

TEST(MachineHandOver, WhatCanBeMadeAgainTakesNothingFromWhatWouldBeLostForEver) {
  Story story;
  story.join(1, 1, 300);
  story.submit(1, {persist_step(6, 10)});
  story.work();
  story.submit(2, {upload_step(6, 20)});
  story.tell(Uploaded{1, {2, 0}});
  story.join(2, 1, 65);  // room for three of the upload's chunks
  story.tell(WorkerRetires{1});
  std::vector<Copy> copies = story.all<Copy>();
  for (; !copies.empty(); copies = story.all<Copy>())
    for (const Copy& copy : copies) {
      EXPECT_EQ(copy.key, (StepKey{2, 0}));
      story.tell(CopyDone{copy.worker, copy.ticket});
    }
  story.join(3, 1, 300);
  std::vector<StepKey> order;
  for (copies = story.all<Copy>(); !copies.empty(); copies = story.all<Copy>())
    for (const Copy& copy : copies) {
      order.push_back(copy.key);
      story.tell(CopyDone{copy.worker, copy.ticket});
    }
  EXPECT_EQ(order.front(), (StepKey{2, 0}));
  EXPECT_EQ(order.back(), (StepKey{1, 0})) << "then it is handed over too";
  EXPECT_TRUE(std::ranges::is_sorted(order, std::greater<>()));
  EXPECT_FALSE(story.machine.handing_over(1));
}

/// Ends all copies that there are to be, and gives the work items of each array that were copied.
std::map<StepKey, ItemSet> copied(Story& story) {
  std::map<StepKey, ItemSet> items;
  for (std::vector<Copy> copies = story.all<Copy>(); !copies.empty();) {
    const Copy copy = copies.front();
    copies.erase(copies.begin());
    items[copy.key].add(copy.held.items);
    story.tell(CopyDone{copy.worker, copy.ticket});
    for (const Copy& next : story.all<Copy>()) copies.push_back(next);
  }
  return items;
}

TEST(MachineHandOver, WhatFitsNowhereKeepsNothingElseBack) {
  Story story;
  story.join(1, 1, 300);
  story.submit(1, {persist_step(6, 10)});
  story.work();
  story.submit(2, {upload_step(6, 20)});
  story.tell(Uploaded{1, {2, 0}});
  story.join(2, 1, 70);  // room for three of the upload's chunks, and for one of the others beside them
  story.tell(WorkerRetires{1});
  auto items = copied(story);
  EXPECT_EQ((items[StepKey{2, 0}].count()), 3);
  EXPECT_EQ((items[StepKey{1, 0}].count()), 1);
  EXPECT_TRUE(story.machine.handing_over(1)) << "somebody may come who has room for the rest";
}

/// An upload of 60 bytes that fills worker 1, and an array of 90 on worker 2, which has room for 10 more.
Story an_upload_beside_an_array(bool made_of_it) {
  Story story;
  story.join(1, 1, 60);
  story.submit(1, {upload_step(6, 10)});
  story.tell(Uploaded{1, {1, 0}});
  story.join(2, 1, 100);
  StepSpec array = persist_step(9, 10);
  if (made_of_it) array.reads = {{1, 0}};
  story.submit(2, {array});
  story.work();
  EXPECT_EQ(story.machine.workers()[1].held, 90);
  return story;
}

TEST(MachineHandOver, WhatCanBeMadeAgainMakesWayForWhatCannot) {
  Story story = an_upload_beside_an_array(false);
  story.tell(WorkerRetires{1});
  EXPECT_EQ((copied(story)[StepKey{1, 0}].count()), 6);
  EXPECT_FALSE(story.machine.handing_over(1));
  story.tell(WorkerGone{1, true});
  EXPECT_TRUE(story.machine.locate({1, 0}));
  EXPECT_FALSE(story.machine.locate({2, 0}));
  EXPECT_TRUE(story.logged("drops 5 work items of array of run 2, which can be made again, for array of run 1"));
  story.join(3, 1, 100);
  story.work();
  EXPECT_TRUE(story.machine.locate({2, 0})) << "it was kept all the time";
  EXPECT_TRUE(story.all<RunFailed>().empty());
}

TEST(MachineHandOver, NothingMakesWayForWhatItIsMadeOf) {
  Story story = an_upload_beside_an_array(true);
  story.tell(WorkerRetires{1});
  EXPECT_EQ((copied(story)[StepKey{1, 0}].count()), 1) << "were it not all copied in time, both would be lost";
  EXPECT_TRUE(story.machine.locate({2, 0}));
}

TEST(MachineHandOver, NothingMakesWayInVain) {
  Story story;
  story.join(1, 1, 200);
  story.submit(1, {upload_step(1, 200)});
  story.tell(Uploaded{1, {1, 0}});
  story.join(2, 1, 100);
  story.submit(2, {persist_step(9, 10)});
  story.work();
  story.tell(WorkerRetires{1});
  EXPECT_TRUE(story.all<Copy>().empty());
  EXPECT_TRUE(story.machine.locate({2, 0}));
}

TEST(MachineHandOver, WhatWouldBeLostForEverIsCopiedAgainWhereThatFailed) {
  Story story;
  story.join(1, 1, 100);
  story.submit(1, {upload_step(6, 10)});
  story.tell(Uploaded{1, {1, 0}});
  story.join(2, 1, 100);
  story.join(3, 1, 90);
  story.tell(WorkerRetires{1});
  ASSERT_EQ(story.all<Copy>().size(), 1U);
  const Copy first = story.all<Copy>()[0];
  EXPECT_EQ(first.worker, 2);
  story.tell(CopyFailed{2, first.ticket});
  EXPECT_TRUE(story.machine.handing_over(1)) << "it is tried again";
  EXPECT_TRUE(story.all<Copy>().empty()) << "though not at once";
  story.now += 1;
  story.tell(WorkerHeard{1});
  story.tell(Tick{});
  ASSERT_EQ(story.all<Copy>().size(), 1U);
  EXPECT_EQ(story.all<Copy>()[0].held.items, (Items{0, 6}));
  story.tell(CopyDone{story.all<Copy>()[0].worker, story.all<Copy>()[0].ticket});
  EXPECT_FALSE(story.machine.handing_over(1));
  story.tell(WorkerGone{1, true});
  EXPECT_TRUE(story.machine.locate({1, 0}));
}

TEST(MachineHandOver, StreamedChunksOfAWorkerThatRetiresAreLeftToTheirClient) {
  Story story;
  story.join({1, 2});
  story.submit(1, {write_step(2)});
  story.work();
  story.tell(WorkerRetires{2});
  EXPECT_TRUE(story.all<Copy>().empty());
  EXPECT_TRUE(story.machine.handing_over(2));
  story.tell(Consumed{1, {1, 0}, {0, 2}});
  EXPECT_FALSE(story.machine.handing_over(2));
}

TEST(MachineHandOver, WhatCannotBeCopiedGoesWithItsHolderAndIsMadeAgain) {
  Story story;
  story.join({1, 2});
  story.submit(1, {persist_step(4)});
  story.work();
  story.tell(WorkerRetires{2});
  const std::vector<Copy> copies = story.all<Copy>();
  ASSERT_EQ(copies.size(), 1U);
  story.tell(CopyFailed{1, copies[0].ticket});
  EXPECT_FALSE(story.machine.handing_over(2));
  story.tell(WorkerGone{2, true});
  story.work();
  EXPECT_TRUE(story.machine.locate({1, 0}));
}

}  // namespace
}  // namespace chunkwise_test
