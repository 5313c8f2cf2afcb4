#pragma once
/// The helper process: a program, chunkwise-netcdf, in which netcdf-c and HDF5 open files that may be damaged, so that
/// it is the helper which crashes or never ends. A process has one, for all its files; it is started when it is first
/// needed, and again when it died. Next: isolated_file.hpp, which asks it.
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

/// How a helper ended, or had to be ended, before it had answered.
struct HelperDeath {
  std::string how;  ///< "crashed (Segmentation fault)", "did not answer for 60 s"
  /// What it means: a crash, which what other files did to the helper's memory may have caused; somebody killed it, as
  /// the system does that lacks memory; a loop or too slow a disk, which are the file's own.
  enum class Kind { crash, killed, loop, stall } kind;
};

/// A helper that runs. Ended with the object.
class HelperProcess {
 public:
  /// Starts the program. Throws io where it cannot be started, invalid_argument for limits that are none.
  HelperProcess();
  ~HelperProcess();
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;

  /// Where the bytes of an answer of that size go; throws Error where it cannot have that size.
  using Place = std::function<std::span<std::byte>(std::size_t size)>;
  /// Asks a question and receives its answer. Throws the Error that the helper answers with; HelperDeath where it does
  /// not answer, or with what makes no sense: it is of no use then.
  void ask(std::span<const std::byte> question, const Place& place);

 private:
  [[noreturn]] void fail(HelperDeath death);
  [[nodiscard]] HelperDeath describe_end();
  [[nodiscard]] double cpu_seconds() const;
  void end() noexcept;

  std::string program_;
  double seconds_;  ///< that an answer may take
  pid_t pid_ = -1;
  int pid_fd_ = -1;
  std::unique_ptr<Channel> channel_;
};

/// The helper of this process, and how often it was started.
class Helper {
 public:
  /// The one of this process: a process that was forked has one of its own.
  [[nodiscard]] static Helper& instance();

  /// Held while it is used. For all below.
  std::mutex mutex;
  /// The one that runs, or a new one.
  [[nodiscard]] HelperProcess& process();
  /// Which process that is: files that were opened in an earlier one are to be opened again.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  /// Ends it.
  void end() { process_.reset(); }
  /// True where it runs and has that generation.
  [[nodiscard]] bool runs(std::uint64_t generation) const { return process_ && generation == generation_; }

  /// Files opened in the one that runs.
  std::uint64_t files = 0;
  /// The file (IsolatedFile::id_) whose damage the helper has met, 0 where there was none. Another file is opened in a
  /// new helper.
  std::uint64_t damaged = 0;

 private:
  std::unique_ptr<HelperProcess> process_;
  std::uint64_t generation_ = 0;
};

/// The file name of the helper program: in the folder CHUNKWISE_LIBEXEC where that is set, else beside the program that
/// runs, in ../libexec/chunkwise from there, or where chunkwise was installed. Throws io with the places where it is in
/// none.
[[nodiscard]] std::string find_helper();

/// True where CHUNKWISE_ISOLATED says that every file is isolated; throws invalid_argument where it says something else
/// than 0 and 1.
[[nodiscard]] bool isolated_by_default();

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
