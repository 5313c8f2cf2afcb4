#pragma once
/// Records when threads did what (chunkwise/trace.hpp). Code that works holds a Recorder, or null, and makes a Scope
/// around each piece of work.
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::trace {

/// The category of a span; a number on the wire: append, never renumber.
enum class Kind : std::uint8_t { run, plan, wait, compute, read, derive, write, combine, fetch, send };
inline constexpr std::size_t kind_count = 10;
[[nodiscard]] std::string_view name_of(Kind kind);

/// Nanoseconds of the steady clock of a process.
using Time = std::int64_t;
[[nodiscard]] Time now();

struct Span {
  Time begin = 0, end = 0;
  std::uint64_t bytes = 0;   ///< that it read, wrote or sent; 0: none, or not known
  std::int64_t item = -1;    ///< number of the piece of work, as its name counts them; -1: none
  std::uint32_t thread = 0;  ///< index in Process::threads
  std::uint32_t name = 0;    ///< index in Process::names
  Kind kind = Kind::run;
  bool failed = false;  ///< an exception ended it
};

/// A thread of a process. Its name in a file is its role, and its number among those of the role.
struct Thread {
  std::string role;
  std::int64_t id = 0;  ///< tells threads of a role apart
  auto operator<=>(const Thread&) const = default;
};

/// The spans of one process.
struct Process {
  std::string name;
  std::vector<Thread> threads;
  std::vector<std::string> names;
  std::vector<Span> spans;
  std::uint64_t left_out = 0;  ///< spans that there was no room for
  Time clock_error = 0;        ///< of the times of another process, at most
};

/// As bytes, for the way from a worker; reading believes nothing.
[[nodiscard]] std::vector<std::byte> to_bytes(const Process& process);
[[nodiscard]] Process process_from_bytes(std::span<const std::byte> bytes);

/// Collects spans, of this process and of others. Thread-safe.
class Recorder {
 public:
  explicit Recorder(std::size_t most_spans);

  [[nodiscard]] std::size_t limit() const { return most_; }
  [[nodiscard]] std::size_t spans() const;
  [[nodiscard]] std::uint64_t left_out() const;

  /// Returns the number of a name, for many spans. Beyond 10,000 names, all others are one.
  [[nodiscard]] std::uint32_t name(std::string_view name);
  /// Returns the number of the calling thread, as name_thread() has named it.
  [[nodiscard]] std::uint32_t thread();
  void add(const Span& span);

  /// Adds the spans of another process, whose clock is behind this one's by `offset`. Spans of a process of the same
  /// name become one process.
  void add(Process process, Time offset);
  /// Notes that the spans of a process could not be had.
  void miss(std::string process);

  /// Returns the processes: this one first, then the others.
  [[nodiscard]] std::vector<Process> processes() const;
  [[nodiscard]] std::vector<std::string> missed() const;
  /// Returns this process's spans, and records no more.
  [[nodiscard]] Process close();

 private:
  [[nodiscard]] bool has_room(Kind kind) const;

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::vector<Process> processes_;  ///< the first is this process
  std::map<std::string, std::uint32_t, std::less<>> names_;
  std::map<Thread, std::uint32_t> threads_;
  std::vector<std::string> missed_;
  std::size_t count_ = 0;
  bool closed_ = false;
};

/// Names the calling thread in spans from now on: "computing", "serving".
void name_thread(const char* role);
/// While it lives, the calling thread is the lane `number` of a role, for threads that are made for a moment: those
/// that help the thread `of` (this_thread()), one after the other in the same lane.
class Lane {
 public:
  Lane(const char* role, std::int64_t of, std::int64_t number);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
};
/// Returns the number of the calling thread.
[[nodiscard]] std::int64_t this_thread();

/// Returns the recorder of runs that the calling thread starts; null if they are not recorded, and in a forked child.
[[nodiscard]] std::shared_ptr<Recorder> current();
/// Sets it; returns the one before.
std::shared_ptr<Recorder> exchange_current(std::shared_ptr<Recorder> recorder);

/// A span, from its making to its end. Without a recorder it costs a branch.
class Scope {
 public:
  /// `name` is the number that Recorder::name() gave, or a text, or returns a text.
  template <class Name>
  Scope(Recorder* recorder, Kind kind, const Name& name, std::int64_t item = -1) : recorder_(recorder) {
    if (!recorder_) return;
    if constexpr (std::is_integral_v<Name>)
      span_.name = name;
    else if constexpr (std::is_invocable_v<const Name&>)
      span_.name = recorder_->name(name());
    else
      span_.name = recorder_->name(name);
    begin(kind, item);
  }
  ~Scope() {
    if (recorder_) end();
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  void bytes(std::uint64_t bytes) { span_.bytes = bytes; }

 private:
  void begin(Kind kind, std::int64_t item);
  void end();

  Recorder* recorder_;
  int exceptions_ = 0;
  Span span_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::trace
