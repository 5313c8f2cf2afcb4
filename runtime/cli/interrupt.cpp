#include "runtime/cli/interrupt.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>

#include "chunkwise/core/error.hpp"
#include "runtime/io/pending_file.hpp"

namespace chunkwise::cli {

namespace {

constexpr int patience = 3;  // signals
std::atomic<std::atomic<bool>*> current{nullptr};
std::atomic<int> received{0};
std::atomic<int> count{0};
std::atomic<bool> terminal{false};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

struct EndSignal {
  int number;
  const char* words;
};
constexpr std::array end_signals_told{
    EndSignal{SIGINT, "interrupted"},
    EndSignal{SIGTERM, "interrupted"},
    EndSignal{SIGHUP, "interrupted by SIGHUP: the terminal is gone"},
    EndSignal{SIGXCPU, "interrupted by SIGXCPU: the limit of processor time (ulimit -t) is reached"},
    EndSignal{SIGUSR1, "interrupted by SIGUSR1"},
    EndSignal{SIGUSR2, "interrupted by SIGUSR2"},
    EndSignal{SIGALRM, "interrupted by SIGALRM"},
    EndSignal{SIGVTALRM, "interrupted by SIGVTALRM"},
    EndSignal{SIGPROF, "interrupted by SIGPROF"},
};
constexpr const char* reader_gone = "interrupted by SIGPIPE: nobody reads what it says";

/// Says which signal ended the process, unless standard error would have to be waited for.
void tell(int signal) {
  pollfd error{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&error, 1, 0) != 1 || (error.revents & POLLOUT) == 0) return;
  const auto say = [](const char* text) { (void)!::write(STDERR_FILENO, text, std::strlen(text)); };
  say(terminal ? "\r\x1b[Kchunkwise: " : "chunkwise: ");
  say(words_for(signal));
  say("\n");
}

// The functions below run in handlers and call only functions that may be called there.

extern "C" void end_now(int signal) {
  remove_files_on_signal();
  tell(signal);
  ::_exit(128 + signal);
}

/// Ends the process in the system's own way, for signals whose meaning the parent process looks at.
extern "C" void end_as_the_system_does(int signal) {
  remove_files_on_signal();
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  ::raise(signal);
}

extern "C" void cancel_or_end(int signal) {
  received = signal;
  std::atomic<bool>* const flag = current.load();
  if (flag == nullptr || ++count >= patience) end_now(signal);
  flag->store(true);
}

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// Sets the handler of a signal, unless the signal is ignored.
void set_handler(int signal, void (*handler)(int)) {
  if (is_ignored(signal)) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

/// Returns the signals that end a process that serves. A blocked signal would be waited for even if it is ignored.
const sigset_t& end_signals() {
  static const sigset_t signals = [] {
    sigset_t set;
    sigemptyset(&set);
    for (const EndSignal& signal : end_signals_told)
      if (signal.number == SIGTERM || signal.number == SIGINT || !is_ignored(signal.number))
        sigaddset(&set, signal.number);
    if (!is_ignored(SIGPIPE)) sigaddset(&set, SIGPIPE);
    return set;
  }();
  return signals;
}

}  // namespace

void handle_signals() {
  terminal = ::isatty(STDERR_FILENO) != 0;
  for (const EndSignal& signal : end_signals_told) set_handler(signal.number, &cancel_or_end);
  for (const int signal : {SIGPIPE, SIGQUIT}) set_handler(signal, &end_as_the_system_does);
  set_handler(SIGXFSZ, SIG_IGN);
}

// The flag outlives every handler that may still look at it.
Interruptible::Interruptible() {
  static const CancelToken of_process;
  token = of_process;
  current = token.flag();
}

Interruptible::~Interruptible() { current = nullptr; }

int signal_received() { return received; }

void throw_if_interrupted() {
  if (received != 0) throw Error(ErrorCode::cancelled, words_for(received));
}

const char* words_for(int signal) {
  for (const EndSignal& known : end_signals_told)
    if (known.number == signal) return known.words;
  return signal == SIGPIPE ? reader_gone : "interrupted";
}

void begin_child(pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGXFSZ, SIG_DFL);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);
}

EndSignals::EndSignals() {
  const sigset_t& signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int EndSignals::wait() const {
  const sigset_t& signals = end_signals();
  int signal = 0;
  sigwait(&signals, &signal);
  return signal;
}

int EndSignals::wait_for(std::chrono::milliseconds time) const { return next(time).number; }

EndSignals::Received EndSignals::next(std::chrono::milliseconds time) const {
  const sigset_t& signals = end_signals();
  const timespec rest{time.count() / 1000, time.count() % 1000 * 1'000'000};
  siginfo_t info{};
  const int number = ::sigtimedwait(&signals, &info, &rest);
  if (number <= 0) return {};
  // The system also sends SIGXCPU, but to this process alone.
  return {number, info.si_code == SI_KERNEL && (number == SIGINT || number == SIGHUP)};
}

}  // namespace chunkwise::cli
