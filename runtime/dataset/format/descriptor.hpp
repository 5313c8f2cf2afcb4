#pragma once
/// The questions to the operating system about files that are read: the identity of a file's content, and positioned
/// reads.
#include <cstddef>
#include <cstdint>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// The identity of the file that a name led to at one moment. Two equal stamps mean the same content, as far as a
/// system can tell. A writer can put the time of modification back, but not the time of the change of status, which a
/// new name, owner or mode sets too.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

/// Returns the present time by the clock that stamps files, in nanoseconds since 1970.
[[nodiscard]] std::int64_t file_clock_ns();

/// Returns the stamp of a regular file; throws not_found, io, or invalid_argument for a directory.
[[nodiscard]] FileStamp stamp_of(const std::string& path);

/// A file open for reading.
class Descriptor {
 public:
  explicit Descriptor(const std::string& path);
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] FileStamp stamp() const;
  /// Reads up to `bytes` at `offset`; fewer only if the file ends. Throws io.
  [[nodiscard]] std::size_t read(std::uint64_t offset, void* out, std::size_t bytes) const;

 private:
  std::string path_;
  int fd_;
};

/// Throws the error that the system has just told (errno), beginning with `doing`: not_found if a name leads to
/// nothing, else io.
[[noreturn]] void fail_system(const std::string& doing);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
