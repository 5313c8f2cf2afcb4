// What stands beside a variable in its file stands beside it in files of results: companions, the record dimension, the
// attributes of the file. The file is long because the files of one Maker serve a suite for each format, joined files
// and masks.
#include <gmock/gmock.h>

#include <array>
#include <cstring>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/core/companion.hpp"
#include "chunkwise/dataset.hpp"
#include "chunkwise/netcdf.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/core/agreement.hpp"
#include "tests/netcdf/cf_rules.hpp"

namespace chunkwise_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Format = cw::NetcdfWriteOptions::Format;
using Numbers = std::vector<double>;

/// Defines variables of a file by name, with text attributes.
class Maker {
 public:
  explicit Maker(const std::string& path, int mode = NC_NETCDF4) { nc(nc_create(path.c_str(), mode, &file)); }
  void dimension(const char* name, std::size_t length) {
    int id = 0;
    nc(nc_def_dim(file, name, length, &id));
  }
  void variable(const char* name, int type, const std::vector<const char*>& dimensions,
                const std::vector<std::pair<const char*, const char*>>& attributes = {}) {
    std::vector<int> ids(dimensions.size());
    for (std::size_t i = 0; i < ids.size(); ++i) nc(nc_inq_dimid(file, dimensions[i], &ids[i]));
    int id = 0;
    nc(nc_def_var(file, name, type, static_cast<int>(ids.size()), ids.data(), &id));
    for (const auto& [key, value] : attributes) nc(nc_put_att_text(file, id, key, std::strlen(value), value));
  }
  void text(const char* key, const char* value) {
    nc(nc_put_att_text(file, NC_GLOBAL, key, std::strlen(value), value));
  }
  void numbers(const char* name, const std::vector<std::size_t>& shape, const Numbers& values) {
    int id = 0;
    nc(nc_inq_varid(file, name, &id));
    const std::vector<std::size_t> start(shape.size() + 1, 0);
    std::vector<std::size_t> count = shape;
    count.push_back(1);
    nc(nc_put_vara_double(file, id, start.data(), count.data(), values.data()));
  }
  void finish() { nc(nc_close(file)); }
  int file = 0;
};

/// A field over (time, y, x) on a rotated grid, with everything beside it that a model writes.
void make_rotated(const std::string& path, double first_day = 0, const char* since = "days since 2000-01-01",
                  int mode = NC_NETCDF4) {
  Maker make(path, mode);
  make.dimension("time", NC_UNLIMITED);
  make.dimension("y", 2);
  make.dimension("x", 3);
  make.dimension("nb", 2);
  make.dimension("letters", 4);
  make.variable("time", NC_DOUBLE, {"time"}, {{"units", since}, {"bounds", "time_bnds"}});
  make.variable("time_bnds", NC_DOUBLE, {"time", "nb"});
  make.variable("lat", NC_DOUBLE, {"y", "x"}, {{"units", "degrees_north"}, {"bounds", "lat_bnds"}});
  make.variable("lat_bnds", NC_FLOAT, {"y", "x", "nb"});
  make.variable("lon", NC_DOUBLE, {"y", "x"}, {{"units", "degrees_east"}});
  make.variable("height", NC_DOUBLE, {}, {{"units", "m"}});
  make.variable("station", NC_CHAR, {"x", "letters"}, {{"long_name", "name of a column"}});
  make.variable("crs", NC_INT, {}, {{"grid_mapping_name", "rotated_latitude_longitude"}});
  make.variable("cell_area", NC_FLOAT, {"y", "x"}, {{"units", "m2"}});
  make.variable("quality", NC_BYTE, {"time", "y", "x"});
  make.variable("t", NC_FLOAT, {"time", "y", "x"},
                {{"coordinates", "height lat lon station nowhere"},
                 {"grid_mapping", "crs"},
                 {"cell_measures", "area: cell_area volume: nowhere"},
                 {"ancillary_variables", "quality"},
                 {"units", "K"}});
  make.text("Conventions", "CF-1.8");
  make.text("title", "a rotated field");
  make.text("history", "made by a model");
  nc(nc_enddef(make.file));
  make.numbers("time", {2}, {first_day, first_day + 1});
  make.numbers("time_bnds", {2, 2}, {first_day, first_day + 1, first_day + 1, first_day + 2});
  make.numbers("lat", {2, 3}, {10, 11, 12, 20, 21, 22});
  make.numbers("lat_bnds", {2, 3, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  make.numbers("lon", {2, 3}, {1, 2, 3, 4, 5, 6});
  make.numbers("height", {}, {2});
  make.numbers("cell_area", {2, 3}, {1, 1, 1, 2, 2, 2});
  make.numbers("quality", {2, 2, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  make.numbers("t", {2, 2, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  int station = 0;
  nc(nc_inq_varid(make.file, "station", &station));
  nc(nc_put_var_text(make.file, station, "westmid east"));
  make.finish();
}

/// The elements of a variable as netcdf-c reads them.
Numbers elements(const std::string& path, const char* name) {
  int file = 0;
  int id = 0;
  int rank = 0;
  nc(nc_open(path.c_str(), NC_NOWRITE, &file));
  nc(nc_inq_varid(file, name, &id));
  nc(nc_inq_varndims(file, id, &rank));
  std::vector<int> ids(static_cast<std::size_t>(rank));
  nc(nc_inq_vardimid(file, id, ids.data()));
  std::size_t count = 1;
  for (const int dimension : ids) {
    std::size_t length = 0;
    nc(nc_inq_dimlen(file, dimension, &length));
    count *= length;
  }
  Numbers values(count);
  nc(nc_get_var_double(file, id, values.data()));
  nc(nc_close(file));
  return values;
}

std::string text_of(const std::string& path, const char* name, std::size_t length) {
  int file = 0;
  int id = 0;
  std::string text(length, '?');
  nc(nc_open(path.c_str(), NC_NOWRITE, &file));
  nc(nc_inq_varid(file, name, &id));
  nc(nc_get_var_text(file, id, text.data()));
  nc(nc_close(file));
  return text;
}

std::string unlimited(const std::string& path) {
  std::string names;
  for (const cw::DimensionDescription& dimension : cw::inspect_netcdf(path).dimensions)
    if (dimension.unlimited) names += dimension.name;
  return names;
}

class ResultsOfEachFormat : public testing::TestWithParam<Format> {
 protected:
  template <cw::Expression E>
  std::string written(const E& expression, const std::string& history = {}) {
    cw::NetcdfWriteOptions options;
    options.format = GetParam();
    options.history = history;
    const std::string path = folder_ / "result.nc";
    cw::write_netcdf(cw::connect("local"), path, expression, options);
    EXPECT_THAT(cf_faults(path), IsEmpty());
    return path;
  }
  cw::Array<float, 3> rotated() {
    make_rotated(folder_ / "a.nc");
    return cw::open_netcdf<float, 3>(folder_ / "a.nc", "t");
  }
  TemporaryFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Formats, ResultsOfEachFormat,
                         testing::Values(Format::netcdf4, Format::classic, Format::offset64, Format::cdf5));

TEST_P(ResultsOfEachFormat, HaveTheVariablesThatTheirAttributesName) {
  const std::string path = written(rotated());
  const CfFile file = read_cf(path);
  EXPECT_EQ(file.at("t").texts.at("coordinates"), "height lat lon station");
  EXPECT_EQ(file.at("t").texts.at("grid_mapping"), "crs");
  EXPECT_EQ(file.at("t").texts.at("cell_measures"), "area: cell_area");
  EXPECT_EQ(file.at("t").texts.at("ancillary_variables"), "quality");
  EXPECT_EQ(file.at("time").texts.at("bounds"), "time_bnds");
  EXPECT_EQ(file.at("lat").texts.at("bounds"), "lat_bnds");
  EXPECT_EQ(file.at("crs").texts.at("grid_mapping_name"), "rotated_latitude_longitude");
  EXPECT_EQ(elements(path, "lat"), (Numbers{10, 11, 12, 20, 21, 22}));
  EXPECT_EQ(elements(path, "lat_bnds").back(), 11);
  EXPECT_EQ(elements(path, "height"), Numbers{2});
  EXPECT_EQ(elements(path, "quality").back(), 11);
  EXPECT_EQ(text_of(path, "station", 12), "westmid east");
  EXPECT_EQ(elements(path, "t"), (Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST_P(ResultsOfEachFormat, CutThemAsTheArrayIsCut) {
  const auto t = rotated();
  const std::string path = written(t(1, cw::all, cw::range(cw::none, cw::none, -2)));
  const CfFile file = read_cf(path);
  EXPECT_EQ(elements(path, "t"), (Numbers{8, 6, 11, 9}));
  EXPECT_EQ(elements(path, "lat"), (Numbers{12, 10, 22, 20}));
  EXPECT_EQ(elements(path, "quality"), (Numbers{8, 6, 11, 9}));
  EXPECT_EQ(text_of(path, "station", 8), "eastwest");
  // The time of the one step stays, with its bounds.
  EXPECT_EQ(file.at("t").texts.at("coordinates"), "height lat lon station time");
  EXPECT_EQ(file.at("time").texts.at("bounds"), "time_bnds");
  EXPECT_EQ(elements(path, "time").size(), 1U);
  EXPECT_EQ(elements(path, "time_bnds").size(), 2U);
}

TEST_P(ResultsOfEachFormat, LeaveOutThoseAlongAxesThatAreReduced) {
  const auto t = rotated();
  const CfFile in_time = read_cf(written(cw::mean(t, "time")));
  EXPECT_EQ(in_time.at("t").texts.at("coordinates"), "height lat lon station");
  EXPECT_EQ(in_time.at("t").texts.at("cell_methods"), "time: mean");
  EXPECT_FALSE(in_time.contains("quality") || in_time.contains("time_bnds"));
  const CfFile in_x = read_cf(written(cw::mean(t, "x")));
  EXPECT_EQ(in_x.at("t").texts.at("coordinates"), "height");
  EXPECT_FALSE(in_x.contains("lat") || in_x.contains("lat_bnds") || in_x.at("t").texts.contains("cell_measures"));
  EXPECT_EQ(in_x.at("time").texts.at("bounds"), "time_bnds");
}

TEST_P(ResultsOfEachFormat, OfFormulasLieWhereTheirOperandsDo) {
  const auto t = rotated();
  const std::string path = written(t - 273.15F);
  const CfFile file = read_cf(path);
  EXPECT_EQ(file.at("t").texts.at("coordinates"), "height lat lon station");
  EXPECT_EQ(file.at("t").texts.at("grid_mapping"), "crs");
  EXPECT_FALSE(file.at("t").texts.contains("units"));
  // Neighbours have no common latitude.
  const CfFile steps =
      read_cf(written(t(cw::all, cw::all, cw::range(1, cw::none)) - t(cw::all, cw::all, cw::range(0, -1))));
  EXPECT_EQ(steps.at("t").texts.at("coordinates"), "height");
}

TEST_P(ResultsOfEachFormat, KeepTheRecordDimension) {
  const auto t = rotated();
  std::string path = written(t - cw::mean(t, "time"));
  EXPECT_EQ(unlimited(path), "time");
  EXPECT_EQ(elements(path, "t"), (Numbers{-3, -3, -3, -3, -3, -3, 3, 3, 3, 3, 3, 3}));
  EXPECT_EQ(elements(path, "time"), (Numbers{0, 1}));
  path = written(cw::mean(t, "time", cw::keepdims));
  EXPECT_EQ(unlimited(path), "time");
  EXPECT_EQ(elements(path, "t"), (Numbers{3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(unlimited(written(cw::mean(t, "time"))), "");
  // Where a format wants it first, and it is not, it is of fixed length.
  const auto turned = cw::full<2>({4, 2}, 1.5).with_labels(cw::Labels({"level", "time"}).with_record(1));
  EXPECT_EQ(unlimited(written(turned)), GetParam() == Format::netcdf4 ? "time" : "");
}

TEST_P(ResultsOfEachFormat, KeepTheAttributesOfTheFileWithTheNewestLineOfHistoryFirst) {
  const auto t = rotated();
  const CfFile file = read_cf(written(t * 2, "doubled"));
  EXPECT_EQ(file.at("").texts.at("title"), "a rotated field");
  EXPECT_EQ(file.at("").texts.at("Conventions"), "CF-1.8");
  EXPECT_EQ(file.at("").texts.at("history"), "doubled\nmade by a model");
}

TEST_P(ResultsOfEachFormat, AreReadAgainWithEverything) {
  const auto t = rotated();
  const std::string path = written(t);
  const auto again = cw::open_netcdf<float, 3>(path, "t");
  const std::string copy = folder_ / "copy.nc";
  cw::write_netcdf(cw::connect("local"), copy, again);
  EXPECT_EQ(elements(copy, "lat_bnds"), elements(path, "lat_bnds"));
  EXPECT_EQ(unlimited(copy), "time");
  EXPECT_THAT(cf_faults(copy), IsEmpty());
}

/// v(time, region) whose regions have names, as strings or as letters.
void make_regions(const std::string& path, const std::array<const char*, 3>& names, bool are_strings = true) {
  Maker make(path);
  make.dimension("time", 2);
  make.dimension("region", 3);
  make.dimension("letters", 5);
  if (are_strings)
    make.variable("region", NC_STRING, {"region"}, {{"long_name", "part of the world"}});
  else
    make.variable("region", NC_CHAR, {"region", "letters"}, {{"long_name", "part of the world"}});
  make.variable("v", NC_DOUBLE, {"time", "region"});
  nc(nc_enddef(make.file));
  int id = 0;
  nc(nc_inq_varid(make.file, "region", &id));
  std::string letters;
  for (const char* name : names) letters += std::string(name) + std::string(5 - std::strlen(name), '\0');
  if (are_strings)
    nc(nc_put_var_string(make.file, id, const_cast<const char**>(names.data())));
  else
    nc(nc_put_var_text(make.file, id, letters.data()));
  make.numbers("v", {2, 3}, {1, 2, 3, 4, 5, 6});
  make.finish();
}

TEST_P(ResultsOfEachFormat, KeepTheNamesThatStandAlongAnAxis) {
  for (const bool are_strings : {true, false}) {
    make_regions(folder_ / "a.nc", {"north", "mid", "south"}, are_strings);
    const auto v = cw::open_netcdf<double, 2>(folder_ / "a.nc", "v");
    const cw::Array<double, 1> means = cw::mean(v, "time");
    const std::string path = written(means(cw::range(cw::none, cw::none, -1)));
    EXPECT_EQ(text_of(path, "region", 15), std::string("southmid\0\0north", 15));
    EXPECT_EQ(read_cf(path).at("region").texts.at("long_name"), "part of the world");
    EXPECT_FALSE(read_cf(path).contains("region_"));
    // Read again they are there as well.
    const auto again = cw::open_netcdf<double, 1>(path, "v");
    cw::write_netcdf(cw::connect("local"), folder_ / "b.nc", again(cw::range(0, 1)));
    EXPECT_EQ(text_of(folder_ / "b.nc", "region", 5), "south");
    EXPECT_FALSE(read_cf(written(cw::mean(v, "region"))).contains("region"));
  }
}

TEST(CompanionsOfFiles, ThatNameTheSameAxisOtherwiseHaveAnAxisOfTheirOwn) {
  const TemporaryFolder folder;
  make_regions(folder / "a.nc", {"north", "mid", "south"});
  make_regions(folder / "b.nc", {"east", "mid", "west"});
  std::vector<cw::UntypedArray> arrays;
  for (const char* name : {"a.nc", "b.nc", "a.nc"}) {
    arrays.push_back(cw::open_netcdf<double, 2>(folder / name, "v").handle());
    arrays.back().labels = arrays.back().labels.renamed("v" + std::to_string(arrays.size()));
  }
  cw::write(cw::connect("local"), arrays, cw::netcdf_sinks(folder / "c.nc", 3));
  const auto regions_of = [&](const char* variable) {
    return cw::inspect_netcdf(folder / "c.nc").find(variable)->dimensions.at(1);
  };
  EXPECT_EQ(regions_of("v1"), "region");
  EXPECT_EQ(regions_of("v2"), "region_");
  EXPECT_EQ(regions_of("v3"), "region");
  EXPECT_EQ(text_of(folder / "c.nc", "region", 15), std::string("northmid\0\0south", 15));
  EXPECT_EQ(text_of(folder / "c.nc", "region_", 12), std::string("eastmid\0west", 12));
}

TEST(CompanionsOfFiles, AreJoinedAsTheFilesAre) {
  const TemporaryFolder folder;
  make_rotated(folder / "a.nc", 0);
  make_rotated(folder / "b.nc", 2);
  const auto t = cw::open_netcdf<float, 3>({folder / "a.nc", folder / "b.nc"}, "t");
  cw::write_netcdf(cw::connect("local"), folder / "o.nc", t(cw::range(1, 3)));
  EXPECT_THAT(cf_faults(folder / "o.nc"), IsEmpty());
  EXPECT_EQ(elements(folder / "o.nc", "time_bnds"), (Numbers{1, 2, 2, 3}));
  EXPECT_EQ(elements(folder / "o.nc", "lat").size(), 6U);
  EXPECT_EQ(elements(folder / "o.nc", "quality"), (Numbers{6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5}));
}

TEST(CompanionsOfFiles, ThatAreBoundsOfTimesCountAsTheTimesDo) {
  const TemporaryFolder folder;
  make_rotated(folder / "a.nc", 0);
  make_rotated(folder / "b.nc", 0, "days since 2000-01-03");
  make_rotated(folder / "c.nc", 96, "hours since 2000-01-01");
  cw::write_netcdf(cw::connect("local"), folder / "o.nc",
                   cw::open_netcdf<float, 3>({folder / "a.nc", folder / "b.nc"}, "t"));
  EXPECT_THAT(cf_faults(folder / "o.nc"), IsEmpty());
  EXPECT_EQ(elements(folder / "o.nc", "time_bnds"), (Numbers{0, 1, 1, 2, 2, 3, 3, 4}));
  cw::write_netcdf(cw::connect("local"), folder / "p.nc",
                   cw::open_netcdf<float, 3>({folder / "a.nc", folder / "c.nc"}, "t"));
  EXPECT_THAT(cf_faults(folder / "p.nc"), IsEmpty());
  EXPECT_EQ(elements(folder / "p.nc", "time"), (Numbers{0, 24, 96, 97}));
  EXPECT_EQ(elements(folder / "p.nc", "time_bnds"), (Numbers{0, 24, 24, 48, 96, 97, 97, 98}));
}

TEST(CompanionsOfFiles, AreLeftOutWhereAFileLacksOne) {
  const TemporaryFolder folder;
  make_rotated(folder / "a.nc", 0);
  make_rotated(folder / "b.nc", 2);
  int file = 0;
  int bounds = 0;
  nc(nc_open((folder / "b.nc").c_str(), NC_WRITE, &file));
  nc(nc_redef(file));
  nc(nc_inq_varid(file, "time_bnds", &bounds));
  nc(nc_rename_var(file, bounds, "others"));
  nc(nc_close(file));
  const auto t = cw::open_netcdf<float, 3>({folder / "a.nc", folder / "b.nc"}, "t");
  cw::write_netcdf(cw::connect("local"), folder / "o.nc", t);
  EXPECT_THAT(cf_faults(folder / "o.nc"), IsEmpty());
  EXPECT_FALSE(read_cf(folder / "o.nc").contains("time_bnds"));
}

TEST(CompanionsOfFiles, ThatDifferFromFileToFileAreLeftOut) {
  const TemporaryFolder folder;
  make_rotated(folder / "a.nc", 0);
  make_rotated(folder / "b.nc", 2);
  int file = 0;
  int lat = 0;
  nc(nc_open((folder / "b.nc").c_str(), NC_WRITE, &file));
  nc(nc_inq_varid(file, "lat", &lat));
  const Numbers moved{11, 12, 13, 21, 22, 23};
  nc(nc_put_var_double(file, lat, moved.data()));
  nc(nc_close(file));
  const auto t = cw::open_netcdf<float, 3>({folder / "a.nc", folder / "b.nc"}, "t");
  std::vector<std::string> said;
  cw::NetcdfWriteOptions options;
  options.warn = [&](const std::string& sentence) { said.push_back(sentence); };
  cw::write_netcdf(cw::connect("local"), folder / "o.nc", t, options);
  EXPECT_THAT(said, ElementsAre(testing::EndsWith("'lat', which attributes of 't' name is left out: its numbers, or "
                                                  "how they are stored, are not the same in all files")));
  EXPECT_THAT(cf_faults(folder / "o.nc"), IsEmpty());
  const auto written = read_cf(folder / "o.nc");
  EXPECT_FALSE(written.contains("lat"));
  EXPECT_TRUE(written.contains("lon"));
  EXPECT_EQ(written.at("t").texts.at("coordinates"), "height lon station");
}

TEST(CompanionsOfFiles, AreReadOfClassicFilesToo) {
  const TemporaryFolder folder;
  make_rotated(folder / "a.nc", 0, "days since 2000-01-01", 0);
  const auto t = cw::open_netcdf<float, 3>(folder / "a.nc", "t");
  cw::write_netcdf(cw::connect("local"), folder / "o.nc", t);
  EXPECT_EQ(elements(folder / "o.nc", "lat"), (Numbers{10, 11, 12, 20, 21, 22}));
  EXPECT_EQ(text_of(folder / "o.nc", "station", 12), "westmid east");
}

TEST(CompanionsOfFiles, MayBeStringsAndStandInAGroup) {
  const TemporaryFolder folder;
  int file = 0, group = 0, x = 0, names = 0, v = 0;
  nc(nc_create((folder / "a.nc").c_str(), NC_NETCDF4, &file));
  nc(nc_def_dim(file, "x", 2, &x));
  nc(nc_def_var(file, "names", NC_STRING, 1, &x, &names));
  nc(nc_def_grp(file, "model", &group));
  nc(nc_def_var(group, "v", NC_FLOAT, 1, &x, &v));
  nc(nc_put_att_text(group, v, "coordinates", 5, "names"));
  const char* both[] = {"Oslo", "Kiel-Holtenau"};
  nc(nc_put_var_string(file, names, both));
  const float values[] = {1, 2};
  nc(nc_put_var_float(group, v, values));
  nc(nc_close(file));
  const auto array = cw::open_netcdf<float, 1>(folder / "a.nc", "model/v");
  cw::write_netcdf(cw::connect("local"), folder / "o.nc", array(cw::range(1, 2)));
  EXPECT_THAT(cf_faults(folder / "o.nc"), IsEmpty());
  EXPECT_EQ(text_of(folder / "o.nc", "names", 13), "Kiel-Holtenau");
}

TEST(CompanionsOfFiles, OfSeveralArraysInOneFileAreSharedOrHaveNamesOfTheirOwn) {
  const TemporaryFolder folder;
  make_rotated(folder / "a.nc");
  const auto t = cw::open_netcdf<float, 3>(folder / "a.nc", "t");
  const cw::Array<float, 3> part = t(cw::all, cw::range(1, 2));
  const std::vector<cw::UntypedArray> arrays{
      {t.node(), t.shape(), t.labels()},
      {part.node(), part.shape(), part.labels().renamed("part", part.labels().attributes())},
      {t.node(), t.shape(), t.labels().renamed("again", t.labels().attributes())}};
  cw::write(cw::connect("local"), arrays, cw::netcdf_sinks(folder / "o.nc", 3));
  EXPECT_THAT(cf_faults(folder / "o.nc"), IsEmpty());
  const CfFile file = read_cf(folder / "o.nc");
  EXPECT_EQ(file.at("again").texts.at("coordinates"), "height lat lon station");
  EXPECT_EQ(file.at("part").texts.at("coordinates"), "height lat_ lon_ station");
  EXPECT_EQ(elements(folder / "o.nc", "lat_"), (Numbers{20, 21, 22}));
  EXPECT_EQ(elements(folder / "o.nc", "time_bnds").size(), 4U);
}

TEST(CompanionsOfFiles, ThatFilesSayAreElsewhereStayNamed) {
  const TemporaryFolder folder;
  Maker make(folder / "a.nc");
  make.dimension("x", 2);
  make.variable("v", NC_FLOAT, {"x"}, {{"cell_measures", "area: areacella volume: volcello"}});
  make.text("external_variables", "areacella");
  nc(nc_enddef(make.file));
  make.numbers("v", {2}, {1, 2});
  make.finish();
  cw::write_netcdf(cw::connect("local"), folder / "o.nc", cw::open_netcdf<float, 1>(folder / "a.nc", "v"));
  EXPECT_EQ(read_cf(folder / "o.nc").at("v").texts.at("cell_measures"), "area: areacella");
}

TEST(FilesOfMasks, AreNoLongerMasksWhenTheyAreAveraged) {
  const TemporaryFolder folder;
  const auto backend = cw::connect("local");
  const auto v = cw::from_vector<1>(Numbers{1, 2, 3}, {3}).with_labels(cw::Labels({"x"}));
  cw::write_netcdf(backend, folder / "mask.nc", (v > 1.5).with_labels(cw::Labels({"x"}, {}, "hot", {})));
  EXPECT_EQ(read_cf(folder / "mask.nc").at("hot").texts.at("dtype"), "bool");
  const auto mask = cw::open_netcdf<std::int8_t, 1>(folder / "mask.nc", "hot");
  cw::write_netcdf(backend, folder / "share.nc", cw::mean(mask));
  EXPECT_FALSE(read_cf(folder / "share.nc").at("hot").texts.contains("dtype"));
  cw::write_netcdf(backend, folder / "any.nc", cw::max(mask));
  EXPECT_EQ(read_cf(folder / "any.nc").at("hot").texts.at("dtype"), "bool");
  EXPECT_THAT(cf_faults(folder / "share.nc"), IsEmpty());
}

TEST(FilesOfMasks, ReadAsNumbersAreNumbers) {
  const TemporaryFolder folder;
  const std::int8_t values[] = {0, 1, -1};
  make_file(
      folder / "a.nc", NC_NETCDF4, NC_BYTE, {{"x", 3}},
      [&](int file, int v) {
        nc(nc_put_att_text(file, v, "dtype", 4, "bool"));
        nc(nc_put_att_schar(file, v, "flag_values", NC_BYTE, 2, values));
        nc(nc_put_att_text(file, v, "flag_meanings", 6, "no yes"));
        nc(nc_put_att_schar(file, v, "_FillValue", NC_BYTE, 1, values + 2));
      },
      [&](int file, int v) { nc(nc_put_var_schar(file, v, values)); });
  const auto v = cw::open_netcdf<double, 1>(folder / "a.nc", "v");
  cw::write_netcdf(cw::connect("local"), folder / "o.nc", v);
  EXPECT_THAT(cf_faults(folder / "o.nc"), IsEmpty());
  const CfVariable written = read_cf(folder / "o.nc").at("v");
  EXPECT_FALSE(written.texts.contains("dtype"));
  EXPECT_EQ(written.types_of_numbers.at("flag_values"), NC_DOUBLE);
}

/// Returns true if a shell finds a command.
bool has_command(const std::string& name) {
  return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
}

TEST(FilesOfResults, AreTakenByOtherPrograms) {
  const TemporaryFolder folder;
  make_rotated(folder / "a.nc", 0);
  make_rotated(folder / "b.nc", 2);
  const std::string o = folder / "o.nc", p = folder / "p.nc", both = folder / "both.nc", log = folder / "log";
  const auto backend = cw::connect("local");
  cw::write_netcdf(backend, o, cw::open_netcdf<float, 3>(folder / "a.nc", "t") * 2.0F);
  cw::write_netcdf(backend, p, cw::open_netcdf<float, 3>(folder / "b.nc", "t") * 2.0F);
  bool any = false;
  if (has_command("ncrcat")) {
    any = true;
    EXPECT_EQ(std::system(("ncrcat -O " + o + " " + p + " " + both + " >" + log + " 2>&1").c_str()), 0);
    EXPECT_EQ(elements(both, "time"), (Numbers{0, 1, 2, 3}));
    EXPECT_EQ(elements(both, "time_bnds").size(), 8U);
  }
  if (has_command("cdo")) {
    any = true;
    // It warns of no more than it does for the file that a model wrote.
    const auto warnings = [&](const std::string& path) {
      const std::string list = folder / "warnings";
      EXPECT_EQ(std::system(("cdo -s infon " + path + " >" + log + " 2>&1").c_str()), 0);
      (void)std::system(("grep -i 'warning\\|not found' " + log + " >" + list).c_str());
      std::ifstream in(list);
      return std::string(std::istreambuf_iterator<char>(in), {});
    };
    EXPECT_THAT(warnings(folder / "a.nc"), testing::EndsWith(warnings(o)));
    EXPECT_THAT(warnings(o), testing::Not(testing::HasSubstr("not found")));
  }
  if (has_command("/usr/bin/python3") && std::system("/usr/bin/python3 -c 'import xarray, netCDF4' 2>/dev/null") == 0) {
    any = true;
    const std::string program =
        "import xarray, sys; d = xarray.open_dataset(sys.argv[1]); "
        "assert set(d.t.coords) >= {'time', 'lat', 'lon', 'height', 'station'}, d; "
        "assert d.encoding['unlimited_dims'] == {'time'}; assert d.title == 'a rotated field'";
    EXPECT_EQ(std::system(("/usr/bin/python3 -c \"" + program + "\" " + o).c_str()), 0);
  }
  if (!any) GTEST_SKIP() << "neither NCO, CDO nor xarray is installed";
}

TEST(FilesOfResults, EqualNumbersOfOtherMeaningAreAnotherAxis) {
  const std::vector<std::pair<cw::Attributes, bool>> others{
      {{{"units", "days since 2000-01-01 00:00"}}, true},
      {{{"units", "days since 2000-02-01"}}, false},
      {{{"units", "hours since 2000-01-01"}}, false},
      {{{"units", "days since 2000-01-01"}, {"calendar", "360_day"}}, false}};
  for (const auto& [attributes, is_one] : others) {
    const TemporaryFolder folder;
    const auto x = cw::from_vector<1>(std::vector<double>{1, 2}, {2});
    const auto a =
        x.with_labels(cw::Labels({"time"}, {cw::Coordinate({0, 1}, {{"units", "days since 2000-01-01"}})}, "a", {}));
    const auto b = x.with_labels(cw::Labels({"time"}, {cw::Coordinate({0, 1}, attributes)}, "b", {}));
    const std::vector<cw::UntypedArray> arrays{a.handle(), b.handle()};
    cw::write(cw::connect("local"), arrays, cw::netcdf_sinks(folder / "a.nc", 2));
    const cw::Labels labels = cw::open_netcdf<double, 1>(folder / "a.nc", "b").labels();
    EXPECT_EQ(labels.dimension(0), is_one ? "time" : "time_") << attributes.front().name;
    EXPECT_TRUE(cw::agree(labels.coordinate(0), b.labels().coordinate(0)));
  }
}

}  // namespace
}  // namespace chunkwise_test
