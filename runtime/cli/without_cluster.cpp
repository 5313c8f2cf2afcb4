// A command without clusters.
#include "runtime/cli/cluster.hpp"
#include "runtime/cli/part.hpp"

namespace chunkwise::cli {

int run_coordinator(const CoordinatorOptions&) { refuse_without(cluster_part, "coordinator"); }
int run_worker(const WorkerOptions&, double) { refuse_without(cluster_part, "worker"); }
int show_cluster(const std::string&, const Security&) { refuse_without(cluster_part, "cluster"); }

/// Refuses only the schemes of clusters; for others chunkwise::connect names the schemes that there are.
BackendPtr connect_cluster(const std::string& uri, const BackendOptions& options) {
  if (uri.starts_with("thrift:")) refuse_without(cluster_part, "the backend " + uri);
  return chunkwise::connect(uri, options);
}

}  // namespace chunkwise::cli
