// The secret of a user: made once, found by all of the user's programs, and by nobody else.
#include "backends/thrift/wire/user_secret.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/thrift/worker_server.hpp"

namespace chunkwise::wire {
namespace {

namespace fs = std::filesystem;
using chunkwise_test::error_of;
using chunkwise_test::TemporaryFolder;

/// With settings in a folder of its own.
class AUserSecret : public testing::Test {
 protected:
  AUserSecret() {
    for (const char* variable : {"XDG_CONFIG_HOME", "HOME", "CHUNKWISE_SECRET_FILE"}) {
      const char* const value = std::getenv(variable);
      before_.emplace_back(variable, value ? std::optional<std::string>(value) : std::nullopt);
      ::unsetenv(variable);
    }
    ::setenv("XDG_CONFIG_HOME", (folder_ / "settings").c_str(), 1);
  }
  ~AUserSecret() override {
    for (const auto& [variable, value] : before_) value ? ::setenv(variable, value->c_str(), 1) : ::unsetenv(variable);
  }
  [[nodiscard]] std::string file() const { return folder_ / "settings/chunkwise/secret"; }

  TemporaryFolder folder_;

 private:
  std::vector<std::pair<const char*, std::optional<std::string>>> before_;
};

TEST_F(AUserSecret, IsMadeOnceForItsUserAlone) {
  const UserSecret made = user_secret();
  EXPECT_EQ(made.file, file());
  EXPECT_EQ(made.secret.size(), 64U);
  EXPECT_EQ(made.why_not, "");
  struct stat status {};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(user_secret().secret, made.secret);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_ / "settings/chunkwise")) ++files;
  EXPECT_EQ(files, 1U) << "nothing half written remains";
}

TEST_F(AUserSecret, IsTheSameForAllWhoBeginAtTheSameTime) {
  for (int round = 0; round < 20; ++round) {
    fs::remove_all(folder_ / "settings");
    std::vector<std::string> secrets(8);
    {
      std::vector<std::jthread> threads;
      for (std::string& secret : secrets) threads.emplace_back([&secret] { secret = user_secret().secret; });
    }
    EXPECT_EQ(std::set(secrets.begin(), secrets.end()).size(), 1U);
    EXPECT_EQ(secrets[0].size(), 64U);
  }
}

TEST_F(AUserSecret, IsInTheHomeWhereNothingElseIsSaid) {
  ::unsetenv("XDG_CONFIG_HOME");
  ::setenv("HOME", (folder_ / "").c_str(), 1);
  EXPECT_EQ(user_secret().file, folder_ / ".config/chunkwise/secret");
  ::setenv("XDG_CONFIG_HOME", "not/absolute", 1);
  EXPECT_EQ(user_secret().file, folder_ / ".config/chunkwise/secret");
}

TEST_F(AUserSecret, IsNoneWhereTheHomeCannotBeUsed) {
  std::ofstream(folder_ / "a_file") << "no folder\n";
  ::setenv("XDG_CONFIG_HOME", (folder_ / "a_file/settings").c_str(), 1);
  const UserSecret none = user_secret();
  EXPECT_EQ(none.secret, "");
  EXPECT_NE(none.why_not.find("cannot"), std::string::npos) << none.why_not;
}

TEST_F(AUserSecret, IsNotLeftInTheHomeOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has folders of others";
  fs::create_directory(folder_ / "settings");
  ASSERT_EQ(::chown((folder_ / "settings").c_str(), 12345, 12345), 0);
  const UserSecret none = user_secret();
  EXPECT_EQ(none.secret, "");
  EXPECT_NE(none.why_not.find("belongs to another user"), std::string::npos) << none.why_not;
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(AUserSecret, IsRefusedWhereOthersMayReadIt) {
  (void)user_secret();
  ::chmod(file().c_str(), 0644);
  EXPECT_TRUE(error_of([] { (void)user_secret(); }).says("chmod 600"));
}

TEST_F(AUserSecret, LetsItsOwnProgramsInAndNoOthers) {
  using namespace chunkwise_test;
  ServerOptions serving;
  serving.user_secret = true;
  const WorkerServer server(serving, worker());
  ClientOptions calling;
  const auto use = [&] { const WorkerConnection connection(server.address(), calling); };
  EXPECT_TRUE(error_of(use).says("wants the shared secret")) << error_of(use).message;
  calling.user_secret = true;
  EXPECT_NO_THROW(use());
  ::setenv("XDG_CONFIG_HOME", (folder_ / "others").c_str(), 1);
  const Caught caught = error_of(use);
  EXPECT_TRUE(caught.says("this that of another user") && caught.says("--secret-file")) << caught.message;
}

TEST_F(AUserSecret, IsNotEnoughBeyondLoopback) {
  using namespace chunkwise_test;
  ServerOptions serving;
  serving.user_secret = true;
  serving.listen = "0.0.0.0:0";
  EXPECT_TRUE(error_of([&] { const WorkerServer server(serving, worker()); }).says("without a shared secret"));
}

TEST_F(AUserSecret, GivesWayToTheSecretOfACluster) {
  std::ofstream(folder_ / "cluster") << "another";
  ::chmod((folder_ / "cluster").c_str(), 0600);
  ClientOptions calling;
  calling.user_secret = true;
  calling.security.secret_file = folder_ / "cluster";
  const Credentials credentials = credentials_of(calling);
  EXPECT_EQ(credentials.secret, "another");
  EXPECT_FALSE(credentials.user_secret);
}

TEST_F(AUserSecret, ThatIsAFifoIsAnErrorAndIsNotWaitedFor) {
  fs::create_directories(folder_ / "settings/chunkwise");
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  const chunkwise_test::Caught caught = error_of([] { (void)user_secret(); });
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("is a FIFO")) << caught.message;
}

}  // namespace
}  // namespace chunkwise::wire
