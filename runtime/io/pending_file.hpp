#pragma once
/// A file that appears under its name when it is complete, and never before: until then it has another name beside it.
#include <cstdint>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A name that is removed if a signal ends the process.
class RemovedOnSignal {
 public:
  RemovedOnSignal() = default;
  ~RemovedOnSignal() { forget(); }
  RemovedOnSignal(const RemovedOnSignal&) = delete;
  RemovedOnSignal& operator=(const RemovedOnSignal&) = delete;

  /// To be called before the file is created. Does nothing if 64 names are remembered already.
  void remember(const std::string& path) noexcept;
  void forget() noexcept;

 private:
  int place_ = -1;
};

/// Removes the files of all names that are remembered. For handlers of signals, after which the process ends.
void remove_files_on_signal() noexcept;

class PendingFile {
 public:
  /// Creates an empty file beside `path`, which may be a symbolic link to the wanted file. Throws if `path` is a folder
  /// or no regular file, its folder is not there or cannot be written to, or it exists and must not be overwritten.
  PendingFile(std::string path, bool overwrite);
  ~PendingFile() { discard(); }
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  /// Returns the name to write to. The file is there and empty.
  [[nodiscard]] const std::string& temporary() const { return temporary_; }
  /// Gives the file its name; if it must be durable, when its content has reached the disk. A file that it replaces
  /// leaves it its mode, access list, and as far as the system allows its owner and group. Throws io, or
  /// invalid_argument if the name was taken meanwhile and must not be overwritten.
  void publish(bool durable = true);
  /// Removes the file, unless it was published. In a forked child it does nothing: the parent goes on writing.
  void discard() noexcept;

 private:
  void refuse_existing() const;
  /// Returns true if there is a file to replace. Throws if it is no regular file.
  [[nodiscard]] bool replaces() const;
  void take_over_rights() const noexcept;

  std::string path_;    ///< as it was given, for errors
  std::string target_;  ///< absolute, behind symbolic links
  std::string temporary_;
  bool overwrite_;
  bool published_ = false;
  std::uint64_t forks_;  ///< when it was made (runtime/core/forks.hpp)
  RemovedOnSignal removed_on_signal_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
