// The worker's process: a server that hands out products, a thread that asks the coordinator what to do, and threads
// that do it.
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <thread>

#include "backends/thrift/plan/wire_types.hpp"
#include "backends/thrift/wire/server.hpp"
#include "backends/thrift/worker/worker_run.hpp"
#include "chunkwise/cluster.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/core/threads.hpp"
#include "runtime/executor/team.hpp"
#ifdef CHUNKWISE_HAS_NETCDF
#include "chunkwise/io/netcdf.hpp"
#endif

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// True where files can be opened in a process apart; tells the log where they cannot.
bool can_isolate(const WorkerOptions& options) {
#ifdef CHUNKWISE_HAS_NETCDF
  const std::string problem = isolation_problem();
  if (problem.empty()) return true;
  if (options.log) options.log("NetCDF-4 files are opened in this process: " + problem);
#endif
  return false;
}

using thrift::RunId;
using thrift::StepKey;
using thrift::WorkerId;
using thrift::WorkerRun;

/// Ranges that are worked on at a time: those the coordinator gives, and one for another client's small run.
constexpr int executing_threads = 3;

std::string default_name() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + ":" + std::to_string(getpid());
}

/// The coordinator's address; empty while the file that is to hold it is not there.
std::string find_coordinator(const std::string& coordinator) {
  const bool is_file = coordinator.find('/') != std::string::npos || std::filesystem::exists(coordinator);
  if (!is_file) return coordinator;
  std::ifstream file(coordinator);
  std::string address;
  file >> address;
  return address;
}

/// True where the elements follow each other in row-major order.
bool is_dense(const UntypedNdArray& view) {
  std::int64_t expected = 1;
  for (int axis = view.shape.rank() - 1; axis >= 0; --axis) {
    if (view.shape[axis] > 1 && view.strides[axis] != expected) return false;
    expected *= view.shape[axis];
  }
  return true;
}

store::SpillOptions spill_options(const WorkerOptions& options, std::uint64_t limit) {
  if (options.spill_directory.empty()) return {};
  return {options.spill_directory, limit / 2};
}

}  // namespace

struct Worker::Running {
  explicit Running(const WorkerOptions& given);
  ~Running();

  // -- what others ask
  class Handler;
  [[nodiscard]] std::shared_ptr<WorkerRun> run(RunId id);
  /// A run that is known here; throws not_found for others, so that no question brings back one that was forgotten.
  [[nodiscard]] std::shared_ptr<WorkerRun> known_run(RunId id);
  void read_chunks(wire::Blob& out, const StepKey& key, const Region& region);
  void upload(const StepKey& key, std::int64_t unit, std::int64_t offset, const wire::Blob& bytes);

  // -- what the coordinator wants
  void serve_coordinator();
  void follow(wire::Connection<wire::CoordinatorService>& connection);
  [[nodiscard]] wire::Registration registration();
  void obey(const wire::WorkerCommand& command);
  void forget(RunId id);
  void execute_next();
  void execute(const wire::Assignment& assignment, WorkerId registered_as);
  /// Tells the coordinator of a range, and takes up what it gives to do next.
  void report(const wire::RangeReport& report, WorkerId registered_as);
  /// Stops all work and forgets all but chunks of persisted arrays.
  void abandon();
  void log(const std::string& line) const {
    if (options.log) options.log(line);
  }
  bool pause(double seconds) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return stopping; });
  }

  WorkerOptions options;
  std::shared_ptr<thrift::Workplace> place;
  wire::ClientOptions as_worker;
  std::unique_ptr<wire::ConnectionPool<wire::CoordinatorService>> coordinators;
  std::unique_ptr<wire::Server<wire::WorkerService>> server;

  std::mutex mutex;                 ///< of what follows
  std::condition_variable changed;  ///< nothing is executed any more, or it is stopping
  std::condition_variable work;     ///< there is something to execute, or it is stopping
  bool stopping = false;
  std::string coordinator;  ///< its address
  WorkerId id = 0;          ///< 0: not registered
  WorkerId previous_id = 0;
  std::map<RunId, std::shared_ptr<WorkerRun>> runs;
  std::map<RunId, wire::RunDescription> kept;  ///< of runs that it was told of, or whose persisted chunks it holds
  std::deque<std::pair<wire::Assignment, WorkerId>> waiting;
  int executing = 0;
  std::shared_ptr<wire::Connection<wire::CoordinatorService>> commands;  ///< null: the coordinator is away
  std::mutex describing;
  std::vector<std::thread> threads;
};

class Worker::Running::Handler final : public wire::ConnectionHandler<wire::WorkerService> {
 public:
  explicit Handler(Running& worker) : worker_(worker) {}
  void read_chunks(wire::Blob& out, const wire::StepKey& key, const std::vector<std::int64_t>& start,
                   const std::vector<std::int64_t>& step, const std::vector<std::int64_t>& count) override {
    if (start.size() != step.size() || start.size() != count.size() || start.size() > max_rank)
      throw Error(ErrorCode::invalid_argument,
                  "a region of " + std::to_string(start.size()) + " axes that contradicts itself");
    Region region;
    for (std::size_t i = 0; i < start.size(); ++i) region.push_back({start[i], step[i], count[i]});
    worker_.read_chunks(out, thrift::from_wire(key), region);
  }
  void read_states(wire::Blob& out, const wire::StepKey& key, std::int64_t tile, std::int64_t offset,
                   std::int64_t length) override {
    const std::vector<std::byte> bytes = worker_.known_run(key.run)->states(key.step, tile);
    const auto size = static_cast<std::int64_t>(bytes.size());
    if (offset < 0 || offset > size || length < 0) throw Error(ErrorCode::out_of_range, "states beyond their end");
    const std::int64_t n = std::min({length, size - offset, 2 * thrift::piece_bytes});
    out = wire::Blob::copy_of(std::span(bytes).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(n)));
  }
  void read_finished(wire::Blob& out, const wire::StepKey& key, std::int64_t tile) override {
    out = wire::Blob::copy_of(worker_.known_run(key.run)->finished(key.step, tile));
  }
  void upload(const wire::StepKey& key, std::int64_t unit, std::int64_t offset, const wire::Blob& bytes) override {
    worker_.upload(thrift::from_wire(key), unit, offset, bytes);
  }

 private:
  Running& worker_;
};

Worker::Running::Running(const WorkerOptions& given) : options(given) {
  executor::make_team();
  if (options.name.empty()) options.name = default_name();
  const std::uint64_t limit = options.memory_limit > 0 ? options.memory_limit : usable_memory() / 4 * 3;
  auto workplace = std::make_shared<thrift::Workplace>(thrift::Workplace{
      std::make_shared<executor::Admission>(limit), nullptr, nullptr,
      thrift::DataRoots(options.data_roots, options.name), options.threads > 0 ? options.threads : usable_threads()});
  workplace->store = std::make_shared<store::ChunkStore>(workplace->admission, spill_options(options, limit));
  as_worker.security = options.security;
  as_worker.role = wire::Role::WORKER;
  as_worker.deadlines.connect = std::chrono::milliseconds(3000);
  as_worker.deadlines.send = as_worker.deadlines.receive = std::chrono::milliseconds(15000);
  wire::ClientOptions as_peer = as_worker;
  as_peer.deadlines.receive = thrift::longest_silence;
  workplace->peers = std::make_shared<thrift::WorkerPool>(as_peer);
  coordinators = std::make_unique<wire::ConnectionPool<wire::CoordinatorService>>(as_worker);
  workplace->isolated = options.isolated && can_isolate(options);
  place = std::move(workplace);
#ifdef CHUNKWISE_HAS_NETCDF
  register_netcdf_kind();
#endif

  wire::ServerOptions served;
  served.listen = options.listen;
  served.security = options.security;
  server =
      std::make_unique<wire::Server<wire::WorkerService>>(served, [this] { return std::make_shared<Handler>(*this); });
  try {
    for (int i = 0; i < executing_threads; ++i) threads.push_back(start_thread("a worker", [this] { execute_next(); }));
    threads.push_back(start_thread("a worker", [this] { serve_coordinator(); }));
  } catch (...) {
    {
      const std::scoped_lock lock(mutex);
      stopping = true;
    }
    work.notify_all();
    for (std::thread& thread : threads) thread.join();
    throw;
  }
}

Worker::Running::~Running() {
  WorkerId leaving = 0;
  std::string from;
  {
    const std::scoped_lock lock(mutex);
    stopping = true;
    leaving = id;
    from = coordinator;
    for (const auto& [number, run] : runs) run->cancel();
  }
  changed.notify_all();
  work.notify_all();
  if (leaving != 0) {
    try {
      wire::ClientOptions briefly = as_worker;
      briefly.deadlines = {std::chrono::seconds(1), std::chrono::seconds(1), std::chrono::seconds(1)};
      wire::Connection<wire::CoordinatorService> goodbye(from, briefly);
      goodbye.call([&](auto& client) { client.leave(leaving); });
    } catch (const std::exception&) {
      // It is told by the end of the connection, then.
    }
  }
  {
    const std::scoped_lock lock(mutex);
    if (commands) commands->interrupt();
  }
  for (std::thread& thread : threads) thread.join();
  server->stop();
}

// ---------------------------------------------------------------- runs

std::shared_ptr<WorkerRun> Worker::Running::run(RunId number) {
  // Two that ask for the same run must not make it twice.
  const std::scoped_lock one_at_a_time(describing);
  std::string from;
  wire::RunDescription description;
  bool known = false;
  {
    const std::scoped_lock lock(mutex);
    if (const auto found = runs.find(number); found != runs.end()) return found->second;
    if (const auto found = kept.find(number); found != kept.end()) {
      description = found->second;
      known = true;
    }
    from = coordinator;
  }
  if (!known) coordinators->with(from, [&](auto& client) { client.describe_run(description, number); });
  auto made = std::make_shared<WorkerRun>(place, std::move(description));
  const std::scoped_lock lock(mutex);
  runs[number] = made;
  return made;
}

std::shared_ptr<WorkerRun> Worker::Running::known_run(RunId number) {
  {
    const std::scoped_lock lock(mutex);
    if (!runs.contains(number) && !kept.contains(number))
      throw Error(ErrorCode::not_found, "run " + std::to_string(number) + " is not known here (any more)");
  }
  return run(number);
}

void Worker::Running::read_chunks(wire::Blob& out, const StepKey& key, const Region& region) {
  const store::ArrayId array{key.run, key.step};
  std::int64_t elements = 1;
  for (const AxisRange& range : region) {
    if (range.count < 0 || range.count > (std::int64_t{1} << 40) / elements)
      throw Error(ErrorCode::invalid_argument, "a region of too many elements");
    elements *= std::max<std::int64_t>(range.count, 1);
  }
  const UntypedNdArray view = place->store->view(array, region);
  const DType dtype = view.data ? view.dtype : known_run(key.run)->dtype_of(key.step);
  const std::size_t bytes = static_cast<std::size_t>(region.elements()) * size_of(dtype);
  if (bytes > static_cast<std::size_t>(2 * thrift::piece_bytes))
    throw Error(ErrorCode::invalid_argument,
                "a region of " + std::to_string(bytes) + " bytes is too much for one call");
  if (view.data && is_dense(view)) {
    out = wire::Blob(view.data, bytes, view.owner);
    return;
  }
  out = wire::Blob(bytes);
  place->store->read(array, region, out.room());
}

void Worker::Running::upload(const StepKey& key, std::int64_t unit, std::int64_t offset, const wire::Blob& bytes) {
  const std::shared_ptr<WorkerRun> uploaded = run(key.run);
  if (!uploaded->is_upload())
    throw Error(ErrorCode::invalid_argument, "chunks were uploaded to a run that is no upload");
  uploaded->create_array(key.step);
  const auto size = static_cast<std::int64_t>(uploaded->chunk_bytes(unit));
  const auto n = static_cast<std::int64_t>(bytes.size());
  if (offset < 0 || offset > size || n > size - offset)
    throw Error(ErrorCode::out_of_range, "bytes were uploaded beyond the end of chunk " + std::to_string(unit));
  const Buffer chunk = place->store->allocate({key.run, key.step}, unit);
  if (n > 0) std::memcpy(chunk.get() + offset, bytes.data(), bytes.size());
  if (offset + n == size) place->store->commit({key.run, key.step}, unit);
}

// ---------------------------------------------------------------- the coordinator

wire::Registration Worker::Running::registration() {
  wire::Registration registration;
  registration.name = options.name;
  registration.address = server->address();
  registration.threads = place->threads;
  registration.memory_limit = static_cast<std::int64_t>(place->admission->limit());
  registration.can_spill = !options.spill_directory.empty();
  for (const Function& function : known_functions()) registration.functions.push_back(thrift::to_wire(function));
  const std::scoped_lock lock(mutex);
  registration.previous_id = previous_id;
  for (const auto& [array, ranges] : place->store->held()) {
    const auto description = kept.find(array.run);
    if (description == kept.end()) {
      place->store->drop(array);
      continue;
    }
    wire::Holding holding;
    holding.run = description->second;
    holding.step = array.step;
    for (const store::ChunkRange& range : ranges) {
      wire::HeldRange held;
      held.first = range.first;
      held.last = range.last;
      holding.ranges.push_back(held);
    }
    if (!holding.ranges.empty()) registration.holdings.push_back(std::move(holding));
  }
  return registration;
}

void Worker::Running::abandon() {
  std::unique_lock lock(mutex);
  waiting.clear();
  for (const auto& [number, run] : runs) run->cancel();
  changed.wait(lock, [this] { return executing == 0 || stopping; });
  previous_id = id != 0 ? id : previous_id;
  id = 0;
  for (const auto& [number, run] : runs) kept.emplace(number, run->description());
  for (const auto& [array, ranges] : place->store->held()) {
    const auto run = runs.find(array.run);
    if (run != runs.end() && !run->second->persists(array.step)) place->store->drop(array);
  }
  runs.clear();
  std::map<RunId, wire::RunDescription> holding;
  for (const auto& [array, ranges] : place->store->held())
    if (auto found = kept.find(array.run); found != kept.end() && !ranges.empty()) holding.insert(*found);
  kept = std::move(holding);
}

void Worker::Running::serve_coordinator() {
  bool told = false;
  for (;;) {
    const std::string address = find_coordinator(options.coordinator);
    try {
      if (address.empty()) throw Error(ErrorCode::not_found, options.coordinator + " holds no address yet");
      const auto connection = std::make_shared<wire::Connection<wire::CoordinatorService>>(address, as_worker);
      wire::Registered registered;
      {
        const std::scoped_lock lock(mutex);
        if (stopping) return;
        commands = connection;
        coordinator = address;
      }
      const wire::Registration own = registration();
      connection->call([&](auto& client) { client.register_worker(registered, own); });
      {
        const std::scoped_lock lock(mutex);
        id = registered.id;
      }
      log("worker " + options.name + " joined the coordinator at " + address);
      told = false;
      follow(*connection);
    } catch (const std::exception& error) {
      const std::scoped_lock lock(mutex);
      if (stopping) return;
      if (!told) log(std::string(id != 0 ? "coordinator lost: " : "waiting for the coordinator: ") + error.what());
      told = true;
    }
    {
      const std::scoped_lock lock(mutex);
      commands = nullptr;
      if (stopping) return;
    }
    abandon();
    if (pause(0.2)) return;
  }
}

void Worker::Running::follow(wire::Connection<wire::CoordinatorService>& connection) {
  for (;;) {
    std::vector<wire::WorkerCommand> orders;
    connection.call([&](auto& client) { client.next_commands(orders, id, 1000); });
    for (const wire::WorkerCommand& order : orders) obey(order);
    const std::scoped_lock lock(mutex);
    if (stopping) return;
  }
}

void Worker::Running::obey(const wire::WorkerCommand& command) {
  std::unique_lock lock(mutex);
  const auto known = [&](RunId number) {
    const auto found = runs.find(number);
    return found == runs.end() ? nullptr : found->second;
  };
  if (command.__isset.assignment) {
    if (command.assignment.__isset.run) kept.insert_or_assign(command.assignment.key.run, command.assignment.run);
    waiting.emplace_back(command.assignment, id);
  }
  if (command.__isset.drop) {
    const StepKey key = thrift::from_wire(command.drop);
    if (command.__isset.dropped_units)
      place->store->drop({key.run, key.step}, {command.dropped_units.first, command.dropped_units.last});
    else if (const auto run = known(key.run))
      run->drop(key.step);
    else
      place->store->drop({key.run, key.step});
  }
  if (command.__isset.publication) {
    const RunId number = command.publication.key.run;
    if (const auto run = known(number)) run->publish(command.publication);
    if (const auto run = kept.find(number); run != kept.end()) thrift::remember(command.publication, run->second);
  }
  lock.unlock();
  // Not before: it would wake to wait for the lock.
  if (command.__isset.assignment) work.notify_one();
  if (command.__isset.forget_run) forget(command.forget_run);
}

void Worker::Running::forget(RunId number) {
  const std::scoped_lock one_at_a_time(describing);
  const std::scoped_lock lock(mutex);
  std::erase_if(waiting, [&](const auto& entry) { return entry.first.key.run == number; });
  if (const auto run = runs.find(number); run != runs.end()) {
    run->second->cancel();
    runs.erase(run);
  }
  kept.erase(number);
  for (const auto& [array, ranges] : place->store->held())
    if (array.run == number) place->store->drop(array);
}

void Worker::Running::execute_next() {
  std::unique_lock lock(mutex);
  for (;;) {
    work.wait(lock, [this] { return stopping || !waiting.empty(); });
    if (stopping) return;
    const auto [assignment, registered_as] = std::move(waiting.front());
    waiting.pop_front();
    ++executing;
    lock.unlock();
    execute(assignment, registered_as);
    lock.lock();
    if (--executing == 0) changed.notify_all();
  }
}

void Worker::Running::execute(const wire::Assignment& assignment, WorkerId registered_as) {
  wire::RangeReport done;
  done.key = assignment.key;
  done.first = assignment.first;
  done.last = assignment.last;
  done.ticket = assignment.ticket;
  try {
    WorkerRun::Done own = run(assignment.key.run)->execute(assignment, registered_as);
    done.bytes_read = static_cast<std::int64_t>(own.bytes_read);
    done.also = std::move(own.also);
  } catch (...) {
    done.__set_failure(wire::current_failure());
    if (done.failure.worker.empty()) done.failure.worker = options.name;
  }
  const store::ChunkStore::Bytes held = place->store->bytes();
  done.held_bytes = static_cast<std::int64_t>(held.in_memory);
  done.memory_used = static_cast<std::int64_t>(pool_statistics().in_use);
  report(done, registered_as);
}

void Worker::Running::report(const wire::RangeReport& done, WorkerId registered_as) {
  std::string to;
  {
    const std::scoped_lock lock(mutex);
    if (stopping || id != registered_as) return;
    to = coordinator;
  }
  try {
    std::vector<wire::Assignment> next;
    coordinators->with(to, [&](auto& client) { client.report(next, registered_as, done); });
    {
      const std::scoped_lock lock(mutex);
      if (id != registered_as) return;
      for (wire::Assignment& assignment : next) waiting.emplace_back(std::move(assignment), registered_as);
    }
    // The calling thread takes one of them itself.
    for (std::size_t others = 1; others < next.size(); ++others) work.notify_one();
  } catch (const wire::RemoteError&) {
    // It does not want to know.
  } catch (const std::exception&) {
    // Nobody knows whether it heard, and what it answered is lost: the worker joins anew, with what it keeps.
    const std::scoped_lock lock(mutex);
    if (commands && id == registered_as) commands->interrupt();
  }
}

// ---------------------------------------------------------------- Worker

Worker::Worker(const WorkerOptions& options) : running_(std::make_unique<Running>(options)) {}
Worker::~Worker() = default;
std::string Worker::address() const { return running_->server->address(); }

}  // namespace chunkwise::inline CHUNKWISE_ABI
