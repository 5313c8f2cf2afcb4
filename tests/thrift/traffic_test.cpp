// What passes through a coordinator: plans and ranges, whose number does not grow with the chunks; and what is done
// where an answer does not pass.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "backends/thrift/wire/client.hpp"
#include "chunkwise/chunkwise.hpp"
#include "chunkwise/cluster.hpp"
#include "tests/thrift/cluster.hpp"
#include "tests/thrift/relay.hpp"

namespace chunkwise::testing_cluster {
namespace {

/// A coordinator, workers and a client of this process, which speak to the coordinator through a relay.
class ClusterBehindARelay {
 public:
  explicit ClusterBehindARelay(int workers) {
    for (int w = 0; w < workers; ++w) {
      WorkerOptions options;
      options.coordinator = relay_.address();
      options.threads = 1;
      options.memory_limit = std::uint64_t{1} << 30;
      workers_.push_back(std::make_unique<Worker>(options));
    }
    const auto all = static_cast<std::size_t>(workers);
    EXPECT_TRUE(eventually([&] { return cluster_status(coordinator_.address()).workers.size() == all; }));
  }
  /// Bytes that pass through the coordinator for the mean of an array of so many chunks.
  std::int64_t traffic_of_a_mean(std::int64_t chunks) {
    return traffic_of(mean(numbers(chunks)), mean(numbers(chunks)));
  }
  /// The same where workers keep the array.
  std::int64_t traffic_of_a_kept_mean(std::int64_t chunks) {
    return traffic_of(mean(persist(backend_, numbers(chunks))), mean(numbers(chunks)));
  }
  /// How often a method of the coordinator is called for the mean of an array of so many chunks that workers keep.
  int calls_for_a_kept_mean(const std::string& method, std::int64_t chunks) {
    const auto x = mean(persist(backend_, numbers(chunks)));
    const double expected = compute(connect("local"), mean(numbers(chunks)));
    (void)compute(backend_, x);
    relay_.count_calls_of(method);
    EXPECT_EQ(compute(backend_, x), expected);
    return relay_.calls();
  }
  /// A mean while the answer to one report of a worker is lost; whether it was.
  bool loses_the_answer_to_a_report() {
    const auto x = numbers(1000);
    const double expected = compute(connect("local"), mean(x));
    relay_.lose_answer_to("report");
    EXPECT_EQ(compute(backend_, mean(x)), expected);
    return eventually([&] { return relay_.lost() == 1; });  // the result may be here before the answer is lost
  }

 private:
  static Array<double, 2> numbers(std::int64_t chunks) { return random<double, 2>({chunks, 8}, 1, {1, 8}); }
  template <Expression E, Expression Local>
  std::int64_t traffic_of(const E& expression, const Local& local) {
    const double expected = compute(connect("local"), local);
    (void)compute(backend_, expression);  // connections are made, and counted, once
    const std::int64_t before = relay_.bytes();
    EXPECT_EQ(compute(backend_, expression), expected);
    return relay_.bytes() - before;
  }
  static CoordinatorOptions quiet() {
    CoordinatorOptions options;
    options.listen = "127.0.0.1:0";
    return options;
  }
  Coordinator coordinator_{quiet()};
  Relay relay_{coordinator_.address()};
  std::vector<std::unique_ptr<Worker>> workers_;
  BackendPtr backend_ = connect("thrift://" + relay_.address());
};

/// Whoever waits asks again ten times a second: what that may take here.
constexpr std::int64_t waiting = 16'384;

/// The bytes of a mean over 136 chunks, and of one over 136,000.
void expect_no_growth(std::int64_t few, std::int64_t many) {
  testing::Test::RecordProperty("bytes_of_136_chunks", std::to_string(few));
  testing::Test::RecordProperty("bytes_of_136000_chunks", std::to_string(many));
  EXPECT_GT(few, 100) << "the relay saw nothing";
  EXPECT_LT(many, 2 * few + waiting);
  EXPECT_LT(many, 136'000);
}

TEST(TheTrafficOfAMean, DoesNotGrowWithTheChunks) {
  const Watchdog watchdog;
  ClusterBehindARelay cluster(2);
  const std::int64_t few = cluster.traffic_of_a_mean(136);
  expect_no_growth(few, cluster.traffic_of_a_mean(136'000));
}

TEST(TheTrafficOfAMean, DoesNotGrowWithTheChunksThatWorkersKeep) {
  const Watchdog watchdog;
  ClusterBehindARelay cluster(2);
  const std::int64_t few = cluster.traffic_of_a_kept_mean(136);
  expect_no_growth(few, cluster.traffic_of_a_kept_mean(136'000));
}

/// A worker is told what the run is with its first range, combines and writes what is little, and tells all of it at
/// once.
TEST(TheCallsOfAMean, AreFew) {
  const Watchdog watchdog;
  ClusterBehindARelay cluster(1);
  EXPECT_EQ(cluster.calls_for_a_kept_mean("report", 64), 1);
  EXPECT_EQ(cluster.calls_for_a_kept_mean("describe_run", 64), 0);
  EXPECT_EQ(cluster.calls_for_a_kept_mean("submit", 64), 1) << "the relay counts";
}

TEST(AWorkersPool, HoldsItsLimitAndGivesBackWhatIsIdle) {
  const Watchdog watchdog;
  constexpr std::size_t mib = std::size_t{1} << 20;
  CoordinatorOptions listening;
  listening.listen = "127.0.0.1:0";
  const Coordinator coordinator(listening);
  WorkerOptions options;
  options.coordinator = coordinator.address();
  options.threads = 2;
  options.memory_limit = 64 * mib;
  const Worker worker(options);
  trim_pool();
  reset_pool_peak();
  const std::size_t others = pool_statistics().in_use;
  const auto x = random<double, 3>({128, 160, 400}, 7, {2, 160, 400});  // 66 MB
  for (int round = 0; round < 3; ++round) {
    const auto backend = connect("thrift://" + coordinator.address());
    (void)compute(backend, sum((x - mean(x, 0)) / stddev(x, 0)));
    (void)compute(backend, mean(x * (round + 2.0), axes(1, 2)));
    const auto kept = persist(backend, x(range(0, 48)) * 2.0);
    (void)compute(backend, sum(kept));
    EXPECT_LE(pool_statistics().peak, others + 64 * mib + 8 * mib) << round;  // a little of it is the client's
  }
  EXPECT_TRUE(eventually([] { return pool_statistics().kept == 0; })) << pool_statistics().kept;
}

/// It may have had in it what the worker was to do next.
TEST(AReport, MayStayWithoutAnAnswer) {
  const Watchdog watchdog;
  ClusterBehindARelay cluster(2);
  EXPECT_TRUE(cluster.loses_the_answer_to_a_report());
}

/// Also where it fails: the session is none.
TEST(ACallThatWantsNoAnswer, GetsNone) {
  const Watchdog watchdog;
  CoordinatorOptions options;
  options.listen = "127.0.0.1:0";
  const Coordinator coordinator(options);
  wire::ClientOptions own;
  own.user_secret = true;
  wire::Connection<wire::CoordinatorService> connection(coordinator.address(), own);
  wire::ClusterStatus status;
  for (int i = 0; i < 3; ++i) {
    connection.call([](auto& client) { client.consumed("nobody", wire::StepKey(), 0, 1); });
    connection.call([&](auto& client) { client.status(status); });
    EXPECT_FALSE(status.version.empty());
  }
}

}  // namespace
}  // namespace chunkwise::testing_cluster
