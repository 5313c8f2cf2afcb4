#include "runtime/executor/reduction_path.hpp"

#include <gmock/gmock.h>

#include <bit>
#include <numeric>
#include <set>

#include "runtime/executor/accumulate.hpp"
#include "runtime/executor/groups.hpp"
#include "runtime/plan/plan.hpp"
#include "runtime/reduce/reduce.hpp"
#include "runtime/reduce/row_kernel.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/plan/plenty.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using executor::ReductionPath;
using executor::SlabFacts;

/// How the chunks of an array are given to an accumulator: each as a slab that is folded, or in slabs of so many
/// indices along the first axis, which are added.
struct Given {
  std::int64_t indices = 0;  ///< 0: folded
};
constexpr Given folded{};
constexpr Given whole{std::int64_t{1} << 40};

struct Reduced {
  std::vector<double> values;
  std::vector<ReductionPath> paths;  ///< of each slab, or of each fold
};

/// Reduces all chunks, which have all outputs, one after the other.
Reduced reduced(const NodePtr& output, const Given& given, AggregateCode aggregate = aggregate::Sum::code,
                std::int64_t ddof = 0) {
  const plan::Plan plan = plan::make_divisible_plan(Graph{{output}}, {}, 1, plenty);
  const plan::Stage& stage = plan.stages.front();
  const plan::FoldTask& task = plan::folds_of(stage).front();
  executor::RunContext context;
  context.plan = &plan;
  executor::Evaluator evaluator(context);
  executor::ChunkAccumulator accumulator(task);
  std::vector<Region> chunks;
  for (std::int64_t chunk = 0; chunk < stage.grid.chunks(); ++chunk)
    chunks.push_back(stage.grid.region(stage.grid.chunk(chunk)));

  Reduced result;
  executor::States states;
  const int rank = stage.domain.rank();
  for (std::span<const Region> rest = chunks; !rest.empty();) {
    evaluator.new_slab();
    std::size_t taken = 1;
    if (given.indices == 0) {
      taken = accumulator.fold(evaluator, rest, rank, states);
      result.paths.push_back(accumulator.path());
    } else {
      accumulator.begin(rest.front());
      const AxisRange all = rest.front()[0];
      for (std::int64_t first = 0; first < all.count; first += given.indices) {
        Region slab = rest.front();
        slab[0] = {all.start + first, 1, std::min(given.indices, all.count - first)};
        evaluator.new_slab();
        accumulator.add(evaluator, slab, rank);
        result.paths.push_back(accumulator.path());
      }
      executor::fold_in(states, accumulator.close());
    }
    rest = rest.subspan(taken);
  }
  result.values.resize(states.front().outputs);
  reduce::finish(aggregate, states.front(), ddof, result.values.data());
  return result;
}

/// 0, 1, 2, ...: sums of them are exact on any way.
Array<double, 2> numbers(const Shape& shape, const Shape& chunks = {}) { return counting<double, 2>(shape, chunks); }

/// Returns `times` the sums of numbers(shape) along an axis.
std::vector<double> sums(const Shape& shape, int axis, double times) {
  std::vector<double> result(static_cast<std::size_t>(shape[1 - axis]));
  for (std::int64_t i = 0; i < shape.elements(); ++i)
    result[static_cast<std::size_t>(axis == 0 ? i % shape[1] : i / shape[1])] += times * static_cast<double>(i);
  return result;
}

/// What is summed: numbers in memory, or twice the numbers, which do not lie in memory; the same as a product of rows
/// in memory with a number for each row.
enum class Elements { in_memory, computed, products };
using enum Elements;

struct Case {
  const char* what;
  Shape shape, chunks;
  int axis;
  Elements elements;
  Given given;
  ReductionPath path;
};

// A row is an index of the first axis. Block: plan::block_elements, 1024. Few rows: at most plan::most_rows, 32.
const std::vector<Case> cases{
    {"lines in memory", {6, 5000}, {6, 5000}, 1, in_memory, whole, ReductionPath::whole_outputs},
    {"lines in memory, slab by slab", {6, 5000}, {6, 5000}, 1, in_memory, {2}, ReductionPath::whole_outputs},
    {"lines in memory, folded", {6, 5000}, {6, 2500}, 1, in_memory, folded, ReductionPath::whole_outputs},
    {"computed lines of one block", {6, 1024}, {6, 1024}, 1, computed, whole, ReductionPath::whole_outputs},
    {"computed lines longer than a block", {6, 1025}, {6, 1025}, 1, computed, whole, ReductionPath::lanes},
    {"computed lines longer than a block, folded", {6, 3000}, {6, 1500}, 1, computed, folded, ReductionPath::lanes},
    {"short rows", {40, 63}, {40, 63}, 0, in_memory, whole, ReductionPath::single_rows},
    {"computed rows", {40, 500}, {40, 500}, 0, computed, whole, ReductionPath::single_rows},
    {"more computed rows than few, folded", {66, 500}, {33, 500}, 0, computed, folded, ReductionPath::single_rows},
    {"rows in memory", {40, 64}, {40, 64}, 0, in_memory, whole, ReductionPath::row_groups},
    {"rows in memory, slab by slab", {40, 64}, {40, 64}, 0, in_memory, {7}, ReductionPath::row_groups},
    {"more rows than few, folded", {66, 500}, {33, 500}, 0, in_memory, folded, ReductionPath::row_groups},
    {"few computed rows, folded", {64, 500}, {32, 500}, 0, computed, folded, ReductionPath::folded_rows},
    {"few short computed rows, folded", {8, 3}, {4, 3}, 0, computed, folded, ReductionPath::folded_rows},
    {"few rows in memory, folded", {64, 500}, {32, 500}, 0, in_memory, folded, ReductionPath::folded_chunks},
    {"few short rows in memory, folded", {9, 3}, {3, 3}, 0, in_memory, folded, ReductionPath::folded_chunks},
    {"products of rows", {40, 64}, {40, 64}, 0, products, whole, ReductionPath::products},
    {"products of more rows than few, folded", {66, 500}, {33, 500}, 0, products, folded, ReductionPath::products},
    {"products of short rows", {40, 63}, {40, 63}, 0, products, whole, ReductionPath::single_rows},
};

TEST(ReductionPath, IsTakenByEachKindOfSlabWithTheSameSums) {
  for (const Case& c : cases) {
    const Array<double, 2> x = numbers(c.shape, c.chunks);
    const auto twice = from_vector<2>(std::vector<double>(static_cast<std::size_t>(c.shape[0]), 2.0), {c.shape[0], 1});
    const NodePtr output = c.elements == in_memory  ? lower(sum(x, runtime_axis(c.axis)))
                           : c.elements == computed ? lower(sum(x * 2.0, runtime_axis(c.axis)))
                                                    : lower(sum(x * twice, runtime_axis(c.axis)));
    const Reduced result = reduced(output, c.given);
    EXPECT_THAT(result.paths, testing::AllOf(testing::Not(testing::IsEmpty()), testing::Each(c.path))) << c.what;
    EXPECT_EQ(result.values, sums(c.shape, c.axis, c.elements == in_memory ? 1.0 : 2.0)) << c.what;
  }
}

/// Returns true for the name of a path. Knows all: a path without a name here does not compile.
bool is_path(ReductionPath path) {
  switch (path) {
    case ReductionPath::none:
      return false;
    case ReductionPath::lanes:
    case ReductionPath::whole_outputs:
    case ReductionPath::single_rows:
    case ReductionPath::row_groups:
    case ReductionPath::products:
    case ReductionPath::folded_rows:
    case ReductionPath::folded_chunks:
      return true;
  }
  return false;
}

TEST(ReductionPath, EachIsTakenBySomeSlab) {
  std::set<ReductionPath> taken, all;
  for (const Case& c : cases) taken.insert(c.path);
  for (int value = 0; value < 256; ++value)
    if (const auto path = static_cast<ReductionPath>(value); is_path(path)) all.insert(path);
  EXPECT_EQ(taken, all);
}

TEST(ReductionPath, ChunksInMemoryAreFoldedSeveralAtATime) {
  const auto folds = [](std::int64_t rows) {
    return reduced(lower(sum(numbers({16 * rows, 100}, {rows, 100}), 0)), folded).paths.size();
  };
  EXPECT_EQ(folds(1), 2U);
  EXPECT_EQ(folds(4), 8U);
  EXPECT_EQ(folds(5), 16U);
}

TEST(ReductionPath, OfOutputsIsThatOfLanesOnceTheyHaveAny) {
  constexpr SlabFacts all{.takes_lanes = true,
                          .in_memory = true,
                          .stretch_length = 5000,
                          .reduced = 5000,
                          .outputs_are_next = true,
                          .positions_follow = true};
  static_assert(path_of(all) == ReductionPath::whole_outputs);
  const auto without = [&](auto change) {
    SlabFacts facts = all;
    change(facts);
    return path_of(facts);
  };
  EXPECT_EQ(without([](SlabFacts& f) { f.outputs_are_next = false; }), ReductionPath::lanes);
  EXPECT_EQ(without([](SlabFacts& f) { f.positions_follow = false; }), ReductionPath::lanes);
  EXPECT_EQ(without([](SlabFacts& f) { f.stretch_length = 2500; }), ReductionPath::lanes);
  EXPECT_EQ(without([](SlabFacts& f) { f.in_memory = false; }), ReductionPath::lanes);
}

// ---------------------------------------------------------------- kernels of few rows

using reduce::RowKernel;

TEST(RowKernel, IsOneOfItsOwnForOneTwoFourAndEightRows) {
  const std::vector<std::pair<std::size_t, RowKernel>> kernels{
      {1, RowKernel::one_row},    {2, RowKernel::two_rows}, {3, RowKernel::any_rows},
      {4, RowKernel::four_rows},  {5, RowKernel::any_rows}, {7, RowKernel::any_rows},
      {8, RowKernel::eight_rows}, {9, RowKernel::any_rows}, {32, RowKernel::any_rows},
  };
  for (const auto& [rows, kernel] : kernels) {
    EXPECT_EQ(reduce::row_kernel(true, rows), kernel) << rows;
    EXPECT_EQ(reduce::row_kernel(false, rows), RowKernel::any_rows) << rows << ", neither sums nor moments of floats";
  }
}

TEST(RowKernel, TakesChunksOfSumsOfDoubleTogetherUpToEightRows) {
  EXPECT_EQ(reduce::chunks_together(true, 1), 8U);
  EXPECT_EQ(reduce::chunks_together(true, 2), 4U);
  EXPECT_EQ(reduce::chunks_together(true, 4), 2U);
  EXPECT_EQ(reduce::chunks_together(true, 8), 1U);
  EXPECT_EQ(reduce::chunks_together(false, 1), 1U);
}

std::vector<std::uint64_t> bits_of_numbers(const std::vector<double>& values) {
  std::vector<std::uint64_t> result;
  for (const double value : values) result.push_back(std::bit_cast<std::uint64_t>(value));
  return result;
}

/// Expects chunks of so many rows that are folded to have the bits of chunks that have states of their own. There are
/// eleven chunks, so that some are left over when several are folded together.
template <class T>
void expect_same_bits(std::int64_t rows) {
  std::vector<T> thirds;
  for (std::int64_t i = 0; i < 11 * rows * 130; ++i) thirds.push_back(static_cast<T>(i) / T{3});
  const Array<T, 2> x = from_vector<2>(std::move(thirds), {11 * rows, 130}, {rows, 130});
  const auto expect = [&](const NodePtr& output, AggregateCode aggregate, std::int64_t ddof) {
    const Reduced by_rows = reduced(output, folded, aggregate, ddof);
    const Reduced by_states = reduced(output, whole, aggregate, ddof);
    EXPECT_THAT(by_rows.paths, testing::Each(ReductionPath::folded_chunks)) << "rows: " << rows;
    EXPECT_THAT(by_states.paths, testing::Each(ReductionPath::row_groups)) << "rows: " << rows;
    EXPECT_EQ(bits_of_numbers(by_rows.values), bits_of_numbers(by_states.values)) << "rows: " << rows;
  };
  expect(lower(sum(x, 0)), aggregate::Sum::code, 0);
  expect(lower(stddev(x, 0, ddof(1))), aggregate::StandardDeviation::code, 1);
  expect(lower(nansum(x, 0)), aggregate::NanSum::code, 0);
}

TEST(RowKernel, OfEachNumberOfRowsHasTheBitsOfStates) {
  for (std::int64_t rows = 1; rows <= 9; ++rows) {
    expect_same_bits<double>(rows);
    expect_same_bits<float>(rows);
  }
}

// ---------------------------------------------------------------- groups

/// Returns the way that each chunk of sums by groups of the first axis takes, if chunks are folded.
std::vector<executor::Dealing> dealings(const Shape& shape, const Shape& chunks, std::vector<std::int32_t> groups) {
  const NodePtr output = lower(sum(numbers(shape, chunks), by(0, std::move(groups))));
  const plan::Plan plan = plan::make_divisible_plan(Graph{{output}}, {}, 1, plenty);
  const plan::Stage& stage = plan.stages.front();
  executor::RunContext context;
  context.plan = &plan;
  executor::Evaluator evaluator(context);
  executor::GroupAccumulator accumulator(plan::folds_of(stage).front());
  executor::States states;
  std::vector<executor::Dealing> result;
  for (std::int64_t number = 0; number < stage.grid.chunks(); ++number) {
    const Region chunk = stage.grid.region(stage.grid.chunk(number));
    evaluator.new_slab();
    EXPECT_EQ(accumulator.fold(evaluator, {&chunk, 1}, stage.domain.rank(), states), 1U);
    result.push_back(accumulator.dealing());
  }
  return result;
}

TEST(Dealing, OfAChunkFollowsFromTheStretchesOfItsGroups) {
  using executor::Dealing;
  const std::vector<std::int32_t> in_turn{0, 1, 0, 1, 0, 1, 0, 1};
  EXPECT_THAT(dealings({8, 5}, {8, 5}, in_turn), testing::ElementsAre(Dealing::gathered));
  EXPECT_THAT(dealings({8, 64}, {8, 64}, in_turn), testing::ElementsAre(Dealing::by_stretch));
  EXPECT_THAT(dealings({8, 5}, {2, 5}, in_turn), testing::Each(Dealing::folded));
  EXPECT_THAT(dealings({8, 5}, {4, 5}, {0, 0, 1, 1, 1, 0, 0, 1}),
              testing::ElementsAre(Dealing::folded, Dealing::gathered));
}

}  // namespace
}  // namespace chunkwise_test
