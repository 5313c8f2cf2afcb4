#pragma once
/// Chunks in files: written once, read at will, removed with their last owner. A folder may be shared by the stores of
/// several processes and hosts; what a process that was killed left behind goes when the next store begins.
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::store {

/// The files of one store in a folder. Their names say whose they are; the oldest of them is locked as long as the
/// store's process lives, so that others can tell whether it does. Thread-safe.
class SpillFolder {
 public:
  /// Removes what stores of this host left whose process is gone: files of others that live, of other hosts, and all
  /// that is called otherwise stay. Throws io where the folder cannot be written to.
  explicit SpillFolder(std::string path);
  ~SpillFolder();
  SpillFolder(const SpillFolder&) = delete;
  SpillFolder& operator=(const SpillFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  friend class SpillFile;
  /// Writes a new file and gives its number; throws io, with nothing left of it.
  std::uint64_t write(const std::byte* data, std::size_t size);
  void remove(std::uint64_t number) noexcept;
  [[nodiscard]] std::string name_of(std::uint64_t number) const;

  std::string path_, prefix_;
  std::mutex mutex_;  ///< of what follows
  std::uint64_t last_ = 0;
  /// The files there are, by their numbers, with the descriptor that locks it: of the first, -1 of all others.
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

  /// Reads it all back. Throws lost, naming the file, where that is not there or does not hold what was written, and io
  /// where it cannot be read at present.
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
