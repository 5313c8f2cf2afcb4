#pragma once
/// Ctrl-C and SIGTERM: a run ends early and takes what it had begun with it, and the exit code says which signal it
/// was.
#include <chrono>

#include "chunkwise/backend.hpp"

namespace chunkwise::cli {

/// While it lives, SIGINT and SIGTERM cancel `token`, once for the process. A third one ends the process at once.
class Interruptible {
 public:
  Interruptible();
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

  CancelToken token;
};

/// The signal that has come; 0 where none has.
[[nodiscard]] int signal_received();

/// For processes that serve until they are told to end: waits for SIGTERM or SIGINT, which other threads do not get. To
/// be made before any thread is started, to block them.
class EndSignals {
 public:
  EndSignals();
  /// The signal that came.
  int wait() const;
  /// The signal that came, or 0 where none does in that time.
  [[nodiscard]] int wait_for(std::chrono::milliseconds time) const;
};

}  // namespace chunkwise::cli
