// Variables of files as sources: one file, its grid of chunks, and series of files. The file is long because all of it
// is made with the helpers at its top, and series are refused, changed and damaged as single files are.
#include <chrono>
#include <cmath>
#include <random>
#include <thread>

#include "chunkwise/io/source_kinds.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/dataset/source.hpp"
#include "runtime/netcdf/classic_header.hpp"
#include "runtime/netcdf/handle_cache.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

using cw::DType;
using cw::ErrorCode;
using cw::NetcdfOptions;
using cw::Region;
using cw::Shape;

/// Adds a coordinate variable along dimension 0, 1, ... with the values given.
void coordinate(int file, const char* name, int dimension, const std::vector<double>& values, const std::string& units,
                int type = NC_DOUBLE) {
  int variable = 0;
  nc(nc_redef(file));
  nc(nc_def_var(file, name, type, 1, &dimension, &variable));
  put_text(file, variable, "units", units);
  nc(nc_enddef(file));
  const std::size_t start = 0;
  const std::size_t count = values.size();
  nc(nc_put_vara_double(file, variable, &start, &count, values.data()));
}

/// A file of a series: v(time, x) in kelvins, with coordinates.
struct Part {
  std::size_t records = 2;
  std::vector<double> x{10, 20, 30};
  std::string units = "K";
  std::string time_units = "hours since 2016-01-01";
  std::string x_units = "m";
  double first_time = 0;
};
void make_part(const std::string& path, const Part& part, int mode = 0) {
  make_file(
      path, mode, NC_FLOAT, {{"time", 0}, {"x", part.x.size()}},
      [&](int file, int variable) { put_text(file, variable, "units", part.units); },
      [&](int file, int variable) {
        counting({part.records, part.x.size()})(file, variable);
        std::vector<double> times(part.records);
        std::iota(times.begin(), times.end(), part.first_time);
        coordinate(file, "time", 0, times, part.time_units);
        coordinate(file, "x", 1, part.x, part.x_units, NC_FLOAT);
      });
}

TEST(NetcdfSource, TellsWhatItIs) {
  const TemporaryFolder folder;
  make_part(folder / "a.nc", {});
  const auto source = open_one(folder / "a.nc");
  EXPECT_EQ(source->dtype(), DType::float64);
  EXPECT_EQ(source->shape(), (Shape{2, 3}));
  EXPECT_EQ(source->encoding().stored, DType::float32);
  EXPECT_EQ(source->read_block(), (Shape{1, 1}));
  EXPECT_EQ(source->describe(), "v of " + folder / "a.nc");
  EXPECT_EQ(read_all<float>(source), (std::vector<float>{0, 1, 2, 3, 4, 5}));
}

TEST(NetcdfSource, AScalarIsOneElement) {
  const TemporaryFolder folder;
  for (const int mode : {0, NC_NETCDF4}) {
    const std::string path = folder / ("a" + std::to_string(mode) + ".nc");
    make_file(path, mode, NC_DOUBLE, {}, nullptr, [](int file, int variable) {
      const double value = 42;
      nc(nc_put_var_double(file, variable, &value));
    });
    const auto parts = cw::open_netcdf_parts({path}, "v", DType::float64);
    EXPECT_EQ(parts.parts[0]->shape().rank(), 0);
    EXPECT_EQ(parts.axis, 0);
    EXPECT_EQ(read_all<double>(parts.parts[0]), std::vector<double>{42});
    const Caught caught = error_of([&] { (void)cw::open_netcdf_parts({path, path}, "v", DType::float64); });
    EXPECT_EQ(caught.code, ErrorCode::shape_mismatch);
  }
}

TEST(NetcdfSource, ADimensionUsedTwiceNamesTheFirstAxisOnly) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", 0, NC_INT, {{"x", 2}},
      [](int file, int) {
        const std::vector<int> dimensions{0, 0};
        int variable = 0;
        nc(nc_def_var(file, "w", NC_INT, 2, dimensions.data(), &variable));
      },
      nullptr);
  const auto parts = cw::open_netcdf_parts({folder / "a.nc"}, "w", DType::int32);
  EXPECT_EQ(parts.labels.dimension(0), "x");
  EXPECT_EQ(parts.labels.dimension(1), "");
}

TEST(NetcdfSource, AMissingVariableNamesThoseThatExist) {
  const TemporaryFolder folder;
  make_part(folder / "a.nc", {});
  const Caught caught = error_of([&] { (void)open_one(folder / "a.nc", "t2m"); });
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  EXPECT_TRUE(caught.says("no variable 't2m'; the file has: v, time, x")) << caught.message;
}

TEST(NetcdfSource, AMissingFileAFolderAndAnotherKindOfFileAreRefused) {
  const TemporaryFolder folder;
  write_bytes(folder / "empty.nc", {});
  write_bytes(folder / "text.nc", std::vector<std::byte>(2000, std::byte{'x'}));
  EXPECT_EQ(error_of([&] { (void)open_one(folder / "absent.nc"); }).code, ErrorCode::not_found);
  EXPECT_EQ(error_of([&] { (void)open_one(folder / ""); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)open_one(""); }).code, ErrorCode::not_found);
  EXPECT_TRUE(error_of([&] { (void)open_one(folder / "empty.nc"); }).says("empty.nc is empty"));
  const Caught caught = error_of([&] { (void)open_one(folder / "text.nc"); });
  EXPECT_EQ(caught.code, ErrorCode::corrupt);
  EXPECT_TRUE(caught.says("not a NetCDF file")) << caught.message;
  EXPECT_EQ(error_of([] { (void)cw::open_netcdf_parts({}, "v", DType::float64); }).code, ErrorCode::invalid_argument);
}

TEST(NetcdfSource, ElementsThatAreNoNumbersAreRefusedByTheirKind) {
  const TemporaryFolder folder;
  const auto refused = [&](const char* name, const std::function<int(int)>& define_type) {
    make_file(
        folder / name, NC_NETCDF4, NC_INT, {{"x", 2}},
        [&](int file, int) {
          const int dimension = 0;
          int variable = 0;
          nc(nc_def_var(file, "w", define_type(file), 1, &dimension, &variable));
        },
        nullptr);
    const Caught caught = error_of([&] { (void)open_one(folder / name, "w"); });
    EXPECT_EQ(caught.code, ErrorCode::unsupported);
    return caught.message;
  };
  EXPECT_NE(refused("char.nc", [](int) { return NC_CHAR; }).find("text"), std::string::npos);
  EXPECT_NE(refused("string.nc", [](int) { return NC_STRING; }).find("strings"), std::string::npos);
  const auto define = [](const std::function<int(int, int*)>& call) {
    return [call](int file) {
      int type = 0;
      nc(call(file, &type));
      return type;
    };
  };
  EXPECT_NE(refused("vlen.nc", define([](int f, int* t) { return nc_def_vlen(f, "many", NC_INT, t); }))
                .find("variable-length type 'many'"),
            std::string::npos);
  EXPECT_NE(refused("opaque.nc", define([](int f, int* t) { return nc_def_opaque(f, 7, "blob", t); }))
                .find("opaque type 'blob'"),
            std::string::npos);
  EXPECT_NE(refused("enum.nc", define([](int f, int* t) {
                      const int status = nc_def_enum(f, NC_BYTE, "sky", t);
                      const signed char zero = 0;
                      return status != NC_NOERR ? status : nc_insert_enum(f, *t, "clear", &zero);
                    }))
                .find("enumeration 'sky'"),
            std::string::npos);
  EXPECT_NE(refused("compound.nc", define([](int f, int* t) {
                      const int status = nc_def_compound(f, 4, "pair", t);
                      return status != NC_NOERR ? status : nc_insert_compound(f, *t, "a", 0, NC_INT);
                    }))
                .find("compound type 'pair'"),
            std::string::npos);
}

TEST(NetcdfSource, NineAxesAreTooMany) {
  const TemporaryFolder folder;
  std::vector<Dimension> dimensions;
  for (int i = 0; i < 9; ++i) dimensions.push_back({"d" + std::to_string(i), 1});
  make_file(folder / "a.nc", 0, NC_INT, dimensions, nullptr, nullptr);
  EXPECT_EQ(error_of([&] { (void)open_one(folder / "a.nc"); }).code, ErrorCode::unsupported);
}

TEST(NetcdfSource, AnIntegerTargetRefusesDeclaredScalingUnlessItIsNotDecoded) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", 0, NC_SHORT, {{"x", 3}},
      [](int file, int variable) {
        const double scale = 0.1;
        nc(nc_put_att_double(file, variable, "scale_factor", NC_DOUBLE, 1, &scale));
      },
      counting({3}));
  EXPECT_EQ(error_of([&] { (void)open_one(folder / "a.nc", "v", DType::int32); }).code, ErrorCode::type_mismatch);
  const auto parts =
      cw::open_netcdf_parts({folder / "a.nc"}, "v", DType::int16, {.join = "", .chunks = {}, .decode = false});
  EXPECT_TRUE(parts.parts[0]->encoding().is_plain());
  // The default fill value stays missing in a copy, which names it.
  ASSERT_EQ(parts.labels.attributes().size(), 2U);
  EXPECT_NE(cw::find_attribute(parts.labels.attributes(), "scale_factor"), nullptr);
  EXPECT_NE(cw::find_attribute(parts.labels.attributes(), "_FillValue"), nullptr);
  EXPECT_EQ(cw::open_netcdf_parts({folder / "a.nc"}, "v", DType::float32).labels.attributes().size(), 0U);
}

TEST(NetcdfSource, ARegionOutsideTheShapeIsRefused) {
  const TemporaryFolder folder;
  make_part(folder / "a.nc", {});
  const auto source = open_one(folder / "a.nc");
  std::vector<float> out(100);
  for (const Region& region :
       {Region{{0, 1, 3}, {0, 1, 3}}, Region{{0, -1, 2}, {0, 1, 3}}, Region{{0, 1, 2}}, Region{{-1, 1, 1}, {0, 1, 3}}})
    EXPECT_EQ(error_of([&] { source->read(region, out.data()); }).code, ErrorCode::out_of_range);
}

// ---- grids

TEST(NetcdfGrid, FollowsTheUser) {
  EXPECT_EQ(cw::dataset::choose_grid({10, 20}, {3, 3}, {4, 0}, "v"), cw::ChunkGrid::regular({10, 20}, {4, 20}));
  EXPECT_EQ(error_of([] { (void)cw::dataset::choose_grid({10, 20}, {}, {4}, "v"); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] {
              (void)cw::dataset::choose_grid({10, 20}, {}, {4, -1}, "v");
            }).code,
            ErrorCode::invalid_argument);
}

TEST(NetcdfGrid, IsAutomaticWhereTheFileHasNoChunks) {
  EXPECT_EQ(cw::dataset::choose_grid({544, 721, 1440}, {}, {}, "v"), cw::ChunkGrid::automatic({544, 721, 1440}));
}

TEST(NetcdfGrid, ScalesTheFilesChunksByWholeMultiplesFromTheLastAxisOn) {
  // 1440 and 721 become whole axes; 8 records of them are the most that fit in 2^23 elements.
  EXPECT_EQ(cw::dataset::choose_grid({544, 721, 1440}, {1, 100, 200}, {}, "v"),
            cw::ChunkGrid::regular({544, 721, 1440}, {8, 721, 1440}));
  // 4096 columns of 1024 rows, twice.
  EXPECT_EQ(cw::dataset::choose_grid({100000, 100000}, {1024, 4096}, {}, "v"),
            cw::ChunkGrid::regular({100000, 100000}, {1024, 8192}));
  // A chunk that is larger than the limit stays as it is.
  EXPECT_EQ(cw::dataset::choose_grid({100000, 100000}, {10000, 10000}, {}, "v"),
            cw::ChunkGrid::regular({100000, 100000}, {10000, 10000}));
}

TEST(NetcdfGrid, OfACompressedVariableFitsItsReadUnit) {
  const TemporaryFolder folder;
  make_file(folder / "a.nc", NC_NETCDF4, NC_FLOAT, {{"t", 0}, {"x", 30}}, nullptr, counting({4, 30}));
  EXPECT_EQ(open_one(folder / "a.nc")->read_block(), (Shape{1, 1})) << "chunked, but not compressed";
  make_file(
      folder / "b.nc", NC_NETCDF4, NC_FLOAT, {{"t", 0}, {"x", 30}},
      [](int file, int variable) {
        const std::vector<std::size_t> chunk{2, 20};
        nc(nc_def_var_chunking(file, variable, NC_CHUNKED, chunk.data()));
        nc(nc_def_var_fletcher32(file, variable, NC_FLETCHER32));
      },
      counting({4, 30}));
  const auto source = open_one(folder / "b.nc");
  EXPECT_EQ(source->read_block(), (Shape{2, 20}));
  EXPECT_EQ(source->grid(), cw::ChunkGrid::regular({4, 30}, {4, 30}));
}

TEST(NetcdfGrid, OfNoElementsHasNoChunks) {
  const TemporaryFolder folder;
  for (const int mode : {0, NC_NETCDF4}) {
    const std::string path = folder / ("a" + std::to_string(mode) + ".nc");
    make_file(path, mode, NC_FLOAT, {{"t", 0}, {"x", 30}}, nullptr, nullptr);
    const auto source = open_one(path);
    EXPECT_EQ(source->shape(), (Shape{0, 30}));
    EXPECT_EQ(source->grid().chunks(), 0);
    EXPECT_TRUE(read_all<float>(source).empty());
  }
}

// ---- several files

TEST(NetcdfSeries, JoinsAlongTheRecordDimensionWithItsCoordinate) {
  const TemporaryFolder folder;
  make_part(folder / "a.nc", {});
  make_part(folder / "b.nc", {.records = 3, .first_time = 2});
  const auto parts = cw::open_netcdf_parts(cw::expand_glob(folder / "*.nc"), "v", DType::float64);
  EXPECT_EQ(parts.axis, 0);
  ASSERT_EQ(parts.parts.size(), 2U);
  EXPECT_EQ(parts.parts[1]->shape(), (Shape{3, 3}));
  EXPECT_EQ(parts.labels.coordinate(0).to_vector(), (std::vector<double>{0, 1, 2, 3, 4}));
  EXPECT_EQ(parts.labels.coordinate(1).to_vector(), (std::vector<double>{10, 20, 30}));
  EXPECT_EQ(parts.labels.coordinate(1).dtype(), DType::float32);
  EXPECT_EQ(parts.labels.dimension(1), "x");
  EXPECT_EQ(parts.labels.name(), "v");
  EXPECT_EQ(parts.labels.attributes().at(0).name, "units");
}

TEST(NetcdfSeries, JoinsAlongTheDimensionThatIsAskedFor) {
  const TemporaryFolder folder;
  make_part(folder / "a.nc", {});
  make_part(folder / "b.nc", {.x = {40, 50}});
  const NetcdfOptions options{.join = "x", .chunks = {}, .decode = true};
  const auto parts = cw::open_netcdf_parts({folder / "a.nc", folder / "b.nc"}, "v", DType::float64, options);
  EXPECT_EQ(parts.axis, 1);
  EXPECT_EQ(parts.labels.coordinate(1).size(), 5);
  const Caught caught = error_of([&] {
    (void)cw::open_netcdf_parts({folder / "a.nc", folder / "b.nc"}, "v", DType::float64,
                                {.join = "level", .chunks = {}, .decode = true});
  });
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  EXPECT_TRUE(caught.says("'level'") && caught.says("(time, x)")) << caught.message;
}

TEST(NetcdfSeries, PrefersTimeWhereThereAreNoRecords) {
  const TemporaryFolder folder;
  make_file(folder / "a.nc", 0, NC_INT, {{"x", 2}, {"time", 3}}, nullptr, nullptr);
  make_file(folder / "b.nc", 0, NC_INT, {{"x", 2}, {"y", 3}}, nullptr, nullptr);
  EXPECT_EQ(cw::open_netcdf_parts({folder / "a.nc", folder / "a.nc"}, "v", DType::int32).axis, 1);
  EXPECT_EQ(cw::open_netcdf_parts({folder / "b.nc", folder / "b.nc"}, "v", DType::int32).axis, 0);
}

TEST(NetcdfSeries, CountsTimesOfDifferentDaysFromTheFirst) {
  const TemporaryFolder folder;
  make_part(folder / "a.nc", {});
  make_part(folder / "b.nc", {.time_units = "hours since 2016-01-02 00:00:00"});
  make_part(folder / "c.nc", {.time_units = "minutes since 2016-01-03"});
  const auto two = cw::open_netcdf_parts({folder / "a.nc", folder / "b.nc"}, "v", DType::float64);
  EXPECT_EQ(two.labels.coordinate(0).to_vector(), (std::vector<double>{0, 1, 24, 25}));
  const auto three = cw::open_netcdf_parts({folder / "a.nc", folder / "b.nc", folder / "c.nc"}, "v", DType::float64);
  EXPECT_EQ(three.labels.coordinate(0).to_vector(), (std::vector<double>{0, 60, 1440, 1500, 2880, 2881}));
  EXPECT_EQ(std::get<std::string>(three.labels.coordinate(0).attributes().at(0).value), "minutes since 2016-01-01");
}

TEST(NetcdfSource, AFileChangedInPlaceWhoseTimeWasPutBackIsRefused) {
  const TemporaryFolder folder;
  make_part(folder / "a.nc", {});
  const auto source = open_one(folder / "a.nc");
  (void)read_all<float>(source);
  const auto time = fs::last_write_time(folder / "a.nc");
  auto bytes = bytes_of(folder / "a.nc");
  bytes.back() ^= std::byte{1};
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the clock of files is coarse
  write_bytes(folder / "a.nc", bytes);
  fs::last_write_time(folder / "a.nc", time);
  EXPECT_EQ(error_of([&] { (void)read_all<float>(source); }).code, ErrorCode::changed);
  EXPECT_NE(open_one(folder / "a.nc")->identity(), source->identity());
}

TEST(NetcdfSource, AWorkerRefusesAFileChangedSinceTheClientOpenedIt) {
  const TemporaryFolder folder;
  make_part(folder / "a.nc", {});
  cw::register_netcdf_kind();
  const cw::SourceAccess access{[](const std::string& path) { return path; }};
  const auto source = open_one(folder / "a.nc");
  EXPECT_EQ(cw::open_source(source->description(), access)->shape(), source->shape());
  const auto time = fs::last_write_time(folder / "a.nc");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  write_bytes(folder / "a.nc", bytes_of(folder / "a.nc"));
  fs::last_write_time(folder / "a.nc", time);
  EXPECT_EQ(error_of([&] { (void)cw::open_source(source->description(), access); }).code, ErrorCode::changed);
  // A copy with its times is the same file.
  const auto copied = open_one(folder / "a.nc");
  write_bytes(folder / "b.nc", bytes_of(folder / "a.nc"));
  fs::last_write_time(folder / "b.nc", time);
  const cw::SourceAccess elsewhere{[&](const std::string&) { return folder / "b.nc"; }};
  EXPECT_EQ(cw::open_source(copied->description(), elsewhere)->shape(), source->shape());
}

TEST(NetcdfSeries, AFileThatDoesNotFitIsNamedWithItsDifference) {
  const TemporaryFolder folder;
  make_part(folder / "a.nc", {});
  const auto difference = [&](const std::string& name) {
    Caught caught = error_of([&] {
      (void)cw::open_netcdf_parts({folder / "a.nc", folder / name}, "v", DType::float64);
    });
    EXPECT_TRUE(caught.says(name)) << caught.message;
    return caught;
  };
  make_part(folder / "extent.nc", {.x = {10, 20}});
  EXPECT_EQ(difference("extent.nc").code, ErrorCode::shape_mismatch);
  EXPECT_TRUE(difference("extent.nc").says("has 2 along x"));
  make_part(folder / "coordinate.nc", {.x = {10, 20.5, 30}});
  EXPECT_EQ(difference("coordinate.nc").code, ErrorCode::name_mismatch);
  EXPECT_TRUE(difference("coordinate.nc").says("x[1] = 20.5"));
  make_part(folder / "units.nc", {.units = "C"});
  EXPECT_EQ(difference("units.nc").code, ErrorCode::name_mismatch);
  EXPECT_TRUE(difference("units.nc").says("the units 'C'"));
  make_part(folder / "x_units.nc", {.x_units = "km"});
  EXPECT_TRUE(difference("x_units.nc").says("x in 'km'"));
  make_file(folder / "rank.nc", 0, NC_FLOAT, {{"time", 0}}, nullptr, nullptr);
  EXPECT_EQ(difference("rank.nc").code, ErrorCode::shape_mismatch);
  make_file(folder / "names.nc", 0, NC_FLOAT, {{"time", 0}, {"y", 3}}, nullptr, nullptr);
  EXPECT_EQ(difference("names.nc").code, ErrorCode::name_mismatch);
  make_file(
      folder / "bare.nc", 0, NC_FLOAT, {{"time", 0}, {"x", 3}},
      [](int file, int variable) { put_text(file, variable, "units", "K"); }, nullptr);
  EXPECT_TRUE(difference("bare.nc").says("no coordinate variable x"));
  EXPECT_EQ(difference("absent.nc").code, ErrorCode::not_found);
}

TEST(NetcdfSeries, EachFileKeepsItsOwnPacking) {
  const TemporaryFolder folder;
  for (const double scale : {0.5, 2.0})
    make_file(
        folder / (scale < 1 ? "a.nc" : "b.nc"), 0, NC_SHORT, {{"time", 0}},
        [&](int file, int variable) { nc(nc_put_att_double(file, variable, "scale_factor", NC_DOUBLE, 1, &scale)); },
        counting({2}));
  const auto parts = cw::open_netcdf_parts({folder / "a.nc", folder / "b.nc"}, "v", DType::float64);
  EXPECT_EQ(parts.parts[0]->encoding().scale, 0.5);
  EXPECT_EQ(parts.parts[1]->encoding().scale, 2.0);
}

TEST(NetcdfSeries, PackedCoordinatesAreUnpacked) {
  const TemporaryFolder folder;
  make_file(folder / "a.nc", 0, NC_FLOAT, {{"x", 3}}, nullptr, [](int file, int) {
    nc(nc_redef(file));
    const int dimension = 0;
    int variable = 0;
    nc(nc_def_var(file, "x", NC_SHORT, 1, &dimension, &variable));
    const double scale = 0.25;
    const short fill = 2;
    nc(nc_put_att_double(file, variable, "scale_factor", NC_DOUBLE, 1, &scale));
    nc(nc_put_att_short(file, variable, "_FillValue", NC_SHORT, 1, &fill));
    nc(nc_enddef(file));
    counting({3})(file, variable);
  });
  const cw::Coordinate x = cw::open_netcdf_parts({folder / "a.nc"}, "v", DType::float64).labels.coordinate(0);
  EXPECT_EQ(x.dtype(), DType::float64);
  EXPECT_EQ(x[1], 0.25);
  EXPECT_TRUE(std::isnan(x[2]));
  EXPECT_TRUE(x.attributes().empty());
}

// ---- names of files

TEST(ExpandGlob, SortsByBytesAndNamesAPatternThatMatchesNothing) {
  const TemporaryFolder folder;
  for (const char* name : {"b.nc", "a.nc", "B.nc", "c.txt"}) write_bytes(folder / name, {});
  EXPECT_EQ(cw::expand_glob(folder / "*.nc"), (std::vector{folder / "B.nc", folder / "a.nc", folder / "b.nc"}));
  EXPECT_EQ(cw::expand_glob("no/such/file.nc"), std::vector<std::string>{"no/such/file.nc"});
  const Caught caught = error_of([&] { (void)cw::expand_glob(folder / "*.grib"); });
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  EXPECT_TRUE(caught.says(folder / "*.grib")) << caught.message;
}

TEST(ExpandGlob, AFileWhoseNameLooksLikeAPatternIsFound) {
  const TemporaryFolder folder;
  write_bytes(folder / "a[1].nc", {});
  EXPECT_EQ(cw::expand_glob(folder / "a[1].nc"), std::vector{folder / "a[1].nc"});
}

// ---- files that change, and many of them

TEST(NetcdfSource, AFileThatChangedIsRefused) {
  const TemporaryFolder folder;
  for (const int mode : {0, NC_NETCDF4}) {
    const std::string path = folder / ("a" + std::to_string(mode) + ".nc");
    make_part(path, {}, mode);
    const auto source = open_one(path);
    const auto again = open_one(path);
    EXPECT_EQ(source->identity(), again->identity());
    EXPECT_NE(source->identity(), open_one(path, "v", DType::float32)->identity());
    (void)read_all<float>(source);
    make_part(folder / "other.nc", {}, mode);
    fs::rename(folder / "other.nc", path);
    const Caught caught = error_of([&] { (void)read_all<float>(source); });
    EXPECT_EQ(caught.code, ErrorCode::changed);
    EXPECT_TRUE(caught.says(path)) << caught.message;
    EXPECT_NE(source->identity(), open_one(path)->identity());
    fs::remove(path);
    EXPECT_EQ(error_of([&] { (void)read_all<float>(again); }).code, ErrorCode::changed);
  }
}

TEST(NetcdfSource, ATruncatedFileIsRefusedWhenItIsOpened) {
  const TemporaryFolder folder;
  make_part(folder / "a.nc", {.records = 100});
  auto bytes = bytes_of(folder / "a.nc");
  bytes.resize(bytes.size() / 2);
  write_bytes(folder / "b.nc", bytes);
  const Caught caught = error_of([&] { (void)open_one(folder / "b.nc"); });
  EXPECT_EQ(caught.code, ErrorCode::corrupt);
  EXPECT_TRUE(caught.says("b.nc is truncated")) << caught.message;
}

TEST(NetcdfSource, ADamagedCompressedChunkFailsWhereItIsRead) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", NC_NETCDF4, NC_INT, {{"x", 40000}},
      [](int file, int variable) {
        const std::size_t chunk = 10000;
        nc(nc_def_var_chunking(file, variable, NC_CHUNKED, &chunk));
        nc(nc_def_var_deflate(file, variable, 0, 1, 1));
        nc(nc_def_var_fletcher32(file, variable, NC_FLETCHER32));
      },
      counting({40000}));
  auto bytes = bytes_of(folder / "a.nc");
  for (std::size_t i = bytes.size() - 3000; i < bytes.size() - 2900; ++i) bytes[i] = std::byte{0x55};
  write_bytes(folder / "a.nc", bytes);
  const auto source = open_one(folder / "a.nc");
  const Caught caught = error_of([&] { (void)read_all<std::int32_t>(source); });
  EXPECT_EQ(caught.code, ErrorCode::corrupt);
  EXPECT_TRUE(caught.says("v of " + folder / "a.nc") && caught.says("[0:40000]")) << caught.message;
}

TEST(NetcdfSource, DamagedClassicFilesNeverCrash) {
  const TemporaryFolder folder;
  make_part(folder / "a.nc", {.records = 5});
  const auto bytes = bytes_of(folder / "a.nc");
  std::mt19937 random(1);
  for (int round = 0; round < 1000; ++round) {
    auto flipped = bytes;
    for (int n = 0; n < 3; ++n) flipped[random() % 300] = static_cast<std::byte>(random() % 256);
    write_bytes(folder / "b.nc", flipped);
    try {
      const auto source = open_one(folder / "b.nc");
      std::vector<std::byte> out(static_cast<std::size_t>(source->shape().elements()) * 8);
      source->read(Region::whole(source->shape()), out.data());
    } catch (const cw::Error& error) {
      EXPECT_NE(std::string(error.what()).find("b.nc"), std::string::npos) << error.what();
    }
  }
}

TEST(NetcdfSource, ManyFilesAreNotOpenAtOnce) {
  const TemporaryFolder folder;
  const std::size_t before = cw::netcdf::open_handles().size();
  {
    std::vector<std::string> paths;
    for (int i = 0; i < 150; ++i) {
      paths.push_back(folder / ("a" + std::to_string(i) + ".nc"));
      make_part(paths.back(), {}, i % 2 == 0 ? 0 : NC_NETCDF4);
    }
    const auto parts = cw::open_netcdf_parts(paths, "v", DType::float64);
    EXPECT_LE(cw::netcdf::open_handles().size(), 64U);
    for (int round = 0; round < 2; ++round)
      for (const auto& part : parts.parts) EXPECT_EQ(read_all<float>(part).back(), 5);
    EXPECT_LE(cw::netcdf::open_handles().size(), 64U);
  }
  EXPECT_EQ(cw::netcdf::open_handles().size(), before) << "arrays that are gone leave no file open";
}

TEST(NetcdfSource, ThreadsReadTheSameFilesAtTheSameTime) {
  const TemporaryFolder folder;
  std::vector<cw::SourcePtr> sources;
  for (int i = 0; i < 6; ++i) {
    const std::string path = folder / ("a" + std::to_string(i) + ".nc");
    make_file(path, i % 2 == 0 ? 0 : NC_NETCDF4, NC_INT, {{"t", 0}, {"x", 100}}, nullptr, counting({50, 100}));
    sources.push_back(open_one(path, "v", DType::int32));
  }
  const std::vector<int> wrong = wrong_on_threads([&](std::mt19937& random) {
    const auto& source = sources[random() % sources.size()];
    const auto row = static_cast<std::int64_t>(random() % 50);
    std::vector<std::int32_t> values(50);
    source->read(Region{{row, 1, 1}, {99, -2, 50}}, values.data());
    bool right = true;
    for (std::size_t i = 0; i < 50; ++i)
      right = right && values[i] == static_cast<std::int32_t>(row * 100 + 99) - 2 * static_cast<std::int32_t>(i);
    return right;
  });
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace chunkwise_test
