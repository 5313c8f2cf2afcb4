#pragma once
/// The files that are open at the moment. An array may join 100,000 files, a process may open about a thousand: the
/// files that were read last stay open, the others are opened again when they are needed.
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <variant>

#include "chunkwise/core/config.hpp"
#include "runtime/core/forks.hpp"
#include "runtime/netcdf/format.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

class Netcdf4File;

/// A file that is open: by netcdf-c (here or in a helper process), or for reads of our own. Held while it is used, so
/// that it is not closed meanwhile.
using Handle = std::variant<std::shared_ptr<const Netcdf4File>, std::shared_ptr<const Descriptor>>;

/// Keeps the handles that were used last, at most `limit`. Thread-safe.
class HandleCache {
 public:
  explicit HandleCache(std::size_t limit) : limit_(limit) {}

  /// Returns true, with the owner's handle in `handle`, if the cache has one.
  [[nodiscard]] bool find(const void* owner, Handle& handle);
  /// Keeps a handle for its owner, and forgets the one that was not used for longest.
  void keep(const void* owner, Handle handle);
  void forget(const void* owner);
  [[nodiscard]] std::size_t size();
  /// For a cache that lives as long as the process: fork() waits until nobody uses it.
  void hold_over_forks() { chunkwise::hold_over_forks(mutex_); }

 private:
  using Entries = std::list<std::pair<const void*, Handle>>;  // the last used comes first
  std::size_t limit_;
  std::mutex mutex_;
  Entries entries_;
  std::unordered_map<const void*, Entries::iterator> places_;
};

/// Returns the cache of this process.
[[nodiscard]] HandleCache& open_handles();

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
