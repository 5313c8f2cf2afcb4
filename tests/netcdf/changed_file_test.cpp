// Files that are replaced or overwritten behind the back of arrays: nothing of them is delivered as if it were the old.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "runtime/netcdf/helper_process.hpp"
#include "runtime/netcdf/library.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

using cw::DType;
using cw::ErrorCode;

/// Gives a file the time of another, to the nanosecond.
void give_time_of(const std::string& other, const std::string& path) {
  struct stat status {};
  ASSERT_EQ(::stat(other.c_str(), &status), 0);
  const timespec times[] = {status.st_atim, status.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

class ChangedFile : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Formats, ChangedFile, testing::Values(0, NC_NETCDF4),
                         [](const auto& mode) { return mode.param == 0 ? "Classic" : "Netcdf4"; });

TEST_P(ChangedFile, ReplacedByOneOfEqualSizeAndTimeIsNoticed) {
  const TemporaryFolder folder;
  make_file(folder / "a.nc", GetParam(), NC_INT, {{"x", 100}}, nullptr, counting({100}));
  make_file(folder / "b.nc", GetParam(), NC_INT, {{"x", 100}}, nullptr, counting({100}, 2));
  const auto source = open_one(folder / "a.nc", "v", DType::int32);
  EXPECT_EQ(read_all<std::int32_t>(source).back(), 99);
  give_time_of(folder / "a.nc", folder / "b.nc");
  ASSERT_EQ(fs::file_size(folder / "a.nc"), fs::file_size(folder / "b.nc"));
  ASSERT_EQ(fs::last_write_time(folder / "a.nc"), fs::last_write_time(folder / "b.nc"));
  fs::rename(folder / "b.nc", folder / "a.nc");
  const Caught caught = error_of([&] { (void)read_all<std::int32_t>(source); });
  EXPECT_EQ(caught.code, ErrorCode::changed) << caught.message;
  EXPECT_TRUE(caught.says(folder / "a.nc")) << caught.message;
}

/// Returns true if a thread of this process waits.
bool waits(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name = text.rfind(')');
  return name != std::string::npos && text.substr(name + 2, 1) == "S";
}

TEST(ChangedNetcdf4File, OverwrittenWhileItIsReadIsNoticed) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(path, NC_NETCDF4, NC_INT, {{"x", 100}}, nullptr, counting({100}));
  make_file(folder / "b.nc", NC_NETCDF4, NC_INT, {{"x", 100}}, nullptr, counting({100}, 2));
  const auto other = bytes_of(folder / "b.nc");
  ASSERT_EQ(other.size(), fs::file_size(path));
  const auto source = open_one(path, "v", DType::int32);
  EXPECT_EQ(read_all<std::int32_t>(source).back(), 99);

  std::atomic<pid_t> reader{0};
  Caught caught;
  std::thread thread;
  {
    // Whoever reads has looked at the file and waits for netcdf-c, or for the process in which that is.
    const cw::netcdf::LibraryLock nc;
    const std::lock_guard lock(cw::netcdf::Helper::instance().mutex);
    thread = std::thread([&] {
      reader = ::gettid();
      caught = error_of([&] { (void)read_all<std::int32_t>(source); });
    });
    for (int quiet = 0; quiet < 20;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      quiet = reader != 0 && waits(reader) ? quiet + 1 : 0;
    }
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.write(reinterpret_cast<const char*>(other.data()), static_cast<std::streamsize>(other.size()));
  }
  thread.join();
  EXPECT_EQ(caught.code, ErrorCode::changed) << caught.message;
  EXPECT_TRUE(caught.says(path)) << caught.message;
}

}  // namespace
}  // namespace chunkwise_test
