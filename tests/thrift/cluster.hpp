#pragma once
/// A cluster of real processes on loopback, for tests: a coordinator and workers that can be killed, frozen, replaced.
/// Processes are ended by their number when the cluster goes, and by the system when the test dies.
#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "chunkwise/backend.hpp"

namespace chunkwise::testing_cluster {

/// Waits until holds() returns true. Returns false if it does not within the time.
template <class F>
[[nodiscard]] bool eventually(F&& holds, std::chrono::milliseconds patience = std::chrono::seconds(10)) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

/// Ends the test's process if it takes longer than `patience`, so that a test that hangs fails.
class Watchdog {
 public:
  explicit Watchdog(std::chrono::seconds patience = std::chrono::seconds(120));
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::thread thread_;
};

/// A child process: of the command `chunkwise`, where no other program is named.
class Process {
 public:
  /// Starts `PROGRAM ARGUMENTS...`, standard error going to the file `log`.
  Process(const std::vector<std::string>& arguments, const std::string& log,
          const std::string& program = CHUNKWISE_PROGRAM);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  [[nodiscard]] pid_t id() const { return id_; }
  void signal(int number) const;
  [[nodiscard]] bool running() const;
  /// Waits for its end; its exit code, or 128 and the signal.
  int wait();
  /// SIGKILL, and waits.
  void kill();

 private:
  pid_t id_ = -1;
};

struct ClusterSettings {
  int workers = 1;
  std::vector<std::string> coordinator_options;
  std::vector<std::string> worker_options;
  Security security = {};  ///< what the test itself asks the coordinator with
};

class Cluster {
 public:
  explicit Cluster(const ClusterSettings& settings);
  explicit Cluster(int workers) : Cluster(ClusterSettings{workers, {}, {}}) {}
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// "thrift://127.0.0.1:PORT"
  [[nodiscard]] std::string uri() const { return "thrift://" + address_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::vector<Process>& workers() { return workers_; }
  [[nodiscard]] Process& coordinator() { return coordinator_; }

  /// Another worker.
  void add_worker(const std::vector<std::string>& options = {});
  /// One worker less, by SIGKILL.
  void kill_worker(std::size_t which);
  /// A worker that is a program of its own, which is given the file with the coordinator's address, and a name.
  void add_own_worker(const std::string& program);
  /// Waits until the coordinator counts so many workers; fails the test after 30 s.
  void await_workers(std::size_t count) const;
  /// Another coordinator at the same address, after the first was ended.
  void restart_coordinator();
  /// All that the processes wrote.
  [[nodiscard]] std::string logs() const;

 private:
  void start_coordinator(const std::string& listen);
  ClusterSettings settings_;
  std::string folder_, address_;
  Process coordinator_;
  std::vector<Process> workers_;
  int started_ = 0;
};

}  // namespace chunkwise::testing_cluster
