// Which file system a file is in: the same name where two programs see the same files, and another where they do not.
#include "runtime/dataset/format/file_system.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/temporary_folder.hpp"

namespace {

using chunkwise::dataset::file_system_of;
using chunkwise::dataset::network_file_system;

std::uint64_t device_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_dev;
}

constexpr const char* mounts =
    "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "30 21 0:45 / /data rw,relatime shared:9 master:2 - nfs4 nas:/export/data rw,vers=4.2\n"
    "31 21 0:46 /sub /home rw - nfs nas:/home rw\n"
    "32 21 0:47 / /scratch rw - lustre 10.0.0.1@tcp:/scratch rw\n"
    "33 21 0:48 / /remote rw - fuse.sshfs user@host:/ rw\n"
    "34 21 0:49 / /broken rw";

TEST(AFileSystem, OfANetworkIsNamedByItsSource) {
  EXPECT_EQ(network_file_system(mounts, makedev(0, 45)), "nfs nas:/export/data");
  EXPECT_EQ(network_file_system(mounts, makedev(0, 46)), "nfs nas:/home");
  EXPECT_EQ(network_file_system(mounts, makedev(0, 47)), "lustre 10.0.0.1@tcp:/scratch");
}

TEST(AFileSystem, OfOneMachineOrWithNumbersOfItsOwnIsNoNetworks) {
  for (const unsigned minor : {1U, 48U, 49U, 99U})
    EXPECT_EQ(network_file_system(mounts, makedev(minor == 1 ? 8 : 0, minor)), "") << minor;
}

TEST(AFileSystem, HasOneNameOnAMachine) {
  const chunkwise_test::TemporaryFolder one, two;
  EXPECT_FALSE(file_system_of(device_of(one / "")).empty());
  EXPECT_EQ(file_system_of(device_of(one / "")), file_system_of(device_of(two / "")));
  EXPECT_NE(file_system_of(device_of(one / "")), file_system_of(device_of("/proc")));
}

}  // namespace
