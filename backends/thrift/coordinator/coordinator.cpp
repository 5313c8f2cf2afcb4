// The coordinator's process: a server whose handlers hand every call to the cluster's state, and a clock.
#include <atomic>
#include <condition_variable>
#include <optional>
#include <thread>

#include "backends/thrift/coordinator/cluster_state.hpp"
#include "backends/thrift/coordinator/dial_back.hpp"
#include "backends/thrift/coordinator/status_server.hpp"
#include "backends/thrift/wire/address_file.hpp"
#include "backends/thrift/wire/client.hpp"
#include "backends/thrift/wire/process_use.hpp"
#include "backends/thrift/wire/server.hpp"
#include "backends/thrift/wire/user_secret.hpp"
#include "chunkwise/cluster.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/core/threads.hpp"
#include "runtime/core/version.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using thrift::ClusterState;
using thrift::from_wire;

/// What operators may change.
struct Operation {
  using Clock = std::chrono::steady_clock;
  explicit Operation(WorkerStarter given) : starter(std::move(given)) {
    if (const std::string token = wire::owner_token(); !token.empty()) owner = wire::digest_of(token);
  }
  /// An operator ends the cluster.
  void end() {
    Clock::rep not_yet = 0;
    ends_since.compare_exchange_strong(not_yet, Clock::now().time_since_epoch().count());
  }
  /// Returns true once the coordinator is to go: when its workers have gone, which may take some seconds. Who starts
  /// workers ends them too.
  [[nodiscard]] bool is_over(ClusterState& state) const {
    const Clock::duration since(ends_since);
    if (since == Clock::duration::zero()) return false;
    return starter.wanted || Clock::now().time_since_epoch() - since > patience || !state.has_workers();
  }

  static constexpr std::chrono::seconds patience{5};
  WorkerStarter starter;                  ///< who starts workers; its functions may be empty
  std::string owner;                      ///< SHA-256 of the token of this process's user; empty: the user has none
  std::atomic<Clock::rep> ends_since{0};  ///< 0: no operator has ended the cluster
  wire::ProcessMeter use;
};

/// Returns the status, with what the state does not know itself.
wire::ClusterStatus full_status(ClusterState& state, Operation& operation) {
  wire::ClusterStatus status = state.status();
  if (operation.starter.wanted) status.workers_wanted = operation.starter.wanted();
  status.usage = operation.use.now();
  status.version = library_version();
  return status;
}

/// One connection. It knows the client or worker that it belongs to, so that its end can be told.
class Handler final : public wire::ConnectionHandler<wire::CoordinatorService> {
 public:
  Handler(std::shared_ptr<ClusterState> state, std::shared_ptr<const thrift::DialBack> dial_back,
          std::shared_ptr<Operation> operation)
      : state_(std::move(state)), dial_back_(std::move(dial_back)), operation_(std::move(operation)) {}
  void ended() {
    if (session_ != 0) state_->session_closed(session_);
    if (worker_ != 0) state_->worker_left(worker_, false);
  }

  void open_session(std::string& token, const std::string& previous, const std::string& owner) override {
    require_client();
    token = previous.empty() ? wire::random_nonce() : previous;
    if (token.size() < shortest_token) throw Error(ErrorCode::denied, "this is no token of a session");
    session_ = state_->open_session(wire::number_of(token), owner.empty() ? "" : wire::digest_of(owner), peer());
  }
  void keep_alive(const std::string& session, const std::vector<wire::StepKey>& arrays) override {
    state_->keep_alive(client(session), arrays);
  }
  void submit(wire::RunAccepted& out, const std::string& session, const wire::RunRequest& request) override {
    out = state_->submit(client(session), request);
  }
  void wait(wire::RunStatus& out, const std::string& session, std::int64_t run, std::int32_t milliseconds) override {
    out = state_->wait(client(session), run, milliseconds);
  }
  void cancel(const std::string& session, std::int64_t run) override { state_->cancel(client(session), run); }
  void consumed(const std::string& session, const wire::StepKey& key, std::int64_t first, std::int64_t last) override {
    state_->consumed(client(session), from_wire(key), {first, last});
  }
  void missing(const std::string& session, const wire::StepKey& key, std::int64_t first, std::int64_t last,
               std::int64_t worker) override {
    state_->missing(client(session), from_wire(key), {first, last}, worker);
  }
  void release(const std::string& session, const std::vector<wire::StepKey>& arrays) override {
    state_->release(client(session), arrays);
  }
  void locate(wire::Location& out, const std::string& session, const wire::StepKey& key,
              std::int32_t milliseconds) override {
    out = state_->locate(client(session), from_wire(key), milliseconds);
  }
  void begin_upload(wire::UploadPlaces& out, const std::string& session, const wire::Blob& description,
                    std::int64_t items, std::int64_t) override {
    out = state_->begin_upload(client(session), description, items);
  }
  void uploaded(const std::string& session, const wire::StepKey& key) override {
    state_->uploaded(client(session), from_wire(key));
  }
  void publish(const std::string& session, const std::string& name, const wire::PublishedArray& published) override {
    state_->publish(client(session), name, published);
  }
  void unpublish(const std::string& session, const std::string& name) override {
    state_->unpublish(client(session), name);
  }
  void open_published(wire::PublishedArray& out, const std::string& session, const std::string& name) override {
    out = state_->open_published(client(session), name);
  }
  void status(wire::ClusterStatus& out) override { out = full_status(*state_, *operation_); }

  void reach_worker(wire::WorkerContact& out, std::int64_t worker) override {
    const std::optional<thrift::WorkerPlace> place = state_->place_of(worker);
    out.coordinator = reached_at();
    if (!place) return;
    out.name = place->name;
    out.reached = dial_back_->why_not(place->address, place->server).empty();
    if (out.reached) return;
    // It may go on asking for work, whose products nobody could fetch. A worker that only is slow to answer stays.
    const std::string why = dial_back_->why_gone(place->address);
    if (!why.empty()) state_->worker_unreachable(worker, place->address, out.coordinator, why);
  }

  void register_worker(wire::Registered& out, const wire::Registration& registration) override {
    require_worker();
    require_printable_name(registration.name, "a worker");
    require_reachable(registration);
    out = state_->register_worker(registration);
    worker_ = out.id;
  }
  void next_commands(std::vector<wire::WorkerCommand>& out, const std::string& worker, std::int32_t milliseconds,
                     std::int64_t memory_used, const wire::ProcessUse& use) override {
    require_worker();
    out = state_->next_commands(state_->worker_of(worker), milliseconds, memory_used, use);
  }
  void end_worker(const std::string& owner, const std::string& name, wire::WorkerEnd::type how) override {
    require_operator(owner);
    const bool is_new = state_->end_worker(name, how, peer());
    if (is_new && how == wire::WorkerEnd::HAND_OVER && operation_->starter.retired) operation_->starter.retired();
  }
  void scale(const std::string& owner, std::int32_t workers) override {
    require_operator(owner);
    if (!operation_->starter.scale)
      throw Error(ErrorCode::unsupported,
                  "nobody starts workers for this coordinator; start some with: chunkwise worker " + reached_at() +
                      ", or whole clusters with: chunkwise cluster start");
    operation_->starter.scale(workers);
  }
  void shut_down(const std::string& owner) override {
    require_operator(owner);
    state_->end_workers(peer());
    operation_->end();
  }
  void report(std::vector<wire::Assignment>& out, const std::string& worker, const wire::RangeReport& report) override {
    require_worker();
    out = state_->report(state_->worker_of(worker), report);
  }
  bool retire(const std::string& worker, std::int32_t milliseconds) override {
    require_worker();
    return state_->retire(state_->worker_of(worker), milliseconds);
  }
  void leave(const std::string& worker) override {
    require_worker();
    state_->worker_left(state_->worker_of(worker), true);
  }
  void describe_run(wire::RunDescription& out, std::int64_t run) override {
    require_worker();
    out = state_->describe_run(run);
  }

 private:
  static constexpr std::size_t shortest_token = 16;

  /// Returns the client whose token this is. A number that no client has is refused by the call that uses it.
  thrift::ClientId client(const std::string& token) {
    require_client();
    if (token != token_) {
      token_ = token;
      client_ = wire::number_of(token);
    }
    return client_;
  }
  /// Throws denied if the caller is another user than the one whose coordinator this is.
  void require_operator(const std::string& owner) {
    require_client();
    if (!operation_->owner.empty() && wire::digest_of(owner) != operation_->owner)
      throw Error(ErrorCode::denied, "workers and the cluster are ended by the user who started the coordinator alone");
  }
  /// Throws if others could not connect to a worker: a cluster that counted it would fail each run.
  void require_reachable(const wire::Registration& registration) {
    const std::string why = dial_back_->why_not(registration.address, registration.server);
    if (why.empty()) return;
    const std::string said = "worker " + registration.name + " says that it listens at " +
                             printable(registration.address) + ", which the coordinator at " + reached_at() +
                             " cannot reach: " + why +
                             "; start it with --listen ADDRESS:PORT, or --advertise HOST:PORT, that the coordinator, "
                             "the clients and the other workers can connect to";
    state_->worker_refused(registration.name, said);
    throw Error(ErrorCode::io, said);
  }

  std::shared_ptr<ClusterState> state_;
  std::shared_ptr<const thrift::DialBack> dial_back_;
  std::shared_ptr<Operation> operation_;
  thrift::ClientId session_ = 0;
  thrift::WorkerId worker_ = 0;
  std::string token_;  ///< the last one, and its client
  thrift::ClientId client_ = 0;
};

/// Returns a log whose lines hold nothing that a terminal would obey.
LogLine printed(LogLine log) {
  if (!log) return log;
  return [log = std::move(log)](const std::string& line) { log(printable(line)); };
}

}  // namespace

namespace {

/// Returns a status as programs read it.
ClusterStatus from_wire_status(const wire::ClusterStatus& from) {
  ClusterStatus status;
  for (const wire::WorkerStatus& worker : from.workers)
    status.workers.push_back(
        {printable(worker.name), printable(worker.address), worker.threads,
         static_cast<std::uint64_t>(worker.memory_limit), static_cast<std::uint64_t>(worker.memory_used),
         static_cast<std::uint64_t>(worker.held_bytes), worker.running_ranges,
         static_cast<std::uint64_t>(worker.usage.resident_bytes), worker.usage.cpu_percent / 100.0, worker.retiring});
  for (const wire::RunSummary& run : from.runs)
    status.runs.push_back({run.run,
                           run.elements_total > 0
                               ? static_cast<double>(run.elements_done) / static_cast<double>(run.elements_total)
                               : 1.0,
                           run.state == wire::RunState::WAITING_FOR_WORKERS   ? "workers"
                           : run.state == wire::RunState::WAITING_FOR_RELEASE ? "memory that other clients release"
                                                                              : ""});
  for (const wire::ArraySummary& array : from.arrays) {
    std::vector<std::string> names;
    for (const std::string& name : array.names) names.push_back(printable(name));
    status.arrays.push_back({std::move(names), static_cast<std::uint64_t>(array.bytes)});
  }
  for (const std::string& refused : from.refused) status.refused.push_back(printable(refused));
  status.clients = from.clients;
  status.workers_wanted = from.workers_wanted;
  status.uptime = static_cast<double>(from.uptime_ms) / 1000;
  status.resident = static_cast<std::uint64_t>(from.usage.resident_bytes);
  status.cpu = from.usage.cpu_percent / 100.0;
  return status;
}

}  // namespace

struct Coordinator::Running {
  explicit Running(const CoordinatorOptions& options)
      : log(printed(options.log)),
        state(std::make_shared<ClusterState>(machine_options(options), log)),
        dial_back(std::make_shared<thrift::DialBack>(client_options(options))),
        operation(std::make_shared<Operation>(options.starter)),
        server(
            server_options(options, log), [this] { return std::make_shared<Handler>(state, dial_back, operation); },
            [](wire::ConnectionHandler<wire::CoordinatorService>& handler) {
              static_cast<Handler&>(handler).ended();
            }) {
    const bool anywhere = wire::is_wildcard(server.endpoint().host);
    const wire::Endpoint told_to_others =
        wire::advertised(server.endpoint(), options.advertise, anywhere ? wire::own_host() : "");
    address = told_to_others.to_string();
    if (!wire::is_loopback(server.bound_host()) && !wire::is_only_here(told_to_others.host))
      state->listens_for_others_at(address);
    if (!options.metrics.empty())
      watched = std::make_unique<thrift::StatusServer>(options.metrics, [this] { return status(); });
    if (!options.address_file.empty())
      wire::write_address_file(options.address_file,
                               {address, options.shares_credentials ? shared_credentials(options) : Security{}});
    address_file = options.address_file;
    if (log) log(told());
    if (log && watched) log("coordinator tells its numbers at http://" + watched->address() + "/metrics");
    clock = start_thread("a coordinator", [this] {
      std::unique_lock lock(mutex);
      while (!stopping.wait_for(lock, std::chrono::milliseconds(200), [this] { return stopped; })) state->tick();
    });
  }
  ~Running() {
    watched.reset();
    {
      const std::scoped_lock lock(mutex);
      stopped = true;
    }
    stopping.notify_all();
    clock.join();
    if (!address_file.empty()) wire::remove_address_file(address_file, address);
    state->close();
    server.stop();
  }
  static thrift::MachineOptions machine_options(const CoordinatorOptions& options) {
    require_seconds(options.worker_timeout, "CoordinatorOptions::worker_timeout", 0.001);
    require_seconds(options.client_timeout, "CoordinatorOptions::client_timeout", 0.001);
    thrift::MachineOptions machine;
    machine.worker_timeout = options.worker_timeout;
    machine.client_timeout = options.client_timeout;
    return machine;
  }
  static wire::ServerOptions server_options(const CoordinatorOptions& options, const LogLine& log) {
    wire::ServerOptions server;
    server.listen = options.listen;
    server.security = options.security;
    server.worker_secret_file = options.worker_secret_file;
    server.takes_environment = options.takes_environment;
    server.user_secret = true;
    server.max_connections = 10000;
    server.max_strangers = 1000;
    server.log = log;
    return server;
  }
  static wire::ClientOptions client_options(const CoordinatorOptions& options) {
    wire::ClientOptions client;
    client.security = options.security;
    client.worker_secret_file = options.worker_secret_file;
    client.takes_environment = options.takes_environment;
    client.user_secret = true;
    return client;
  }
  static Security shared_credentials(const CoordinatorOptions& options) {
    return options.takes_environment ? wire::with_environment(options.security) : options.security;
  }
  [[nodiscard]] ClusterStatus status() const { return from_wire_status(full_status(*state, *operation)); }
  /// Returns the line that tells where it listens, and who may connect.
  [[nodiscard]] std::string told() const {
    const wire::Credentials& credentials = server.credentials();
    std::string line = "coordinator listens on " + server.address();
    // Debian has a machine's own name in /etc/hosts, as 127.0.1.1.
    const std::string& name = server.endpoint().host;
    if (wire::is_loopback(server.bound_host()) && !wire::is_loopback(name) && name != "localhost")
      line += ", which is " + server.bound_host() + " here: only this machine can connect";
    if (address != server.address()) line += ", and tells others to connect to " + address;
    if (credentials.secret.empty())
      line += ", without a secret: every user of this machine may use it (" + credentials.no_user_secret +
              "); --secret-file keeps others out";
    else if (credentials.user_secret)
      line += ", for programs of this user, whose secret is " + credentials.user_file;
    return line;
  }

  LogLine log;
  std::shared_ptr<ClusterState> state;
  std::shared_ptr<const thrift::DialBack> dial_back;
  std::shared_ptr<Operation> operation;
  wire::Server<wire::CoordinatorService> server;
  std::string address;       ///< the address that others are told
  std::string address_file;  ///< the file that it was written to; empty: none
  std::mutex mutex;
  std::condition_variable stopping;
  bool stopped = false;
  std::thread clock;
  std::unique_ptr<thrift::StatusServer> watched;  ///< null: nobody asked for it
};

Coordinator::Coordinator(const CoordinatorOptions& options) : running_(std::make_unique<Running>(options)) {}
Coordinator::~Coordinator() = default;
std::string Coordinator::address() const { return running_->address; }

ClusterStatus Coordinator::status() const { return running_->status(); }
void Coordinator::retire_worker(const TextArgument& name) {
  (void)running_->state->end_worker(std::string(std::string_view(name)), wire::WorkerEnd::HAND_OVER, "this program");
}
bool Coordinator::was_ended() const { return running_->operation->is_over(*running_->state); }
std::string Coordinator::metrics_address() const {
  return running_->watched ? running_->watched->address() : std::string();
}

ClusterStatus cluster_status(const TextArgument& address, const Security& security) {
  const wire::CoordinatorName name = wire::coordinator_name(address);
  wire::ClientOptions options;
  options.security = wire::settings_for(name, security);
  options.user_secret = true;
  wire::Connection<wire::CoordinatorService> connection(wire::address_of(name), options);
  wire::ClusterStatus from;
  connection.call([&](auto& client) { client.status(from); });
  return from_wire_status(from);
}

bool is_address_known(const TextArgument& coordinator) { return wire::is_known(wire::coordinator_name(coordinator)); }

}  // namespace chunkwise::inline CHUNKWISE_ABI
