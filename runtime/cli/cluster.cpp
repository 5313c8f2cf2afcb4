#include "runtime/cli/cluster.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <future>
#include <iterator>
#include <limits>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <utility>

#include "chunkwise/core/untyped_array.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/core/durations.hpp"

namespace chunkwise::cli {

namespace {

/// The log of a process that serves: standard error, or a file. A file that was renamed or removed, as programs that
/// rotate logs do, is begun anew under its name.
class Log {
 public:
  /// Throws io if the file cannot be opened. Empty: standard error.
  explicit Log(std::string file) : file_(std::move(file)) {
    if (!file_.empty() && !open())
      throw Error(ErrorCode::io, "--log-file " + file_ + " cannot be written: " + std::strerror(errno));
  }
  ~Log() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Writes a line with the time. If nobody reads standard error any more, the process is told to end: the signal of a
  /// write goes to the thread that wrote, which does not end it.
  void operator()(const std::string& line) {
    const std::string text = time_of_log() + " " + line + "\n";
    const std::scoped_lock lock(mutex_);
    if (!file_.empty() && is_rotated()) (void)open();
    if (::write(fd_, text.data(), text.size()) >= 0 || errno != EPIPE || is_over_) return;
    is_over_ = true;
    ::kill(::getpid(), SIGPIPE);
  }

 private:
  bool open() {
    const int opened = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
    if (opened < 0) return false;
    if (fd_ > STDERR_FILENO) ::close(fd_);
    fd_ = opened;
    return true;
  }
  [[nodiscard]] bool is_rotated() const {
    struct stat named {
    }, written{};
    return ::stat(file_.c_str(), &named) != 0 || ::fstat(fd_, &written) != 0 || named.st_ino != written.st_ino ||
           named.st_dev != written.st_dev;
  }

  std::string file_;
  int fd_ = STDERR_FILENO;
  std::mutex mutex_;
  bool is_over_ = false;
};

/// How a process that serves is to end.
struct Ending {
  int signal = 0;  ///< 0: none has come
  Worker::Wish wish = Worker::Wish::end;
  const char* why = "an operator has asked for the end";
};

using Clock = std::chrono::steady_clock;

/// Returns the seconds since this process began, also if it has become another program since.
double seconds_since_start() {
  std::ifstream stat("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  // The name of the program, in brackets, may have blanks; the time of the start is the twentieth word after it.
  std::istringstream words(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string word;
  for (int i = 0; i < 20; ++i) words >> word;
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const double started = std::strtod(word.c_str(), nullptr) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return std::max(static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9 - started, 0.0);
}

/// Returns when a worker begins to hand over: so early that it is gone in time, and a random part of a tenth of its
/// time earlier, since workers that began together would have nobody to hand over to if they ended together.
Clock::time_point end_of(const WorkerLife& life) {
  double left = std::numeric_limits<double>::infinity();
  if (life.lifetime > 0) left = life.lifetime - seconds_since_start();
  if (life.left > 0) left = std::min(left, life.left);
  if (std::isinf(left)) return Clock::time_point::max();
  // The process needs a moment for its own end.
  constexpr double farewell = 1;
  std::random_device random;
  const double earlier = left / 10 * std::uniform_real_distribution<double>(0, 1)(random);
  const double until = std::max(left - std::min(life.grace + farewell, left / 2) - earlier, 0.0);
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(until));
}

/// Waits for a signal or an operator; throws the reason if a worker gives up.
Ending wait_for_end(const EndSignals& signals, const Coordinator& coordinator) {
  for (;;) {
    if (const int signal = signals.wait_for(std::chrono::milliseconds(500)); signal != 0) return {signal};
    if (coordinator.was_ended()) return {};
  }
}
Ending wait_for_end(const EndSignals& signals, const Worker& worker, Clock::time_point end) {
  for (;;) {
    if (const int signal = signals.wait_for(std::chrono::milliseconds(500)); signal != 0)
      return {signal, Worker::Wish::hand_over};
    if (Clock::now() >= end) return {0, Worker::Wish::hand_over, "its lifetime is nearly over"};
    if (const Worker::Wish wish = worker.wish(); wish != Worker::Wish::none) return {0, wish};
    if (const std::string why = worker.why_ended(); !why.empty())
      throw Error(ErrorCode::io, "the worker ends, " + why + " (--coordinator-timeout)");
  }
}

/// Runs a Coordinator or a Worker until `wait` returns that it is to end; returns the exit code. To begin anew, it
/// becomes this command with the same line again.
template <class Process, class Options, class Wait, class BeforeEnd>
int serve(Options options, const char* what, Log& log, const Wait& wait, const BeforeEnd& before_end) {
  Ending ending;
  {
    const EndSignals signals;
    options.log = [&log](const std::string& line) { log(line); };
    Process process(options);
    ending = wait(signals, process);
    // A signal of every day is no news.
    if (ending.signal != 0 && ending.signal != SIGTERM && ending.signal != SIGINT) log(words_for(ending.signal));
    if (ending.signal == 0) log(ending.why);
    before_end(process, signals, ending);
  }
  log(std::string(what) + " ends");
  if (ending.wish == Worker::Wish::restart) {
    ::execv("/proc/self/exe", arguments());
    throw Error(ErrorCode::io, std::string("the ") + what + " cannot begin anew: " + std::strerror(errno));
  }
  const bool is_usual = ending.signal == 0 || ending.signal == SIGTERM || ending.signal == SIGINT;
  return is_usual ? 0 : 128 + ending.signal;
}

/// Waits for the file that the coordinator writes its address to, as long as a worker waits for its coordinator.
/// Returns the signal that ended the waiting, else 0.
int await_address_file(const WorkerOptions& options, Clock::time_point end, Log& log) {
  const EndSignals signals;
  const Clock::time_point began = Clock::now();
  double silence = 1;  // seconds: a wait that is over by then is no news
  while (!is_address_known(options.coordinator)) {
    const double waited = std::chrono::duration<double>(Clock::now() - began).count();
    if (options.coordinator_timeout > 0 && waited > options.coordinator_timeout)
      throw Error(ErrorCode::io, "no coordinator has written its address to " + options.coordinator +
                                     "; the worker ends (--coordinator-timeout)");
    if (waited > silence) {
      log("waiting for a coordinator that writes its address to " + options.coordinator);
      silence = std::max(silence * 3, 10.0);
    }
    if (Clock::now() >= end)
      throw Error(
          ErrorCode::io,
          "the worker's lifetime is nearly over, and no coordinator has written its address to " + options.coordinator);
    if (const int signal = signals.wait_for(std::chrono::milliseconds(100)); signal != 0) return signal;
  }
  return 0;
}

}  // namespace

int run_coordinator(const CoordinatorOptions& options, const DashboardChoice& dashboard, const std::string& file) {
  Log log(file);
  const auto wait = [&](const EndSignals& signals, const Coordinator& coordinator) {
    std::unique_ptr<DashboardProcess> page;
    if (!dashboard.listen.empty()) {
      page = std::make_unique<DashboardProcess>(dashboard, coordinator.address(), options.security);
      log("the dashboard is at " + page->address());
    }
    return wait_for_end(signals, coordinator);
  };
  return serve<Coordinator>(options, "coordinator", log, wait, [](Coordinator&, const EndSignals&, const Ending&) {});
}

int run_worker(const WorkerOptions& options, const WorkerLife& life, const std::string& file) {
  Log log(file);
  const double grace = life.grace;
  const Clock::time_point end = end_of(life);
  if (const int signal = await_address_file(options, end, log); signal != 0)
    return signal == SIGTERM || signal == SIGINT ? 0 : 128 + signal;
  const auto wait = [&](const EndSignals& signals, const Worker& worker) { return wait_for_end(signals, worker, end); };
  return serve<Worker>(
      options, "worker", log, wait, [&](Worker& worker, const EndSignals& signals, const Ending& ending) {
        if (grace <= 0 || ending.wish == Worker::Wish::end) return;
        log("worker hands over what it holds; a second signal ends it at once");
        CancelToken at_once;
        std::future<bool> handed_over = std::async(std::launch::async, [&] { return worker.retire(grace, at_once); });
        while (handed_over.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
          if (signals.wait_for(std::chrono::milliseconds(50)) != 0 || worker.wish() == Worker::Wish::end)
            at_once.cancel();
        log(handed_over.get() ? "others have all that they can have" : "not all was handed over; it is made again");
      });
}

BackendPtr connect_cluster(const std::string& uri, const BackendOptions& options) {
  return chunkwise::connect(uri, options);
}

}  // namespace chunkwise::cli
