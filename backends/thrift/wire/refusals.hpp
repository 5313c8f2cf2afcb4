#pragma once
/// Says who was turned away, so that who reads a log learns of it and nobody can fill the log. Thread-safe.
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
  /// `server` is what lines begin with: "coordinator". How often the same is said at most is `interval`.
  explicit Refusals(Log log, std::string server, std::chrono::milliseconds interval = std::chrono::seconds(10))
      : log_(std::move(log)), server_(std::move(server)), interval_(interval) {}

  /// Somebody at an address was refused. The first of a kind is said at once, those that follow as a number.
  void add(const std::string& host, const std::string& why);
  /// Says what is to be said by now; to be called about once a second.
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
