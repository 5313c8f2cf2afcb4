#pragma once
/// Reads the small files that a user names: secrets, certificates, keys, addresses. Whatever else has such a name would
/// be waited for (a FIFO), read without an end (a device), or fill the memory, and is an error.
#include <cstddef>
#include <string>

#include "chunkwise/core/error.hpp"

namespace chunkwise::wire {

/// A small file as it was read.
struct SmallFile {
  std::string bytes;
  unsigned mode = 0;  ///< who may do what, as chmod has it
};

/// Returns all of a file, which errors call `what`: "the secret file". Throws not_found where there is none, io where
/// it cannot be read, invalid_argument where it is no regular file or has more than `most` bytes.
[[nodiscard]] SmallFile read_small_file(const std::string& what, const std::string& path, std::size_t most);

}  // namespace chunkwise::wire
