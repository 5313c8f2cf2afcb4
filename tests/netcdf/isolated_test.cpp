// Files that are opened in a process apart: they tell and read the same, and whatever they do to that process is an
// Error that names them.
#include <chrono>
#include <cstring>
#include <optional>
#include <tuple>

#include "chunkwise/dataset.hpp"
#include "chunkwise/io/inspect.hpp"
#include "runtime/netcdf/isolated_file.hpp"
#include "runtime/netcdf/nc_file.hpp"
#include "tests/netcdf/isolation.hpp"

namespace chunkwise_test {
namespace {

using cw::DType;
using cw::ErrorCode;
using cw::Region;
using cw::netcdf::IsolatedFile;
using cw::netcdf::NcFile;

/// Bits and all: NaN is what it is.
std::string bits_of(const cw::Attributes& attributes) {
  cw::ByteWriter out;
  cw::netcdf::put(out, attributes);
  const auto bytes = out.take();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(IsolatedFile, TellsTheSameAsOneThatIsOpenHere) {
  const TemporaryFolder folder;
  const std::string path = folder / "rich.nc";
  make_rich_file(path);
  const NcFile here(path, "shown");
  const IsolatedFile apart(path, "shown");
  EXPECT_EQ(apart.format(), here.format());
  EXPECT_EQ(bits_of(apart.attributes()), bits_of(here.attributes()));
  EXPECT_GE(here.attributes().size(), 13U);
  const auto names = [](const cw::netcdf::OpenFile& file) {
    std::vector<std::tuple<std::string, std::int64_t, bool>> list;
    for (const auto& d : file.dimensions()) list.emplace_back(d.name, d.length, d.unlimited);
    return list;
  };
  EXPECT_EQ(names(apart), names(here));
  const auto entries = here.variables();
  const auto same = apart.variables();
  ASSERT_EQ(same.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    SCOPED_TRACE(entries[i].name);
    EXPECT_EQ(same[i].name, entries[i].name);
    EXPECT_EQ(same[i].type, entries[i].type);
    EXPECT_EQ(same[i].location.variable, apart.locate(entries[i].name).variable);
    EXPECT_EQ(same[i].location.group, apart.locate(entries[i].name).group);
    std::optional<cw::netcdf::Variable> variable;
    std::string problem, same_problem;
    try {
      variable = here.describe(entries[i].location, "it is shown");
    } catch (const cw::Error& error) {
      problem = std::string(to_string(error.code())) + error.what();
    }
    std::optional<cw::netcdf::Variable> same_variable;
    try {
      same_variable = apart.describe(same[i].location, "it is shown");
    } catch (const cw::Error& error) {
      same_problem = std::string(to_string(error.code())) + error.what();
    }
    EXPECT_EQ(same_problem, problem);
    ASSERT_EQ(same_variable.has_value(), variable.has_value());
    if (!variable) continue;
    EXPECT_EQ(same_variable->name, variable->name);
    EXPECT_EQ(same_variable->type, variable->type);
    EXPECT_EQ(same_variable->shape, variable->shape);
    EXPECT_EQ(same_variable->dimensions, variable->dimensions);
    EXPECT_EQ(same_variable->dimension_ids, variable->dimension_ids);
    EXPECT_EQ(same_variable->record_axis, variable->record_axis);
    EXPECT_EQ(same_variable->chunks, variable->chunks);
    EXPECT_EQ(same_variable->filtered, variable->filtered);
    EXPECT_EQ(same_variable->prefilled, variable->prefilled);
    EXPECT_EQ(bits_of(same_variable->attributes), bits_of(variable->attributes));
    for (std::size_t axis = 0; axis < variable->dimensions.size(); ++axis) {
      const int id = variable->dimension_ids[axis];
      const auto coordinate = here.find_coordinate(entries[i].location, id, variable->dimensions[axis]);
      const auto same_coordinate = apart.find_coordinate(same[i].location, id, variable->dimensions[axis]);
      ASSERT_EQ(same_coordinate.has_value(), coordinate.has_value());
      if (!coordinate) continue;
      std::vector<std::byte> line(32), same_line(32);
      here.read_line(*coordinate, 4, line.data(), "line");
      apart.read_line(*same_coordinate, 4, same_line.data(), "line");
      EXPECT_EQ(same_line, line);
    }
    std::vector<std::byte> elements(24 * 8), same_elements(24 * 8);
    const Region box = Region::whole(variable->shape);
    const std::size_t bytes = size_of(variable->type);
    const auto unit = cw::Shape::filled(variable->shape.rank(), 1);
    here.read_box({entries[i].location, bytes, unit}, box, elements.data(), "box");
    apart.read_box({same[i].location, bytes, unit}, box, same_elements.data(), "box");
    EXPECT_EQ(same_elements, elements);
  }
  for (const char* name : {"none", "outer/none", "none/x", "/", "/outer/inner/i"}) {
    SCOPED_TRACE(name);
    const auto said = [&](const cw::netcdf::OpenFile& file) {
      try {
        return std::to_string(file.locate(name).variable);
      } catch (const cw::Error& error) {
        return std::string(to_string(error.code())) + error.what();
      }
    };
    EXPECT_EQ(said(apart), said(here));
  }
}

TEST(IsolatedFile, IsDescribedTheSameByTheProgramsThatAsk) {
  const TemporaryFolder folder;
  const std::string path = folder / "rich.nc";
  make_rich_file(path);
  EXPECT_EQ(to_json(cw::inspect_netcdf(path, true)), to_json(cw::inspect_netcdf(path)));
  const auto json = [&](const cw::NetcdfOptions& options) {
    return to_json(describe(cw::NetcdfDataset({path}, options)));
  };
  EXPECT_EQ(json(isolated), json({}));
}

TEST(IsolatedFile, LetsThisProcessDecodeItsChunks) {
  const TemporaryFolder folder;
  const std::string path = folder / "rich.nc";
  make_rich_file(path);
  const NcFile here(path, path);
  const IsolatedFile apart(path, path);
  for (const char* name : {"outer/inner/b", "outer/inner/i", "outer/inner/f", "outer/inner/d"}) {
    const auto variable = here.describe(here.locate(name), name);
    const cw::netcdf::StoredChunks::Expected expected{name, variable.shape, variable.chunks, size_of(variable.type)};
    const auto* chunks = here.stored_chunks(expected);
    const auto* same = apart.stored_chunks(expected);
    ASSERT_EQ(same == nullptr, chunks == nullptr) << name;
    EXPECT_EQ(apart.stored_chunks(expected), same) << "they are opened once";
    if (chunks == nullptr) continue;
    EXPECT_EQ(same->fetcher().layout().shuffle, chunks->fetcher().layout().shuffle);
    EXPECT_EQ(same->fetcher().layout().deflate, chunks->fetcher().layout().deflate);
    EXPECT_EQ(same->fetcher().layout().big_endian, chunks->fetcher().layout().big_endian);
    for (const std::int64_t record : {0, 1, 7}) {
      const auto stored = chunks->fetcher().fetch({record, 0, 0});
      const auto as_stored = same->fetcher().fetch({record, 0, 0});
      ASSERT_EQ(as_stored.has_value(), stored.has_value()) << name << record;
      if (!stored) continue;
      ASSERT_EQ(as_stored->size, stored->size);
      EXPECT_EQ(as_stored->skipped, stored->skipped);
      EXPECT_EQ(std::memcmp(as_stored->bytes.get(), stored->bytes.get(), stored->size), 0);
    }
  }
}

TEST(IsolatedFile, LargeBoxesComeInPieces) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  // Chunks of (700, 1000) with a checksum, which netcdf-c reads: the pieces are of whole chunks.
  make_file(
      path, NC_NETCDF4, NC_DOUBLE, {{"t", 2}, {"y", 2500}, {"x", 1000}},
      [](int file, int variable) {
        const std::size_t chunk[] = {1, 700, 1000};
        nc(nc_def_var_chunking(file, variable, NC_CHUNKED, chunk));
        nc(nc_def_var_fletcher32(file, variable, NC_FLETCHER32));
      },
      counting({2, 2500, 1000}));
  const auto values = read_all<double>(open_one(path, "v", DType::float64, isolated));
  ASSERT_EQ(values.size(), 5'000'000U);
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], static_cast<double>(i));
}

TEST(IsolatedFile, AClassicOneNeedsNoHelper) {
  const Setting nowhere("CHUNKWISE_LIBEXEC", "/nowhere");
  const TemporaryFolder folder;
  make_file(folder / "a.nc", 0, NC_INT, {{"x", 3}}, nullptr, counting({3}));
  EXPECT_EQ(read_all<std::int32_t>(open_one(folder / "a.nc", "v", DType::int32, isolated)),
            (std::vector<std::int32_t>{0, 1, 2}));
}

// ---------------------------------------------------------------- files that are damaged

TEST(DamagedFile, ThatCrashesHdf5IsAnErrorThatNamesIt) {
  const std::string path = damaged("crashes.nc");
  for (int round = 0; round < 2; ++round) {
    const Caught caught = error_of([&] { (void)cw::inspect_netcdf(path, true); });
    EXPECT_EQ(caught.code, ErrorCode::corrupt) << caught.message;
#ifdef CHUNKWISE_SANITIZED
    const std::string end = "ended with the exit code";  // a sanitizer is told of the crash first
#else
    const std::string end = "crashed (";
#endif
    EXPECT_TRUE(caught.says("cannot read " + path + ": the process in which netcdf-c and HDF5 had it open " + end))
        << caught.message;
    EXPECT_TRUE(caught.says("make or fetch it again")) << caught.message;
  }
}

TEST(DamagedFile, ThatMakesNetcdfFreeWhatItDoesNotOwnIsAnError) {
  const std::string path = damaged("frees.nc");
  for (int round = 0; round < 3; ++round)
    EXPECT_TRUE(error_of([&] { (void)cw::inspect_netcdf(path, true); }).says(path));
}

TEST(DamagedFile, ThatNeverEndsIsAnErrorWithinTheTime) {
  const Setting seconds("CHUNKWISE_HELPER_SECONDS", "0.5");
  const std::string path = damaged("loops.nc");
  const auto start = std::chrono::steady_clock::now();
  const Caught caught = error_of([&] { (void)open_one(path, "v", DType::float64, isolated); });
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_TRUE(caught.says("cannot read " + path)) << caught.message;
  EXPECT_TRUE(caught.says("0.5 s")) << caught.message;
  EXPECT_TRUE(caught.says("CHUNKWISE_HELPER_SECONDS")) << caught.message;
}

TEST(DamagedFile, LeavesOthersReadable) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", NC_NETCDF4, NC_INT, {{"x", 1000}},
      [](int file, int variable) { nc(nc_def_var_deflate(file, variable, 1, 1, 1)); }, counting({1000}));
  const auto good = open_one(folder / "a.nc", "v", DType::int32, isolated);
  const auto expected = read_all<std::int32_t>(good);
  for (int round = 0; round < 3; ++round) {
    EXPECT_THROW((void)cw::inspect_netcdf(damaged("crashes.nc"), true), cw::Error);
    EXPECT_EQ(read_all<std::int32_t>(good), expected);
  }
}

}  // namespace
}  // namespace chunkwise_test
