#pragma once
/// The processes of a cluster, for programs that are such a process: a coordinator, workers, and the cluster's status.
/// `chunkwise coordinator` and `chunkwise worker` are these with a command line; a program of your own that registers
/// kernels, functions or kinds of sources and then runs a Worker is a worker that knows them (docs/cluster.md). Needs
/// chunkwise::thrift. A client needs none of this: connect("thrift://HOST:PORT").
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/expr/array.hpp"
#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Receives lines for a log, without newline; called from any thread.
using LogLine = std::function<void(const std::string& line)>;

/// Who starts workers for a coordinator, if somebody does. Called from any thread.
struct WorkerStarter {
  std::function<int()> wanted;     ///< returns how many workers there should be
  std::function<void(int)> scale;  ///< has more started, or some ended
  std::function<void()> retired;   ///< a worker was asked to end, and is not to be replaced
};

/// The options of a coordinator.
struct CoordinatorOptions {
  std::string listen = "127.0.0.1:8786";  ///< HOST:PORT; with port 0 the system chooses one
  /// HOST:PORT that others are told to connect to (address(), address_file); with port 0 the port it listens on. Empty:
  /// the address it listens on; for 0.0.0.0 and [::], an address of this machine.
  std::string advertise;
  /// File that the address is written to once it listens, and that is removed at the end; empty: none.
  std::string address_file;
  /// The address file names the files of `security` too, for whoever may read them, and has the mode 600: workers and
  /// clients that are given it need no settings of their own.
  bool shares_credentials = false;
  /// Members of `security` that are empty are taken from the environment.
  bool takes_environment = true;
  /// A secret is required to listen on more than loopback. On loopback, if none is given, this user's secret is taken
  /// (docs/cluster.md, "What is refused").
  Security security;
  /// File with a secret that workers have to prove and clients need not know; empty: workers prove the secret of
  /// `security`. If left empty, it is taken from CHUNKWISE_WORKER_SECRET_FILE, if `takes_environment`.
  std::string worker_secret_file;
  WorkerStarter starter;  ///< for operators who want more or fewer workers; empty: nobody starts any
  /// HOST:PORT at which it answers HTTP: /health, and /metrics for Prometheus, to whoever can connect; empty: it does
  /// not.
  std::string metrics;
  double worker_timeout = 10;  ///< seconds without a word after which a worker is taken for lost
  double client_timeout = 60;  ///< seconds without a word after which a client's arrays are freed
  /// Takes lines about the life of workers and clients; empty: nothing is told.
  LogLine log;
};

/// A coordinator's knowledge of its cluster.
struct ClusterStatus {
  /// A worker.
  struct Member {
    std::string name, address;  ///< its name, and HOST:PORT that others fetch from
    int threads = 0;            ///< that compute
    /// Bytes. `memory_used` is chunks in memory, and the most that the worker's ranges may take, as of the last second.
    std::uint64_t memory_limit = 0, memory_used = 0;
    std::uint64_t held = 0;      ///< bytes of chunks it keeps
    int running = 0;             ///< ranges it works on
    std::uint64_t resident = 0;  ///< bytes of memory of its process, as the system counts it; 0: not known yet
    double cpu = 0;              ///< CPUs that its process has kept busy over the last second or more
    bool retiring = false;       ///< it was asked to end, and hands over its chunks
  };
  /// A run that has not ended.
  struct Run {
    std::int64_t number = 0;  ///< of the run, as the log calls it
    double done = 0;          ///< from 0 to 1
    std::string waits_for;    ///< "workers", or "memory that other clients release"; empty: it goes on
  };
  /// An array that workers keep since persist().
  struct Kept {
    std::vector<std::string> names;  ///< that it is published under
    std::uint64_t bytes = 0;         ///< of its elements
  };
  std::vector<Member> workers;       ///< that are connected
  std::vector<Run> runs;             ///< that have not ended
  std::vector<Kept> arrays;          ///< of all clients
  int clients = 0;                   ///< that are connected
  std::vector<std::string> refused;  ///< why workers that came in the last half minute were not accepted
  int workers_wanted = -1;           ///< workers that whoever starts them wants; -1: nobody starts any
  double uptime = 0;                 ///< seconds since the coordinator began
  std::uint64_t resident = 0;        ///< bytes of memory of the coordinator's process
  double cpu = 0;                    ///< CPUs that it has kept busy over the last second or more
};

/// Decides the work of workers, and holds no data. Runs from construction to destruction, in threads of its own.
class Coordinator {
 public:
  /// Listens. Throws io if it cannot listen, denied if it would listen beyond loopback without a secret.
  explicit Coordinator(const CoordinatorOptions& options);
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;
  /// Returns HOST:PORT that workers and clients connect to.
  [[nodiscard]] std::string address() const;
  /// Returns the same as cluster_status(), without a connection.
  [[nodiscard]] ClusterStatus status() const;
  /// Asks the workers of that name to hand over their chunks and to end. Throws not_found with the names there are.
  void retire_worker(const TextArgument& name);
  /// Returns true once an operator has ended the cluster (shut_down_cluster): this is to go.
  [[nodiscard]] bool was_ended() const;
  /// Returns HOST:PORT at which /metrics is; empty if it was not asked for.
  [[nodiscard]] std::string metrics_address() const;

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

/// The options of a worker.
struct WorkerOptions {
  /// HOST:PORT, thrift://HOST:PORT, or the name of the file that the coordinator writes it to (the worker waits for
  /// it). If the file is there when the worker is made, and names a secret and certificates, these are taken if
  /// `security` has none.
  std::string coordinator;
  /// HOST:PORT for those who fetch from it. Empty: any port of the address by which it reaches the coordinator. If that
  /// address is loopback and the coordinator listens for other machines, everywhere; others are told the coordinator's
  /// host.
  std::string listen;
  /// HOST:PORT that others are told to fetch from; with port 0 the port it listens on. Empty: the address it listens
  /// on; for 0.0.0.0 and [::], the address by which it reaches the coordinator.
  std::string advertise;
  std::string name;                ///< for logs, of printable characters; empty: host name and process number
  int threads = 0;                 ///< 0: as many as the process may use
  std::uint64_t memory_limit = 0;  ///< bytes for runs and chunks; 0: three quarters of the machine's
  /// Folders whose files it may open: "DIR", or "CLIENT=LOCAL" if the client calls LOCAL by another name.
  std::vector<std::string> data_roots;
  std::string spill_directory;  ///< folder for chunks that do not fit into memory; empty: none
  /// NetCDF-4 files are opened in a process apart (NetcdfOptions::isolated), so that a damaged file is an error of the
  /// run that reads it and not the worker's end. If chunkwise-netcdf is not installed, the log says that they are not.
  bool isolated = true;
  Security security;               ///< as CoordinatorOptions::security
  std::string worker_secret_file;  ///< as CoordinatorOptions::worker_secret_file
  /// Seconds without a coordinator after which a worker that keeps nothing for anybody ends by itself; 0: never.
  double coordinator_timeout = 3600;
  /// After coordinator_timeout it ends although it keeps chunks: for a coordinator that is not started anew.
  bool ends_with_coordinator = false;
  /// Takes lines about the life of the worker; empty: nothing is told.
  LogLine log;
};

/// Computes and keeps chunks. Runs from construction to destruction, in threads of its own; looks for its coordinator
/// until it is there, and again when it is gone. A coordinator that cannot connect back to the worker does not accept
/// it; the worker says so in its log, and tries again.
class Worker {
 public:
  /// Throws invalid_argument for options that it cannot read, not_found for folders that are not there.
  explicit Worker(const WorkerOptions& options);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Returns HOST:PORT that others fetch from; empty as long as it was told none and has not reached a coordinator.
  [[nodiscard]] std::string address() const;
  /// The wish of an operator: nothing; to hand over the chunks (retire) and go; to go; to hand over, go and
  /// be made anew.
  enum class Wish { none, hand_over, end, restart };
  /// Returns the wish of an operator, none if nobody has asked.
  [[nodiscard]] Wish wish() const;
  /// Returns the reason why it has ended, having waited for its coordinator for too long; empty while it works.
  [[nodiscard]] std::string why_ended() const;
  /// Prepares the worker's end: it takes no more work, and has the chunks and states of reductions that it alone holds
  /// copied to workers with room for them, for `seconds` at most, or until `cancel`. Returns true if others have all
  /// that can be copied; the rest is made again. A worker that ends without it takes all of them along.
  bool retire(double seconds, const CancelToken& cancel = {});

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

/// Returns the status of the cluster of the coordinator at HOST:PORT, or at the HOST:PORT in the file of that name.
/// Throws io if it does not answer, not_found if there is no such file, invalid_argument if `address` is neither.
[[nodiscard]] ClusterStatus cluster_status(const TextArgument& address, const Security& security = {});

/// Asks the workers of that name to hand over their chunks, and to end (retire), or to begin anew (restart). They do
/// so by and by. Throws not_found with the names there are, denied if the coordinator is another user's, and as
/// cluster_status does.
void retire_worker(const TextArgument& coordinator, const TextArgument& worker, const Security& security = {});
/// As retire_worker; the worker begins anew with the options it had.
void restart_worker(const TextArgument& coordinator, const TextArgument& worker, const Security& security = {});
/// Has workers started, or some ended, until there are so many. Throws unsupported if nobody starts workers for this
/// coordinator, denied if it is another user's.
void scale_cluster(const TextArgument& coordinator, int workers, const Security& security = {});
/// Ends all workers, with the chunks they hold, and the coordinator. Throws denied if it is another user's.
void shut_down_cluster(const TextArgument& coordinator, const Security& security = {});
/// Returns the last lines of a worker's log, `bytes` at most. Throws not_found with the names there are.
[[nodiscard]] std::string worker_log(const TextArgument& coordinator, const TextArgument& worker,
                                     std::size_t bytes = 65536, const Security& security = {});

/// Returns false if `coordinator` names the file of a coordinator's address, and that is not there yet; else true.
/// Throws invalid_argument if it is neither an address nor the name of such a file.
[[nodiscard]] bool is_address_known(const TextArgument& coordinator);

/// Gives a persisted array a name under which clients of the same cluster find it, and which keeps it after this
/// program has ended. Throws invalid_argument if the array is not one that persist() returned, as it is, on this
/// backend, or if the name is taken, longer than 255 bytes or not printable.
void publish(const BackendPtr& backend, const TextArgument& name, const UntypedArray& array);
/// Takes the name away; the array is freed with its last handle. Throws not_found if there is no such name, denied if
/// another user has published it (docs/cluster.md, "Whose is what").
void unpublish(const BackendPtr& backend, const TextArgument& name);
/// Returns the array of that name, of any type; throws not_found with the names there are.
[[nodiscard]] UntypedArray open_published(const BackendPtr& backend, const TextArgument& name);
/// Returns the array of that name, shared with its publisher. Throws not_found with the names there are; type_mismatch
/// or shape_mismatch if T or N is not the array's.
template <Element T, int N>
[[nodiscard]] Array<T, N> open_published(const BackendPtr& backend, const TextArgument& name) {
  UntypedArray handle = open_published(backend, name);
  if (handle.node->dtype != dtype_of<T>)
    throw Error(ErrorCode::type_mismatch, "the array published as '" + name + "' has elements of " +
                                              std::string(name_of(handle.node->dtype)) + ", not " +
                                              std::string(name_of(dtype_of<T>)));
  if (handle.shape.rank() != N)
    throw Error(ErrorCode::shape_mismatch, "the array published as '" + name + "' has the shape " +
                                               to_string(handle.shape) + ", not " + std::to_string(N) + " axes");
  return Array<T, N>(std::move(handle));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
