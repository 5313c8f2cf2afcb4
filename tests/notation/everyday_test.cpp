// Everyday lines of xarray: scalar coordinates, operands of different dimensions, and methods that are made of others.
// xarray_live.py compares more of them with xarray.
#include <algorithm>

#include "chunkwise/core/scalar_coordinate.hpp"
#include "tests/notation/evaluate.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

/// Four times, three latitudes and four longitudes: 0 to 47.
auto four_times() {
  return counting<double, 3>({4, 3, 4}, {2, 3, 4})
      .with_labels(Labels({"time", "latitude", "longitude"},
                          {Coordinate(Numbers{0, 6, 12, 18}, {{"units", "hours since 2000-01-31 00:00"}}),
                           Coordinate(Numbers{10, 0, -10}, {{"units", "degrees_north"}}),
                           Coordinate(Numbers{0, 90, 180, 270}, {{"units", "degrees_east"}})},
                          "t", {{"units", "K"}}));
}

const Texts everyday([] {
  notation::Variables known = with({{"t", four_times().handle()}});
  known.backend = local();
  return known;
});

std::vector<std::string> scalars(const std::string& text) {
  return scalar_coordinates(everyday.evaluated(text).labels);
}
using Names = std::vector<std::string>;

TEST(ScalarCoordinates, AreLeftByAnIntegerIndex) {
  const UntypedArray first = everyday.evaluated("t.isel(time=1)");
  const Coordinate time = scalar_coordinate(first.labels, "time");
  ASSERT_TRUE(time);
  EXPECT_EQ(time.to_vector(), Numbers{6});
  EXPECT_EQ(time.attributes(), (Attributes{{"units", "hours since 2000-01-31 00:00"}}));
  EXPECT_EQ(scalars("t[1, 0, 0]"), (Names{"time", "latitude", "longitude"}));
  EXPECT_EQ(scalars("t.sel(latitude=0)"), Names{"latitude"});
  EXPECT_EQ(scalars("t[:1].squeeze()"), Names{"time"});
  EXPECT_EQ(scalars("t[1:2, 0]"), Names{"latitude"});
  EXPECT_EQ(scalars("t.mean('time')"), Names());
  EXPECT_EQ(scalar_coordinates(four_times()(all, 1).labels()), Names{"latitude"});
  EXPECT_NE(to_string(first.labels).find("time: float64 (1): 6.0, hours since"), std::string::npos)
      << to_string(first.labels);
}

TEST(ScalarCoordinates, AreLeftOutWhereToldSo) {
  EXPECT_EQ(scalars("t.isel(time=1, drop=True)"), Names());
  EXPECT_EQ(scalars("t.sel(latitude=0, drop=True)[0]"), Names{"time"});
  EXPECT_EQ(scalars("t[:1].squeeze(drop=True)"), Names());
  EXPECT_EQ(scalars("t[1].drop_vars('time')"), Names());
  EXPECT_EQ(everyday.evaluated("t.isel(time=1, drop=True)").labels.attributes(), (Attributes{{"units", "K"}}));
}

TEST(ScalarCoordinates, OfOperandsStayIfTheyAgree) {
  EXPECT_EQ(scalars("t[1] - t[1]"), Names{"time"});
  EXPECT_EQ(scalars("t[1] - t[2]"), Names());
  EXPECT_EQ(scalars("t[1] - t.mean('time')"), Names{"time"});
  EXPECT_EQ(scalars("t - t[0]"), Names());
  EXPECT_EQ(everyday.evaluated("t - t[0]").labels.coordinate(0).to_vector(), (Numbers{0, 6, 12, 18}));
  EXPECT_EQ(scalars("t[1].mean('latitude')"), Names{"time"});
}

TEST(ScalarCoordinates, AreArraysOfNoAxes) {
  everyday.expect_equal("t[1].time", {6});
  everyday.expect_equal("t[1].time.dt.hour", {6});
  everyday.expect_equal("t[1]['time.dayofyear']", {31});
  EXPECT_EQ(everyday.evaluated("t[1].time").shape, Shape{});
  EXPECT_EQ(everyday.evaluated("concat([t[1], t[3]], dim='time')").labels.coordinate(0).to_vector(), (Numbers{6, 18}));
  EXPECT_EQ(everyday.evaluated("t[1].expand_dims('time')").labels.coordinate(0).to_vector(), Numbers{6});
}

TEST(Operands, OfOtherDimensionsAreLaidByTheirNames) {
  everyday.expect_same("t - t.mean('longitude')", "t - t.mean('longitude', keepdims=True)");
  everyday.expect_same("t - t.mean(('time', 'longitude'))", "t - t.mean(('time', 'longitude'), keepdims=True)");
  everyday.expect_same("t * t.latitude", "t * t.latitude[:, None]");
  everyday.expect_same("maximum(t, t.latitude)", "maximum(t, t.latitude[:, None])");
  // Axes stand in the order in which their names occur, as xarray has it.
  everyday.expect_same("where(t.latitude > 0, t, 0)",
                       "transpose(where(t.latitude[:, None] > 0, t, 0), ('latitude', 'time', 'longitude'))");
  const UntypedArray product = everyday.evaluated("t.latitude * t.longitude");
  EXPECT_EQ(product.shape, (Shape{3, 4}));
  EXPECT_EQ(product.labels.dimension(0), "latitude");
  EXPECT_EQ(product.labels.coordinate(1).to_vector(), (Numbers{0, 90, 180, 270}));
  const UntypedArray turned = everyday.evaluated("t.latitude * t");
  EXPECT_EQ(turned.labels.dimension(0), "latitude");
  EXPECT_EQ(turned.shape, (Shape{3, 4, 4}));
  everyday.expect_same("t.latitude * t", "transpose(t * t.latitude, ('latitude', 'time', 'longitude'))");
  // A transpose beside the array would be NumPy's, by position: it is refused as before.
  everyday.expect_refused("t + t.transpose('longitude', 'latitude', 'time')", "do not fit together");
  everyday.expect_refused("t.mean('longitude').assign_coords(latitude=[1, 2, 3]) - t", "do not agree");
  for (const char* const method : {"quantile(0.5, 'latitude')", "sum_of_weights('latitude')", "mean('latitude')"})
    everyday.expect_refused("t.weighted(t.assign_coords(latitude=[1, 2, 3]))." + std::string(method), "do not agree");
  everyday.expect_refused("extract(t.assign_coords(latitude=[1, 2, 3]) > 5, t)", "do not agree");
}

TEST(Methods, ShiftAndTakeEnds) {
  everyday.expect_equal("t.shift(time=1)[:, 0, 0]", {nan, 0, 12, 24});
  everyday.expect_equal("t.shift(time=-3)[:, 0, 0]", {36, nan, nan, nan});
  everyday.expect_equal("t.shift(time=9)[:, 0, 0]", {nan, nan, nan, nan});
  everyday.expect_equal("t.shift(time=1, latitude=1, fill_value=-1)[:, 1, 0]", {-1, 0, 12, 24});
  everyday.expect_equal("t.astype('int32').shift(longitude=2)[0, 0]", {nan, nan, 0, 1});
  EXPECT_EQ(everyday.evaluated("t.astype('int32').shift(longitude=2, fill_value=0)").node->dtype, DType::int32);
  EXPECT_EQ(everyday.evaluated("t.shift(time=1)").labels.coordinate(0).to_vector(), (Numbers{0, 6, 12, 18}));
  everyday.expect_same("t.head(time=2, longitude=9)", "t[:2]");
  everyday.expect_same("t.tail(time=2)", "t[2:]");
  everyday.expect_same("t.thin(time=3, longitude=2)", "t[::3, :, ::2]");
  everyday.expect_refused("t.thin(time=0)", "not below 1");
  everyday.expect_refused("t.shift(height=1)", "no dimension 'height'");
}

TEST(Methods, RollAndPadByTheNamesOfDimensions) {
  everyday.expect_same("t.roll(longitude=1)", "roll(t, 1, 'longitude')");
  EXPECT_EQ(everyday.evaluated("t.roll(longitude=1)").labels.coordinate(2).to_vector(), (Numbers{0, 90, 180, 270}));
  EXPECT_EQ(everyday.evaluated("t.roll(longitude=1, roll_coords=True)").labels.coordinate(2).to_vector(),
            (Numbers{270, 0, 90, 180}));
  everyday.expect_equal("t.pad(longitude=1)[0, 0]", {nan, 0, 1, 2, 3, nan});
  everyday.expect_equal("t.pad(longitude=(0, 2), constant_values=7)[0, 0]", {0, 1, 2, 3, 7, 7});
  everyday.expect_equal("t.pad(longitude=2, mode='wrap')[0, 0]", {2, 3, 0, 1, 2, 3, 0, 1});
  everyday.expect_equal("t.pad(longitude=2, mode='edge')[0, 0]", {0, 0, 0, 1, 2, 3, 3, 3});
  everyday.expect_equal("t.pad(longitude=2, mode='reflect')[0, 0]", {2, 1, 0, 1, 2, 3, 2, 1});
  everyday.expect_equal("t.pad(longitude=2, mode='symmetric')[0, 0]", {1, 0, 0, 1, 2, 3, 3, 2});
  EXPECT_EQ(everyday.evaluated("t.pad(longitude=1, mode='wrap')").labels.coordinate(2).to_vector(),
            (Numbers{270, 0, 90, 180, 270, 0}));
}

TEST(Methods, MakeDimensionsAndPutThemInOrder) {
  EXPECT_EQ(everyday.evaluated("t.expand_dims('member')").labels.dimension(0), "member");
  EXPECT_EQ(everyday.evaluated("t.expand_dims(member=3)").shape, (Shape{3, 4, 3, 4}));
  EXPECT_EQ(everyday.evaluated("t.expand_dims(member=[4, 5])").labels.coordinate(0).to_vector(), (Numbers{4, 5}));
  everyday.expect_same("t.transpose('longitude', ...)", "transpose(t, (2, 0, 1))");
  everyday.expect_same("t.transpose(..., 'time')", "transpose(t, (1, 2, 0))");
}

TEST(Methods, ChangeAndFindCoordinates) {
  const UntypedArray turned =
      everyday.evaluated("t.assign_coords(longitude=(t.longitude + 180) % 360 - 180).sortby('longitude')");
  EXPECT_EQ(turned.labels.coordinate(2).to_vector(), (Numbers{-180, -90, 0, 90}));
  everyday.expect_equal("t.assign_coords(longitude=(t.longitude + 180) % 360 - 180).sortby('longitude')[0, 0]",
                        {2, 3, 0, 1});
  everyday.expect_equal("t.assign_coords(latitude=[1, 2, 3]).sel(latitude=2)[0]", {4, 5, 6, 7});
  everyday.expect_refused("t.assign_coords(latitude=[1, 2])",
                          "2 values of a coordinate of 'latitude', whose extent is 3");
  everyday.expect_equal("t.idxmax('latitude')[0]", {-10, -10, -10, -10});
  everyday.expect_equal("t.idxmin('time')[0]", {0, 0, 0, 0});
  everyday.expect_equal("t.where(t > 2).idxmin('longitude')[0]", {nan, 0, 0});
  everyday.expect_equal("t.where(t > 2).idxmin('longitude', skipna=True)[0]", {270, 0, 0});
  everyday.expect_equal("t.where(t > 4).idxmax('longitude', skipna=True)[0]", {nan, 270, 270});
}

TEST(Methods, LeaveASinglePlaceWhereItIs) {
  const auto places = [](const std::string& method, int axis) {
    return everyday.evaluated("u = t[:, 1:2]; " + method).labels.coordinate(axis).to_vector();
  };
  for (const char* method :
       {"u.where(u.time.dt.hour > 3)", "u * u.time.dt.hour", "u.time.dt.hour * u", "u.time.dt.hour + u.latitude",
        "u.differentiate('time', datetime_unit='h')", "u.differentiate('longitude')", "u + u.longitude",
        "(u.longitude**2 + u).differentiate('longitude')"}) {
    EXPECT_EQ(places(method, 1), (Numbers{0})) << method;
    EXPECT_EQ(places(method, 0), (Numbers{0, 6, 12, 18})) << method;
  }
  EXPECT_EQ(places("u.integrate('time', datetime_unit='h')", 0), (Numbers{0}));
  EXPECT_EQ(places("u.weighted(u.time.dt.hour).sum('time')", 0), (Numbers{0}));
  EXPECT_EQ(places("u.weighted(u.time.dt.hour).sum_of_weights('time')", 0), (Numbers{0}));
  const Labels labels = everyday.evaluated("t.weighted(cos(deg2rad(t.latitude))).sum_of_weights('latitude')").labels;
  EXPECT_EQ(labels.coordinate(0).to_vector(), (Numbers{0, 6, 12, 18}));
  EXPECT_EQ(labels.coordinate(1).to_vector(), (Numbers{0, 90, 180, 270}));
}

TEST(Methods, OfWindowsCountThoseThatHaveEnough) {
  everyday.expect_equal("t[:, 0, 0].rolling(time=3).count()", {1, 2, 3, 3});
  everyday.expect_equal("t[:, 0, 0].rolling(time=3, min_periods=2).count()", {nan, 2, 3, 3});
  everyday.expect_equal("where(t[:, 0, 0] > 20, nan, t[:, 0, 0]).rolling(time=2, min_periods=1).count()",
                        {1, 2, 1, nan});
}

TEST(Methods, GoAlongCoordinates) {
  // The slope along latitudes, which fall by 10 from row to row: 4 each row.
  everyday.expect_equal("round(t.differentiate('latitude')[0, :, 0], 9)", {-0.4, -0.4, -0.4});
  everyday.expect_equal("round(t.differentiate('time', datetime_unit='h')[:, 0, 0], 9)", {2, 2, 2, 2});
  everyday.expect_equal("round((t.longitude**2).rename('s').differentiate('longitude'), 9)", {90, 180, 360, 450});
  // As NumPy's gradient: between even neighbours a missing value has no part in its own slope.
  everyday.expect_equal("where(t == 5, nan, t).differentiate('latitude')[0, :, 1]", {nan, -0.4, nan});
  everyday.expect_equal("t.integrate('latitude')[0]", {-80, -100, -120, -140});
  everyday.expect_equal("t.integrate('time', datetime_unit='D')[0]", {13.5, 14.25, 15, 15.75});
  everyday.expect_refused("t.integrate('time')", "datetime_unit='D'");
  everyday.expect_refused("t.integrate('latitude', datetime_unit='D')", "along a time alone");
}

TEST(Methods, LeaveMissingIndicesOut) {
  everyday.expect_same("t.where(t > 12).dropna('time')", "t[2:]");
  everyday.expect_same("t.where(t > 12).dropna('time', how='all')", "t[1:].where(t[1:] > 12)");
  everyday.expect_refused("t.where(t > 90).dropna('time')", "nothing would be left");
}

TEST(Methods, ThatSayWhatIsTrueAnywayChangeNothing) {
  everyday.expect_same("t.load().compute().copy().values", "t");
  everyday.expect_same("t.mean('time', keep_attrs=True)", "t.mean('time')");
  everyday.expect_same("t.where(t > 3).combine_first(t + 1)", "where(t > 3, t, t + 1)");
}

TEST(Quantiles, OfSeveralNumbersHaveADimensionOfThem) {
  const UntypedArray both = everyday.evaluated("t.quantile([0.25, 1], 'time')");
  EXPECT_EQ(both.shape, (Shape{2, 3, 4}));
  EXPECT_EQ(both.labels.dimension(0), "quantile");
  EXPECT_EQ(both.labels.coordinate(0).to_vector(), (Numbers{0.25, 1}));
  everyday.expect_equal("t.quantile([0.25, 1], 'time')[:, 0, 0]", {9, 36});
  everyday.expect_equal("percentile(t, [25, 100], axis=0)[:, 0, 0]", {9, 36});
}

TEST(Quantiles, OfGroupsAreThoseOfTheirElements) {
  everyday.expect_equal("t.groupby(array([0, 1, 0, 1]).with_labels(t.time).rename('k')).median()[:, 0, 0]", {12, 24});
  everyday.expect_equal("t.resample(time='12h').median()[:, 0, 0]", {6, 30});
  everyday.expect_equal("t.groupby('latitude').quantile(0.5)[0, :, 0]", {8, 4, 0});
  EXPECT_EQ(everyday.evaluated("t.resample(time='12h').quantile(0.5)").labels.dimension(0), "time");
}

TEST(Coarsen, GoesAlongSeveralDimensions) {
  const UntypedArray means = everyday.evaluated("t.coarsen(time=2, longitude=2).mean()");
  EXPECT_EQ(means.shape, (Shape{2, 3, 2}));
  EXPECT_EQ(means.labels.dimension(0), "time");
  EXPECT_EQ(means.labels.coordinate(2).to_vector(), (Numbers{45, 225}));
  for (const Attribute& attribute : means.labels.attributes())
    if (attribute.name == "cell_methods") {
      EXPECT_EQ(std::get<std::string>(attribute.value), "time: longitude: mean");
    }
  EXPECT_TRUE(
      std::ranges::any_of(means.labels.attributes(), [](const Attribute& a) { return a.name == "cell_methods"; }));
  everyday.expect_same("t.coarsen(time=2, longitude=2).mean()", "t.coarsen(time=2).mean().coarsen(longitude=2).mean()");
  everyday.expect_same("t.coarsen(latitude=2, longitude=3, boundary='trim').max()", "t[:, 1:2, 2:3]");
  everyday.expect_same("t.coarsen(latitude=2, longitude=3, boundary='pad').count()",
                       "array([[[6, 2], [3, 1]], [[6, 2], [3, 1]], [[6, 2], [3, 1]], [[6, 2], [3, 1]]])");
}

}  // namespace
}  // namespace chunkwise_test
