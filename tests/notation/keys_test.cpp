// Groups by several keys, bins and arrays of labels; coordinates and parts of times as arrays; conditions that select;
// other values of coordinates. Values are those of loops over the elements; xarray_live.py compares with xarray.
#include <cmath>
#include <limits>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/expr/reindex.hpp"
#include "chunkwise/expr/times.hpp"
#include "tests/notation/variables.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Five times, three latitudes and four longitudes, at 00, 06, 12 and 18 on 2000-01-31 and at 00 the next day.
auto series() {
  return counting<double, 3>({5, 3, 4}, {2, 3, 4})
      .with_labels(Labels({"time", "latitude", "longitude"},
                          {Coordinate(Numbers{0, 6, 12, 18, 24}, {{"units", "hours since 2000-01-31 00:00"}}),
                           Coordinate(Numbers{10, 0, -10}, {{"units", "degrees_north"}}),
                           Coordinate(Numbers{0, 90, 180, 270}, {{"units", "degrees_east"}})},
                          "t", {{"units", "K"}}));
}

/// A map of basins, 0 to 2.
auto basins() {
  return cast<std::int32_t>(counting<double, 2>({3, 4}) % 3.0)
      .with_labels(Labels({"latitude", "longitude"},
                          {Coordinate(Numbers{10, 0, -10}, {}), Coordinate(Numbers{0, 90, 180, 270}, {})}, "basin",
                          {}));
}

UntypedArray evaluated(const std::string& text, bool skipna = false) {
  notation::Variables known;
  known.find = [](std::string_view name) -> std::optional<UntypedArray> {
    if (name == "t") return series().handle();
    if (name == "basin") return Array<std::int32_t, 2>(basins()).handle();
    return std::nullopt;
  };
  known.backend = local();
  known.skipna = skipna;
  return notation::evaluate(text, known).back().array;
}

Numbers elements(const std::string& text, bool skipna = false) {
  UntypedArray array = evaluated(text, skipna);
  array.node = build::cast(array.node, DType::float64);
  return elements_of<double>(local()->run(Graph{{array.node}}, std::vector<Target>(1), {}).front());
}

void expect_equal(const Numbers& ours, const Numbers& wanted, const std::string& text) {
  ASSERT_EQ(ours.size(), wanted.size()) << text;
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_TRUE(ours[i] == wanted[i] || (std::isnan(ours[i]) && std::isnan(wanted[i])))
        << text << " at " << i << ": " << ours[i] << " and " << wanted[i];
}
void expect_equal(const std::string& text, const Numbers& wanted) { expect_equal(elements(text), wanted, text); }
void expect_same(const std::string& text, const std::string& other) {
  expect_equal(elements(text), elements(other), text);
}

void refused(const std::string& text, const std::string& what) {
  const Caught caught = error_of([&] { (void)evaluated(text); });
  EXPECT_TRUE(caught.says(what)) << caught.message;
}

TEST(NotationKeys, GroupsOfTwoKeysHaveADimensionEach) {
  const UntypedArray mean = evaluated("t.groupby(['time.month', 'time.hour']).mean()");
  EXPECT_EQ(mean.shape, (Shape{2, 4, 3, 4}));
  EXPECT_EQ(mean.labels.dimension(0), "month");
  EXPECT_EQ(mean.labels.dimension(1), "hour");
  EXPECT_EQ(mean.labels.coordinate(1).to_vector(), (Numbers{0, 6, 12, 18}));
  // Element (0, 0) of each time is 12 times its number.
  expect_equal("t.groupby(['time.month', 'time.hour']).mean()[..., 0, 0]",
               {0, 12, 24, 36, 48, missing, missing, missing});
  expect_equal("t.groupby(['time.month', 'time.hour']).sum()[..., 0, 0]", {0, 12, 24, 36, 48, 0, 0, 0});
  expect_equal("t.groupby(['time.month', 'time.hour']).max()[..., 0, 0]",
               {0, 12, 24, 36, 48, missing, missing, missing});
  expect_equal("t.groupby(['time.month', 'time.hour']).count()[..., 0, 0]", {1, 1, 1, 1, 1, 0, 0, 0});
  expect_equal("t.groupby(['latitude', 'time.month']).max(...)", {47, 59, 43, 55, 39, 51});
}

TEST(NotationKeys, KeysOfOneDimensionAreTheGroupsOfTheirWord) {
  expect_same("t.groupby(t.time.dt.hour).mean()", "t.groupby('time.hour').mean()");
  expect_same("t.groupby(['time.hour']).std()", "t.groupby('time.hour').std()");
  expect_same("t.groupby(t.time.dt.hour) - t.groupby(t.time.dt.hour).mean()",
              "t.groupby('time.hour') - t.groupby('time.hour').mean()");
}

TEST(NotationKeys, GroupsOfAMapAreThoseOfALoop) {
  Numbers sums(15, 0);
  for (int time = 0; time < 5; ++time)
    for (int place = 0; place < 12; ++place) sums[static_cast<std::size_t>(time * 3 + place % 3)] += time * 12 + place;
  expect_equal("t.groupby(basin).sum()", sums);
  expect_equal("t.groupby(basin).sum(('latitude', 'longitude'))", sums);
  EXPECT_EQ(evaluated("t.groupby(basin).sum()").labels.dimension(1), "basin");
  expect_equal("t.groupby(basin).max(...)", {57, 58, 59});
  expect_equal("t.groupby(basin).count(...)", {20, 20, 20});
}

TEST(NotationKeys, AnomaliesOfEachKindOfGroupHaveNoMeanInAnyGroup) {
  for (const std::string groups : {"groupby(['time.month', 'time.hour'])", "groupby(basin)",
                                   "groupby(['latitude', 'time.month'])", "groupby([basin, 'time.month'])",
                                   "groupby_bins('latitude', [-20, 0, 20])", "groupby_bins(basin, [-1, 0.5, 3])"}) {
    const std::string anomaly = "a = t." + groups + " - t." + groups + ".mean(...); ";
    EXPECT_EQ(evaluated(anomaly + "a").shape, (Shape{5, 3, 4})) << groups;
    for (const double mean : elements(anomaly + "a." + groups + ".mean(...)"))
      EXPECT_TRUE(std::isnan(mean) || std::abs(mean) < 1e-12) << groups << ' ' << mean;
    expect_equal(elements("sum(t." + groups + ".sum(...))"), {1770}, groups);
  }
}

TEST(NotationKeys, BinsAreClosedOnTheRightAndHaveTheirEdgesAsBounds) {
  const UntypedArray means = evaluated("t.groupby_bins('latitude', [-10, 0, 5, 10]).mean()");
  EXPECT_EQ(means.labels.dimension(1), "latitude_bins");
  EXPECT_EQ(means.labels.coordinate(1).to_vector(), (Numbers{-5, 2.5, 7.5}));
  ASSERT_EQ(means.labels.companions().size(), 1U);
  EXPECT_EQ(means.labels.companions()[0].name(), "latitude_bins_bounds");
  expect_equal("t.groupby_bins('latitude', [-10, 0, 5, 10]).mean()[0, :, 0]", {4, missing, 0});
  expect_equal("t.groupby_bins('latitude', [-10, 0, 5, 10]).count(...)", {20, 0, 20});
  expect_equal("t.groupby_bins('latitude', [-10, 0, 10], include_lowest=True).count(...)", {40, 20});
  expect_equal("t.groupby_bins('latitude', [-10, 0, 10], right=False).count(...)", {20, 20});
  expect_equal("t.groupby_bins('latitude', [-10, 0, 10], right=False).min()[0, :, 0]", {8, 4});
  expect_equal("(t.groupby_bins('latitude', [0, 20]) - t.groupby_bins('latitude', [0, 20]).mean())[0, :, 0]",
               {0, missing, missing});
  refused("t.groupby_bins('latitude', [0, 0]).mean()", "edges ascend");
  refused("t.groupby_bins('latitude', [0]).mean()", "a bin lies between two of them");
}

TEST(NotationKeys, WhatCannotBeAKeyIsRefused) {
  refused("t.groupby(basin[:2]).mean()", "2 labels along 'latitude', whose extent is 3");
  refused("t.groupby(basin.rename(latitude='lat')).mean()", "labels of groups lie along dimensions of the array");
  refused("t.groupby(basin[::-1]).mean()", "other coordinates along 'latitude'");
  refused("t.groupby(['time.month', 'time.month']).mean()", "two keys are called 'month'");
  refused("t.groupby(basin).mean('latitude')", "name all of them, or none");
}

TEST(NotationTimes, PartsOfTimesAreArrays) {
  expect_equal("t.time.dt.month", {1, 1, 1, 1, 2});
  expect_equal("t.time.dt.hour", {0, 6, 12, 18, 0});
  expect_equal("t['time.dayofyear']", {31, 31, 31, 31, 32});
  expect_equal("t.time[::2].dt.hour", {0, 12, 0});
  expect_equal("t.latitude", {10, 0, -10});
  expect_equal("t.time.dt.season == 'DJF'", {1, 1, 1, 1, 1});
  expect_equal("s = t['time.season']; s != 'DJF'", {0, 0, 0, 0, 0});
  expect_equal("t.time.dt.season.isin(['JJA', 'DJF'])", {1, 1, 1, 1, 1});
  expect_equal("t.time >= '2000-01-31T12'", {0, 0, 1, 1, 1});
  EXPECT_EQ(values(time_part(series(), "time", "month")), (std::vector<std::int64_t>{1, 1, 1, 1, 2}));
  expect_equal(values(coordinate(series(), "latitude")), {10, 0, -10}, "coordinate");
  refused("t.latitude.dt.month", "'.dt' is of times");
  refused("t.time.dt.moon", "a time has no 'moon'");
  refused("t.time.dt.season == 'summer'", "no 'season' is called 'summer'");
  refused("t['lat']", "no coordinate 'lat'");
}

TEST(NotationTimes, AConditionSelectsAlongItsDimension) {
  expect_same("t.sel(time=t.time.dt.hour == 0)", "t[[0, 4]]");
  expect_same("t.isel(time=t.time.dt.month == 2)", "t[4:]");
  expect_same("t.sel(latitude=t.latitude > -5)", "t[:, :2]");
  expect_same("t.where(t.latitude > 5, drop=True)", "t[:, :1]");
  expect_equal("t.where(t.time.dt.hour == 6)[:, 0, 0]", {missing, 12, missing, missing, missing});
  expect_equal("t.where(t > 57, drop=True)", {58, 59});
  refused("t.sel(time=t.time.dt.hour == 3)", "the condition is true nowhere along 'time'");
  refused("t.where(t > 100, drop=True)", "the condition is true nowhere");
  refused("t.sel(time=t.time.dt.hour)", "an array that selects is a condition");
}

TEST(NotationReindex, OtherValuesOfACoordinateAreMissingOrANeighbour) {
  const std::string place = "[0, :, 0]";
  expect_equal("t.reindex(latitude=[-10, 3, 10])" + place, {8, missing, 0});
  expect_equal("t.reindex(latitude=[-10, 3, 20], method='nearest')" + place, {8, 4, 0});
  expect_equal("t.reindex(latitude=[-10, 3, 20], method='nearest', tolerance=3)" + place, {8, 4, missing});
  // Latitudes descend: what lies before one is larger.
  expect_equal("t.reindex(latitude=[-11, 3, 20], method='ffill')" + place, {8, 0, missing});
  expect_equal("t.reindex(latitude=[-11, 3, 20], method='bfill')" + place, {missing, 4, 0});
  expect_equal("t.reindex(latitude=[-10, 3], fill_value=7)" + place, {8, 7});
  expect_equal("t[:, 1:].reindex_like(t)" + place, {missing, 4, 8});
  expect_equal("t.sortby('latitude')" + place, {8, 4, 0});
  expect_equal("t.sortby('latitude', ascending=False)" + place, {0, 4, 8});
  expect_equal(values(reindex(series(), "latitude", {-10, 3})), elements("t.reindex(latitude=[-10, 3])"), "reindex");
  expect_equal("concat([t, t + 1], dim='member')[:, 0, 0, 0]", {0, 1});
  EXPECT_EQ(evaluated("concat([t, t + 1], dim='member')").labels.dimension(0), "member");
  refused("t.reindex(latitude=[1], method='cubic')", "the methods of reindex are");
}

TEST(NotationReindex, FinerTimesAreFilled) {
  const std::string place = "[:, 0, 0]";
  expect_equal("t.resample(time='3h').ffill()" + place, {0, 0, 12, 12, 24, 24, 36, 36, 48});
  expect_equal("t.resample(time='3h').bfill()" + place, {0, 12, 12, 24, 24, 36, 36, 48, 48});
  expect_equal("t.resample(time='3h').nearest()" + place, {0, 12, 12, 24, 24, 36, 36, 48, 48});
  expect_equal("t.resample(time='3h').asfreq()" + place, {0, missing, 12, missing, 24, missing, 36, missing, 48});
  expect_equal("t.resample(time='3h').interpolate('linear')" + place, {0, 6, 12, 18, 24, 30, 36, 42, 48});
  expect_equal(values(upsample(series(), "time", "3h", Fill::forward)), elements("t.resample(time='3h').ffill()"),
               "upsample");
}

TEST(NotationSkipna, IsTheDefaultOfReductionsThatAreNotToldOtherwise) {
  const std::string gaps = "y = t.where(t > 3); ";
  expect_equal(elements(gaps + "sum(y)"), {missing}, "sum");
  expect_equal(elements(gaps + "sum(y)", true), {1764}, "sum");
  expect_equal(elements(gaps + "y.max()", true), {59}, "max");
  expect_equal(elements(gaps + "y.mean(skipna=False)", true), {missing}, "told otherwise");
  expect_equal(elements(gaps + "y.groupby('time.month').min(...)", true), {4, 48}, "groups");
  expect_equal(elements(gaps + "y.median('latitude')[0, 0]", true), {6}, "lines");
  expect_equal(elements(gaps + "y.weighted(t.latitude * 0 + 1).sum()", true), {1764}, "weights");
  expect_equal(elements(gaps + "y.rolling(latitude=2).mean()[0, 1, 0]", true), {missing}, "windows count NaN");
}

}  // namespace
}  // namespace chunkwise_test
