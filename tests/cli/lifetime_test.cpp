// Workers whose time is known before: they hand over what they hold, and are gone when it is over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/start_cluster.hpp"
#include "tests/cli/started_clusters.hpp"

namespace {

using namespace chunkwise_test;
using testing::HasSubstr;
namespace cw = chunkwise;

class ALifetime : public ClusterStart {
 protected:
  ALifetime() {
    cw::CoordinatorOptions options;
    options.listen = "127.0.0.1:0";
    coordinator_ = std::make_unique<cw::Coordinator>(options);
  }
  [[nodiscard]] std::unique_ptr<Command> worker(const std::string& name, std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"worker", coordinator_->address(), "--name", name, "--threads", "1", "--memory",
                                     "200MB", "--log-file", folder_ / (name + ".log")});
    return std::make_unique<Command>(folder_ / "", options);
  }
  [[nodiscard]] bool there_are(std::size_t workers) const {
    return eventually([&] { return coordinator_->status().workers.size() == workers; });
  }
  [[nodiscard]] std::string log(const std::string& name) const { return text_of_file(folder_ / (name + ".log")); }

  std::unique_ptr<cw::Coordinator> coordinator_;
};

TEST_F(ALifetime, EndsWithNothingLost) {
  const auto began = std::chrono::steady_clock::now();
  const auto passing = worker("passing", {"--lifetime", "12s", "--grace", "6"});
  ASSERT_TRUE(there_are(1));
  const auto backend = cw::connect("thrift://" + coordinator_->address());
  // What only its client had, and the worker holds now, could not be made again.
  const std::vector<double> numbers(100'000, 0.5);
  const auto kept = cw::persist(backend, cw::from_vector<1>(numbers, {100'000}, {10'000}) * 3.0);
  const auto staying = worker("staying");
  const Outcome outcome = passing->wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err << log("passing");
  const std::chrono::duration<double> lived = std::chrono::steady_clock::now() - began;
  EXPECT_GT(lived.count(), 4.0);
  EXPECT_LT(lived.count(), 12.5);
  EXPECT_THAT(log("passing"), HasSubstr("its lifetime is nearly over"));
  EXPECT_THAT(log("passing"), HasSubstr("others have all that they can have"));
  EXPECT_TRUE(there_are(1));
  EXPECT_EQ(cw::compute(backend, cw::sum(kept)), 150'000.0);
}

TEST_F(ALifetime, IsThatOfTheJob) {
  const auto end = std::chrono::duration_cast<std::chrono::seconds>(
                       (std::chrono::system_clock::now() + std::chrono::seconds(4)).time_since_epoch())
                       .count();
  const Setting job("SLURM_JOB_ID", "17"), until("SLURM_JOB_END_TIME", std::to_string(end));
  const auto passing = worker("passing", {"--grace", "1"});
  EXPECT_EQ(passing->wait().code, 0) << log("passing");
  EXPECT_LE(std::chrono::system_clock::now().time_since_epoch(), std::chrono::seconds(end + 1));
  EXPECT_THAT(log("passing"), HasSubstr("its lifetime is nearly over"));
}

TEST_F(ALifetime, OfAClusterThatNobodyUsesIsShort) {
  const std::string file = folder_ / "cluster";
  Command cluster(folder_ / "", start({"--local", "-n", "1", "--idle-timeout", "3", "--address-file", file}));
  ASSERT_TRUE(eventually([&] { return fs::exists(file); }));
  {
    const auto backend = cw::connect("thrift://" + file);
    const auto kept = cw::persist(backend, cw::arange(0.0, 10.0) * 2.0);
    std::this_thread::sleep_for(std::chrono::seconds(5));
    EXPECT_EQ(cw::compute(backend, cw::sum(kept)), 90.0) << "it is in use";
  }
  const Outcome outcome = cluster.wait();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("nobody has used the cluster for 3 s"));
  EXPECT_TRUE(eventually([this] { return workers().empty(); }));
  EXPECT_EQ(run({"--local", "--idle-timeout", "3"}, {"true"}).code, 2);
}

TEST_F(ALifetime, IsATime) {
  for (const char* const none : {"soon", "0", "5 minutes", "1:2:3:4", "nan", "1e300"}) {
    const Outcome outcome = Command(folder_ / "", {"worker", coordinator_->address(), "--lifetime", none}).wait();
    EXPECT_EQ(outcome.code, 2) << none;
    EXPECT_THAT(outcome.err, HasSubstr("--lifetime")) << none;
  }
}

}  // namespace
