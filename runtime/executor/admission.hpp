#pragma once
/// Memory shared by the runs of a backend: each asks for its plan's bound before it starts and waits while others hold
/// too much. What a persisted result keeps stays taken until the result is freed.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

class Admission : public std::enable_shared_from_this<Admission> {
 public:
  explicit Admission(std::uint64_t limit);
  [[nodiscard]] std::uint64_t limit() const { return limit_; }
  /// What persisted results leave of the limit for runs.
  [[nodiscard]] std::uint64_t free();
  /// What persisted results hold, and runs have reserved.
  [[nodiscard]] std::uint64_t used();

  /// Bytes that are given back when the last copy goes.
  using Reservation = std::shared_ptr<void>;
  /// Waits until `bytes` are free. Throws cancelled when `cancel` becomes true while it waits, and memory_limit where
  /// no run is left that would free some, because persisted results hold them: at once, or after `patience` where
  /// somebody may be about to let them go. `coming`: what the run will hold() beside that before it is over, which is
  /// waited for too as long as others run.
  [[nodiscard]] Reservation reserve(std::uint64_t bytes, const std::atomic<bool>* cancel = nullptr,
                                    std::chrono::milliseconds patience = {}, std::uint64_t coming = 0);
  /// Counts memory that a result goes on holding after its run.
  [[nodiscard]] Reservation hold(std::uint64_t bytes);

 private:
  /// The lock of this process, and what its runs have reserved: runs of a process that forked it are not its own.
  struct State {
    std::mutex mutex;
    std::condition_variable freed;
    std::uint64_t running = 0, held = 0, coming = 0;
    std::uint64_t forks = 0;
  };
  std::shared_ptr<State> state();

  std::uint64_t limit_;
  std::shared_ptr<State> state_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
