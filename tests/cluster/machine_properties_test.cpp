// What holds for every history: the machine keeps its rules, what it hands out can be done, everything comes to an end,
// and nothing stays behind. A failure tells its seed and how the history ended; CHUNKWISE_PROPERTY_SCALE (1) multiplies
// the number of histories.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cluster/cluster_sim.hpp"
#include "tests/cluster/scarce_sim.hpp"

namespace chunkwise_test {
namespace {

struct Sums {
  std::int64_t finished = 0, failed = 0;
};

template <class Sim = ClusterSim, class Check>
Sums tell_histories(std::uint64_t count, bool trouble, const Check& check) {
  const char* const scale = std::getenv("CHUNKWISE_PROPERTY_SCALE");
  count = static_cast<std::uint64_t>(std::max(1.0, static_cast<double>(count) * (scale ? std::atof(scale) : 1.0)));
  const char* const only = std::getenv("CHUNKWISE_SEED");
  Sums sums;
  for (std::uint64_t seed = only ? std::strtoull(only, nullptr, 10) : 0; seed < count; ++seed) {
    Sim sim(seed);
    try {
      const std::uint64_t events = 20 + seed * 37 % 400;
      for (std::uint64_t i = 0; i < events; ++i) sim.step(trouble);
      sim.come_to_an_end();
      check(sim);
      sim.check_end();
    } catch (const std::exception& error) {
      std::string last;
      const auto& history = sim.history();
      for (std::size_t i = history.size() - std::min<std::size_t>(history.size(), only ? 100'000 : 60);
           i < history.size(); ++i)
        last += history[i] + "\n";
      ADD_FAILURE() << "seed " << seed << ": " << error.what() << "\n" << last;
      return sums;
    }
    sums.finished += sim.finished();
    sums.failed += static_cast<std::int64_t>(sim.failed());
    if (only) break;
  }
  return sums;
}

TEST(MachineProperties, WithoutTroubleEveryRunFinishesAndEveryWorkItemIsMadeOnce) {
  const Sums sums = tell_histories(150, false, [](const ClusterSim& sim) { sim.expect_all_finished_and_made_once(); });
  EXPECT_GT(sums.finished, 0);
}

TEST(MachineProperties, WhateverHappensEverythingComesToAnEnd) {
  const Sums sums = tell_histories(400, true, [](const ClusterSim&) {});
  EXPECT_GT(sums.finished, 0);
  EXPECT_GT(sums.failed, 0);
}

TEST(MachineProperties, WithScarceMemoryNoRunWaitsForEver) {
  std::int64_t short_of_memory = 0;
  const Sums sums =
      tell_histories<ScarceSim>(150, false, [&](const ScarceSim& sim) { short_of_memory += sim.short_of_memory(); });
  EXPECT_GT(sums.finished, 0);
  EXPECT_GT(short_of_memory, 0);
}

TEST(MachineProperties, WithScarceMemoryNothingIsForgottenThoughWorkersLoseChunks) {
  std::size_t lost = 0;
  const Sums sums = tell_histories<ScarceSim>(300, true, [&](const ScarceSim& sim) { lost += sim.lost(); });
  EXPECT_GT(sums.finished, 0);
  EXPECT_GT(lost, 0U);
}

}  // namespace
}  // namespace chunkwise_test
