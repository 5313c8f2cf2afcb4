#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "runtime/reduce/reduce.hpp"

namespace chunkwise::reduce {
namespace {

const StateKind kinds[] = {StateKind::sum,         StateKind::integer_sum, StateKind::moments, StateKind::nan_sum,
                           StateKind::nan_moments, StateKind::minimum,     StateKind::maximum, StateKind::nan_minimum,
                           StateKind::nan_maximum, StateKind::count};

bool exists(StateKind kind, DType element) {
  if (kind == StateKind::integer_sum) return !is_floating(element);
  if (kind == StateKind::sum || kind == StateKind::moments || kind == StateKind::minimum || kind == StateKind::maximum)
    return true;
  return is_floating(element);
}

std::vector<std::uint64_t> bits(const State& state) {
  std::vector<std::uint64_t> result{static_cast<std::uint64_t>(state.count)};
  for (std::size_t f = 0; f < fields_of(state.kind); ++f)
    for (std::size_t i = 0; i < state.outputs; ++i) {
      std::uint64_t word = 0;
      std::memcpy(&word, state.field(f) + i * 8, 8);
      // Any NaN equals any NaN.
      double number = 0;
      std::memcpy(&number, &word, 8);
      result.push_back(number != number ? 0x7ff8000000000000ULL : word);
    }
  return result;
}

template <class T>
std::vector<T> numbers(std::size_t n) {
  std::vector<T> result;
  std::uint64_t state = 12345;
  for (std::size_t i = 0; i < n; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    if constexpr (std::is_floating_point_v<T>)
      result.push_back(i % 17 == 3 ? std::numeric_limits<T>::quiet_NaN()
                                   : static_cast<T>(static_cast<double>(state >> 40) * 1e-3 - 5000));
    else
      result.push_back(static_cast<T>(state >> 33));
  }
  return result;
}

template <class F>
void for_each_kind_and_type(F&& f) {
  for (const StateKind kind : kinds)
    for (std::size_t d = 1; d < dtype_count; ++d) {
      const auto element = static_cast<DType>(d);
      if (!exists(kind, element)) continue;
      SCOPED_TRACE(testing::Message() << "kind " << static_cast<int>(kind) << " of " << name_of(element));
      dispatch(element, [&](auto zero) {
        if constexpr (!std::is_same_v<decltype(zero), bool>) f(kind, element, zero);
      });
    }
}

TEST(StateKinds, EveryReductionOfEveryTypeHasAKindThatExists) {
  for (int op = 0; op <= static_cast<int>(ReduceOp::nanmaximum); ++op)
    for (std::size_t d = 0; d < dtype_count; ++d) {
      const auto element = static_cast<DType>(d);
      EXPECT_TRUE(exists(kind_for(static_cast<ReduceOp>(op), element), element));
    }
}

TEST(StateKinds, MomentsHoldWhatSumsDo) {
  const std::set<std::pair<StateKind, StateKind>> pairs{{StateKind::moments, StateKind::sum},
                                                        {StateKind::nan_moments, StateKind::nan_sum},
                                                        {StateKind::nan_moments, StateKind::count},
                                                        {StateKind::nan_sum, StateKind::count}};
  for (const StateKind have : kinds)
    for (const StateKind want : kinds) EXPECT_EQ(covers(have, want), have == want || pairs.contains({have, want}));
}

TEST(Lanes, SlabsOfAnySizeGiveTheSameBits) {
  for_each_kind_and_type([](StateKind kind, DType element, auto zero) {
    using T = decltype(zero);
    const std::vector<T> values = numbers<T>(1000);
    std::vector<std::uint64_t> expected;
    for (const std::size_t slab : {1000U, 1U, 7U, 31U, 32U, 33U, 64U, 500U}) {
      State state(kind, element, 1);
      state.begin();
      std::vector<std::uint64_t> lane_state(lane_state_bytes(kind) / 8);
      begin_lanes(kind, element, lane_state.data(), 1);
      for (std::size_t at = 0; at < values.size(); at += slab)
        accumulate_lanes(kind, element, lane_state.data(), values.data() + at, std::min(slab, values.size() - at),
                         static_cast<std::int64_t>(at));
      state.count = 1000;
      close_lanes(state, lane_state.data(), 1000);
      if (expected.empty()) expected = bits(state);
      EXPECT_EQ(bits(state), expected) << "slabs of " << slab;
    }
  });
}

TEST(Rows, BlocksOfOutputsGiveTheBitsOfEachOutputAlone) {
  for_each_kind_and_type([](StateKind kind, DType element, auto zero) {
    using T = decltype(zero);
    constexpr std::size_t outputs = 100;
    constexpr std::size_t rows = 13;
    const std::vector<T> values = numbers<T>(outputs * rows);
    std::vector<std::uint64_t> expected;
    for (const std::size_t block : {outputs, std::size_t{1}, std::size_t{7}, std::size_t{64}}) {
      State state(kind, element, outputs);
      state.begin();
      for (std::size_t begin = 0; begin < outputs; begin += block)
        for (std::size_t row = 0; row < rows; ++row)
          accumulate_row(state, begin, values.data() + row * outputs + begin, std::min(block, outputs - begin),
                         row == 0);
      state.count = rows;
      close_rows(state, rows);
      if (expected.empty()) expected = bits(state);
      EXPECT_EQ(bits(state), expected) << "blocks of " << block;
    }
  });
}

TEST(ReduceLanes, GivesWhatAccumulatingAndClosingGives) {
  for_each_kind_and_type([](StateKind kind, DType element, auto zero) {
    using T = decltype(zero);
    for (const std::size_t n : {std::size_t{1}, std::size_t{8}, lanes - 1, lanes, lanes + 5, std::size_t{300}}) {
      std::vector<T> values = numbers<T>(n);
      State stepwise(kind, element, 2);
      State at_once(kind, element, 2);
      for (State* state : {&stepwise, &at_once}) state->begin(), state->count = static_cast<std::int64_t>(n);
      std::vector<double> lane_states(2 * lane_state_bytes(kind) / sizeof(double));
      begin_lanes(kind, element, lane_states.data(), 2);
      for (std::size_t o = 0; o < 2; ++o) {
        accumulate_lanes(kind, element, lane_states.data() + o * lane_state_bytes(kind) / sizeof(double), values.data(),
                         n, 0);
        reduce_lanes(at_once, o, values.data(), n);
        std::reverse(values.begin(), values.end());
      }
      close_lanes(stepwise, lane_states.data(), static_cast<std::int64_t>(n));
      EXPECT_EQ(bits(at_once), bits(stepwise)) << n << " elements";
    }
  });
}

TEST(AccumulateRows, OfSeveralRowsGivesWhatEachAfterTheOtherGives) {
  for_each_kind_and_type([](StateKind kind, DType element, auto zero) {
    using T = decltype(zero);
    constexpr std::size_t outputs = 77;
    constexpr std::size_t row_count = 11;
    const std::vector<T> values = numbers<T>(outputs * row_count);
    State one_by_one(kind, element, outputs);
    State together(kind, element, outputs);
    std::vector<const void*> rows;
    for (State* state : {&one_by_one, &together}) state->begin();
    for (std::size_t r = 0; r < row_count; ++r) {
      rows.push_back(values.data() + r * outputs);
      accumulate_row(one_by_one, 0, rows.back(), outputs, r == 0);
    }
    accumulate_rows(together, 0, rows.data(), 6, outputs, true);
    accumulate_rows(together, 0, rows.data() + 6, row_count - 6, outputs, false);
    EXPECT_EQ(bits(together), bits(one_by_one));
  });
}

TEST(FoldRows, OfSeveralChunksGivesWhatEachStoredAndMergedGives) {
  for_each_kind_and_type([](StateKind kind, DType element, auto zero) {
    using T = decltype(zero);
    constexpr std::size_t outputs = 77;
    for (const std::size_t row_count : {1, 2, 3, 4, 8, 9})
      for (const std::size_t chunks : {1, 2, 5, 9, 16}) {
        SCOPED_TRACE(testing::Message() << chunks << " chunks of " << row_count << " rows");
        const std::vector<T> values = numbers<T>(outputs * row_count * chunks);
        std::vector<const void*> rows;
        for (std::size_t r = 0; r < row_count * chunks; ++r) rows.push_back(values.data() + r * outputs);
        State merged;
        for (std::size_t c = 0; c < chunks; ++c) {
          State chunk(kind, element, outputs);
          chunk.begin();
          accumulate_rows(chunk, 0, rows.data() + c * row_count, row_count, outputs, true);
          chunk.count = static_cast<std::int64_t>(row_count);
          close_rows(chunk, chunk.count);
          if (c == 0)
            merged = std::move(chunk);
          else
            merge(merged, chunk);
        }
        // All at once, and in two portions.
        for (const std::size_t before : {std::size_t{0}, chunks / 3}) {
          State folded(kind, element, outputs);
          for (const auto& [first, last] : {std::pair(std::size_t{0}, before), std::pair(before, chunks)}) {
            if (first == last) continue;
            fold_rows(folded, 0, rows.data() + first * row_count, row_count, last - first, outputs);
            folded.count += static_cast<std::int64_t>((last - first) * row_count);
          }
          EXPECT_EQ(bits(folded), bits(merged));
        }
      }
  });
}

TEST(Merge, AStateThatSawNothingChangesNothing) {
  for_each_kind_and_type([](StateKind kind, DType element, auto zero) {
    using T = decltype(zero);
    const std::vector<T> values = numbers<T>(9);
    State seen(kind, element, 9);
    seen.begin();
    accumulate_row(seen, 0, values.data(), 9, true);
    seen.count = 1;
    close_rows(seen, 1);
    const auto expected = bits(seen);
    State nothing(kind, element, 9);
    nothing.begin();
    merge(seen, nothing);
    EXPECT_EQ(bits(seen), expected);
    merge(nothing, seen);
    EXPECT_EQ(bits(nothing), expected);
  });
}

TEST(Merge, OfMomentsFindsTheDeviationOfBothTogether) {
  State left(StateKind::moments, DType::float64, 1);
  State right(StateKind::moments, DType::float64, 1);
  const auto fill = [](State& state, const std::vector<double>& values) {
    state.begin();
    for (std::size_t i = 0; i < values.size(); ++i) accumulate_row(state, 0, &values[i], 1, i == 0);
    state.count = static_cast<std::int64_t>(values.size());
    close_rows(state, state.count);
  };
  fill(left, {1e9 + 1, 1e9 + 2, 1e9 + 6});
  fill(right, {1e9 - 4, 1e9});
  merge(left, right);
  double result = 0;
  finish(ReduceOp::variance, left, 0, DType::float64, &result);
  EXPECT_DOUBLE_EQ(result, (0.0 + 1 + 25 + 25 + 1) / 5);
  finish(ReduceOp::mean, left, 0, DType::float64, &result);
  EXPECT_EQ(result, 1e9 + 1);
}

/// Finished in blocks and vectors, an output has the bits that it has alone; the few elements of each make some of the
/// variances that skip NaN undefined.
TEST(Finish, OfManyOutputsGivesEachWhatItWouldBeAlone) {
  constexpr std::size_t outputs = 1337;
  for (const auto& [op, kind] :
       {std::pair(ReduceOp::mean, StateKind::moments), std::pair(ReduceOp::variance, StateKind::moments),
        std::pair(ReduceOp::stddev, StateKind::moments), std::pair(ReduceOp::sum, StateKind::sum),
        std::pair(ReduceOp::nanmean, StateKind::nan_sum), std::pair(ReduceOp::nanmean, StateKind::nan_moments),
        std::pair(ReduceOp::nanvariance, StateKind::nan_moments),
        std::pair(ReduceOp::nanstddev, StateKind::nan_moments), std::pair(ReduceOp::count, StateKind::nan_sum),
        std::pair(ReduceOp::count, StateKind::count)}) {
    State all(kind, DType::float64, outputs);
    all.begin();
    for (std::int64_t row = 0; row < 3; ++row) {
      std::vector<double> values(outputs);
      for (std::size_t i = 0; i < outputs; ++i) {
        const bool missing = (i + static_cast<std::size_t>(row)) % 4 < i % 3;
        values[i] = missing ? std::numeric_limits<double>::quiet_NaN()
                            : 1e3 + 0.37 * static_cast<double>(i) * static_cast<double>(row);
      }
      accumulate_row(all, 0, values.data(), outputs, row == 0);
    }
    all.count = 3;
    close_rows(all, 3);
    std::vector<double> together(outputs);
    finish(op, all, 1, DType::float64, together.data());
    for (std::size_t i = 0; i < outputs; ++i) {
      State one(kind, DType::float64, 1);
      for (std::size_t f = 0; f < fields_of(kind); ++f) std::memcpy(one.field(f), all.field(f) + i * 8, 8);
      one.count = 3;
      double alone = 0;
      finish(op, one, 1, DType::float64, &alone);
      ASSERT_TRUE(together[i] == alone || (together[i] != together[i] && alone != alone))
          << name_of(op) << " of output " << i << ": " << together[i] << " is not " << alone;
    }
  }
}

}  // namespace
}  // namespace chunkwise::reduce
