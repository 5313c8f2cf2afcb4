// The conformance suite on clusters of 1, 2 and 4 workers, each a process of its own.
#include <map>
#include <memory>

#include "tests/conformance/backend_conformance.hpp"
#include "tests/thrift/cluster.hpp"

namespace chunkwise::conformance {
namespace {

using testing_cluster::Cluster;

/// The cluster of so many workers that the tests of this process share.
const Cluster& cluster_of(int workers) {
  static std::map<int, std::unique_ptr<Cluster>> clusters;
  auto& cluster = clusters[workers];
  if (!cluster) cluster = std::make_unique<Cluster>(workers);
  return *cluster;
}

std::string one_worker() { return cluster_of(1).uri(); }
std::string two_workers() { return cluster_of(2).uri(); }
std::string four_workers() { return cluster_of(4).uri(); }

INSTANTIATE_TEST_SUITE_P(Thrift, BackendConformance, testing::Values(&one_worker, &two_workers, &four_workers),
                         [](const auto& info) {
                           return std::array{"OneWorker", "TwoWorkers", "FourWorkers"}[info.index];
                         });

}  // namespace
}  // namespace chunkwise::conformance
