// How many workers a cluster should have, told second by second.
#include "backends/thrift/launch/adapt.hpp"

#include <gtest/gtest.h>

#include <string>

using chunkwise::ClusterStatus;
using chunkwise::thrift::Adapt;

namespace {

/// A cluster of some workers, each working on so many ranges, with so many runs.
ClusterStatus cluster(int workers, int ranges, int runs, const std::string& waits_for = {}) {
  ClusterStatus status;
  for (int i = 0; i < workers; ++i) {
    ClusterStatus::Member member;
    member.memory_limit = 1000;
    member.running = ranges;
    status.workers.push_back(member);
  }
  for (int i = 0; i < runs; ++i) status.runs.push_back({i, 0.5, waits_for});
  return status;
}

TEST(Adapt, KeepsWithinItsBounds) {
  Adapt adapt(2, 8);
  EXPECT_EQ(adapt.wanted(cluster(0, 0, 0), 0, 0), 2);
  EXPECT_EQ(adapt.wanted(cluster(9, 1, 1), 9, 0), 8);
}

TEST(Adapt, DoublesWhileAllAreBusy) {
  Adapt adapt(1, 10);
  EXPECT_EQ(adapt.wanted(cluster(2, 1, 1), 2, 0), 2);  // for two seconds nothing
  EXPECT_EQ(adapt.wanted(cluster(2, 1, 1), 2, 1), 2);
  EXPECT_EQ(adapt.wanted(cluster(2, 1, 1), 2, 2), 4);
  // As long as those are not there, no more are wanted.
  for (int t = 3; t < 60; ++t) EXPECT_EQ(adapt.wanted(cluster(3, 1, 1), 4, t), 4);
  EXPECT_EQ(adapt.wanted(cluster(4, 1, 1), 4, 60), 4);
  EXPECT_EQ(adapt.wanted(cluster(4, 1, 1), 4, 62), 8);
  EXPECT_EQ(adapt.wanted(cluster(8, 1, 1), 8, 63), 8);
  EXPECT_EQ(adapt.wanted(cluster(8, 1, 1), 8, 65), 10);
}

TEST(Adapt, WantsNoMoreWhileSomeAreIdle) {
  Adapt adapt(1, 10);
  for (int t = 0; t < 60; ++t) {
    ClusterStatus status = cluster(2, 1, 1);
    status.workers[1].running = 0;
    EXPECT_EQ(adapt.wanted(status, 2, t), 2);
  }
}

TEST(Adapt, BeginsAtNothingWhenARunComes) {
  Adapt adapt(0, 10);
  EXPECT_EQ(adapt.wanted(cluster(0, 0, 0), 0, 0), 0);
  EXPECT_EQ(adapt.wanted(cluster(0, 0, 1, "workers"), 0, 1), 1);
}

TEST(Adapt, WantsMoreMemoryForARunThatWaitsForIt) {
  Adapt adapt(1, 10);
  EXPECT_EQ(adapt.wanted(cluster(2, 0, 1, "memory that other clients release"), 2, 0), 2);
  EXPECT_EQ(adapt.wanted(cluster(2, 0, 1, "memory that other clients release"), 2, 2), 4);
}

TEST(Adapt, GoesDownAfterTheIdleTime) {
  Adapt adapt(1, 10, 60);
  EXPECT_EQ(adapt.wanted(cluster(8, 0, 0), 8, 0), 8);
  EXPECT_EQ(adapt.wanted(cluster(8, 0, 0), 8, 59), 8);
  EXPECT_EQ(adapt.wanted(cluster(8, 1, 1), 8, 59.5), 8);  // a run: the time begins anew
  EXPECT_EQ(adapt.wanted(cluster(8, 0, 0), 8, 60), 8);
  EXPECT_EQ(adapt.wanted(cluster(8, 0, 0), 8, 121), 1);
}

TEST(Adapt, KeepsWhoHoldsChunks) {
  Adapt adapt(0, 10, 60);
  ClusterStatus status = cluster(8, 0, 0);
  status.workers[0].held = 900;
  status.workers[5].held = 300;
  EXPECT_EQ(adapt.wanted(status, 8, 0), 8);
  EXPECT_EQ(adapt.wanted(status, 8, 60), 3);  // 1200 bytes in halves of 1000
  status.workers[0].held = status.workers[5].held = 1;
  EXPECT_EQ(adapt.wanted(status, 8, 61), 1);
}

}  // namespace
