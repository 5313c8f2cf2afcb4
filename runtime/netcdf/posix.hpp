#pragma once
/// The few things we ask the operating system about files: what identifies a file's content, and positioned reads.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// What a file's name led to at one moment. Two equal stamps mean the same content, as far as a system can tell. Who
/// writes into a file can put its time of modification back, but not the time of its change of status, which also a
/// new name, owner or mode sets.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

/// The time of now by the clock that stamps files, in nanoseconds since 1970.
[[nodiscard]] std::int64_t file_clock_ns();

/// The stamp of a regular file; throws not_found, io, or invalid_argument for a directory.
[[nodiscard]] FileStamp stamp_of(const std::string& path);

/// A file open for reading.
class Descriptor {
 public:
  explicit Descriptor(const std::string& path);
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] FileStamp stamp() const;
  /// Reads up to `bytes` at `offset`; fewer only where the file ends. Throws io.
  [[nodiscard]] std::size_t read(std::uint64_t offset, void* out, std::size_t bytes) const;

 private:
  std::string path_;
  int fd_;
};

/// A file that exists, open for writing. Thread-safe, but for close().
class OutputDescriptor {
 public:
  explicit OutputDescriptor(const std::string& path);
  ~OutputDescriptor();
  OutputDescriptor(const OutputDescriptor&) = delete;
  OutputDescriptor& operator=(const OutputDescriptor&) = delete;

  /// Throws io, beginning with `doing`, where not all bytes were written.
  void write(std::uint64_t offset, const void* data, std::size_t bytes, const std::string& doing) const;
  /// Some systems tell only now what could not be written; throws io then, beginning with `doing`.
  void close(const std::string& doing);

 private:
  int fd_;
};

/// Bytes by which a file can still grow, by the free space of the file system of its folder, which exists, and the
/// process's limit of a file's size; as many as can be where the system does not tell.
[[nodiscard]] std::uint64_t free_bytes(const std::string& path) noexcept;

/// From now on, what this process writes to the file through descriptors it has open goes to memory that is soon
/// forgotten. For files that are to be discarded: HDF5 crashes where a file cannot be flushed, and a full disk is one
/// of the reasons to discard a file.
void divert_writes(const std::string& path) noexcept;

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
