#pragma once
/// Chunks in files: written once, read at will, removed with their last owner. The stores of several processes and
/// hosts may share a folder; the files of a process that was killed go when the next store begins.
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::store {

/// The files of one store in a folder. Their names tell which store they belong to. The oldest of them is locked as
/// long as the store's process lives, so that others can tell whether it does. Thread-safe.
class SpillFolder {
 public:
  /// Removes the files of those stores of this host whose process is gone. Files of living processes, of other hosts,
  /// and all that have other names stay. Throws io if the folder cannot be written to.
  explicit SpillFolder(std::string path);
  ~SpillFolder();
  SpillFolder(const SpillFolder&) = delete;
  SpillFolder& operator=(const SpillFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  friend class SpillFile;
  /// Writes a new file and returns its number; throws io, with nothing left of it.
  std::uint64_t write(const std::byte* data, std::size_t size);
  void remove(std::uint64_t number) noexcept;
  [[nodiscard]] std::string name_of(std::uint64_t number) const;

  std::string path_, prefix_;
  std::mutex mutex_;  ///< of the members below
  std::uint64_t last_ = 0;
  /// The files of this store by their numbers, each with the descriptor that locks it: -1 for all but the first.
  std::map<std::uint64_t, int> files_;
};

/// A chunk in a file.
class SpillFile {
 public:
  /// Writes a new file, which its owner alone may open. Throws io, with nothing left of it.
  SpillFile(std::shared_ptr<SpillFolder> folder, const std::byte* data, std::size_t size);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  /// Reads it all back. Throws lost, naming the file, if the file is not there or does not hold what was written, and
  /// io if it cannot be read at present.
  void read(std::byte* out) const;
  /// Returns false if the file is not there any more, or is too short: without reading it.
  [[nodiscard]] bool is_there() const;
  [[nodiscard]] std::string path() const { return folder_->name_of(number_); }

 private:
  std::shared_ptr<SpillFolder> folder_;
  std::uint64_t number_;
  std::size_t size_;
  std::uint64_t checksum_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::store
