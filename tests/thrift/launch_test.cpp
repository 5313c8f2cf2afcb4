// The parts of a cluster that one command starts: its certificate, address file, private folder and schedulers' texts.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "backends/thrift/launch/private_folder.hpp"
#include "backends/thrift/launch/process.hpp"
#include "backends/thrift/launch/scheduler.hpp"
#include "backends/thrift/wire/address_file.hpp"
#include "backends/thrift/wire/certificate.hpp"
#include "backends/thrift/wire/security.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/core/shell.hpp"
#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"

using namespace chunkwise_test;
using namespace chunkwise::thrift;
using chunkwise::ErrorCode;
using chunkwise::Security;
using chunkwise::shell_quoted;
namespace wire = chunkwise::wire;

namespace {

// ---------------------------------------------------------------- certificates

TEST(Certificate, IsGoodForBothSidesWithItselfAsAuthority) {
  const TemporaryFolder folder;
  const wire::Certificate made = wire::make_certificate("cluster of a test");
  std::ofstream(folder / "certificate.pem") << made.certificate;
  std::ofstream(folder / "key.pem") << made.key;
  Security security;
  security.certificate = security.authority = folder / "certificate.pem";
  security.key = folder / "key.pem";
  EXPECT_NO_THROW(wire::TlsContext{security});
  // Another's key does not fit.
  std::ofstream(folder / "key.pem") << wire::make_certificate("cluster of a test").key;
  EXPECT_EQ(error_of([&] { wire::TlsContext{security}; }).code, ErrorCode::invalid_argument);
}

// ---------------------------------------------------------------- the address file

TEST(AddressFile, BringsAddressAndSettings) {
  const TemporaryFolder folder;
  const std::string file = folder / "address";
  Security security;
  security.secret_file = folder / "secret";
  wire::write_address_file(file, {"head:8786", security});
  const wire::AddressFile read = wire::read_address_file(file);
  EXPECT_EQ(read.address, "head:8786");
  EXPECT_EQ(read.security.secret_file, folder / "secret");
  EXPECT_EQ(read.security.key, "");
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(AddressFile, HasPathsRelativeToItsFolder) {
  const TemporaryFolder folder;
  std::ofstream(folder / "address") << "[fd00::2]:8786\nsecret-file secret\n\nkey  a key.pem \n";
  ::chmod((folder / "address").c_str(), 0600);
  const wire::AddressFile read = wire::read_address_file(folder / "address");
  EXPECT_EQ(read.address, "[fd00::2]:8786");
  EXPECT_EQ(read.security.secret_file, folder / "secret");
  EXPECT_EQ(read.security.key, folder / "a key.pem");
}

TEST(AddressFile, ThatOthersMayWriteToNamesNoSecrets) {
  const TemporaryFolder folder;
  std::ofstream(folder / "address") << "head:8786\nsecret-file secret\n";
  ::chmod((folder / "address").c_str(), 0622);
  const Caught caught = error_of([&] { (void)wire::read_address_file(folder / "address"); });
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("chmod 600")) << caught.message;
  std::ofstream(folder / "address") << "head:8786\n";
  EXPECT_EQ(wire::read_address_file(folder / "address").address, "head:8786");
}

TEST(AddressFile, OfALaterVersionIsAnErrorThatShowsTheLine) {
  const TemporaryFolder folder;
  std::ofstream(folder / "address") << "head:8786\nfingerprint 17\n";
  const Caught caught = error_of([&] { (void)wire::read_address_file(folder / "address"); });
  EXPECT_TRUE(caught.says("'fingerprint 17'")) << caught.message;
  EXPECT_TRUE(caught.says("secret-file, certificate, key, authority")) << caught.message;
}

TEST(AddressFile, IsRemovedByWhoWroteItAlone) {
  const TemporaryFolder folder;
  wire::write_address_file(folder / "address", {"head:2", {}});
  wire::remove_address_file(folder / "address", "head:1");
  EXPECT_TRUE(std::filesystem::exists(folder / "address"));
  wire::remove_address_file(folder / "address", "head:2");
  EXPECT_FALSE(std::filesystem::exists(folder / "address"));
}

TEST(AddressFile, FillsInWhatWasNotGiven) {
  const TemporaryFolder folder;
  Security security;
  security.secret_file = folder / "secret";
  security.certificate = security.authority = folder / "certificate.pem";
  security.key = folder / "key.pem";
  wire::write_address_file(folder / "address", {"head:2", security});
  const wire::CoordinatorName name = wire::coordinator_name(folder / "address");
  EXPECT_EQ(wire::settings_for(name, {}).key, folder / "key.pem");
  Security own;
  own.secret_file = "mine";
  own.certificate = "my certificate";
  const Security both = wire::settings_for(name, own);
  EXPECT_EQ(both.secret_file, "mine");
  EXPECT_EQ(both.certificate, "my certificate");
  EXPECT_EQ(both.key, "");  // it belongs to the other certificate
  EXPECT_EQ(wire::settings_for(wire::coordinator_name("head:2"), {}).key, "");
}

TEST(AddressFile, IsNamedByAUriToo) {
  const TemporaryFolder folder;
  EXPECT_TRUE(wire::coordinator_name("thrift://" + (folder / "address")).is_file);
  EXPECT_TRUE(wire::coordinator_name("thrift://./address").is_file);
  EXPECT_FALSE(wire::coordinator_name("thrift://head:8786").is_file);
  EXPECT_EQ(error_of([] { (void)wire::coordinator_name("thrift://head"); }).code, ErrorCode::invalid_argument);
}

// ---------------------------------------------------------------- folder and processes

TEST(PrivateFolder, IsForItsOwnerAloneAndGone) {
  const TemporaryFolder parent;
  std::string path;
  {
    const PrivateFolder folder(parent / "a/b", "weather");
    path = folder.path();
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    ASSERT_EQ(::stat(folder.write("secret", "x").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(PrivateFolder, RemovesThoseOfProcessesThatWereKilled) {
  const TemporaryFolder parent;
  namespace fs = std::filesystem;
  char here[256] = {};
  ASSERT_EQ(::gethostname(here, sizeof here - 1), 0);
  const auto left_behind = [&](const std::string& name, const std::string& host, int minutes) {
    fs::create_directories(parent / name);
    fs::permissions(parent / name, fs::perms::owner_all);
    std::ofstream(parent / (name + "/secret")) << "x";
    const std::string lock = parent / (name + "/chunkwise-cluster.lock");
    std::ofstream(lock) << host;
    fs::last_write_time(lock, fs::file_time_type::clock::now() - std::chrono::minutes(minutes));
  };
  left_behind("old-XXXXXX", here, 5);
  left_behind("young-XXXXXX", here, 0);
  left_behind("others-XXXXXX", "another-host", 5);
  const PrivateFolder alive(parent / "", "alive");
  alive.write("secret", "x");
  fs::last_write_time(alive / "chunkwise-cluster.lock", fs::file_time_type::clock::now() - std::chrono::minutes(5));
  const PrivateFolder next(parent / "", "next");
  EXPECT_FALSE(fs::exists(parent / "old-XXXXXX"));
  EXPECT_TRUE(fs::exists(parent / "young-XXXXXX"));
  EXPECT_TRUE(fs::exists(parent / "others-XXXXXX"));
  EXPECT_TRUE(fs::exists(alive.path()));
}

TEST(EndOfFile, IsWholeLines) {
  const TemporaryFolder folder;
  std::ofstream(folder / "log") << "one\ntwo\nthree\n";
  EXPECT_EQ(end_of_file(folder / "log", 100), "one\ntwo\nthree");
  EXPECT_EQ(end_of_file(folder / "log", 8), "three");
  EXPECT_EQ(end_of_file(folder / "nothing"), "");
}

TEST(RunShell, ReturnsCodeAndWords) {
  const TemporaryFolder folder;
  const Said said = run_shell("echo out; echo err >&2; exit 3", folder / "", 60);
  EXPECT_EQ(said.code, 3);
  EXPECT_EQ(said.out, "out\n");
  EXPECT_EQ(said.err, "err\n");
  EXPECT_TRUE(error_of([&] { (void)run_shell("sleep 60", folder / "", 0.1); }).says("has not ended within"));
  EXPECT_TRUE(folder.names().empty());
}

TEST(ShellQuoted, IsReadBackByTheShell) {
  const TemporaryFolder folder;
  for (const std::string word : {"plain", "", "two words", "it's", "$HOME", "a\nb", "-n;", "`x`\"\\"})
    EXPECT_EQ(run_shell("printf '%s' " + shell_quoted(word), folder / "", 60).out, word);
}

TEST(ChildProcess, LeavesTheSettingsOfAnotherClusterBehind) {
  const TemporaryFolder folder;
  ::setenv("CHUNKWISE_SECRET_FILE", "/another", 1);
  const Said said = run_shell("echo ${CHUNKWISE_SECRET_FILE-none}", folder / "", 60);
  ::unsetenv("CHUNKWISE_SECRET_FILE");
  EXPECT_EQ(said.out, "none\n");
}

// ---------------------------------------------------------------- schedulers

TEST(Fill, PutsValuesInPlaceOfWords) {
  const Values values{{"count", "4"}, {"name", "it"}};
  EXPECT_EQ(fill("@name@ x@count@y @@ a@b.c @ @name", values, "it"), "it x4y @@ a@b.c @ @name");
  const Caught caught = error_of([&] { (void)fill("@cuont@", values, "the script"); });
  EXPECT_EQ(caught.message.substr(0, 56), "the script has @cuont@, which stands for nothing; there ");
  EXPECT_TRUE(caught.says("@count@, @name@")) << caught.message;
}

TEST(WallSeconds, AreThoseThatOptionsAskFor) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wall_seconds(slurm(), Lines{"--partition=long", "--time=01:30:00"}), 5400);
  EXPECT_EQ(wall_seconds(slurm(), Lines{"--time=30"}), 1800) << "minutes";
  EXPECT_EQ(wall_seconds(slurm(), Lines{"-t 2-12:00:00"}), 216'000);
  EXPECT_EQ(wall_seconds(slurm(), Lines{"--time=30:30"}), 1830);
  EXPECT_EQ(wall_seconds(slurm(), Lines{"--time-min=30", "--mem=4G"}), 0);
  EXPECT_EQ(wall_seconds(slurm(), Lines{"--time=2-12"}), 0) << "days and hours alone are left to the scheduler";
  EXPECT_EQ(wall_seconds(grid_engine(), Lines{"-pe smp 4", "-l mem=4G,h_rt=00:10:00"}), 600);
  EXPECT_EQ(wall_seconds(grid_engine(), Lines{"-l h_rt=3600"}), 3600);
  EXPECT_EQ(wall_seconds(grid_engine(), Lines{"-l s_vmem=1G"}), 0);
}

TEST(JobOf, IsWhatTheSchedulerSays) {
  EXPECT_EQ(job_of(slurm(), "1234\n"), "1234");
  EXPECT_EQ(job_of(slurm(), "1234;cluster\n"), "1234");
  EXPECT_EQ(job_of(grid_engine(), "17.1-4:1\n"), "17");
  EXPECT_EQ(job_of(slurm(), "sbatch: a remark\n1234\n"), "1234");
  EXPECT_TRUE(error_of([] { (void)job_of(slurm(), "queued\n"); }).says("but: queued"));
}

// ---------------------------------------------------------------- limits of memory

TEST(MemoryOfGroups, IsTheLeastOfAllGroupsAbove) {
  const TemporaryFolder folder;
  const auto limit = [&](const std::string& file, const std::string& text) {
    std::filesystem::create_directories((folder / file).substr(0, (folder / file).rfind('/')));
    std::ofstream(folder / file) << text << "\n";
  };
  std::ofstream(folder / "membership") << "0::/slurm/job_7/step_0\n";
  EXPECT_EQ(chunkwise::memory_of_groups(folder / "membership", folder / ""), ~std::uint64_t{0});
  limit("slurm/job_7/step_0/memory.max", "max");
  limit("slurm/job_7/memory.max", "4000000");
  limit("slurm/memory.max", "9000000");
  EXPECT_EQ(chunkwise::memory_of_groups(folder / "membership", folder / ""), 4000000U);
  std::ofstream(folder / "membership") << "3:cpu,cpuacct:/x\n2:memory,hugetlb:/torque/9\n";
  limit("memory/torque/9/memory.limit_in_bytes", "123456");
  limit("x/memory.max", "5");
  EXPECT_EQ(chunkwise::memory_of_groups(folder / "membership", folder / ""), 123456U);
}

}  // namespace
