#include "runtime/core/forks.hpp"

#include <pthread.h>

#include <atomic>
#include <vector>

#include "chunkwise/core/made_once.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

struct Around {
  void (*before)();
  void (*in_parent)();
  void (*in_child)();
};

struct Forks {
  std::atomic<std::uint64_t> count = 0;
  std::mutex mutex;  ///< of `held`
  std::vector<std::mutex*> held;
  std::vector<Around> functions;
};

/// Never destroyed: a process may fork while static objects are being destroyed.
Forks& forks() {
  return *detail::made_once([] {
    pthread_atfork(
        [] {
          forks().mutex.lock();
          for (const Around& around : forks().functions) around.before();
          for (std::mutex* const mutex : forks().held) mutex->lock();
        },
        [] {
          for (std::mutex* const mutex : forks().held) mutex->unlock();
          for (const Around& around : forks().functions) around.in_parent();
          forks().mutex.unlock();
        },
        [] {
          ++forks().count;
          for (std::mutex* const mutex : forks().held) mutex->unlock();
          for (const Around& around : forks().functions) around.in_child();
          forks().mutex.unlock();
        });
    return new Forks;
  });
}

}  // namespace

std::uint64_t fork_count() { return forks().count.load(std::memory_order_acquire); }

void hold_over_forks(std::mutex& mutex) {
  Forks& all = forks();
  const std::scoped_lock lock(all.mutex);
  all.held.push_back(&mutex);
}

std::mutex* new_mutex_over_forks() {
  auto* const made = new std::mutex;
  hold_over_forks(*made);
  return made;
}

void call_around_forks(void (*before)(), void (*in_parent)(), void (*in_child)()) {
  Forks& all = forks();
  const std::scoped_lock lock(all.mutex);
  all.functions.push_back({before, in_parent, in_child});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
