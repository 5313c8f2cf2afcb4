#include "backends/cluster/item_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace chunkwise_test {
namespace {

using chunkwise::cluster::Items;
using chunkwise::cluster::ItemSet;

std::vector<Items> ranges_of(const ItemSet& set) { return {set.begin(), set.end()}; }

TEST(ItemSet, RangesThatTouchBecomeOne) {
  ItemSet set({0, 3});
  set.add({5, 8});
  EXPECT_EQ(ranges_of(set), (std::vector<Items>{{0, 3}, {5, 8}}));
  set.add({3, 5});
  EXPECT_EQ(ranges_of(set), (std::vector<Items>{{0, 8}}));
  EXPECT_EQ(set.count(), 8);
}

TEST(ItemSet, ARangeTakenFromTheMiddleLeavesTwo) {
  ItemSet set({0, 1'000'000});
  set.remove({10, 20});
  EXPECT_EQ(ranges_of(set), (std::vector<Items>{{0, 10}, {20, 1'000'000}}));
  EXPECT_EQ(set.count(), 999'990);
  EXPECT_TRUE(set.contains({20, 30}));
  EXPECT_FALSE(set.contains({5, 25}));
}

TEST(ItemSet, TheWorkItemOfARankSkipsWhatIsNotThere) {
  ItemSet set({0, 3});
  set.add({10, 12});
  EXPECT_EQ(set.nth(2), 2);
  EXPECT_EQ(set.nth(3), 10);
  EXPECT_EQ(set.nth(4), 11);
}

TEST(ItemSet, AnEmptyRangeChangesNothing) {
  ItemSet set({4, 6});
  set.add({5, 5});
  set.add({9, 3});
  set.remove({5, 5});
  EXPECT_EQ(ranges_of(set), (std::vector<Items>{{4, 6}}));
  EXPECT_TRUE(set.contains({7, 7}));
}

std::set<std::int64_t> naive(const ItemSet& set) {
  std::set<std::int64_t> result;
  for (const Items& items : set)
    for (std::int64_t item = items.first; item < items.last; ++item) result.insert(item);
  return result;
}

TEST(ItemSet, IsWhatASetOfSingleWorkItemsIs) {
  std::mt19937_64 random(7);  // NOLINT: the same sets each time
  for (int round = 0; round < 300; ++round) {
    ItemSet a;
    ItemSet b;
    std::set<std::int64_t> singles;
    for (int i = 0; i < 30; ++i) {
      const auto first = static_cast<std::int64_t>(random() % 60);
      const Items items{first, first + static_cast<std::int64_t>(random() % 12)};
      if (random() % 3) {
        a.add(items);
        for (std::int64_t item = items.first; item < items.last; ++item) singles.insert(item);
      } else {
        a.remove(items);
        for (std::int64_t item = items.first; item < items.last; ++item) singles.erase(item);
        b.add(items);
      }
      ASSERT_EQ(naive(a), singles);
      ASSERT_EQ(a.count(), static_cast<std::int64_t>(singles.size()));
      for (auto range = a.begin(); range != a.end() && std::next(range) != a.end(); ++range)
        ASSERT_LT(range->last, std::next(range)->first);
    }
    std::set<std::int64_t> both;
    std::set<std::int64_t> rest;
    for (const std::int64_t item : singles) (naive(b).count(item) ? both : rest).insert(item);
    ASSERT_EQ(naive(a.common(b)), both);
    ASSERT_EQ(naive(a.without(b)), rest);
    ItemSet sum = a.common(b);
    sum.add(a.without(b));
    ASSERT_EQ(sum, a);
    std::int64_t rank = 0;
    for (const std::int64_t item : singles) ASSERT_EQ(a.nth(rank++), item);
  }
}

}  // namespace
}  // namespace chunkwise_test
