// What an operator sees of a cluster and asks of it: chunkwise cluster ADDRESS, retire, restart, scale, logs, shutdown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "chunkwise/start_cluster.hpp"
#include "tests/caught.hpp"
#include "tests/cli/started_clusters.hpp"

using namespace chunkwise_test;
using ::testing::HasSubstr;

namespace {

/// A cluster of this program's own, and the command beside it.
class Operator : public ClusterStart {
 protected:
  explicit Operator(int workers = 2) {
    chunkwise::ClusterOptions options;
    options.workers = workers;
    options.threads = 1;
    options.name = "w";
    options.metrics = "127.0.0.1:0";
    options.logs = folder_ / "logs";
    cluster_.emplace(options);
    EXPECT_TRUE(cluster_->wait_for_workers(workers, 60));
  }
  [[nodiscard]] Outcome ask(std::vector<std::string> words) const {
    words.insert(words.begin(), {"cluster", cluster_->address_file()});
    return Command(folder_ / "", words).wait();
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& worker : cluster_->status().workers) names.push_back(worker.name);
    return names;
  }
  std::optional<chunkwise::RunningCluster> cluster_;
};

TEST_F(Operator, SeesSumsAndWhatProcessesUse) {
  ASSERT_TRUE(eventually([this] { return cluster_->status().workers.at(1).resident > 0; }));
  const Outcome text = ask({});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("2 workers, 0 clients\n"));
  EXPECT_THAT(text.out, HasSubstr(" resident, "));
  EXPECT_THAT(text.out, HasSubstr("  all: 2 threads, "));
  const Outcome outcome = ask({"--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto status = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(status["workers"].size(), 2U);
  EXPECT_EQ(status["workers_wanted"], 2);
  EXPECT_EQ(status["total"]["threads"], 2);
  EXPECT_GT(status["workers"][0]["resident"], 1'000'000);
  EXPECT_EQ(status["workers"][0]["retiring"], false);
  EXPECT_GT(status["resident"], 1'000'000);
  EXPECT_GE(status["uptime"], 0.0);
  EXPECT_EQ(status["runs"].size(), 0U);
}

TEST_F(Operator, WatchesItUntilAnInterrupt) {
  Command command(folder_ / "", {"cluster", cluster_->address_file(), "--json", "--watch", "0.05"},
                  folder_ / "watched");
  EXPECT_TRUE(eventually([this] {
    const std::string seen = text_of_file(folder_ / "watched");
    return std::count(seen.begin(), seen.end(), '\n') >= 3;
  }));
  command.signal(SIGINT);
  EXPECT_EQ(command.wait().code, 128 + SIGINT);
}

TEST_F(Operator, RetiresAWorkerThatIsNotReplaced) {
  const Outcome outcome = ask({"retire", "w-1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(eventually([this] { return names() == std::vector<std::string>{"w-2"}; }));
  EXPECT_EQ(cluster_->status().workers_wanted, 1);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_EQ(names(), std::vector<std::string>{"w-2"});
}

class OperatorOfFour : public Operator {
 protected:
  OperatorOfFour() : Operator(4) {}
};

TEST_F(OperatorOfFour, MayRetireAWorkerTwice) {
  for (int times = 0; times < 2; ++times) (void)ask({"retire", "w-1"});
  EXPECT_TRUE(eventually([this] { return names().size() == 3; }));
  EXPECT_EQ(cluster_->status().workers_wanted, 3);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_EQ(names().size(), 3U);
}

TEST_F(Operator, RestartsAWorkerInItsProcess) {
  const std::vector<pid_t> before = workers();
  const auto joined = [this] {
    const std::string log = ask({"logs", "w-1"}).out;
    return log.find("joined the coordinator") != std::string::npos;
  };
  ASSERT_TRUE(eventually(joined));
  const std::string address = cluster_->status().workers.at(0).address + cluster_->status().workers.at(1).address;
  EXPECT_EQ(ask({"restart", "w-1"}).code, 0);
  EXPECT_TRUE(eventually([&] {
    const auto now = cluster_->status().workers;
    return now.size() == 2 && now[0].address + now[1].address != address && now[1].address + now[0].address != address;
  }));
  EXPECT_EQ(workers(), before);  // no other process came
}

TEST_F(Operator, ScalesIt) {
  EXPECT_EQ(ask({"scale", "3"}).code, 0);
  EXPECT_TRUE(eventually([this] { return names().size() == 3; }));
  EXPECT_EQ(ask({"scale", "1"}).code, 0);
  EXPECT_TRUE(eventually([this] { return names().size() == 1; }));
  const Outcome outcome = ask({"scale", "many"});
  EXPECT_EQ(outcome.code, 2);
}

TEST_F(Operator, ReadsTheLogOfAWorker) {
  const Outcome outcome = ask({"logs", "w-2"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("worker w-2 joined the coordinator at"));
}

TEST_F(Operator, IsToldTheNamesThereAre) {
  for (const char* verb : {"retire", "restart", "logs"}) {
    const Outcome outcome = ask({verb, "w-9"});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("there is no worker w-9; there are: w-"));
  }
}

TEST_F(Operator, OfAnotherUserIsNotLetEndAnything) {
  Outcome outcome;
  {
    const Setting other("XDG_CONFIG_HOME", folder_ / "another user");
    outcome = ask({"retire", "w-1"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("ended by the user who started the coordinator alone"));
    EXPECT_EQ(ask({"shutdown"}).code, 1);
    EXPECT_EQ(ask({}).code, 0);  // seeing is for everybody who knows the secret
  }
  EXPECT_EQ(names().size(), 2U);
  EXPECT_FALSE(cluster_->was_ended());
}

TEST_F(Operator, EndsIt) {
  EXPECT_EQ(ask({"shutdown"}).code, 0);
  EXPECT_TRUE(eventually([this] { return cluster_->was_ended() && names().empty(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_TRUE(names().empty());  // no worker is replaced
  cluster_.reset();
  expect_nothing_left();
}

TEST_F(ClusterStart, AnOperatorEndsAClusterWithItsCommand) {
  const std::string file = folder_ / "cluster.address";
  Command idle(folder_ / "", start({"--local", "--address-file", file}));
  ASSERT_TRUE(eventually([&] { return fs::exists(file) && chunkwise::cluster_status(file).workers.size() == 1; }));
  EXPECT_EQ(Command(folder_ / "", {"cluster", file, "shutdown"}).wait().code, 0);
  const Outcome ended = idle.wait();
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.err, HasSubstr("an operator has ended the cluster"));
  expect_nothing_left();
  const Outcome own = run({"--local"}, {"sh", "-c", "'" CHUNKWISE_PROGRAM "' cluster shutdown; exec sleep 614"});
  EXPECT_EQ(own.code, 128 + SIGTERM);
  expect_nothing_left();
}

TEST_F(ClusterStart, AnOperatorEndsPartsThatWereStartedOneByOne) {
  const std::string file = folder_ / "address";
  Command coordinator(folder_ / "",
                      {"coordinator", "--listen", "127.0.0.1:0", "--address-file", file, "--log-file", "log"});
  Command worker(folder_ / "", {"worker", file, "--threads", "1", "--name", "one"});
  ASSERT_TRUE(eventually([&] { return fs::exists(file) && chunkwise::cluster_status(file).workers.size() == 1; }));
  const Outcome scaled = Command(folder_ / "", {"cluster", file, "scale", "2"}).wait();
  EXPECT_EQ(scaled.code, 2);
  EXPECT_THAT(scaled.err, HasSubstr("nobody starts workers for this coordinator"));
  // A log that was renamed is begun anew.
  fs::rename(folder_ / "log", folder_ / "log.1");
  EXPECT_EQ(Command(folder_ / "", {"cluster", file, "shutdown"}).wait().code, 0);
  EXPECT_EQ(worker.wait().code, 0);
  EXPECT_EQ(coordinator.wait().code, 0);
  EXPECT_THAT(text_of_file(folder_ / "log.1"), HasSubstr("coordinator listens on"));
  EXPECT_THAT(text_of_file(folder_ / "log"), HasSubstr("coordinator ends"));
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(ClusterStart, VerbsOfAnOperatorWantACoordinator) {
  const Outcome outcome = Command(folder_ / "", {"cluster", "retire", "w-1"}).wait();
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("no coordinator is named"));
  const Outcome both = Command(folder_ / "", {"cluster", "127.0.0.1:1", "--json", "shutdown"}).wait();
  EXPECT_EQ(both.code, 2);
  EXPECT_THAT(both.err, HasSubstr("go with no other verb"));
}

}  // namespace
