// Aggregates of a user's own.
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "chunkwise/graph/serialize.hpp"
#include "chunkwise/op/aggregate/own.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

/// The largest element less the smallest.
struct Range {
  static constexpr auto name = "tests.range";
  static constexpr int version = 1;
  static constexpr bool needs_elements = true;
  static constexpr bool takes_lanes = true;
  struct State {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
  };
  static CHUNKWISE_INLINE void step(State& seen, double element) {
    seen.low = element < seen.low ? element : seen.low;
    seen.high = element > seen.high ? element : seen.high;
  }
  static CHUNKWISE_INLINE void merge(State& left, const State& right) {
    step(left, right.low);
    step(left, right.high);
  }
  static CHUNKWISE_INLINE double finish(const State& seen) { return seen.high - seen.low; }
};

/// The most elements in a row that are true: what depends on their order.
struct LongestRun {
  static constexpr auto name = "tests.longest_run";
  static constexpr int version = 3;
  struct State {
    std::int64_t length = 0, prefix = 0, suffix = 0, longest = 0;
  };
  static void step(State& seen, bool element) {
    seen.suffix = element ? seen.suffix + 1 : 0;
    if (seen.suffix > seen.length) ++seen.prefix;
    ++seen.length;
    seen.longest = std::max(seen.longest, seen.suffix);
  }
  static void merge(State& left, const State& right) {
    left.longest = std::max({left.longest, right.longest, left.suffix + right.prefix});
    if (left.prefix == left.length) left.prefix += right.prefix;
    left.suffix = right.suffix == right.length ? left.suffix + right.length : right.suffix;
    left.length += right.length;
  }
  static std::int64_t finish(const State& seen) noexcept { return seen.longest; }
};

/// The sum of elements times their positions, as a part of the number of elements.
struct Moment {
  static constexpr auto name = "tests.moment";
  static constexpr int version = 1;
  struct State {
    std::int64_t sum = 0;
  };
  static void step(State& seen, std::int32_t element, std::int64_t position) { seen.sum += element * position; }
  static void merge(State& left, const State& right) { left.sum += right.sum; }
  static float finish(const State& seen, aggregate::Reduced of) {
    return static_cast<float>(static_cast<double>(seen.sum) / of.elements);
  }
};

static_assert(is<double, decltype(reduction<Range>(make<Cube<std::int16_t>>(), 0))>);
static_assert(is<std::int64_t, decltype(reduction<LongestRun>(make<Cube<bool>>(), 0))>);
static_assert(is<float, decltype(reduction<Moment>(make<Cube<std::int32_t>>()))>);
static_assert(rank_of<decltype(reduction<Range>(make<Cube<double>>(), 0))> == 2);
static_assert(rank_of<decltype(reduction<Range>(make<Cube<double>>(), axes(0, 2), keepdims))> == 3);

TEST(OwnAggregate, IsReducedOverAnyAxes) {
  const auto x = counting<std::int16_t, 2>({3, 4}, {2, 3});
  EXPECT_EQ(values(reduction<Range>(x)), (std::vector<double>{11}));
  EXPECT_EQ(values(reduction<Range>(x, 0)), (std::vector<double>{8, 8, 8, 8}));
  EXPECT_EQ(values(reduction<Range>(x, 1)), (std::vector<double>{3, 3, 3}));
  EXPECT_EQ(reduction<Range>(x, 1, keepdims).shape(), (Shape{3, 1}));
  EXPECT_EQ(values(reduction<Range>(x * 2 + 1, 1) - 1.0), (std::vector<double>{5, 5, 5}));
}

TEST(OwnAggregate, DependsOnNoChunks) {
  std::vector<bool> pattern;
  for (int i = 0; i < 300; ++i) pattern.push_back(i % 37 != 5 && i % 53 != 7);
  std::int64_t longest = 0, run = 0;
  for (const bool element : pattern) longest = std::max(longest, run = element ? run + 1 : 0);
  ASSERT_GT(longest, 20);
  for (const std::int64_t chunk : {1, 7, 100, 300})
    EXPECT_EQ(values(reduction<LongestRun>(from_vector<1>(pattern, {300}, {chunk}), 0)).at(0), longest) << chunk;
  // Along the first axis rows are added to many outputs at a time.
  std::vector<bool> wide;
  for (const bool element : pattern) wide.insert(wide.end(), {element, false, true});
  for (const std::int64_t chunk : {1, 7, 300})
    EXPECT_EQ(values(reduction<LongestRun>(from_vector<2>(wide, {300, 3}, {chunk, 2}), 0)),
              (std::vector<std::int64_t>{longest, 0, 300}));
}

TEST(OwnAggregate, IsToldPositionsAndTheNumberOfElements) {
  const auto x = counting<std::int32_t, 2>({2, 3}, {1, 2});
  EXPECT_EQ(values(reduction<Moment>(x)), (std::vector<float>{55.0F / 6}));
  EXPECT_EQ(values(reduction<Moment>(x, 0)), (std::vector<float>{1.5F, 2, 2.5F}));
  EXPECT_EQ(values(reduction<Moment>(x, 1)), (std::vector<float>{5.0F / 3, 14.0F / 3}));
}

TEST(OwnAggregate, IsReducedByGroups) {
  const auto x = counting<double, 2>({4, 2}, {2, 2});
  const auto labels = by(0, std::vector<int>{0, 1, 0, 1}, 2);
  EXPECT_EQ(values(reduction<Range>(x, labels)), (std::vector<double>{4, 4, 4, 4}));
}

TEST(OwnAggregate, IsMergedWithOthersOfTheSameArray) {
  const auto x = counting<double, 2>({5, 3}, {2, 3});
  EXPECT_EQ(values(reduction<Range>(x, 0) / mean(x, 0) + sum(x, 0) * 0.0),
            (std::vector<double>{12 / 6.0, 12 / 7.0, 12 / 8.0}));
}

TEST(OwnAggregate, NeedsElementsIfItSaysSo) {
  const auto none = counting<double, 2>({0, 2});
  const auto refused = error_of([&] { (void)reduction<Range>(none, 0); });
  EXPECT_EQ(refused.code, ErrorCode::invalid_argument);
  EXPECT_NE(refused.message.find("tests.range"), std::string::npos) << refused.message;
  EXPECT_EQ(values(reduction<LongestRun>(none > 0.0, 0)), (std::vector<std::int64_t>{0, 0}));
}

TEST(OwnAggregate, TravelsByItsName) {
  const auto node = described(reduction<Range>(counting<std::int16_t, 2>({3, 4}, {2, 3}), 0)).node;
  EXPECT_EQ(describe(*node), "tests.range over axes 0");
  const auto functions = functions_of(Graph{{node}});
  ASSERT_EQ(functions.size(), 1U);
  EXPECT_EQ(functions[0], aggregate_of<Range>());
  EXPECT_EQ(functions[0].name, "fold:16el:tests.range");
  EXPECT_EQ(to_string(functions[0]), "that aggregates, tests.range version 1 (float64) -> float64");

  const auto other = described(reduction<Moment>(counting<std::int32_t, 2>({3, 4}, {2, 3}), 0)).node;
  EXPECT_NE(other->hash, node->hash);
  EXPECT_FALSE(equal_shallow(*node, *other));
}

TEST(OwnAggregate, NamesTellTheFactsThatPlansNeed) {
  aggregate::OwnFacts facts;
  const auto read = [&](const std::string& name) {
    return aggregate::read_own({name, 1, {DType::float64}, DType::float64}, facts);
  };
  ASSERT_TRUE(read("fold:24elp:a:b"));
  EXPECT_EQ(facts.name, "a:b");
  EXPECT_EQ(facts.state_bytes, 24U);
  EXPECT_TRUE(facts.needs_elements && facts.takes_lanes && facts.takes_positions);
  ASSERT_TRUE(read("fold:8p:x"));
  EXPECT_TRUE(!facts.needs_elements && !facts.takes_lanes && facts.takes_positions);
  for (const char* name :
       {"fold:0:x", "fold::x", "fold:8", "fold:8:", "fold:8q:x", "fold:8pe:x", "fold:99999999:x", "x"})
    EXPECT_FALSE(read(name)) << name;
  EXPECT_FALSE(aggregate::read_own({"fold:8:x", 1, {DType::float64, DType::float64}, DType::float64}, facts));
  EXPECT_EQ(error_of([] {
              (void)build::fold(Function{"x", 1, {DType::float64}, DType::float64}, counting<double, 1>({3}).node(), 1,
                                false);
            }).code,
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace chunkwise_test
