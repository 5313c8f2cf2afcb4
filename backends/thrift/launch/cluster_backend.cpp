// The backends that start a cluster of their own: local-cluster, ssh, slurm, sge, scheduler.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include "backends/thrift/client/thrift_backend.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/start_cluster.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

BackendPtr make_cluster_backend(std::string uri, const BackendOptions& options) {
  const ClusterOptions asked = cluster_options(uri);
  const auto cluster = std::make_shared<RunningCluster>(asked);
  // Processes are all there in a moment; a queue may keep the last job for long.
  const int wanted = asked.launcher == Launcher::local ? asked.workers : std::min(asked.workers, 1);
  const double patience = options.wait_for_workers > 0 ? options.wait_for_workers : 1e9;
  constexpr double silence = 2;  // seconds: a wait that is over by then is no news
  if (!cluster->wait_for_workers(wanted, std::min(silence, patience))) {
    std::fprintf(stderr, "chunkwise: waiting for workers of %s\n", printable(uri).c_str());
    std::fflush(stderr);
    if (!cluster->wait_for_workers(wanted, std::max(patience - silence, 0.0)))
      throw Error(ErrorCode::io, printable(uri) + " has had no worker for " + seconds_text(patience) +
                                     " s; look at the queue of its jobs, or wait longer "
                                     "(BackendOptions::wait_for_workers)");
  }
  BackendOptions own = options;
  own.security = cluster->security();
  const std::string address = cluster->address();
  return make_thrift_backend(std::move(uri), "//" + address, own, cluster);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
