// Signals that end a worker: in order, with nothing left behind.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/thrift/chaos.hpp"

namespace chunkwise::testing_cluster {
namespace {

/// A cluster of one worker that keeps more than its memory holds.
class ASpillingWorker : public testing::Test {
 protected:
  ASpillingWorker() { std::filesystem::create_directory(cluster_.folder() + "/spilled"); }
  [[nodiscard]] std::string spilled() const { return cluster_.folder() + "/spilled"; }
  [[nodiscard]] auto files() const {
    return std::distance(std::filesystem::directory_iterator(spilled()), std::filesystem::directory_iterator());
  }
  auto keep_much() {
    cluster_.await_workers(1);
    const auto backend = connect(cluster_.uri());
    return std::pair{backend, persist(backend, random<double, 2>({2048, 4096}, 1, {64, 4096}) * 2.0)};
  }

  const Watchdog watchdog_;
  Cluster cluster_{0};
};

TEST_F(ASpillingWorker, LeavesNoFileWhateverSignalEndsIt) {
  for (const auto& [signal, words] : {std::pair{SIGTERM, "worker ends"}, std::pair{SIGHUP, "the terminal is gone"},
                                      std::pair{SIGPIPE, "nobody reads what it says"}, std::pair{SIGUSR1, "SIGUSR1"},
                                      std::pair{SIGXCPU, "limit of processor time"}}) {
    cluster_.add_worker({"--memory", "32MB", "--spill", spilled(), "--grace", "0"});
    const auto kept = keep_much();
    EXPECT_GT(files(), 10);
    Process& worker = cluster_.workers().back();
    worker.signal(signal);
    EXPECT_EQ(worker.wait(), signal == SIGTERM ? 0 : 128 + signal);
    EXPECT_EQ(files(), 0) << signal;
    EXPECT_NE(cluster_.logs().find(words), std::string::npos) << cluster_.logs();
    cluster_.workers().pop_back();
  }
}

TEST_F(ASpillingWorker, EndsInOrderWhenNobodyReadsItsLogAnyMore) {
  const std::string fifo = cluster_.folder() + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  Process worker({"worker", cluster_.address(), "--memory", "32MB", "--spill", spilled(), "--grace", "0"}, fifo);
  const auto kept = keep_much();
  EXPECT_GT(files(), 10);
  ::close(reader);
  cluster_.coordinator().kill();  // which it says, to nobody
  EXPECT_TRUE(eventually([&] { return !worker.running(); }));
  EXPECT_EQ(worker.wait(), 128 + SIGPIPE);
  EXPECT_EQ(files(), 0);
}

TEST_F(ASpillingWorker, GoesOnWhereTheSignalWasIgnoredWhenItWasStarted) {
  // What nohup does.
  const Process worker({"-c", "trap '' HUP; exec \"$0\" worker \"$1\" --name w", CHUNKWISE_PROGRAM, cluster_.address()},
                       cluster_.folder() + "/worker.log", "/bin/sh");
  cluster_.await_workers(1);
  worker.signal(SIGHUP);
  EXPECT_EQ(compute(connect(cluster_.uri()), sum(arange(0.0, 10.0) * 2.0)), 90.0);
  EXPECT_TRUE(worker.running());
}

}  // namespace
}  // namespace chunkwise::testing_cluster
