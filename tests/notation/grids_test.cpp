// Formulas that know where cells lie, and statistics of climate by name.
#include <cmath>
#include <limits>

#include "chunkwise/expr/regrid.hpp"
#include "chunkwise/expr/units.hpp"
#include "tests/notation/variables.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

/// (time 3, latitude 4, longitude 8), all around the Earth.
auto t() {
  return counting<double, 3>({3, 4, 8}, {2, 3, 4})
      .with_labels(Labels({"time", "latitude", "longitude"},
                          {Coordinate(Numbers{0, 6, 12}, {{"units", "hours since 2000-01-31 00:00"}}),
                           Coordinate(Numbers{67.5, 22.5, -22.5, -67.5}, {{"units", "degrees_north"}}),
                           Coordinate(Numbers{0, 45, 90, 135, 180, 225, 270, 315}, {{"units", "degrees_east"}})},
                          "t", {{"units", "K"}}));
}
/// A line with runs of large numbers.
auto line() { return vector_of<double>({5, 1, 5, 5, 5, 1, 5, 5}); }

UntypedArray evaluated(const std::string& text) {
  notation::Variables known = variables();
  const auto find = known.find;
  known.find = [=](std::string_view name) {
    if (name == "t") return std::optional(t().handle());
    return name == "line" ? std::optional(line().handle()) : find(name);
  };
  return notation::evaluate(text, known).back().array;
}

template <class T = double>
std::vector<T> elements(const std::string& text) {
  return elements_of<T>(local()->run(Graph{{evaluated(text).node}}, std::vector<Target>(1), {}).front());
}

template <class E>
void expect_same(const std::string& text, const E& typed) {
  const UntypedArray array = evaluated(text);
  EXPECT_EQ(array.shape, typed.shape()) << text;
  EXPECT_EQ(to_string(array.labels), to_string(typed.labels())) << text;
  EXPECT_EQ(elements(text), values(typed)) << text;
}

void refused(const std::string& text, const std::string& what, const std::string& place) {
  const Caught caught = error_of([&] { (void)evaluated(text); });
  EXPECT_TRUE(caught.says(what)) << caught.message;
  EXPECT_TRUE(caught.says(text + "\n  " + std::string(text.find(place), ' ') + "^")) << caught.message;
}

TEST(NotationGrids, AreasAndMeansAreThoseOfTheCppDoor) {
  expect_same("cell_area(t)", cell_area(t()));
  expect_same("field_mean(t)", field_mean(t()));
  expect_same("t.field_mean()", field_mean(t()));
  expect_same("zonal_mean(t)", zonal_mean(t()));
  expect_same("t.meridional_mean()", meridional_mean(t()));
  expect_same("field_std(t)", weighted_std(t(), cell_area(t()), axes(1, 2)));
  expect_same("field_var(t)", weighted_var(t(), cell_area(t()), axes(1, 2)));
  expect_same("t.weighted(cell_area(t)).mean(('latitude', 'longitude'))", field_mean(t()));
}

TEST(NotationGrids, MeansLeaveNaNOutIfTheyAreTold) {
  EXPECT_TRUE(std::isnan(elements("field_mean(where(t == 3, nan, t))")[0]));
  // Without an element the mean is that of the others: all but one, of which the parts are known.
  const double area = elements("cell_area(t)[0, 3]")[0], whole = elements("cell_area(t).sum()")[0];
  const double mean = elements("field_mean(t)")[0];
  EXPECT_NEAR(elements("field_mean(where(t == 3, nan, t), skipna=True)")[0], (mean * whole - 3 * area) / (whole - area),
              1e-12);
  EXPECT_EQ(elements("zonal_mean(where(t == 3, nan, t), skipna=True)")[0], (0 + 1 + 2 + 4 + 5 + 6 + 7) / 7.0);
}

TEST(NotationGrids, WeightedStatisticsAreThoseOfTheCppDoor) {
  expect_same("w = t[0, :, 0]; t.weighted(w).std('latitude')", weighted_std(t(), t()(0, all, 0), "latitude"));
  expect_same("w = t[0, :, 0]; t.weighted(w).var('latitude')", weighted_var(t(), t()(0, all, 0), "latitude"));
  expect_same("w = t[0, :, 0]; t.weighted(w).quantile(0.3, 'latitude')",
              weighted_quantile(t(), t()(0, all, 0), 0.3, "latitude"));
  EXPECT_EQ(evaluated("t.weighted(t[0]).quantile(0.5, ('latitude', 'longitude'), keepdims=True)").shape,
            (Shape{3, 1, 1}));
  refused("t.weighted(t[0]).median()", "they have mean, sum, std", "median");
  refused("t.weighted(t[0]).quantile(2)", "from 0 to 1", "2");
  refused("t.weighted(t[0]).quantile()", "q", "quantile");
  refused("t.weighted(t[0]).quantile(0.5, method='lower')", "'linear' alone", "'lower'");
}

TEST(NotationGrids, AnArrayIsPutOnAGridOfANameOrOfAnotherArray) {
  expect_same("regrid(t, \"r10x7\", \"conservative\")", regrid(t(), Grid::named("r10x7"), RegridMethod::conservative));
  expect_same("t.regrid('r10x7')", regrid(t(), Grid::named("r10x7"), RegridMethod::bilinear));
  expect_same("t.regrid(grid='n2', method='nearest')", regrid(t(), Grid::named("n2"), RegridMethod::nearest));
  expect_same("t.regrid(t[0, ::2, ::4], 'nearest')",
              regrid(t(), t()(0, range(0, none, 2), range(0, none, 4)), RegridMethod::nearest));
  refused("regrid(t, 'T63')", "no grid has the name 'T63'", "'T63'");
  refused("regrid(t, 'r10x7', 'bicubic')", "method in quotes", "'bicubic'");
  refused("regrid(t, 5)", "the grid of 'regrid'", "5");
  refused("regrid(t)", "needs", "regrid");
  refused("field_mean(row)", "no grid of latitudes and longitudes", "field_mean");
}

TEST(NotationClimate, UnitsAreConvertedAsInCpp) {
  expect_same("convert_units_to(t, 'degC')", convert_units_to(t(), "degC"));
  expect_same("t.convert_units_to(units='mK')", convert_units_to(t(), "mK"));
  EXPECT_EQ(elements<float>("convert_units_to(t.astype('float32'), 'degF')"),
            values(convert_units_to(cast<float>(t()), "degF")));
  refused("convert_units_to(t, 'm')", "they measure different things", "'m'");
  refused("convert_units_to(t, 2)", "units are a text in quotes", "2)");
  refused("convert_units_to(line, 'm')", "the array has no units", "'m'");
}

TEST(NotationClimate, ATrendIsTheSlopeForEachStep) {
  EXPECT_EQ(elements("trend(t, 'time')"), Numbers(32, 32.0));
  EXPECT_EQ(evaluated("trend(t, axis=0)").shape, (Shape{4, 8}));
  EXPECT_EQ(elements("trend(array([1.0, 2, 4]))"), (Numbers{1.5}));
  // What detrend leaves has no trend.
  EXPECT_NEAR(elements("trend(detrend(line))")[0], 0, 1e-15);
}

TEST(NotationClimate, StandardizedElementsHaveMeanZeroAndDeviationOne) {
  for (const double mean : elements("standardize(t, 'time').mean('time')")) EXPECT_NEAR(mean, 0, 1e-15);
  for (const double deviation : elements("standardize(t, 'time', ddof=1).std('time', ddof=1)"))
    EXPECT_NEAR(deviation, 1, 1e-15);
}

TEST(NotationClimate, ARegressionIsTheSlopeOfYByX) {
  EXPECT_NEAR(elements("regression(line, 3 * line + 1, 0)")[0], 3, 1e-14);
  EXPECT_NEAR(elements("regression(array([1.0, 2, 3, 50]), array([2.0, 4, 6, nan]), 0)")[0], 2, 1e-14);
}

TEST(NotationClimate, RunsAreCountedFromTheirBeginning) {
  EXPECT_EQ(elements<std::int64_t>("run_length(line > 2)"), (std::vector<std::int64_t>{1, 0, 1, 2, 3, 0, 1, 2}));
  EXPECT_EQ(elements<std::int64_t>("longest_run(line > 2)"), (std::vector<std::int64_t>{3}));
  EXPECT_EQ(elements<std::int64_t>("longest_run(line > 9)"), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(elements<std::int64_t>("spells(line > 2, 2)"), (std::vector<std::int64_t>{2}));
  EXPECT_EQ(elements<std::int64_t>("spells(line > 2, 1)"), (std::vector<std::int64_t>{3}));
  EXPECT_EQ(evaluated("longest_run(t > 20, 'time')").shape, (Shape{4, 8}));
  refused("spells(line > 2, 0)", "at least one", "0)");
}

TEST(NotationClimate, DegreeDaysAreWhatIsBeyondAThreshold) {
  EXPECT_EQ(elements("degree_days(line, 3)"), (Numbers{12}));
  EXPECT_EQ(elements("degree_days(line, 3, below=True)"), (Numbers{4}));
  EXPECT_EQ(evaluated("degree_days(t, 3, 'time')").shape, (Shape{4, 8}));
}

}  // namespace
}  // namespace chunkwise_test
