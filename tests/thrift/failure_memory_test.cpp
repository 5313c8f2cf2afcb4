// A cluster of real processes whose memory is short: who can wait waits, what is kept stays, limits are held.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "tests/caught.hpp"
#include "tests/child.hpp"
#include "tests/thrift/chaos.hpp"

namespace chunkwise::testing_cluster {
namespace {

using chunkwise_test::Caught;
using chunkwise_test::error_of;
using std::chrono::seconds;

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

TEST(AKeptArray, HasTheRoomOfThoseWhoseClientDied) {
  const Watchdog watchdog;
  const Cluster cluster(ClusterSettings{1, {}, {"--memory", "100MB"}, {}});
  EXPECT_TRUE(chunkwise_test::in_child([&] {
    auto* const kept = new auto(persist(connect(cluster.uri()), light()));  // 66 MB, which its end does not release
    return kept != nullptr;
  }));
  const auto kept = persist(connect(cluster.uri()), light() + 1.0);
  EXPECT_EQ(compute(connect("local"), sum(light() + 1.0)), compute(connect(cluster.uri()), sum(light() + 1.0)));
}

TEST(LargeChunks, AreStreamedThroughAWorkerOfLittleMemory) {
  const Watchdog watchdog;
  const auto x = random<double, 3>({40, 361, 720}, 7, {4, 361, 720});  // chunks of 8.3 MB
  const auto expected = compute(local(), z_score(x));
  Cluster cluster(ClusterSettings{1, {}, {"--memory", "20MB"}});
  EXPECT_TRUE(same_bits(compute(connect(cluster.uri()), z_score(x)), expected));
}

TEST(SmallChunks, AreStreamedThroughAWorkerThatHasLittleMoreThanALocalRunNeeds) {
  const Watchdog watchdog;
  const auto x = random<double, 3>({800, 100, 100}, 7, {1, 100, 100});  // chunks of 80 kB
  const auto expected = compute(local(), z_score(x));
  for (const char* const memory : {"4MB", "2MB"}) {
    Cluster cluster(ClusterSettings{1, {}, {"--memory", memory}});
    EXPECT_TRUE(same_bits(compute(connect(cluster.uri()), z_score(x)), expected)) << memory << cluster.logs();
  }
}

TEST(Streams, GoThroughAWorkerWhoseMemoryIsNearlyFullOfWhatIsKept) {
  const Watchdog watchdog;
  const auto x = random<double, 3>({800, 100, 100}, 7, {1, 100, 100});
  const auto expected = compute(local(), z_score(x));
  Cluster cluster(ClusterSettings{1, {}, {"--memory", "20MB"}});
  const auto backend = connect(cluster.uri());
  const auto kept = persist(backend, random<double, 3>({200, 100, 100}, 8, {1, 100, 100}));  // 16 MB
  EXPECT_TRUE(same_bits(compute(backend, z_score(x)), expected)) << cluster.logs();
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

/// A cluster of one worker that spills nearly all that it holds to a folder.
class AWorkerWhoseSpilledFilesAre : public testing::Test {
 protected:
  AWorkerWhoseSpilledFilesAre() { std::filesystem::create_directory(spilled_); }
  /// Does something to each of them.
  template <class Damage>
  void damage(const Damage& damage) {
    int files = 0;
    for (const auto& file : std::filesystem::directory_iterator(spilled_)) damage(file.path()), ++files;
    EXPECT_GT(files, 100);
  }
  const Watchdog watchdog_;
  const Cluster files_{0};
  const std::string spilled_ = files_.folder() + "/spilled";
  std::unique_ptr<Cluster> cluster_;
  BackendPtr start() {
    cluster_ = std::make_unique<Cluster>(ClusterSettings{1, {}, {"--memory", "20MB", "--spill", spilled_}});
    return connect(cluster_->uri());
  }
};

TEST_F(AWorkerWhoseSpilledFilesAre, RemovedMakesTheirChunksAgain) {
  const auto backend = start();
  const auto kept = persist(backend, light());
  damage([](const auto& file) { std::filesystem::remove(file); });
  EXPECT_TRUE(same_bits(compute(backend, kept + 1.0), compute(local(), light() + 1.0))) << cluster_->logs();
  damage([](const auto& file) { std::filesystem::remove(file); });
  EXPECT_TRUE(same_bits(compute(backend, kept), compute(local(), light()))) << cluster_->logs();
}

TEST_F(AWorkerWhoseSpilledFilesAre, FifosMakesTheirChunksAgain) {
  const auto backend = start();
  const auto kept = persist(backend, light());
  damage([](const auto& file) {
    std::filesystem::remove(file);
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  });
  EXPECT_TRUE(same_bits(compute(backend, kept), compute(local(), light()))) << cluster_->logs();
}

TEST_F(AWorkerWhoseSpilledFilesAre, AlteredMakesTheirChunksAgainAndSaysSo) {
  const auto backend = start();
  const auto kept = persist(backend, light());
  damage([](const auto& file) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(1000);
    bytes.write("XXXXXXXX", 8);
  });
  EXPECT_TRUE(same_bits(compute(backend, kept + 1.0), compute(local(), light() + 1.0))) << cluster_->logs();
  const std::string logs = cluster_->logs();
  EXPECT_NE(logs.find("worker w1 lost chunk "), std::string::npos) << logs;
  EXPECT_NE(logs.find("does not hold what was written to it"), std::string::npos) << logs;
}

TEST_F(AWorkerWhoseSpilledFilesAre, RemovedNamesThemWhereTheirChunksCannotBeMadeAgain) {
  const auto backend = start();
  std::vector<double> values(std::size_t{1} << 22);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  const auto kept = persist(backend, from_vector<2>(std::move(values), {1024, 4096}, {4, 4096}));
  damage([](const auto& file) { std::filesystem::remove(file); });
  const Caught caught = error_of([&] { (void)compute(backend, kept + 1.0); });
  EXPECT_EQ(caught.code, ErrorCode::lost);
  for (const std::string part : {"worker w1", "chunk ", ".spill", "not recoverable"})
    EXPECT_TRUE(caught.says(part)) << caught.message;
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

TEST(AWorkersMemory, IsToldAsItIsAndWithinItsLimit) {
  const Watchdog watchdog;
  const Cluster cluster(ClusterSettings{1, {}, {"--memory", "30MB"}, {}});
  const auto worker = [&] { return cluster_status(cluster.address()).workers.at(0); };
  const auto x = numbers();
  std::uint64_t most = 0;
  {
    std::vector<BackendPtr> clients;
    std::vector<decltype(submit(BackendPtr(), x * 2.0))> runs;
    for (int i = 0; i < 3; ++i) runs.push_back(submit(clients.emplace_back(connect(cluster.uri())), x * (i + 2.0)));
    for (const auto& run : runs)
      while (!run.ready()) most = std::max(most, worker().memory_used);
    for (auto& run : runs) (void)run.get();
    EXPECT_GT(most, 0U);
    EXPECT_LE(most, worker().memory_limit);
    // What was true of the last range is not told for ever.
    EXPECT_TRUE(eventually([&] { return worker().memory_used == 0; })) << worker().memory_used;
    const auto kept = persist(clients[0], arange(0.0, 1e5));
    EXPECT_TRUE(eventually([&] { return worker().memory_used == 800'000; })) << worker().memory_used;
  }
  EXPECT_TRUE(eventually([&] { return worker().memory_used == 0; })) << worker().memory_used;
}

}  // namespace
}  // namespace chunkwise::testing_cluster
