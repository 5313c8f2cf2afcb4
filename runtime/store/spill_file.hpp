#pragma once
/// A chunk in a file: written once, read at will, removed with its last owner.
#include <cstddef>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::store {

class SpillFile {
 public:
  /// Writes a new file of a name that nobody can foresee, which its owner alone may open. Throws io, with nothing left
  /// of it.
  SpillFile(const std::string& directory, const std::byte* data, std::size_t size);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  /// Reads it all back; throws io or changed.
  void read(std::byte* out) const;

 private:
  std::string path_;
  std::size_t size_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::store
