/// Files of many origins, and others that are made here: every variable opens with the right shape and type, or is
/// refused with a sentence, and what is read from it has the statistics that another reader found.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "tests/netcdf/files.hpp"
#include "tests/netcdf/reference_files.hpp"

namespace chunkwise_test {
namespace {

using cw::DType;
using cw::Encoding;
using nlohmann::json;

class ReferenceFilesOf : public testing::TestWithParam<std::string> {
 protected:
  const ReferenceFiles& files = reference_files(GetParam());
  const json statistics = files.statistics();
};
INSTANTIATE_TEST_SUITE_P(Folders, ReferenceFilesOf, testing::ValuesIn(reference_names()),
                         [](const auto& folder) { return folder.param; });

/// The plainest reading of an Encoding: every element as float64, missing ones NaN.
std::vector<double> decode(const cw::SourcePtr& source) {
  const Encoding& encoding = source->encoding();
  return cw::dispatch(encoding.stored, [&]<class T>(T) {
    std::vector<double> values;
    const auto count = static_cast<std::size_t>(source->shape().elements());
    const std::unique_ptr<T[]> stored(new T[count + 1]);
    source->read(cw::Region::whole(source->shape()), stored.get());
    for (std::size_t i = 0; i < count; ++i) {
      bool missing = false;
      for (const cw::Scalar& scalar : encoding.missing) missing = missing || scalar.as<T>() == stored[i];
      if (encoding.has_valid_range)
        missing = missing || stored[i] < encoding.valid_min.as<T>() || stored[i] > encoding.valid_max.as<T>();
      const auto value = static_cast<double>(stored[i]);
      values.push_back(missing           ? std::numeric_limits<double>::quiet_NaN()
                       : encoding.scaled ? value * encoding.scale + encoding.offset
                                         : value);
    }
    return values;
  });
}

struct Statistics {
  std::int64_t valid = 0;
  double sum = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
};

Statistics plain_statistics(const std::vector<double>& values) {
  Statistics result;
  long double sum = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    ++result.valid;
    sum += value;
    result.min = std::min(result.min, value);
    result.max = std::max(result.max, value);
  }
  result.sum = static_cast<double>(sum);
  return result;
}

/// The element type in NumPy's letters, e.g. ">i2"; none for text and other types.
std::optional<DType> dtype_of_letters(const std::string& letters) {
  static const std::map<std::string, DType> types{{"i1", DType::int8},   {"i2", DType::int16},  {"i4", DType::int32},
                                                  {"i8", DType::int64},  {"u1", DType::uint8},  {"u2", DType::uint16},
                                                  {"u4", DType::uint32}, {"u8", DType::uint64}, {"f4", DType::float32},
                                                  {"f8", DType::float64}};
  const auto found = letters.size() == 3 ? types.find(letters.substr(1)) : types.end();
  return found == types.end() ? std::nullopt : std::optional(found->second);
}

/// The statistics follow another rule than ours in one thing: they count the default fill value -127 of bytes as
/// missing, against the advice of the NetCDF guide.
void mask_default_fill_of_bytes(const json& expected, std::vector<double>& values) {
  if (expected["dtype"] != "|i1" || expected.contains("_FillValue") || expected.contains("_Unsigned")) return;
  std::replace(values.begin(), values.end(), -127.0, std::numeric_limits<double>::quiet_NaN());
}

TEST_P(ReferenceFilesOf, OpenWithTheRightShapesAndStatistics) {
  int compared = 0;
  int refused = 0;
  for (const auto& [file, description] : statistics.items()) {
    if (!description.contains("variables")) continue;
    const std::string path = files.path(file);
    for (const auto& [variable, expected] : description["variables"].items()) {
      SCOPED_TRACE(file + ": " + variable);
      const auto type = dtype_of_letters(expected["dtype"].get<std::string>());
      if (!type) {
        EXPECT_EQ(error_of([&, name = variable] { (void)open_one(path, name); }).code, cw::ErrorCode::unsupported);
        ++refused;
        continue;
      }
      cw::NetcdfParts parts;
      ASSERT_NO_THROW(parts = cw::open_netcdf_parts({path}, variable, DType::float64));
      const cw::SourcePtr& source = parts.parts.at(0);
      EXPECT_EQ(size_of(source->encoding().stored), size_of(*type));
      const auto shape = expected["shape"].get<std::vector<std::int64_t>>();
      ASSERT_EQ(static_cast<int>(shape.size()), source->shape().rank());
      std::set<std::string> seen;
      for (int axis = 0; axis < source->shape().rank(); ++axis) {
        EXPECT_EQ(source->shape()[axis], shape[static_cast<std::size_t>(axis)]);
        const auto name = expected["dims"][static_cast<std::size_t>(axis)].get<std::string>();
        EXPECT_EQ(parts.labels.dimension(axis), seen.insert(name).second ? name : "");
      }
      EXPECT_EQ(source->grid().shape(), source->shape());

      std::vector<double> values = decode(source);
      if (!expected.contains("count_valid")) continue;
      mask_default_fill_of_bytes(expected, values);
      const Statistics found = plain_statistics(values);
      EXPECT_EQ(found.valid, expected["count_valid"].get<std::int64_t>());
      if (found.valid == 0) continue;
      const double scale = std::max(std::abs(found.min), std::abs(found.max));
      EXPECT_EQ(found.min, expected["min"].get<double>());
      EXPECT_EQ(found.max, expected["max"].get<double>());
      EXPECT_NEAR(found.sum / static_cast<double>(found.valid), expected["mean"].get<double>(), 1e-12 * scale);
      ++compared;
    }
  }
  EXPECT_GT(compared, files.least_numbers);
  EXPECT_GT(refused, files.least_texts);
}

TEST_P(ReferenceFilesOf, StoredIntegersOpenAsTheyAre) {
  const std::string path = files.path("edge/ubyte.nc");
  EXPECT_EQ(read_all<std::uint8_t>(open_one(path, "ub")).size(), 2U);
  EXPECT_EQ(read_all<std::int8_t>(open_one(path, "sb2")).back(), -127);
  EXPECT_EQ(open_one(path, "ub", DType::int8, {.join = "", .chunks = {}, .decode = false})->encoding().stored,
            DType::int8);
}

TEST_P(ReferenceFilesOf, AHeaderThatContradictsItselfIsRefused) {
  const Caught caught = error_of([&] { (void)open_one(files.path("edge/bad_cdf5_begin.nc"), "v"); });
  EXPECT_EQ(caught.code, cw::ErrorCode::corrupt);
  EXPECT_TRUE(caught.says("bad_cdf5_begin.nc")) << caught.message;
}

TEST_P(ReferenceFilesOf, MonthsOfAnOceanJoinAlongTheRecordDimension) {
  const auto paths = cw::expand_glob(files.path("series_nemo/*.nc"));
  const cw::NetcdfParts parts = cw::open_netcdf_parts(paths, "tos", DType::float64);
  EXPECT_EQ(parts.parts.size(), 3U);
  EXPECT_EQ(parts.axis, 0);
  EXPECT_EQ(parts.labels.dimension(0), "time_counter");
  EXPECT_EQ(parts.labels.coordinate(0).size(), 3);
  EXPECT_EQ(parts.labels.name(), "tos");
}

TEST_P(ReferenceFilesOf, HoursWithDifferentNumbersOfReportsJoin) {
  const auto paths = cw::expand_glob(files.path("series_sao/*.cdf"));
  const cw::NetcdfParts parts = cw::open_netcdf_parts(paths, "T", DType::float64);
  std::int64_t reports = 0;
  for (const auto& part : parts.parts) reports += part->shape()[0];
  EXPECT_EQ(reports, 1645 + 1589 + 1767);
  EXPECT_EQ(parts.axis, 0);
}

TEST_P(ReferenceFilesOf, VariablesInGroupsAreFoundByTheirPath) {
  const std::string path = files.path("real/nc4uvt_groups.nc");
  std::set<std::string> variables;
  for (const auto& item : statistics["real/nc4uvt_groups.nc"]["variables"].items()) variables.insert(item.key());
  const Caught caught = error_of([&] { (void)open_one(path, "absent"); });
  EXPECT_EQ(caught.code, cw::ErrorCode::not_found);
  for (const std::string& variable : variables) EXPECT_TRUE(caught.says(variable)) << caught.message;
}

TEST_P(ReferenceFilesOf, CutInHalfTheyAreRefusedOrFailToRead) {
  const TemporaryFolder folder;
  for (const auto& [file, description] : statistics.items()) {
    if (!description.contains("variables")) continue;
    auto bytes = bytes_of(files.path(file));
    bytes.resize(bytes.size() / 2);
    const std::string path = folder / "half.nc";
    write_bytes(path, bytes);
    for (const auto& item : description["variables"].items()) {
      SCOPED_TRACE(file + ": " + item.key());
      const Caught caught = error_of([&] { (void)decode(open_one(path, item.key())); });
      EXPECT_EQ(caught.code, cw::ErrorCode::corrupt) << caught.message;
      break;
    }
  }
}

}  // namespace
}  // namespace chunkwise_test
