#pragma once
/// The processes of a cluster, and computing on one: the parts that take Thrift and OpenSSL. Defined in cluster.cpp,
/// which chunkwise-cluster and chunkwise-plot are linked with; the functions of hand_over_cluster.cpp start
/// chunkwise-cluster with the same line and do not return.
#include <string>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/cluster.hpp"
#include "chunkwise/start_cluster.hpp"
#include "runtime/cli/dashboard_process.hpp"

namespace chunkwise::cli {

/// Serves until a signal or an operator ends it (EndSignals); logs to standard error, or to the file `log`. Returns 0
/// after SIGTERM and SIGINT, else 128 and the signal's number. Has a dashboard served beside it if one is chosen.
int run_coordinator(const CoordinatorOptions& options, const DashboardChoice& dashboard, const std::string& log);
/// How a worker ends.
struct WorkerLife {
  double grace = 20;    ///< seconds that it hands over what it holds, at most
  double lifetime = 0;  ///< seconds since its process began after which it is gone; 0: no limit
  double left = 0;      ///< seconds from now on after which it is gone; 0: not known
};
/// Waits for the coordinator's address file. On a signal, and that long before its time is over, hands over the chunks
/// that it holds; a second signal ends it at once.
int run_worker(const WorkerOptions& options, const WorkerLife& life, const std::string& log);

/// A line `chunkwise cluster start`.
struct StartRequest {
  ClusterOptions cluster;
  int wait_for = -1;                 ///< workers that are waited for; -1: all of them, of jobs one
  double patience = -1;              ///< seconds that they are waited for; -1: five minutes, for jobs a day
  double idle_timeout = 0;           ///< seconds without client, run or kept array, after which it ends; 0: never
  std::vector<std::string> command;  ///< that is run on the cluster; empty: until a signal comes
};
/// Starts a cluster, runs the command with it, or prints the line that others need, and ends the cluster. Returns the
/// command's exit code, or 128 and the number of the signal that ended it.
int start_cluster(const StartRequest& request);

/// The way in which a cluster is shown.
struct ShowOptions {
  bool json = false;  ///< an object a line
  double every = 0;   ///< again after so many seconds, until a signal comes; 0: once
};
/// Prints the workers, runs and arrays of the cluster whose coordinator is at HOST:PORT.
int show_cluster(const std::string& coordinator, const Security& security, const ShowOptions& show);

/// What an operator asks of a cluster.
enum class Operation { retire, restart, logs, scale, shutdown };
/// Asks it: of the worker `name`, or for `count` workers, or of the whole cluster.
int operate_cluster(const std::string& coordinator, const Security& security, Operation operation,
                    const std::string& name, int count);

/// Returns the backend of chunkwise::connect, for any but local.
[[nodiscard]] BackendPtr connect_cluster(const std::string& uri, const BackendOptions& options);

}  // namespace chunkwise::cli
