#include "chunkwise/dataset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <sstream>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/netcdf.hpp"
#include "chunkwise/untyped.hpp"
#include "tests/netcdf/files.hpp"

namespace {

using namespace chunkwise_test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<Dimension> time_and_x{{"time", 0}, {"x", 3}};

/// "v" of two times and three places, of an external type; `define` adds to it.
void make(const std::string& path, int type = NC_DOUBLE, const std::function<void(int, int)>& define = {}) {
  make_file(path, NC_NETCDF4, type, time_and_x, define, counting({2, 3}));
}

std::vector<double> values(const cw::UntypedArray& array) {
  const auto result = cw::compute(cw::connect("local:1"), {&array, 1}).front();
  std::vector<double> values;
  cw::dispatch(result.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < result.shape.elements(); ++i)
      values.push_back(static_cast<double>(static_cast<const T*>(result.data)[i]));
  });
  return values;
}

TEST(Inspect, TellsWhatIsInAFile) {
  const TemporaryFolder folder;
  make(folder / "a.nc", NC_SHORT, [](int file, int variable) {
    const double scale = 0.5;
    nc(nc_put_att_double(file, variable, "scale_factor", NC_DOUBLE, 1, &scale));
    nc(nc_put_att_text(file, variable, "units", 1, "K"));
    nc(nc_put_att_text(file, NC_GLOBAL, "title", 4, "test"));
    int text = 0, dimension = 1;
    nc(nc_def_var(file, "names", NC_CHAR, 1, &dimension, &text));
    int x = 0;
    nc(nc_def_var(file, "x", NC_FLOAT, 1, &dimension, &x));
  });
  const cw::FileDescription file = cw::inspect_netcdf(folder / "a.nc");
  EXPECT_EQ(file.format, "NetCDF-4");
  ASSERT_EQ(file.dimensions.size(), 2U);
  EXPECT_TRUE(file.dimensions[0].unlimited);
  EXPECT_EQ(file.dimensions[0].length, 2);
  const cw::VariableDescription& v = *file.find("v");
  EXPECT_EQ(v.type, "int16");
  EXPECT_EQ(v.dtype, cw::DType::float64);
  EXPECT_TRUE(v.packed);
  EXPECT_EQ(v.scale, 0.5);
  EXPECT_EQ(v.bytes, 12U);
  EXPECT_TRUE(v.is_data());
  EXPECT_EQ(file.find("names")->type, "text");
  EXPECT_FALSE(file.find("names")->is_data());
  EXPECT_TRUE(file.find("x")->coordinate);
  EXPECT_EQ(file.find("y"), nullptr);
  std::ostringstream text;
  text << file;
  EXPECT_THAT(text.str(), HasSubstr("time   2 (unlimited)"));
  EXPECT_THAT(text.str(), HasSubstr("(time 2, x 3), 12 bytes of int16 packed by 0.5 and 0.0"));
  EXPECT_THAT(text.str(), HasSubstr("title: test"));
  EXPECT_THAT(cw::to_json(file), HasSubstr(R"("packing":{"scale":0.5,"offset":0.0})"));
}

TEST(Inspect, ElementTypesAreThoseOfDecodedValues) {
  const TemporaryFolder folder;
  const auto dtype = [&](int type, const std::function<void(int, int)>& define = {}) {
    fs::remove(folder / "a.nc");
    make(folder / "a.nc", type, define);
    return cw::inspect_netcdf(folder / "a.nc").find("v")->dtype;
  };
  EXPECT_EQ(dtype(NC_INT), cw::DType::int32);
  EXPECT_EQ(dtype(NC_FLOAT), cw::DType::float32);
  EXPECT_EQ(dtype(NC_UBYTE), cw::DType::uint8);
  EXPECT_EQ(dtype(NC_INT,
                  [](int file, int variable) {
                    const int missing = -1;
                    nc(nc_put_att_int(file, variable, "missing_value", NC_INT, 1, &missing));
                  }),
            cw::DType::float64);
  EXPECT_EQ(dtype(NC_BYTE, [](int file, int variable) { nc(nc_put_att_text(file, variable, "_Unsigned", 4, "true")); }),
            cw::DType::uint8);
}

TEST(Dataset, JoinsAlongTheRecordDimension) {
  const TemporaryFolder folder;
  make(folder / "a.nc");
  make(folder / "b.nc");
  const cw::NetcdfDataset dataset({folder / "a.nc", folder / "b.nc"});
  const auto joined = dataset.open("v");
  EXPECT_EQ(joined.array.shape, (cw::Shape{4, 3}));
  EXPECT_EQ(joined.dimension, "time");
  EXPECT_EQ(values(joined.array), (std::vector<double>{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}));
}

TEST(Dataset, JoinsAlongWhatIsAskedFor) {
  const TemporaryFolder folder;
  make(folder / "a.nc");
  make(folder / "b.nc");
  const cw::NetcdfDataset dataset({folder / "a.nc", folder / "b.nc"}, {.join = "x"});
  EXPECT_EQ(dataset.open("v").array.shape, (cw::Shape{2, 6}));
  const cw::NetcdfDataset wrong({folder / "a.nc", folder / "b.nc"}, {.join = "depth"});
  EXPECT_THROW((void)wrong.open("v"), cw::Error);
}

TEST(Dataset, VariablesMayLieInFilesOfTheirOwn) {
  const TemporaryFolder folder;
  const auto backend = cw::connect("local:1");
  const cw::Labels time({"time"});
  const auto series = [&](const char* name, const std::string& path) {
    cw::write_netcdf(backend, path, cw::arange(0.0, 3.0).with_labels(time.renamed(name)));
  };
  series("a", folder / "a0.nc");
  series("a", folder / "a1.nc");
  series("b", folder / "b0.nc");
  const cw::NetcdfDataset dataset({folder / "a0.nc", folder / "a1.nc", folder / "b0.nc"});
  EXPECT_THAT(dataset.variables(), ElementsAre("a", "b"));
  EXPECT_EQ(dataset.open("a").array.shape, (cw::Shape{6}));
  EXPECT_THAT(dataset.open("a").files, ElementsAre(folder / "a0.nc", folder / "a1.nc"));
  EXPECT_EQ(dataset.open("b").array.shape, (cw::Shape{3}));
  EXPECT_EQ(dataset.open("b").dimension, "");
}

TEST(Dataset, AHoleInASeriesIsAnError) {
  const TemporaryFolder folder;
  make(folder / "a.nc");
  int file = 0;
  nc(nc_create((folder / "b.nc").c_str(), NC_NETCDF4, &file));
  nc(nc_close(file));
  const cw::NetcdfDataset dataset({folder / "a.nc", folder / "b.nc"});
  const Caught error = error_of([&] { (void)dataset.open("v"); });
  EXPECT_EQ(error.code, cw::ErrorCode::not_found);
  EXPECT_THAT(error.message, HasSubstr("b.nc has no variable 'v', and no other data"));
}

TEST(Dataset, WhatDoesNotGrowIsTheFirstFiles) {
  const TemporaryFolder folder;
  for (const char* name : {"a.nc", "b.nc"})
    make(folder / name, NC_DOUBLE, [](int file, int) {
      int variable = 0, x = 1;
      nc(nc_def_var(file, "x", NC_DOUBLE, 1, &x, &variable));
    });
  const cw::NetcdfDataset dataset({folder / "a.nc", folder / "b.nc"});
  EXPECT_EQ(dataset.open("x").array.shape, (cw::Shape{3}));
  EXPECT_EQ(dataset.open("v").array.shape, (cw::Shape{4, 3}));
}

TEST(Dataset, PackingInALaterFileMakesFloats) {
  const TemporaryFolder folder;
  make(folder / "a.nc", NC_SHORT);
  make(folder / "b.nc", NC_SHORT, [](int file, int variable) {
    const double offset = 0.5;
    nc(nc_put_att_double(file, variable, "add_offset", NC_DOUBLE, 1, &offset));
  });
  const cw::NetcdfDataset dataset({folder / "a.nc", folder / "b.nc"});
  const auto joined = dataset.open("v");
  EXPECT_EQ(joined.array.node->dtype, cw::DType::float64);
  EXPECT_EQ(values(joined.array).back(), 5.5);
}

TEST(Dataset, AMistakeNamesWhatIsThere) {
  const TemporaryFolder folder;
  make(folder / "a.nc");
  const cw::NetcdfDataset dataset({folder / "a.nc"});
  EXPECT_THAT(error_of([&] { (void)dataset.open("w"); }).message, HasSubstr("no variable 'w'; there are: v"));
  EXPECT_FALSE(dataset.has("w"));
  EXPECT_THROW(cw::NetcdfDataset({}), cw::Error);
}

TEST(Dataset, IsDescribedForPeopleAndPrograms) {
  const TemporaryFolder folder;
  make(folder / "a.nc");
  make(folder / "b.nc");
  const cw::NetcdfDataset dataset({folder / "a.nc", folder / "b.nc"});
  const cw::DatasetDescription description = cw::describe(dataset);
  std::ostringstream text;
  text << description;
  EXPECT_THAT(text.str(), HasSubstr("2 files"));
  EXPECT_THAT(text.str(), HasSubstr("Array float64 (time 4, x 3), 2 chunks of"));
  EXPECT_THAT(text.str(), HasSubstr("joined along time from 2 files"));
  EXPECT_THAT(cw::to_json(description), HasSubstr(R"("joined_along":"time","files":2,"stored_bytes":96)"));
}

// ------------------------------------------------------------------------------ several arrays in one file

TEST(NetcdfSinks, ArraysShareTheDimensionsTheyAgreeOn) {
  const TemporaryFolder folder;
  const auto backend = cw::connect("local:2");
  const cw::Labels labels({"y", "x"}, {cw::Coordinate({1.0, 2.0}, {}), {}}, "a", {});
  const auto a = cw::random<double, 2>({2, 3}, 1).with_labels(labels);
  const auto b = (a * 2.0);
  const cw::Array<double, 1> m = cw::mean(a, 1);
  const auto other = cw::arange(0.0, 5.0).with_labels(cw::Labels({"x"}, {}, "other", {}));
  const std::vector<cw::UntypedArray> arrays{a.handle(),
                                             {cw::Array<double, 2>(b).node(), b.shape(), b.labels().renamed("b")},
                                             {m.node(), m.shape(), m.labels().renamed("m")},
                                             other.handle()};
  cw::write(backend, arrays, cw::netcdf_sinks(folder / "all.nc", arrays.size()));
  EXPECT_EQ(cw::compute(cw::open_netcdf<double, 2>(folder / "all.nc", "a")), cw::compute(a));
  EXPECT_EQ(cw::compute(cw::open_netcdf<double, 2>(folder / "all.nc", "b")), cw::compute(b));
  EXPECT_EQ(cw::compute(cw::open_netcdf<double, 1>(folder / "all.nc", "m")), cw::compute(m));
  const cw::FileDescription file = cw::inspect_netcdf(folder / "all.nc");
  std::vector<std::string> dimensions;
  for (const auto& dimension : file.dimensions) dimensions.push_back(dimension.name);
  EXPECT_THAT(dimensions, ElementsAre("y", "x", "x_"));  // x of 3 and x of 5
  EXPECT_EQ(file.find("m")->dimensions, std::vector<std::string>{"y"});
}

TEST(NetcdfSinks, CoordinatesThatDifferAreTwoDimensions) {
  const TemporaryFolder folder;
  const auto along = [](double first, const char* name) {
    return cw::arange(0.0, 2.0)
        .with_labels(cw::Labels({"y"}, {cw::Coordinate({first, first + 1}, {})}, name, {}))
        .handle();
  };
  const std::vector<cw::UntypedArray> arrays{along(1, "a"), along(5, "b")};
  cw::write(cw::connect("local:1"), arrays, cw::netcdf_sinks(folder / "two.nc", 2));
  EXPECT_EQ((cw::open_netcdf<double, 1>(folder / "two.nc", "b").labels().coordinate(0)[0]), 5.0);
  EXPECT_EQ((cw::open_netcdf<double, 1>(folder / "two.nc", "a").labels().coordinate(0)[0]), 1.0);
}

TEST(NetcdfSinks, WhatFailsLeavesNothing) {
  const TemporaryFolder folder;
  const auto a = cw::arange(0.0, 5.0).with_labels(cw::Labels({"x"}, {}, "a", {})).handle();
  const std::vector<cw::UntypedArray> twice{a, a};
  EXPECT_THROW(cw::write(cw::connect("local:1"), twice, cw::netcdf_sinks(folder / "x.nc", 2)), cw::Error);
  EXPECT_THAT(folder.names(), IsEmpty());
  EXPECT_THROW(cw::write(cw::connect("local:1"), twice, cw::netcdf_sinks(folder / "x.nc", 3)), cw::Error);
  EXPECT_THAT(folder.names(), IsEmpty());
  EXPECT_THROW((void)cw::netcdf_sinks(folder / "x.nc", 2, {.variable = "v"}), cw::Error);
}

TEST(NetcdfFunctions, ANullPointerInPlaceOfATextIsAnError) {
  const TemporaryFolder folder;
  make(folder / "a.nc");
  const char* const none = nullptr;
  const cw::NetcdfDataset dataset({folder / "a.nc"});
  const std::vector<std::function<void()>> uses{
      [&] { (void)cw::open_netcdf<double, 2>(none, "v"); },
      [&] { (void)cw::open_netcdf<double, 2>(folder / "a.nc", none); },
      [&] { (void)cw::open_netcdf<double, 2>(std::vector{folder / "a.nc"}, none); },
      [&] { cw::write_netcdf(cw::connect("local:1"), none, cw::full<1>({2}, 1.0)); },
      [&] { (void)cw::netcdf_sink(none); },
      [&] { (void)cw::netcdf_sinks(none, 1); },
      [&] { (void)cw::expand_glob(none); },
      [&] { (void)cw::inspect_netcdf(none); },
      [&] { (void)dataset.has(none); },
      [&] { (void)dataset.open(none); },
  };
  for (const auto& use : uses) EXPECT_THAT(what_of(use, cw::ErrorCode::invalid_argument), HasSubstr("null pointer"));
}

}  // namespace
