// A cluster of more than one host: what is told of a worker is where others find it, and what they cannot reach is
// said.
#include "tests/thrift/hosts.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/thrift/chaos.hpp"

namespace chunkwise::testing_cluster {
namespace {

using chunkwise_test::Caught;
using chunkwise_test::error_of;
using chunkwise_test::TemporaryFolder;
using chunkwise_test::text_of_file;
using std::chrono::seconds;
using ::testing::Test;

/// A coordinator on host 1, workers on others, and a secret.
class HostsOfACluster : public Test {
 protected:
  void SetUp() override {
    if (const std::string why = Hosts::why_not(); !why.empty()) GTEST_SKIP() << why;
    hosts = std::make_unique<Hosts>(4);
    security.secret_file = folder_ / "secret";
    std::ofstream(security.secret_file) << "a secret of this test alone\n";
    std::filesystem::permissions(security.secret_file, std::filesystem::perms::owner_read);
  }

  /// Starts it, and learns its address as others do.
  void start_coordinator(const std::string& listen = Hosts::address(1) + ":0") {
    const std::string file = folder_ / "address";
    start(1, {"coordinator", "--listen", listen, "--address-file", file, "--worker-timeout", "3"}, "coordinator");
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(file); })) << log("coordinator");
    std::ifstream(file) >> address;
  }
  void start_worker(int host, const std::vector<std::string>& options = {}, const std::string& coordinator = {}) {
    std::vector<std::string> words{
        "worker", coordinator.empty() ? address : coordinator, "--threads", "1", "--name", "w" + std::to_string(host)};
    words.insert(words.end(), options.begin(), options.end());
    start(host, words, "w" + std::to_string(host));
  }
  void start(int host, const std::vector<std::string>& words, const std::string& name) {
    std::vector<std::string> all = hosts->command(host, CHUNKWISE_PROGRAM);
    all.insert(all.end(), words.begin(), words.end());
    all.insert(all.end(), {"--secret-file", security.secret_file});
    processes.emplace_back(all, folder_ / (name + ".log"), ip_program());
  }
  [[nodiscard]] std::string log(const std::string& name) const { return text_of_file(folder_ / (name + ".log")); }
  [[nodiscard]] std::string logs() const {
    std::string all;
    for (const char* name : {"coordinator", "w1", "w2", "w3", "w4"})
      if (std::filesystem::exists(folder_ / (std::string(name) + ".log"))) all += log(name);
    return all;
  }

  [[nodiscard]] ClusterStatus status() const {
    ClusterStatus result;
    hosts->on(1, [&] { result = cluster_status(address, security); });
    return result;
  }
  void await_workers(std::size_t count) const {
    EXPECT_TRUE(eventually([&] { return status().workers.size() == count; })) << logs();
  }
  /// The addresses of workers, without ports.
  [[nodiscard]] std::vector<std::string> worker_hosts() const {
    std::vector<std::string> result;
    for (const auto& worker : status().workers) result.push_back(worker.address.substr(0, worker.address.rfind(':')));
    return result;
  }
  [[nodiscard]] BackendPtr connected() const {
    BackendOptions options;
    options.security = security;
    return connect("thrift://" + address, options);
  }
  /// What a run says that a client on a host asks for; and that it says so soon.
  [[nodiscard]] Caught error_on(int host) const { return error_on(host, z_score(numbers())); }
  template <Expression E>
  [[nodiscard]] Caught error_on(int host, const E& expression) const {
    Caught caught;
    const auto began = std::chrono::steady_clock::now();
    hosts->on(host, [&] { caught = error_of([&] { (void)compute(connected(), expression); }); });
    EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(20)) << caught.message;
    return caught;
  }
  static Array<double, 3> numbers() { return random<double, 3>({64, 40, 100}, 7, {2, 40, 100}); }

  TemporaryFolder folder_;
  std::unique_ptr<Hosts> hosts;
  Security security;
  std::string address;
  std::vector<Process> processes;
};

TEST_F(HostsOfACluster, ComputeTheSameBits) {
  const Watchdog watchdog;
  start_coordinator();
  start_worker(2);
  start_worker(3);
  await_workers(2);
  std::vector<double> values(100'000, 0.25);
  const auto given = from_vector<1>(values, {100'000}, {10'000});
  const auto expected = compute(connect("local"), z_score(numbers()));
  for (const int client : {1, 2, 4})
    hosts->on(client, [&] {
      const BackendPtr backend = connected();
      EXPECT_TRUE(same_bits(compute(backend, z_score(numbers())), expected)) << logs();
      EXPECT_EQ(compute(backend, sum(given)), 25'000.0);  // what only the client has
      const auto kept = persist(backend, numbers() * 2.0);
      EXPECT_EQ(compute(backend, kept(3, 4, 5)), compute(connect("local"), (numbers() * 2.0)(3, 4, 5)));
    });
}

TEST_F(HostsOfACluster, RegisterTheAddressByWhichTheyReachTheCoordinator) {
  start_coordinator();
  start_worker(2);
  await_workers(1);
  EXPECT_EQ(worker_hosts(), std::vector<std::string>{"10.77.0.2"});
}

TEST_F(HostsOfACluster, ListenAtTheAddressOfAnInterface) {
  const Watchdog watchdog;
  const std::string file = folder_ / "address";
  start(1, {"coordinator", "--interface", "eth0:0", "--address-file", file, "--worker-timeout", "3"}, "coordinator");
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(file); })) << log("coordinator");
  std::ifstream(file) >> address;
  EXPECT_TRUE(address.starts_with("10.77.0.1:")) << address;
  // A host's second network has another address.
  hosts->add_interface(2, "ib0", "10.78.0.2/24");
  hosts->add_interface(3, "ib0", "fd78::3/64");
  start_worker(2, {"--interface", "ib0"});
  start_worker(3, {"--interface", "ib0"});
  EXPECT_TRUE(eventually([&] {
    return log("w2").find("at 10.78.0.2:") != std::string::npos && log("w3").find("at [fd78::3]:") != std::string::npos;
  })) << logs();
  start_worker(4, {"--interface", "eth0"});
  await_workers(1);
  EXPECT_EQ(worker_hosts(), std::vector<std::string>{"10.77.0.4"});
}

TEST_F(HostsOfACluster, SayWhichInterfacesThereAre) {
  const Watchdog watchdog;
  hosts->add_interface(2, "ib0", "10.78.0.2/24");
  for (const char* const verb : {"coordinator", "worker"}) {
    std::vector<std::string> words{verb};
    if (words.front() == "worker") words.emplace_back("10.77.0.1:9");
    words.insert(words.end(), {"--interface", "ib7"});
    start(2, words, "w2");
    EXPECT_EQ(processes.back().wait(), 2) << log("w2");
    const std::string said = log("w2");
    EXPECT_NE(said.find("there is no network interface 'ib7'"), std::string::npos) << said;
    EXPECT_NE(said.find("ib0 (10.78.0.2)"), std::string::npos) << said;
    EXPECT_NE(said.find("eth0 (10.77.0.2)"), std::string::npos) << said;
  }
}

TEST_F(HostsOfACluster, NeverHandOutAWildcard) {
  start_coordinator("0.0.0.0:0");
  EXPECT_TRUE(address.starts_with("10.77.0.1:")) << address;
  start_worker(1);
  start_worker(2, {"--listen", "0.0.0.0:0"});
  start_worker(3, {"--listen", "[::]:0"});
  await_workers(3);
  for (const std::string& host : worker_hosts()) EXPECT_TRUE(host.starts_with("10.77.0.")) << host;
  hosts->on(4, [&] { EXPECT_EQ(compute(connected(), sum(full<1>({10}, 2.0))), 20.0); });
}

TEST_F(HostsOfACluster, OfACoordinatorAreFoundByOthersThoughTheirWorkersCameOverLoopback) {
  const Watchdog watchdog;
  start_coordinator("0.0.0.0:0");
  const std::string port = address.substr(address.rfind(':'));
  start_worker(1, {}, "127.0.0.1" + port);
  start_worker(2);
  await_workers(2);
  for (const std::string& host : worker_hosts()) EXPECT_TRUE(host.starts_with("10.77.0.")) << host;
  const auto expected = compute(connect("local"), z_score(numbers()));
  for (const int client : {1, 2, 4})
    hosts->on(client, [&] { EXPECT_TRUE(same_bits(compute(connected(), z_score(numbers())), expected)) << logs(); });
  EXPECT_EQ(logs().find("only its own machine"), std::string::npos) << logs();
}

TEST_F(HostsOfACluster, SayThatAWorkerOfLoopbackIsForItsMachineAlone) {
  start_coordinator("0.0.0.0:0");
  start_worker(1, {"--listen", "127.0.0.1:4714"}, "localhost" + address.substr(address.rfind(':')));
  const std::string said =
      "worker w1 tells others to fetch from 127.0.0.1:4714, which only its own machine can reach, "
      "though the coordinator at " +
      address;
  EXPECT_TRUE(eventually([&] {
    return log("w1").find(said) != std::string::npos && log("coordinator").find(said) != std::string::npos;
  })) << logs();
}

TEST_F(HostsOfACluster, AreKnownByWhatTheyAdvertise) {
  start_coordinator();
  start_worker(2, {"--listen", "0.0.0.0:4711", "--advertise", "10.77.0.2:0"});
  await_workers(1);
  ASSERT_EQ(status().workers.size(), 1U);
  EXPECT_EQ(status().workers[0].address, "10.77.0.2:4711");
}

TEST_F(HostsOfACluster, MayHaveNames) {
  const Watchdog watchdog;
  start_coordinator("node1:0");
  EXPECT_TRUE(address.starts_with("node1:")) << address;
  start_worker(2);
  start_worker(3, {"--listen", "0.0.0.0:0", "--advertise", "node3:0"});
  const std::string seen = folder_ / "seen";
  EXPECT_TRUE(eventually([&] {
    std::vector<std::string> words{"/bin/sh", "-c",
                                   std::string(CHUNKWISE_PROGRAM) + " cluster " + address + " --secret-file " +
                                       security.secret_file + " >" + seen};
    const std::vector<std::string> there = hosts->command(4, words[0]);
    words.erase(words.begin());
    words.insert(words.begin(), there.begin(), there.end());
    return Process(words, folder_ / "cluster.log", ip_program()).wait() == 0 &&
           text_of_file(seen).find("2 workers") != std::string::npos;
  })) << logs();
  EXPECT_NE(text_of_file(seen).find("w3 at node3:"), std::string::npos) << text_of_file(seen);
  EXPECT_NE(text_of_file(seen).find("w2 at 10.77.0.2:"), std::string::npos) << text_of_file(seen);
}

/// As a Debian machine knows its own name.
TEST_F(HostsOfACluster, AreToldWhereTheirNameIsThatOfLoopback) {
  hosts->add_name(1, "127.0.1.1 me");
  start_coordinator("me:0");
  EXPECT_TRUE(eventually([&] {
    return log("coordinator").find("which is 127.0.1.1 here: only this machine") != std::string::npos;
  })) << logs();
}

TEST_F(HostsOfACluster, MayHaveAddressesOfIpv6) {
  const Watchdog watchdog;
  if (!std::filesystem::exists("/proc/net/if_inet6")) GTEST_SKIP() << "this machine has no IPv6";
  start_coordinator("[fd77::1]:0");
  EXPECT_TRUE(address.starts_with("[fd77::1]:")) << address;
  start_worker(2);
  start_worker(3, {"--listen", "[fd77::3]:0"});
  start_worker(4, {"--listen", "[::]:0"});
  await_workers(3);
  hosts->on(4, [&] {
    EXPECT_TRUE(same_bits(compute(connected(), z_score(numbers())), compute(connect("local"), z_score(numbers()))));
  });
}

TEST_F(HostsOfACluster, AreNotTakenInWhereTheCoordinatorCannotConnectBack) {
  start_coordinator();
  start_worker(2, {"--listen", "127.0.0.1:4712"});
  start_worker(3, {"--advertise", "10.77.0.3:1"});
  for (const std::string& said :
       {std::string("worker w2 says that it listens at 127.0.0.1:4712, which the coordinator at ") + address +
            " cannot reach: Connection refused",
        "worker w3 says that it listens at 10.77.0.3:1, which the coordinator at " + address + " cannot reach"}) {
    const std::string worker = said.substr(7, 2);
    EXPECT_TRUE(eventually([&] {
      return log(worker).find(said) != std::string::npos && log("coordinator").find(said) != std::string::npos;
    })) << logs();
    EXPECT_NE(log(worker).find("--advertise"), std::string::npos);
  }
  EXPECT_TRUE(status().workers.empty());
  EXPECT_EQ(status().refused.size(), 2U);
}

TEST_F(HostsOfACluster, AreNotTakenForAnotherOfTheSameAddress) {
  start_coordinator("0.0.0.0:0");
  start_worker(1, {"--listen", "127.0.0.1:4713"}, "127.0.0.1:" + address.substr(address.rfind(':') + 1));
  await_workers(1);
  start_worker(2, {"--listen", "127.0.0.1:4713"});
  EXPECT_TRUE(eventually([&] { return log("w2").find("another worker answers there") != std::string::npos; }))
      << logs();
  EXPECT_EQ(status().workers.size(), 1U);
}

TEST_F(HostsOfACluster, AreLostWhenTheyAreCutOffInTheMiddle) {
  const Watchdog watchdog;
  start_coordinator();
  start_worker(2);
  start_worker(3);
  await_workers(2);
  const auto heavy = worked(random<double, 3>({256, 80, 400}, 7, {2, 80, 400}), 16);
  const auto expected = compute(connect("local"), z_score(heavy));
  hosts->on(1, [&] {
    auto run = submit(connected(), z_score(heavy));
    EXPECT_TRUE(eventually([&] {
      const auto workers = cluster_status(address, security).workers;
      return workers.size() == 2 && workers[0].running > 0 && workers[1].running > 0;
    }));
    hosts->plug(3, false);
    EXPECT_TRUE(same_bits(run.get(), expected)) << logs();
    EXPECT_TRUE(eventually([&] { return cluster_status(address, security).workers.size() == 1; })) << logs();
    EXPECT_NE(log("coordinator").find("worker w3 was lost"), std::string::npos) << logs();
  });
  hosts->plug(3, true);
  EXPECT_TRUE(eventually([&] { return status().workers.size() == 2; }, seconds(40))) << logs();
}

TEST_F(HostsOfACluster, AreLostWhenNobodyCanConnectToThemAnyMore) {
  const Watchdog watchdog;
  start_coordinator();
  start_worker(2);
  hosts->add_address(3, "10.77.0.33");
  start_worker(3, {"--listen", "0.0.0.0:0", "--advertise", "10.77.0.33:0"});
  await_workers(2);
  // It goes on asking for work, over its other address.
  hosts->remove_address(3, "10.77.0.33");
  const auto heavy = worked(random<double, 3>({64, 80, 400}, 7, {2, 80, 400}), 16);
  hosts->on(1, [&] {
    EXPECT_TRUE(same_bits(compute(connected(), z_score(heavy)), compute(connect("local"), z_score(heavy)))) << logs();
  });
  EXPECT_NE(log("coordinator").find("worker w3 at 10.77.0.33:"), std::string::npos) << logs();
  EXPECT_TRUE(eventually([&] { return status().workers.size() == 1 && status().refused.size() == 1; })) << logs();
}

TEST_F(HostsOfACluster, SayWhichWorkerAClientCannotReach) {
  const Watchdog watchdog;
  start_coordinator();
  start_worker(3);
  await_workers(1);
  hosts->cut_way(4, 3);
  const Caught caught = error_on(4);
  EXPECT_EQ(caught.code, ErrorCode::io);
  EXPECT_TRUE(caught.says("this program at 10.77.0.4 cannot connect to worker w3 at 10.77.0.3:") &&
              caught.says("the coordinator at " + address + " can"))
      << caught.message;
  hosts->on(4, [&] {
    const auto backend = connected();
    const auto given = from_vector<1>(std::vector<double>(100'000, 0.25), {100'000}, {10'000});
    const Caught upload = error_of([&] { (void)compute(backend, sum(given)); });
    EXPECT_TRUE(upload.says("cannot connect to worker w3")) << upload.message;
    const Caught read = error_of([&] { (void)compute(backend, persist(backend, numbers() * 2.0)); });
    EXPECT_TRUE(read.says("cannot connect to worker w3")) << read.message;
  });
}

TEST_F(HostsOfACluster, SayWhichWorkersCannotReachEachOther) {
  const Watchdog watchdog;
  start_coordinator();
  start_worker(2);
  start_worker(3);
  await_workers(2);
  hosts->cut_way(3, 2);
  hosts->cut_way(2, 3);
  // Both take part, and each needs what the other has.
  const Caught caught = error_on(1, z_score(worked(random<double, 3>({64, 80, 400}, 7, {2, 80, 400}), 16)));
  EXPECT_EQ(caught.code, ErrorCode::io);
  EXPECT_TRUE(caught.says("cannot connect to worker w") && caught.says("at 10.77.0.2:") && caught.says("at 10.77.0.3:"))
      << caught.message;
}

}  // namespace
}  // namespace chunkwise::testing_cluster
