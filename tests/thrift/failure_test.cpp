// A cluster of real processes that are killed, frozen, restarted and cut off: nothing is lost, nothing hangs. The file
// is long because each way to fail, of a worker, a client or a coordinator, has its test here, of the same programs.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>

#include "backends/thrift/wire/client.hpp"
#include "runtime/core/version.hpp"
#include "tests/caught.hpp"
#include "tests/seconds_of.hpp"
#include "tests/thrift/chaos.hpp"

namespace chunkwise::testing_cluster {
namespace {

using chunkwise_test::Caught;
using chunkwise_test::error_of;
using chunkwise_test::seconds_of;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Takes some seconds on two workers.
Array<double, 3> heavy() { return worked(numbers(), 16); }
/// Returns the z-score of heavy() as local() computes it.
const NdArray<double, 3>& heavy_z_score() {
  static const NdArray<double, 3> z = compute(local(), z_score(heavy()));
  return z;
}

bool holds_chunks(const Cluster& cluster, const std::string& name) {
  for (const auto& worker : cluster_status(cluster.address()).workers)
    if (worker.name == name) return worker.held > 0;
  return false;
}

// ---------------------------------------------------------------- workers that die

TEST(AClusterInChaos, ComputesTheSameBits) {
  const auto& expected = heavy_z_score();
  Cluster cluster(3);
  int killed = 0;
  for (std::uint64_t seed = 1; seed <= chaos_rounds(); ++seed) {
    const Watchdog watchdog;
    killed += compute_in_chaos(cluster, z_score(heavy()), expected, seed);
  }
  RecordProperty("killed", killed);
  EXPECT_GT(killed, 0);
  cluster.await_workers(3);
}

TEST(AWorkerThatFreezes, HoldsNobodyUp) {
  const auto& expected = heavy_z_score();
  const Watchdog watchdog;
  Cluster cluster(3);
  const auto backend = connect(cluster.uri());
  for (const int frozen_ms : {500, 4000}) {  // less than the worker timeout, and more
    auto run = submit(backend, z_score(heavy()));
    std::this_thread::sleep_for(milliseconds(700));
    cluster.workers()[1].signal(SIGSTOP);
    std::this_thread::sleep_for(milliseconds(frozen_ms));
    cluster.workers()[1].signal(SIGCONT);
    EXPECT_TRUE(same_bits(run.get(), expected)) << cluster.logs();
  }
  cluster.await_workers(3);
}

TEST(AWorkerThatDies, LosesNothingThatCanBeMadeAgain) {
  const Watchdog watchdog;
  Cluster cluster(2);
  const auto backend = connect(cluster.uri());
  const auto z = persist(backend, z_score(light()));
  const auto expected = compute(local(), z_score(light()));
  ASSERT_TRUE(holds_chunks(cluster, "w1"));
  cluster.kill_worker(0);
  EXPECT_TRUE(same_bits(compute(backend, z), expected));
  cluster.add_worker();
  cluster.await_workers(2);
  ASSERT_TRUE(holds_chunks(cluster, "w2"));
  cluster.kill_worker(0);
  EXPECT_TRUE(same_bits(compute(backend, mean(z, 0)), compute(local(), mean(from_ndarray(expected, {2, 80, 400}), 0))));
  EXPECT_TRUE(same_bits(compute(backend, z), expected));
}

/// Takes its first chunk when it is let, and keeps all of them; of chunks that are whole along all axes but the first.
class PausedSink final : public Sink {
 public:
  [[nodiscard]] std::string describe() const override { return "a sink that pauses"; }
  void begin(DType, const Shape& shape, const ChunkGrid&, const Labels&) override {
    row_ = static_cast<std::size_t>(shape.elements() / shape[0]);
    values_.resize(static_cast<std::size_t>(shape.elements()));
  }
  void write(const Region& region, const void* data) override {
    if (!begun_.exchange(true)) may_go_on_.get_future().wait();
    const auto first = static_cast<std::size_t>(region[0].start) * row_;
    std::memcpy(values_.data() + first, data, static_cast<std::size_t>(region.elements()) * sizeof(double));
  }
  void finish() override {}
  void abort() noexcept override {}

  [[nodiscard]] bool begun() const { return begun_; }
  void go_on() { may_go_on_.set_value(); }
  [[nodiscard]] const std::vector<double>& values() const { return values_; }

 private:
  std::atomic<bool> begun_ = false;
  std::promise<void> may_go_on_;
  std::size_t row_ = 0;
  std::vector<double> values_;
};

TEST(AWorkerThatDies, IsReplacedForAClientThatIsSlowToFetch) {
  const Watchdog watchdog;
  Cluster cluster(3);
  const auto sink = std::make_shared<PausedSink>();
  auto run = std::async(std::launch::async, [&] { write(connect(cluster.uri()), light(), sink); });
  const auto held_by_others = [&] {
    std::uint64_t held = 0;
    for (const auto& worker : cluster_status(cluster.address()).workers)
      if (worker.name != "w2") held += worker.held;
    return held;
  };
  const std::uint64_t all = 256 * 80 * 400 * sizeof(double);
  // While the client is at its first chunks, the rest is made, lost in part, and made again.
  ASSERT_TRUE(eventually([&] { return sink->begun() && holds_chunks(cluster, "w2") && held_by_others() > all / 2; }));
  cluster.kill_worker(1);
  cluster.await_workers(2);
  EXPECT_TRUE(eventually([&] { return held_by_others() > all * 3 / 4; })) << cluster.logs();
  sink->go_on();
  EXPECT_NO_THROW(run.get()) << cluster.logs();
  EXPECT_TRUE(sink->values() == compute(local(), light()).mutable_copy());
}

TEST(AWorkerThatDies, KeepsNobodyWhoGivesUpWaiting) {
  const Watchdog watchdog;
  Cluster cluster(1);
  const auto backend = connect(cluster.uri());
  const auto kept = persist(backend, light());
  cluster.kill_worker(0);
  auto slice = submit(backend, kept(3));
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_FALSE(slice.ready());
  slice.cancel();
  const double waited = seconds_of([&] { EXPECT_EQ(error_of([&] { (void)slice.get(); }).code, ErrorCode::cancelled); });
  EXPECT_LT(waited, 15);
}

TEST(AWorkerThatDies, TakesNoReductionsWithIt) {
  const Watchdog watchdog;
  Cluster cluster(1);
  const auto backend = connect(cluster.uri());
  const auto m = persist(backend, mean(light(), 0));
  cluster.kill_worker(0);
  cluster.add_worker();
  EXPECT_TRUE(same_bits(compute(backend, m), compute(local(), mean(light(), 0))));
}

TEST(AWorkerThatFreezes, LosesNothingThatCanBeMadeAgain) {
  const Watchdog watchdog;
  Cluster cluster(2);
  const auto backend = connect(cluster.uri());
  const auto z = persist(backend, z_score(light()));
  const auto expected = compute(local(), z_score(light()));
  cluster.workers()[0].signal(SIGSTOP);
  EXPECT_LT(seconds_of([&] { EXPECT_TRUE(same_bits(compute(backend, z), expected)); }), 15);
  EXPECT_LT(seconds_of([&] { (void)compute(backend, mean(z, 0)); }), 15);
  cluster.workers()[0].signal(SIGCONT);
  cluster.await_workers(2);
  EXPECT_TRUE(same_bits(compute(backend, z), expected));
}

TEST(AWorkerThatJoins, IsUsedInTheMiddleOfARun) {
  const Watchdog watchdog;
  Cluster cluster(1);
  auto run = submit(connect(cluster.uri()), z_score(heavy()));
  ASSERT_TRUE(eventually([&] { return !cluster_status(cluster.address()).runs.empty(); }));
  cluster.add_worker();
  EXPECT_TRUE(eventually([&] {
    const auto workers = cluster_status(cluster.address()).workers;
    return workers.size() == 2 && workers[1].running > 0;
  }));
  EXPECT_TRUE(same_bits(run.get(), heavy_z_score()));
}

TEST(AClusterWithoutWorkers, LetsRunsWait) {
  const Watchdog watchdog;
  Cluster cluster(0);
  const auto backend = connect(cluster.uri());
  const auto given = from_vector<1>(std::vector<double>(100'000, 1.5), {100'000}, {10'000});
  auto run = submit(backend, sum(light()));
  auto of_memory = submit(backend, sum(given));
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_FALSE(run.ready() || of_memory.ready());
  cluster.add_worker();
  EXPECT_EQ(run.get(), compute(local(), sum(light())));
  EXPECT_EQ(of_memory.get(), 150'000.0);
}

TEST(AClusterWithoutWorkers, IsWaitedForAsLongAsTheCallerLikes) {
  const Watchdog watchdog;
  Cluster cluster(0);
  BackendOptions options;
  options.wait_for_workers = 1;
  const auto backend = connect(cluster.uri(), options);
  const auto given = from_vector<1>(std::vector<double>(100'000, 1.5), {100'000});
  for (const Caught& caught : {error_of([&] { (void)compute(backend, sum(light())); }),
                               error_of([&] { (void)compute(backend, sum(given)); })}) {
    EXPECT_EQ(caught.code, ErrorCode::io);
    EXPECT_TRUE(caught.says(cluster.uri()) && caught.says("no worker") && caught.says("chunkwise worker"))
        << caught.message;
  }
}

// ---------------------------------------------------------------- memory of clients

std::vector<double> counting(std::size_t n, double by = 1) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = by * static_cast<double>(i);
  return values;
}

TEST(ClientMemoryOnAWorkerThatDies, IsSentAgain) {
  const Watchdog watchdog;
  Cluster cluster(2);
  const auto x = from_vector<2>(counting(std::size_t{1} << 21, 1e-6), {512, 4096}, {16, 4096});
  const auto expression = z_score(worked(x, 40));
  auto run = submit(connect(cluster.uri()), expression);
  ASSERT_TRUE(eventually([&] {
    const auto workers = cluster_status(cluster.address()).workers;
    return workers[0].running > 0 && workers[1].running > 0;
  }));
  cluster.kill_worker(0);
  EXPECT_TRUE(same_bits(run.get(), compute(local(), expression))) << cluster.logs();
}

TEST(ClientMemoryOnAWorkerThatDies, CannotBeMadeAgainOnceItsOwnerHasGoneOn) {
  const Watchdog watchdog;
  Cluster cluster(2);
  const auto backend = connect(cluster.uri());
  const auto kept = persist(backend, from_vector<2>(counting(1 << 20), {256, 4096}, {16, 4096}) * 2.0);
  EXPECT_EQ(compute(backend, kept(3, 4)), 2.0 * (3 * 4096 + 4));
  cluster.kill_worker(0);
  const Caught caught = error_of([&] { (void)compute(backend, kept); });
  EXPECT_EQ(caught.code, ErrorCode::lost);
  EXPECT_TRUE(caught.says("not recoverable") && caught.says("256")) << caught.message;
  EXPECT_TRUE(caught.says("array of float64 (") && caught.says(") was given by its client, and")) << caught.message;
}

TEST(ClientMemoryOnAWorkerThatDies, IsToldToWhoOpensWhatWasPublishedOfIt) {
  const Watchdog watchdog;
  Cluster cluster(2);
  {
    const auto backend = connect(cluster.uri());
    const auto kept = persist(backend, from_vector<2>(counting(1 << 20), {256, 4096}, {16, 4096}) * 2.0);
    publish(backend, "m", kept.handle());
  }
  cluster.kill_worker(0);
  cluster.await_workers(1);
  const auto backend = connect(cluster.uri());
  const Caught caught = error_of([&] { (void)open_published<double, 2>(backend, "m"); });
  EXPECT_EQ(caught.code, ErrorCode::lost);
  EXPECT_TRUE(caught.says("'m' was published, and was lost at 20") && caught.says("worker w1")) << caught.message;
  const auto anew = persist(backend, from_vector<2>(counting(1 << 20), {256, 4096}, {16, 4096}));
  publish(backend, "m", anew.handle());
  EXPECT_EQ(compute(backend, open_published<double, 2>(backend, "m")(3, 4)), 3 * 4096 + 4);
}

// ---------------------------------------------------------------- coordinators that die

TEST(ACoordinatorThatIsRestarted, KnowsWhatWorkersHold) {
  const Watchdog watchdog;
  Cluster cluster(2);
  const auto backend = connect(cluster.uri());
  const auto z = persist(backend, z_score(light()));
  const auto expected = compute(local(), z_score(light()));
  publish(backend, "z", z.handle());
  for (int times = 0; times < 2; ++times) {
    cluster.restart_coordinator();
    EXPECT_TRUE(same_bits(compute(backend, z), expected)) << cluster.logs();
    EXPECT_EQ(compute(backend, sum(z)), compute(local(), sum(from_ndarray(expected, {2, 80, 400}))));
    const auto other = connect(cluster.uri());
    EXPECT_TRUE(same_bits(compute(other, open_published<double, 3>(other, "z")), expected));
    publish(backend, "z" + std::to_string(times), z.handle());
  }
  cluster.restart_coordinator();
  const auto other = connect(cluster.uri());
  // The first call comes before the workers do.
  EXPECT_EQ(compute(other, mean(open_published<double, 3>(other, "z1"), 0)(0, 0)), compute(backend, mean(z, 0)(0, 0)));
  const Caught caught = error_of([&] { (void)open_published(other, "y"); });
  EXPECT_TRUE(caught.says("nothing is published as 'y'") && caught.says("z0") && caught.says("z1")) << caught.message;
}

TEST(ACoordinatorThatIsRestarted, IsReadFromAtOnce) {
  const Watchdog watchdog;
  Cluster cluster(1);
  const auto backend = connect(cluster.uri());
  const auto z = persist(backend, light());
  cluster.restart_coordinator();
  EXPECT_EQ(compute(backend, sum(z)), compute(local(), sum(light())));  // a run that reads it
}

TEST(ACoordinatorThatIsRestarted, EndsTheRunsThatWereUnderWay) {
  const Watchdog watchdog;
  Cluster cluster(2);
  const auto backend = connect(cluster.uri());
  auto run = submit(backend, z_score(heavy()));
  ASSERT_TRUE(eventually([&] { return cluster_status(cluster.address()).workers.at(0).running > 0; }));
  cluster.restart_coordinator();
  const double waited = seconds_of([&] {
    const Caught caught = error_of([&] { (void)run.get(); });
    EXPECT_EQ(caught.code, ErrorCode::lost);
    EXPECT_TRUE(caught.says("coordinator") && caught.says("run it again")) << caught.message;
  });
  EXPECT_LT(waited, 10);
  cluster.await_workers(2);
  EXPECT_EQ(compute(backend, sum(light())), compute(local(), sum(light())));
}

// ---------------------------------------------------------------- clients that die

/// Starts a client of a cluster: a disabled test of this program, in a process of its own.
Process client_of(const Cluster& cluster, const std::string& test) {
  setenv("CHUNKWISE_TEST_CLUSTER", cluster.uri().c_str(), 1);
  return Process({"--gtest_also_run_disabled_tests", "--gtest_filter=" + test, "--gtest_brief=1"},
                 cluster.folder() + "/client.log", std::filesystem::read_symlink("/proc/self/exe"));
}

/// The client process of the next test; not a test of its own.
TEST(AClientProcess, DISABLED_PersistsPublishesAndRuns) {
  const auto backend = connect(std::getenv("CHUNKWISE_TEST_CLUSTER"));
  const auto kept = persist(backend, light());
  const auto published = persist(backend, light() + 1.0);
  publish(backend, "stays", published.handle());
  (void)compute(backend, z_score(worked(numbers(), 100)));
}

TEST(AClientThatDies, LeavesOnlyWhatItPublished) {
  const Watchdog watchdog;
  Cluster cluster(2);
  Process client = client_of(cluster, "AClientProcess.*");
  const auto status = [&] { return cluster_status(cluster.address()); };
  const auto running = [&] {
    int ranges = 0;
    for (const auto& worker : status().workers) ranges += worker.running;
    return ranges;
  };
  const auto is_published = [](const auto& array) { return !array.names.empty(); };
  ASSERT_TRUE(eventually([&] {
    const auto arrays = status().arrays;
    return arrays.size() == 2 && std::any_of(arrays.begin(), arrays.end(), is_published) && running() > 0;
  })) << cluster.logs();
  client.kill();
  EXPECT_TRUE(eventually([&] { return status().arrays.size() == 1 && status().clients == 0 && running() == 0; }));
  ASSERT_EQ(status().arrays.size(), 1U);
  EXPECT_EQ(status().arrays[0].names, std::vector<std::string>{"stays"});
  EXPECT_TRUE(status().runs.size() <= 1);  // that of the array
  const auto backend = connect(cluster.uri());
  EXPECT_TRUE(
      same_bits(compute(backend, open_published<double, 3>(backend, "stays")), compute(local(), light() + 1.0)));
}

/// The client process of the next test; not a test of its own.
TEST(AClientProcess, DISABLED_StreamsAndTellsHowThatEnds) {
  const auto backend = connect(std::getenv("CHUNKWISE_TEST_CLUSTER"));
  const Caught caught = error_of([&] { (void)compute(backend, z_score(worked(numbers(), 100))); });
  std::fprintf(stderr, "it ends: %s\n", caught.message.c_str());
}

TEST(AClientThatWasFrozenForTooLong, IsToldThatItsRunIsOver) {
  const Watchdog watchdog;
  Cluster cluster(ClusterSettings{1, {"--client-timeout", "1"}, {}});
  Process client = client_of(cluster, "AClientProcess.*Streams*");
  ASSERT_TRUE(eventually([&] { return cluster_status(cluster.address()).workers.at(0).running > 0; }));
  client.signal(SIGSTOP);
  EXPECT_TRUE(eventually([&] { return cluster_status(cluster.address()).clients == 0; }));
  std::this_thread::sleep_for(milliseconds(500));
  client.signal(SIGCONT);
  EXPECT_TRUE(eventually([&] { return !client.running(); }));
  const std::string logs = cluster.logs();
  EXPECT_NE(logs.find("it ends: "), std::string::npos) << logs;
  EXPECT_NE(logs.find("--client-timeout"), std::string::npos) << logs;
}

/// The client process of the next test; not a test of its own.
TEST(AKeepingClientProcess, DISABLED_IsFrozenAndTellsWhatItFinds) {
  const auto backend = connect(std::getenv("CHUNKWISE_TEST_CLUSTER"));
  const auto kept = persist(backend, light());
  ::raise(SIGSTOP);
  std::fprintf(stderr, "run: %s\n", error_of([&] { (void)compute(backend, kept + 1.0); }).message.c_str());
  std::fprintf(stderr, "read: %s\n", error_of([&] { (void)compute(backend, kept); }).message.c_str());
  if (compute(backend, sum(persist(backend, light()))) == compute(local(), sum(light())))
    std::fprintf(stderr, "it goes on\n");
}

TEST(AClientThatWasFrozenForTooLong, IsToldWhyItsArraysAreGone) {
  const Watchdog watchdog;
  Cluster cluster(ClusterSettings{1, {"--client-timeout", "1"}, {}});
  Process client = client_of(cluster, "AKeepingClientProcess.*");
  ASSERT_TRUE(eventually([&] { return !cluster_status(cluster.address()).arrays.empty(); }));
  EXPECT_TRUE(eventually([&] { return cluster_status(cluster.address()).clients == 0; })) << cluster.logs();
  client.signal(SIGCONT);
  EXPECT_EQ(client.wait(), 0);
  const std::string logs = cluster.logs();
  for (const std::string what : {"run: array", "read: the cluster does not keep this array"}) {
    const std::size_t line = logs.find(what);
    ASSERT_NE(line, std::string::npos) << logs;
    EXPECT_NE(logs.substr(line, logs.find('\n', line) - line).find("longer than the client timeout of 1 s"),
              std::string::npos)
        << logs;
  }
  EXPECT_NE(logs.find("it goes on"), std::string::npos) << logs;
}

TEST(ACoordinatorThatWasFrozen, TakesNobodyForLost) {
  const Watchdog watchdog;
  Cluster cluster(ClusterSettings{1, {"--client-timeout", "3"}, {}});
  const auto backend = connect(cluster.uri());
  const auto kept = persist(backend, light());
  cluster.coordinator().signal(SIGSTOP);
  std::this_thread::sleep_for(milliseconds(4500));
  cluster.coordinator().signal(SIGCONT);
  EXPECT_EQ(compute(backend, sum(kept)), compute(local(), sum(light())));
  EXPECT_EQ(cluster.logs().find("was lost"), std::string::npos) << cluster.logs();
}

// ---------------------------------------------------------------- two clients

TEST(AHeavyRun, HoldsNobodyUp) {
  const Watchdog watchdog;
  Cluster cluster(1);
  const auto other = connect(cluster.uri());
  const auto kept = persist(other, light());
  auto run = submit(connect(cluster.uri()), z_score(heavy()));
  ASSERT_TRUE(eventually([&] { return cluster_status(cluster.address()).workers.at(0).running > 1; }));
  const auto x = numbers();
  EXPECT_EQ(compute(other, kept(1, 2, 3)), compute(local(), light()(1, 2, 3)));         // a read
  EXPECT_EQ(compute(other, (x * 2.0)(4, 5, 6)), compute(local(), (x * 2.0)(4, 5, 6)));  // a run
  EXPECT_FALSE(run.ready());
  run.cancel();
  EXPECT_EQ(error_of([&] { (void)run.get(); }).code, ErrorCode::cancelled);
  EXPECT_TRUE(eventually([&] { return cluster_status(cluster.address()).workers.at(0).running == 0; }));
}

// ---------------------------------------------------------------- the end, and the beginning

TEST(ProcessesThatAreTerminated, EndCleanlyWhileTheyWork) {
  const Watchdog watchdog;
  Cluster cluster(2);
  auto run = submit(connect(cluster.uri()), z_score(heavy()));
  ASSERT_TRUE(eventually([&] { return cluster_status(cluster.address()).workers.at(1).running > 0; }));
  const auto end = [](Process& process) {
    process.signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return !process.running(); }, seconds(5)));
    return process.running() ? -1 : process.wait();
  };
  EXPECT_EQ(end(cluster.workers()[1]), 0);
  EXPECT_TRUE(eventually([&] { return cluster_status(cluster.address()).workers.size() == 1; }));
  EXPECT_EQ(end(cluster.coordinator()), 0);
  EXPECT_EQ(error_of([&] { (void)run.get(); }).code, ErrorCode::lost);
  EXPECT_EQ(end(cluster.workers()[0]), 0);
  const std::string logs = cluster.logs();
  EXPECT_NE(logs.find("worker w2 left"), std::string::npos) << logs;
}

TEST(AWorkerThatIsAskedToEnd, GivesItsChunksToOthers) {
  const Watchdog watchdog;
  Cluster cluster(2);
  const auto backend = connect(cluster.uri());
  const auto kept = persist(backend, light());
  const auto given = from_vector<2>(counting(1 << 20), {256, 4096}, {16, 4096});
  const auto of_memory = persist(backend, given * 2.0);
  ASSERT_TRUE(holds_chunks(cluster, "w2"));
  cluster.workers()[1].signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return !cluster.workers()[1].running(); }));
  EXPECT_EQ(cluster.workers()[1].wait(), 0);
  EXPECT_NE(cluster.logs().find("others have all"), std::string::npos) << cluster.logs();
  // What was made of this program's memory could not be made again.
  EXPECT_TRUE(same_bits(compute(backend, of_memory), compute(local(), given * 2.0)));
  EXPECT_TRUE(same_bits(compute(backend, kept), compute(local(), light())));
}

TEST(AWorkerThatIsAskedToEnd, GoesWithNobodyToGiveTo) {
  const Watchdog watchdog;
  Cluster cluster(1);
  const auto backend = connect(cluster.uri());
  const auto kept = persist(backend, light());
  cluster.workers()[0].signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return !cluster.workers()[0].running(); }, seconds(5)));
  cluster.add_worker();
  EXPECT_EQ(compute(backend, sum(kept)), compute(local(), sum(light())));
}

TEST(AWorker, MayBeFrozenWhileAnotherEnds) {
  const Watchdog watchdog;
  Cluster cluster(ClusterSettings{2, {}, {"--grace", "1"}});
  const auto backend = connect(cluster.uri());
  const auto kept = persist(backend, light());
  cluster.workers()[0].signal(SIGSTOP);
  auto run = submit(backend, sum(kept));  // w2 asks w1
  std::this_thread::sleep_for(milliseconds(300));
  cluster.workers()[1].signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return !cluster.workers()[1].running(); }, seconds(3)));
  EXPECT_EQ(cluster.workers()[1].wait(), 0);
  cluster.workers()[0].signal(SIGCONT);
  EXPECT_EQ(run.get(), compute(local(), sum(light())));
}

TEST(TheOrderOfStarting, DoesNotMatter) {
  const Watchdog watchdog;
  Cluster cluster(1);
  cluster.coordinator().kill();
  std::filesystem::remove(cluster.folder() + "/address");
  cluster.add_worker();
  std::this_thread::sleep_for(milliseconds(1500));
  cluster.restart_coordinator();
  cluster.await_workers(2);
  cluster.kill_worker(0);
  ASSERT_TRUE(eventually([&] { return cluster_status(cluster.address()).workers.size() == 1; }));
  const std::string logs = cluster.logs();
  for (const char* line :
       {"coordinator listens on", "worker w1 (", ") joined with 1 thread", "worker w1 was lost",
        "worker w2 joined the coordinator at", "waiting for a coordinator that writes its address to"})
    EXPECT_NE(logs.find(line), std::string::npos) << line << " is not in\n" << logs;
}

// ---------------------------------------------------------------- who does not belong

TEST(AnotherVersion, IsToldApart) {
  Cluster cluster(0);
  const wire::Credentials nothing{Security{}};
  const auto refused = [&](auto&& change) {
    const auto socket =
        std::make_shared<wire::Socket>(wire::parse_endpoint(cluster.address()), wire::Deadlines{}, nullptr);
    wire::CoordinatorService::Client client(
        std::make_shared<wire::Protocol>(std::make_shared<wire::Transport>(socket)));
    std::string nonce;
    client.challenge(nonce);
    wire::Hello hello = wire::make_hello(nothing, wire::Role::WORKER, nonce, "");
    hello.version = "77.7.0";
    change(hello);
    wire::Welcome welcome;
    try {
      client.hello(welcome, hello);
    } catch (const wire::Failure& failure) {
      return failure.message;
    }
    return std::string("welcome");
  };
  for (const std::string& said : {refused([](wire::Hello& hello) { hello.protocol += 1; }),
                                  refused([](wire::Hello& hello) { hello.catalogue += 1; })}) {
    EXPECT_NE(said.find("77.7.0"), std::string::npos) << said;
    EXPECT_NE(said.find(library_version()), std::string::npos) << said;
  }
}

std::string secret_file(const Cluster& cluster, const std::string& secret) {
  const std::string name = cluster.folder() + "/secret-" + secret;
  std::ofstream(name) << secret;
  std::filesystem::permissions(name, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return name;
}

TEST(ASecret, IsWhatLetsProgramsIn) {
  const Watchdog watchdog;
  const Cluster files(0);
  const std::string right = secret_file(files, "right-secret-of-the-cluster");
  const std::string wrong = secret_file(files, "wrong-secret-of-nobody-here");
  Security security;
  security.secret_file = right;
  Cluster cluster(ClusterSettings{0, {"--secret-file", right}, {}, security});
  const auto workers = [&] { return cluster_status(cluster.address(), security).workers.size(); };
  cluster.add_worker({"--secret-file", wrong});
  cluster.add_worker();
  ASSERT_TRUE(eventually([&] {
    const std::string logs = cluster.logs();
    return logs.find("has another secret") != std::string::npos &&
           logs.find("wants the shared secret") != std::string::npos;
  })) << cluster.logs();
  EXPECT_EQ(workers(), 0U);
  cluster.add_worker({"--secret-file", right});
  EXPECT_TRUE(eventually([&] { return workers() == 1; })) << cluster.logs();
  BackendOptions options;
  options.security = security;
  EXPECT_EQ(compute(connect(cluster.uri(), options), sum(light())), compute(local(), sum(light())));
  options.security.secret_file = wrong;
  EXPECT_TRUE(error_of([&] { (void)connect(cluster.uri(), options); }).says("has another secret"));
  EXPECT_TRUE(error_of([&] { (void)connect(cluster.uri()); }).says("--secret-file"));
}

TEST(APlaceBeyondLoopback, IsNotListenedAtWithoutASecret) {
  const Cluster cluster(0);
  const std::string log = cluster.folder() + "/open.log";
  Process coordinator({"coordinator", "--listen", "0.0.0.0:0"}, log);
  EXPECT_NE(coordinator.wait(), 0);
  Process worker({"worker", cluster.address(), "--listen", "0.0.0.0:0"}, log);
  EXPECT_NE(worker.wait(), 0);
  const std::string logs = cluster.logs();
  for (const char* text : {"the coordinator does not listen at 0.0.0.0:0", "the worker does not listen at 0.0.0.0:0",
                           "--secret-file", "listen at 127.0.0.1"})
    EXPECT_NE(logs.find(text), std::string::npos) << text << " is not in\n" << logs;
}

}  // namespace
}  // namespace chunkwise::testing_cluster
