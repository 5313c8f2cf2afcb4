// The calls of others to a worker, and the address at which they find it.
#include <algorithm>
#include <cstring>
#include <optional>

#include "backends/cluster/worker/serve_chunks.hpp"
#include "backends/thrift/worker/running.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using thrift::RunId;
using thrift::StepKey;
using thrift::WorkerRun;

}  // namespace

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
    record_sending(key.run, "chunks");
    worker_.read_chunks(out, thrift::from_wire(key), region);
    if (sending_) sending_->bytes(out.size());
  }
  void read_states(wire::Blob& out, const wire::StepKey& key, std::int64_t tile, std::int64_t offset,
                   std::int64_t length) override {
    require_worker();
    record_sending(key.run, "states of reductions");
    const SharedBytes states = worker_.known_run(key.run)->states(key.step, tile);
    const auto size = static_cast<std::int64_t>(states.bytes.size());
    if (offset < 0 || offset > size || length < 0) throw Error(ErrorCode::out_of_range, "states beyond their end");
    const std::int64_t n = std::min({length, size - offset, 2 * thrift::piece_bytes});
    out = wire::Blob(states.bytes.data() + offset, static_cast<std::size_t>(n), states.owner);
    if (sending_) sending_->bytes(out.size());
  }
  void read_finished(wire::Blob& out, const wire::StepKey& key, std::int64_t tile) override {
    require_worker();
    record_sending(key.run, "values of reductions");
    const SharedBytes values = worker_.known_run(key.run)->finished(key.step, tile);
    out = wire::Blob(values.bytes.data(), values.bytes.size(), values.owner);
    if (sending_) sending_->bytes(out.size());
  }
  std::int64_t read_clock() override { return trace::now(); }
  void read_trace(wire::Blob& out, std::int64_t run) override {
    require_client();
    out = worker_.read_trace(run);
  }
  void read_log(std::string& out, std::int32_t bytes) override {
    constexpr std::int32_t most = 1 << 20;
    out = worker_.last_lines(static_cast<std::size_t>(std::clamp(bytes, 0, most)));
  }
  void upload(const wire::StepKey& key, std::int64_t item, std::int64_t offset, const wire::Blob& bytes,
              const std::string& ticket) override {
    require_client();
    worker_.upload(thrift::from_wire(key), item, offset, bytes, ticket);
  }

  void answered() noexcept override {
    sending_.reset();
    recorder_.reset();
  }

 private:
  /// Begins a span that ends when the answer has been sent.
  void record_sending(RunId run, const char* what) {
    if (!worker_.records.load(std::memory_order_relaxed)) return;
    recorder_ = worker_.recorder_of(run);
    if (!recorder_) return;
    trace::name_thread("serving");
    sending_.emplace(recorder_.get(), trace::Kind::send, what);
  }

  Running& worker_;
  std::shared_ptr<trace::Recorder> recorder_;
  std::optional<trace::Scope> sending_;
};

// ---------------------------------------------------------------- the server and its address

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

Worker::Running::Told Worker::Running::listen_for_others(wire::Connection<wire::CoordinatorService>& connection) {
  std::string host = connection.local_host();
  // A worker that reaches the coordinator over loopback is on its machine, which others know by another address.
  std::string coordinator_there;
  if (wire::is_loopback(host)) {
    wire::ClusterStatus status;
    connection.call([&](auto& client) { client.status(status); });
    coordinator_there = status.address;
    if (!coordinator_there.empty()) host = wire::parse_endpoint(coordinator_there).host;
  }
  // Without an address from the user, only machines on the coordinator's network can connect.
  if (options.listen.empty()) {
    const std::string everywhere = host.find(':') != std::string::npos ? "::" : "0.0.0.0";
    const std::string listen = wire::Endpoint{coordinator_there.empty() ? host : everywhere, 0}.to_string();
    if (!server || listening != listen) make_server(listen);
  }
  const wire::Endpoint endpoint = wire::advertised(server->endpoint(), options.advertise, host);
  Told told{endpoint.to_string(), {}};
  if (!coordinator_there.empty() && wire::is_only_here(endpoint.host))
    told.warning = wire::only_here_text(options.name, told.address, coordinator_there);
  const std::scoped_lock lock(mutex);
  address = told.address;
  return told;
}

// ---------------------------------------------------------------- runs

std::shared_ptr<WorkerRun> Worker::Running::run(RunId number) {
  // Two calls for the same run must not make it twice.
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
  keep_recorder(*made, number);
  return made;
}

void Worker::Running::keep_recorder(const WorkerRun& run, RunId number) {
  if (!run.recorder()) return;
  // A client that does not come for its trace must not hold memory for long.
  constexpr std::size_t most = 4;
  recorders.emplace_back(number, run.recorder());
  for (; recorders.size() > most; recorders.pop_front()) (void)recorders.front().second->close();
  records = true;
}

std::shared_ptr<trace::Recorder> Worker::Running::recorder_of(RunId number) {
  const std::scoped_lock lock(mutex);
  for (const auto& [id, recorder] : recorders)
    if (id == number) return recorder;
  return nullptr;
}

wire::Blob Worker::Running::read_trace(RunId number) {
  const std::shared_ptr<trace::Recorder> recorder = recorder_of(number);
  if (!recorder) return {};
  trace::Process process = recorder->close();
  process.name = options.name;
  {
    const std::scoped_lock lock(mutex);
    std::erase_if(recorders, [&](const auto& entry) { return entry.first == number; });
    records = !recorders.empty();
  }
  return wire::Blob::copy_of(trace::to_bytes(process));
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
  const SharedBytes elements = cluster::serve_chunks(*place->store, {key.run, key.step}, region,
                                                     [&] { return known_run(key.run)->dtype_of(key.step); });
  out = wire::Blob(elements.bytes.data(), elements.bytes.size(), elements.owner);
}

void Worker::Running::upload(const StepKey& key, std::int64_t item, std::int64_t offset, const wire::Blob& bytes,
                             const std::string& ticket) {
  const std::shared_ptr<WorkerRun> uploaded = run(key.run);
  if (!uploaded->is_upload())
    throw Error(ErrorCode::invalid_argument, "chunks were uploaded to a run that is no upload");
  if (ticket.empty() || !wire::equal_proofs(ticket, uploaded->description().upload_ticket))
    throw Error(ErrorCode::denied, "these chunks are another client's to upload");
  uploaded->create_array(key.step);
  const auto size = static_cast<std::int64_t>(uploaded->chunk_bytes(item));
  const auto n = static_cast<std::int64_t>(bytes.size());
  if (offset < 0 || offset > size || n > size - offset)
    throw Error(ErrorCode::out_of_range, "bytes were uploaded beyond the end of chunk " + std::to_string(item));
  const Buffer chunk = place->store->allocate({key.run, key.step}, item);
  if (n > 0) std::memcpy(chunk.get() + offset, bytes.data(), bytes.size());
  if (offset + n == size) place->store->commit({key.run, key.step}, item);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
