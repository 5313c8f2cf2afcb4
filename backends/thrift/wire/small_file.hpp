#pragma once
/// Reads the small files that a user names: secrets, certificates, keys, addresses. Anything but a small file is an
/// error: it would be waited for (a FIFO), read without an end (a device), or fill the memory.
#include <cstddef>
#include <string>

#include "chunkwise/core/error.hpp"

namespace chunkwise::wire {

/// A small file as it was read.
struct SmallFile {
  std::string bytes;
  unsigned mode = 0;  ///< the permissions, as chmod has them
};

/// Returns all of a file, which errors call `what`: "the secret file". Throws not_found if there is none, io if it
/// cannot be read, invalid_argument if it is no regular file or has more than `most` bytes.
[[nodiscard]] SmallFile read_small_file(const std::string& what, const std::string& path, std::size_t most);

}  // namespace chunkwise::wire
