#include "runtime/executor/admission.hpp"

#include <algorithm>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "runtime/core/forks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

/// Returns the mutex that is held while a state is looked up or made anew: for a moment, and never over a fork.
std::mutex& changing() {
  return *chunkwise::detail::made_once([] { return new_mutex_over_forks(); });
}

}  // namespace

Admission::Admission(std::uint64_t limit) : limit_(limit), state_(std::make_shared<State>()) {
  state_->forks = fork_count();
}

std::shared_ptr<Admission::State> Admission::state() {
  const std::scoped_lock lock(changing());
  if (state_->forks != fork_count()) {
    // A thread that is not here may hold the old lock. Persisted arrays hold their memory in this process too.
    auto made = std::make_shared<State>();
    made->held = state_->held;
    made->forks = fork_count();
    state_ = std::move(made);
  }
  return state_;
}

std::uint64_t Admission::free() {
  const auto state = this->state();
  const std::scoped_lock lock(state->mutex);
  return limit_ - std::min(state->held, limit_);
}

std::uint64_t Admission::used() {
  const auto state = this->state();
  const std::scoped_lock lock(state->mutex);
  return state->held + state->running;
}

Admission::Reservation Admission::reserve(std::uint64_t bytes, const std::atomic<bool>* cancel,
                                          std::chrono::milliseconds patience, std::uint64_t coming) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  const auto state = this->state();
  std::unique_lock lock(state->mutex);
  const auto fits = [&] {
    const std::uint64_t taken = std::min(state->running + state->held, limit_);
    const std::uint64_t left = limit_ - taken;
    // The memory that others are about to hold is counted until they are over, and so may be counted twice.
    return bytes <= left && (state->running == 0 || coming + state->coming <= left - bytes);
  };
  while (!fits()) {
    const auto text = [](std::uint64_t n) { return format_bytes(static_cast<double>(n)); };
    const std::string needs = "the plan needs up to " + text(bytes) + " of memory, ";
    if (bytes > limit_)
      throw Error(ErrorCode::memory_limit,
                  needs + "more than the limit of " + text(limit_) + "; smaller chunks need less, or raise the limit");
    if (state->running == 0 && std::chrono::steady_clock::now() >= give_up)
      throw Error(ErrorCode::memory_limit, needs + "but persisted arrays hold " + text(state->held) +
                                               " of the limit of " + text(limit_) +
                                               "; let some of them go, or raise the limit");
    // A token may be set by a signal handler, which can wake nobody.
    state->freed.wait_for(lock, std::chrono::milliseconds(50));
    if (cancel && cancel->load())
      throw Error(ErrorCode::cancelled, "the run was cancelled by its caller while it waited for memory");
  }
  state->running += bytes;
  state->coming += coming;
  return {nullptr, [state, bytes, coming](void*) {
            // In a child, the reservation of its parent's run goes with the parent's state.
            if (state->forks != fork_count()) return;
            const std::scoped_lock guard(state->mutex);
            state->running -= bytes;
            state->coming -= coming;
            state->freed.notify_all();
          }};
}

Admission::Reservation Admission::hold(std::uint64_t bytes) {
  {
    const auto state = this->state();
    const std::scoped_lock lock(state->mutex);
    state->held += bytes;
  }
  return {nullptr, [self = shared_from_this(), bytes](void*) {
            const auto state = self->state();
            const std::scoped_lock guard(state->mutex);
            state->held -= bytes;
            state->freed.notify_all();
          }};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
