#pragma once
/// The files that a worker may open: those under the folders that it was given.
#include <string>
#include <vector>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

class DataRoots {
 public:
  /// Each root is "DIR", or "CLIENT=LOCAL" for a folder LOCAL that clients call CLIENT. Throws invalid_argument for
  /// names that are not absolute, not_found for folders that are not there. Errors name `worker`.
  DataRoots(const std::vector<std::string>& roots, std::string worker);

  /// Returns the real name here of a file that a client calls `path`, all symbolic links followed. Throws denied if
  /// that name is not under a root, and not_found if there is no such file; both name the worker, the path and the
  /// roots.
  [[nodiscard]] std::string resolve(const std::string& path) const;

 private:
  struct Root {
    std::string client, local, real;
  };
  [[nodiscard]] std::string described() const;
  std::vector<Root> roots_;
  std::string worker_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
