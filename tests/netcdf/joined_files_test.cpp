// Files of one series: element types, times, calendars and fields without the joined dimension.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/dataset.hpp"
#include "chunkwise/netcdf.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/dataset/units.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

/// v(time) with these values, and times where units are given.
struct Series {
  std::vector<double> values{1, 2};
  int type = NC_DOUBLE;
  std::vector<double> times{};
  std::string units = "days since 2000-01-01";
  std::string calendar{};
  std::string units_of_values{};
};
void make(const std::string& path, const Series& series) {
  make_file(
      path, NC_NETCDF4, series.type, {{"time", 0}},
      [&](int file, int variable) {
        if (!series.units_of_values.empty()) put_text(file, variable, "units", series.units_of_values);
        if (series.times.empty()) return;
        const int dimension = 0;
        int time = 0;
        nc(nc_def_var(file, "time", NC_DOUBLE, 1, &dimension, &time));
        put_text(file, time, "units", series.units);
        if (!series.calendar.empty()) put_text(file, time, "calendar", series.calendar);
      },
      [&](int file, int variable) {
        const std::size_t start = 0;
        const std::size_t count = series.values.size();
        nc(nc_put_vara_double(file, variable, &start, &count, series.values.data()));
        if (!series.times.empty()) nc(nc_put_vara_double(file, variable + 1, &start, &count, series.times.data()));
      });
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

class JoinedFiles : public testing::Test {
 protected:
  void write(const Series& a, const Series& b) const {
    make(folder / "a.nc", a);
    make(folder / "b.nc", b);
  }
  [[nodiscard]] std::vector<std::string> paths() const { return {folder / "a.nc", folder / "b.nc"}; }
  cw::NetcdfDataset::Joined open(const std::string& name = "v", cw::NetcdfOptions options = {}) {
    options.warn = [this](const std::string& sentence) { warned += sentence + "\n"; };
    return cw::NetcdfDataset(paths(), options).open(name);
  }
  TemporaryFolder folder;
  std::string warned;
};

TEST_F(JoinedFiles, PromoteTypesThatDiffer) {
  write({{1, 2}, NC_SHORT}, {{100000, 200000}, NC_INT});
  EXPECT_EQ(open().array.node->dtype, cw::DType::int32);
  EXPECT_EQ(values(open().array), (std::vector<double>{1, 2, 100000, 200000}));
}

TEST_F(JoinedFiles, KeepNotANumberBesideIntegers) {
  write({{100000}, NC_INT}, {{0.75, NAN, 1e12}, NC_FLOAT});
  const std::vector<double> found = values(open().array);
  EXPECT_EQ(open().array.node->dtype, cw::DType::float64);
  EXPECT_EQ(found[0], 100000);
  EXPECT_EQ(found[1], 0.75);
  EXPECT_TRUE(std::isnan(found[2]));
}

TEST_F(JoinedFiles, LoseNoIntegerOf64BitsSilently) {
  write({{1}, NC_FLOAT}, {{}, NC_INT64});
  int file = 0;
  nc(nc_open((folder / "b.nc").c_str(), NC_WRITE, &file));
  const long long large = (1LL << 53) + 1;
  const std::size_t at = 0;
  nc(nc_put_var1_longlong(file, 0, &at, &large));
  nc(nc_close(file));
  const Caught caught = error_of([&] { (void)values(open().array); });
  EXPECT_EQ(caught.code, cw::ErrorCode::type_mismatch);
  EXPECT_TRUE(caught.says("9007199254740993") && caught.says("cast=true")) << caught.message;
  EXPECT_EQ(values(open("v", {.cast = true}).array).back(), 9007199254740992.0);
}

TEST_F(JoinedFiles, OpenAsATypeThatHoldsTheirValues) {
  write({{1, 2}, NC_SHORT}, {{100000, 200000}, NC_INT});
  const auto open_as = [&](cw::DType type, const cw::NetcdfOptions& options = {}) {
    return cw::open_netcdf_parts(paths(), "v", type, options);
  };
  const Caught caught = error_of([&] { (void)open_as(cw::DType::int16); });
  EXPECT_EQ(caught.code, cw::ErrorCode::type_mismatch);
  EXPECT_TRUE(caught.says("b.nc holds int32") && caught.says("open it as int32")) << caught.message;
  EXPECT_EQ(error_of([&] { (void)open_as(cw::DType::float32); }).code, cw::ErrorCode::type_mismatch);
  EXPECT_EQ(open_as(cw::DType::float64).parts.size(), 2U);
  EXPECT_EQ(open_as(cw::DType::int16, {.cast = true}).parts.size(), 2U);
}

TEST_F(JoinedFiles, CountTheirTimesInOneUnit) {
  write({{1, 2}, NC_FLOAT, {0, 31}}, {{3, 4}, NC_FLOAT, {0, 31}, "days since 2000-03-01", "gregorian"});
  EXPECT_EQ(open().array.labels.coordinate(0).to_vector(), (std::vector<double>{0, 31, 60, 91}));
  EXPECT_EQ(values(open("time").array), (std::vector<double>{0, 31, 60, 91}));
  EXPECT_EQ(warned, "");
}

TEST_F(JoinedFiles, KeepMissingTimesMissing) {
  make(folder / "a.nc", {{1, 2}, NC_FLOAT, {0, 1}});
  make_file(
      folder / "b.nc", NC_NETCDF4, NC_FLOAT, {{"time", 0}},
      [](int file, int) {
        const int dimension = 0;
        const short fill = -1;
        int time = 0;
        nc(nc_def_var(file, "time", NC_SHORT, 1, &dimension, &time));
        nc(nc_put_att_short(file, time, "_FillValue", NC_SHORT, 1, &fill));
        put_text(file, time, "units", "hours since 2000-01-03");
      },
      [](int file, int variable) {
        const std::size_t start = 0, count = 2;
        const std::vector<float> values{3, 4};
        const std::vector<short> times{0, -1};
        nc(nc_put_vara_float(file, variable, &start, &count, values.data()));
        nc(nc_put_vara_short(file, variable + 1, &start, &count, times.data()));
      });
  const cw::Coordinate times = open().array.labels.coordinate(0);
  EXPECT_EQ(times.slice({0, 1, 3}).to_vector(), (std::vector<double>{0, 24, 48}));
  EXPECT_TRUE(std::isnan(times[3]));
  EXPECT_EQ(warned, "");
  // Another file may have the number that is missing here.
  const cw::Coordinate real({-1.0, 5.0}, {{"units", "hours since 2000-01-03"}});
  const cw::Coordinate with_fill(
      {0.0, 7.0}, {{"units", "hours since 2000-01-03"}, {"_FillValue", cw::DType::float64, std::vector<double>{-1}}});
  const std::vector<cw::Coordinate> parts{with_fill, real};
  EXPECT_EQ(cw::Coordinate::join(parts).attributes().size(), 1U);
}

TEST_F(JoinedFiles, KnowUnitsOfTimesInLettersOfAnyCase) {
  write({{1, 2}, NC_FLOAT, {0, 1}, "Days Since 2000-01-01"}, {{3, 4}, NC_FLOAT, {0, 24}, "HOURS SINCE 2000-01-03"});
  EXPECT_EQ(open().array.labels.coordinate(0).to_vector(), (std::vector<double>{0, 24, 48, 72}));
  EXPECT_EQ(warned, "");
}

TEST_F(JoinedFiles, CountNanosecondsBesideDays) {
  constexpr double day = 86400e9;
  write({{1, 2}, NC_FLOAT, {0, 1}}, {{3, 4}, NC_FLOAT, {0, day}, "nanoseconds since 2000-01-03"});
  const cw::Coordinate times = open().array.labels.coordinate(0);
  EXPECT_EQ(times.to_vector(), (std::vector<double>{0, day, 2 * day, 3 * day}));
  EXPECT_THAT(to_string(times), testing::EndsWith("nanoseconds since 2000-01-01"));
}

TEST_F(JoinedFiles, OfCalendarsThatDifferBeforeTheReformCountTheSameDays) {
  write({{1, 2}, NC_FLOAT, {0, 1}, "days since 1582-10-04", "standard"},
        {{3, 4}, NC_FLOAT, {1, 2}, "days since 1582-10-15", "proleptic_gregorian"});
  EXPECT_EQ(open().array.labels.coordinate(0).to_vector(), (std::vector<double>{0, 1, 2, 3}));
  EXPECT_EQ(values(open("time").array), (std::vector<double>{0, 1, 2, 3}));
  write({{1, 2}, NC_FLOAT, {0, 1}, "days since 1582-10-15", "proleptic_gregorian"},
        {{3, 4}, NC_FLOAT, {-2, 0}, "days since 1582-10-06", "julian"});
  EXPECT_EQ(open().array.labels.coordinate(0).to_vector(), (std::vector<double>{0, 1, -1, 1}));
}

TEST_F(JoinedFiles, OfDifferentCalendarsAreRefused) {
  write({{1, 2}, NC_FLOAT, {0, 31}, "days since 2000-01-01", "noleap"},
        {{3, 4}, NC_FLOAT, {60, 91}, "days since 2000-01-01", "360_day"});
  const Caught caught = error_of([&] { (void)open(); });
  EXPECT_EQ(caught.code, cw::ErrorCode::name_mismatch);
  EXPECT_TRUE(caught.says("noleap") && caught.says("360_day")) << caught.message;
}

TEST_F(JoinedFiles, ThatOverlapOrRunBackwardsAreSaid) {
  write({{1, 2}, NC_FLOAT, {0, 31}}, {{3, 4}, NC_FLOAT, {31, 60}});
  (void)open();
  EXPECT_NE(warned.find("repeats 2000-02-01 00:00"), std::string::npos) << warned;
  warned.clear();
  std::filesystem::rename(folder / "a.nc", folder / "c.nc");
  std::filesystem::rename(folder / "b.nc", folder / "a.nc");
  std::filesystem::rename(folder / "c.nc", folder / "b.nc");
  (void)open();
  EXPECT_NE(warned.find("runs back to 2000-01-01 00:00"), std::string::npos) << warned;
  warned.clear();
  write({{1, 2}, NC_FLOAT, {31, 30}}, {{3, 4}, NC_FLOAT, {60, 61}});
  (void)open();
  EXPECT_NE(warned.find("turns round to 2000-03-01 00:00"), std::string::npos) << warned;
}

TEST_F(JoinedFiles, MaySpellUnitsDifferentlyWhereThatIsAskedFor) {
  write({{1}, NC_FLOAT, {0}, "days since 2000-01-01", {}, "m s-1"},
        {{2}, NC_FLOAT, {1}, "days since 2000-01-01", {}, "m s**-1"});
  const Caught caught = error_of([&] { (void)open(); });
  EXPECT_EQ(caught.code, cw::ErrorCode::name_mismatch);
  EXPECT_TRUE(caught.says("NetcdfOptions::lenient")) << caught.message;
  EXPECT_EQ(open("v", {.lenient = true}).array.shape, cw::Shape{2});
  using cw::dataset::canonical_units;
  EXPECT_EQ(canonical_units("m/s"), canonical_units("metre second^-1"));
  EXPECT_EQ(canonical_units("kg/m2/s"), canonical_units("kg m-2 s-1"));
  EXPECT_NE(canonical_units("K"), canonical_units("degC"));
}

/// Codes of one day, in a file.
void make_codes(const std::string& path, double day, const std::string& meanings, const std::string& name) {
  const cw::Labels labels({"time"}, {cw::Coordinate({day}, {{"units", "days since 2000-01-01"}})}, "v",
                          {{"flag_values", cw::DType::int8, std::vector<std::int64_t>{1, 2}},
                           {"flag_meanings", meanings},
                           {"long_name", name},
                           {"source", "a model"}});
  cw::write_netcdf(cw::connect("local"), path, cw::from_vector<1>(std::vector<std::int8_t>{1}, {1}).with_labels(labels),
                   {});
}

TEST_F(JoinedFiles, OfCodesThatMeanOtherThingsAreRefused) {
  make_codes(folder / "a.nc", 0, "dry wet", "state");
  make_codes(folder / "b.nc", 1, "wet dry", "state");
  const Caught caught = error_of([&] { (void)open(); });
  EXPECT_EQ(caught.code, cw::ErrorCode::name_mismatch);
  EXPECT_TRUE(caught.says("flag_meanings")) << caught.message;
}

TEST_F(JoinedFiles, KeepTheAttributesThatAllHave) {
  make_codes(folder / "a.nc", 0, "dry wet", "state of the ground");
  make_codes(folder / "b.nc", 1, "dry wet", "state of the sea");
  const cw::Labels labels = open().array.labels;
  std::vector<std::string> names;
  for (const cw::Attribute& attribute : labels.attributes()) names.push_back(attribute.name);
  EXPECT_THAT(names, testing::UnorderedElementsAre("flag_values", "flag_meanings", "source"));
}

/// v(x) without the unlimited time beside it.
void make_static(const std::string& path, double time, double value, const std::vector<float>& x = {0, 1}) {
  make_file(
      path, NC_NETCDF4, NC_FLOAT, {{"x", 2}},
      [](int file, int) {
        int dimension = 0, variable = 0, along = 0;
        nc(nc_def_dim(file, "time", NC_UNLIMITED, &dimension));
        nc(nc_def_var(file, "time", NC_DOUBLE, 1, &dimension, &variable));
        nc(nc_def_var(file, "x", NC_FLOAT, 1, &along, &variable));
      },
      [&](int file, int variable) {
        const std::vector<double> values{0, value};
        const std::size_t start = 0, one = 1;
        nc(nc_put_var_double(file, variable, values.data()));
        nc(nc_put_vara_double(file, 1, &start, &one, &time));
        nc(nc_put_var_float(file, 2, x.data()));
      });
}

TEST_F(JoinedFiles, WithoutTheirDimensionMustBeEqual) {
  make_static(folder / "a.nc", 0, 5);
  make_static(folder / "b.nc", 1, 5);
  EXPECT_EQ(open().array.shape, cw::Shape{2});
  EXPECT_EQ(open().dimension, "");
  EXPECT_EQ((cw::open_netcdf<float, 1>(paths(), "v").shape()), cw::Shape{2});
  make_static(folder / "b.nc", 1, 6);
  const auto typed = [&] { (void)cw::open_netcdf<float, 1>(paths(), "v"); };
  for (const Caught& caught : {error_of([&] { (void)open(); }), error_of(typed)}) {
    EXPECT_EQ(caught.code, cw::ErrorCode::name_mismatch);
    EXPECT_TRUE(caught.says("v[1] is 5") && caught.says("and 6 in ") && caught.says("time")) << caught.message;
  }
}

TEST_F(JoinedFiles, MaySpellUnitsOfTheirCoordinateDifferentlyWhereThatIsAskedFor) {
  write({{1}, NC_FLOAT, {0}, "kg m-2"}, {{2}, NC_FLOAT, {1}, "kg/m2"});
  EXPECT_TRUE(error_of([&] { (void)open(); }).says("NetcdfOptions::lenient"));
  const cw::Coordinate joined = open("v", {.lenient = true}).array.labels.coordinate(0);
  EXPECT_EQ(joined.to_vector(), (std::vector<double>{0, 1}));
  EXPECT_EQ(joined.attributes(), cw::Attributes({{"units", "kg m-2"}}));
}

TEST_F(JoinedFiles, MayRoundTheirCoordinatesDifferentlyWhereThatIsAskedFor) {
  make_static(folder / "a.nc", 0, 5, {0.1F, 359.9F});
  make_static(folder / "b.nc", 1, 5, {0.1F, std::nextafter(359.9F, 360.0F)});
  EXPECT_TRUE(error_of([&] { (void)open(); }).says("x[1]"));
  EXPECT_EQ(open("v", {.lenient = true}).array.shape, cw::Shape{2});
}

TEST_F(JoinedFiles, AreJoinedAlongWhatGrowsAndNotWhatIsLarge) {
  for (const auto& path : paths())
    make_file(
        path, 0, NC_FLOAT, {{"t", 1}, {"y", 2}, {"x", 2}},
        [](int file, int) {
          const std::vector<int> dimensions{1, 2};
          int depth = 0;
          nc(nc_def_var(file, "depth", NC_DOUBLE, 2, dimensions.data(), &depth));
        },
        counting({1, 2, 2}));
  EXPECT_EQ(open().dimension, "t");
  EXPECT_NE(warned.find("joined along t, a guess"), std::string::npos) << warned;
  EXPECT_EQ(open("depth").array.shape, (cw::Shape{2, 2}));
}

TEST_F(JoinedFiles, OfSeveralUnlimitedDimensionsAreJoinedAlongTime) {
  for (int i = 0; i < 2; ++i)
    make_file(paths()[static_cast<std::size_t>(i)], NC_NETCDF4, NC_FLOAT, {{"ens", 0}, {"time", 0}}, nullptr,
              counting({2, 1}));
  EXPECT_EQ(open().dimension, "time");
}

TEST_F(JoinedFiles, AsStoredAreOfOnePacking) {
  for (int i = 0; i < 2; ++i)
    make_file(
        paths()[static_cast<std::size_t>(i)], 0, NC_SHORT, {{"time", 0}},
        [&](int file, int variable) {
          const double scale = i + 1.5;
          nc(nc_put_att_double(file, variable, "scale_factor", NC_DOUBLE, 1, &scale));
        },
        counting({2}));
  EXPECT_EQ(values(open().array), (std::vector<double>{0, 1.5, 0, 2.5}));
  EXPECT_TRUE(error_of([&] { (void)open("v", {.decode = false}); }).says("scale_factor = "));
}

}  // namespace
}  // namespace chunkwise_test
