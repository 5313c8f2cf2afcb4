// Files in a forked child, whose parent may have been anywhere when it forked.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "chunkwise/core/chunk_grid.hpp"
#include "runtime/io/pending_file.hpp"
#include "tests/child.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

#if !defined(CHUNKWISE_SANITIZED)

using cw::DType;
using cw::ErrorCode;
using cw::Region;

/// The sum of all elements.
double read_sum(const std::string& path) {
  const auto parts = cw::open_netcdf_parts({path}, "v", DType::float64);
  std::vector<double> values(static_cast<std::size_t>(parts.parts[0]->shape().elements()));
  parts.parts[0]->read(Region::whole(parts.parts[0]->shape()), values.data());
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(ForkedChildren, ReadClassicFilesWhateverTheirParentDoes) {
  const TemporaryFolder folder;
  make_file(folder / "a.nc", NC_64BIT_OFFSET, NC_DOUBLE, {{"x", 100}}, nullptr, counting({100}));
  make_file(folder / "b.nc", NC_NETCDF4, NC_DOUBLE, {{"x", 100}}, nullptr, counting({100}));
  std::atomic<bool> done = false;
  std::thread other([&] {
    while (!done) (void)read_sum(folder / "b.nc");
  });
  for (int round = 0; round < 20; ++round)
    EXPECT_TRUE(in_child([&] { return read_sum(folder / "a.nc") == 4950; })) << round;
  // What takes netcdf-c is read, or said to be out of reach.
  for (int round = 0; round < 20; ++round)
    EXPECT_TRUE(in_child([&] {
      try {
        return read_sum(folder / "b.nc") == 4950;
      } catch (const cw::Error& error) {
        return error.code() == ErrorCode::unsupported && std::string(error.what()).find("forked") != std::string::npos;
      }
    })) << round;
  done = true;
  other.join();
  EXPECT_TRUE(in_child([&] { return read_sum(folder / "b.nc") == 4950; }));
}

TEST(ForkedChildren, LeaveTheFilesThatTheirParentWrites) {
  const TemporaryFolder folder;
  const auto sink = cw::netcdf_sink(folder / "a.nc");
  sink->begin(DType::float64, {3}, cw::ChunkGrid::automatic({3}), {});
  const std::vector<double> values{1, 2, 3};
  EXPECT_TRUE(in_child([&] {
    sink->abort();
    return true;
  }));
  sink->write(Region::whole({3}), values.data());
  sink->finish();
  const auto parts = cw::open_netcdf_parts({folder / "a.nc"}, "data", DType::float64);
  std::vector<double> got(3);
  parts.parts[0]->read(Region::whole({3}), got.data());
  EXPECT_EQ(got, values);
}

#endif

}  // namespace
}  // namespace chunkwise_test
