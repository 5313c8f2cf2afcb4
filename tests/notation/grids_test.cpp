// Formulas that know where cells lie, and statistics of climate by name.
#include <cmath>
#include <limits>

#include "chunkwise/expr/regrid.hpp"
#include "chunkwise/expr/units.hpp"
#include "tests/notation/evaluate.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

/// (time 3, latitude 4, longitude 8), all around the Earth.
auto earth() {
  return counting<double, 3>({3, 4, 8}, {2, 3, 4})
      .with_labels(Labels({"time", "latitude", "longitude"},
                          {Coordinate(Numbers{0, 6, 12}, {{"units", "hours since 2000-01-31 00:00"}}),
                           Coordinate(Numbers{67.5, 22.5, -22.5, -67.5}, {{"units", "degrees_north"}}),
                           Coordinate(Numbers{0, 45, 90, 135, 180, 225, 270, 315}, {{"units", "degrees_east"}})},
                          "t", {{"units", "K"}}));
}
/// A line with runs of large numbers.
auto line() { return vector_of<double>({5, 1, 5, 5, 5, 1, 5, 5}); }

const Texts grids([] { return with({{"t", earth().handle()}, {"line", line().handle()}}, variables()); });

TEST(NotationGrids, AreasAndMeansAreThoseOfTheCppDoor) {
  grids.expect_same("cell_area(t)", cell_area(earth()));
  grids.expect_same("field_mean(t)", field_mean(earth()));
  grids.expect_same("t.field_mean()", field_mean(earth()));
  grids.expect_same("zonal_mean(t)", zonal_mean(earth()));
  grids.expect_same("t.meridional_mean()", meridional_mean(earth()));
  grids.expect_same("field_std(t)", weighted_std(earth(), cell_area(earth()), axes(1, 2)));
  grids.expect_same("field_var(t)", weighted_var(earth(), cell_area(earth()), axes(1, 2)));
  grids.expect_same("t.weighted(cell_area(t)).mean(('latitude', 'longitude'))", field_mean(earth()));
}

TEST(NotationGrids, MeansLeaveNaNOutIfTheyAreTold) {
  EXPECT_TRUE(std::isnan(grids.elements("field_mean(where(t == 3, nan, t))")[0]));
  // Without an element the mean is that of the others: all but one, of which the parts are known.
  const double area = grids.elements("cell_area(t)[0, 3]")[0], whole = grids.elements("cell_area(t).sum()")[0];
  const double mean = grids.elements("field_mean(t)")[0];
  EXPECT_NEAR(grids.elements("field_mean(where(t == 3, nan, t), skipna=True)")[0],
              (mean * whole - 3 * area) / (whole - area), 1e-12);
  EXPECT_EQ(grids.elements("zonal_mean(where(t == 3, nan, t), skipna=True)")[0], (0 + 1 + 2 + 4 + 5 + 6 + 7) / 7.0);
}

TEST(NotationGrids, WeightedStatisticsAreThoseOfTheCppDoor) {
  grids.expect_same("w = t[0, :, 0]; t.weighted(w).std('latitude')",
                    weighted_std(earth(), earth()(0, all, 0), "latitude"));
  grids.expect_same("w = t[0, :, 0]; t.weighted(w).var('latitude')",
                    weighted_var(earth(), earth()(0, all, 0), "latitude"));
  grids.expect_same("w = t[0, :, 0]; t.weighted(w).quantile(0.3, 'latitude')",
                    weighted_quantile(earth(), earth()(0, all, 0), 0.3, "latitude"));
  EXPECT_EQ(grids.evaluated("t.weighted(t[0]).quantile(0.5, ('latitude', 'longitude'), keepdims=True)").shape,
            (Shape{3, 1, 1}));
  grids.expect_refused("t.weighted(t[0]).median()", "they have mean, sum, std", "median");
  grids.expect_refused("t.weighted(t[0]).quantile(2)", "from 0 to 1", "2");
  grids.expect_refused("t.weighted(t[0]).quantile()", "q", "quantile");
  grids.expect_refused("t.weighted(t[0]).quantile(0.5, method='lower')", "'linear' alone", "'lower'");
}

TEST(NotationGrids, AnArrayIsPutOnAGridOfANameOrOfAnotherArray) {
  grids.expect_same("regrid(t, \"r10x7\", \"conservative\")",
                    regrid(earth(), Grid::named("r10x7"), RegridMethod::conservative));
  grids.expect_same("t.regrid('r10x7')", regrid(earth(), Grid::named("r10x7"), RegridMethod::bilinear));
  grids.expect_same("t.regrid(grid='n2', method='nearest')", regrid(earth(), Grid::named("n2"), RegridMethod::nearest));
  grids.expect_same("t.regrid(t[0, ::2, ::4], 'nearest')",
                    regrid(earth(), earth()(0, range(0, none, 2), range(0, none, 4)), RegridMethod::nearest));
  grids.expect_refused("regrid(t, 'T63')", "no grid has the name 'T63'", "'T63'");
  grids.expect_refused("regrid(t, 'r10x7', 'bicubic')", "method in quotes", "'bicubic'");
  grids.expect_refused("regrid(t, 5)", "the grid of 'regrid'", "5");
  grids.expect_refused("regrid(t)", "needs", "regrid");
  grids.expect_refused("field_mean(row)", "no grid of latitudes and longitudes", "field_mean");
}

TEST(NotationClimate, UnitsAreConvertedAsInCpp) {
  grids.expect_same("convert_units_to(t, 'degC')", convert_units_to(earth(), "degC"));
  grids.expect_same("t.convert_units_to(units='mK')", convert_units_to(earth(), "mK"));
  EXPECT_EQ(elements_of<float>(computed(grids.evaluated("convert_units_to(t.astype('float32'), 'degF')").node)),
            values(convert_units_to(cast<float>(earth()), "degF")));
  grids.expect_refused("convert_units_to(t, 'm')", "they measure different things", "'m'");
  grids.expect_refused("convert_units_to(t, 2)", "units are a text in quotes", "2)");
  grids.expect_refused("convert_units_to(line, 'm')", "the array has no units", "'m'");
}

TEST(NotationClimate, ATrendIsTheSlopeForEachStep) {
  EXPECT_EQ(grids.elements("trend(t, 'time')"), Numbers(32, 32.0));
  EXPECT_EQ(grids.evaluated("trend(t, axis=0)").shape, (Shape{4, 8}));
  EXPECT_EQ(grids.elements("trend(array([1.0, 2, 4]))"), (Numbers{1.5}));
  // What detrend leaves has no trend.
  EXPECT_NEAR(grids.elements("trend(detrend(line))")[0], 0, 1e-15);
}

TEST(NotationClimate, StandardizedElementsHaveMeanZeroAndDeviationOne) {
  for (const double mean : grids.elements("standardize(t, 'time').mean('time')")) EXPECT_NEAR(mean, 0, 1e-15);
  for (const double deviation : grids.elements("standardize(t, 'time', ddof=1).std('time', ddof=1)"))
    EXPECT_NEAR(deviation, 1, 1e-15);
}

TEST(NotationClimate, ARegressionIsTheSlopeOfYByX) {
  EXPECT_NEAR(grids.elements("regression(line, 3 * line + 1, 0)")[0], 3, 1e-14);
  EXPECT_NEAR(grids.elements("regression(array([1.0, 2, 3, 50]), array([2.0, 4, 6, nan]), 0)")[0], 2, 1e-14);
}

TEST(NotationClimate, RunsAreCountedFromTheirBeginning) {
  EXPECT_EQ(elements_of<std::int64_t>(computed(grids.evaluated("run_length(line > 2)").node)),
            (std::vector<std::int64_t>{1, 0, 1, 2, 3, 0, 1, 2}));
  EXPECT_EQ(elements_of<std::int64_t>(computed(grids.evaluated("longest_run(line > 2)").node)),
            (std::vector<std::int64_t>{3}));
  EXPECT_EQ(elements_of<std::int64_t>(computed(grids.evaluated("longest_run(line > 9)").node)),
            (std::vector<std::int64_t>{0}));
  EXPECT_EQ(elements_of<std::int64_t>(computed(grids.evaluated("spells(line > 2, 2)").node)),
            (std::vector<std::int64_t>{2}));
  EXPECT_EQ(elements_of<std::int64_t>(computed(grids.evaluated("spells(line > 2, 1)").node)),
            (std::vector<std::int64_t>{3}));
  EXPECT_EQ(grids.evaluated("longest_run(t > 20, 'time')").shape, (Shape{4, 8}));
  grids.expect_refused("spells(line > 2, 0)", "at least one", "0)");
}

TEST(NotationClimate, DegreeDaysAreWhatIsBeyondAThreshold) {
  EXPECT_EQ(grids.elements("degree_days(line, 3)"), (Numbers{12}));
  EXPECT_EQ(grids.elements("degree_days(line, 3, below=True)"), (Numbers{4}));
  EXPECT_EQ(grids.evaluated("degree_days(t, 3, 'time')").shape, (Shape{4, 8}));
}

}  // namespace
}  // namespace chunkwise_test
