// The command that is built without NetCDF, pictures and clusters: CHUNKWISE_PROGRAM is that one here.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/cli/command.hpp"

namespace chunkwise_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

Outcome run(const TemporaryFolder& folder, const std::vector<std::string>& line) {
  return Command(folder / "", line).wait();
}

/// A mistake of the user, in one line that says what is missing, and how it is built and on what.
void expect_refused(const Outcome& outcome, const std::string& part, const std::string& option,
                    const std::string& package) {
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, AllOf(StartsWith("chunkwise: "), HasSubstr("this chunkwise was built without " + part),
                                 HasSubstr("-D" + option + "=ON"), HasSubstr(package)));
}

TEST(CommandWithoutParts, SaysThatPicturesAreMissing) {
  const TemporaryFolder folder;
  expect_refused(run(folder, {"plot", "x", "file.nc", "-o", "never.png"}), "pictures", "CHUNKWISE_PLOT",
                 "libcairo2-dev");
  EXPECT_FALSE(std::filesystem::exists(folder / "never.png"));
}

TEST(CommandWithoutParts, SaysThatClustersAreMissingForEachVerbAndUri) {
  const TemporaryFolder folder;
  for (const std::vector<std::string>& line : {std::vector<std::string>{"coordinator"},
                                               {"worker", "127.0.0.1:1"},
                                               {"cluster", "127.0.0.1:1"},
                                               {"eval", "x", "file.nc", "--backend", "thrift://127.0.0.1:1"},
                                               {"explain", "x", "file.nc", "--backend", "thrift://127.0.0.1:1"}}) {
    SCOPED_TRACE(line.front());
    expect_refused(run(folder, line), "clusters", "CHUNKWISE_THRIFT", "libthrift-dev");
  }
}

TEST(CommandWithoutParts, SaysThatNetcdfIsMissing) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file.nc") << "CDF\1";
  for (const std::vector<std::string>& line : {std::vector<std::string>{"info", "file.nc"},
                                               {"eval", "x", "file.nc"},
                                               {"explain", "x", "file.nc"},
                                               {"sample", "weather"}}) {
    SCOPED_TRACE(line.front());
    expect_refused(run(folder, line), "NetCDF", "CHUNKWISE_NETCDF", "libnetcdf-dev");
  }
}

}  // namespace
}  // namespace chunkwise_test
