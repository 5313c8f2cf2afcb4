#pragma once
/// The few things we ask the operating system about files that are read: what identifies a file's content, and
/// positioned reads.
#include <cstddef>
#include <cstdint>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

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

/// Throws the error that the system has just told (errno), beginning with `doing`: not_found where a name leads to
/// nothing, else io.
[[noreturn]] void fail_system(const std::string& doing);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
