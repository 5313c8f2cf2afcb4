// Functions of lines over arrays that have to be read: how often, in which pieces, and with how much memory.
#include "chunkwise/compute.hpp"
#include "runtime/plan/plan.hpp"
#include "tests/executor/sources.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

constexpr std::int64_t times = 120, rows = 40, columns = 60, elements = times * rows * columns;

/// Computes an expression with so much memory, and returns its bound.
template <Expression E>
std::uint64_t bound_of(const E& expression, std::uint64_t limit, std::vector<double>& result) {
  RunReport report;
  result =
      compute(connect("local", {.threads = 2, .memory_limit = limit}), expression, report_to(report)).mutable_copy();
  EXPECT_LE(report.memory_bound, limit);
  return report.memory_bound;
}

TEST(Lines, AChunkThatIsCutAlongThemIsReadOnce) {
  for (const Shape& chunks : {Shape{1, rows, columns}, Shape{50, 10, 10}, Shape{times, 7, 9}}) {
    SCOPED_TRACE(chunks);
    const auto source = watched_noise({times, rows, columns}, chunks, chunks);
    const auto x = array_of<double, 3>(source);
    const auto read_by = [&](const auto& expression) {
      source->elements_read = 0;
      (void)compute(connect("local:2"), expression);
      return source->elements_read.load();
    };
    EXPECT_EQ(read_by(cumsum(x, 0)), elements);
    EXPECT_EQ(read_by(x - cumsum(x, 0)), elements);
    EXPECT_EQ(read_by(median(x, 0)), elements);
    EXPECT_EQ(read_by(mean(sort(x, 0), 1)), elements);
    EXPECT_EQ(read_by(cumsum(x, 0)(-1)), elements);
    EXPECT_EQ(read_by(cumsum(x, 0)(all, 3)), static_cast<std::uint64_t>(times * columns));
    EXPECT_EQ(explain(connect("local:2"), median(x, 0)).bytes_read, elements * sizeof(double));
  }
}

TEST(Lines, ABlockThatIsReadAsAWholeIsReadForAllOfItsLinesAtOnce) {
  const auto source = watched_noise({times, rows, columns}, {60, 20, 20}, {60, 20, 20});
  const auto x = array_of<double, 3>(source);
  (void)compute(connect("local:2"), median(x, 0));
  EXPECT_LE(source->reads.load(), 6U);
  source->reads = 0;
  (void)compute(connect("local:2"), cumsum(x, 0));
  EXPECT_LE(source->reads.load(), 6U);
}

TEST(Lines, TheSameBitsComeOfLittleMemory) {
  const auto x = array_of<double, 3>(watched_noise({times, rows, columns}, {50, 10, 60}, {50, 10, 60}));
  const auto check = [&](const auto& expression, std::uint64_t results) {
    std::vector<double> plenty, scarce;
    (void)bound_of(expression, 1'000'000'000, plenty);
    (void)bound_of(expression, results + 2'000'000, scarce);
    EXPECT_EQ(plenty, scarce);
  };
  check(cumsum(x, 0), elements * 8);
  check(sort(x * 2.0, 1), elements * 8);
  check(median(x, 0), rows * columns * 8);
  check(cumsum(median(x, 2), 0), times * rows * 8);
  check(median(cumsum(x, 2), 0), rows * columns * 8);
  check(cumsum(x, 0)(range(100, 20, -7)), 12 * rows * columns * 8);
  check(sum(sort(x, 0), 0), rows * columns * 8);
}

TEST(Lines, AnAxisThatIsTooLongIsRefusedWithItsSizes) {
  const auto long_line = array_of<double, 1>(watched_noise({50'000'000}, {1'000'000}));
  const Caught caught = error_of(
      [&] { (void)compute(connect("local", {.threads = 2, .memory_limit = 100'000'000}), median(long_line, 0)); });
  EXPECT_EQ(caught.code, ErrorCode::memory_limit);
  EXPECT_TRUE(caught.says("whole lines of median along axis 0, of which one has 50000000 elements and takes 400 MB"))
      << caught.message;
  // A line of the same array in shorter lines fits.
  const auto shorter = array_of<double, 2>(watched_noise({1000, 5000}, {10, 5000}));
  EXPECT_NO_THROW((void)compute(connect("local", {.threads = 2, .memory_limit = 60'000'000}), median(shorter, 0)));
}

TEST(Lines, ABroadcastMedianIsComputedOnce) {
  const auto source = watched_noise({times, rows, columns}, {1, rows, columns});
  const auto x = array_of<double, 3>(source);
  (void)compute(connect("local:2"), x - median(x, 0));
  EXPECT_EQ(source->elements_read.load(), 2U * elements);
}

TEST(Lines, ChunksOfTheResultAreWholeAlongThemAndNotTooLarge) {
  const NodePtr x = build::source(full_source({1000, 700, 1400}, Scalar(1.0F), {1, 700, 1400}));
  const NodePtr sums = build::along(linewise::CumulativeSum::code, x, 0, false);
  EXPECT_EQ(sums->grid[0].count(), 1);
  EXPECT_LE(sums->grid.largest().elements(), std::int64_t{1} << 25);
  EXPECT_EQ(build::along(linewise::Median::code, x, 2, false)->grid, ChunkGrid::regular({1000, 700}, {1, 700}));
  const NodePtr operands[] = {x, sums};
  EXPECT_EQ(build::apply(op::Subtract::code, operands)->grid[0].count(), 1);
}

}  // namespace
}  // namespace chunkwise_test
