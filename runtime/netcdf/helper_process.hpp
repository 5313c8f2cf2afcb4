#pragma once
/// The helper process: a program, chunkwise-netcdf, in which netcdf-c and HDF5 open files that may be damaged, so that
/// the helper crashes or never ends in place of this process. A process has one, for all its files. It is started when
/// it is first needed, and again when it died. Next: isolated_file.hpp, which asks it.
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "runtime/netcdf/helper_messages.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// The end of a helper, whether by itself or not, before it had answered.
struct HelperDeath {
  std::string how;  ///< "crashed (Segmentation fault)", "did not answer for 60 s"
  /// The cause: a crash, perhaps of memory that another file has damaged; a signal of somebody, or of a system that
  /// lacks memory; a loop, or a disk that is too slow, which are the file's own.
  enum class Kind { crash, killed, loop, stall } kind;
};

/// A helper that runs. Ended with the object.
class HelperProcess {
 public:
  /// Starts the program. Throws io if it cannot be started, invalid_argument for invalid limits.
  HelperProcess();
  ~HelperProcess();
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;

  /// Returns the memory for an answer of that size; throws Error if an answer cannot have that size.
  using Place = std::function<std::span<std::byte>(std::size_t size)>;
  /// Asks a question and receives its answer. Throws the Error that the helper answers with; HelperDeath if it does not
  /// answer, or answers nonsense: it is of no use then.
  void ask(std::span<const std::byte> question, const Place& place);

 private:
  [[noreturn]] void fail(HelperDeath death);
  [[nodiscard]] HelperDeath describe_end();
  [[nodiscard]] double cpu_seconds() const;
  void end() noexcept;

  std::string program_;
  double seconds_;  ///< the time that an answer may take; the helper's own if it computes
  pid_t pid_ = -1;
  int pid_fd_ = -1;
  std::unique_ptr<Channel> channel_;
};

/// The helper of this process, and the number of times that it was started.
class Helper {
 public:
  /// Returns the helper of this process: a process that was forked has one of its own.
  [[nodiscard]] static Helper& instance();

  /// Held while any of the members below is used.
  std::mutex mutex;
  /// Returns the process that runs, or a new one.
  [[nodiscard]] HelperProcess& process();
  /// Returns the number of that process: files that were opened in an earlier one have to be opened again.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  /// Ends the process.
  void end() { process_.reset(); }
  /// Returns true if the process runs and has that generation.
  [[nodiscard]] bool runs(std::uint64_t generation) const { return process_ && generation == generation_; }

  /// True in a test that opens many damaged files: the process goes on after one, until it dies.
  bool outlives_damage = false;
  /// The files opened in the process that runs.
  std::uint64_t files = 0;
  /// The file (IsolatedFile::id_) whose damage the helper has met, 0 if there was none. Another file is opened in a new
  /// helper.
  std::uint64_t damaged = 0;

 private:
  std::unique_ptr<HelperProcess> process_;
  std::uint64_t generation_ = 0;
};

/// Returns the file name of the helper program: in the folder CHUNKWISE_LIBEXEC if that is set, else beside the program
/// that runs, in ../libexec/chunkwise from there, or in the folder in which chunkwise was installed. Throws io with the
/// places if it is in none.
[[nodiscard]] std::string find_helper();

/// Returns true if CHUNKWISE_ISOLATED says that every file is isolated; throws invalid_argument if it says anything but
/// 0 and 1.
[[nodiscard]] bool isolated_by_default();

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
