// Files that crash HDF5, on the command line.
#include <gmock/gmock.h>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"
#include "tests/cli/command.hpp"

namespace chunkwise_test {
namespace {

namespace cw = chunkwise;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string crashes = CHUNKWISE_TESTS_DIR "/netcdf/damaged/crashes.nc";

TEST(IsolatedFiles, ThatCrashHdf5AreAnErrorOfEachVerb) {
  const TemporaryFolder folder;
  for (const std::vector<std::string>& line :
       std::vector<std::vector<std::string>>{{"info", "--isolated", crashes},
                                             {"info", "--each", "--isolated", crashes},
                                             {"eval", "--isolated", "v + 1", crashes},
                                             {"explain", "--isolated", "v + 1", crashes},
                                             {"eval", "--isolated", "--var", "y=v@" + crashes, "y"},
                                             {"set", "--isolated", crashes, "--units", "v=K", "-o", "set.nc"},
                                             {"regrid", "--isolated", "a.nc", "--weights", crashes, "-o", "b.nc"}}) {
    const Outcome outcome = Command(folder / "", line).wait();
    EXPECT_EQ(outcome.code, 1) << outcome.err;
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, AllOf(StartsWith("chunkwise: cannot read " + crashes), HasSubstr("crashed (")));
  }
}

TEST(IsolatedFiles, GiveTheSameAsOthers) {
  const TemporaryFolder folder;
  cw::write_netcdf(cw::connect("local"), folder / "a.nc", cw::random<double, 2>({30, 40}, 3),
                   {.variable = "v", .deflate = 1});
  for (std::vector<std::string> line : std::vector<std::vector<std::string>>{
           {"info", "a.nc"}, {"eval", "--json", "v", "a.nc"}, {"explain", "mean(v, 0)", "a.nc"}}) {
    const Outcome plain = Command(folder / "", line).wait();
    line.emplace_back("--isolated");
    const Outcome isolated = Command(folder / "", line).wait();
    EXPECT_EQ(isolated.code, 0) << isolated.err;
    EXPECT_EQ(isolated.out, plain.out);
  }
}

}  // namespace
}  // namespace chunkwise_test
