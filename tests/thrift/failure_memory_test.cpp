// A cluster of real processes whose memory is short: who can wait waits, what is kept stays, limits are held.
#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/caught.hpp"
#include "tests/thrift/chaos.hpp"

namespace chunkwise::testing_cluster {
namespace {

using chunkwise_test::Caught;
using chunkwise_test::error_of;
using std::chrono::seconds;

const BackendPtr& local() {
  static const BackendPtr backend = connect("local");
  return backend;
}

Array<double, 3> numbers() { return random<double, 3>({256, 80, 400}, 7, {2, 80, 400}); }
auto light() { return numbers() * 3.0 + 0.25; }

TEST(AKeptArray, WaitsForMemoryUntilAWorkerComes) {
  const Watchdog watchdog;
  Cluster cluster(ClusterSettings{2, {}, {"--memory", "50MB"}});
  const auto backend = connect(cluster.uri());
  const auto kept = persist(backend, light());  // 66 MB
  cluster.kill_worker(0);
  auto run = submit(backend, sum(kept));
  std::this_thread::sleep_for(seconds(3));
  EXPECT_FALSE(run.ready());
  cluster.add_worker();
  EXPECT_EQ(run.get(), compute(local(), sum(light()))) << cluster.logs();
}

TEST(LargeChunks, AreStreamedThroughAWorkerOfLittleMemory) {
  const Watchdog watchdog;
  const auto x = random<double, 3>({40, 361, 720}, 7, {4, 361, 720});  // chunks of 8.3 MB
  const auto expected = compute(local(), z_score(x));
  Cluster cluster(ClusterSettings{1, {}, {"--memory", "20MB"}});
  EXPECT_TRUE(same_bits(compute(connect(cluster.uri()), z_score(x)), expected));
}

TEST(SeveralClients, StreamThroughAWorkerThatHasMemoryForOne) {
  const Watchdog watchdog;
  const auto x = random<double, 3>({40, 361, 720}, 7, {4, 361, 720});
  const auto expected = compute(local(), z_score(x));
  Cluster cluster(ClusterSettings{1, {}, {"--memory", "24MB"}});
  std::vector<Future<NdArray<double, 3>>> runs;
  for (int i = 0; i < 4; ++i) runs.push_back(submit(connect(cluster.uri()), z_score(x)));
  for (auto& run : runs) EXPECT_TRUE(same_bits(run.get(), expected)) << cluster.logs();
}

TEST(ADiskThatTakesNothing, FailsNoRunThatMemoryHolds) {
  const Watchdog watchdog;
  const Cluster files(0);
  const std::string spilled = files.folder() + "/spilled";
  std::filesystem::create_directory(spilled);
  Cluster cluster(ClusterSettings{1, {}, {"--memory", "100MB", "--spill", spilled}});
  std::filesystem::remove_all(spilled);
  const auto backend = connect(cluster.uri());
  const auto kept = persist(backend, light());  // 66 MB, of which 50 would stay in memory
  EXPECT_EQ(compute(backend, sum(kept)), compute(local(), sum(light())));
  EXPECT_TRUE(same_bits(compute(backend, light() - 1.0), compute(local(), light() - 1.0)));
  EXPECT_NE(cluster.logs().find("files take no more"), std::string::npos) << cluster.logs();
  const Caught caught = error_of([&] { (void)persist(backend, light() + 2.0); });
  EXPECT_EQ(caught.code, ErrorCode::memory_limit) << caught.message;
  EXPECT_EQ(compute(backend, sum(kept)), compute(local(), sum(light())));
}

TEST(AWorkersMemory, StaysWithinItsLimitAndIsGivenBack) {
  const Watchdog watchdog;
  Cluster cluster(ClusterSettings{1, {}, {"--memory", "100MB"}});
  const auto megabytes = [&](const std::string& what) -> std::int64_t {
    std::ifstream status("/proc/" + std::to_string(cluster.workers()[0].id()) + "/status");
    for (std::string word; status >> word;)
      if (word == what) {
        std::int64_t kilobytes = 0;
        status >> kilobytes;
        return kilobytes / 1024;
      }
    throw std::runtime_error("the worker's status does not tell " + what);
  };
  const auto x = numbers();
  for (int round = 0; round < 3; ++round) {
    const auto one = connect(cluster.uri());
    const auto other = connect(cluster.uri());
    auto a = submit(one, z_score(x));
    auto b = submit(other, x * (round + 2.0));
    auto c = submit(one, mean(x, 0));
    (void)a.get(), (void)b.get(), (void)c.get();
    const auto kept = persist(other, x(range(0, 64)) * 2.0);
    (void)compute(other, sum(kept));
  }
  EXPECT_LT(megabytes("VmHWM:"), 100 + 64);
  EXPECT_TRUE(eventually([&] { return megabytes("VmRSS:") < 64; })) << megabytes("VmRSS:");
}

}  // namespace
}  // namespace chunkwise::testing_cluster
