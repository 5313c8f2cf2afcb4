#pragma once
/// The requests that are being answered, and the last ones that were: for the dashboard, and so that a run ends if
/// nobody waits for it.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <string>

#include "chunkwise/backend.hpp"
#include "runtime/io/json.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explore {

/// Thread-safe.
class Requests {
 public:
  /// At most `most` requests compute at a time; others wait for their turn.
  explicit Requests(int most) : most_(most) {}

  /// A request, from its beginning to the end of this object. It has waited for its turn.
  class Turn {
   public:
    /// `nobody_waits` is called about ten times a second; once it returns true the request is cancelled. Throws
    /// cancelled if that happens before its turn.
    Turn(Requests& all, std::string what, std::function<bool()> nobody_waits);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    /// Returns options that cancel a run if nobody waits, and tell the dashboard its progress.
    [[nodiscard]] RunOptions options();

   private:
    friend class Requests;
    Requests& all_;
    std::function<bool()> nobody_waits_;
    CancelToken token_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::int64_t number_ = 0;
    std::string what_;
    bool computes_ = false;
    Progress progress_;
  };

  /// Returns the requests under way and the last ones, as the dashboard shows them.
  [[nodiscard]] Json describe() const;

 private:
  struct Ended {
    std::int64_t number;
    std::string what;
    double seconds;
    std::uint64_t bytes_read;
    bool cancelled;
  };
  int most_;
  mutable std::mutex mutex_;
  std::condition_variable free_;
  int computing_ = 0;
  std::int64_t count_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::list<Turn*> turns_;
  std::deque<Ended> ended_;  // newest first
};

/// A backend of another one's, whose runs all have the options of a turn: for formulas that find something out.
[[nodiscard]] BackendPtr within_turn(BackendPtr backend, Requests::Turn& turn);

}  // namespace chunkwise::inline CHUNKWISE_ABI::explore
