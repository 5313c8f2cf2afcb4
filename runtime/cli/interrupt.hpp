#pragma once
/// Signals that end a process. A run is cancelled and takes what it had begun with it; anything else ends at once and
/// removes half-written files. The exit code tells the signal.
#include <sys/types.h>

#include <chrono>

#include "chunkwise/backend.hpp"

namespace chunkwise::cli {

/// From now on SIGINT, SIGTERM, SIGHUP, SIGUSR1 and their like end the process with a word on standard error, the exit
/// code 128 + their number, and no file half written; SIGPIPE and SIGQUIT do it in silence, and a file that exceeds the
/// limit of its size is an error. A signal that the process was started to ignore, as by nohup, stays ignored.
void handle_signals();

/// While it lives, the first signal cancels `token`, once for the process, so that what is running can end in order. A
/// third one ends the process at once.
class Interruptible {
 public:
  Interruptible();
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

  CancelToken token;
};

/// Returns the signal that has come; 0 if none has.
[[nodiscard]] int signal_received();
/// Throws cancelled if a signal has come: to be called between a run and the writing of its results.
void throw_if_interrupted();
/// Returns the words for a signal: "interrupted", "interrupted by SIGHUP".
[[nodiscard]] const char* words_for(int signal);

/// In a child, before it becomes another program: that has signals as a shell's commands have, and is asked to end
/// (SIGTERM) when `parent` is gone. Ends the child if it is gone already.
void begin_child(pid_t parent);

/// For processes that serve until they are told to end: waits for one of the signals of handle_signals() or SIGPIPE,
/// which other threads do not get, so that the process ends in order and leaves nothing behind. Except SIGTERM and
/// SIGINT, signals that the process was started to ignore stay ignored. To be made before any thread is started, to
/// block them.
class EndSignals {
 public:
  EndSignals();
  /// Returns the signal that came.
  int wait() const;
  /// Returns the signal that came, or 0 if none does in that time.
  [[nodiscard]] int wait_for(std::chrono::milliseconds time) const;
  /// A signal that came; number 0: none. `from_terminal`: the other processes at the terminal have got it too.
  struct Received {
    int number = 0;
    bool from_terminal = false;
  };
  /// Returns the same, and where the signal came from.
  [[nodiscard]] Received next(std::chrono::milliseconds time) const;
};

}  // namespace chunkwise::cli
