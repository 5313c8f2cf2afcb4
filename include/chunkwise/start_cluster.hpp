#pragma once
/// A cluster that is started by one call, and ends with it: a coordinator in this process, and workers that are
/// processes of this machine, of others over ssh, or jobs of a scheduler. `chunkwise cluster start` is this with a
/// command line. A program that needs no more than a backend writes connect("local-cluster://?workers=4"),
/// connect("slurm://?workers=4") and the like (docs/cluster.md, "From a program"). Needs chunkwise::thrift. Next:
/// cluster.hpp.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/cluster.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Who starts the workers of a cluster.
enum class Launcher {
  local,  ///< this process; they share this machine
  ssh,    ///< ssh, on ClusterOptions::hosts; no password is asked for
  slurm,  ///< Slurm: sbatch, squeue, scancel
  sge,    ///< Grid Engine: qsub, qstat, qdel
  other,  ///< the scheduler that ClusterOptions::job_template describes
};

/// The options of a cluster that is started by one call.
struct ClusterOptions {
  Launcher launcher = Launcher::local;  ///< of the workers
  /// If most_workers is not 0, the cluster has `workers` to begin with, and from least_workers to most_workers as there
  /// is work: twice as many while all are busy, as few as may be after `idle_seconds` without a run.
  int least_workers = 0, most_workers = 0;
  /// Seconds without a run after which there are as few workers as may be.
  double idle_seconds = 60;
  int workers = 1;  ///< that are started
  std::vector<std::string>
      hosts;  ///< of ssh, as it takes them: "node1", "ada@node2"; each gets its part of the workers
  /// A file with the script that is submitted, in which `@worker@` stands for the worker's command; empty: that of the
  /// scheduler. For Launcher::other it also has the scheduler's commands (docs/cluster.md, "Another scheduler").
  std::string job_template;
  /// Further options of the scheduler, a line of the script each: "--partition=long", "-pe smp 4".
  std::vector<std::string> job_options;
  int threads = 0;  ///< of each worker; 0: as many as its machine or its job has, shared by the workers that are there
  /// Bytes for runs and chunks of each worker. A job of Slurm asks for a third more. 0: three quarters of the
  /// memory of its machine or its job, shared by the workers that are there.
  std::uint64_t memory_limit = 0;
  std::vector<std::string> data_roots;  ///< as WorkerOptions::data_roots
  std::string spill_directory;          ///< as WorkerOptions::spill_directory
  std::string name = "chunkwise";       ///< of the cluster, its jobs and workers: letters, digits, '-', '_' and '.'
  /// HOST:PORT at which the coordinator listens. Empty: for local workers at loopback, else at all addresses; any port.
  std::string listen;
  std::string advertise;  ///< as CoordinatorOptions::advertise
  /// A network interface, NAME or NAME:PORT: the coordinator listens at its address, and each worker at that of the
  /// interface of the same name on its machine. Empty: `listen` says where. Both are refused.
  std::string interface;
  std::string address_file;  ///< a file besides its own that the address is written to; empty: none
  /// The folder in which the cluster's own folder is made, with its secret, certificate and logs. All machines have to
  /// see it, except with ssh. Empty: TMPDIR for local workers, else chunkwise/clusters in $XDG_CACHE_HOME or ~/.cache.
  std::string folder;
  std::string logs;  ///< a folder to which the logs of coordinator and workers are copied at the end; empty: none
  /// The command chunkwise on the machines of the workers; empty: the one that is installed here, at the same place.
  std::string program;
  std::string metrics;  ///< as CoordinatorOptions::metrics
  LogLine log;          ///< of events of workers, for people
};

/// A coordinator in this process and the workers that were started for it. The secret is made for this cluster alone,
/// and so is, if others than local workers use it, a certificate: all connections are under TLS. A worker that ends
/// although it should not is replaced. When this goes, so do the workers; if the process is killed, workers end within
/// a minute.
class RunningCluster {
 public:
  /// Starts the coordinator, and has the workers started; they join by and by. Throws invalid_argument for options that
  /// contradict each other, not_found without the program chunkwise, io if the launcher cannot be run.
  explicit RunningCluster(const ClusterOptions& options);
  ~RunningCluster();
  RunningCluster(const RunningCluster&) = delete;
  RunningCluster& operator=(const RunningCluster&) = delete;

  /// Returns HOST:PORT of the coordinator.
  [[nodiscard]] std::string address() const;
  /// Returns the file that holds the address, and names the secret and the certificate: workers, clients and the
  /// command take it in place of HOST:PORT.
  [[nodiscard]] std::string address_file() const;
  /// Returns the files of the secret and the certificate.
  [[nodiscard]] Security security() const;
  /// Returns the status of the cluster.
  [[nodiscard]] ClusterStatus status() const;

  /// Waits until there are so many workers, for `seconds` at most. Returns false if there are fewer. Throws io, with
  /// their last words, if workers end as soon as they are started.
  bool wait_for_workers(int workers, double seconds);
  /// Returns the message that wait_for_workers() would throw; empty: nothing is wrong.
  [[nodiscard]] std::string trouble() const;
  /// Starts workers, or ends some, until there are so many. A worker that is ended hands over the chunks it holds
  /// first, as far as the others have room.
  void scale(int workers);
  /// Returns true once an operator has ended the cluster (shut_down_cluster): this is to go.
  [[nodiscard]] bool was_ended() const;
  /// Returns HOST:PORT at which /metrics is; empty if it was not asked for.
  [[nodiscard]] std::string metrics_address() const;

 private:
  struct Running;
  std::shared_ptr<Running> running_;
};

/// Returns the options that the text of a backend's URI names: "slurm://?workers=4&threads=2&memory=20GB". The words
/// are workers, adapt (A:B), threads, memory, data-root, spill, option, template, name, listen, advertise, folder,
/// logs, program, metrics, interface, hosts (with commas); data-root and option may be there several times; %XX stands
/// for a byte. Throws invalid_argument for another word or scheme; the schemes are local-cluster, ssh, slurm, sge and
/// scheduler.
[[nodiscard]] ClusterOptions cluster_options(const TextArgument& uri);

}  // namespace chunkwise::inline CHUNKWISE_ABI
