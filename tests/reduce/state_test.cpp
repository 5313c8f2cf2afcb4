#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/reduce/reduce.hpp"

namespace chunkwise::reduce {
namespace {

/// The states of the catalogue, each once.
const std::vector<StateCode> kinds = [] {
  std::set<StateCode> all;
  for (const aggregate::Description& description : aggregate::descriptions)
    for (std::size_t d = 0; d < dtype_count; ++d) all.insert(state_for(description.code, static_cast<DType>(d)));
  return std::vector(all.begin(), all.end());
}();

std::vector<std::uint64_t> bits_of_state(const State& state) {
  std::vector<std::uint64_t> result{static_cast<std::uint64_t>(state.count)};
  for (std::size_t f = 0; f < state.fields; ++f)
    for (std::size_t at = 0; at < state.outputs * state.field_bytes; at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, state.field(f) + at, std::min<std::size_t>(8, state.outputs * state.field_bytes - at));
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
  for (const StateCode kind : kinds)
    for (std::size_t d = 1; d < dtype_count; ++d) {
      const auto element = static_cast<DType>(d);
      if (!is_state(kind, element)) continue;
      SCOPED_TRACE(testing::Message() << "kind " << static_cast<int>(kind) << " of " << name_of(element));
      dispatch(element, [&](auto zero) {
        if constexpr (!std::is_same_v<decltype(zero), bool>) f(kind, element, zero);
      });
    }
}

TEST(States, EveryAggregateOfEveryTypeHasAStateThatExists) {
  for (const aggregate::Description& description : aggregate::descriptions)
    for (std::size_t d = 0; d < dtype_count; ++d) {
      const auto element = static_cast<DType>(d);
      EXPECT_TRUE(is_state(state_for(description.code, element), element)) << description.name;
    }
  EXPECT_FALSE(is_state(aggregate::NanSumState::code, DType::int32));
  EXPECT_FALSE(is_state(StateCode{255}, DType::float64));
}

TEST(States, MomentsHoldWhatSumsDo) {
  using namespace aggregate;
  const std::set<std::pair<StateCode, StateCode>> pairs{{MomentsState::code, SumState::code},
                                                        {NanMomentsState::code, NanSumState::code},
                                                        {NanMomentsState::code, CountState::code},
                                                        {NanSumState::code, CountState::code}};
  for (const StateCode have : kinds)
    for (const StateCode want : kinds) EXPECT_EQ(holds(have, want), have == want || pairs.contains({have, want}));
}

TEST(States, KeepTheNumbersThatTravel) {
  const std::pair<AggregateCode, int> numbers[] = {{aggregate::Sum::code, 0},         {aggregate::Mean::code, 0},
                                                   {aggregate::Variance::code, 2},    {aggregate::NanSum::code, 3},
                                                   {aggregate::NanVariance::code, 4}, {aggregate::Minimum::code, 5},
                                                   {aggregate::Maximum::code, 6},     {aggregate::NanMinimum::code, 7},
                                                   {aggregate::NanMaximum::code, 8},  {aggregate::Count::code, 9}};
  for (const auto& [code, number] : numbers)
    EXPECT_EQ(static_cast<int>(state_for(code, DType::float64)), number) << name_of(code);
  EXPECT_EQ(static_cast<int>(state_for(aggregate::Sum::code, DType::int8)), 1);
}

/// Returns what has to be the same however elements came to a state: its bits, or, of an exact sum, which has several
/// forms, what it is finished to.
std::vector<std::uint64_t> outcome(const State& state, StateCode kind, DType element) {
  for (const aggregate::Description& description : aggregate::descriptions)
    if (description.name.starts_with("exact_") && state_for(description.code, element) == kind) {
      std::uint64_t result = 0;
      finish(description.code, state, 0, &result);
      return {result};
    }
  return bits_of_state(state);
}

TEST(Lanes, SlabsOfAnySizeGiveTheSameBits) {
  for_each_kind_and_type([](StateCode kind, DType element, auto zero) {
    using T = decltype(zero);
    const std::vector<T> values = numbers<T>(1000);
    std::vector<std::uint64_t> expected;
    for (const std::size_t slab : {1000U, 1U, 7U, 31U, 32U, 33U, 64U, 500U}) {
      State state(kind, element, 1);
      state.begin();
      std::vector<std::uint64_t> lane_state(lane_state_bytes(kind, element) / 8 + 1);
      begin_lanes(kind, element, lane_state.data(), 1);
      for (std::size_t at = 0; at < values.size(); at += slab)
        accumulate_lanes(kind, element, lane_state.data(), values.data() + at, std::min(slab, values.size() - at),
                         static_cast<std::int64_t>(at), static_cast<std::int64_t>(at));
      state.count = 1000;
      close_lanes(state, lane_state.data(), 1000);
      if (expected.empty()) expected = outcome(state, kind, element);
      EXPECT_EQ(outcome(state, kind, element), expected) << "slabs of " << slab;
    }
  });
}

TEST(Rows, BlocksOfOutputsGiveTheBitsOfEachOutputAlone) {
  for_each_kind_and_type([](StateCode kind, DType element, auto zero) {
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
                         row == 0, static_cast<std::int64_t>(row));
      state.count = rows;
      close_rows(state, rows);
      if (expected.empty()) expected = bits_of_state(state);
      EXPECT_EQ(bits_of_state(state), expected) << "blocks of " << block;
    }
  });
}

TEST(ReduceLanes, GivesWhatAccumulatingAndClosingGives) {
  for_each_kind_and_type([](StateCode kind, DType element, auto zero) {
    using T = decltype(zero);
    for (const std::size_t n : {std::size_t{1}, std::size_t{8}, lanes - 1, lanes, lanes + 5, std::size_t{300}}) {
      std::vector<T> values = numbers<T>(n);
      State stepwise(kind, element, 2);
      State at_once(kind, element, 2);
      for (State* state : {&stepwise, &at_once}) state->begin(), state->count = static_cast<std::int64_t>(n);
      std::vector<std::byte> lane_states(2 * lane_state_bytes(kind, element));
      begin_lanes(kind, element, lane_states.data(), 2);
      for (std::size_t o = 0; o < 2; ++o) {
        accumulate_lanes(kind, element, lane_states.data() + o * lane_state_bytes(kind, element), values.data(), n, 0);
        reduce_lanes(at_once, o, values.data(), n);
        std::reverse(values.begin(), values.end());
      }
      close_lanes(stepwise, lane_states.data(), static_cast<std::int64_t>(n));
      EXPECT_EQ(bits_of_state(at_once), bits_of_state(stepwise)) << n << " elements";
    }
  });
}

TEST(AccumulateRows, OfSeveralRowsGivesWhatEachAfterTheOtherGives) {
  for_each_kind_and_type([](StateCode kind, DType element, auto zero) {
    using T = decltype(zero);
    constexpr std::size_t outputs = 77;
    constexpr std::size_t row_count = 11;
    const std::vector<T> values = numbers<T>(outputs * row_count);
    State one_by_one(kind, element, outputs);
    State together(kind, element, outputs);
    std::vector<const void*> rows;
    std::vector<std::int64_t> positions;
    for (State* state : {&one_by_one, &together}) state->begin();
    for (std::size_t r = 0; r < row_count; ++r) {
      rows.push_back(values.data() + r * outputs);
      positions.push_back(static_cast<std::int64_t>(100 + r));
      accumulate_row(one_by_one, 0, rows.back(), outputs, r == 0, positions.back());
    }
    accumulate_rows(together, 0, rows.data(), 6, outputs, true, positions.data());
    accumulate_rows(together, 0, rows.data() + 6, row_count - 6, outputs, false, positions.data() + 6);
    EXPECT_EQ(bits_of_state(together), bits_of_state(one_by_one));
  });
}

TEST(FoldRows, OfSeveralChunksGivesWhatEachStoredAndMergedGives) {
  for_each_kind_and_type([](StateCode kind, DType element, auto zero) {
    using T = decltype(zero);
    constexpr std::size_t outputs = 77;
    for (const std::size_t row_count : {1, 2, 3, 4, 8, 9})
      for (const std::size_t chunks : {1, 2, 5, 9, 16}) {
        SCOPED_TRACE(testing::Message() << chunks << " chunks of " << row_count << " rows");
        const std::vector<T> values = numbers<T>(outputs * row_count * chunks);
        std::vector<const void*> rows;
        std::vector<std::int64_t> positions;
        for (std::size_t r = 0; r < row_count * chunks; ++r) {
          rows.push_back(values.data() + r * outputs);
          positions.push_back(static_cast<std::int64_t>(7 * r));
        }
        State merged;
        for (std::size_t c = 0; c < chunks; ++c) {
          State chunk(kind, element, outputs);
          chunk.begin();
          accumulate_rows(chunk, 0, rows.data() + c * row_count, row_count, outputs, true,
                          positions.data() + c * row_count);
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
            fold_rows(folded, 0, rows.data() + first * row_count, row_count, last - first, outputs,
                      positions.data() + first * row_count);
            folded.count += static_cast<std::int64_t>((last - first) * row_count);
          }
          EXPECT_EQ(bits_of_state(folded), bits_of_state(merged));
        }
      }
  });
}

TEST(Merge, AStateThatSawNothingChangesNothing) {
  for_each_kind_and_type([](StateCode kind, DType element, auto zero) {
    using T = decltype(zero);
    const std::vector<T> values = numbers<T>(9);
    State seen(kind, element, 9);
    seen.begin();
    accumulate_row(seen, 0, values.data(), 9, true);
    seen.count = 1;
    close_rows(seen, 1);
    const auto expected = bits_of_state(seen);
    State nothing(kind, element, 9);
    nothing.begin();
    merge(seen, nothing);
    EXPECT_EQ(bits_of_state(seen), expected);
    merge(nothing, seen);
    EXPECT_EQ(bits_of_state(nothing), expected);
  });
}

TEST(Merge, OfMomentsFindsTheDeviationOfBothTogether) {
  State left(aggregate::MomentsState::code, DType::float64, 1);
  State right(aggregate::MomentsState::code, DType::float64, 1);
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
  finish(aggregate::Variance::code, left, 0, &result);
  EXPECT_DOUBLE_EQ(result, (0.0 + 1 + 25 + 25 + 1) / 5);
  finish(aggregate::Mean::code, left, 0, &result);
  EXPECT_EQ(result, 1e9 + 1);
}

/// Finished in blocks and vectors, an output has the bits that it has alone; the few elements of each make some of the
/// variances that skip NaN undefined.
TEST(Finish, OfManyOutputsGivesEachWhatItWouldBeAlone) {
  constexpr std::size_t outputs = 1337;
  for (const auto& [op, kind] : {std::pair(aggregate::Mean::code, aggregate::MomentsState::code),
                                 std::pair(aggregate::Variance::code, aggregate::MomentsState::code),
                                 std::pair(aggregate::StandardDeviation::code, aggregate::MomentsState::code),
                                 std::pair(aggregate::Sum::code, aggregate::SumState::code),
                                 std::pair(aggregate::NanMean::code, aggregate::NanSumState::code),
                                 std::pair(aggregate::NanMean::code, aggregate::NanMomentsState::code),
                                 std::pair(aggregate::NanVariance::code, aggregate::NanMomentsState::code),
                                 std::pair(aggregate::NanStandardDeviation::code, aggregate::NanMomentsState::code),
                                 std::pair(aggregate::Count::code, aggregate::NanSumState::code),
                                 std::pair(aggregate::Count::code, aggregate::CountState::code)}) {
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
    finish(op, all, 1, together.data());
    for (std::size_t i = 0; i < outputs; ++i) {
      State one(kind, DType::float64, 1);
      for (std::size_t f = 0; f < all.fields; ++f) std::memcpy(one.field(f), all.field(f) + i * 8, 8);
      one.count = 3;
      double alone = 0;
      finish(op, one, 1, &alone);
      ASSERT_TRUE(together[i] == alone || (together[i] != together[i] && alone != alone))
          << name_of(op) << " of output " << i << ": " << together[i] << " is not " << alone;
    }
  }
}

}  // namespace
}  // namespace chunkwise::reduce
