#include "runtime/executor/merge_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <thread>

namespace chunkwise::executor {
namespace {

constexpr std::size_t outputs = 5;

/// The states of one run: sums and moments of a few numbers that belong to it.
States states_of(std::int64_t run) {
  States states;
  for (const reduce::StateKind kind : {reduce::StateKind::moments, reduce::StateKind::minimum}) {
    states.emplace_back(kind, DType::float64, outputs);
    states.back().begin();
    std::mt19937_64 generator(static_cast<std::uint64_t>(run));
    constexpr std::int64_t rows = 3;
    for (std::int64_t row = 0; row < rows; ++row) {
      double values[outputs];
      for (double& value : values) value = std::uniform_real_distribution<double>(-1, 1)(generator);
      reduce::accumulate_row(states.back(), 0, values, outputs, row == 0);
    }
    reduce::close_rows(states.back(), rows);
    states.back().count = rows;
  }
  return states;
}

std::vector<std::uint64_t> bits(const States& states) {
  std::vector<std::uint64_t> result;
  for (const reduce::State& state : states) {
    result.push_back(static_cast<std::uint64_t>(state.count));
    for (std::size_t field = 0; field < reduce::fields_of(state.kind); ++field)
      for (std::size_t i = 0; i < outputs; ++i) {
        std::uint64_t word = 0;
        std::memcpy(&word, state.field(field) + i * 8, 8);
        result.push_back(word);
      }
  }
  return result;
}

/// The definition as it stands: level by level, neighbours merged, an odd last one moved up.
std::vector<std::uint64_t> plain_tree(std::int64_t runs) {
  std::vector<States> level;
  for (std::int64_t run = 0; run < runs; ++run) level.push_back(states_of(run));
  while (level.size() > 1) {
    std::vector<States> next;
    for (std::size_t i = 0; i < level.size(); i += 2) {
      next.push_back(std::move(level[i]));
      if (i + 1 < level.size()) merge(next.back(), level[i + 1]);
    }
    level = std::move(next);
  }
  return bits(level.front());
}

TEST(MergeTree, AnyOrderOfArrivalGivesTheBitsOfThePlainTree) {
  std::mt19937 generator(1);
  for (const std::int64_t runs : {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 31, 33, 100}) {
    const auto expected = plain_tree(runs);
    std::vector<std::int64_t> order(static_cast<std::size_t>(runs));
    std::iota(order.begin(), order.end(), 0);
    for (int round = 0; round < 20; ++round) {
      MergeTree tree(runs);
      for (std::size_t i = 0; i < order.size(); ++i) {
        const auto result = tree.add(order[i], states_of(order[i]));
        ASSERT_EQ(result.has_value(), i + 1 == order.size()) << runs << " runs";
        if (result) {
          EXPECT_EQ(bits(*result), expected) << runs << " runs, round " << round;
        }
      }
      if (round == 0)
        std::reverse(order.begin(), order.end());
      else
        std::shuffle(order.begin(), order.end(), generator);
    }
  }
}

TEST(MergeTree, ThreadsThatArriveTogetherGiveTheSameBits) {
  constexpr std::int64_t runs = 64;
  const auto expected = plain_tree(runs);
  for (int round = 0; round < 20; ++round) {
    MergeTree tree(runs);
    std::vector<std::vector<std::uint64_t>> results(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < results.size(); ++t)
      threads.emplace_back([&tree, t, &result = results[t]] {
        for (auto run = static_cast<std::int64_t>(t); run < runs; run += 4)
          if (const auto all = tree.add(run, states_of(run))) result = bits(*all);
      });
    for (std::thread& thread : threads) thread.join();
    int complete = 0;
    for (const auto& result : results) {
      if (result.empty()) continue;
      ++complete;
      EXPECT_EQ(result, expected);
    }
    EXPECT_EQ(complete, 1);
  }
}

}  // namespace
}  // namespace chunkwise::executor
