#include "chunkwise/core/background.hpp"

#include <unistd.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "runtime/trace/recorder.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::detail {

struct BackgroundWork::State {
  std::thread thread;
  const pid_t process = ::getpid();
  mutable std::mutex mutex;
  mutable std::condition_variable end;
  bool has_ended = false;
  std::exception_ptr error;

  ~State() {
    if (!thread.joinable()) return;
    // A forked child has the handle of a thread that is not there.
    if (process == ::getpid())
      thread.join();
    else
      thread.detach();
  }
  void run(const std::function<void()>& work) {
    std::exception_ptr thrown;
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    error = std::move(thrown);
    has_ended = true;
    end.notify_all();
  }
};

BackgroundWork::BackgroundWork(std::function<void()> work) : state_(std::make_shared<State>()) {
  try {
    state_->thread = std::thread([state = state_.get(), work = std::move(work), recorder = trace::current()]() mutable {
      trace::name_thread("in the background");
      (void)trace::exchange_current(std::move(recorder));
      state->run(work);
    });
  } catch (const std::system_error& error) {
    throw Error(ErrorCode::io, std::string("submit: the system gives no thread to compute in the background (") +
                                   error.what() + "); call compute, or let other runs end first");
  }
}

bool BackgroundWork::is_elsewhere() const { return state_->process != ::getpid() && !state_->has_ended; }

bool BackgroundWork::has_ended() const {
  const std::lock_guard lock(state_->mutex);
  return state_->has_ended;
}

void BackgroundWork::wait() const {
  std::unique_lock lock(state_->mutex);
  state_->end.wait(lock, [this] { return state_->has_ended; });
}

void BackgroundWork::rethrow() const {
  wait();
  if (state_->error) std::rethrow_exception(state_->error);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::detail
