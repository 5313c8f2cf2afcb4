#include "runtime/netcdf/handle_cache.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "chunkwise/core/made_once.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {
/// Far below the usual 1024 descriptors a process, and with 1 MiB of HDF5 chunk cache each a bounded cost.
constexpr std::size_t most_open_files = 64;

/// Returns how many files may be open: a file takes up to two descriptors, and half of those that the system allows are
/// for other things.
std::size_t allowed_open_files() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return most_open_files;
  return std::clamp<std::size_t>(limit.rlim_cur / 4, 1, most_open_files);
}
}  // namespace

bool HandleCache::find(const void* owner, Handle& handle) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(owner);
  if (place == places_.end()) return false;
  entries_.splice(entries_.begin(), entries_, place->second);
  handle = place->second->second;
  return true;
}

void HandleCache::keep(const void* owner, Handle handle) {
  Entries gone;  // closed after the lock is given back: closing may wait for netcdf-c
  const std::lock_guard lock(mutex_);
  if (const auto place = places_.find(owner); place != places_.end()) {
    gone.splice(gone.begin(), entries_, place->second);
    places_.erase(place);
  }
  entries_.emplace_front(owner, std::move(handle));
  places_[owner] = entries_.begin();
  while (entries_.size() > limit_) {
    places_.erase(entries_.back().first);
    gone.splice(gone.begin(), entries_, std::prev(entries_.end()));
  }
}

void HandleCache::forget(const void* owner) {
  Entries gone;
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(owner);
  if (place == places_.end()) return;
  gone.splice(gone.begin(), entries_, place->second);
  places_.erase(place);
}

std::size_t HandleCache::size() {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

HandleCache& open_handles() {
  return *detail::made_once([] {
    auto* made = new HandleCache(allowed_open_files());
    made->hold_over_forks();
    return made;
  });
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
