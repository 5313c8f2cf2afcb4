#pragma once
/// The requests that are being answered, the last ones that were, and what went wrong with them: for the dashboard, and
/// so that a run ends if nobody waits for it.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/backend.hpp"
#include "runtime/io/json.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

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
    /// Remembers a graph that the request runs, for its plan.
    void runs(const Graph& graph);

   private:
    friend class Requests;
    Requests& all_;
    std::function<bool()> nobody_waits_;
    CancelToken token_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now(), turn_ = begin_;
    std::int64_t number_ = 0;
    std::string what_;
    bool computes_ = false;
    int lane_ = 0;
    Progress progress_;
    Graph graph_;
  };

  /// Returns the requests under way and the last ones, as the dashboard shows them. Each has a lane, the lowest that
  /// was free when its turn came, and the seconds at which it began and ended, since this object was made.
  [[nodiscard]] Json describe() const;
  /// Returns the graph that a request last ran; none if the request is forgotten, or has run nothing.
  [[nodiscard]] std::optional<Graph> graph(std::int64_t number) const;
  /// Adds a line to the log; the last 200 are kept.
  void log(const std::string& line);

 private:
  struct Ended {
    std::int64_t number;
    std::string what;
    double began, waited, seconds;
    int lane;
    std::uint64_t bytes_read;
    bool cancelled;
    Graph graph;
  };
  struct Line {
    std::int64_t number;
    double at;
    std::string text;
  };
  [[nodiscard]] double since(std::chrono::steady_clock::time_point time) const {
    return std::chrono::duration<double>(time - made_).count();
  }
  int most_;
  std::chrono::steady_clock::time_point made_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::condition_variable free_;
  int computing_ = 0;
  std::int64_t count_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::list<Turn*> turns_;
  std::vector<bool> lanes_;  // which are taken
  std::deque<Ended> ended_;  // newest first
  std::deque<Line> lines_;   // oldest first
  std::int64_t line_count_ = 0;
};

/// A backend of another one's, whose runs all have the options of a turn: for formulas that find something out.
[[nodiscard]] BackendPtr within_turn(BackendPtr backend, Requests::Turn& turn);

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
