#pragma once
/// Logs the callers that were turned away, so that a reader of the log learns of them and nobody can fill the log.
/// Thread-safe.
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace chunkwise::wire {

class Refusals {
 public:
  using Log = std::function<void(const std::string& line)>;
  /// Lines begin with `server`: "coordinator". The same is said once an `interval` at most.
  explicit Refusals(Log log, std::string server, std::chrono::milliseconds interval = std::chrono::seconds(10))
      : log_(std::move(log)), server_(std::move(server)), interval_(interval) {}

  /// A caller at an address was refused. The first refusal of a kind is said at once, those that follow as a number.
  void add(const std::string& host, const std::string& why);
  /// Says the refusals that are due by now; to be called about once a second.
  void tell();

 private:
  using Clock = std::chrono::steady_clock;
  using Kind = std::pair<std::string, std::string>;  // host, why
  struct Count {
    Clock::time_point told;
    std::int64_t untold = 0;
  };
  void tell_due(Clock::time_point now);

  Log log_;
  std::string server_;
  std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::map<Kind, Count> counts_;
};

}  // namespace chunkwise::wire
