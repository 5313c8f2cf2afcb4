// What an operator sees of a cluster, and asks of it.
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "runtime/cli/cluster.hpp"
#include "runtime/cli/cluster_json.hpp"
#include "runtime/cli/options.hpp"

namespace chunkwise::cli {

namespace {

std::string bytes(std::uint64_t n) { return format_bytes(static_cast<double>(n)); }

template <class Count>
std::string counted(Count count, const char* one, const char* several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

std::string cpus(double cpu) {
  const std::string hundredths = std::to_string(static_cast<std::int64_t>(cpu * 100 + 0.5));
  return hundredths + " % CPU";
}

std::string text_of(const ClusterStatus& status) {
  std::ostringstream out;
  const Totals all = totals_of(status);
  out << counted(status.workers.size(), "worker", "workers");
  if (status.workers_wanted >= 0 && status.workers_wanted != static_cast<int>(status.workers.size()))
    out << " of " << status.workers_wanted << " wanted";
  out << ", " << counted(status.clients, "client", "clients") << '\n';
  for (const auto& worker : status.workers) {
    out << "  " << worker.name << " at " << worker.address << ": " << counted(worker.threads, "thread", "threads")
        << ", " << bytes(worker.memory_used) << " of " << bytes(worker.memory_limit) << " used, " << bytes(worker.held)
        << " kept, " << counted(worker.running, "range", "ranges") << " running";
    if (worker.resident > 0) out << ", " << bytes(worker.resident) << " resident, " << cpus(worker.cpu);
    out << (worker.retiring ? ", hands over and ends" : "") << '\n';
  }
  if (status.workers.size() > 1)
    out << "  all: " << counted(all.threads, "thread", "threads") << ", " << bytes(all.used) << " of "
        << bytes(all.limit) << " used, " << bytes(all.held) << " kept, " << counted(all.ranges, "range", "ranges")
        << " running, " << bytes(all.resident) << " resident, " << cpus(all.cpu) << '\n';
  for (const std::string& refused : status.refused) out << "  not taken in: " << refused << '\n';
  out << counted(status.runs.size(), "run", "runs") << '\n';
  for (const auto& run : status.runs)
    out << "  run " << number_of(run) << ": " << static_cast<int>(run.done * 100) << " %"
        << (run.waits_for.empty() ? "" : ", waits for " + run.waits_for) << '\n';
  out << counted(status.arrays.size(), "persisted array", "persisted arrays")
      << (status.arrays.size() > 1 ? ", " + bytes(all.kept) : "") << '\n';
  for (const auto& array : status.arrays) {
    out << "  " << bytes(array.bytes);
    for (const std::string& name : array.names) out << " '" << name << "'";
    out << '\n';
  }
  return out.str();
}

}  // namespace

int show_cluster(const std::string& coordinator, const Security& security, const ShowOptions& show) {
  const bool clears = show.every > 0 && !show.json && ::isatty(STDOUT_FILENO) != 0;
  const auto print = [&] {
    const ClusterStatus status = cluster_status(coordinator, security);
    std::cout << (clears ? "\x1b[H\x1b[J" : "") << (show.json ? dump(json_of(status)) + '\n' : text_of(status))
              << std::flush;
  };
  if (show.every <= 0) {
    print();
    return 0;
  }
  // Signals end the process in the usual way while it waits for a coordinator that does not answer.
  for (;;) {
    print();
    if (!std::cout) throw Error(ErrorCode::io, "standard output takes no more");
    std::this_thread::sleep_for(std::chrono::duration<double>(show.every));
  }
}

int operate_cluster(const std::string& coordinator, const Security& security, Operation operation,
                    const std::string& name, int count) {
  switch (operation) {
    case Operation::retire:
      retire_worker(coordinator, name, security);
      tell("worker " + name + " hands over what it holds, and ends");
      break;
    case Operation::restart:
      restart_worker(coordinator, name, security);
      tell("worker " + name + " hands over what it holds, and begins anew");
      break;
    case Operation::logs:
      std::cout << worker_log(coordinator, name, std::size_t{1} << 20, security);
      break;
    case Operation::scale:
      scale_cluster(coordinator, count, security);
      tell("there will be " + counted(count, "worker", "workers"));
      break;
    case Operation::shutdown:
      shut_down_cluster(coordinator, security);
      tell("the cluster ends");
      break;
  }
  return 0;
}

}  // namespace chunkwise::cli
