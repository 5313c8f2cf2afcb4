#include "runtime/executor/admission.hpp"

#include <algorithm>

#include "chunkwise/core/array_handle.hpp"
#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

std::uint64_t Admission::free() {
  const std::scoped_lock lock(mutex_);
  return limit_ - std::min(held_, limit_);
}

Admission::Reservation Admission::reserve(std::uint64_t bytes, const std::atomic<bool>* cancel,
                                          std::chrono::milliseconds patience) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  std::unique_lock lock(mutex_);
  while (running_ + held_ + bytes > limit_) {
    const bool never = bytes > limit_ || (running_ == 0 && std::chrono::steady_clock::now() >= give_up);
    if (never)
      throw Error(ErrorCode::memory_limit, "the plan needs up to " + format_bytes(static_cast<double>(bytes)) +
                                               " of memory, but persisted arrays hold " +
                                               format_bytes(static_cast<double>(held_)) + " of the limit of " +
                                               format_bytes(static_cast<double>(limit_)) +
                                               "; let some of them go, or raise the limit");
    // A token may be set by a signal handler, which can wake nobody.
    freed_.wait_for(lock, std::chrono::milliseconds(50));
    if (cancel && cancel->load())
      throw Error(ErrorCode::cancelled, "the run was cancelled by its caller while it waited for memory");
  }
  running_ += bytes;
  return {nullptr, [self = shared_from_this(), bytes](void*) {
            const std::scoped_lock guard(self->mutex_);
            self->running_ -= bytes;
            self->freed_.notify_all();
          }};
}

Admission::Reservation Admission::hold(std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  held_ += bytes;
  return {nullptr, [self = shared_from_this(), bytes](void*) {
            const std::scoped_lock guard(self->mutex_);
            self->held_ -= bytes;
            self->freed_.notify_all();
          }};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
