#pragma once
/// Processes that a cluster is started by: workers of this machine, ssh, and the commands of a scheduler.
#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

/// The way in which a process is started.
struct Start {
  std::vector<std::string> words;  ///< the program and its arguments; the program is looked for in PATH
  std::string log;                 ///< file that its output is appended to; empty: /dev/null
  /// Text for its standard input, which stays open after that as long as this process lives; nullopt: /dev/null.
  std::optional<std::string> input;
};

/// A process in a group of its own, so that an interrupt at the terminal does not reach it. The settings of this
/// process's own cluster (CHUNKWISE_BACKEND, CHUNKWISE_SECRET_FILE and their like) and of its own job (SLURM_*) are not
/// in its environment.
class ChildProcess {
 public:
  /// Starts it. Throws io if the system cannot.
  explicit ChildProcess(const Start& start);
  /// Kills it, if it runs still; in a forked child it does nothing.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) = delete;

  /// Returns the exit code, or 128 and the number of the signal that ended it; nullopt as long as it runs.
  [[nodiscard]] std::optional<int> ended();
  /// Waits for its end, so long at most.
  std::optional<int> wait_for(std::chrono::milliseconds time);
  /// Sends a signal to it and its children, if it runs.
  void signal(int number) noexcept;
  /// Ends its standard input.
  void close_input() noexcept;

 private:
  pid_t id_ = -1;
  int input_ = -1;
  std::optional<int> code_;
  std::uint64_t forks_ = 0;
};

/// The end of a command and what it said.
struct Said {
  int code = 0;  ///< as ChildProcess::ended
  std::string out, err;
};
/// Runs a line of the shell to its end, in a clean environment as ChildProcess has it. `scratch`: a folder for files.
/// Throws io if it takes longer than so many seconds, or if `is_over` comes true meanwhile; it is killed then.
[[nodiscard]] Said run_shell(const std::string& line, const std::string& scratch, double seconds,
                             const std::atomic<bool>* is_over = nullptr);

/// Returns words as a line of the shell.
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
