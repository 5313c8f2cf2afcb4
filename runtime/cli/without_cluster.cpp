// A command without clusters.
#include "runtime/cli/cluster.hpp"
#include "runtime/cli/part.hpp"

namespace chunkwise::cli {

int run_coordinator(const CoordinatorOptions&, const DashboardChoice&, const std::string&) {
  refuse_without(cluster_part, "coordinator");
}
int run_worker(const WorkerOptions&, const WorkerLife&, const std::string&) { refuse_without(cluster_part, "worker"); }
int start_cluster(const StartRequest&) { refuse_without(cluster_part, "cluster"); }
int show_cluster(const std::string&, const Security&, const ShowOptions&) { refuse_without(cluster_part, "cluster"); }
int operate_cluster(const std::string&, const Security&, Operation, const std::string&, int) {
  refuse_without(cluster_part, "cluster");
}

/// Refuses only the schemes of clusters; for others chunkwise::connect names the schemes that there are.
BackendPtr connect_cluster(const std::string& uri, const BackendOptions& options) {
  const std::string scheme = uri.substr(0, uri.find(':'));
  const bool is_cluster = scheme == "thrift" || scheme == "local-cluster" || scheme == "ssh" || scheme == "slurm" ||
                          scheme == "sge" || scheme == "scheduler";
  if (is_cluster) refuse_without(cluster_part, "the backend " + uri);
  return chunkwise::connect(uri, options);
}

}  // namespace chunkwise::cli
