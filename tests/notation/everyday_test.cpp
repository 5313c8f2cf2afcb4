// Everyday lines of xarray: scalar coordinates, operands of different dimensions, and methods that are made of others.
// xarray_live.py compares more of them with xarray.
#include <algorithm>
#include <cmath>
#include <limits>

#include "chunkwise/core/scalar_coordinate.hpp"
#include "tests/notation/variables.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Four times, three latitudes and four longitudes: 0 to 47.
auto series() {
  return counting<double, 3>({4, 3, 4}, {2, 3, 4})
      .with_labels(Labels({"time", "latitude", "longitude"},
                          {Coordinate(Numbers{0, 6, 12, 18}, {{"units", "hours since 2000-01-31 00:00"}}),
                           Coordinate(Numbers{10, 0, -10}, {{"units", "degrees_north"}}),
                           Coordinate(Numbers{0, 90, 180, 270}, {{"units", "degrees_east"}})},
                          "t", {{"units", "K"}}));
}

UntypedArray evaluated(const std::string& text) {
  notation::Variables known;
  known.find = [](std::string_view name) -> std::optional<UntypedArray> {
    return name == "t" ? std::optional(series().handle()) : std::nullopt;
  };
  known.backend = local();
  return notation::evaluate(text, known).back().array;
}

Numbers elements(const std::string& text) {
  const NodePtr node = build::cast(evaluated(text).node, DType::float64);
  return elements_of<double>(local()->run(Graph{{node}}, std::vector<Target>(1), {}).front());
}

void expect_equal(const std::string& text, const Numbers& wanted) {
  const Numbers ours = elements(text);
  ASSERT_EQ(ours.size(), wanted.size()) << text;
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_TRUE(ours[i] == wanted[i] || (std::isnan(ours[i]) && std::isnan(wanted[i])))
        << text << " at " << i << ": " << ours[i] << " and " << wanted[i];
}
void expect_same(const std::string& text, const std::string& other) {
  expect_equal(text, elements(other));
  EXPECT_EQ(evaluated(text).shape, evaluated(other).shape) << text;
}
void refused(const std::string& text, const std::string& what) {
  const Caught caught = error_of([&] { (void)evaluated(text); });
  EXPECT_TRUE(caught.says(what)) << caught.message;
}
std::vector<std::string> scalars(const std::string& text) { return scalar_coordinates(evaluated(text).labels); }
using Names = std::vector<std::string>;

TEST(ScalarCoordinates, AreLeftByAnIntegerIndex) {
  const UntypedArray first = evaluated("t.isel(time=1)");
  const Coordinate time = scalar_coordinate(first.labels, "time");
  ASSERT_TRUE(time);
  EXPECT_EQ(time.to_vector(), Numbers{6});
  EXPECT_EQ(time.attributes(), (Attributes{{"units", "hours since 2000-01-31 00:00"}}));
  EXPECT_EQ(scalars("t[1, 0, 0]"), (Names{"time", "latitude", "longitude"}));
  EXPECT_EQ(scalars("t.sel(latitude=0)"), Names{"latitude"});
  EXPECT_EQ(scalars("t[:1].squeeze()"), Names{"time"});
  EXPECT_EQ(scalars("t[1:2, 0]"), Names{"latitude"});
  EXPECT_EQ(scalars("t.mean('time')"), Names());
  EXPECT_EQ(scalar_coordinates(series()(all, 1).labels()), Names{"latitude"});
  EXPECT_NE(to_string(first.labels).find("time: float64 (1): 6.0, hours since"), std::string::npos)
      << to_string(first.labels);
}

TEST(ScalarCoordinates, AreLeftOutWhereToldSo) {
  EXPECT_EQ(scalars("t.isel(time=1, drop=True)"), Names());
  EXPECT_EQ(scalars("t.sel(latitude=0, drop=True)[0]"), Names{"time"});
  EXPECT_EQ(scalars("t[:1].squeeze(drop=True)"), Names());
  EXPECT_EQ(scalars("t[1].drop_vars('time')"), Names());
  EXPECT_EQ(evaluated("t.isel(time=1, drop=True)").labels.attributes(), (Attributes{{"units", "K"}}));
}

TEST(ScalarCoordinates, OfOperandsStayIfTheyAgree) {
  EXPECT_EQ(scalars("t[1] - t[1]"), Names{"time"});
  EXPECT_EQ(scalars("t[1] - t[2]"), Names());
  EXPECT_EQ(scalars("t[1] - t.mean('time')"), Names{"time"});
  EXPECT_EQ(scalars("t - t[0]"), Names());
  EXPECT_EQ(evaluated("t - t[0]").labels.coordinate(0).to_vector(), (Numbers{0, 6, 12, 18}));
  EXPECT_EQ(scalars("t[1].mean('latitude')"), Names{"time"});
}

TEST(ScalarCoordinates, AreArraysOfNoAxes) {
  expect_equal("t[1].time", {6});
  expect_equal("t[1].time.dt.hour", {6});
  expect_equal("t[1]['time.dayofyear']", {31});
  EXPECT_EQ(evaluated("t[1].time").shape, Shape{});
  EXPECT_EQ(evaluated("concat([t[1], t[3]], dim='time')").labels.coordinate(0).to_vector(), (Numbers{6, 18}));
  EXPECT_EQ(evaluated("t[1].expand_dims('time')").labels.coordinate(0).to_vector(), Numbers{6});
}

TEST(Operands, OfOtherDimensionsAreLaidByTheirNames) {
  expect_same("t - t.mean('longitude')", "t - t.mean('longitude', keepdims=True)");
  expect_same("t - t.mean(('time', 'longitude'))", "t - t.mean(('time', 'longitude'), keepdims=True)");
  expect_same("t * t.latitude", "t * t.latitude[:, None]");
  expect_same("maximum(t, t.latitude)", "maximum(t, t.latitude[:, None])");
  // Axes stand in the order in which their names occur, as xarray has it.
  expect_same("where(t.latitude > 0, t, 0)",
              "transpose(where(t.latitude[:, None] > 0, t, 0), ('latitude', 'time', 'longitude'))");
  const UntypedArray product = evaluated("t.latitude * t.longitude");
  EXPECT_EQ(product.shape, (Shape{3, 4}));
  EXPECT_EQ(product.labels.dimension(0), "latitude");
  EXPECT_EQ(product.labels.coordinate(1).to_vector(), (Numbers{0, 90, 180, 270}));
  const UntypedArray turned = evaluated("t.latitude * t");
  EXPECT_EQ(turned.labels.dimension(0), "latitude");
  EXPECT_EQ(turned.shape, (Shape{3, 4, 4}));
  expect_same("t.latitude * t", "transpose(t * t.latitude, ('latitude', 'time', 'longitude'))");
  // A transpose beside the array would be NumPy's, by position: it is refused as before.
  refused("t + t.transpose('longitude', 'latitude', 'time')", "do not fit together");
  refused("t.mean('longitude').assign_coords(latitude=[1, 2, 3]) - t", "do not agree");
  for (const char* const method : {"quantile(0.5, 'latitude')", "sum_of_weights('latitude')", "mean('latitude')"})
    refused("t.weighted(t.assign_coords(latitude=[1, 2, 3]))." + std::string(method), "do not agree");
  refused("extract(t.assign_coords(latitude=[1, 2, 3]) > 5, t)", "do not agree");
}

TEST(Methods, ShiftAndTakeEnds) {
  expect_equal("t.shift(time=1)[:, 0, 0]", {missing, 0, 12, 24});
  expect_equal("t.shift(time=-3)[:, 0, 0]", {36, missing, missing, missing});
  expect_equal("t.shift(time=9)[:, 0, 0]", {missing, missing, missing, missing});
  expect_equal("t.shift(time=1, latitude=1, fill_value=-1)[:, 1, 0]", {-1, 0, 12, 24});
  expect_equal("t.astype('int32').shift(longitude=2)[0, 0]", {missing, missing, 0, 1});
  EXPECT_EQ(evaluated("t.astype('int32').shift(longitude=2, fill_value=0)").node->dtype, DType::int32);
  EXPECT_EQ(evaluated("t.shift(time=1)").labels.coordinate(0).to_vector(), (Numbers{0, 6, 12, 18}));
  expect_same("t.head(time=2, longitude=9)", "t[:2]");
  expect_same("t.tail(time=2)", "t[2:]");
  expect_same("t.thin(time=3, longitude=2)", "t[::3, :, ::2]");
  refused("t.thin(time=0)", "not below 1");
  refused("t.shift(height=1)", "no dimension 'height'");
}

TEST(Methods, RollAndPadByTheNamesOfDimensions) {
  expect_same("t.roll(longitude=1)", "roll(t, 1, 'longitude')");
  EXPECT_EQ(evaluated("t.roll(longitude=1)").labels.coordinate(2).to_vector(), (Numbers{0, 90, 180, 270}));
  EXPECT_EQ(evaluated("t.roll(longitude=1, roll_coords=True)").labels.coordinate(2).to_vector(),
            (Numbers{270, 0, 90, 180}));
  expect_equal("t.pad(longitude=1)[0, 0]", {missing, 0, 1, 2, 3, missing});
  expect_equal("t.pad(longitude=(0, 2), constant_values=7)[0, 0]", {0, 1, 2, 3, 7, 7});
  expect_equal("t.pad(longitude=2, mode='wrap')[0, 0]", {2, 3, 0, 1, 2, 3, 0, 1});
  expect_equal("t.pad(longitude=2, mode='edge')[0, 0]", {0, 0, 0, 1, 2, 3, 3, 3});
  expect_equal("t.pad(longitude=2, mode='reflect')[0, 0]", {2, 1, 0, 1, 2, 3, 2, 1});
  expect_equal("t.pad(longitude=2, mode='symmetric')[0, 0]", {1, 0, 0, 1, 2, 3, 3, 2});
  EXPECT_EQ(evaluated("t.pad(longitude=1, mode='wrap')").labels.coordinate(2).to_vector(),
            (Numbers{270, 0, 90, 180, 270, 0}));
}

TEST(Methods, MakeDimensionsAndPutThemInOrder) {
  EXPECT_EQ(evaluated("t.expand_dims('member')").labels.dimension(0), "member");
  EXPECT_EQ(evaluated("t.expand_dims(member=3)").shape, (Shape{3, 4, 3, 4}));
  EXPECT_EQ(evaluated("t.expand_dims(member=[4, 5])").labels.coordinate(0).to_vector(), (Numbers{4, 5}));
  expect_same("t.transpose('longitude', ...)", "transpose(t, (2, 0, 1))");
  expect_same("t.transpose(..., 'time')", "transpose(t, (1, 2, 0))");
}

TEST(Methods, ChangeAndFindCoordinates) {
  const UntypedArray turned =
      evaluated("t.assign_coords(longitude=(t.longitude + 180) % 360 - 180).sortby('longitude')");
  EXPECT_EQ(turned.labels.coordinate(2).to_vector(), (Numbers{-180, -90, 0, 90}));
  expect_equal("t.assign_coords(longitude=(t.longitude + 180) % 360 - 180).sortby('longitude')[0, 0]", {2, 3, 0, 1});
  expect_equal("t.assign_coords(latitude=[1, 2, 3]).sel(latitude=2)[0]", {4, 5, 6, 7});
  refused("t.assign_coords(latitude=[1, 2])", "2 values of a coordinate of 'latitude', whose extent is 3");
  expect_equal("t.idxmax('latitude')[0]", {-10, -10, -10, -10});
  expect_equal("t.idxmin('time')[0]", {0, 0, 0, 0});
  expect_equal("t.where(t > 2).idxmin('longitude')[0]", {missing, 0, 0});
  expect_equal("t.where(t > 2).idxmin('longitude', skipna=True)[0]", {270, 0, 0});
  expect_equal("t.where(t > 4).idxmax('longitude', skipna=True)[0]", {missing, 270, 270});
}

TEST(Methods, LeaveASinglePlaceWhereItIs) {
  const auto places = [](const std::string& method, int axis) {
    return evaluated("u = t[:, 1:2]; " + method).labels.coordinate(axis).to_vector();
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
  const Labels labels = evaluated("t.weighted(cos(deg2rad(t.latitude))).sum_of_weights('latitude')").labels;
  EXPECT_EQ(labels.coordinate(0).to_vector(), (Numbers{0, 6, 12, 18}));
  EXPECT_EQ(labels.coordinate(1).to_vector(), (Numbers{0, 90, 180, 270}));
}

TEST(Methods, OfWindowsCountThoseThatHaveEnough) {
  expect_equal("t[:, 0, 0].rolling(time=3).count()", {1, 2, 3, 3});
  expect_equal("t[:, 0, 0].rolling(time=3, min_periods=2).count()", {missing, 2, 3, 3});
  expect_equal("where(t[:, 0, 0] > 20, nan, t[:, 0, 0]).rolling(time=2, min_periods=1).count()", {1, 2, 1, missing});
}

TEST(Methods, GoAlongCoordinates) {
  // The slope along latitudes, which fall by 10 from row to row: 4 each row.
  expect_equal("round(t.differentiate('latitude')[0, :, 0], 9)", {-0.4, -0.4, -0.4});
  expect_equal("round(t.differentiate('time', datetime_unit='h')[:, 0, 0], 9)", {2, 2, 2, 2});
  expect_equal("round((t.longitude**2).rename('s').differentiate('longitude'), 9)", {90, 180, 360, 450});
  // As NumPy's gradient: between even neighbours a missing value has no part in its own slope.
  expect_equal("where(t == 5, nan, t).differentiate('latitude')[0, :, 1]", {missing, -0.4, missing});
  expect_equal("t.integrate('latitude')[0]", {-80, -100, -120, -140});
  expect_equal("t.integrate('time', datetime_unit='D')[0]", {13.5, 14.25, 15, 15.75});
  refused("t.integrate('time')", "datetime_unit='D'");
  refused("t.integrate('latitude', datetime_unit='D')", "along a time alone");
}

TEST(Methods, LeaveMissingIndicesOut) {
  expect_same("t.where(t > 12).dropna('time')", "t[2:]");
  expect_same("t.where(t > 12).dropna('time', how='all')", "t[1:].where(t[1:] > 12)");
  refused("t.where(t > 90).dropna('time')", "nothing would be left");
}

TEST(Methods, ThatSayWhatIsTrueAnywayChangeNothing) {
  expect_same("t.load().compute().copy().values", "t");
  expect_same("t.mean('time', keep_attrs=True)", "t.mean('time')");
  expect_same("t.where(t > 3).combine_first(t + 1)", "where(t > 3, t, t + 1)");
}

TEST(Quantiles, OfSeveralNumbersHaveADimensionOfThem) {
  const UntypedArray both = evaluated("t.quantile([0.25, 1], 'time')");
  EXPECT_EQ(both.shape, (Shape{2, 3, 4}));
  EXPECT_EQ(both.labels.dimension(0), "quantile");
  EXPECT_EQ(both.labels.coordinate(0).to_vector(), (Numbers{0.25, 1}));
  expect_equal("t.quantile([0.25, 1], 'time')[:, 0, 0]", {9, 36});
  expect_equal("percentile(t, [25, 100], axis=0)[:, 0, 0]", {9, 36});
}

TEST(Quantiles, OfGroupsAreThoseOfTheirElements) {
  expect_equal("t.groupby(array([0, 1, 0, 1]).with_labels(t.time).rename('k')).median()[:, 0, 0]", {12, 24});
  expect_equal("t.resample(time='12h').median()[:, 0, 0]", {6, 30});
  expect_equal("t.groupby('latitude').quantile(0.5)[0, :, 0]", {8, 4, 0});
  EXPECT_EQ(evaluated("t.resample(time='12h').quantile(0.5)").labels.dimension(0), "time");
}

TEST(Coarsen, GoesAlongSeveralDimensions) {
  const UntypedArray means = evaluated("t.coarsen(time=2, longitude=2).mean()");
  EXPECT_EQ(means.shape, (Shape{2, 3, 2}));
  EXPECT_EQ(means.labels.dimension(0), "time");
  EXPECT_EQ(means.labels.coordinate(2).to_vector(), (Numbers{45, 225}));
  for (const Attribute& attribute : means.labels.attributes())
    if (attribute.name == "cell_methods") {
      EXPECT_EQ(std::get<std::string>(attribute.value), "time: longitude: mean");
    }
  EXPECT_TRUE(
      std::ranges::any_of(means.labels.attributes(), [](const Attribute& a) { return a.name == "cell_methods"; }));
  expect_same("t.coarsen(time=2, longitude=2).mean()", "t.coarsen(time=2).mean().coarsen(longitude=2).mean()");
  expect_same("t.coarsen(latitude=2, longitude=3, boundary='trim').max()", "t[:, 1:2, 2:3]");
  expect_same("t.coarsen(latitude=2, longitude=3, boundary='pad').count()",
              "array([[[6, 2], [3, 1]], [[6, 2], [3, 1]], [[6, 2], [3, 1]], [[6, 2], [3, 1]]])");
}

}  // namespace
}  // namespace chunkwise_test
