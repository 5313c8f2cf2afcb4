// Groups by several keys, bins and windows, and statistics of climate, in C++. Values are those of loops, and of the
// same formulas as text.
#include "chunkwise/expr/grouped.hpp"

#include <cmath>
#include <limits>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/expr/climate.hpp"
#include "chunkwise/expr/reindex.hpp"
#include "chunkwise/expr/times.hpp"
#include "chunkwise/notation.hpp"
#include "tests/notation/variables.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Five times and two latitudes, at 00, 06, 12 and 18 on 2000-01-31 and at 00 the next day: 0 to 9.
auto series() {
  return counting<double, 2>({5, 2}, {2, 2})
      .with_labels(Labels({"time", "latitude"},
                          {Coordinate(Numbers{0, 6, 12, 18, 24}, {{"units", "hours since 2000-01-31 00:00"}}),
                           Coordinate(Numbers{10, -10}, {{"units", "degrees_north"}})},
                          "t", {{"units", "K"}}));
}

/// 0, 2, 1, NaN, 5, 4, 6, 7 at eight days.
auto days() {
  return vector_of<double>({0, 2, 1, missing, 5, 4, 6, 7})
      .with_labels(Labels({"time"}, {Coordinate(Numbers{0, 1, 2, 3, 4, 5, 6, 7}, {{"units", "days since 2001-01-01"}})},
                          "t", {{"units", "K"}}));
}

template <Expression E>
Numbers of_text(const std::string& text, const E& t) {
  notation::Variables known;
  known.find = [&](std::string_view) { return std::optional(Array(t).handle()); };
  const NodePtr node = build::cast(notation::arrays_of(text, known).back().array.node, DType::float64);
  return elements_of<double>(computed(node));
}

template <Expression E>
void expect_equal(const E& ours, const Numbers& wanted) {
  const Numbers found = values(cast<double>(ours));
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_TRUE(found[i] == wanted[i] || (std::isnan(found[i]) && std::isnan(wanted[i])))
        << i << ": " << found[i] << " and " << wanted[i];
}

TEST(GroupedArrays, HaveAnAxisForEachKey) {
  const auto groups = groupby(series(), "time.month", "time.hour");
  const auto means = groups.mean();
  static_assert(rank_of<decltype(means)> == 3);
  EXPECT_EQ(means.shape(), (Shape{2, 4, 2}));
  EXPECT_EQ(means.labels().dimension(0), "month");
  EXPECT_EQ(means.labels().dimension(1), "hour");
  EXPECT_EQ(means.labels().dimension(2), "latitude");
  EXPECT_EQ(means.labels().coordinate(1).to_vector(), (Numbers{0, 6, 12, 18}));
  expect_equal(means, of_text("t.groupby(['time.month', 'time.hour']).mean()", series()));
  expect_equal(groups.reduce(chunkwise::max), of_text("t.groupby(['time.month', 'time.hour']).max()", series()));
  expect_equal(groups.reduce(stddev, ddof(1)), of_text("t.groupby(['time.month', 'time.hour']).std(ddof=1)", series()));
  expect_equal(groups.reduce(chunkwise::sum, axes("latitude")), {1, 5, 9, 13, 17, 0, 0, 0});
  expect_equal(groups.count(), {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0});
}

TEST(GroupedArrays, GiveEachElementWhatBelongsToItsGroups) {
  const auto groups = groupby(series(), "time.month", "time.hour");
  expect_equal(series() - groups.spread(groups.mean()), Numbers(10, 0));
  const auto hours = groupby(series(), "time.hour");
  expect_equal(series() - hours.spread(hours.mean()), {-4, -4, 0, 0, 0, 0, 0, 0, 4, 4});
}

TEST(GroupedArrays, MayBeOfBins) {
  const auto halves = groupby(series(), bins("latitude", {-20, 0, 20})).mean();
  EXPECT_EQ(halves.labels().dimension(1), "latitude_bins");
  EXPECT_EQ(halves.labels().coordinate(1).to_vector(), (Numbers{-10, 10}));
  expect_equal(halves, {1, 0, 3, 2, 5, 4, 7, 6, 9, 8});
  expect_equal(groupby(series(), bins("time.hour", {0, 12, 24}, false), "time.month").reduce(nansum),
               {2, 4, 8, 9, 10, 12, 0, 0});
}

TEST(GroupedArrays, MayBeOfWindows) {
  const auto around = running(days(), "time.dayofyear", 3).reduce(nanmean);
  EXPECT_EQ(around.labels().coordinate(0).to_vector(), (Numbers{2, 3, 4, 5, 6, 7}));
  expect_equal(around, {1, 1.5, 3, 4.5, 5, 17.0 / 3});
  expect_equal(running(days(), "time.dayofyear", 3, WindowEnds::pad).count(), {2, 3, 2, 2, 2, 3, 3, 2});
  expect_equal(running(days(), "time.dayofyear", 3, WindowEnds::wrap).reduce(nansum), {9, 3, 3, 6, 9, 15, 17, 13});
  EXPECT_TRUE(error_of([] {
                const auto windows = running(days(), "time.dayofyear", 3);
                (void)windows.spread(windows.mean());
              }).says("an element has several"));
}

TEST(GroupedArrays, WhoseKeysLieAlongSeveralDimensionsAreRefused) {
  EXPECT_TRUE(error_of([] { (void)groupby(series(), "time.month", "latitude"); }).says("lie along one dimension"));
  EXPECT_TRUE(
      error_of([] { (void)groupby(series(), "time.month", "time.month"); }).says("two keys are called 'month'"));
  EXPECT_TRUE(error_of([] { (void)groupby(series(), "time.moon", "time.month"); }).says("a time has no 'moon'"));
}

TEST(ClimateStatistics, AreThoseOfFormulas) {
  const auto t = series();
  expect_equal(trend(t, "time"), of_text("trend(t, 'time')", t));
  expect_equal(trend(t, 1), of_text("trend(t, 1)", t));
  expect_equal(standardize(t, "time"), of_text("standardize(t, 'time')", t));
  expect_equal(standardize(t, axes(0, 1), ddof(1)), of_text("standardize(t, (0, 1), ddof=1)", t));
  expect_equal(regression(t, t * t, "time"), of_text("regression(t, t * t, 'time')", t));
  const auto d = days();
  expect_equal(run_length(d > 1.0, 0), {0, 1, 0, 0, 1, 2, 3, 4});
  expect_equal(run_length(d > 1.0, "time"), of_text("run_length(t > 1, 'time')", d));
  expect_equal(longest_run(d > 1.0, 0), {4});
  expect_equal(spells(d > 1.0, 2, 0), {1});
  expect_equal(degree_days(t, 4, "time"), of_text("degree_days(t, 4, 'time')", t));
  expect_equal(degree_days_below(t, 4, "time"), of_text("degree_days(t, 4, 'time', below=True)", t));
  EXPECT_TRUE(error_of([&] { (void)spells(d > 1.0, 0, 0); }).says("at least one element"));
}

}  // namespace
}  // namespace chunkwise_test
