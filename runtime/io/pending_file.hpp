#pragma once
/// A file that appears under its name when it is complete, and never before: it is written beside it under another one.
#include <cstdint>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

class PendingFile {
 public:
  /// Chooses the temporary name; creates nothing. Throws where `path` is a folder, its folder is not there, or it
  /// exists and must not be overwritten.
  PendingFile(std::string path, bool overwrite);
  ~PendingFile() { discard(); }
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  /// Where to write.
  [[nodiscard]] const std::string& temporary() const { return temporary_; }
  /// Gives the file its name, after its content has reached the disk. Throws io, or invalid_argument where the name was
  /// taken meanwhile and must not be overwritten.
  void publish();
  /// Removes what was written, unless it was published. In a forked child it does nothing: the parent goes on writing.
  void discard() noexcept;

 private:
  void refuse_existing() const;

  std::string path_;
  std::string temporary_;
  bool overwrite_;
  bool published_ = false;
  std::uint64_t forks_;  ///< when it was made (runtime/core/forks.hpp)
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
