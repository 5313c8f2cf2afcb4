// The verb `regrid`, and files of weights.
#include "chunkwise/expr/regrid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/dataset/regrid_weights.hpp"
#include "chunkwise/netcdf.hpp"
#include "chunkwise/untyped.hpp"
#include "tests/cli/sample_files.hpp"
#include "tests/netcdf/files.hpp"

namespace {

namespace cw = chunkwise;
namespace fs = std::filesystem;
using chunkwise_test::nc;
using chunkwise_test::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A file of weights by hand, in ESMF's format: from two rows of two cells to one row of two.
struct WeightsByHand {
  std::vector<double> source_latitudes{-45, -45, 45, 45};
  const char* units = "degrees";
  const char* method = "Bilinear remapping";
  std::vector<int> row{2, 1, 1, 2}, col{4, 1, 3, 2};
  std::vector<double> weights{0.25, 0.5, 0.5, 0.75};
  int source_extents = 2;

  void write(const std::string& path) const {
    int file = 0;
    nc(nc_create(path.c_str(), NC_CLOBBER, &file));
    std::vector<std::pair<int, std::vector<double>>> all;
    const auto add = [&](const char* name, int type, const std::vector<double>& values, const char* its_units) {
      int dimension = 0, variable = 0;
      nc(nc_def_dim(file, (std::string("n_") + name).c_str(), values.size(), &dimension));
      nc(nc_def_var(file, name, type, 1, &dimension, &variable));
      if (its_units) nc(nc_put_att_text(file, variable, "units", std::string(its_units).size(), its_units));
      all.emplace_back(variable, values);
    };
    const auto doubles = [](const std::vector<int>& from) { return std::vector<double>(from.begin(), from.end()); };
    add("src_grid_dims", NC_INT, source_extents == 2 ? std::vector<double>{2, 2} : std::vector<double>{4}, nullptr);
    add("dst_grid_dims", NC_INT, {2, 1}, nullptr);
    add("yc_a", NC_DOUBLE, source_latitudes, units);
    add("xc_a", NC_DOUBLE, {0, 180, 0, 180}, units);
    add("yc_b", NC_DOUBLE, {0, 0}, units);
    add("xc_b", NC_DOUBLE, {0, 180}, units);
    add("row", NC_INT, doubles(row), nullptr);
    add("col", NC_INT, doubles(col), nullptr);
    add("S", NC_DOUBLE, weights, nullptr);
    nc(nc_put_att_text(file, NC_GLOBAL, "map_method", std::string(method).size(), method));
    nc(nc_enddef(file));
    for (const auto& [variable, values] : all) nc(nc_put_var_double(file, variable, values.data()));
    nc(nc_close(file));
  }
};

class Regridding : public chunkwise_test::SampleFiles {
 protected:
  static std::vector<double> values(const std::string& file, const std::string& name) {
    const auto results =
        cw::compute(cw::connect("local"), std::vector{cw::NetcdfDataset({*folder / file}).open(name).array});
    std::vector<double> all;
    const cw::UntypedNdArray& array = results.front();
    for (std::int64_t i = 0; i < array.shape.elements(); ++i)
      all.push_back(array.dtype == cw::DType::float32 ? static_cast<const float*>(array.data)[i]
                                                      : static_cast<const double*>(array.data)[i]);
    return all;
  }
  static cw::KeptWeights read(const WeightsByHand& file) {
    file.write(*folder / "hand.nc");
    return cw::read_regrid_weights(cw::NetcdfDataset({*folder / "hand.nc"}));
  }
  static std::string refusal(const WeightsByHand& file) {
    try {
      (void)read(file);
    } catch (const cw::Error& error) {
      return error.what();
    }
    return "none";
  }
  /// Two rows of two cells, the southern one first.
  static cw::UntypedArray field(std::vector<double> latitudes) {
    const auto x = cw::from_vector<2>(std::vector<double>{1, 2, 3, 4}, {2, 2});
    return cw::detail::handle_of(
        x.with_labels(cw::Labels({"lat", "lon"},
                                 {cw::Coordinate(std::move(latitudes), {{"units", "degrees_north"}}),
                                  cw::Coordinate(std::vector<double>{0, 180}, {{"units", "degrees_east"}})},
                                 "", {})));
  }
};

TEST_F(Regridding, PutsEveryVariableOnTheGrid) {
  const Outcome outcome =
      run({"regrid", "data/*.nc", "--to", "r12x7", "--method", "bilinear", "-o", "coarse.nc", "-q"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  ASSERT_EQ(run({"eval", "ds.regrid(\"r12x7\", \"bilinear\")", "data/*.nc", "-o", "formula.nc", "-q"}).code, 0);
  EXPECT_EQ(run({"diff", "coarse.nc", "formula.nc"}).code, 0);
}

TEST_F(Regridding, KeepsWeightsThatAreUsedAgain) {
  for (const std::string method : {"nearest", "bilinear", "conservative"}) {
    const std::string weights = method + "_weights.nc", first = method + "_first.nc", second = method + "_second.nc";
    ASSERT_EQ(
        run({"regrid", "data/*.nc", "--to", "r12x7", "--method", method, "--weights", weights, "-o", first, "-q"}).code,
        0);
    const Outcome again = run({"regrid", "data/*.nc", "--weights", weights, "-o", second, "-q"});
    ASSERT_EQ(again.code, 0) << again.err;
    const std::vector<double> a = values(first, "t2m"), b = values(second, "t2m");
    ASSERT_EQ(a.size(), 12U * 7 * 12);
    EXPECT_EQ(a, b) << method;
  }
}

TEST_F(Regridding, TakesTheGridOfAFileOrAVariable) {
  ASSERT_EQ(run({"eval", "t2m[0].regrid(\"r12x7\", \"nearest\")", "data/*.nc", "-o", "like.nc", "-q", "-f"}).code, 0);
  for (const char* to : {"like.nc", "result@like.nc"}) {
    std::string name = to;
    if (name.starts_with("result@"))
      name = chunkwise::NetcdfDataset({*folder / "like.nc"}).variables().front() + "@like.nc";
    const std::string file = name.starts_with("like") ? "by_file.nc" : "by_variable.nc";
    const Outcome outcome = run({"regrid", "data/*.nc", "--to", name, "--method", "nearest", "-o", file, "-q"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(values(file, "t2m").size(), 12U * 7 * 12);
  }
}

TEST_F(Regridding, RefusesWhatIsNotClear) {
  expect_mistake({"regrid", "data/*.nc", "-o", "x.nc"},
                 "regrid takes --to GRID and --method METHOD, or --weights FILE");
  expect_mistake({"regrid", "data/*.nc", "--weights", "none.nc", "-o", "x.nc"}, "none.nc does not exist");
  expect_mistake({"regrid", "data/*.nc", "--to", "r12x7", "--method", "cubic", "-o", "x.nc"}, "cubic");
  expect_mistake({"regrid", "data/*.nc", "--to", "q7", "--method", "nearest", "-o", "x.nc"},
                 "no grid has the name 'q7'");
  expect_mistake({"regrid", "data/*.nc", "--to", "r12x7", "--method", "nearest", "-o", "x.csv"},
                 "regrid writes a NetCDF file");
  ASSERT_EQ(
      run({"regrid", "data/*.nc", "--to", "r6x4", "--method", "nearest", "--weights", "w.nc", "-o", "y.nc", "-q"}).code,
      0);
  expect_mistake({"regrid", "data/*.nc", "--to", "r6x4", "--method", "nearest", "--weights", "w.nc", "-o", "x.nc"},
                 "w.nc exists, and has a grid and a method already");
  expect_mistake({"regrid", "y.nc", "--weights", "w.nc", "-o", "x.nc"}, "the weights of w.nc are of 19 x 36 cells");
  expect_mistake({"regrid", "data/*.nc", "--weights", "y.nc", "-o", "x.nc"}, "y.nc keeps no weights");
}

TEST_F(Regridding, ReadsWeightsOfEsmf) {
  for (const char* units : {"degrees", "degree"}) {
    WeightsByHand hand;
    hand.units = units;
    const cw::KeptWeights kept = read(hand);
    EXPECT_TRUE(kept.target.is_rectilinear);
    EXPECT_THAT(kept.target.longitudes, ElementsAre(0, 180));
    EXPECT_THAT(kept.weights.ends, ElementsAre(2, 4));
    const auto result = cw::compute(cw::connect("local"), std::vector{cw::regrid(field({-45, 45}), kept)});
    const auto* numbers = static_cast<const double*>(result.front().data);
    EXPECT_EQ(numbers[0], 0.5 * 1 + 0.5 * 3);
    EXPECT_EQ(numbers[1], 0.75 * 2 + 0.25 * 4);
  }
}

TEST_F(Regridding, ReadsAnglesInRadians) {
  WeightsByHand hand;
  hand.units = "radians";
  const double quarter = std::acos(-1.0) / 4;
  hand.source_latitudes = {-quarter, -quarter, quarter, quarter};
  EXPECT_THAT(read(hand).source.latitudes, ElementsAre(-45, -45, 45, 45));
}

TEST_F(Regridding, FilesOfWeightsTellTheMethod) {
  for (const char* method : {"nearest", "bilinear", "conservative"}) {
    const std::string weights = std::string(method) + "_told.nc";
    ASSERT_EQ(run({"regrid", "data/*.nc", "--to", "r12x7", "--method", method, "--weights", weights, "-o",
                   weights + ".out.nc", "-q"})
                  .code,
              0);
    const cw::KeptWeights kept = cw::read_regrid_weights(cw::NetcdfDataset({*folder / weights}));
    EXPECT_EQ(kept.weights.skips_nan.at(0), std::string(method) == "conservative");
    const cw::FileDescription file = cw::inspect_netcdf(*folder / weights);
    const auto has = [&](const char* name) {
      return std::ranges::any_of(file.attributes, [&](const cw::Attribute& a) { return a.name == name; });
    };
    for (const char* name : {"normalization", "map_method", "conventions", "source_grid"})
      EXPECT_TRUE(has(name)) << name;
  }
}

TEST_F(Regridding, MissingValuesAreTheMethods) {
  const double nan = std::nan("");
  for (const bool conserves : {false, true}) {
    WeightsByHand hand;
    if (conserves) hand.method = "Conservative remapping";
    const cw::KeptWeights kept = read(hand);
    auto x = cw::detail::handle_of(cw::from_vector<2>(std::vector<double>{nan, 2, 3, 4}, {2, 2}));
    x.labels = field({-45, 45}).labels;
    const auto result = cw::compute(cw::connect("local"), std::vector{cw::regrid(x, kept)});
    const double first = static_cast<const double*>(result.front().data)[0];
    if (conserves)
      EXPECT_EQ(first, 3);
    else
      EXPECT_TRUE(std::isnan(first));
  }
}

TEST_F(Regridding, ArraysOfAnotherGridAreRefused) {
  const cw::KeptWeights kept = read({});
  try {
    (void)cw::regrid(field({45, -45}), kept);
    FAIL() << "rows that are turned round were taken";
  } catch (const cw::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cell 0 is at -45 N 0 E, that of the array at 45 N 0 E"));
  }
}

TEST_F(Regridding, FilesThatContradictThemselvesAreRefused) {
  WeightsByHand hand;
  hand.col[0] = 5;
  EXPECT_THAT(refusal(hand), HasSubstr("col names the cell 5"));
  hand.col[0] = 0;
  EXPECT_THAT(refusal(hand), HasSubstr("col names the cell 0"));
  hand = {};
  hand.weights[1] = std::nan("");
  EXPECT_THAT(refusal(hand), HasSubstr("a weight is not finite"));
  hand = {};
  hand.weights.push_back(1);
  EXPECT_THAT(refusal(hand), HasSubstr("4 source cells of links, 4 target cells and 5 weights"));
  hand = {};
  hand.units = "metres";
  EXPECT_THAT(refusal(hand), HasSubstr("in 'metres', neither degrees nor radians"));
  hand = {};
  hand.source_extents = 1;
  EXPECT_THAT(refusal(hand), HasSubstr("unstructured ones are not"));
  hand = {};
  hand.source_latitudes.push_back(0);
  EXPECT_THAT(refusal(hand), HasSubstr("src_grid_dims is 2 x 2, but there are 5 latitudes"));
}

}  // namespace
