// Who waits for a part of a cluster that is not there says so, and not for ever.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>

#include "chunkwise/cluster.hpp"
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

TEST(ARunWithoutWorkers, SaysThatItWaitsWhereThereIsNoTerminal) {
  const Watchdog watchdog;
  const Cluster cluster(0);
  BackendOptions options;
  options.wait_for_workers = 4;
  const auto backend = connect(cluster.uri(), options);
  testing::internal::CaptureStderr();
  const Caught caught = error_of([&] { (void)compute(backend, sum(arange(0.0, 10.0) * 2.0), progress_bar()); });
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(caught.code, ErrorCode::io);
  EXPECT_NE(said.find("waiting for workers: " + cluster.uri() + " has none; start some with: chunkwise worker " +
                      cluster.address() + "\n"),
            std::string::npos)
      << said;
}

TEST(ARunWithoutWorkers, SaysThatItWaitsThoughNobodyLooksAtItsProgress) {
  const Watchdog watchdog;
  const Cluster cluster(0);
  BackendOptions options;
  options.wait_for_workers = 3.5;
  const auto backend = connect(cluster.uri(), options);
  const auto given = from_vector<1>(std::vector<double>(100'000, 1.5), {100'000});
  for (const auto& run : std::vector<std::function<void()>>{
           [&] { (void)compute(backend, sum(arange(0.0, 10.0) * 2.0)); },
           [&] { (void)persist(backend, arange(0.0, 10.0) * 2.0); }, [&] { (void)compute(backend, sum(given)); }}) {
    testing::internal::CaptureStderr();
    const Caught caught = error_of(run);
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(caught.says(cluster.uri() + " has had no worker for 3.5 s")) << caught.message;
    EXPECT_EQ(said, "chunkwise: waiting for workers: " + cluster.uri() +
                        " has none; start some with: chunkwise worker " + cluster.address() + "\n");
  }
}

TEST(ARunWithoutWorkers, IsToldWhySomeWereRefused) {
  const Watchdog watchdog;
  const TemporaryFolder folder;
  const Cluster cluster(0);
  // Nobody listens there.
  const Process worker({"worker", cluster.address(), "--advertise", "127.0.0.1:1"}, folder / "log");
  ASSERT_TRUE(eventually([&] { return !cluster_status(cluster.address()).refused.empty(); }));
  BackendOptions options;
  options.wait_for_workers = 1;
  const auto backend = connect(cluster.uri(), options);
  const Caught caught = error_of([&] { (void)compute(backend, sum(arange(0.0, 10.0) * 2.0)); });
  EXPECT_TRUE(caught.says("has had no worker for 1 s")) << caught.message;
  EXPECT_TRUE(caught.says("; refused lately: ")) << caught.message;
  EXPECT_TRUE(caught.says("127.0.0.1:1")) << caught.message;
}

TEST(ARunWithoutWorkers, LeavesItToWhoLooksAtItsProgress) {
  const Watchdog watchdog;
  const Cluster cluster(0);
  BackendOptions options;
  options.wait_for_workers = 2.5;
  std::string note;
  testing::internal::CaptureStderr();
  (void)error_of([&] {
    (void)compute(connect(cluster.uri(), options), sum(arange(0.0, 10.0) * 2.0),
                  on_progress([&](const Progress& p) { note = p.note; }));
  });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_NE(note.find("waiting for workers"), std::string::npos) << note;
}

TEST(NumbersOfSecondsAndThreads, ThatCannotBeAreRefusedBeforeAnythingWaitsForThem) {
  const Watchdog watchdog;
  const Cluster cluster(0);
  const auto refused = [](const auto& make, const char* what) {
    const Caught caught = error_of(make);
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument) << caught.message;
    EXPECT_TRUE(caught.says(what)) << caught.message;
  };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinite = std::numeric_limits<double>::infinity();
  for (const double seconds : {nan, -1.0, 1e300, infinite, -infinite}) {
    for (const std::string& uri : {cluster.uri(), std::string("local")})
      refused(
          [&] {
            BackendOptions options;
            options.wait_for_workers = seconds;
            (void)connect(uri, options);
          },
          "BackendOptions::wait_for_workers is ");
    CoordinatorOptions coordinator;
    coordinator.listen = "127.0.0.1:0";
    coordinator.worker_timeout = seconds;
    refused([&] { const Coordinator never(coordinator); }, "CoordinatorOptions::worker_timeout is ");
    coordinator.worker_timeout = 10;
    coordinator.client_timeout = seconds;
    refused([&] { const Coordinator never(coordinator); }, "CoordinatorOptions::client_timeout is ");
    WorkerOptions options;
    options.coordinator = cluster.address();
    options.coordinator_timeout = seconds;
    refused([&] { const Worker never(options); }, "WorkerOptions::coordinator_timeout is ");
    options.coordinator_timeout = 0;
    Worker worker(options);
    refused([&] { (void)worker.retire(seconds); }, "Worker::retire: its time is ");
  }
  for (const int threads : {-1, 1025, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
    for (const std::string& uri : {cluster.uri(), std::string("local")})
      refused([&] { (void)connect(uri, {.threads = threads}); }, "BackendOptions::threads is ");
    WorkerOptions options;
    options.coordinator = cluster.address();
    options.threads = threads;
    refused([&] { const Worker never(options); }, "WorkerOptions::threads is ");
  }
  WorkerOptions options;
  options.coordinator = cluster.address();
  options.memory_limit = 1;
  refused([&] { const Worker never(options); }, "WorkerOptions::memory_limit is 1 bytes");
}

TEST(ARunWithWorkers, SaysNothingWhereThereIsNoTerminal) {
  const Watchdog watchdog;
  const Cluster cluster(1);
  const auto backend = connect(cluster.uri());
  testing::internal::CaptureStderr();
  EXPECT_EQ(compute(backend, sum(arange(0.0, 10.0) * 2.0), progress_bar()), 90.0);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(AWorkerWithoutCoordinator, SaysAgainThatItWaits) {
  const Watchdog watchdog;
  const TemporaryFolder folder;
  const std::string log = folder / "log";
  const Process worker({"worker", folder / "address"}, log);
  const std::string waits = "waiting for a coordinator that writes its address to " + (folder / "address");
  const auto waits_again = [&] {
    const std::string text = text_of_file(log);
    const std::size_t first = text.find(waits);
    return first != std::string::npos && text.find(waits, first + 1) != std::string::npos;
  };
  EXPECT_TRUE(eventually(waits_again, seconds(20))) << text_of_file(log);
  // What is waited for has changed: that is news.
  std::ofstream(folder / "address") << "127.0.0.1:1\n";
  EXPECT_TRUE(eventually([&] { return text_of_file(log).find("Connection refused") != std::string::npos; }));
}

TEST(AWorkerWithoutCoordinator, EndsWhenItHasWaitedForTooLong) {
  const Watchdog watchdog;
  const TemporaryFolder folder;
  Process worker({"worker", "127.0.0.1:1", "--coordinator-timeout", "1"}, folder / "log");
  EXPECT_EQ(worker.wait(), 1);
  EXPECT_NE(text_of_file(folder / "log").find("no coordinator for 1 s"), std::string::npos)
      << text_of_file(folder / "log");
}

TEST(AWorkerWithoutCoordinator, StaysWhereItKeepsAnArray) {
  const Watchdog watchdog;
  Cluster cluster(ClusterSettings{1, {}, {"--coordinator-timeout", "1"}, {}});
  const auto backend = connect(cluster.uri());
  const auto kept = persist(backend, arange(0.0, 10.0) * 2.0);
  cluster.coordinator().kill();
  std::this_thread::sleep_for(seconds(4));
  EXPECT_TRUE(cluster.workers()[0].running());
  cluster.restart_coordinator();
  EXPECT_EQ(compute(backend, sum(kept)), 90.0);
}

/// Writes files of secrets, each with its own name for one, that only their owner may read.
void write_secrets(const TemporaryFolder& folder, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    std::ofstream(folder / secret) << secret;
    std::filesystem::permissions(folder / secret, std::filesystem::perms::owner_read);
  }
}

TEST(AWorkerThatIsRefused, AsksLessOftenEachTimeAndSaysSo) {
  const Watchdog watchdog;
  const TemporaryFolder folder;
  write_secrets(folder, {"right", "wrong"});
  Security security;
  security.secret_file = folder / "right";
  const Cluster cluster(ClusterSettings{0, {"--secret-file", security.secret_file}, {}, security});
  const std::string log = folder / "log";
  const Process worker({"worker", cluster.address(), "--secret-file", folder / "wrong"}, log);
  EXPECT_TRUE(eventually([&] { return text_of_file(log).find("asked again in 4 s: ") != std::string::npos; }));
  const std::string said = text_of_file(log);
  std::size_t last = 0;
  for (const char* pause : {"1", "2", "4"}) {
    const std::size_t at =
        said.find("it refused this worker, and is asked again in " + std::string(pause) + " s: the coordinator has");
    EXPECT_TRUE(at != std::string::npos && at >= last) << said;
    last = at;
  }
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 3) << said;
  // What helps, and how often it came: not five times a second.
  EXPECT_NE(said.find("--secret-file"), std::string::npos) << said;
  EXPECT_NE(cluster.logs().find("coordinator refused 127.0.0.1: another secret"), std::string::npos);
}

TEST(AWorkerThatIsRefused, JoinsACoordinatorThatLetsItIn) {
  const Watchdog watchdog;
  const TemporaryFolder folder;
  write_secrets(folder, {"one", "other"});
  CoordinatorOptions options;
  options.listen = "127.0.0.1:0";
  options.security.secret_file = folder / "one";
  auto coordinator = std::make_unique<Coordinator>(options);
  const std::string log = folder / "log";
  const Process worker({"worker", coordinator->address(), "--secret-file", folder / "other"}, log);
  EXPECT_TRUE(eventually([&] { return text_of_file(log).find("asked again in 1 s: ") != std::string::npos; }));
  options.listen = coordinator->address();
  options.security.secret_file = folder / "other";
  coordinator.reset();
  coordinator = std::make_unique<Coordinator>(options);
  EXPECT_TRUE(eventually([&] { return text_of_file(log).find("joined the coordinator") != std::string::npos; }))
      << text_of_file(log);
}

TEST(AWorkerThatIsToldNonsense, EndsAtOnce) {
  const Watchdog watchdog;
  const TemporaryFolder folder;
  const std::vector<std::pair<std::vector<std::string>, std::string>> lines{
      {{"head:99999"}, "'head:99999' is not an address"},
      {{"head:8786", "--name", "a\nb"}, "cannot be printed"},
      {{"head:8786", "--advertise", "0.0.0.0:1"}, "nobody can connect to 0.0.0.0:1"},
      {{"head:8786", "--advertise", "here"}, "'here' is not an address"}};
  for (const auto& [words, why] : lines) {
    std::vector<std::string> all{"worker"};
    all.insert(all.end(), words.begin(), words.end());
    EXPECT_EQ(Process(all, folder / "log").wait(), 2);
    EXPECT_NE(text_of_file(folder / "log").find(why), std::string::npos) << text_of_file(folder / "log");
  }
}

TEST(ACoordinatorsAddress, GoesBehindALinkAndLeavesTheFileItsMode) {
  const TemporaryFolder folder;
  std::ofstream(folder / "address") << "old";
  std::filesystem::permissions(folder / "address", std::filesystem::perms{0640});
  std::filesystem::create_symlink("address", folder / "link");
  CoordinatorOptions options;
  options.listen = "127.0.0.1:0";
  options.address_file = folder / "link";
  const Coordinator coordinator(options);
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(text_of_file(folder / "address"), coordinator.address() + "\n");
  EXPECT_EQ(std::filesystem::status(folder / "address").permissions(), std::filesystem::perms{0640});
}

}  // namespace
}  // namespace chunkwise::testing_cluster
