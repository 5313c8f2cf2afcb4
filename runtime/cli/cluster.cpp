#include "runtime/cli/cluster.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <future>
#include <memory>
#include <mutex>
#include <utility>

#include "chunkwise/core/untyped_array.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/cli/interrupt.hpp"

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
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char time[32];
    std::strftime(time, sizeof time, "%Y-%m-%d %H:%M:%S", &local);
    const std::string text = std::string(time) + " " + line + "\n";
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
  int signal = 0;  ///< 0: an operator has asked for it
  Worker::Wish wish = Worker::Wish::end;
};

/// Waits for a signal or an operator; throws the reason if a worker gives up.
Ending wait_for_end(const EndSignals& signals, const Coordinator& coordinator) {
  for (;;) {
    if (const int signal = signals.wait_for(std::chrono::milliseconds(500)); signal != 0) return {signal};
    if (coordinator.was_ended()) return {};
  }
}
Ending wait_for_end(const EndSignals& signals, const Worker& worker) {
  for (;;) {
    if (const int signal = signals.wait_for(std::chrono::milliseconds(500)); signal != 0)
      return {signal, Worker::Wish::hand_over};
    if (const Worker::Wish wish = worker.wish(); wish != Worker::Wish::none) return {0, wish};
    if (const std::string why = worker.why_ended(); !why.empty())
      throw Error(ErrorCode::io, "the worker ends, " + why + " (--coordinator-timeout)");
  }
}

/// Runs a Coordinator or a Worker until it is to end, and as long what `begin` returns for it; returns the exit code.
/// To begin anew, it becomes this command with the same line again.
template <class Process, class Options, class Begin, class BeforeEnd>
int serve(Options options, const char* what, Log& log, const Begin& begin, const BeforeEnd& before_end) {
  Ending ending;
  {
    const EndSignals signals;
    options.log = [&log](const std::string& line) { log(line); };
    Process process(options);
    [[maybe_unused]] const auto beside = begin(process);
    ending = wait_for_end(signals, process);
    // A signal of every day is no news.
    if (ending.signal != 0 && ending.signal != SIGTERM && ending.signal != SIGINT) log(words_for(ending.signal));
    if (ending.signal == 0) log("an operator has asked for the end");
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
int await_address_file(const WorkerOptions& options, Log& log) {
  using Clock = std::chrono::steady_clock;
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
    if (const int signal = signals.wait_for(std::chrono::milliseconds(100)); signal != 0) return signal;
  }
  return 0;
}

}  // namespace

int run_coordinator(const CoordinatorOptions& options, const DashboardChoice& dashboard, const std::string& file) {
  Log log(file);
  const auto begin = [&](const Coordinator& coordinator) -> std::unique_ptr<DashboardProcess> {
    if (dashboard.listen.empty()) return nullptr;
    auto page = std::make_unique<DashboardProcess>(dashboard, coordinator.address(), options.security);
    log("the dashboard is at " + page->address());
    return page;
  };
  return serve<Coordinator>(options, "coordinator", log, begin, [](Coordinator&, const EndSignals&, const Ending&) {});
}

int run_worker(const WorkerOptions& options, double grace, const std::string& file) {
  Log log(file);
  if (const int signal = await_address_file(options, log); signal != 0)
    return signal == SIGTERM || signal == SIGINT ? 0 : 128 + signal;
  const auto begin = [](const Worker&) { return 0; };
  return serve<Worker>(
      options, "worker", log, begin, [&](Worker& worker, const EndSignals& signals, const Ending& ending) {
        if (grace <= 0 || ending.wish == Worker::Wish::end) return;
        log("worker hands over what it holds; a second signal ends it at once");
        CancelToken at_once;
        std::future<bool> handed_over = std::async(std::launch::async, [&] { return worker.retire(grace, at_once); });
        while (handed_over.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
          if (signals.wait_for(std::chrono::milliseconds(50)) != 0) at_once.cancel();
        log(handed_over.get() ? "others have all that they can have" : "not all was handed over; it is made again");
      });
}

BackendPtr connect_cluster(const std::string& uri, const BackendOptions& options) {
  return chunkwise::connect(uri, options);
}

}  // namespace chunkwise::cli
