#pragma once
/// Work in a thread of its own, which a Future waits for (compute.hpp).
#include <functional>
#include <memory>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::detail {

/// Work that a thread of its own does. The last copy waits for its end when it goes, unless the process was forked
/// since.
class CHUNKWISE_API BackgroundWork {
 public:
  /// Begins the work; throws Error(io) if the system gives no thread.
  explicit BackgroundWork(std::function<void()> work);
  /// Returns true if the work is being done by the process that this one was forked from, whose threads are not here.
  [[nodiscard]] bool is_elsewhere() const;
  /// Returns true if the work has ended, or failed.
  [[nodiscard]] bool has_ended() const;
  /// Waits until the work has ended, or failed.
  void wait() const;
  /// Waits until the work has ended, and throws the error of work that failed.
  void rethrow() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::detail
