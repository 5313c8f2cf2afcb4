// The conformance suite on clusters of 1, 2 and 4 workers, each a process of its own.
#include <map>
#include <memory>
#include <utility>

#include "tests/conformance/backend_under_test.hpp"
#include "tests/thrift/cluster.hpp"

namespace chunkwise::conformance {
namespace {

using testing_cluster::Cluster;
using testing_cluster::ClusterSettings;

/// Clusters are started when they are first asked for, and shared by the tests of this process.
const Cluster& cluster_of(int workers, std::uint64_t memory_limit) {
  static std::map<std::pair<int, std::uint64_t>, std::unique_ptr<Cluster>> clusters;
  auto& cluster = clusters[{workers, memory_limit}];
  if (!cluster) {
    ClusterSettings settings{workers, {}, {}};
    if (memory_limit > 0) settings.worker_options = {"--memory", std::to_string(memory_limit)};
    cluster = std::make_unique<Cluster>(settings);
  }
  return *cluster;
}

BackendUnderTest cluster_backend(int workers) {
  BackendUnderTest backend;
  backend.name = std::to_string(workers) + (workers == 1 ? "Worker" : "Workers");
  backend.connect = [workers](std::uint64_t limit) {
    BackendOptions options;
    options.memory_limit = limit;
    return connect(cluster_of(workers, limit / static_cast<std::uint64_t>(workers)).uri(), options);
  };
  backend.reads_in_place = false;
  return backend;
}

INSTANTIATE_TEST_SUITE_P(Thrift, BackendConformance,
                         testing::Values(cluster_backend(1), cluster_backend(2), cluster_backend(4)), backend_name);

}  // namespace
}  // namespace chunkwise::conformance
