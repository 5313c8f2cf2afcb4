// The beginning and the end of a worker.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "backends/thrift/wire/address_file.hpp"
#include "backends/thrift/worker/running.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/core/threads.hpp"
#include "runtime/dataset/format/format.hpp"
#include "runtime/dataset/source.hpp"
#include "runtime/executor/team.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns true if files can be opened in a process apart; if they cannot, tells the log why.
bool can_isolate(const WorkerOptions& options) {
  const std::vector<std::string> problems = dataset::isolation_problems();
  for (const std::string& problem : problems)
    if (options.log) options.log(problem);
  return problems.empty();
}

/// A limit that some chunk at least fits into.
constexpr std::uint64_t least_memory = 100'000;

/// Ranges that are worked on at a time: those that the coordinator gives, and one for another client's small run.
constexpr int executing_threads = 3;

std::string default_name() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + ":" + std::to_string(getpid());
}

store::SpillOptions spill_options(const WorkerOptions& options, std::uint64_t limit, store::OnLost on_lost) {
  if (options.spill_directory.empty()) return {};
  return {options.spill_directory, limit / 2, std::move(on_lost)};
}

}  // namespace

Worker::Running::Running(const WorkerOptions& given) : options(given) {
  require_seconds(options.coordinator_timeout, "WorkerOptions::coordinator_timeout");
  require_threads(options.threads, "WorkerOptions::threads");
  if (options.memory_limit > 0 && options.memory_limit < least_memory)
    throw Error(ErrorCode::invalid_argument, "WorkerOptions::memory_limit is " + std::to_string(options.memory_limit) +
                                                 " bytes, which nothing fits into; a worker takes " +
                                                 std::to_string(least_memory) + " at least");
  executor::make_team();
  if (options.name.empty()) options.name = printable(default_name());
  require_printable_name(options.name, "a worker");
  named = wire::coordinator_name(options.coordinator);
  options.security = wire::settings_for(named, options.security);
  (void)wire::advertised({}, options.advertise, "");
  const std::uint64_t limit = options.memory_limit > 0 ? options.memory_limit : usable_memory() / 4 * 3;
  pool = std::make_unique<PoolLimit>(limit);
  auto workplace = std::make_shared<thrift::Workplace>(thrift::Workplace{
      std::make_shared<executor::Admission>(limit), nullptr, nullptr,
      thrift::DataRoots(options.data_roots, options.name), options.threads > 0 ? options.threads : usable_threads()});
  workplace->store = std::make_shared<store::ChunkStore>(
      workplace->admission,
      spill_options(options, limit, [this](const store::ArrayId& array, std::int64_t chunk, const std::string& why) {
        tell_lost(array, chunk, why);
      }));
  as_worker.security = options.security;
  as_worker.worker_secret_file = options.worker_secret_file;
  as_worker.user_secret = true;
  as_worker.role = wire::Role::WORKER;
  as_worker.deadlines.connect = std::chrono::milliseconds(3000);
  as_worker.deadlines.send = as_worker.deadlines.receive = std::chrono::milliseconds(15000);
  wire::ClientOptions as_peer = as_worker;
  as_peer.deadlines.receive = thrift::longest_silence;
  workplace->peers = peers = std::make_shared<thrift::WorkerPeers>(as_peer);
  coordinators = std::make_unique<wire::ConnectionPool<wire::CoordinatorService>>(as_worker);
  workplace->isolated = options.isolated && can_isolate(options);
  place = std::move(workplace);
  dataset::register_kinds();

  alone = Clock::now();
  if (!options.listen.empty()) make_server(options.listen);
  try {
    threads.push_back(start_thread("a worker", [this] { serve_coordinator(); }));
    for (int i = 0; i < executing_threads; ++i) threads.push_back(start_thread("a worker", [this] { execute_next(); }));
    threads.push_back(start_thread("a worker", [this] { copy_next(); }));
  } catch (...) {
    {
      const std::scoped_lock lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    work.notify_all();
    copying.notify_all();
    for (std::thread& thread : threads) thread.join();
    throw;
  }
}

Worker::Running::~Running() {
  std::string leaving;
  std::string from;
  {
    const std::scoped_lock lock(mutex);
    stopping = true;
    if (id != 0) leaving = token;
    from = coordinator;
    for (const auto& [number, run] : runs) run->cancel();
  }
  changed.notify_all();
  work.notify_all();
  copying.notify_all();
  if (!leaving.empty()) {
    try {
      wire::ClientOptions briefly = as_worker;
      briefly.deadlines = {std::chrono::seconds(1), std::chrono::seconds(1), std::chrono::seconds(1)};
      wire::Connection<wire::CoordinatorService> goodbye(from, coordinators->credentials(), briefly);
      goodbye.call([&](auto& client) { client.leave(leaving); });
    } catch (const std::exception&) {
      // The end of the connection tells the coordinator, then.
    }
  }
  {
    const std::scoped_lock lock(mutex);
    if (commands) commands->interrupt();
  }
  for (std::thread& thread : threads) thread.join();
  if (server) server->stop();
}

void Worker::Running::log(const std::string& line) {
  constexpr std::size_t most_lines = 1000;
  const std::string text = printable(line);
  {
    const std::scoped_lock lock(logging);
    recent.push_back(time_of_log() + " " + text);
    if (recent.size() > most_lines) recent.pop_front();
  }
  if (options.log) options.log(text);
}

std::string Worker::Running::last_lines(std::size_t bytes) {
  const std::scoped_lock lock(logging);
  std::size_t first = recent.size(), size = 0;
  while (first > 0 && size + recent[first - 1].size() + 1 <= bytes) size += recent[--first].size() + 1;
  std::string text;
  for (; first < recent.size(); ++first) text += recent[first] + "\n";
  return text;
}

// ---------------------------------------------------------------- Worker

bool Worker::retire(double seconds, const CancelToken& cancel) {
  require_seconds(seconds, "Worker::retire: its time");
  return running_->retire(seconds, cancel);
}
Worker::Worker(const WorkerOptions& options) : running_(std::make_unique<Running>(options)) {}
Worker::~Worker() = default;
std::string Worker::address() const {
  const std::scoped_lock lock(running_->mutex);
  if (!running_->address.empty() || !running_->server || running_->options.listen.empty()) return running_->address;
  return running_->server->address();
}
Worker::Wish Worker::wish() const {
  const std::scoped_lock lock(running_->mutex);
  return running_->wish;
}
std::string Worker::why_ended() const {
  const std::scoped_lock lock(running_->mutex);
  return running_->why_ended;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
