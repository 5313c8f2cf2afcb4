#pragma once
/// The door to netcdf-c: the lock around every call, its status codes as Errors, and its handles as values that close
/// themselves. Nothing else in chunkwise keeps netcdf-c's threads apart.
#include <concepts>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Held while netcdf-c is called. netcdf-c has no lock of its own: two threads inside it crash or read wrong data in
/// silence. A thread may hold it twice.
class LibraryLock {
 public:
  LibraryLock();

 private:
  std::lock_guard<std::recursive_mutex> lock_;
};

/// Throws the Error of a netcdf-c status that is not success; `doing` says what was tried, and where.
[[noreturn]] void fail(int status, const std::string& doing);

/// Throws where `status` is an error. `doing` is a text, or a function that makes it when it is needed.
template <class Doing>
void check(int status, const Doing& doing) {
  if (status == 0) return;
  if constexpr (std::invocable<const Doing&>)
    fail(status, doing());
  else
    fail(status, doing);
}

/// Where a variable is in an open file: netcdf-c's numbers of its group and of itself.
struct Location {
  int group = 0;
  int variable = 0;
};

/// A file that netcdf-c has open for reading.
class NcFile {
 public:
  /// `path` must be absolute, so that netcdf-c cannot take it for a URL; `shown` is what errors call it.
  NcFile(const std::string& path, std::string shown);
  ~NcFile();
  NcFile(const NcFile&) = delete;
  NcFile& operator=(const NcFile&) = delete;

  [[nodiscard]] int id() const { return id_; }
  /// Finds "name" or "group/name"; throws not_found with the variables that exist.
  [[nodiscard]] Location locate(const std::string& variable) const;

 private:
  std::string shown_;
  int id_ = -1;
  mutable std::vector<std::pair<std::string, Location>> located_;  // guarded by LibraryLock
};

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
