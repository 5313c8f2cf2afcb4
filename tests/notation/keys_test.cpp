// Groups by several keys, bins and arrays of labels; coordinates and parts of times as arrays; conditions that select;
// other values of coordinates. Values are those of loops over the elements; xarray_live.py compares with xarray.
#include <cmath>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/expr/reindex.hpp"
#include "chunkwise/expr/times.hpp"
#include "tests/notation/evaluate.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

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

notation::Variables series_and_basins() {
  notation::Variables known = with({{"t", series().handle()}, {"basin", Array<std::int32_t, 2>(basins()).handle()}});
  known.backend = local();
  return known;
}
const Texts keys(series_and_basins);
const Texts keys_skipping([] {
  notation::Variables known = series_and_basins();
  known.skipna = true;
  return known;
});

TEST(NotationKeys, GroupsOfTwoKeysHaveADimensionEach) {
  const UntypedArray mean = keys.evaluated("t.groupby(['time.month', 'time.hour']).mean()");
  EXPECT_EQ(mean.shape, (Shape{2, 4, 3, 4}));
  EXPECT_EQ(mean.labels.dimension(0), "month");
  EXPECT_EQ(mean.labels.dimension(1), "hour");
  EXPECT_EQ(mean.labels.coordinate(1).to_vector(), (Numbers{0, 6, 12, 18}));
  // Element (0, 0) of each time is 12 times its number.
  keys.expect_equal("t.groupby(['time.month', 'time.hour']).mean()[..., 0, 0]", {0, 12, 24, 36, 48, nan, nan, nan});
  keys.expect_equal("t.groupby(['time.month', 'time.hour']).sum()[..., 0, 0]", {0, 12, 24, 36, 48, 0, 0, 0});
  keys.expect_equal("t.groupby(['time.month', 'time.hour']).max()[..., 0, 0]", {0, 12, 24, 36, 48, nan, nan, nan});
  keys.expect_equal("t.groupby(['time.month', 'time.hour']).count()[..., 0, 0]", {1, 1, 1, 1, 1, 0, 0, 0});
  keys.expect_equal("t.groupby(['latitude', 'time.month']).max(...)", {47, 59, 43, 55, 39, 51});
}

TEST(NotationKeys, KeysOfOneDimensionAreTheGroupsOfTheirWord) {
  keys.expect_same("t.groupby(t.time.dt.hour).mean()", "t.groupby('time.hour').mean()");
  keys.expect_same("t.groupby(['time.hour']).std()", "t.groupby('time.hour').std()");
  keys.expect_same("t.groupby(t.time.dt.hour) - t.groupby(t.time.dt.hour).mean()",
                   "t.groupby('time.hour') - t.groupby('time.hour').mean()");
}

TEST(NotationKeys, GroupsOfAMapAreThoseOfALoop) {
  Numbers sums(15, 0);
  for (int time = 0; time < 5; ++time)
    for (int place = 0; place < 12; ++place) sums[static_cast<std::size_t>(time * 3 + place % 3)] += time * 12 + place;
  keys.expect_equal("t.groupby(basin).sum()", sums);
  keys.expect_equal("t.groupby(basin).sum(('latitude', 'longitude'))", sums);
  EXPECT_EQ(keys.evaluated("t.groupby(basin).sum()").labels.dimension(1), "basin");
  keys.expect_equal("t.groupby(basin).max(...)", {57, 58, 59});
  keys.expect_equal("t.groupby(basin).count(...)", {20, 20, 20});
}

TEST(NotationKeys, AnomaliesOfEachKindOfGroupHaveNoMeanInAnyGroup) {
  for (const std::string groups : {"groupby(['time.month', 'time.hour'])", "groupby(basin)",
                                   "groupby(['latitude', 'time.month'])", "groupby([basin, 'time.month'])",
                                   "groupby_bins('latitude', [-20, 0, 20])", "groupby_bins(basin, [-1, 0.5, 3])"}) {
    const std::string anomaly = "a = t." + groups + " - t." + groups + ".mean(...); ";
    EXPECT_EQ(keys.evaluated(anomaly + "a").shape, (Shape{5, 3, 4})) << groups;
    for (const double mean : keys.elements(anomaly + "a." + groups + ".mean(...)"))
      EXPECT_TRUE(std::isnan(mean) || std::abs(mean) < 1e-12) << groups << ' ' << mean;
    keys.expect_equal("sum(t." + groups + ".sum(...))", {1770});
  }
}

TEST(NotationKeys, BinsAreClosedOnTheRightAndHaveTheirEdgesAsBounds) {
  const UntypedArray means = keys.evaluated("t.groupby_bins('latitude', [-10, 0, 5, 10]).mean()");
  EXPECT_EQ(means.labels.dimension(1), "latitude_bins");
  EXPECT_EQ(means.labels.coordinate(1).to_vector(), (Numbers{-5, 2.5, 7.5}));
  ASSERT_EQ(means.labels.companions().size(), 1U);
  EXPECT_EQ(means.labels.companions()[0].name(), "latitude_bins_bounds");
  keys.expect_equal("t.groupby_bins('latitude', [-10, 0, 5, 10]).mean()[0, :, 0]", {4, nan, 0});
  keys.expect_equal("t.groupby_bins('latitude', [-10, 0, 5, 10]).count(...)", {20, 0, 20});
  keys.expect_equal("t.groupby_bins('latitude', [-10, 0, 10], include_lowest=True).count(...)", {40, 20});
  keys.expect_equal("t.groupby_bins('latitude', [-10, 0, 10], right=False).count(...)", {20, 20});
  keys.expect_equal("t.groupby_bins('latitude', [-10, 0, 10], right=False).min()[0, :, 0]", {8, 4});
  keys.expect_equal("(t.groupby_bins('latitude', [0, 20]) - t.groupby_bins('latitude', [0, 20]).mean())[0, :, 0]",
                    {0, nan, nan});
  keys.expect_refused("t.groupby_bins('latitude', [0, 0]).mean()", "edges ascend");
  keys.expect_refused("t.groupby_bins('latitude', [0]).mean()", "a bin lies between two of them");
}

TEST(NotationKeys, WhatCannotBeAKeyIsRefused) {
  keys.expect_refused("t.groupby(basin[:2]).mean()", "2 labels along 'latitude', whose extent is 3");
  keys.expect_refused("t.groupby(basin.rename(latitude='lat')).mean()",
                      "labels of groups lie along dimensions of the array");
  keys.expect_refused("t.groupby(basin[::-1]).mean()", "other coordinates along 'latitude'");
  keys.expect_refused("t.groupby(['time.month', 'time.month']).mean()", "two keys are called 'month'");
  keys.expect_refused("t.groupby(basin).mean('latitude')", "name all of them, or none");
}

TEST(NotationTimes, PartsOfTimesAreArrays) {
  keys.expect_equal("t.time.dt.month", {1, 1, 1, 1, 2});
  keys.expect_equal("t.time.dt.hour", {0, 6, 12, 18, 0});
  keys.expect_equal("t['time.dayofyear']", {31, 31, 31, 31, 32});
  keys.expect_equal("t.time[::2].dt.hour", {0, 12, 0});
  keys.expect_equal("t.latitude", {10, 0, -10});
  keys.expect_equal("t.time.dt.season == 'DJF'", {1, 1, 1, 1, 1});
  keys.expect_equal("s = t['time.season']; s != 'DJF'", {0, 0, 0, 0, 0});
  keys.expect_equal("t.time.dt.season.isin(['JJA', 'DJF'])", {1, 1, 1, 1, 1});
  keys.expect_equal("t.time >= '2000-01-31T12'", {0, 0, 1, 1, 1});
  EXPECT_EQ(values(time_part(series(), "time", "month")), (std::vector<std::int64_t>{1, 1, 1, 1, 2}));
  EXPECT_EQ(values(coordinate(series(), "latitude")), (Numbers{10, 0, -10}));
  keys.expect_refused("t.latitude.dt.month", "'.dt' is of times");
  keys.expect_refused("t.time.dt.moon", "a time has no 'moon'");
  keys.expect_refused("t.time.dt.season == 'summer'", "no 'season' is called 'summer'");
  keys.expect_refused("t['lat']", "no coordinate 'lat'");
}

TEST(NotationTimes, AConditionSelectsAlongItsDimension) {
  keys.expect_same("t.sel(time=t.time.dt.hour == 0)", "t[[0, 4]]");
  keys.expect_same("t.isel(time=t.time.dt.month == 2)", "t[4:]");
  keys.expect_same("t.sel(latitude=t.latitude > -5)", "t[:, :2]");
  keys.expect_same("t.where(t.latitude > 5, drop=True)", "t[:, :1]");
  keys.expect_equal("t.where(t.time.dt.hour == 6)[:, 0, 0]", {nan, 12, nan, nan, nan});
  keys.expect_equal("t.where(t > 57, drop=True)", {58, 59});
  keys.expect_refused("t.sel(time=t.time.dt.hour == 3)", "the condition is true nowhere along 'time'");
  keys.expect_refused("t.where(t > 100, drop=True)", "the condition is true nowhere");
  keys.expect_refused("t.sel(time=t.time.dt.hour)", "an array that selects is a condition");
}

TEST(NotationReindex, OtherValuesOfACoordinateAreMissingOrANeighbour) {
  const std::string place = "[0, :, 0]";
  keys.expect_equal("t.reindex(latitude=[-10, 3, 10])" + place, {8, nan, 0});
  keys.expect_equal("t.reindex(latitude=[-10, 3, 20], method='nearest')" + place, {8, 4, 0});
  keys.expect_equal("t.reindex(latitude=[-10, 3, 20], method='nearest', tolerance=3)" + place, {8, 4, nan});
  // Latitudes descend: what lies before one is larger.
  keys.expect_equal("t.reindex(latitude=[-11, 3, 20], method='ffill')" + place, {8, 0, nan});
  keys.expect_equal("t.reindex(latitude=[-11, 3, 20], method='bfill')" + place, {nan, 4, 0});
  keys.expect_equal("t.reindex(latitude=[-10, 3], fill_value=7)" + place, {8, 7});
  keys.expect_equal("t[:, 1:].reindex_like(t)" + place, {nan, 4, 8});
  keys.expect_equal("t.sortby('latitude')" + place, {8, 4, 0});
  keys.expect_equal("t.sortby('latitude', ascending=False)" + place, {0, 4, 8});
  EXPECT_TRUE(
      same_numbers(values(reindex(series(), "latitude", {-10, 3})), keys.elements("t.reindex(latitude=[-10, 3])")));
  keys.expect_equal("concat([t, t + 1], dim='member')[:, 0, 0, 0]", {0, 1});
  EXPECT_EQ(keys.evaluated("concat([t, t + 1], dim='member')").labels.dimension(0), "member");
  keys.expect_refused("t.reindex(latitude=[1], method='cubic')", "the methods of reindex are");
}

TEST(NotationReindex, FinerTimesAreFilled) {
  const std::string place = "[:, 0, 0]";
  keys.expect_equal("t.resample(time='3h').ffill()" + place, {0, 0, 12, 12, 24, 24, 36, 36, 48});
  keys.expect_equal("t.resample(time='3h').bfill()" + place, {0, 12, 12, 24, 24, 36, 36, 48, 48});
  keys.expect_equal("t.resample(time='3h').nearest()" + place, {0, 12, 12, 24, 24, 36, 36, 48, 48});
  keys.expect_equal("t.resample(time='3h').asfreq()" + place, {0, nan, 12, nan, 24, nan, 36, nan, 48});
  keys.expect_equal("t.resample(time='3h').interpolate('linear')" + place, {0, 6, 12, 18, 24, 30, 36, 42, 48});
  EXPECT_TRUE(same_numbers(values(upsample(series(), "time", "3h", Fill::forward)),
                           keys.elements("t.resample(time='3h').ffill()")));
}

TEST(NotationSkipna, IsTheDefaultOfReductionsThatAreNotToldOtherwise) {
  const std::string gaps = "y = t.where(t > 3); ";
  keys.expect_equal(gaps + "sum(y)", {nan});
  keys_skipping.expect_equal(gaps + "sum(y)", {1764});
  keys_skipping.expect_equal(gaps + "y.max()", {59});
  keys_skipping.expect_equal(gaps + "y.mean(skipna=False)", {nan});
  keys_skipping.expect_equal(gaps + "y.groupby('time.month').min(...)", {4, 48});
  keys_skipping.expect_equal(gaps + "y.median('latitude')[0, 0]", {6});
  keys_skipping.expect_equal(gaps + "y.weighted(t.latitude * 0 + 1).sum()", {1764});
  keys_skipping.expect_equal(gaps + "y.rolling(latitude=2).mean()[0, 1, 0]", {nan});
}

}  // namespace
}  // namespace chunkwise_test
