#include "runtime/cli/cluster.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <future>
#include <iostream>
#include <mutex>

#include "chunkwise/core/untyped_array.hpp"
#include "runtime/cli/interrupt.hpp"

namespace chunkwise::cli {

namespace {

/// Writes a line with the time to standard error. If nobody reads that any more, the process is told to end: the signal
/// of a write goes to the thread that wrote, which does not end it.
void log_line(const std::string& line) {
  static std::mutex mutex;
  static bool is_over = false;
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char time[32];
  std::strftime(time, sizeof time, "%Y-%m-%d %H:%M:%S", &local);
  const std::scoped_lock lock(mutex);
  if (std::fprintf(stderr, "%s %s\n", time, line.c_str()) >= 0 || errno != EPIPE || is_over) return;
  is_over = true;
  ::kill(::getpid(), SIGPIPE);
}

/// Waits for a signal, which it returns, or for a worker to give up; throws the reason in that case.
int wait_for_end(const EndSignals& signals, const Coordinator&) { return signals.wait(); }
int wait_for_end(const EndSignals& signals, const Worker& worker) {
  for (;;) {
    if (const int signal = signals.wait_for(std::chrono::milliseconds(500)); signal != 0) return signal;
    if (const std::string why = worker.why_ended(); !why.empty())
      throw Error(ErrorCode::io, "the worker ends, " + why + " (--coordinator-timeout)");
  }
}

/// Runs a Coordinator or a Worker until a signal ends it; returns the exit code.
template <class Process, class Options, class BeforeEnd>
int serve(Options options, const char* what, const BeforeEnd& before_end) {
  const EndSignals signals;
  options.log = log_line;
  Process process(options);
  const int signal = wait_for_end(signals, process);
  // A signal of every day is no news.
  const bool is_usual = signal == SIGTERM || signal == SIGINT;
  if (!is_usual) log_line(words_for(signal));
  before_end(process, signals);
  log_line(std::string(what) + " ends");
  return is_usual ? 0 : 128 + signal;
}

}  // namespace

int run_coordinator(const CoordinatorOptions& options) {
  return serve<Coordinator>(options, "coordinator", [](Coordinator&, const EndSignals&) {});
}

namespace {

/// Waits for the file that the coordinator writes its address to, as long as a worker waits for its coordinator.
/// Returns the signal that ended the waiting, else 0.
int await_address_file(const WorkerOptions& options) {
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
      log_line("waiting for a coordinator that writes its address to " + options.coordinator);
      silence = std::max(silence * 3, 10.0);
    }
    if (const int signal = signals.wait_for(std::chrono::milliseconds(100)); signal != 0) return signal;
  }
  return 0;
}

}  // namespace

int run_worker(const WorkerOptions& options, double grace) {
  if (const int signal = await_address_file(options); signal != 0)
    return signal == SIGTERM || signal == SIGINT ? 0 : 128 + signal;
  return serve<Worker>(options, "worker", [grace](Worker& worker, const EndSignals& signals) {
    if (grace <= 0) return;
    log_line("worker hands over what it holds; a second signal ends it at once");
    CancelToken at_once;
    std::future<bool> handed_over = std::async(std::launch::async, [&] { return worker.retire(grace, at_once); });
    while (handed_over.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
      if (signals.wait_for(std::chrono::milliseconds(50)) != 0) at_once.cancel();
    log_line(handed_over.get() ? "others have all that they can have" : "not all was handed over; it is made again");
  });
}

int show_cluster(const std::string& coordinator, const Security& security) {
  const ClusterStatus status = cluster_status(coordinator, security);
  const auto bytes = [](std::uint64_t n) { return format_bytes(static_cast<double>(n)); };
  const auto counted = [](auto count, const char* one, const char* several) {
    return std::to_string(count) + " " + (count == 1 ? one : several);
  };
  std::cout << counted(status.workers.size(), "worker", "workers") << ", "
            << counted(status.clients, "client", "clients") << '\n';
  for (const auto& worker : status.workers)
    std::cout << "  " << worker.name << " at " << worker.address << ": " << counted(worker.threads, "thread", "threads")
              << ", " << bytes(worker.memory_used) << " of " << bytes(worker.memory_limit) << " used, "
              << bytes(worker.held) << " kept, " << counted(worker.running, "range", "ranges") << " running\n";
  for (const std::string& refused : status.refused) std::cout << "  not taken in: " << refused << '\n';
  std::cout << counted(status.runs.size(), "run", "runs") << '\n';
  for (const auto& run : status.runs)
    std::cout << "  run " << (run.number & 0xffffffff) << ": " << static_cast<int>(run.done * 100) << " %\n";
  std::cout << counted(status.arrays.size(), "persisted array", "persisted arrays") << '\n';
  for (const auto& array : status.arrays) {
    std::cout << "  " << bytes(array.bytes);
    for (const std::string& name : array.names) std::cout << " '" << name << "'";
    std::cout << '\n';
  }
  return 0;
}

BackendPtr connect_cluster(const std::string& uri, const BackendOptions& options) {
  return chunkwise::connect(uri, options);
}

}  // namespace chunkwise::cli
