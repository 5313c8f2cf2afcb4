#include "backends/cluster/unit_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace chunkwise_test {
namespace {

using chunkwise::cluster::Units;
using chunkwise::cluster::UnitSet;

std::vector<Units> ranges_of(const UnitSet& set) { return {set.begin(), set.end()}; }

TEST(UnitSet, RangesThatTouchBecomeOne) {
  UnitSet set({0, 3});
  set.add({5, 8});
  EXPECT_EQ(ranges_of(set), (std::vector<Units>{{0, 3}, {5, 8}}));
  set.add({3, 5});
  EXPECT_EQ(ranges_of(set), (std::vector<Units>{{0, 8}}));
  EXPECT_EQ(set.count(), 8);
}

TEST(UnitSet, ARangeTakenFromTheMiddleLeavesTwo) {
  UnitSet set({0, 1'000'000});
  set.remove({10, 20});
  EXPECT_EQ(ranges_of(set), (std::vector<Units>{{0, 10}, {20, 1'000'000}}));
  EXPECT_EQ(set.count(), 999'990);
  EXPECT_TRUE(set.contains({20, 30}));
  EXPECT_FALSE(set.contains({5, 25}));
}

TEST(UnitSet, TheUnitOfARankSkipsWhatIsNotThere) {
  UnitSet set({0, 3});
  set.add({10, 12});
  EXPECT_EQ(set.nth(2), 2);
  EXPECT_EQ(set.nth(3), 10);
  EXPECT_EQ(set.nth(4), 11);
}

TEST(UnitSet, AnEmptyRangeChangesNothing) {
  UnitSet set({4, 6});
  set.add({5, 5});
  set.add({9, 3});
  set.remove({5, 5});
  EXPECT_EQ(ranges_of(set), (std::vector<Units>{{4, 6}}));
  EXPECT_TRUE(set.contains({7, 7}));
}

std::set<std::int64_t> naive(const UnitSet& set) {
  std::set<std::int64_t> result;
  for (const Units& units : set)
    for (std::int64_t u = units.first; u < units.last; ++u) result.insert(u);
  return result;
}

TEST(UnitSet, IsWhatASetOfSingleUnitsIs) {
  std::mt19937_64 random(7);  // NOLINT: the same sets each time
  for (int round = 0; round < 300; ++round) {
    UnitSet a;
    UnitSet b;
    std::set<std::int64_t> singles;
    for (int i = 0; i < 30; ++i) {
      const auto first = static_cast<std::int64_t>(random() % 60);
      const Units units{first, first + static_cast<std::int64_t>(random() % 12)};
      if (random() % 3) {
        a.add(units);
        for (std::int64_t u = units.first; u < units.last; ++u) singles.insert(u);
      } else {
        a.remove(units);
        for (std::int64_t u = units.first; u < units.last; ++u) singles.erase(u);
        b.add(units);
      }
      ASSERT_EQ(naive(a), singles);
      ASSERT_EQ(a.count(), static_cast<std::int64_t>(singles.size()));
      for (auto range = a.begin(); range != a.end() && std::next(range) != a.end(); ++range)
        ASSERT_LT(range->last, std::next(range)->first);
    }
    std::set<std::int64_t> both;
    std::set<std::int64_t> rest;
    for (const std::int64_t u : singles) (naive(b).count(u) ? both : rest).insert(u);
    ASSERT_EQ(naive(a.common(b)), both);
    ASSERT_EQ(naive(a.without(b)), rest);
    UnitSet sum = a.common(b);
    sum.add(a.without(b));
    ASSERT_EQ(sum, a);
    std::int64_t rank = 0;
    for (const std::int64_t u : singles) ASSERT_EQ(a.nth(rank++), u);
  }
}

}  // namespace
}  // namespace chunkwise_test
