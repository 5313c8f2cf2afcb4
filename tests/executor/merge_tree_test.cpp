#include "runtime/executor/merge_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <numeric>
#include <random>
#include <thread>

#include "tests/caught.hpp"
#include "tests/properties/check.hpp"

namespace chunkwise::executor {
namespace {

constexpr std::size_t outputs = 5;

/// The states of one chunk, or merge group: sums and moments of a few numbers that belong to it.
States states_of(std::int64_t group) {
  States states;
  for (const reduce::StateCode kind : {aggregate::MomentsState::code, aggregate::SmallestState<double>::code}) {
    states.emplace_back(kind, DType::float64, outputs);
    states.back().begin();
    std::mt19937_64 generator(static_cast<std::uint64_t>(group));
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

std::vector<std::uint64_t> bits_of_states(const States& states) {
  std::vector<std::uint64_t> result;
  for (const reduce::State& state : states) {
    result.push_back(static_cast<std::uint64_t>(state.count));
    for (std::size_t field = 0; field < state.fields; ++field)
      for (std::size_t i = 0; i < outputs; ++i) {
        std::uint64_t word = 0;
        std::memcpy(&word, state.field(field) + i * 8, 8);
        result.push_back(word);
      }
  }
  return result;
}

/// The definition as it stands: chunks folded in order within merge groups; then row by row of a tree, neighbours
/// merged, an odd last one moved up.
std::vector<std::uint64_t> plain(std::int64_t chunks, std::int64_t group) {
  std::vector<States> row;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    if (chunk % group == 0)
      row.push_back(states_of(chunk));
    else
      merge(row.back(), states_of(chunk));
  }
  while (row.size() > 1) {
    std::vector<States> next;
    for (std::size_t i = 0; i < row.size(); i += 2) {
      next.push_back(std::move(row[i]));
      if (i + 1 < row.size()) merge(next.back(), row[i + 1]);
    }
    row = std::move(next);
  }
  return bits_of_states(row.front());
}
std::vector<std::uint64_t> plain_tree(std::int64_t groups) { return plain(groups, 1); }

TEST(MergeTree, AnyOrderOfArrivalGivesTheBitsOfThePlainTree) {
  std::mt19937 generator(1);
  for (const std::int64_t groups : {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 31, 33, 100}) {
    const auto expected = plain_tree(groups);
    std::vector<std::int64_t> order(static_cast<std::size_t>(groups));
    std::iota(order.begin(), order.end(), 0);
    for (int round = 0; round < 20; ++round) {
      MergeTree tree(groups * 16 - 5, 16);
      for (std::size_t i = 0; i < order.size(); ++i)
        ASSERT_EQ(tree.add_merge_group(order[i], states_of(order[i])), i + 1 == order.size())
            << groups << " merge groups";
      EXPECT_EQ(bits_of_states(tree.take_root()), expected) << groups << " merge groups, round " << round;
      if (round == 0)
        std::reverse(order.begin(), order.end());
      else
        std::shuffle(order.begin(), order.end(), generator);
    }
  }
}

TEST(MergeTree, ThreadsThatArriveTogetherGiveTheSameBits) {
  constexpr std::int64_t chunks = 150;
  const auto expected = plain(chunks, 4);
  for (int round = 0; round < 20; ++round) {
    MergeTree tree(chunks, 4);
    std::atomic<int> complete = 0;
    std::vector<std::vector<std::uint64_t>> results(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < results.size(); ++t)
      threads.emplace_back([&tree, &complete, t, &result = results[t]] {
        for (auto chunk = static_cast<std::int64_t>(t); chunk < chunks; chunk += 4)
          if (tree.add_chunk(chunk, states_of(chunk))) result = bits_of_states(tree.take_root()), ++complete;
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(complete, 1);
    for (const auto& result : results)
      if (!result.empty()) {
        EXPECT_EQ(result, expected);
      }
  }
}

/// Puts parts of several trees together until one has all, in an order chosen by `random`.
std::vector<std::uint64_t> gather(std::vector<MergeTree*> trees, std::mt19937& random) {
  std::vector<Part> parts;
  for (MergeTree* tree : trees)
    for (Part& part : tree->take_parts()) parts.push_back(std::move(part));
  std::shuffle(parts.begin(), parts.end(), random);
  bool complete = false;
  for (Part& part : parts) complete = trees.front()->add(std::move(part)) || complete;
  EXPECT_TRUE(complete);
  return bits_of_states(trees.front()->take_root());
}

TEST(MergeTree, PartsOfSeveralTreesGiveTheBitsOfOne) {
  properties::check(300, [] {
    const std::int64_t chunks = 1 + properties::choose(200);
    const std::int64_t group = 1 + properties::choose(20);
    std::mt19937 random(static_cast<std::uint32_t>(properties::choose(1 << 20)));
    std::vector<std::int64_t> order(static_cast<std::size_t>(chunks));
    std::iota(order.begin(), order.end(), 0);
    if (properties::choose(2) == 0) std::shuffle(order.begin(), order.end(), random);
    // Leaves go to trees in stretches, as ranges do, or singly; some to two of them, as happens when a worker is taken
    // for lost. Now and then a tree hands its parts to another before it goes on.
    std::deque<MergeTree> trees;
    const std::int64_t count = 1 + properties::choose(5);
    for (std::int64_t t = 0; t < count; ++t) trees.emplace_back(chunks, group);
    const std::int64_t stretch = 1 + properties::choose(40);
    const auto any = [&] { return static_cast<std::size_t>(random() % trees.size()); };
    std::size_t at = 0;
    bool complete = false;
    for (std::size_t i = 0; i < order.size() && !complete; ++i) {
      if (static_cast<std::int64_t>(i) % stretch == 0) at = any();
      complete = trees[at].add_chunk(order[i], states_of(order[i]));
      if (random() % 10 == 0) (void)trees[any()].add_chunk(order[i], states_of(order[i]));
      if (const std::size_t to = any(); random() % 15 == 0 && to != at)
        for (Part& part : trees[at].take_parts()) (void)trees[to].add(std::move(part));
    }
    std::vector<MergeTree*> all;
    for (MergeTree& tree : trees) all.push_back(&tree);
    RC_ASSERT(gather(all, random) == plain(chunks, group));
  });
}

TEST(MergeTree, ARootIsAPartAsWell) {
  MergeTree tree(40, 16);
  for (std::int64_t chunk = 0; chunk < 40; ++chunk) EXPECT_EQ(tree.add_chunk(chunk, states_of(chunk)), chunk == 39);
  Parts parts = tree.take_parts();
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(chunks_of(parts[0], 40, 16), std::pair(std::int64_t{0}, std::int64_t{40}));
  EXPECT_TRUE(tree.add(std::move(parts[0])));
  EXPECT_EQ(bits_of_states(tree.take_root()), plain(40, 16));
}

TEST(MergeTree, WhatIsThereIsNotTakenTwice) {
  MergeTree tree(40, 16);
  for (const std::int64_t chunk : {0, 1, 2, 5, 5, 1}) EXPECT_FALSE(tree.add_chunk(chunk, states_of(chunk)));
  Parts parts = tree.take_parts();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].kind, Part::Kind::prefix);
  EXPECT_EQ(parts[0].count, 3);
  EXPECT_EQ(parts[1].kind, Part::Kind::chunk);
  EXPECT_EQ(parts[1].index, 5);
  for (std::int64_t chunk = 0; chunk < 40; ++chunk) {
    EXPECT_EQ(tree.add_chunk(chunk, states_of(chunk)), chunk == 39);
    if (chunk == 9) {
      for (Part& part : parts) EXPECT_FALSE(tree.add(std::move(part)));
    }
  }
  EXPECT_EQ(bits_of_states(tree.take_root()), plain(40, 16));
  EXPECT_FALSE(tree.add_chunk(7, states_of(7)));
  EXPECT_TRUE(tree.take_parts().empty());
}

TEST(MergeTree, ASubtreeTakesThePlaceOfWhatItIsMadeOf) {
  MergeTree half(100, 4);
  for (std::int64_t chunk = 0; chunk < 32; ++chunk) EXPECT_FALSE(half.add_chunk(chunk, states_of(chunk)));
  Parts parts = half.take_parts();
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].height, 3);
  MergeTree tree(100, 4);
  for (const std::int64_t chunk : {0, 1, 2, 3, 5, 8, 9, 31, 32}) EXPECT_FALSE(tree.add_chunk(chunk, states_of(chunk)));
  EXPECT_FALSE(tree.add(std::move(parts[0])));
  EXPECT_EQ(tree.take_parts().size(), 2U);
}

TEST(MergeTree, APartThatHasNoPlaceIsRefused) {
  const auto refused = [](Part part) {
    part.states = states_of(0);
    MergeTree tree(40, 16);
    EXPECT_EQ(chunkwise_test::error_of([&] { (void)tree.add(std::move(part)); }).code, ErrorCode::invalid_argument);
  };
  refused({Part::Kind::chunk, 0, 40, 0, {}});
  refused({Part::Kind::chunk, 0, -1, 0, {}});
  refused({Part::Kind::prefix, 0, 3, 1, {}});
  refused({Part::Kind::prefix, 0, 0, 0, {}});
  refused({Part::Kind::prefix, 0, 2, 9, {}});
  refused({Part::Kind::subtree, 0, 3, 0, {}});
  refused({Part::Kind::subtree, 3, 0, 0, {}});
  refused({Part::Kind::subtree, -1, 0, 0, {}});
  refused({static_cast<Part::Kind>(3), 0, 0, 0, {}});
}

}  // namespace
}  // namespace chunkwise::executor
