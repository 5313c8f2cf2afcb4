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
  const std::string path = fs::canonical(folder / "").string() + "/a.nc";
  const std::string good = fs::canonical(folder / "").string() + "/good.nc";
  const auto local = connect("local");
  write_netcdf(local, path, random<double, 1>({2000}, 1), {.variable = "v"});
  write_netcdf(local, good, random<double, 1>({2000}, 2), {.variable = "v"});
  const auto x = open_netcdf<double, 1>(path, "v");
  const auto y = open_netcdf<double, 1>(good, "v");

  // The worker has a damaged copy, with the same size and time.
  const auto size = fs::file_size(path);
  const auto time = fs::last_write_time(path);
  std::string bytes = chunkwise_test::text_of_file(CHUNKWISE_TESTS_DIR "/netcdf/damaged/crashes.nc");
  ASSERT_LE(bytes.size(), size);
  bytes.resize(size, '\0');
  const std::string copy = path + ".copy";
  std::ofstream(copy, std::ios::binary) << bytes;
  fs::last_write_time(copy, time);
  fs::rename(copy, path);

  Cluster cluster(ClusterSettings{1, {}, {"--data-root", fs::path(path).parent_path().string()}});
  const auto backend = connect(cluster.uri());
  for (int round = 0; round < 2; ++round) {
    const Caught caught = error_of([&] { (void)compute(backend, sum(x)); });
    EXPECT_EQ(caught.code, ErrorCode::corrupt) << caught.message;
    EXPECT_TRUE(caught.says(path) && caught.says("crashed (")) << caught.message;
    EXPECT_TRUE(cluster.workers().front().running()) << cluster.logs();
    EXPECT_EQ(compute(backend, sum(y)), compute(local, sum(y)));
  }
}

}  // namespace
}  // namespace chunkwise::testing_cluster
