// What files of results say otherwise than the arrays, or than the files that were read: kept where the format can,
// told where somebody listens, and else refused.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/core/companion.hpp"
#include "chunkwise/netcdf.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/core/attributes.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/netcdf/isolation.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using cw::Attribute;
using cw::Attributes;
using cw::Coordinate;
using cw::DType;
using cw::ErrorCode;
using cw::Labels;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Format = cw::NetcdfWriteOptions::Format;
using Texts = std::vector<std::string>;

/// A variable of a file, with what was said when it was opened.
struct Opened {
  cw::UntypedArray array;
  Texts said;
};

Opened open_said(const std::string& path, const std::string& variable, bool decode = true, bool is_isolated = false) {
  Opened opened;
  cw::NetcdfOptions options;
  options.decode = decode;
  options.isolated = is_isolated;
  options.warn = [&](const std::string& sentence) { opened.said.push_back(sentence); };
  cw::NetcdfParts parts = cw::open_netcdf_parts({path}, variable, std::nullopt, options);
  cw::NodePtr node = cw::build::source(parts.parts.at(0));
  const cw::Shape shape = node->shape;
  opened.array = {std::move(node), shape, std::move(parts.labels)};
  return opened;
}

/// Writes an array, and returns what was said.
Texts write_said(const std::string& path, const cw::UntypedArray& array, Format format = Format::netcdf4) {
  Texts said;
  cw::NetcdfWriteOptions options;
  options.format = format;
  options.warn = [&](const std::string& sentence) { said.push_back(sentence); };
  cw::write(local(), std::vector{array}, std::vector{cw::netcdf_sink(path, options)});
  return said;
}

/// The same with nobody who listens.
Caught refusal(const std::string& path, const cw::UntypedArray& array, Format format = Format::netcdf4) {
  return error_of([&] {
    cw::NetcdfWriteOptions options;
    options.format = format;
    cw::write(local(), std::vector{array}, std::vector{cw::netcdf_sink(path, options)});
  });
}

cw::UntypedArray ones(Labels labels) {
  cw::Array<double, 1> array = cw::from_vector<1>(std::vector<double>{1, 1}, {2}).with_labels(std::move(labels));
  return array.handle();
}

void put_texts(int file, int variable, const char* name, const Texts& texts) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  nc(nc_put_att_string(file, variable, name, pointers.size(), pointers.data()));
}

std::vector<double> decoded(const std::string& path, const std::string& variable = "v") {
  return cw::compute(local(), cw::open_netcdf<double, 1>(path, variable)).mutable_copy();
}

void expect_same(const std::vector<double>& a, const std::vector<double>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) << i;
}

TEST(NamesOfResults, ThatNetcdfForbidsAreChangedWhereSomebodyIsTold) {
  const TemporaryFolder folder;
  const cw::UntypedArray array = ones(Labels({"a/b"}, {}, "grp/t\x01 ", {{"x/y", 1}, {"x_y", 2}}));
  const std::string path = folder / "a.nc";
  EXPECT_THAT(write_said(path, array),
              ElementsAre(path + ": the variable 'grp/t\\x01 ' is called 'grp_t_': NetCDF does not allow its name",
                          path + ": the dimension 'a/b' is called 'a_b': NetCDF does not allow its name",
                          path + ": the attribute 'x/y' of 'grp_t_' is called 'x_y_': NetCDF does not allow its name"));
  const Labels back = open_said(path, "grp_t_").array.labels;
  EXPECT_EQ(back.dimension(0), "a_b");
  EXPECT_EQ(*cw::find_attribute(back.attributes(), "x_y_"), Attribute("x_y_", 1));
  EXPECT_EQ(*cw::find_attribute(back.attributes(), "x_y"), Attribute("x_y", 2));
}

TEST(NamesOfResults, ThatNetcdfForbidsAreRefusedWhereNobodyIsTold) {
  const TemporaryFolder folder;
  for (const Labels& labels :
       {Labels({"a/b"}, {}, "v", {}), Labels({"x"}, {}, "a/b", {}), Labels({"x"}, {}, "v", {{"a/b", 1}}),
        Labels({"x"}, {}, "v", {}).with_file_attributes({{"a/b", 1}})}) {
    const Caught caught = refusal(folder / "a.nc", ones(labels));
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
    EXPECT_TRUE(caught.says("'a/b'") && caught.says("'a_b'") && caught.says("warn")) << caught.message;
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(NamesOfResults, OfAFileThatNetcdfForbidsAreToldWhenTheyAreWritten) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", 0, NC_INT, {{"xSb", 2}}, [](int file, int v) { put_text(file, v, "oSe", "Ohm"); },
      counting({2}));
  auto bytes = bytes_of(folder / "a.nc");
  for (std::size_t i = 0; i + 2 < bytes.size(); ++i)
    if (bytes[i + 1] == std::byte{'S'}) bytes[i + 1] = std::byte{'/'};
  write_bytes(folder / "a.nc", bytes);
  EXPECT_THAT(write_said(folder / "b.nc", open_said(folder / "a.nc", "v").array),
              ElementsAre(HasSubstr("the dimension 'x/b' is called 'x_b'"), HasSubstr("the attribute 'o/e' of 'v'")));
}

TEST(NamesOfFiles, Of256BytesAreReadToTheirEnd) {
  const TemporaryFolder folder;
  const std::string dimension(NC_MAX_NAME, 'd'), name(NC_MAX_NAME, 'n'), attribute(NC_MAX_NAME, 'a');
  const std::string path = folder / "a.nc";
  int file = 0, d = 0, v = 0, text = 0;
  nc(nc_create(path.c_str(), NC_NETCDF4, &file));
  nc(nc_def_dim(file, dimension.c_str(), 3, &d));
  nc(nc_def_var(file, name.c_str(), NC_INT, 1, &d, &v));
  put_text(file, v, attribute.c_str(), "x");
  put_text(file, v, "coordinates", "text");
  nc(nc_def_var(file, "text", NC_CHAR, 1, &d, &text));
  nc(nc_def_var(file, dimension.c_str(), NC_INT, 1, &d, &text));
  nc(nc_close(file));
  for (const bool is_isolated : {false, true}) {
    const cw::FileDescription found = cw::inspect_netcdf(path, is_isolated);
    EXPECT_EQ(found.dimensions.at(0).name, dimension);
    EXPECT_EQ(found.variables.at(0).name, name);
    EXPECT_EQ(found.variables.at(0).dimensions, Texts{dimension});
    const Labels labels = open_said(path, name, true, is_isolated).array.labels;
    EXPECT_EQ(labels.name(), name);
    EXPECT_EQ(labels.dimension(0), dimension);
    EXPECT_TRUE(labels.coordinate(0));
    EXPECT_NE(cw::find_attribute(labels.attributes(), attribute), nullptr);
    ASSERT_EQ(labels.companions().size(), 1U);
    EXPECT_EQ(labels.companions().front().dimensions(), Texts{dimension});
  }
}

TEST(ReservedAttributes, StayInFormatsThatDoNotUseThem) {
  const TemporaryFolder folder;
  const Texts names{"NAME", "CLASS", "DIMENSION_LIST", "REFERENCE_LIST", "DIMENSION_LABELS", "_Netcdf4Dimid"};
  make_file(
      folder / "a.nc", 0, NC_INT, {{"x", 2}},
      [&](int file, int v) {
        for (const std::string& name : names) put_text(file, v, name.c_str(), "own");
        put_text(file, NC_GLOBAL, "CLASS", "own");
      },
      counting({2}));
  const cw::UntypedArray array = open_said(folder / "a.nc", "v").array;
  for (const Format format : {Format::classic, Format::offset64, Format::cdf5}) {
    EXPECT_THAT(write_said(folder / "b.nc", array, format), IsEmpty());
    const Labels back = open_said(folder / "b.nc", "v").array.labels;
    for (const std::string& name : names) EXPECT_EQ(cw::text_attribute(back.attributes(), name), "own") << name;
    EXPECT_EQ(cw::text_attribute(back.file_attributes(), "CLASS"), "own");
  }
  const Texts said = write_said(folder / "b.nc", array);
  EXPECT_EQ(said.size(), names.size() + 1);
  for (const std::string& name : names)
    EXPECT_THAT(said, testing::Contains(HasSubstr("the attribute '" + name + "' of 'v' is left out")));
  EXPECT_THAT(said, testing::Contains(HasSubstr("the attribute 'CLASS' of the file is left out")));
  EXPECT_THAT(open_said(folder / "b.nc", "v").array.labels.attributes(), IsEmpty());
  EXPECT_TRUE(refusal(folder / "b.nc", array).says("NetCDF-4 files keep this name for themselves"));
}

TEST(TextsInOneAttribute, TravelFromFileToFile) {
  const TemporaryFolder folder;
  const Texts several{"first", "", "dr\xC3\xA4nage, two\nlines"};
  make_file(
      folder / "a.nc", NC_NETCDF4, NC_INT, {{"x", 2}},
      [&](int file, int v) {
        put_texts(file, v, "names", several);
        put_texts(file, v, "one", {"only"});
        put_texts(file, NC_GLOBAL, "authors", several);
      },
      counting({2}));
  for (const bool is_isolated : {false, true}) {
    const cw::UntypedArray array = open_said(folder / "a.nc", "v", true, is_isolated).array;
    EXPECT_EQ(cw::texts_in(std::get<std::string>(cw::find_attribute(array.labels.attributes(), "names")->value)),
              several);
    EXPECT_THAT(write_said(folder / "b.nc", array), IsEmpty());
    const Labels back = open_said(folder / "b.nc", "v").array.labels;
    EXPECT_EQ(back.attributes(), array.labels.attributes());
    EXPECT_EQ(back.file_attributes(), array.labels.file_attributes());
  }
}

TEST(TextsInOneAttribute, BecomeLinesWhereAFormatHasNoLists) {
  const TemporaryFolder folder;
  const cw::UntypedArray array = ones(Labels({"x"}, {}, "v",
                                             {{"names",
                                               "a\x1e"
                                               "b c"}}));
  for (const Format format : {Format::classic, Format::cdf5}) {
    EXPECT_THAT(write_said(folder / "a.nc", array, format),
                ElementsAre(HasSubstr("the attribute 'names' of 'v' is written as one text of 2 lines")));
    EXPECT_EQ(cw::text_attribute(open_said(folder / "a.nc", "v").array.labels.attributes(), "names"), "a\nb c");
    EXPECT_EQ(refusal(folder / "b.nc", array, format).code, ErrorCode::invalid_argument);
  }
}

TEST(AttributesOfOtherTypes, AreSaidToStayBehind) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", NC_NETCDF4, NC_INT, {{"x", 2}},
      [](int file, int v) {
        int type = 0;
        const signed char one = 1;
        nc(nc_def_enum(file, NC_BYTE, "cloud", &type));
        nc(nc_insert_enum(file, type, "clear", &one));
        nc(nc_put_att(file, v, "sky", type, 1, &one));
      },
      counting({2}));
  for (const bool is_isolated : {false, true})
    EXPECT_THAT(open_said(folder / "a.nc", "v", true, is_isolated).said,
                ElementsAre(HasSubstr("its attribute 'sky' is neither numbers nor text")));
}

TEST(StoredValues, KeepAnAttributeThatIsNotANumber) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", NC_NETCDF4, NC_SHORT, {{"x", 3}},
      [](int file, int v) {
        const double low = 1.5;
        nc(nc_put_att_double(file, v, "scale_factor", NC_DOUBLE, 1, &nan));
        nc(nc_put_att_double(file, v, "valid_min", NC_DOUBLE, 1, &low));
      },
      counting({3}));
  const cw::UntypedArray array = open_said(folder / "a.nc", "v", false).array;
  EXPECT_THAT(write_said(folder / "b.nc", array), IsEmpty());
  const Attributes back = open_said(folder / "b.nc", "v", false).array.labels.attributes();
  EXPECT_TRUE(cw::have_equal_values(*cw::find_attribute(back, "scale_factor"), Attribute("scale_factor", nan)));
  EXPECT_EQ(*cw::find_attribute(back, "valid_min"), Attribute("valid_min", 1.5));
  EXPECT_THAT(open_said(folder / "a.nc", "v").said, ElementsAre(HasSubstr("its scale_factor is not finite")));
}

/// A classic file of four shorts with a fill value of another type, which other libraries write.
void make_misfit(const std::string& path, std::int32_t fill, bool is_unsigned = false) {
  make_file(
      path, 0, NC_SHORT, {{"x", 4}},
      [&](int file, int v) {
        const double scale = 0.5;
        nc(nc_put_att_int(file, v, "_FillValXe", NC_INT, 1, &fill));
        nc(nc_put_att_double(file, v, "scale_factor", NC_DOUBLE, 1, &scale));
        if (is_unsigned) put_text(file, v, "_Unsigned", "true");
      },
      [](int file, int v) {
        const short values[] = {1, -2, 7, 9};
        nc(nc_put_var_short(file, v, values));
      });
  auto bytes = bytes_of(path);
  for (std::size_t i = 0; i + 8 < bytes.size(); ++i)
    if (bytes[i] == std::byte{'_'} && bytes[i + 1] == std::byte{'F'}) bytes[i + 8] = std::byte{'u'};
  write_bytes(path, bytes);
}

TEST(StoredValues, LeaveOutAFillValueThatNoneCanEqualAsReadingDoes) {
  const TemporaryFolder folder;
  make_misfit(folder / "a.nc", 100000);
  EXPECT_THAT(open_said(folder / "a.nc", "v").said, ElementsAre(HasSubstr("its _FillValue = 100000 (int32) does not")));
  const cw::UntypedArray stored = open_said(folder / "a.nc", "v", false).array;
  for (const Format format : {Format::netcdf4, Format::classic}) {
    EXPECT_THAT(write_said(folder / "b.nc", stored, format),
                ElementsAre(HasSubstr("the attribute '_FillValue' of 'v' is left out: it is not one number of int16")));
    expect_same(decoded(folder / "b.nc"), decoded(folder / "a.nc"));
  }
  EXPECT_TRUE(refusal(folder / "c.nc", stored).says("'_FillValue'"));
}

TEST(StoredValues, OfIntegersThatAreFilledWithNotANumberAreCopiedWithoutIt) {
  const TemporaryFolder folder;
  const Labels labels({"x"}, {}, "v", {{"scale_factor", 0.5}, {"_FillValue", nan}});
  const auto x = cw::from_vector<1>(std::vector<std::int16_t>{2, 4}, {2}).with_labels(labels).with_stored_values();
  cw::write_netcdf(local(), folder / "a.nc", x);
  expect_same(decoded(folder / "a.nc"), {1, 2});
}

TEST(StoredValues, KeepAFillValueThatIsWrittenWithoutItsSign) {
  const TemporaryFolder folder;
  make_misfit(folder / "a.nc", 65534, true);
  const std::vector<double> values = decoded(folder / "a.nc");
  EXPECT_TRUE(std::isnan(values[1]) && values[0] == 0.5);
  for (const Format format : {Format::netcdf4, Format::classic}) {
    EXPECT_THAT(write_said(folder / "b.nc", open_said(folder / "a.nc", "v", false).array, format), IsEmpty());
    expect_same(decoded(folder / "b.nc"), values);
  }
}

TEST(StoredValues, OfElementsThatNobodyWroteAreMissingInTheCopyToo) {
  const TemporaryFolder folder;
  for (const int type : {NC_SHORT, NC_FLOAT}) {
    make_file(
        folder / "a.nc", NC_NETCDF4, type, {{"x", 3}},
        [&](int file, int v) {
          const double scale = 2;
          if (type == NC_SHORT) nc(nc_put_att_double(file, v, "scale_factor", NC_DOUBLE, 1, &scale));
        },
        [](int file, int v) {
          const std::size_t start = 0, count = 2;
          const short values[] = {1, 2};
          nc(nc_put_vara_short(file, v, &start, &count, values));
        });
    const std::vector<double> values = decoded(folder / "a.nc");
    EXPECT_TRUE(std::isnan(values[2]));
    (void)write_said(folder / "b.nc", open_said(folder / "a.nc", "v", false).array);
    expect_same(decoded(folder / "b.nc"), values);
  }
}

TEST(StoredValues, OfAnotherOrderThanTheValuesAreSaid) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", 0, NC_BYTE, {{"x", 3}}, [](int file, int v) { put_text(file, v, "_Unsigned", "true"); },
      counting({3}));
  EXPECT_THAT(open_said(folder / "a.nc", "v", false).said,
              ElementsAre("v of " + (folder / "a.nc") +
                          ": its numbers are taken as they are stored, int8, though _Unsigned says that they are "
                          "uint8; sort, min, max and comparisons go by the stored numbers"));
  EXPECT_THAT(open_said(folder / "a.nc", "v").said, IsEmpty());
}

TEST(StoredValues, TakeThePlaceOfACoordinateThatIsPackedLikeThem) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", 0, NC_INT, {{"lat", 3}},
      [](int file, int) {
        const int dimension = 0;
        const double scale = 0.5;
        int lat = 0;
        nc(nc_def_var(file, "lat", NC_SHORT, 1, &dimension, &lat));
        nc(nc_put_att_double(file, lat, "scale_factor", NC_DOUBLE, 1, &scale));
      },
      [](int file, int v) {
        const short places[] = {10, 20, 30};
        int lat = 0;
        nc(nc_inq_varid(file, "lat", &lat));
        nc(nc_put_var_short(file, lat, places));
        counting({3})(file, v);
      });
  const cw::UntypedArray v = open_said(folder / "a.nc", "v", false).array;
  const cw::UntypedArray lat = open_said(folder / "a.nc", "lat", false).array;
  const auto write_both = [&](const cw::UntypedArray& in_its_place) {
    cw::write(local(), std::vector{in_its_place, v}, cw::netcdf_sinks(folder / "b.nc", 2));
  };
  write_both(lat);
  EXPECT_EQ(open_said(folder / "b.nc", "v").array.labels.coordinate(0).to_vector(), (std::vector<double>{5, 10, 15}));
  // The same numbers, and nothing that says what they stand for.
  cw::UntypedArray plain = lat;
  plain.labels = plain.labels.renamed("lat");
  const Caught caught = error_of([&] { write_both(plain); });
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("'lat'")) << caught.message;
}

TEST(CoordinatesOfResults, ThatAFormatWouldRoundAreRefused) {
  const TemporaryFolder folder;
  const std::int64_t first = 1'700'000'000'000'000'001;
  auto values = std::make_shared<cw::CoordinateValues>();
  values->dtype = DType::int64;
  for (const std::int64_t time : {first, first + 1}) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&time);
    values->bytes.insert(values->bytes.end(), bytes, bytes + sizeof time);
  }
  values->attributes = {{"units", "nanoseconds since 1970-01-01"}};
  const cw::UntypedArray array = ones(Labels({"time"}, {Coordinate(values)}, "v", {}));
  const Caught caught = error_of([&] { (void)write_said(folder / "a.nc", array, Format::classic); });
  EXPECT_EQ(caught.code, ErrorCode::unsupported);
  EXPECT_TRUE(caught.says("'time' has the value 1700000000000000001")) << caught.message;
  for (const Format format : {Format::netcdf4, Format::cdf5}) {
    EXPECT_THAT(write_said(folder / "a.nc", array, format), IsEmpty());
    EXPECT_EQ(open_said(folder / "a.nc", "v").array.labels.coordinate(0).to_bytes(), values->bytes);
  }
}

TEST(CoordinatesOfResults, KeepTheirFillValueInTheTypeOfTheFormat) {
  const TemporaryFolder folder;
  auto values = std::make_shared<cw::CoordinateValues>();
  values->dtype = DType::int64;
  values->bytes.resize(2 * sizeof(std::int64_t));
  values->attributes = {Attribute("_FillValue", std::int64_t{-1})};
  const cw::UntypedArray array = ones(Labels({"x"}, {Coordinate(values)}, "v", {}));
  EXPECT_THAT(write_said(folder / "a.nc", array, Format::classic), IsEmpty());
  EXPECT_EQ(*cw::find_attribute(open_said(folder / "a.nc", "v").array.labels.coordinate(0).attributes(), "_FillValue"),
            Attribute("_FillValue", -1.0));
}

TEST(HistoryOfResults, ThatIsNoTextIsKeptOrSaid) {
  const TemporaryFolder folder;
  const cw::UntypedArray array = ones(Labels({"x"}, {}, "v", {}).with_file_attributes({{"history", 7}}));
  EXPECT_THAT(write_said(folder / "a.nc", array), IsEmpty());
  EXPECT_EQ(open_said(folder / "a.nc", "v").array.labels.file_attributes(), (Attributes{{"history", 7}}));
  Texts said;
  cw::NetcdfWriteOptions options;
  options.history = "now";
  options.warn = [&](const std::string& sentence) { said.push_back(sentence); };
  cw::write(local(), std::vector{array}, std::vector{cw::netcdf_sink(folder / "a.nc", options)});
  EXPECT_THAT(said, ElementsAre(HasSubstr("the attribute 'history' of the file is left out")));
}

}  // namespace
}  // namespace chunkwise_test
