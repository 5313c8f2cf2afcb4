// A file that crashes HDF5 is an error of the run that reads it, and not the end of the worker.
#include <filesystem>
#include <fstream>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"
#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/thrift/cluster.hpp"

namespace chunkwise::testing_cluster {
namespace {

namespace fs = std::filesystem;
using chunkwise_test::Caught;
using chunkwise_test::error_of;
using chunkwise_test::TemporaryFolder;

TEST(IsolatedFiles, OfAWorkerThatCrashHdf5EndTheirRunAlone) {
  const Watchdog watchdog;
  const TemporaryFolder folder;
  const fs::path root = fs::canonical(folder / "");
  const std::string path = root / "a.nc";
  const std::string good = root / "good.nc";
  const auto local = connect("local");
  write_netcdf(local, path, random<double, 1>({2000}, 1), {.variable = "v"});
  write_netcdf(local, good, random<double, 1>({2000}, 2), {.variable = "v"});
  const auto x = open_netcdf<double, 1>(path, "v");
  const auto y = open_netcdf<double, 1>(good, "v");

  // The worker has copies in another folder, with the same sizes and times; one is damaged.
  const fs::path there = root / "there";
  fs::create_directory(there);
  std::string bytes = chunkwise_test::text_of_file(CHUNKWISE_TESTS_DIR "/netcdf/damaged/crashes.nc");
  ASSERT_LE(bytes.size(), fs::file_size(path));
  bytes.resize(fs::file_size(path), '\0');
  std::ofstream(there / "a.nc", std::ios::binary) << bytes;
  fs::copy_file(good, there / "good.nc");
  for (const char* name : {"a.nc", "good.nc"}) fs::last_write_time(there / name, fs::last_write_time(root / name));

  Cluster cluster(ClusterSettings{1, {}, {"--data-root", root.string() + "=" + there.string()}});
  const auto backend = connect(cluster.uri());
  for (int round = 0; round < 2; ++round) {
    const Caught caught = error_of([&] { (void)compute(backend, sum(x)); });
    EXPECT_EQ(caught.code, ErrorCode::corrupt) << caught.message;
    EXPECT_TRUE(caught.says(there / "a.nc") && caught.says("crashed (")) << caught.message;
    EXPECT_TRUE(cluster.workers().front().running()) << cluster.logs();
    EXPECT_EQ(compute(backend, sum(y)), compute(local, sum(y)));
  }
}

}  // namespace
}  // namespace chunkwise::testing_cluster
