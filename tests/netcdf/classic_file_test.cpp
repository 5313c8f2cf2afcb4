// What a classic file tells of itself is the same by our reading of its header and by netcdf-c's.
#include "runtime/netcdf/classic_file.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>

#include "runtime/dataset/format/descriptor.hpp"
#include "runtime/netcdf/nc_file.hpp"
#include "tests/netcdf/files.hpp"
#include "tests/netcdf/reference_files.hpp"

namespace chunkwise_test {
namespace {

using cw::ErrorCode;
using cw::netcdf::ClassicFile;
using cw::netcdf::Location;
using cw::netcdf::NcFile;
using cw::netcdf::OpenFile;
using cw::netcdf::Variable;

ClassicFile ours(const std::string& path) { return {std::make_shared<const cw::netcdf::Descriptor>(path), "file.nc"}; }

/// Returns the message of the error that f throws; nothing if it throws none.
template <class F>
std::string words_of(const F& f) {
  try {
    f();
    return {};
  } catch (const cw::Error& error) {
    return error.what();
  }
}

void expect_same(const cw::Attributes& a, const cw::Attributes& b, const std::string& where) {
  ASSERT_EQ(a.size(), b.size()) << where;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name) << where;
    EXPECT_EQ(a[i].dtype, b[i].dtype) << where << ": " << a[i].name;
    ASSERT_EQ(a[i].value.index(), b[i].value.index()) << where << ": " << a[i].name;
    // As bytes: a NaN is a NaN.
    if (const auto* numbers = std::get_if<std::vector<double>>(&a[i].value)) {
      const auto& others = std::get<std::vector<double>>(b[i].value);
      ASSERT_EQ(numbers->size(), others.size()) << where << ": " << a[i].name;
      EXPECT_TRUE(numbers->empty() ||
                  std::memcmp(numbers->data(), others.data(), numbers->size() * sizeof(double)) == 0)
          << where << ": " << a[i].name;
    } else {
      EXPECT_EQ(a[i], b[i]) << where;
    }
  }
}

void expect_same(const Variable& a, const Variable& b, const std::string& where) {
  EXPECT_EQ(a.name, b.name) << where;
  EXPECT_EQ(a.type, b.type) << where;
  EXPECT_EQ(a.shape, b.shape) << where;
  EXPECT_EQ(a.dimensions, b.dimensions) << where;
  EXPECT_EQ(a.dimension_ids, b.dimension_ids) << where;
  EXPECT_EQ(a.record_axis, b.record_axis) << where;
  EXPECT_EQ(a.chunks, b.chunks) << where;
  EXPECT_EQ(a.filtered, b.filtered) << where;
  EXPECT_EQ(a.prefilled, b.prefilled) << where;
  expect_same(a.attributes, b.attributes, where);
}

std::vector<std::byte> line_of(const OpenFile& file, const Location& at, const Variable& variable) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(variable.shape.elements()) * size_of(variable.type));
  file.read_line(at, variable.shape[0], bytes.data(), "reading");
  return bytes;
}

/// Holds all that one tells against the other. Returns how many variables there were.
std::size_t expect_same(const OpenFile& a, const OpenFile& b, const std::string& path) {
  EXPECT_EQ(a.format(), b.format()) << path;
  expect_same(a.attributes(), b.attributes(), path);

  const auto dimensions = a.dimensions();
  const auto others = b.dimensions();
  EXPECT_EQ(dimensions.size(), others.size()) << path;
  for (std::size_t i = 0; i < std::min(dimensions.size(), others.size()); ++i) {
    EXPECT_EQ(dimensions[i].name, others[i].name) << path;
    EXPECT_EQ(dimensions[i].length, others[i].length) << path << ": " << dimensions[i].name;
    EXPECT_EQ(dimensions[i].unlimited, others[i].unlimited) << path << ": " << dimensions[i].name;
  }

  const auto variables = a.variables();
  const auto other_variables = b.variables();
  EXPECT_EQ(variables.size(), other_variables.size()) << path;
  for (std::size_t i = 0; i < std::min(variables.size(), other_variables.size()); ++i) {
    const std::string where = variables[i].name + " of " + path;
    EXPECT_EQ(variables[i].name, other_variables[i].name) << path;
    EXPECT_EQ(variables[i].type, other_variables[i].type) << where;
    const Location at = a.locate(variables[i].name), there = b.locate(variables[i].name);
    EXPECT_EQ(at.variable, there.variable) << where;
    EXPECT_EQ(a.locate("/" + variables[i].name).variable, at.variable) << where;

    const std::string problem = words_of([&] { (void)a.describe(at, where); });
    EXPECT_EQ(problem, words_of([&] { (void)b.describe(there, where); }));
    if (!problem.empty()) continue;
    const Variable variable = a.describe(at, where);
    expect_same(variable, b.describe(there, where), where);
    for (std::size_t axis = 0; axis < variable.dimensions.size(); ++axis) {
      const auto found = a.find_coordinate(at, variable.dimension_ids[axis], variable.dimensions[axis]);
      const auto other = b.find_coordinate(there, variable.dimension_ids[axis], variable.dimensions[axis]);
      EXPECT_EQ(found.has_value(), other.has_value()) << where;
      EXPECT_EQ(found.value_or(Location{}).variable, other.value_or(Location{}).variable) << where;
    }
    if (variable.shape.rank() != 1) continue;
    EXPECT_EQ(line_of(a, at, variable), line_of(b, there, variable)) << where;
  }

  for (const char* name : {"no such variable", "/no", "group/v", "group/", "/"})
    EXPECT_EQ(words_of([&] { (void)a.locate(name); }), words_of([&] { (void)b.locate(name); })) << path;
  return variables.size();
}

std::size_t expect_as_netcdf_c(const std::string& path) {
  return expect_same(ours(path), NcFile(fs::absolute(path), "file.nc"), path);
}

class ClassicFileOfFormat : public testing::TestWithParam<int> {
 protected:
  [[nodiscard]] static bool has_all_types() { return GetParam() == NC_64BIT_DATA; }
  /// Every external type of the format but text.
  [[nodiscard]] static std::vector<int> types() {
    std::vector<int> types{NC_BYTE, NC_SHORT, NC_INT, NC_FLOAT, NC_DOUBLE};
    if (has_all_types()) types.insert(types.end(), {NC_UBYTE, NC_USHORT, NC_UINT, NC_INT64, NC_UINT64});
    return types;
  }
};
INSTANTIATE_TEST_SUITE_P(Formats, ClassicFileOfFormat, testing::Values(0, NC_64BIT_OFFSET, NC_64BIT_DATA));

/// Attributes of `count` elements of a type, with the limits of the type among them.
void put_numbers(int file, int variable, int type, std::size_t count) {
  const std::string name = "type_" + std::to_string(type) + "_" + std::to_string(count);
  const std::array<std::uint64_t, 4> integers{0xFFFF'FFFF'FFFF'FFFF, 0x8081'8283'8485'8687, 0x7F7E'7D7C'7B7A'7978, 1};
  const std::array<double, 4> doubles{-0.1, std::numeric_limits<double>::quiet_NaN(), -1e300, 5e-324};
  const std::array<float, 4> floats{-0.1F, std::numeric_limits<float>::quiet_NaN(), -1e30F, 1e-45F};
  const void* elements = integers.data();
  if (type == NC_DOUBLE) elements = doubles.data();
  if (type == NC_FLOAT) elements = floats.data();
  nc(nc_put_att(file, variable, name.c_str(), type, count, elements));
}

TEST_P(ClassicFileOfFormat, EveryTypeAndLengthOfAttribute) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", GetParam(), NC_INT, {{"x", 3}},
      [&](int file, int variable) {
        for (const int owner : {NC_GLOBAL, variable}) {
          for (const int type : types())
            for (const std::size_t count : {0U, 1U, 2U, 3U, 4U}) put_numbers(file, owner, type, count);
          put_text(file, owner, "empty", "");
          put_text(file, owner, "units", "K");
          put_text(file, owner, "terminated", std::string("counted\0\0", 9));
          put_text(file, owner, "in the middle", std::string("a\0b", 3));
          put_text(file, owner, "zeros", std::string(5, '\0'));
          put_text(file, owner, "größe", "日本語, αβγ");
          put_text(file, owner, "not utf-8", "\xE9t\xE9");
        }
      },
      counting({3}));
  EXPECT_EQ(expect_as_netcdf_c(folder / "a.nc"), 1U);
  EXPECT_EQ(ours(folder / "a.nc").attributes().size(), types().size() * 5 + 7);
}

TEST_P(ClassicFileOfFormat, EveryTypeAndShapeOfVariable) {
  for (const std::size_t records : {0U, 1U, 3U}) {
    const TemporaryFolder folder;
    make_file(
        folder / "a.nc", GetParam(), NC_SHORT, {{"time", 0}, {"x", 5}, {"länge", 2}},
        [&](int file, int) {
          const auto define = [&](const std::string& name, int type, const std::vector<int>& dimensions) {
            int id = 0;
            nc(nc_def_var(file, name.c_str(), type, static_cast<int>(dimensions.size()), dimensions.data(), &id));
          };
          std::vector<int> all = types();
          all.push_back(NC_CHAR);
          for (const int type : all) {
            define("fixed_" + std::to_string(type), type, {1, 2});
            define("record_" + std::to_string(type), type, {0, 1});
            define("number_" + std::to_string(type), type, {});
          }
          define("time", NC_DOUBLE, {0});
          define("länge", NC_INT, {2});
          define("nine_axes", NC_BYTE, {0, 1, 2, 2, 2, 2, 2, 2, 2});
        },
        [&](int file, int) {
          int time = 0;
          nc(nc_inq_varid(file, "time", &time));
          if (records > 0) counting({records}, 0.5)(file, time);
        });
    EXPECT_EQ(expect_as_netcdf_c(folder / "a.nc"), 4 + 3 * (types().size() + 1));
  }
}

TEST_P(ClassicFileOfFormat, ACoordinateIsNumbersAlongItsOwnDimensionAlone) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", GetParam(), NC_INT, {{"x", 3}, {"y", 3}, {"text", 3}, {"plane", 3}, {"missing", 3}},
      [](int file, int) {
        const std::vector<int> x{0}, text{2}, plane{3, 3};
        int id = 0;
        nc(nc_def_var(file, "x", NC_FLOAT, 1, x.data(), &id));
        nc(nc_def_var(file, "y", NC_FLOAT, 1, x.data(), &id));
        nc(nc_def_var(file, "text", NC_CHAR, 1, text.data(), &id));
        nc(nc_def_var(file, "plane", NC_FLOAT, 2, plane.data(), &id));
      },
      nullptr);
  EXPECT_EQ(expect_as_netcdf_c(folder / "a.nc"), 5U);
  const ClassicFile file = ours(folder / "a.nc");
  const Location v = file.locate("v");
  EXPECT_EQ(file.find_coordinate(v, 0, "x")->variable, 1);
  for (const auto& [id, name] : {std::pair(1, "y"), {2, "text"}, {3, "plane"}, {4, "missing"}})
    EXPECT_FALSE(file.find_coordinate(v, id, name)) << name;
}

TEST_P(ClassicFileOfFormat, FillingSwitchedOffIsNotTold) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", GetParam(), NC_INT, {{"x", 3}}, [](int file, int) { nc(nc_set_fill(file, NC_NOFILL, nullptr)); },
      counting({3}));
  EXPECT_EQ(expect_as_netcdf_c(folder / "a.nc"), 1U);
  const ClassicFile file = ours(folder / "a.nc");
  EXPECT_TRUE(file.describe(file.locate("v"), "v").prefilled);
}

TEST_P(ClassicFileOfFormat, AFileMayHoldNothing) {
  const TemporaryFolder folder;
  int file = 0;
  nc(nc_create((folder / "a.nc").c_str(), GetParam(), &file));
  nc(nc_close(file));
  EXPECT_EQ(expect_as_netcdf_c(folder / "a.nc"), 0U);
}

TEST_P(ClassicFileOfFormat, AnAttributeLongerThanTheFileIsRefusedBeforeItIsHeld) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(
      path, GetParam(), NC_INT, {{"x", 3}}, [](int file, int) { put_text(file, NC_GLOBAL, "title", "hello"); },
      counting({3}));
  auto bytes = bytes_of(path);
  // The length stands before the text: 4 bytes, in CDF-5 8.
  const std::string text = "hello";
  const auto same = [](std::byte a, char b) { return a == static_cast<std::byte>(b); };
  const auto begin = std::search(bytes.begin(), bytes.end(), text.begin(), text.end(), same) - bytes.begin();
  for (const unsigned length : {0x7FU, 0xFFU}) {
    bytes[static_cast<std::size_t>(begin) - (has_all_types() ? 8U : 4U)] = static_cast<std::byte>(length);
    write_bytes(path, bytes);
    const Caught caught = error_of([&] { (void)ours(path); });
    EXPECT_EQ(caught.code, ErrorCode::corrupt) << caught.message;
  }
}

class ClassicFilesOf : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Folders, ClassicFilesOf, testing::ValuesIn(reference_names()),
                         [](const auto& folder) { return folder.param; });

TEST_P(ClassicFilesOf, TellWhatNetcdfCTells) {
  std::size_t files = 0, variables = 0;
  for (const auto& entry : fs::recursive_directory_iterator(reference_files(GetParam()).folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::array<char, 3> magic{};
    in.read(magic.data(), magic.size());
    if (!entry.is_regular_file() || std::string_view(magic.data(), magic.size()) != "CDF") continue;
    // What we refuse is refused for its damage, which netcdf-c may overlook.
    if (!words_of([&] { (void)ours(entry.path()); }).empty()) continue;
    variables += expect_as_netcdf_c(entry.path());
    ++files;
  }
  EXPECT_GE(files, 8U);
  EXPECT_GT(variables, 100U);
}

}  // namespace
}  // namespace chunkwise_test
