// Groups and selections in formulas, in xarray's words: the graphs of the C++ door, and errors at their place.
#include "tests/notation/evaluate.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

/// x of the other texts, with times: `t`, at 00, 06, 12 and 18 on 2000-01-31 and at 00 the next day.
auto t() {
  return counting<double, 3>({5, 3, 4}, {2, 3, 4})
      .with_labels(Labels({"time", "latitude", "longitude"},
                          {Coordinate(Numbers{0, 6, 12, 18, 24}, {{"units", "hours since 2000-01-31 00:00"}}),
                           Coordinate(Numbers{10, 0, -10}, {}), Coordinate(Numbers{0, 90, 180, 270}, {})},
                          "t", {{"units", "K"}}));
}

const Texts groups([] { return with({{"t", t().handle()}}, variables()); });

TEST(NotationGroups, ReductionsOfGroupsAreThoseOfTheCppDoor) {
  groups.expect_same("t.groupby('time.hour').mean()", mean(t(), groupby("time.hour")));
  groups.expect_same("t.groupby('time.hour').mean('time')", mean(t(), groupby("time.hour")));
  groups.expect_same("groupby(t, 'time.month').max(dim=('time', 'latitude'))",
                     max(t(), groupby("time.month"), "latitude"));
  groups.expect_same("t.groupby('time.hour').std(..., ddof=1)",
                     stddev(t(), groupby("time.hour"), axes("latitude", "longitude"), ddof(1)));
  groups.expect_same("t.resample(time='12h').sum()", sum(t(), resample("time", "12h")));
  groups.expect_same("t.coarsen(latitude=2, boundary='trim').min()", min(t(), coarsen("latitude", 2, Boundary::trim)));
  groups.expect_same("t.groupby('time.day').mean(skipna=True)", nanmean(t(), groupby("time.day")));
}

TEST(NotationGroups, AnArrayWithAnElementAGroupStandsBesideGroups) {
  const auto hours = groupby("time.hour");
  groups.expect_same("t.groupby('time.hour') - t.groupby('time.hour').mean()",
                     t() - of_groups(mean(t(), hours), hours, t()));
  groups.expect_same("c = mean(t.groupby('time.hour').mean(), 'latitude', keepdims=True); c / t.groupby('time.hour')",
                     of_groups(mean(mean(t(), hours), "latitude", keepdims), hours, t()) / t());
  groups.expect_same("t.groupby('time.hour') * 2", t() * 2);
}

TEST(NotationGroups, WhatIsNotReducedIsRefusedAtItsPlace) {
  groups.expect_refused("t.groupby('time.hour')", "an array in groups, of which only reductions can be made",
                        "groupby");
  groups.expect_refused("t.groupby('time.hour').exp()", "groups have no method 'exp'; they have the reductions", "exp");
  groups.expect_refused("t.groupby('time.hour').mean('latitude')", "the axis that is in groups, 'time'", "'latitude'");
  groups.expect_refused("t.groupby('time.moon').mean()", "a time has no 'moon'", "'time.moon'");
  groups.expect_refused("t.groupby(3).mean()", "takes a key such as 'time.month' in quotes", "3");
  groups.expect_refused("t.resample('1D').mean()", "takes a dimension by its name", "'1D'");
  groups.expect_refused("t.resample(time='1 week').mean()", "is no frequency", "'1 week'");
  groups.expect_refused("t.coarsen(time=4).mean()", "blocks of 4 do not divide 'time'", "4");
  groups.expect_refused("t.coarsen(time=4, boundary='cut').mean()", "'exact', 'trim' and 'pad'", "'cut'");
  groups.expect_refused("t.groupby('time.hour') + t.groupby('time.day')", "one can be in groups",
                        "groupby('time.day')");
  groups.expect_refused("mean(t, 0, dim='time')", "'dim' is 'axis'", "'time'");
}

TEST(NotationSelections, AreThoseOfTheCppDoor) {
  groups.expect_same("t.isel(time=-1, latitude=slice(0, 2))", t()(-1, range(0, 2)));
  groups.expect_same("t.isel(longitude=slice(None, None, -1))", t()(all, all, range(none, none, -1)));
  groups.expect_same("t.isel(longitude=slice(3))", t()(all, all, range(0, 3)));
  groups.expect_same("t.sel(latitude=0)", sel(t(), "latitude", 0));
  groups.expect_same("t.sel(latitude=slice(10, 0), longitude=90)",
                     sel(sel(t(), "latitude", between(10, 0)), "longitude", 90));
  groups.expect_same("t.sel(latitude=4, method='nearest', tolerance=5)", sel(t(), "latitude", nearest(4, 5)));
  groups.expect_same("t.sel(time='2000-01')", sel(t(), "time", within("2000-01")));
  groups.expect_same("t.sel(time='2000-01-31T06')", sel(t(), "time", "2000-01-31T06"));
  groups.expect_same("t.sel(time=slice('2000-01-31T12', None))",
                     sel(t(), "time", between("2000-01-31T12", std::nullopt)));
  groups.expect_same("sel(t, time='2000-02').mean('time')", mean(sel(t(), "time", within("2000-02")), "time"));
}

TEST(NotationSelections, TakeListsToo) {
  groups.expect_same("t.sel(latitude=[-10, 10])", take(t(), {2, 0}, "latitude"));
  groups.expect_same("t.isel(longitude=[3, 3, 0])", take(t(), {3, 3, 0}, "longitude"));
}

TEST(NotationWindows, AreReducedAndWeighted) {
  groups.expect_same("t.rolling(time=3).mean()", mean(rolling(t(), "time", 3), -1));
  groups.expect_same("t.rolling(longitude=2, center=True).nanmax()",
                     nanmax(rolling(t(), "longitude", 2, WindowPlace::centered), -1));
  groups.expect_same("t.rechunk((2, 0, 1)).sum()", sum(rechunk(t(), {2, 0, 1})));
  groups.expect_same("t.chunk(time=-1, longitude=2).mean('time')",
                     mean(rechunk(t(), {0, t().node()->grid.largest()[1], 2}), "time"));
  groups.expect_same("t.rolling(time=3, longitude=2).mean()",
                     mean(rolling(rolling(t(), "time", 3), "longitude", 2), axes(-1, -2)));
  EXPECT_EQ(groups.evaluated("t.rolling(time=3).construct('window').sum('window')").labels.dimension(0), "time");
  groups.expect_same("t.rolling(time=3).construct().sum(-1)", sum(rolling(t(), "time", 3), -1));
  groups.expect_same("x = t; w = x[0, :, 0]; x.weighted(w).mean('latitude')", average(t(), t()(0, all, 0), "latitude"));
  groups.expect_same("average(t, axis=(1, 2), weights=t[0, :, 0])", average(t(), t()(0, all, 0), axes(1, 2)));
  groups.expect_same("average(t, 0)", mean(t(), 0));
  groups.expect_same("t.diff('time')", diff(t(), "time"));
  groups.expect_same("t.diff('time', 2)", diff(diff(t(), "time"), "time"));
  groups.expect_same("np.diff(t)", diff(t(), -1));
  groups.expect_same("diff(t, 2, 0)", diff(diff(t(), 0), 0));
  groups.expect_same("t.where(t > 3, 0)", where(t() > 3, t(), 0));
}

TEST(NotationWindows, WhatIsNotReducedIsRefusedAtItsPlace) {
  groups.expect_refused("t.rolling(time=3)", "windows of an array, of which only reductions", "rolling");
  groups.expect_refused("t.rolling(time=3).sort()", "windows have no method 'sort'", "sort");
  groups.expect_refused("t.rolling(time=3).mean('time')", "takes no axis", "'time'");
  groups.expect_refused("t.rolling(tim=3).mean()", "'tim'", "tim");
  groups.expect_refused("t.rolling(time=3, min_periods=4).mean()", "min_periods is not among 0 to these", "rolling");
  groups.expect_refused("t.rolling(3).mean()", "by their names", "3");
  groups.expect_refused("t.rolling(time=3).construct('a', 'b')", "a name for each axis of windows", "construct");
  groups.expect_refused("t.rolling(time=3).construct(1)", "names in quotes", "1");
  groups.expect_refused("t.weighted(t[0, 0, :3]).mean()", "3 weights along 'longitude', whose extent is 4", "[0, 0");
  groups.expect_refused("t.weighted(t).median()", "they have mean, sum, std", "median");
}

TEST(NotationSelections, ATextAsFineAsTheTimesStandsForOneOfThem) {
  EXPECT_EQ(groups.evaluated("t.sel(time='2000-01-31')").shape, (Shape{4, 3, 4}));
  EXPECT_EQ(groups.evaluated("t.sel(time='2000-01-31T18')").shape, (Shape{3, 4}));
  // Of days, a day is one.
  EXPECT_EQ(groups.evaluated("t.isel(time=slice(0, None, 4)).sel(time='2000-02-01')").shape, (Shape{3, 4}));
}

TEST(NotationSelections, WhatIsNotThereIsRefusedAtItsPlace) {
  groups.expect_refused("t.sel(latitude=1)", "'latitude' has no 1; the nearest is 0", "1");
  groups.expect_refused("t.sel(height=1)", "'height'", "height");
  groups.expect_refused("t.sel(latitude=[0, 11])", "'latitude' has no 11", "11");
  groups.expect_refused("t.sel(latitude=0, method='linear')", "the method 'nearest'", "'linear'");
  groups.expect_refused("t.sel(latitude=0, tolerance=1)", "belongs to method='nearest'", "tolerance");
  groups.expect_refused("t.sel(latitude=slice(0, 10, 2))", "has no step", "2)");
  groups.expect_refused("t.isel(latitude=3)", "3", "3");
  groups.expect_refused("t.isel(latitude=0.5)", "a position is an int", "0.5");
  groups.expect_refused("t.isel(0)", "by their names", "0)");
  groups.expect_refused("t.isel()", "needs a dimension", "isel");
  groups.expect_refused("slice(1, 2, 3, 4)", "1 to 3 arguments", "slice");
}

}  // namespace
}  // namespace chunkwise_test
