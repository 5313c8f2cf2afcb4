// The worker's process: a server that hands out products, a thread that asks the coordinator what to do, and threads
// that do it.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
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
#include "runtime/core/buffer_pool.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/core/printable.hpp"
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

/// How long the coordinator is asked at a time whether all is handed over.
constexpr std::int64_t longest_wait_ms = 300;

/// How long nothing is done before what is kept for the next run is given back to the system.
constexpr std::chrono::seconds idle_before_rest{2};

std::string default_name() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + ":" + std::to_string(getpid());
}

/// Whether the coordinator is told by a file that holds its address: all that is no HOST:PORT.
bool is_address_file(const std::string& coordinator) {
  return coordinator.find('/') != std::string::npos || coordinator.find(':') == std::string::npos ||
         std::filesystem::exists(coordinator);
}

/// The coordinator's address; empty while the file that is to hold it is not there.
std::string find_coordinator(const std::string& coordinator) {
  if (!is_address_file(coordinator)) return coordinator;
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
  void upload(const StepKey& key, std::int64_t unit, std::int64_t offset, const wire::Blob& bytes,
              const std::string& ticket);

  /// Hands over what it has, within some seconds (Worker::retire).
  bool retire(double seconds, const CancelToken& cancel);

  // -- what the coordinator wants
  void serve_coordinator();
  /// One life with a coordinator: joins, and does as it is told until it is gone. Throws how it ended.
  void live_with_coordinator();
  /// Says what is waited for: at once, when that changes, and again after longer and longer times.
  void tell_waiting(const std::string& why);
  /// Whether there has been no coordinator for so long that this worker, which keeps nothing for anybody, ends.
  [[nodiscard]] bool gives_up();
  /// Listens where others are to find it, now that it is known how the coordinator is reached; the address to register.
  [[nodiscard]] std::string listen_for_others(const std::string& local_host);
  void make_server(const std::string& listen);
  void follow(wire::Connection<wire::CoordinatorService>& connection);
  [[nodiscard]] wire::Registration registration();
  void obey(const wire::WorkerCommand& command);
  void forget(RunId id);
  void execute_next();
  void execute(const wire::Assignment& assignment, WorkerId registered_as);
  void copy_next();
  void tell_of_spilling(wire::RangeReport& report);
  /// The report of an assignment, by what `work` did.
  template <class Work>
  [[nodiscard]] wire::RangeReport done(const wire::Assignment& assignment, const Work& work);
  /// Tells the coordinator of a range, and takes up what it gives to do next.
  void report(const wire::RangeReport& report, WorkerId registered_as);
  /// Stops all work and forgets all but chunks of persisted arrays.
  void abandon();
  void log(const std::string& line) const {
    if (options.log) options.log(printable(line));
  }
  /// What failed in the call that is being handled; says so where it is the network between two workers.
  [[nodiscard]] wire::Failure failure_of_range();
  bool pause(double seconds) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return stopping; });
  }

  /// Gives memory that nothing needs back to the system, once nothing has been done for a while.
  void rest();

  WorkerOptions options;
  std::unique_ptr<PoolLimit> pool;  ///< what was given back and is kept counts against the worker's limit too
  std::shared_ptr<thrift::Workplace> place;
  wire::ClientOptions as_worker;
  std::unique_ptr<wire::ConnectionPool<wire::CoordinatorService>> coordinators;
  std::unique_ptr<wire::Server<wire::WorkerService>> server;  ///< null: not known yet where to listen
  std::string listening;                                      ///< as the server was told to
  using Clock = std::chrono::steady_clock;
  std::string waited_for;      ///< that was said last; empty: there is a coordinator
  Clock::time_point alone;     ///< since when there has been none
  Clock::time_point said;      ///< when
  Clock::time_point say_next;  ///< when it is said again
  Clock::duration silence{};   ///< how long not

  std::atomic<bool> spill_is_full{false};
  std::mutex mutex;                 ///< of what follows
  std::condition_variable changed;  ///< nothing is executed any more, or it is stopping
  std::condition_variable work;     ///< there is something to execute, or it is stopping
  std::condition_variable copying;  ///< there is something to copy, or it is stopping
  bool stopping = false;
  bool retiring = false;    ///< it takes no more work
  std::string coordinator;  ///< its address
  std::string address;      ///< of the server, as others are told; empty: nobody was told
  std::string token;        ///< with which this worker speaks to the coordinator
  std::string why_ended;    ///< not empty: it has given up
  WorkerId id = 0;          ///< 0: not registered
  WorkerId previous_id = 0;
  std::map<RunId, std::shared_ptr<WorkerRun>> runs;
  std::map<RunId, wire::RunDescription> kept;  ///< of runs that it was told of, or whose persisted chunks it holds
  std::deque<std::pair<wire::Assignment, WorkerId>> waiting;
  std::deque<std::pair<wire::Assignment, WorkerId>> copies;  ///< to be made of what others hand over
  int executing = 0;
  std::shared_ptr<wire::Connection<wire::CoordinatorService>> commands;  ///< null: the coordinator is away
  // Of the thread that asks for commands: how often memory was asked of the pool, and when that last was.
  std::uint64_t requests = 0;
  std::chrono::steady_clock::time_point last_request;
  bool rested = true;
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
    require_worker();
    const std::vector<std::byte> bytes = worker_.known_run(key.run)->states(key.step, tile);
    const auto size = static_cast<std::int64_t>(bytes.size());
    if (offset < 0 || offset > size || length < 0) throw Error(ErrorCode::out_of_range, "states beyond their end");
    const std::int64_t n = std::min({length, size - offset, 2 * thrift::piece_bytes});
    out = wire::Blob::copy_of(std::span(bytes).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(n)));
  }
  void read_finished(wire::Blob& out, const wire::StepKey& key, std::int64_t tile) override {
    require_worker();
    out = wire::Blob::copy_of(worker_.known_run(key.run)->finished(key.step, tile));
  }
  void upload(const wire::StepKey& key, std::int64_t unit, std::int64_t offset, const wire::Blob& bytes,
              const std::string& ticket) override {
    require_client();
    worker_.upload(thrift::from_wire(key), unit, offset, bytes, ticket);
  }

 private:
  Running& worker_;
};

Worker::Running::Running(const WorkerOptions& given) : options(given) {
  executor::make_team();
  if (options.name.empty()) options.name = printable(default_name());
  require_printable_name(options.name, "a worker");
  if (!is_address_file(options.coordinator)) (void)wire::parse_endpoint(options.coordinator);
  (void)wire::advertised({}, options.advertise, "");
  const std::uint64_t limit = options.memory_limit > 0 ? options.memory_limit : usable_memory() / 4 * 3;
  pool = std::make_unique<PoolLimit>(limit);
  auto workplace = std::make_shared<thrift::Workplace>(thrift::Workplace{
      std::make_shared<executor::Admission>(limit), nullptr, nullptr,
      thrift::DataRoots(options.data_roots, options.name), options.threads > 0 ? options.threads : usable_threads()});
  workplace->store = std::make_shared<store::ChunkStore>(workplace->admission, spill_options(options, limit));
  as_worker.security = options.security;
  as_worker.worker_secret_file = options.worker_secret_file;
  as_worker.user_secret = true;
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
  if (server) server->stop();
}

// ---------------------------------------------------------------- where others find it

void Worker::Running::make_server(const std::string& listen) {
  wire::ServerOptions served;
  served.listen = listen;
  served.security = options.security;
  served.worker_secret_file = options.worker_secret_file;
  served.user_secret = true;
  served.log = [this](const std::string& line) { log(line); };
  auto made =
      std::make_unique<wire::Server<wire::WorkerService>>(served, [this] { return std::make_shared<Handler>(*this); });
  if (made->credentials().secret.empty())
    log("worker " + options.name + " listens on " + made->address() +
        " without a secret: every user of this machine may read what it holds (" + made->credentials().no_user_secret +
        "); --secret-file keeps others out");
  std::swap(server, made);
  listening = listen;
  if (made) made->stop();
}

std::string Worker::Running::listen_for_others(const std::string& local_host) {
  // Where it was not told, nobody but those on the coordinator's network can connect.
  if (options.listen.empty()) {
    const std::string listen = wire::Endpoint{local_host, 0}.to_string();
    if (!server || listening != listen) make_server(listen);
  }
  std::string told = wire::advertised(server->endpoint(), options.advertise, local_host).to_string();
  const std::scoped_lock lock(mutex);
  address = told;
  return told;
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

void Worker::Running::upload(const StepKey& key, std::int64_t unit, std::int64_t offset, const wire::Blob& bytes,
                             const std::string& ticket) {
  const std::shared_ptr<WorkerRun> uploaded = run(key.run);
  if (!uploaded->is_upload())
    throw Error(ErrorCode::invalid_argument, "chunks were uploaded to a run that is no upload");
  if (ticket.empty() || !wire::equal_proofs(ticket, uploaded->description().upload_ticket))
    throw Error(ErrorCode::denied, "these chunks are another client's to upload");
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
  registration.server = server->identity();
  registration.threads = place->threads;
  registration.memory_limit = static_cast<std::int64_t>(place->admission->limit());
  registration.can_spill = !options.spill_directory.empty();
  for (const Function& function : known_functions()) registration.functions.push_back(thrift::to_wire(function));
  const std::scoped_lock lock(mutex);
  registration.address = address;
  registration.previous_id = previous_id;
  registration.previous_token = token;
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
  copies.clear();
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

void Worker::Running::live_with_coordinator() {
  const std::string to = find_coordinator(options.coordinator);
  if (to.empty()) throw Error(ErrorCode::not_found, options.coordinator + " holds no address yet");
  const auto connection = std::make_shared<wire::Connection<wire::CoordinatorService>>(to, as_worker);
  const std::string own = listen_for_others(connection->local_host());
  wire::Registered registered;
  {
    const std::scoped_lock lock(mutex);
    if (stopping) return;
    commands = connection;
    coordinator = to;
  }
  const wire::Registration registering = registration();
  connection->call([&](auto& client) { client.register_worker(registered, registering); });
  {
    const std::scoped_lock lock(mutex);
    id = registered.id;
    token = registered.token;
  }
  log("worker " + options.name + " joined the coordinator at " + to + "; others fetch from it at " + own);
  waited_for.clear();
  follow(*connection);
}

void Worker::Running::tell_waiting(const std::string& why) {
  const auto now = Clock::now();
  const bool began = waited_for.empty();
  if (began) {
    alone = now;
    silence = std::chrono::seconds(5);
  }
  // A reason that changes is news, but not five times a second.
  if (waited_for == why ? now < say_next : !began && now < said + std::chrono::seconds(1)) return;
  std::string line = id != 0 ? "coordinator lost: " : "waiting for the coordinator: ";
  if (!began && waited_for == why)
    line = "waiting for the coordinator for " +
           std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - alone).count()) + " s: ";
  log(line + why);
  waited_for = why;
  said = now;
  say_next = now + silence;
  silence = std::min<Clock::duration>(silence * 3, std::chrono::minutes(10));
}

bool Worker::Running::gives_up() {
  const double patience = options.coordinator_timeout;
  if (patience <= 0 || waited_for.empty() || std::chrono::duration<double>(Clock::now() - alone).count() < patience)
    return false;
  const auto kept_here = place->store->held();
  if (std::ranges::any_of(kept_here, [](const auto& array) { return !array.second.empty(); })) return false;
  const std::scoped_lock lock(mutex);
  why_ended = "no coordinator for " + std::to_string(static_cast<std::int64_t>(patience)) + " s: " + waited_for;
  return true;
}

void Worker::Running::serve_coordinator() {
  for (;;) {
    double again = 0.2;  // seconds
    try {
      live_with_coordinator();
    } catch (const std::exception& error) {
      {
        const std::scoped_lock lock(mutex);
        if (stopping) return;
      }
      // Where the coordinator cannot connect back, it has tried for a while, and will not succeed soon.
      const auto* refused = dynamic_cast<const wire::RemoteError*>(&error);
      if (refused && refused->code() == ErrorCode::io) again = 2;
      tell_waiting(error.what());
    }
    {
      const std::scoped_lock lock(mutex);
      // The end of the connection says that this worker is lost: it stays until the goodbye has been said.
      if (stopping) return;
      commands = nullptr;
    }
    abandon();
    if (gives_up() || pause(again)) return;
  }
}

void Worker::Running::follow(wire::Connection<wire::CoordinatorService>& connection) {
  for (;;) {
    std::vector<wire::WorkerCommand> orders;
    connection.call([&](auto& client) { client.next_commands(orders, token, 1000); });
    for (const wire::WorkerCommand& order : orders) obey(order);
    rest();
    const std::scoped_lock lock(mutex);
    if (stopping) return;
  }
}

void Worker::Running::rest() {
  const auto now = std::chrono::steady_clock::now();
  const PoolStatistics pool_now = pool_statistics();
  if (std::exchange(requests, pool_now.fresh + pool_now.reused) != pool_now.fresh + pool_now.reused) {
    last_request = now;
    rested = false;
  }
  {
    const std::scoped_lock lock(mutex);
    if (rested || executing > 0 || now - last_request < idle_before_rest) return;
  }
  rested = true;
  trim_pool();
  // The C library keeps what threads of connections that have ended used.
  ::malloc_trim(0);
}

void Worker::Running::obey(const wire::WorkerCommand& command) {
  std::unique_lock lock(mutex);
  const auto known = [&](RunId number) {
    const auto found = runs.find(number);
    return found == runs.end() ? nullptr : found->second;
  };
  if (command.__isset.assignment) {
    if (command.assignment.__isset.run) kept.insert_or_assign(command.assignment.key.run, command.assignment.run);
    if (command.assignment.copy)
      copies.emplace_back(command.assignment, id);
    else if (!retiring)
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
  if (command.__isset.assignment) (command.assignment.copy ? copying : work).notify_one();
  if (command.__isset.forget_run) forget(command.forget_run);
}

void Worker::Running::forget(RunId number) {
  const std::scoped_lock one_at_a_time(describing);
  const std::scoped_lock lock(mutex);
  std::erase_if(waiting, [&](const auto& entry) { return entry.first.key.run == number; });
  std::erase_if(copies, [&](const auto& entry) { return entry.first.key.run == number; });
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

void Worker::Running::copy_next() {
  std::unique_lock lock(mutex);
  for (;;) {
    copying.wait(lock, [this] { return stopping || !copies.empty(); });
    if (stopping) return;
    const std::pair<wire::Assignment, WorkerId> next = std::move(copies.front());
    copies.pop_front();
    ++executing;
    lock.unlock();
    wire::RangeReport own = done(next.first, [&](wire::RangeReport&) { run(next.first.key.run)->copy(next.first); });
    own.copied = true;
    report(own, next.second);
    lock.lock();
    if (--executing == 0) changed.notify_all();
  }
}

template <class Work>
wire::RangeReport Worker::Running::done(const wire::Assignment& assignment, const Work& work) {
  wire::RangeReport done;
  done.key = assignment.key;
  done.first = assignment.first;
  done.last = assignment.last;
  done.ticket = assignment.ticket;
  try {
    work(done);
  } catch (...) {
    done.__set_failure(failure_of_range());
    if (done.failure.worker.empty()) done.failure.worker = options.name;
  }
  const store::ChunkStore::Bytes held = place->store->bytes();
  done.held_bytes = static_cast<std::int64_t>(held.in_memory);
  done.spilled_bytes = static_cast<std::int64_t>(held.all - held.in_memory);
  done.memory_used = static_cast<std::int64_t>(pool_statistics().in_use);
  tell_of_spilling(done);
  return done;
}

void Worker::Running::execute(const wire::Assignment& assignment, WorkerId registered_as) {
  const wire::RangeReport own = done(assignment, [&](wire::RangeReport& done) {
    WorkerRun::Done made = run(assignment.key.run)->execute(assignment, registered_as);
    done.bytes_read = static_cast<std::int64_t>(made.bytes_read);
    done.also = std::move(made.also);
  });
  report(own, registered_as);
}

void Worker::Running::tell_of_spilling(wire::RangeReport& report) {
  const std::string problem = place->store->spill_problem();
  report.spill_is_full = !problem.empty();
  if (spill_is_full.exchange(report.spill_is_full) == report.spill_is_full) return;
  log(report.spill_is_full ? "chunks stay in memory, since files take no more: " + problem
                           : "chunks go to files again");
}

wire::Failure Worker::Running::failure_of_range() {
  try {
    throw;
  } catch (const thrift::Unreachable& unreachable) {
    std::string to, own;
    {
      const std::scoped_lock lock(mutex);
      to = coordinator;
      own = address;
    }
    try {
      thrift::blame_network(*place->peers, unreachable, "worker " + options.name + " at " + own,
                            [&](wire::WorkerContact& contact, WorkerId worker) {
                              coordinators->with(to, [&](auto& client) { client.reach_worker(contact, worker); });
                            });
    } catch (...) {
      return wire::current_failure();
    }
    return unreachable.failure();
  } catch (...) {
    return wire::current_failure();
  }
}

void Worker::Running::report(const wire::RangeReport& done, WorkerId registered_as) {
  std::string to, own_token;
  {
    const std::scoped_lock lock(mutex);
    if (stopping || id != registered_as || (retiring && !done.copied)) return;
    to = coordinator;
    own_token = token;
  }
  try {
    std::vector<wire::Assignment> next;
    coordinators->with(to, [&](auto& client) { client.report(next, own_token, done); });
    {
      const std::scoped_lock lock(mutex);
      if (id != registered_as || retiring) return;
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

bool Worker::Running::retire(double seconds, const CancelToken& cancel) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  {
    std::unique_lock lock(mutex);
    retiring = true;
    waiting.clear();
    for (const auto& [number, run] : runs) run->cancel();
    // While states are merged, they cannot be had.
    changed.wait_until(lock, end, [this] { return executing == 0 || stopping; });
  }
  try {
    for (bool left = true; left;) {
      const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
      std::string from;
      std::string own;
      {
        const std::scoped_lock lock(mutex);
        from = coordinator;
        own = id != 0 ? token : "";
      }
      if (rest <= 0 || own.empty() || cancel.cancelled()) return false;
      const auto wait_ms = static_cast<std::int32_t>(std::min<std::int64_t>(rest, longest_wait_ms));
      coordinators->with(from, [&](auto& client) { left = client.retire(own, wait_ms); });
    }
    return true;
  } catch (const std::exception& error) {
    log(std::string("nothing more can be handed over: ") + error.what());
    return false;
  }
}

// ---------------------------------------------------------------- Worker

bool Worker::retire(double seconds, const CancelToken& cancel) { return running_->retire(seconds, cancel); }
Worker::Worker(const WorkerOptions& options) : running_(std::make_unique<Running>(options)) {}
Worker::~Worker() = default;
std::string Worker::address() const {
  const std::scoped_lock lock(running_->mutex);
  if (!running_->address.empty() || !running_->server || running_->options.listen.empty()) return running_->address;
  return running_->server->address();
}
std::string Worker::why_ended() const {
  const std::scoped_lock lock(running_->mutex);
  return running_->why_ended;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
