// Groups and selections in formulas, in xarray's words: the graphs of the C++ door, and errors at their place.
#include "tests/notation/variables.hpp"

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

UntypedArray evaluated(const std::string& text) {
  notation::Variables known = variables();
  const auto find = known.find;
  known.find = [=](std::string_view name) { return name == "t" ? std::optional(t().handle()) : find(name); };
  return notation::evaluate(text, known).back().array;
}

Numbers elements(const std::string& text) {
  return elements_of<double>(local()->run(Graph{{evaluated(text).node}}, std::vector<Target>(1), {}).front());
}

template <class E>
void expect_same(const std::string& text, const E& typed) {
  const UntypedArray array = evaluated(text);
  EXPECT_EQ(array.shape, typed.shape()) << text;
  EXPECT_EQ(to_string(array.labels), to_string(typed.labels())) << text;
  const Numbers ours = elements(text), wanted = values(typed);
  ASSERT_EQ(ours.size(), wanted.size()) << text;
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_TRUE(ours[i] == wanted[i] || (ours[i] != ours[i] && wanted[i] != wanted[i])) << text << " at " << i;
}

void refused(const std::string& text, const std::string& what, const std::string& place) {
  const Caught caught = error_of([&] { (void)evaluated(text); });
  EXPECT_TRUE(caught.says(what)) << caught.message;
  EXPECT_TRUE(caught.says(text + "\n  " + std::string(text.find(place), ' ') + "^")) << caught.message;
}

TEST(NotationGroups, ReductionsOfGroupsAreThoseOfTheCppDoor) {
  expect_same("t.groupby('time.hour').mean()", mean(t(), groupby("time.hour")));
  expect_same("t.groupby('time.hour').mean('time')", mean(t(), groupby("time.hour")));
  expect_same("groupby(t, 'time.month').max(dim=('time', 'latitude'))", max(t(), groupby("time.month"), "latitude"));
  expect_same("t.groupby('time.hour').std(..., ddof=1)",
              stddev(t(), groupby("time.hour"), axes("latitude", "longitude"), ddof(1)));
  expect_same("t.resample(time='12h').sum()", sum(t(), resample("time", "12h")));
  expect_same("t.coarsen(latitude=2, boundary='trim').min()", min(t(), coarsen("latitude", 2, Boundary::trim)));
  expect_same("t.groupby('time.day').mean(skipna=True)", nanmean(t(), groupby("time.day")));
}

TEST(NotationGroups, AnArrayWithAnElementAGroupStandsBesideGroups) {
  const auto hours = groupby("time.hour");
  expect_same("t.groupby('time.hour') - t.groupby('time.hour').mean()", t() - of_groups(mean(t(), hours), hours, t()));
  expect_same("c = mean(t.groupby('time.hour').mean(), 'latitude', keepdims=True); c / t.groupby('time.hour')",
              of_groups(mean(mean(t(), hours), "latitude", keepdims), hours, t()) / t());
  expect_same("t.groupby('time.hour') * 2", t() * 2);
}

TEST(NotationGroups, WhatIsNotReducedIsRefusedAtItsPlace) {
  refused("t.groupby('time.hour')", "an array in groups, of which only reductions can be made", "groupby");
  refused("t.groupby('time.hour').exp()", "groups have no method 'exp'; they have the reductions", "exp");
  refused("t.groupby('time.hour').mean('latitude')", "the axis that is in groups, 'time'", "'latitude'");
  refused("t.groupby('time.moon').mean()", "a time has no 'moon'", "'time.moon'");
  refused("t.groupby(3).mean()", "takes a key such as 'time.month' in quotes", "3");
  refused("t.resample('1D').mean()", "takes a dimension by its name", "'1D'");
  refused("t.resample(time='1 week').mean()", "is no frequency", "'1 week'");
  refused("t.coarsen(time=4).mean()", "blocks of 4 do not divide 'time'", "4");
  refused("t.coarsen(time=4, boundary='cut').mean()", "'exact', 'trim' and 'pad'", "'cut'");
  refused("t.groupby('time.hour') + t.groupby('time.day')", "one can be in groups", "groupby('time.day')");
  refused("mean(t, 0, dim='time')", "'dim' is 'axis'", "'time'");
}

TEST(NotationSelections, AreThoseOfTheCppDoor) {
  expect_same("t.isel(time=-1, latitude=slice(0, 2))", t()(-1, range(0, 2)));
  expect_same("t.isel(longitude=slice(None, None, -1))", t()(all, all, range(none, none, -1)));
  expect_same("t.isel(longitude=slice(3))", t()(all, all, range(0, 3)));
  expect_same("t.sel(latitude=0)", sel(t(), "latitude", 0));
  expect_same("t.sel(latitude=slice(10, 0), longitude=90)", sel(sel(t(), "latitude", between(10, 0)), "longitude", 90));
  expect_same("t.sel(latitude=4, method='nearest', tolerance=5)", sel(t(), "latitude", nearest(4, 5)));
  expect_same("t.sel(time='2000-01')", sel(t(), "time", within("2000-01")));
  expect_same("t.sel(time='2000-01-31T06')", sel(t(), "time", "2000-01-31T06"));
  expect_same("t.sel(time=slice('2000-01-31T12', None))", sel(t(), "time", between("2000-01-31T12", std::nullopt)));
  expect_same("sel(t, time='2000-02').mean('time')", mean(sel(t(), "time", within("2000-02")), "time"));
}

TEST(NotationSelections, TakeListsToo) {
  expect_same("t.sel(latitude=[-10, 10])", take(t(), {2, 0}, "latitude"));
  expect_same("t.isel(longitude=[3, 3, 0])", take(t(), {3, 3, 0}, "longitude"));
}

TEST(NotationWindows, AreReducedAndWeighted) {
  expect_same("t.rolling(time=3).mean()", mean(rolling(t(), "time", 3), -1));
  expect_same("t.rolling(longitude=2, center=True).nanmax()",
              nanmax(rolling(t(), "longitude", 2, WindowPlace::centered), -1));
  expect_same("t.rechunk((2, 0, 1)).sum()", sum(rechunk(t(), {2, 0, 1})));
  expect_same("t.chunk(time=-1, longitude=2).mean('time')",
              mean(rechunk(t(), {0, t().node()->grid.largest()[1], 2}), "time"));
  expect_same("t.rolling(time=3, longitude=2).mean()",
              mean(rolling(rolling(t(), "time", 3), "longitude", 2), axes(-1, -2)));
  EXPECT_EQ(evaluated("t.rolling(time=3).construct('window').sum('window')").labels.dimension(0), "time");
  expect_same("t.rolling(time=3).construct().sum(-1)", sum(rolling(t(), "time", 3), -1));
  expect_same("x = t; w = x[0, :, 0]; x.weighted(w).mean('latitude')", average(t(), t()(0, all, 0), "latitude"));
  expect_same("average(t, axis=(1, 2), weights=t[0, :, 0])", average(t(), t()(0, all, 0), axes(1, 2)));
  expect_same("average(t, 0)", mean(t(), 0));
  expect_same("t.diff('time')", diff(t(), "time"));
  expect_same("t.diff('time', 2)", diff(diff(t(), "time"), "time"));
  expect_same("np.diff(t)", diff(t(), -1));
  expect_same("diff(t, 2, 0)", diff(diff(t(), 0), 0));
  expect_same("t.where(t > 3, 0)", where(t() > 3, t(), 0));
}

TEST(NotationWindows, WhatIsNotReducedIsRefusedAtItsPlace) {
  refused("t.rolling(time=3)", "windows of an array, of which only reductions", "rolling");
  refused("t.rolling(time=3).sort()", "windows have no method 'sort'", "sort");
  refused("t.rolling(time=3).mean('time')", "takes no axis", "'time'");
  refused("t.rolling(tim=3).mean()", "'tim'", "tim");
  refused("t.rolling(time=3, min_periods=4).mean()", "min_periods is not among 0 to these", "rolling");
  refused("t.rolling(3).mean()", "by their names", "3");
  refused("t.rolling(time=3).construct('a', 'b')", "a name for each axis of windows", "construct");
  refused("t.rolling(time=3).construct(1)", "names in quotes", "1");
  refused("t.weighted(t[0, 0, :3]).mean()", "3 weights along 'longitude', whose extent is 4", "[0, 0");
  refused("t.weighted(t).median()", "they have mean, sum, std", "median");
}

TEST(NotationSelections, ATextAsFineAsTheTimesStandsForOneOfThem) {
  EXPECT_EQ(evaluated("t.sel(time='2000-01-31')").shape, (Shape{4, 3, 4}));
  EXPECT_EQ(evaluated("t.sel(time='2000-01-31T18')").shape, (Shape{3, 4}));
  // Of days, a day is one.
  EXPECT_EQ(evaluated("t.isel(time=slice(0, None, 4)).sel(time='2000-02-01')").shape, (Shape{3, 4}));
}

TEST(NotationSelections, WhatIsNotThereIsRefusedAtItsPlace) {
  refused("t.sel(latitude=1)", "'latitude' has no 1; the nearest is 0", "1");
  refused("t.sel(height=1)", "'height'", "height");
  refused("t.sel(latitude=[0, 11])", "'latitude' has no 11", "11");
  refused("t.sel(latitude=0, method='linear')", "the method 'nearest'", "'linear'");
  refused("t.sel(latitude=0, tolerance=1)", "belongs to method='nearest'", "tolerance");
  refused("t.sel(latitude=slice(0, 10, 2))", "has no step", "2)");
  refused("t.isel(latitude=3)", "3", "3");
  refused("t.isel(latitude=0.5)", "a position is an int", "0.5");
  refused("t.isel(0)", "by their names", "0)");
  refused("t.isel()", "needs a dimension", "isel");
  refused("slice(1, 2, 3, 4)", "1 to 3 arguments", "slice");
}

}  // namespace
}  // namespace chunkwise_test
