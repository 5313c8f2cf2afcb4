#pragma once
/// Memory shared by the runs of a backend: each asks for its plan's bound before it starts and waits while others hold
/// too much. Memory of a persisted result stays taken until the result is freed.
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
  /// Returns the bytes of the limit that persisted results leave for runs.
  [[nodiscard]] std::uint64_t free();
  /// Returns the bytes that persisted results hold and runs have reserved.
  [[nodiscard]] std::uint64_t used();

  /// Bytes that are given back when the last copy goes.
  using Reservation = std::shared_ptr<void>;
  /// Waits until `bytes` are free. Throws cancelled if `cancel` becomes true while it waits. Throws memory_limit if
  /// persisted results hold the bytes and no run is left that would free some: at once, or after `patience` if somebody
  /// may be about to let them go. `coming` are the bytes that the run will hold() beside these before it is over; as
  /// long as others run, it waits for those too.
  [[nodiscard]] Reservation reserve(std::uint64_t bytes, const std::atomic<bool>* cancel = nullptr,
                                    std::chrono::milliseconds patience = {}, std::uint64_t coming = 0);
  /// Counts memory that a result goes on holding after its run.
  [[nodiscard]] Reservation hold(std::uint64_t bytes);

 private:
  /// This process's lock and the bytes that its runs have reserved. Runs of the process that forked it are not its own.
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
