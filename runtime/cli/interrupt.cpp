#include "runtime/cli/interrupt.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>

namespace chunkwise::cli {

namespace {

constexpr int patience = 3;  // signals
std::atomic<std::atomic<bool>*> current{nullptr};
std::atomic<int> received{0};
std::atomic<int> count{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

extern "C" void cancel_current(int signal) {
  received = signal;
  if (++count >= patience) ::_exit(128 + signal);
  if (std::atomic<bool>* flag = current.load()) flag->store(true);
}

void set_handler(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

Interruptible::Interruptible() {
  current = token.flag();
  set_handler(&cancel_current);
}

Interruptible::~Interruptible() {
  set_handler(SIG_DFL);
  current = nullptr;
}

int signal_received() { return received; }

EndSignals::EndSignals() {
  const sigset_t signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int EndSignals::wait() const {
  const sigset_t signals = end_signals();
  int signal = 0;
  sigwait(&signals, &signal);
  return signal;
}

int EndSignals::wait_for(std::chrono::milliseconds time) const {
  const sigset_t signals = end_signals();
  const timespec rest{time.count() / 1000, time.count() % 1000 * 1'000'000};
  return std::max(::sigtimedwait(&signals, nullptr, &rest), 0);
}

}  // namespace chunkwise::cli
