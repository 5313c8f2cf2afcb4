// The coordinator's process: a server whose handlers hand every call to the desk, and a clock.
#include <condition_variable>
#include <fstream>
#include <thread>

#include "backends/thrift/coordinator/desk.hpp"
#include "backends/thrift/plan/wire_types.hpp"
#include "backends/thrift/wire/client.hpp"
#include "backends/thrift/wire/server.hpp"
#include "chunkwise/cluster.hpp"
#include "runtime/core/threads.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using thrift::Desk;
using thrift::from_wire;

/// One connection: knows whose it is, so that its end can be told.
class Handler final : public wire::ConnectionHandler<wire::CoordinatorService> {
 public:
  explicit Handler(std::shared_ptr<Desk> desk) : desk_(std::move(desk)) {}
  void ended() {
    if (session_ != 0) desk_->session_closed(session_);
    if (worker_ != 0) desk_->worker_left(worker_, false);
  }

  std::int64_t open_session(std::int64_t previous) override { return session_ = desk_->open_session(previous); }
  void keep_alive(std::int64_t session, const std::vector<wire::StepKey>& arrays) override {
    desk_->keep_alive(session, arrays);
  }
  void submit(wire::RunAccepted& out, std::int64_t session, const wire::RunRequest& request) override {
    out = desk_->submit(session, request);
  }
  void wait(wire::RunStatus& out, std::int64_t session, std::int64_t run, std::int32_t milliseconds) override {
    out = desk_->wait(session, run, milliseconds);
  }
  void cancel(std::int64_t session, std::int64_t run) override { desk_->cancel(session, run); }
  void consumed(std::int64_t session, const wire::StepKey& key, std::int64_t first, std::int64_t last) override {
    desk_->consumed(session, from_wire(key), {first, last});
  }
  void missing(std::int64_t session, const wire::StepKey& key, std::int64_t first, std::int64_t last,
               std::int64_t worker) override {
    desk_->missing(session, from_wire(key), {first, last}, worker);
  }
  void release(std::int64_t session, const std::vector<wire::StepKey>& arrays) override {
    desk_->release(session, arrays);
  }
  void locate(wire::Location& out, std::int64_t session, const wire::StepKey& key, std::int32_t milliseconds) override {
    out = desk_->locate(session, from_wire(key), milliseconds);
  }
  void begin_upload(wire::Location& out, std::int64_t session, const wire::Blob& description, std::int64_t units,
                    std::int64_t) override {
    out = desk_->begin_upload(session, description, units);
  }
  void uploaded(std::int64_t session, const wire::StepKey& key) override { desk_->uploaded(session, from_wire(key)); }
  void publish(std::int64_t session, const std::string& name, const wire::PublishedArray& published) override {
    desk_->publish(session, name, published);
  }
  void unpublish(std::int64_t, const std::string& name) override { desk_->unpublish(name); }
  void open_published(wire::PublishedArray& out, std::int64_t session, const std::string& name) override {
    out = desk_->open_published(session, name);
  }
  void status(wire::ClusterStatus& out) override {
    out = desk_->status();
    out.version = wire::library_version();
  }

  void register_worker(wire::Registered& out, const wire::Registration& registration) override {
    require_worker();
    out = desk_->register_worker(registration);
    worker_ = out.id;
  }
  void next_commands(std::vector<wire::WorkerCommand>& out, std::int64_t worker, std::int32_t milliseconds) override {
    require_worker();
    out = desk_->next_commands(worker, milliseconds);
  }
  void report(std::vector<wire::Assignment>& out, std::int64_t worker, const wire::RangeReport& report) override {
    require_worker();
    out = desk_->report(worker, report);
  }
  void leave(std::int64_t worker) override {
    require_worker();
    desk_->worker_left(worker, true);
  }
  void describe_run(wire::RunDescription& out, std::int64_t run) override {
    require_worker();
    out = desk_->describe_run(run);
  }

 private:
  void require_worker() const {
    if (role() != wire::Role::WORKER)
      throw Error(ErrorCode::denied, "only a worker may call this; this connection said that it is a client's");
  }
  std::shared_ptr<Desk> desk_;
  thrift::ClientId session_ = 0;
  thrift::WorkerId worker_ = 0;
};

/// Written beside and renamed, so that nobody reads half an address.
void write_address(const std::string& file, const std::string& address) {
  const std::string temporary = file + ".new";
  std::ofstream out(temporary, std::ios::trunc);
  out << address << '\n';
  out.close();
  if (!out || std::rename(temporary.c_str(), file.c_str()) != 0)
    throw Error(ErrorCode::io, "the coordinator's address cannot be written to " + file);
}

}  // namespace

struct Coordinator::Running {
  explicit Running(const CoordinatorOptions& options)
      : desk(std::make_shared<Desk>(machine_options(options), options.log)),
        server(
            server_options(options), [this] { return std::make_shared<Handler>(desk); },
            [](wire::ConnectionHandler<wire::CoordinatorService>& handler) {
              static_cast<Handler&>(handler).ended();
            }) {
    if (!options.address_file.empty()) write_address(options.address_file, server.address());
    clock = start_thread("a coordinator", [this] {
      std::unique_lock lock(mutex);
      while (!stopping.wait_for(lock, std::chrono::milliseconds(200), [this] { return stopped; })) desk->tick();
    });
  }
  ~Running() {
    {
      const std::scoped_lock lock(mutex);
      stopped = true;
    }
    stopping.notify_all();
    clock.join();
    desk->close();
    server.stop();
  }
  static thrift::MachineOptions machine_options(const CoordinatorOptions& options) {
    thrift::MachineOptions machine;
    machine.worker_timeout = options.worker_timeout;
    machine.client_timeout = options.client_timeout;
    return machine;
  }
  static wire::ServerOptions server_options(const CoordinatorOptions& options) {
    wire::ServerOptions server;
    server.listen = options.listen;
    server.security = options.security;
    server.max_connections = 10000;
    return server;
  }

  std::shared_ptr<Desk> desk;
  wire::Server<wire::CoordinatorService> server;
  std::mutex mutex;
  std::condition_variable stopping;
  bool stopped = false;
  std::thread clock;
};

Coordinator::Coordinator(const CoordinatorOptions& options) : running_(std::make_unique<Running>(options)) {
  if (options.log) options.log("coordinator listens on " + address());
}
Coordinator::~Coordinator() = default;
std::string Coordinator::address() const { return running_->server.address(); }

ClusterStatus cluster_status(const std::string& address, const Security& security) {
  wire::ClientOptions options;
  options.security = security;
  wire::Connection<wire::CoordinatorService> connection(address, options);
  wire::ClusterStatus from;
  connection.call([&](auto& client) { client.status(from); });
  ClusterStatus status;
  for (const wire::WorkerStatus& worker : from.workers)
    status.workers.push_back({worker.name, worker.address, worker.threads,
                              static_cast<std::uint64_t>(worker.memory_limit),
                              static_cast<std::uint64_t>(worker.memory_used),
                              static_cast<std::uint64_t>(worker.held_bytes), worker.running_ranges});
  for (const wire::RunSummary& run : from.runs)
    status.runs.push_back({run.run, run.elements_total > 0 ? static_cast<double>(run.elements_done) /
                                                                 static_cast<double>(run.elements_total)
                                                           : 1.0});
  for (const wire::ArraySummary& array : from.arrays)
    status.arrays.push_back({array.names, static_cast<std::uint64_t>(array.bytes)});
  status.clients = from.clients;
  return status;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
