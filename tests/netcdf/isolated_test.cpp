// Files that are opened in a process apart: they tell and read the same, and whatever they do to that process is an
// Error that names them.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstring>
#include <limits>
#include <optional>
#include <thread>

#include "chunkwise/backend.hpp"
#include "chunkwise/dataset.hpp"
#include "chunkwise/io/inspect.hpp"
#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/isolated_file.hpp"
#include "runtime/netcdf/nc_file.hpp"
#include "runtime/netcdf/netcdf_file.hpp"
#include "tests/conformance/source_conformance.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

using cw::DType;
using cw::ErrorCode;
using cw::NetcdfOptions;
using cw::Region;
using cw::netcdf::Helper;
using cw::netcdf::IsolatedFile;
using cw::netcdf::NcFile;

/// Tests run in any folder: where the helper is that was built with them.
const bool helper_is_known = ::setenv("CHUNKWISE_LIBEXEC", CHUNKWISE_HELPER_FOLDER, 0) == 0;

const NetcdfOptions isolated{.isolated = true};

/// A variable of the environment that is as it was afterwards. The next file is opened in a new helper.
class Setting {
 public:
  Setting(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
    end_helper();
  }
  ~Setting() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
    end_helper();
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  static void end_helper() {
    const std::lock_guard lock(Helper::instance().mutex);
    Helper::instance().end();
  }
  const char* name_;
  std::optional<std::string> before_;
};

/// The helpers of a process.
std::vector<pid_t> helpers_of(pid_t parent) {
  std::vector<pid_t> helpers;
  for (const auto& process : fs::directory_iterator("/proc")) {
    std::ifstream status(process.path() / "status");
    std::string line, name;
    pid_t of = 0;
    while (std::getline(status, line)) {
      if (line.starts_with("Name:")) name = line.substr(6);
      if (line.starts_with("State:") && line.find('Z') != std::string::npos) name.clear();
      if (line.starts_with("PPid:")) of = std::atoi(line.c_str() + 5);
    }
    if (of == parent && name.starts_with("chunkwise-netcd"))
      helpers.push_back(std::atoi(process.path().filename().c_str()));
  }
  return helpers;
}

template <class F>
bool soon(F&& holds) {
  for (int i = 0; i < 500 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return holds();
}

bool is_gone(pid_t process) {
  return soon([&] { return ::kill(process, 0) != 0; });
}

std::string damaged(const std::string& name) { return CHUNKWISE_TESTS_DIR "/netcdf/damaged/" + name; }

void make_rich_file(const std::string& path) {
  int file = 0, outer = 0, inner = 0;
  nc(nc_create(path.c_str(), NC_NETCDF4, &file));
  const auto text = [](int group, int variable, const char* name, const std::string& value) {
    nc(nc_put_att_text(group, variable, name, value.size(), value.data()));
  };
  text(file, NC_GLOBAL, "title", "m\xc3\xa9t\xc3\xa9o \x01");
  text(file, NC_GLOBAL, "empty", "");
  const char* words[] = {"one", "", "three"};
  nc(nc_put_att_string(file, NC_GLOBAL, "words", 3, words));
  const double doubles[] = {-0.0, 5e-324, std::nan("123"), std::numeric_limits<double>::infinity()};
  nc(nc_put_att_double(file, NC_GLOBAL, "doubles", NC_DOUBLE, 4, doubles));
  nc(nc_put_att_double(file, NC_GLOBAL, "floats", NC_FLOAT, 2, doubles));
  const unsigned long long largest = std::numeric_limits<unsigned long long>::max();
  nc(nc_put_att_ulonglong(file, NC_GLOBAL, "largest", NC_UINT64, 1, &largest));
  for (const nc_type type : {NC_BYTE, NC_UBYTE, NC_SHORT, NC_USHORT, NC_INT, NC_UINT, NC_INT64})
    nc(nc_put_att_ubyte(file, NC_GLOBAL, ("of type " + std::to_string(type)).c_str(), type, 3,
                        std::array<unsigned char, 3>{1, 2, 127}.data()));
  int time = 0, x = 0, y = 0, v = 0;
  nc(nc_def_dim(file, "time", NC_UNLIMITED, &time));
  nc(nc_def_dim(file, "x", 4, &x));
  nc(nc_def_grp(file, "outer", &outer));
  nc(nc_def_grp(outer, "inner", &inner));
  nc(nc_def_dim(outer, "y", 3, &y));
  nc(nc_def_var(file, "x", NC_FLOAT, 1, &x, &v));
  const float places[] = {0.5F, -0.0F, 1e-45F, 3};
  nc(nc_put_var_float(file, v, places));
  const int all[] = {time, y, x};
  for (const auto& [name, type] :
       {std::pair("b", NC_BYTE), std::pair("h", NC_USHORT), std::pair("i", NC_INT), std::pair("l", NC_INT64),
        std::pair("u", NC_UINT64), std::pair("f", NC_FLOAT), std::pair("d", NC_DOUBLE)}) {
    nc(nc_def_var(inner, name, type, 3, all, &v));
    if (type != NC_BYTE) nc(nc_def_var_deflate(inner, v, type == NC_INT, 1, 1));
    if (type == NC_FLOAT) nc(nc_def_var_endian(inner, v, NC_ENDIAN_BIG));
    text(inner, v, "units", std::string("unit of ") + name);
    const std::size_t start[] = {0, 0, 0};
    const std::size_t count[] = {2, 3, 4};
    std::vector<signed char> values(24);
    std::iota(values.begin(), values.end(), static_cast<signed char>(1));
    nc(nc_put_vara_schar(inner, v, start, count, values.data()));
  }
  nc(nc_def_var(inner, "text", NC_CHAR, 1, &x, &v));
  nc(nc_def_var(inner, "strings", NC_STRING, 1, &x, &v));
  nc_type point = 0;
  nc(nc_def_compound(file, 4, "point", &point));
  nc(nc_insert_compound(file, point, "a", 0, NC_INT));
  nc(nc_def_var(inner, "points", point, 1, &x, &v));
  nc(nc_def_var(inner, "scalar", NC_DOUBLE, 0, nullptr, &v));
  nc(nc_close(file));
}

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
  const auto json = [&](const NetcdfOptions& options) { return to_json(describe(cw::NetcdfDataset({path}, options))); };
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

// ---------------------------------------------------------------- the helper

TEST(Helper, ThatIsKilledIsStartedAgain) {
  const TemporaryFolder folder;
  const std::string path = folder / "rich.nc";
  make_rich_file(path);
  const IsolatedFile file(path, path);
  const auto at = file.locate("outer/inner/i");
  const auto before = helpers_of(::getpid());
  ASSERT_EQ(before.size(), 1U);
  ::kill(before[0], SIGKILL);
  EXPECT_EQ(file.describe(at, "i").shape, (cw::Shape{2, 3, 4})) << "locations hold in the next helper";
  const auto after = helpers_of(::getpid());
  ASSERT_EQ(after.size(), 1U);
  EXPECT_NE(after, before);
}

TEST(Helper, ThatIsStartedAgainDoesNotOpenAnotherFileOfTheSameName) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(path, NC_NETCDF4, NC_INT, {{"x", 3}}, nullptr, counting({3}));
  const IsolatedFile file(path, path);
  make_file(folder / "b.nc", NC_NETCDF4, NC_INT, {{"x", 3}}, nullptr, counting({3}, 2));
  fs::rename(folder / "b.nc", path);
  for (const pid_t helper : helpers_of(::getpid())) ::kill(helper, SIGKILL);
  EXPECT_EQ(error_of([&] { (void)file.variables(); }).code, ErrorCode::changed);
}

TEST(Helper, MayDieAtAnyTimeWhileThreadsRead) {
  const TemporaryFolder folder;
  std::vector<cw::SourcePtr> sources;
  for (int i = 0; i < 4; ++i) {
    const std::string path = folder / ("a" + std::to_string(i) + ".nc");
    make_file(
        path, NC_NETCDF4, NC_INT, {{"t", 0}, {"x", 100}},
        [i](int file, int variable) {
          if (i % 2 == 0) nc(nc_def_var_deflate(file, variable, 0, 1, 1));
        },
        counting({50, 100}));
    sources.push_back(open_one(path, "v", DType::int32, isolated));
  }
  std::atomic<bool> over{false};
  int killed = 0;
  std::thread killer([&] {
    while (!over) {
      for (const pid_t helper : helpers_of(::getpid())) killed += ::kill(helper, SIGKILL) == 0;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  int refused = 0;
  std::mutex mutex;
  const std::vector<int> wrong = wrong_on_threads([&](std::mt19937& random) {
    std::vector<std::int32_t> values(100);
    const auto row = static_cast<std::int64_t>(random() % 50);
    try {
      sources[random() % sources.size()]->read({{row, 1, 1}, {0, 1, 100}}, values.data());
    } catch (const cw::Error& error) {
      // Killed twice over one question: that is told.
      const std::lock_guard lock(mutex);
      ++refused;
      return std::string(error.what()).find("was killed") != std::string::npos;
    }
    return values.front() == row * 100 && values.back() == row * 100 + 99;
  });
  over = true;
  killer.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
  EXPECT_GT(killed, 0);
  EXPECT_LT(refused, 100);
}

TEST(Helper, InheritsNothing) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(path, NC_NETCDF4, NC_INT, {{"x", 3}}, nullptr, counting({3}));
  const int open_here = ::open("/dev/zero", O_RDONLY);  // NOLINT: it is meant to be inherited
  ASSERT_GE(open_here, 0);
  const Setting any("CHUNKWISE_HELPER_SECONDS", "60");  // a new helper
  const IsolatedFile file(path, path);
  const auto helpers = helpers_of(::getpid());
  ASSERT_EQ(helpers.size(), 1U);
  for (const auto& fd : fs::directory_iterator("/proc/" + std::to_string(helpers[0]) + "/fd")) {
    const std::string target = fs::read_symlink(fd.path()).string();
    const int number = std::atoi(fd.path().filename().c_str());
    if (number < 3)
      EXPECT_EQ(target, "/dev/null");
    else if (number == 3)
      EXPECT_TRUE(target.starts_with("socket:")) << target;
    else
      EXPECT_EQ(target, fs::canonical(path).string());
  }
  ::close(open_here);
}

/// Runs `work` in a process of its own, which then waits to be killed. Returns its helpers.
template <class F>
std::vector<pid_t> helpers_that_outlive_nobody(F&& work) {
  const pid_t process = ::fork();
  if (process == 0) {
    work();
    for (;;) ::pause();
  }
  std::vector<pid_t> helpers;
  EXPECT_TRUE(soon([&] { return !(helpers = helpers_of(process)).empty(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
  return helpers;
}

TEST(Helper, EndsWithItsParent) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(path, NC_NETCDF4, NC_INT, {{"x", 3}}, nullptr, counting({3}));
  for (const std::string& name : {path, damaged("loops.nc")}) {
    const auto helpers = helpers_that_outlive_nobody([&] { static const IsolatedFile file(name, name); });
    ASSERT_EQ(helpers.size(), 1U) << name;
    EXPECT_TRUE(is_gone(helpers[0])) << name;
  }
}

TEST(Helper, OfAForkedProcessIsItsOwn) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(path, NC_NETCDF4, NC_INT, {{"x", 3}}, nullptr, counting({3}));
  const auto source = open_one(path, "v", DType::int32, isolated);
  const std::vector<std::int32_t> expected{0, 1, 2};
  EXPECT_EQ(read_all<std::int32_t>(source), expected);
  const pid_t process = ::fork();
  if (process == 0) {
    std::vector<std::int32_t> values(3);
    try {
      source->read({{0, 1, 3}}, values.data());
    } catch (...) {
    }
    ::_exit(values == expected ? 0 : 1);
  }
  EXPECT_EQ(read_all<std::int32_t>(source), expected);
  int status = -1;
  ::waitpid(process, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_all<std::int32_t>(source), expected);
}

TEST(Helper, TakesNoMoreMemoryThanItMay) {
#ifdef CHUNKWISE_SANITIZED
  GTEST_SKIP() << "sanitizers reserve more memory than there is";
#endif
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(
      path, NC_NETCDF4, NC_DOUBLE, {{"y", 20'000}, {"x", 10'000}},
      [](int file, int variable) {
        const std::size_t chunk[] = {5'000, 10'000};  // 400 MB each; none is ever written
        nc(nc_def_var_chunking(file, variable, NC_CHUNKED, chunk));
        nc(nc_def_var_fletcher32(file, variable, NC_FLETCHER32));
        const double fill = 7;
        nc(nc_def_var_fill(file, variable, 0, &fill));
      },
      [](int file, int variable) {
        const std::size_t start[] = {0, 0};
        const double value = 1;
        nc(nc_put_var1_double(file, variable, start, &value));
      });
  std::vector<double> row(10'000);
  {
    const Setting memory("CHUNKWISE_HELPER_MEMORY", "300MB");
    const auto source = open_one(path, "v", DType::float64, isolated);
    const Caught caught = error_of([&] { source->read({{3, 1, 1}, {0, 1, 10'000}}, row.data()); });
    EXPECT_EQ(caught.code, ErrorCode::memory_limit) << caught.message;
    EXPECT_TRUE(caught.says("v of " + path)) << caught.message;
    EXPECT_TRUE(caught.says("CHUNKWISE_HELPER_MEMORY")) << caught.message;
  }
  open_one(path, "v", DType::float64, isolated)->read({{3, 1, 1}, {0, 1, 10'000}}, row.data());
  EXPECT_EQ(row, std::vector<double>(10'000, 7));
}

TEST(Helper, ThatIsNotInstalledIsAnErrorWithThePlaces) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(path, NC_NETCDF4, NC_INT, {{"x", 3}}, nullptr, counting({3}));
  const Setting nowhere("CHUNKWISE_LIBEXEC", folder / "nowhere");
  const Caught caught = error_of([&] { (void)open_one(path, "v", DType::int32, isolated); });
  EXPECT_EQ(caught.code, ErrorCode::io);
  EXPECT_TRUE(caught.says(folder / "nowhere/chunkwise-netcdf")) << caught.message;
  EXPECT_TRUE(caught.says("CHUNKWISE_LIBEXEC")) << caught.message;
  EXPECT_NE(cw::isolation_problem(), "");
}

TEST(Helper, OfAnotherKindIsRefused) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(path, NC_NETCDF4, NC_INT, {{"x", 3}}, nullptr, counting({3}));
  for (const char* script : {"#!/bin/sh\nexit 3\n",
                             "#!/bin/sh\nhead -c 9 <&3 >/dev/null\nprintf '\\6\\0\\0\\0\\0\\0\\0\\0\\0other' >&3\n"}) {
    std::ofstream(folder / "chunkwise-netcdf") << script;
    fs::permissions(folder / "chunkwise-netcdf", fs::perms::owner_all);
    const Setting other("CHUNKWISE_LIBEXEC", folder / "");
    const Caught caught = error_of([&] { (void)open_one(path, "v", DType::int32, isolated); });
    EXPECT_EQ(caught.code, ErrorCode::io);
    EXPECT_TRUE(caught.says("cannot start " + (folder / "chunkwise-netcdf"))) << caught.message;
    EXPECT_TRUE(caught.says("exit code 3") || caught.says("it is other, not chunkwise-netcdf")) << caught.message;
  }
}

TEST(Helper, LimitsThatAreNoneAreRefused) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(path, NC_NETCDF4, NC_INT, {{"x", 3}}, nullptr, counting({3}));
  for (const auto& [name, value] :
       {std::pair("CHUNKWISE_HELPER_SECONDS", "soon"), std::pair("CHUNKWISE_HELPER_SECONDS", "0"),
        std::pair("CHUNKWISE_HELPER_SECONDS", "nan"), std::pair("CHUNKWISE_HELPER_MEMORY", "1KB"),
        std::pair("CHUNKWISE_HELPER_MEMORY", "much"), std::pair("CHUNKWISE_ISOLATED", "yes")}) {
    const Setting setting(name, value);
    const Caught caught = error_of([&] { (void)open_one(path, "v", DType::int32, isolated); });
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument) << name << caught.message;
    EXPECT_TRUE(caught.says(name)) << caught.message;
  }
}

TEST(Helper, ThatLiesIsAnErrorOrBelievedButNeverTheEnd) {
  const TemporaryFolder folder;
  const std::string path = folder / "rich.nc";
  make_rich_file(path);
  const Setting truth("CHUNKWISE_TRUE_HELPER", std::getenv("CHUNKWISE_LIBEXEC"));
  const Setting liar("CHUNKWISE_LIBEXEC", CHUNKWISE_LIAR_FOLDER);
  const Setting seconds("CHUNKWISE_HELPER_SECONDS", "0.3");
  int errors = 0, files = 0;
  for (int seed = 0; seed < 60; ++seed) {
    const Setting lies("CHUNKWISE_LIES", std::to_string(seed));
    try {
      const cw::FileDescription description = cw::inspect_netcdf(path, true);
      ++files;
      for (const char* name : {"outer/inner/b", "outer/inner/i", "outer/inner/f"}) {
        const auto source = open_one(path, name, DType::float64, {.decode = false, .isolated = true});
        const std::int64_t elements = source->shape().elements();
        if (elements > 1000) continue;
        std::vector<std::byte> values(static_cast<std::size_t>(elements) * 8);
        source->read(Region::whole(source->shape()), values.data());
      }
    } catch (const cw::Error& error) {
      ++errors;
      EXPECT_TRUE(std::string(error.what()).find(path) != std::string::npos || error.code() == ErrorCode::not_found ||
                  error.code() == ErrorCode::type_mismatch)
          << error.what();
    }
  }
  EXPECT_GT(errors, 20);
  EXPECT_GT(files, 2);
}

}  // namespace
}  // namespace chunkwise_test

namespace chunkwise::conformance {
namespace {

/// Sources over files of each storage, opened here and in a process apart.
SourceUnderTest of_file(const std::string& name, bool isolated, int mode, int type,
                        const std::function<void(int file, int variable)>& define) {
  return {name + (isolated ? "Isolated" : ""), [=] {
            static const chunkwise_test::TemporaryFolder folder;
            const std::string path = folder / (name + ".nc");
            if (!std::filesystem::exists(path))
              chunkwise_test::make_file(path, mode, type, {{"t", 0}, {"y", 5}, {"x", 6}}, define,
                                        chunkwise_test::counting({4, 5, 6}));
            return chunkwise_test::open_one(path, "v", DType::float64, {.chunks = {2, 3, 6}, .isolated = isolated});
          }};
}

std::vector<SourceUnderTest> file_sources() {
  using chunkwise_test::nc;
  const auto chunked = [](int file, int variable) {
    const std::size_t chunk[] = {2, 2, 4};
    nc(nc_def_var_chunking(file, variable, NC_CHUNKED, chunk));
  };
  std::vector<SourceUnderTest> sources;
  for (const bool isolated : {false, true}) {
    sources.push_back(of_file("Classic", isolated, 0, NC_SHORT, nullptr));
    sources.push_back(of_file("Chunked", isolated, NC_NETCDF4, NC_FLOAT, chunked));
    sources.push_back(of_file("Deflated", isolated, NC_NETCDF4, NC_SHORT, [=](int file, int variable) {
      chunked(file, variable);
      nc(nc_def_var_deflate(file, variable, 1, 1, 4));
    }));
    sources.push_back(of_file("BigEndian", isolated, NC_NETCDF4, NC_INT64, [=](int file, int variable) {
      chunked(file, variable);
      nc(nc_def_var_deflate(file, variable, 0, 1, 4));
      nc(nc_def_var_endian(file, variable, NC_ENDIAN_BIG));
    }));
    sources.push_back(of_file("Checksummed", isolated, NC_NETCDF4, NC_UBYTE, [=](int file, int variable) {
      chunked(file, variable);
      nc(nc_def_var_fletcher32(file, variable, NC_FLETCHER32));
    }));
    sources.push_back(of_file("Packed", isolated, NC_NETCDF4, NC_SHORT, [=](int file, int variable) {
      const double scale = 0.25;
      const short missing = 7;
      nc(nc_put_att_double(file, variable, "scale_factor", NC_DOUBLE, 1, &scale));
      nc(nc_put_att_short(file, variable, "missing_value", NC_SHORT, 1, &missing));
    }));
  }
  return sources;
}

INSTANTIATE_TEST_SUITE_P(Files, SourceConformance, testing::ValuesIn(file_sources()), source_name);

}  // namespace
}  // namespace chunkwise::conformance
