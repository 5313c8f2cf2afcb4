#include "runtime/cli/interrupt.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <ctime>

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

int EndSignals::wait_for(double seconds) const {
  const sigset_t signals = end_signals();
  timespec time{};
  time.tv_sec = static_cast<time_t>(seconds);
  time.tv_nsec = static_cast<long>((seconds - static_cast<double>(time.tv_sec)) * 1e9);
  const int signal = sigtimedwait(&signals, nullptr, &time);
  return signal > 0 ? signal : 0;
}

}  // namespace chunkwise::cli
