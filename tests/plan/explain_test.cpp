#include "chunkwise/explain.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "tests/executor/sources.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using testing::Contains;
using testing::HasSubstr;

/// The array of the weather study: days of packed temperatures, joined.
Array<double, 3> weather(int days = 6) {
  std::vector<Array<double, 3>> files;
  for (int day = 0; day < days; ++day)
    files.push_back(array_of<double, 3>(packed_temperatures({4, 45, 90}, {4, 45, 90})));
  return Array<double, 3>(concatenate(std::move(files), 0)).with_labels(Labels({"time", "latitude", "longitude"}));
}

template <class... E>
void expect_native(const E&... expressions) {
  const Explanation explanation = explain(local(), expressions...);
  for (const StageExplanation& stage : explanation.stages) EXPECT_TRUE(stage.native) << explanation;
  for (const StageExplanation& stage : explanation.stages)
    for (const std::string& task : stage.tasks) EXPECT_EQ(task.find("interpreted"), std::string::npos) << task;
}

TEST(Explain, EveryProgramOfTheWeatherStudyIsNative) {
  const auto x = weather();
  const std::int64_t t = x.shape()[0] / 2;
  const std::int64_t latitude = x.shape()[1] / 4;
  expect_native(x(0, 0, 0));
  expect_native(x(0));
  expect_native(mean(x));
  expect_native(mean(x(t)));
  expect_native(mean(x(all, latitude, all)));
  expect_native((x - mean(x, 0)) / stddev(x, 0));
  expect_native(mean(x), stddev(x));
  const auto z = persist(local(), (x - mean(x, 0)) / stddev(x, 0));
  expect_native(z(t));
  expect_native(mean(z(t), 1));
  const Explanation explanation = explain(local(), (x - mean(x, 0)) / stddev(x, 0));
  EXPECT_THAT(explanation.stages.at(1).tasks.at(0), HasSubstr("(a - b) / c (native)"));
}

TEST(Explain, OfAWriteCountsNoMemoryForTheResult) {
  const auto x = array_of<double, 2>(watched_noise({4000, 300}, {40, 300}));
  const auto backend = connect("local:2", {.memory_limit = 4'000'000});
  EXPECT_THROW((void)explain(backend, x * 2), Error);
  const Explanation explanation = explain_write(backend, x * 2);
  EXPECT_LE(explanation.memory_bound, 4'000'000U);
  EXPECT_EQ(explanation.bytes_read, 4000 * 300 * 8U);
  RunReport report;
  write(backend, x * 2, std::make_shared<WatchedSink>(), report_to(report));
  EXPECT_EQ(report.memory_bound, explanation.memory_bound);
  EXPECT_GT(explain_write(x * 2, without_pass("fuse_maps")).memory_bound, 0U);
}

TEST(Explain, SaysWhatIsKeptBecauseItIsBroadcast) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  const auto row = array_of<double, 1>(watched_noise({30}, {30}));
  const Explanation explanation = explain(local(), x - row);
  EXPECT_EQ(explanation.stages.at(0).tasks.at(0), "keep what is broadcast: source watched (30,)");
  EXPECT_EQ(explanation.stages.at(0).bytes_read, 30 * 8U);
}

TEST(Explain, SaysWhyACostlyMapWasNotFused) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  const Array<double, 2> y = exp(x);
  EXPECT_THAT(explain(local(), y * y + y).not_fused, Contains(HasSubstr("costly and wanted in 3 places")));
}

TEST(Explain, ListsTheGraphBeforeAndAfterThePassesInputsFirst) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  const Explanation explanation = explain(local(), (x * 2 + 1)(3));
  ASSERT_EQ(explanation.before.size(), 3U);
  EXPECT_EQ(explanation.before[0], "n0: source watched (40, 30), float64 (40, 30)");
  EXPECT_EQ(explanation.before[1], "n1: map a * p0 + p1 of n0, float64 (40, 30)");
  EXPECT_EQ(explanation.before[2], "n2: index [3, 0:30] of n1, float64 (30,)");
  ASSERT_EQ(explanation.after.size(), 3U);
  EXPECT_EQ(explanation.after[1], "n1: index [3, 0:30] of n0, float64 (30,)");
  EXPECT_EQ(explanation.after[2], "n2: map a * p0 + p1 of n1, float64 (30,)");
}

TEST(Explain, CountsStagesTasksBytesAndMemory) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  const Explanation explanation = explain(local(), x - mean(x, 0), max(x, 1));
  EXPECT_EQ(explanation.backend, "local:2");
  ASSERT_EQ(explanation.stages.size(), 2U);
  EXPECT_EQ(explanation.stages[0].domain, "(40, 30)");
  EXPECT_EQ(explanation.stages[0].chunks, "10 chunks of (4, 30)");
  EXPECT_EQ(explanation.stages[0].task_count, 20);
  EXPECT_EQ(explanation.stages[0].bytes_read, 40 * 30 * 8U);
  EXPECT_EQ(explanation.stages[1].task_count, 10);
  EXPECT_EQ(explanation.bytes_read, 2 * 40 * 30 * 8U);
  ASSERT_EQ(explanation.sources.size(), 1U);
  EXPECT_EQ(explanation.sources[0].bytes, 2 * 40 * 30 * 8U);
  EXPECT_GT(explanation.memory_bound, 0U);
}

TEST(Explain, TellsWhatWasFusedAndWhatNotAndWhy) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  Explanation explanation = explain(local(), sum(x * x), stddev(x));
  EXPECT_THAT(explanation.fused, Contains(HasSubstr("map a * b into its reduction")));
  EXPECT_THAT(explanation.fused, Contains(HasSubstr("one read of (40, 30) for 2 results")));
  const Array<double, 1> row = x(0) * 2;
  EXPECT_THAT(explain(local(), x + row).not_fused, Contains(HasSubstr("broadcast from (30,) to (40, 30)")));
  const auto joined = concatenate(std::vector{x * 2, x * 3}, 0);
  EXPECT_THAT(explain(local(), joined).not_fused, Contains(HasSubstr("joined with other arrays")));
  const Array<double, 2> inner = x * 2;
  explanation = explain(local(), inner + 1, without_pass("fuse_maps"));
  EXPECT_THAT(explanation.not_fused, Contains(HasSubstr("switched off")));
}

TEST(Explain, SaysWhereAProgramIsInterpreted) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  // No formula of this program is like it, so only the pass makes its program.
  Array<double, 2> y = pow(x * 3, 2) - 7;
  y = abs(y) / (x + 0.5);
  const Explanation explanation = explain(local(), y);
  EXPECT_FALSE(explanation.stages.at(0).native);
  EXPECT_THAT(explanation.stages.at(0).tasks.at(0), HasSubstr("(interpreted)"));
}

TEST(Explain, ComputesNothing) {
  const auto source = watched_noise({40, 30}, {4, 30});
  const auto x = array_of<double, 2>(source);
  (void)explain(local(), (x - mean(x, 0)) / stddev(x, 0));
  EXPECT_EQ(source->reads, 0U);
}

TEST(Explain, PrintsForPeople) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  std::ostringstream text;
  text << explain(local(), (x - mean(x, 0)) / stddev(x, 0));
  for (const char* part : {"Graph before the passes", "Graph after the passes", "Plan on local:2: 2 stages, reads 19",
                           "stage 0 over (40, 30), 10 chunks of (4, 30)", "mean over axes 0; stddev over axes 0",
                           "write output 0: (a - b) / c (native)", "of watched (40, 30)", "Fused"})
    EXPECT_THAT(text.str(), HasSubstr(part));
}

TEST(Explain, OfManySourcesTheFirstArePrinted) {
  std::ostringstream text;
  text << explain(local(), mean(weather(20)));
  EXPECT_THAT(text.str(), HasSubstr("... and 14 more sources"));
}

TEST(Explain, TheDotGraphHasEveryNodeAndIsWellFormed) {
  const auto x = array_of<double, 2>(watched_noise({40, 30}, {4, 30}));
  const Explanation explanation = explain(local(), (x - mean(x, 0)) / stddev(x, 0), max(x)(newaxis));
  const std::string& dot = explanation.dot;
  EXPECT_EQ(dot.rfind("digraph ", 0), 0U);
  EXPECT_EQ(std::count(dot.begin(), dot.end(), '{'), std::count(dot.begin(), dot.end(), '}'));
  EXPECT_EQ(std::count(dot.begin(), dot.end(), '['), std::count(dot.begin(), dot.end(), ']'));
  EXPECT_EQ(std::count(dot.begin(), dot.end(), '"') % 2, 0);
  for (std::size_t i = 0; i < explanation.after.size(); ++i)
    EXPECT_THAT(dot, HasSubstr("  n" + std::to_string(i) + " [label="));
  EXPECT_THAT(dot, HasSubstr("n0 -> n1;"));
}

TEST(Explain, ThousandsOfPartsAreShownAsAFew) {
  std::vector<Array<float, 1>> parts;
  for (int i = 0; i < 5000; ++i) parts.push_back(full<1>({10}, static_cast<float>(i)));
  const Explanation explanation = explain(local(), sum(concatenate(parts, 0)));
  EXPECT_LT(explanation.after.size(), 10U);
  EXPECT_THAT(explanation.after, Contains(HasSubstr("concatenate 5000 arrays along axis 0 of n0, n1, n2, n3, ...")));
}

TEST(Explain, TextOfASourceIsEscapedInTheDotGraph) {
  class Quoted final : public Source {
   public:
    [[nodiscard]] DType dtype() const override { return DType::float64; }
    [[nodiscard]] const Shape& shape() const override { return shape_; }
    [[nodiscard]] const ChunkGrid& grid() const override { return grid_; }
    [[nodiscard]] const Encoding& encoding() const override { return encoding_; }
    [[nodiscard]] std::string describe() const override { return "\"a\\b\""; }
    void read(const Region&, void*) const override {}

   private:
    Shape shape_{4};
    ChunkGrid grid_ = ChunkGrid::single({4});
    Encoding encoding_;
  };
  const auto x = array_of<double, 1>(std::make_shared<Quoted>());
  EXPECT_THAT(explain(local(), x + 1).dot, HasSubstr("source \\\"a\\\\b\\\""));
}

}  // namespace
}  // namespace chunkwise_test
