// The conformance suite on a coordinator and two workers that are threads of this process, as is their client.
#include <map>
#include <memory>

#include "chunkwise/cluster.hpp"
#include "tests/conformance/backend_under_test.hpp"

namespace chunkwise::conformance {
namespace {

/// A coordinator and workers on loopback.
class OneProcess {
 public:
  OneProcess(int workers, std::uint64_t memory_limit) {
    CoordinatorOptions options;
    options.listen = "127.0.0.1:0";
    coordinator_ = std::make_unique<Coordinator>(options);
    for (int i = 0; i < workers; ++i) {
      WorkerOptions worker;
      worker.coordinator = coordinator_->address();
      worker.name = "worker" + std::to_string(i);
      worker.threads = 2;
      worker.memory_limit = memory_limit;
      worker.isolated = false;
      workers_.push_back(std::make_unique<Worker>(worker));
    }
    // Memory is that of all of them.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (cluster_status(coordinator_->address()).workers.size() < workers_.size()) {
      if (std::chrono::steady_clock::now() > end) throw Error(ErrorCode::io, "the workers of this process do not come");
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  [[nodiscard]] std::string uri() const { return "thrift://" + coordinator_->address(); }

 private:
  std::unique_ptr<Coordinator> coordinator_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

/// Those of this process, by the memory of their workers. They end before what a program ends with, so that no thread
/// of theirs outlives it.
std::map<std::uint64_t, std::unique_ptr<OneProcess>>& clusters() {
  static std::map<std::uint64_t, std::unique_ptr<OneProcess>> all;
  return all;
}
class EndClusters : public testing::Environment {
 public:
  void TearDown() override { clusters().clear(); }
};
const testing::Environment* const ends_clusters = testing::AddGlobalTestEnvironment(new EndClusters);

BackendUnderTest cluster_in_this_process() {
  BackendUnderTest backend;
  backend.name = "TwoWorkers";
  backend.connect = [](std::uint64_t limit) {
    std::unique_ptr<OneProcess>& cluster = clusters()[limit];
    if (!cluster) cluster = std::make_unique<OneProcess>(2, limit == 0 ? std::uint64_t{1} << 30 : limit / 2);
    BackendOptions options;
    options.memory_limit = limit;
    return connect(cluster->uri(), options);
  };
  backend.reads_in_place = false;
  return backend;
}

INSTANTIATE_TEST_SUITE_P(InOneProcess, BackendConformance, testing::Values(cluster_in_this_process()), backend_name);

}  // namespace
}  // namespace chunkwise::conformance
