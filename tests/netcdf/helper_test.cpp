// The process in which files are opened: it starts, dies, is limited and may lie.
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "chunkwise/backend.hpp"
#include "chunkwise/io/inspect.hpp"
#include "runtime/netcdf/helper_process.hpp"
#include "runtime/netcdf/isolated_file.hpp"
#include "tests/netcdf/isolation.hpp"

namespace chunkwise_test {
namespace {

using cw::DType;
using cw::ErrorCode;
using cw::Region;
using cw::netcdf::Helper;
using cw::netcdf::IsolatedFile;

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
  // One that is killed twice over one question is told: it is left in peace for as long as a few starts take here.
  for (const pid_t helper : helpers_of(::getpid())) ::kill(helper, SIGKILL);
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::int32_t> row_of_first(100);
  sources.front()->read({{0, 1, 1}, {0, 1, 100}}, row_of_first.data());
  const auto pause = std::max<std::chrono::steady_clock::duration>(std::chrono::milliseconds(100),
                                                                   5 * (std::chrono::steady_clock::now() - begin));
  std::atomic<bool> over{false};
  int killed = 0;
  std::thread killer([&] {
    while (!over) {
      for (const pid_t helper : helpers_of(::getpid())) killed += ::kill(helper, SIGKILL) == 0;
      std::this_thread::sleep_for(pause);
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

TEST(Helper, ThatGetsLittleOfABusyProcessorHasItsTime) {
#ifdef CHUNKWISE_SANITIZED
  GTEST_SKIP() << "sanitizers take more of the processor than the test leaves";
#endif
  const TemporaryFolder folder;
  const std::string path = folder / "rich.nc";
  make_rich_file(path);
  const Setting seconds("CHUNKWISE_HELPER_SECONDS", "0.5");
  ASSERT_EQ(cw::isolation_problem(), "");
  const auto helpers = helpers_of(::getpid());
  ASSERT_EQ(helpers.size(), 1U);
  // The helper has what others leave over of one processor.
  cpu_set_t ours, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof ours, &ours), 0);
  int cpu = 0;
  while (!CPU_ISSET(cpu, &ours)) ++cpu;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  ASSERT_EQ(::sched_setaffinity(helpers[0], sizeof one, &one), 0);
  ASSERT_EQ(::setpriority(PRIO_PROCESS, static_cast<id_t>(helpers[0]), 19), 0);
  std::atomic<bool> done{false};
  std::thread busy([&] {
    ::sched_setaffinity(0, sizeof one, &one);
    while (!done) {
    }
  });
  EXPECT_NO_THROW((void)cw::inspect_netcdf(path, true));
  done = true;
  busy.join();
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
