#include "runtime/executor/team.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace chunkwise::executor {
namespace {

using namespace std::chrono_literals;

TEST(Team, EveryItemRunsExactlyOnce) {
  for (const int threads : {1, 2, 3, 8, 33}) {
    std::vector<std::atomic<int>> runs(5000);
    run_items(
        threads, 5000, [&](int, std::int64_t item) { ++runs[static_cast<std::size_t>(item)]; }, nullptr);
    for (const auto& count : runs) ASSERT_EQ(count, 1) << threads << " threads";
  }
}

TEST(Team, NoItemsIsNothingToDo) {
  run_items(
      4, 0, [](int, std::int64_t) { FAIL(); }, nullptr);
}

TEST(Team, ASlotIsUsedByOneThreadAtATime) {
  constexpr int threads = 4;
  std::vector<std::atomic<int>> busy(threads);
  std::atomic<bool> shared = false;
  run_items(
      threads, 400,
      [&](int worker, std::int64_t) {
        ASSERT_GE(worker, 0);
        ASSERT_LT(worker, threads);
        if (++busy[static_cast<std::size_t>(worker)] != 1) shared = true;
        std::this_thread::sleep_for(100us);
        --busy[static_cast<std::size_t>(worker)];
      },
      nullptr);
  EXPECT_FALSE(shared);
}

TEST(Team, OneThreadOrOneItemRunsInTheCallingThread) {
  const auto caller = std::this_thread::get_id();
  run_items(
      1, 3, [&](int worker, std::int64_t) { EXPECT_EQ(std::this_thread::get_id(), caller) << worker; }, nullptr);
  run_items(
      8, 1, [&](int worker, std::int64_t) { EXPECT_EQ(std::this_thread::get_id(), caller) << worker; }, nullptr);
}

TEST(Team, OneThreadTakesItemsInOrder) {
  std::vector<std::int64_t> order;
  run_items(
      1, 100, [&](int, std::int64_t item) { order.push_back(item); }, nullptr);
  std::vector<std::int64_t> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
}

TEST(Team, MoreThreadsThanCoresAllTakePart) {
  std::mutex mutex;
  std::set<std::thread::id> seen;
  run_items(
      12, 1200,
      [&](int, std::int64_t) {
        std::this_thread::sleep_for(50us);
        const std::scoped_lock lock(mutex);
        seen.insert(std::this_thread::get_id());
      },
      nullptr);
  EXPECT_GT(seen.size(), 2U);
  EXPECT_LE(seen.size(), 12U);
  EXPECT_FALSE(seen.contains(std::this_thread::get_id()));
}

TEST(Team, TheFirstExceptionStopsTheJobAndIsThrown) {
  for (const int threads : {1, 2, 5}) {
    std::atomic<int> runs = 0;
    try {
      run_items(
          threads, 1'000'000,
          [&](int, std::int64_t item) {
            ++runs;
            if (item == 10) throw std::runtime_error("item 10");
          },
          nullptr);
      FAIL() << "no exception";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()), "item 10");
    }
    EXPECT_LT(runs, 1'000'000);
  }
}

TEST(Team, WorksOnAfterAnException) {
  EXPECT_THROW(run_items(
                   3, 10, [](int, std::int64_t) { throw std::runtime_error("all of them"); }, nullptr),
               std::runtime_error);
  std::atomic<int> runs = 0;
  run_items(
      3, 10, [&](int, std::int64_t) { ++runs; }, nullptr);
  EXPECT_EQ(runs, 10);
}

TEST(Team, NothingRunsAnyMoreWhenItReturns) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> inside = 0;
    try {
      run_items(
          4, 100,
          [&](int, std::int64_t item) {
            ++inside;
            std::this_thread::sleep_for(20us);
            --inside;
            if (item == 20) throw std::runtime_error("stop");
          },
          nullptr);
    } catch (const std::runtime_error&) {
    }
    ASSERT_EQ(inside, 0);
  }
}

TEST(Team, TicksInTheCallingThreadWhileItemsRun) {
  const auto caller = std::this_thread::get_id();
  for (const int threads : {1, 2}) {
    int ticks = 0;
    run_items(
        threads, 12, [](int, std::int64_t) { std::this_thread::sleep_for(60ms); },
        [&] {
          EXPECT_EQ(std::this_thread::get_id(), caller);
          ++ticks;
        });
    EXPECT_GE(ticks, 1) << threads << " threads";
    EXPECT_LE(ticks, 12) << threads << " threads";
  }
}

TEST(Team, AnExceptionOfATickStopsTheJobToo) {
  for (const int threads : {1, 2}) {
    std::atomic<int> runs = 0;
    EXPECT_THROW(run_items(
                     threads, 1000,
                     [&](int, std::int64_t) {
                       ++runs;
                       std::this_thread::sleep_for(5ms);
                     },
                     [] { throw std::logic_error("tick"); }),
                 std::logic_error);
    EXPECT_LT(runs, 1000);
  }
}

TEST(Team, JobsOfSeveralThreadsRunAtTheSameTime) {
  std::vector<std::thread> callers;
  std::vector<std::int64_t> sums(6);
  for (std::size_t c = 0; c < sums.size(); ++c)
    callers.emplace_back([&total = sums[c]] {
      for (int round = 0; round < 20; ++round) {
        std::atomic<std::int64_t> sum = 0;
        run_items(
            3, 200, [&](int, std::int64_t item) { sum += item; }, nullptr);
        total += sum;
      }
    });
  for (std::thread& caller : callers) caller.join();
  for (const std::int64_t sum : sums) EXPECT_EQ(sum, 20 * 19900);
}

TEST(Team, AFailingJobLeavesOthersAlone) {
  std::atomic<std::int64_t> sum = 0;
  std::thread other([&] {
    run_items(
        2, 2000, [&](int, std::int64_t item) { sum += item; }, nullptr);
  });
  for (int round = 0; round < 20; ++round)
    EXPECT_THROW(run_items(
                     2, 50, [](int, std::int64_t) { throw std::runtime_error("mine"); }, nullptr),
                 std::runtime_error);
  other.join();
  EXPECT_EQ(sum, 1'999'000);
}

TEST(Team, AnItemMayRunItemsOfItsOwn) {
  std::atomic<int> runs = 0;
  run_items(
      3, 6,
      [&](int, std::int64_t) {
        run_items(
            3, 10,
            [&](int, std::int64_t) {
              run_items(
                  2, 2, [&](int, std::int64_t) { ++runs; }, nullptr);
            },
            nullptr);
      },
      nullptr);
  EXPECT_EQ(runs, 120);
}

TEST(Team, JobsFollowEachOtherQuickly) {
  std::atomic<int> runs = 0;
  for (int job = 0; job < 3000; ++job)
    run_items(
        2, 4, [&](int, std::int64_t) { ++runs; }, nullptr);
  EXPECT_EQ(runs, 12000);
}

}  // namespace
}  // namespace chunkwise::executor
