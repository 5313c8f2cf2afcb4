#pragma once
/// Keeps locks, threads and connections right over fork(). The child has its parent's memory and one thread, the one
/// that called fork: a lock that another thread held at that moment is held for ever, and threads and connections are
/// the parent's.
#include <cstdint>
#include <mutex>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns how many forks lie between this process and the one that asked first. An owner of threads or connections
/// notes the number when it makes them: if it is another now, they belong to a process above this one.
[[nodiscard]] std::uint64_t fork_count();

/// Has fork() wait until nobody holds the mutex, so that the child finds the guarded data whole and the mutex free. For
/// mutexes that live as long as the process and are held for a moment only.
void hold_over_forks(std::mutex& mutex);

/// Returns a new mutex that is held over forks: made_once([] { return new_mutex_over_forks(); }).
[[nodiscard]] std::mutex* new_mutex_over_forks();

/// Has functions called around every fork(): before it, and after it in the parent and in the child.
void call_around_forks(void (*before)(), void (*in_parent)(), void (*in_child)());

}  // namespace chunkwise::inline CHUNKWISE_ABI
