// Groups with windows around each step, which running climatologies are made of. Values are those of loops over days
// and the windows around them; the page from_cdo.md is compared with `cdo ydrunmean`.
#include <cmath>
#include <map>

#include "chunkwise/io/calendar.hpp"
#include "tests/notation/evaluate.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

constexpr std::int64_t first_day = 10'957 - 400;  // 400 days before 2000-01-01
constexpr int count = 1200;                       // a year and a half on either side of a leap day

/// A value of each day: a yearly course with a leap day, a number of its own for each day, one missing.
double value_of(int day) { return day == 500 ? nan : std::cos(day * 0.017) * 10 + (day * 7919 % 1013) / 100.0; }

/// Days in chunks of seven, at two places; `gap` days are left out after the 300th.
UntypedArray days(int gap = 0) {
  Numbers times, numbers;
  for (int i = 0; i < count; ++i) {
    if (i >= 300 && i < 300 + gap) continue;
    times.push_back(static_cast<double>(first_day + i));
    numbers.insert(numbers.end(), {value_of(i), -value_of(i)});
  }
  const auto extent = static_cast<std::int64_t>(times.size());
  return Array<double, 2>(
             from_vector<2>(numbers, {extent, 2}, {7, 2})
                 .with_labels(Labels({"time", "x"}, {Coordinate(times, {{"units", "days since 1970-01-01"}})}, "t",
                                     {{"units", "K"}})))
      .handle();
}

Texts running(int gap = 0) {
  return Texts([gap] {
    notation::Variables known = with({{"t", days(gap)}});
    known.backend = local();
    return known;
  });
}

int day_of_year(std::int64_t day) {
  const Date date = date_of(Calendar::standard, day);
  return static_cast<int>(day - *day_number(Calendar::standard, {date.year, 1, 1})) + 1;
}

/// The elements at the first place of all windows around each day of the year, with their weights, by a loop.
std::map<int, std::vector<std::pair<double, double>>> windows(const Numbers& weights, const std::string& ends,
                                                              int gap) {
  const int steps = static_cast<int>(weights.size()), before = steps / 2;
  const auto there = [&](int day) { return day >= 0 && day < count && !(day >= 300 && day < 300 + gap); };
  std::map<int, std::vector<std::pair<double, double>>> found;
  for (int middle = 0; middle < count; ++middle) {
    if (!there(middle)) continue;
    std::vector<std::pair<double, double>> own;
    for (int k = 0; k < steps; ++k) {
      int day = middle - before + k;
      if (ends == "wrap") day = (day + count) % count;
      if (there(day)) own.emplace_back(value_of(day), weights[static_cast<std::size_t>(k)]);
    }
    if (ends != "pad" && static_cast<int>(own.size()) < steps) continue;
    auto& all = found[day_of_year(first_day + middle)];
    all.insert(all.end(), own.begin(), own.end());
  }
  return found;
}

void expect_means(const std::string& window, const Numbers& weights, const std::string& ends, int gap = 0) {
  const std::string text =
      "t.groupby('time.dayofyear', window=" + window + ", boundary='" + ends + "').mean(skipna=True)";
  const UntypedArray ours = running(gap).evaluated(text);
  const auto wanted = windows(weights, ends, gap);
  ASSERT_EQ(ours.shape, (Shape{static_cast<std::int64_t>(wanted.size()), 2})) << text;
  EXPECT_EQ(ours.labels.dimension(0), "dayofyear");
  const Numbers means = elements(ours), coordinate = ours.labels.coordinate(0).to_vector();
  std::size_t at = 0;
  for (const auto& [day, all] : wanted) {
    double sum = 0, divisor = 0;
    for (const auto& [value, weight] : all)
      if (!std::isnan(value)) sum += value * weight, divisor += weight;
    EXPECT_EQ(coordinate[at], day) << text;
    EXPECT_NEAR(means[2 * at], sum / divisor, 1e-12) << text << " of day " << day;
    EXPECT_NEAR(means[2 * at + 1], -sum / divisor, 1e-12) << text << " of day " << day;
    ++at;
  }
}

TEST(RunningGroups, HaveTheElementsOfAllDaysAroundEachDayOfTheYear) {
  for (const std::string ends : {"exact", "pad", "wrap"}) {
    expect_means("5", Numbers(5, 1), ends);
    expect_means("1", Numbers(1, 1), ends);
    expect_means("31", Numbers(31, 1), ends);
    expect_means("4", Numbers(4, 1), ends);  // the earlier one of the two middles' neighbours counts
  }
}

TEST(RunningGroups, OfASeriesWithAGapHaveNoWindowAcrossIt) {
  for (const std::string ends : {"exact", "pad", "wrap"}) expect_means("5", Numbers(5, 1), ends, 40);
}

TEST(RunningGroups, MayWeighTheStepsOfAWindow) {
  for (const std::string ends : {"exact", "pad", "wrap"}) {
    expect_means("[1, 2, 3, 2, 1]", {1, 2, 3, 2, 1}, ends);
    expect_means("[0.5, 0, 4]", {0.5, 0, 4}, ends, 40);
  }
}

TEST(RunningGroups, HaveEveryReductionOfTheirElements) {
  const auto wanted = windows(Numbers(5, 1), "exact", 0);
  const UntypedArray sums = running().evaluated("t.groupby('time.dayofyear', window=5).nansum()");
  const UntypedArray counts = running().evaluated("t.groupby('time.dayofyear', window=5).count()");
  const UntypedArray largest = running().evaluated("t.groupby('time.dayofyear', window=5).nanmax()");
  const UntypedArray deviations = running().evaluated("t.groupby('time.dayofyear', window=5).nanstd()");
  const UntypedArray medians = running().evaluated("t.groupby('time.dayofyear', window=5).nanmedian()");
  const Numbers sum = elements(sums), number = elements(counts), most = elements(largest),
                spread = elements(deviations), middle = elements(medians);
  std::size_t at = 0;
  for (const auto& [day, all] : wanted) {
    Numbers there;
    for (const auto& [value, weight] : all)
      if (!std::isnan(value)) there.push_back(value);
    std::ranges::sort(there);
    double total = 0, squares = 0;
    for (const double value : there) total += value;
    const double n = static_cast<double>(there.size());
    for (const double value : there) squares += (value - total / n) * (value - total / n);
    EXPECT_EQ(number[2 * at], n);
    EXPECT_NEAR(sum[2 * at], total, 1e-11);
    EXPECT_EQ(most[2 * at], there.back());
    EXPECT_NEAR(spread[2 * at], std::sqrt(squares / n), 1e-12);
    const std::size_t half = there.size() / 2;
    EXPECT_NEAR(middle[2 * at], there.size() % 2 ? there[half] : (there[half - 1] + there[half]) / 2, 1e-12);
    ++at;
  }
}

TEST(RunningGroups, OfMonthsAndHoursHaveTheirSteps) {
  // Three months around each month, of daily values: those of the months before, of and after it.
  const UntypedArray months = running().evaluated("t.groupby('time.month', window=3, boundary='pad').count()");
  EXPECT_EQ(months.shape, (Shape{12, 2}));
  const Numbers counts = elements(months);
  std::map<int, double> wanted;
  for (int day = 0; day < count; ++day) {
    if (day == 500) continue;
    const Date date = date_of(Calendar::standard, first_day + day);
    const auto of = [](std::int64_t number) { return date_of(Calendar::standard, number); };
    const std::int64_t own = date.year * 12 + date.month - 1;
    const Date first = of(first_day), last = of(first_day + count - 1);
    for (std::int64_t middle = own - 1; middle <= own + 1; ++middle)
      if (middle >= first.year * 12 + first.month - 1 && middle <= last.year * 12 + last.month - 1)
        ++wanted[static_cast<int>(middle % 12) + 1];
  }
  for (int month = 1; month <= 12; ++month) EXPECT_EQ(counts[static_cast<std::size_t>(month - 1) * 2], wanted[month]);
}

TEST(RunningGroups, StandBesideGroupsWithoutWindowsInAnomalies) {
  const UntypedArray anomaly = running().evaluated(
      "t.groupby('time.dayofyear') - t.groupby('time.dayofyear', window=5, boundary='pad').mean(skipna=True)");
  EXPECT_EQ(anomaly.shape, (Shape{count, 2}));
}

TEST(RunningGroups, ThatCannotBeAreRefused) {
  running().expect_refused("t.groupby('time', window=5).mean()", "a window goes around a part of a time");
  running().expect_refused("t.groupby('time.minute', window=5).mean()", "and not of minute");
  running().expect_refused("t.groupby('time.dayofyear', window=0).mean()", "a window of 0 steps");
  running().expect_refused("t.groupby('time.dayofyear', window=2000).mean()", "longer than the series");
  running().expect_refused("t[::2].groupby('time.dayofyear', window=5).mean()",
                           "boundary 'pad' takes windows that lack some");
  running().expect_refused("t.groupby('time.dayofyear', window=5, boundary='trim').mean()",
                           "'exact', 'pad' and 'wrap'");
  running().expect_refused("t.groupby('time.dayofyear', boundary='pad').mean()", "a boundary beside a window alone");
  running().expect_refused("t.groupby('time.dayofyear', window=[1, -1]).mean()", "not below 0");
  running().expect_refused("t.groupby('time.dayofyear', window=[1, 1]).std()", "windows with weights have mean, sum");
  running().expect_refused("t.groupby('time.dayofyear', window=5).argmax()", "have no positions");
  running().expect_refused("t.groupby('time.dayofyear', window=5) - t", "an element has several");
  running().expect_refused("t.groupby(['time.year', 'time.month'], window=5).mean()",
                           "takes a part of a time beside a window");
}

}  // namespace
}  // namespace chunkwise_test
