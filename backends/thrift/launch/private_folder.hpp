#pragma once
/// The folder of a cluster that was started by one command: its secret, certificate, address file, scripts and logs.
/// Only its owner can look into it, and it is removed at the end.
#include <cstdint>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

class PrivateFolder {
 public:
  /// Makes a folder NAME-xxxxxx in `parent`, which is made too if it is not there. Throws io if it cannot be made.
  /// Removes such folders whose process was killed: each holds a lock on a file in its folder.
  PrivateFolder(const std::string& parent, const std::string& name);
  /// Removes it with everything in it; in a forked child it does nothing.
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Returns the path of a file in it.
  [[nodiscard]] std::string operator/(const std::string& file) const { return path_ + "/" + file; }
  /// Writes a file with mode 600, or 700 if it is a script to run; returns its path. Throws io.
  std::string write(const std::string& file, const std::string& content, bool is_script = false) const;

 private:
  std::string path_;
  int lock_ = -1;        ///< the file that is locked as long as this lives
  std::uint64_t forks_;  ///< when it was made (runtime/core/forks.hpp)
};

/// Returns the folder in which this user's clusters have their folders, on a file system that other machines mount if
/// homes are on one: chunkwise/clusters of $XDG_CACHE_HOME, else of ~/.cache. Empty: the user has no home.
[[nodiscard]] std::string clusters_folder();

/// Returns all of a file; empty if there is none.
[[nodiscard]] std::string text_of_file(const std::string& path);

/// Returns the last lines of a file, as they may stand in an error: `bytes` at most. Empty if there is no such file.
[[nodiscard]] std::string end_of_file(const std::string& path, std::size_t bytes = 2000);

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
