// What of a run's output a client fetches from whom.
#include "backends/cluster/client/output.hpp"

#include <gtest/gtest.h>

#include "chunkwise/chunkwise.hpp"

namespace chunkwise::cluster {
namespace {

ReadyRange range(WorkerId worker, std::int64_t first, std::int64_t last) { return {{{first, last}, worker}, {}, {}}; }

std::int64_t count(const std::vector<Output::Claim>& claims) {
  std::int64_t count = 0;
  for (const Output::Claim& claim : claims) count += claim.items.count();
  return count;
}

TEST(AnOutput, IsFetchedFromWhoMadeItAgain) {
  Output output(full<1>({8}, 0.0, {1}).node(), Target{}, {});
  ReadyChunks ready;
  ready.ranges = {range(1, 0, 4), range(2, 0, 2), range(3, 2, 6)};  // worker 1 is gone, as will turn out
  auto claims = output.claim(ready);
  EXPECT_EQ(count(claims[1]), 0);
  EXPECT_EQ(count(claims[2]), 2);
  EXPECT_EQ(count(claims[3]), 4);
  EXPECT_FALSE(output.complete());
}

TEST(AnOutput, IsFetchedOnce) {
  Output output(full<1>({4}, 0.0, {1}).node(), Target{}, {});
  ReadyChunks ready;
  ready.ranges = {range(1, 0, 3)};
  EXPECT_EQ(count(output.claim(ready)[1]), 3);
  ready.ranges = {range(2, 0, 4)};
  EXPECT_EQ(count(output.claim(ready)[2]), 1);
  EXPECT_TRUE(output.complete());
  output.miss(ItemSet({1, 2}));
  EXPECT_EQ(count(output.claim(ready)[2]), 1);
}

}  // namespace
}  // namespace chunkwise::cluster
