#pragma once
/// A file that is written at places of the writer's choice, with positioned writes.
#include <cstddef>
#include <cstdint>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A file that exists, open for writing. `doing` begins each error: "cannot write a.nc". Thread-safe, but for close().
class OutputFile {
 public:
  /// Throws io if the file cannot be opened.
  OutputFile(const std::string& path, const std::string& doing);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Throws io if the system does not take all bytes.
  void write(std::uint64_t offset, const void* data, std::size_t bytes, const std::string& doing) const;
  /// Throws io if bytes that write() has handed over could not be written: some systems tell only now.
  void close(const std::string& doing);

 private:
  int fd_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
