#pragma once
/// The destination of a line's results: standard output, a file, or a stream, such as a FIFO, a device, or the
/// descriptor that a shell makes of >(...).
#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "chunkwise/progress.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/io/pending_file.hpp"

namespace chunkwise::cli {

/// Returns true if `path` is a FIFO, a device that takes bytes one after the other, or an open descriptor: writing
/// loses nothing that is there.
[[nodiscard]] bool is_stream(const std::string& path);
/// Returns the number of the open descriptor that a path stands for, such as /dev/stdout, /dev/fd/3 or /proc/self/fd/3;
/// -1 for others. The file behind it is at the place to which the shell has opened it, and is written on, not replaced.
[[nodiscard]] int descriptor_of(const std::string& path);
/// Returns the path; empty, as ResultFile takes it, if it stands for standard output.
[[nodiscard]] std::string without_standard_output(const std::string& path);
/// Returns true if `path`, or standard output if it is empty, is a terminal.
[[nodiscard]] bool is_terminal(const std::string& path);
/// Throws invalid_argument if a file exists and may not be replaced.
void refuse_existing(const std::string& path, bool force);

/// A destination that is known to be writable before anything is computed, except that a FIFO is opened by `write`,
/// which waits for a reader. A file appears when it is complete.
class ResultFile {
 public:
  /// `path` is empty for standard output. Throws if it cannot be written.
  ResultFile(std::string path, bool force);
  /// Throws io if the system does not take the bytes of `writer`.
  void write(const std::function<void(std::ostream&)>& writer);

 private:
  std::string path_;
  std::optional<PendingFile> pending_;
};

/// A file in the folder for temporary ones, which goes away.
class TemporaryFile {
 public:
  TemporaryFile();
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  RemovedOnSignal removed_on_signal_;
};

/// Calls run(cancel) with an option that a signal cancels; throws cancelled if a signal came too late for that.
template <class Run>
[[nodiscard]] auto interruptible(Run&& run) {
  const auto result = [&] {
    const Interruptible signals;
    return run(cancel_on(signals.token));
  }();
  throw_if_interrupted();
  return result;
}

/// Hands the printed bytes to the system; throws io if that fails.
void flush_output();

}  // namespace chunkwise::cli
