#pragma once
/// Those who start the workers of a cluster: as processes of this machine, over ssh, or as jobs of a scheduler. For one
/// thread at a time.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "backends/thrift/launch/private_folder.hpp"
#include "backends/thrift/launch/scheduler.hpp"
#include "chunkwise/start_cluster.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

/// The facts that every worker is told.
struct Workplan {
  const PrivateFolder* folder = nullptr;
  std::string address_file;
  std::string address;  ///< HOST:PORT of the coordinator
  Security security;    ///< files in the folder
  ClusterOptions options;
  const std::atomic<bool>* hurries = nullptr;  ///< set: commands that are under way are ended
};

/// Returns the number of workers by which those that share a machine divide it.
[[nodiscard]] inline int most_workers(const ClusterOptions& options) {
  return std::max(options.workers, options.most_workers);
}

class Starter {
 public:
  virtual ~Starter() = default;
  /// Starts so many more workers. Throws Error if they cannot even be started.
  virtual void start(int workers) = 0;
  /// Returns how many workers run, or wait in a queue.
  [[nodiscard]] virtual int alive() = 0;
  /// Ends all, within some seconds.
  virtual void end_all() = 0;
  /// Returns what is known of workers that have ended since the last call: lines for a log, or the end of an error.
  [[nodiscard]] virtual std::string take_news() = 0;
};

/// Workers are processes of this machine, which they share.
[[nodiscard]] std::unique_ptr<Starter> start_here(Workplan plan);
/// Workers are started by ssh on the hosts of the options, in turn; their secret goes through ssh too.
[[nodiscard]] std::unique_ptr<Starter> start_by_ssh(Workplan plan);
/// Workers are jobs.
[[nodiscard]] std::unique_ptr<Starter> start_as_jobs(Workplan plan, Scheduler scheduler);

/// Returns the command of a worker: the program, its verb, the coordinator's address file and the options.
[[nodiscard]] std::vector<std::string> worker_words(const Workplan& plan, const std::string& address_file);

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
