#pragma once
/// Objects that a process has one of.
#include <pthread.h>

#include <atomic>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::detail {

/// Returns the pointer that `make` returned when it was called first: once a process for each lambda expression, and in
/// a template for each instantiation. The object is never destroyed, as arrays and threads may outlive static objects.
///
///     Registry& registry() {
///       return *detail::made_once([] { return new Registry; });
///     }
///
/// A local static object is no use if a process may fork: a child whose parent was making it in another thread waits
/// for that thread for ever. glibc's pthread_once begins anew in such a child. `make` captures nothing; if it throws,
/// the next caller calls it again.
template <class Make>
auto made_once(Make) {
  using Pointer = decltype(Make{}());
  static constinit std::atomic<Pointer> made{nullptr};
  static constinit pthread_once_t once = PTHREAD_ONCE_INIT;
  if (const Pointer known = made.load(std::memory_order_acquire)) return known;
  pthread_once(&once, [] { made.store(Make{}(), std::memory_order_release); });
  return made.load(std::memory_order_acquire);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::detail
