#include "backends/thrift/coordinator/desk.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <random>
#include <utility>

#include "backends/thrift/client/array_record.hpp"
#include "backends/thrift/plan/steps.hpp"
#include "backends/thrift/plan/travelling_source.hpp"
#include "backends/thrift/plan/wire_types.hpp"
#include "backends/thrift/wire/failure.hpp"
#include "backends/thrift/wire/security.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

/// How long a session outlives its connection: a client that only lost its way is back by then.
constexpr Time session_grace = 2;
/// The longest a call waits.
constexpr int longest_wait_ms = 5000;
constexpr Time forever = std::numeric_limits<Time>::infinity();

/// Time passes several times a second (tick()). Where it did not for so long, the process was stopped, or its machine.
constexpr Time longest_between_ticks = 2;

Time system_now() { return std::chrono::duration<Time>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::chrono::steady_clock::time_point deadline(int milliseconds) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(std::clamp(milliseconds, 0, longest_wait_ms));
}

/// Throws a machine's refusal.
void require(const std::optional<Problem>& problem) {
  if (problem) throw wire::RemoteError(to_wire(*problem));
}

/// The run of a description, its graph decoded and planned for such workers.
std::pair<Steps, RunSpec> planned(const wire::RunDescription& description, const Capacity& capacity = {}) {
  const Graph graph = known_graph(description.graph.bytes());
  if (graph.outputs.size() != description.outputs.size())
    throw Error(ErrorCode::invalid_argument, "a run of " + std::to_string(graph.outputs.size()) +
                                                 " arrays that says of " + std::to_string(description.outputs.size()) +
                                                 " where they go");
  if (graph.outputs.empty()) throw Error(ErrorCode::invalid_argument, "a run of no array");
  if (is_upload(graph)) return {Steps{}, upload_spec(graph, description.run, description.client)};
  std::vector<bool> persisted;
  for (const auto kind : description.outputs) persisted.push_back(kind == wire::OutputKind::PERSISTED);
  const std::uint64_t limit = description.memory_limit > 0
                                  ? std::min(capacity.limit, static_cast<std::uint64_t>(description.memory_limit))
                                  : capacity.limit;
  Steps steps = make_steps(graph, passes_of(description.disabled_passes), capacity.threads, limit,
                           tilings_of(description), capacity.keepers);
  RunSpec spec = spec_of(steps, persisted, description.run, description.client);
  return {std::move(steps), std::move(spec)};
}

/// The same, with slabs so small that a worker has room for chunks of the outputs beside its work: for two, else for
/// one. The description says then what it was planned for.
std::pair<Steps, RunSpec> planned_with_room(wire::RunDescription& description, const Capacity& capacity) {
  auto plan = planned(description, capacity);
  const auto limit = static_cast<std::int64_t>(capacity.limit);
  std::int64_t chunk = 0;
  for (const StepSpec& step : plan.second.steps)
    if (step.kind == StepKind::write) chunk = std::max(chunk, step.bytes_per_unit);
  for (const std::int64_t chunks : {2, 1}) {
    if (chunk > limit / 2 || plan.second.worker_memory <= limit - chunks * chunk) break;
    try {
      description.memory_limit = std::max<std::int64_t>(limit - chunks * chunk, 1);
      return planned(description, capacity);
    } catch (const Error& error) {
      description.memory_limit = 0;
      if (error.code() != ErrorCode::memory_limit) throw;
    }
  }
  return plan;
}

/// Throws invalid_argument where a record tells of another array than the one that a step of a run makes: whoever opens
/// it would read other elements than there are.
void require_record(const wire::RunDescription& run, const wire::PublishedArray& published, const std::string& name) {
  const Graph graph = known_graph(run.graph.bytes());
  const auto [steps, spec] = planned(run);
  const std::vector<NodePtr>& outputs = is_upload(graph) ? graph.outputs : steps.plan.graph.outputs;
  const std::vector<std::int32_t> made_by = is_upload(graph) ? std::vector<std::int32_t>{0} : steps.output_steps;
  const ArrayRecord record = record_from_bytes(published.record.bytes());
  for (std::size_t i = 0; i < made_by.size(); ++i) {
    if (made_by[i] != published.key.step) continue;
    const Node& made = *outputs[i];
    if (record.dtype != made.dtype || record.shape != made.shape || !(record.grid == made.grid))
      throw Error(ErrorCode::invalid_argument, "what is to be published as '" + name + "' is said to be " +
                                                   std::string(name_of(record.dtype)) + " " + to_string(record.shape) +
                                                   ", and is " + std::string(name_of(made.dtype)) + " " +
                                                   to_string(made.shape));
  }
}

Error worker_is_lost() {
  return {ErrorCode::lost, "this worker was taken for lost, or the coordinator was restarted; it has to join anew"};
}

/// An assignment to a run that the worker knows: what comes with a description is told in its order, so that a run
/// which is forgotten stays forgotten.
bool is_known_work(const wire::WorkerCommand& command) {
  return command.__isset.assignment && !command.assignment.__isset.run && !command.assignment.copy;
}

/// True where a worker may hear of an assignment before another command that it was given first.
bool may_overtake(const wire::Assignment& assignment, const wire::WorkerCommand& other) {
  if (other.__isset.assignment) return assignment.key.run != other.assignment.key.run;
  if (other.__isset.drop) return !(assignment.key == other.drop);
  return !other.__isset.forget_run || assignment.key.run != other.forget_run;
}

}  // namespace

Desk::Desk(MachineOptions options, LogLine log)
    : machine_(options), log_(std::move(log)), worker_timeout_(options.worker_timeout), began_(system_now()) {
  std::random_device random;
  epoch_ = static_cast<std::int64_t>(random() & 0x3fffffffU) << 32;
}

// ---------------------------------------------------------------- who waits

Desk::Door::~Door() {
  const auto to_wake = std::exchange(desk_.to_wake_, {});
  lock_.unlock();
  for (const auto& waiting : to_wake) waiting->notify_all();
}

template <class Holds>
void Desk::Door::wait_until(std::condition_variable& changed, std::chrono::steady_clock::time_point deadline,
                            const Holds& holds) {
  for (const auto& waiting : std::exchange(desk_.to_wake_, {})) waiting->notify_all();
  changed.wait_until(lock_, deadline, holds);
}

template <class Waiting>
void Desk::wake(const std::shared_ptr<Waiting>& waiting) {
  to_wake_.emplace_back(waiting, &waiting->changed);
}

// ---------------------------------------------------------------- the machine

Time Desk::now() {
  const Time here = system_now();
  if (last_seen_ > 0 && here - last_seen_ > longest_between_ticks) {
    frozen_ += here - last_seen_;
    if (log_)
      log_("the coordinator did not run for " + std::to_string(static_cast<int>(here - last_seen_)) +
           " seconds; nobody is taken for lost because of that");
  }
  last_seen_ = here;
  return here - frozen_;
}

void Desk::handle(const Event& event) {
  for (const Command& command : machine_.handle(event, now())) carry_out(command);
}

void Desk::send(WorkerId worker, wire::WorkerCommand command, bool urgent) {
  const auto queue = workers_.find(worker);
  if (queue == workers_.end()) return;
  queue->second->commands.push_back({std::move(command), urgent});
  ++queue->second->given;
  if (urgent) wake(queue->second);
}

void Desk::describe(WorkerId worker, wire::Assignment& assignment) {
  const auto queue = workers_.find(worker);
  const auto run = runs_.find(assignment.key.run);
  if (queue != workers_.end() && run != runs_.end() && queue->second->described.insert(run->first).second)
    assignment.__set_run(run->second->description);
}

void Desk::carry_out(const Command& command) {
  if (const auto* assign = std::get_if<Assign>(&command)) {
    wire::Assignment assignment;
    assignment.key = to_wire(assign->key);
    assignment.first = assign->units.first;
    assignment.last = assign->units.last;
    assignment.ticket = assign->ticket;
    for (const Inputs& inputs : assign->inputs) assignment.inputs.push_back(location(inputs));
    describe(assign->worker, assignment);
    wire::WorkerCommand sent;
    sent.__set_assignment(std::move(assignment));
    send(assign->worker, std::move(sent));
  } else if (const auto* copy = std::get_if<Copy>(&command)) {
    wire::Assignment assignment;
    assignment.key = to_wire(copy->key);
    assignment.first = copy->held.units.first;
    assignment.last = copy->held.units.last;
    assignment.ticket = copy->ticket;
    assignment.copy = true;
    assignment.inputs.push_back(location({copy->key, {copy->held}}));
    describe(copy->worker, assignment);
    wire::WorkerCommand sent;
    sent.__set_assignment(std::move(assignment));
    send(copy->worker, std::move(sent));
  } else if (const auto* drop = std::get_if<Drop>(&command)) {
    wire::WorkerCommand sent;
    sent.__set_drop(to_wire(drop->key));
    if (drop->units) sent.__set_dropped_units(held({*drop->units, drop->worker}));
    send(drop->worker, std::move(sent), drop->urgent);
  } else if (const auto* forget = std::get_if<ForgetRun>(&command)) {
    wire::WorkerCommand sent;
    sent.__set_forget_run(forget->run);
    if (const auto worker = workers_.find(forget->worker); worker != workers_.end())
      worker->second->described.erase(forget->run);
    send(forget->worker, std::move(sent), forget->urgent);
  } else if (const auto* expel = std::get_if<Expel>(&command)) {
    if (const auto queue = workers_.find(expel->worker); queue != workers_.end()) {
      wake(queue->second);
      workers_.erase(queue);
    }
  } else if (const auto* ready = std::get_if<Ready>(&command)) {
    const auto run = runs_.find(ready->key.run);
    if (run == runs_.end()) return;
    auto& told = run->second->ready;
    if (told.empty() || !(told.back().key == to_wire(ready->key))) {
      told.emplace_back();
      told.back().key = to_wire(ready->key);
    }
    told.back().ranges.push_back(held(ready->held));
    wake(run->second);
  } else if (const auto* finished = std::get_if<RunFinished>(&command)) {
    if (const auto run = runs_.find(finished->run); run != runs_.end()) {
      run->second->finished = true;
      wake(run->second);
    }
  } else if (const auto* failed = std::get_if<RunFailed>(&command)) {
    if (const auto run = runs_.find(failed->run); run != runs_.end()) {
      run->second->problem = failed->problem;
      wake(run->second);
    }
  } else if (const auto* log = std::get_if<Log>(&command)) {
    if (log_) log_(log->line);
  }
}

void Desk::erase_forgotten() {
  std::erase_if(runs_, [this](const auto& entry) {
    const Run& run = *entry.second;
    return (run.told || !sessions_.contains(run.client)) && !machine_.remembers(entry.first);
  });
  std::erase_if(published_, [this](const auto& entry) { return !machine_.published(entry.first); });
  std::erase_if(publishers_, [this](const auto& entry) { return !published_.contains(entry.first); });
}

wire::HeldRange Desk::held(const Held& held) const {
  wire::HeldRange range;
  range.first = held.units.first;
  range.last = held.units.last;
  range.worker = held.worker;
  if (const auto worker = workers_.find(held.worker); worker != workers_.end()) range.address = worker->second->address;
  return range;
}

void Desk::add_values(WorkerId worker, const wire::RangeReport& report) {
  const auto run = runs_.find(report.key.run);
  if (run == runs_.end()) return;
  for (const wire::Product& product : report.also) {
    if (!product.__isset.values || product.last - product.first != 1) continue;
    for (wire::Location& location : run->second->ready)
      for (wire::HeldRange& range : location.ranges)
        if (location.key.step == product.step && range.worker == worker && range.first == product.first &&
            range.last == product.last)
          range.__set_values(product.values);
  }
}

wire::Location Desk::location(const Inputs& inputs) const {
  wire::Location location;
  location.key = to_wire(inputs.key);
  for (const Held& range : inputs.ranges) location.ranges.push_back(held(range));
  return location;
}

// ---------------------------------------------------------------- clients

ClientId Desk::open_session(ClientId given, const std::string& owner, const std::string& peer) {
  const Door door(*this);
  const ClientId client = given != 0 ? given : epoch_ + ++last_number_;
  if (!sessions_.contains(client) && !peer.empty()) log("client " + shown(client) + " came from " + peer);
  sessions_[client] = forever;
  owners_[client] = owner;
  handle(ClientJoined{client});
  return client;
}

bool Desk::may_use(ClientId client, const StepKey& key) const {
  if (const auto run = runs_.find(key.run); run != runs_.end() && run->second->client == client) return true;
  return machine_.has_handle(key, client) ||
         std::ranges::any_of(published_, [&](const auto& entry) { return from_wire(entry.second.key) == key; });
}

void Desk::require_session(ClientId client) const {
  if (closed_) throw Error(ErrorCode::lost, "the coordinator is shutting down");
  if (!sessions_.contains(client))
    throw Error(ErrorCode::lost,
                "the coordinator does not know this client (any more): it was silent for too long, or "
                "the coordinator was restarted");
}

void Desk::keep_alive(ClientId client, const std::vector<wire::StepKey>& arrays) {
  const Door door(*this);
  require_session(client);
  sessions_[client] = forever;
  ClientHeard heard{client, {}};
  for (const wire::StepKey& key : arrays)
    if (may_use(client, from_wire(key))) heard.arrays.push_back(from_wire(key));
  handle(heard);
}

void Desk::session_closed(ClientId client) {
  const Door door(*this);
  if (const auto session = sessions_.find(client); session != sessions_.end()) session->second = now() + session_grace;
}

Desk::Run& Desk::run_of(ClientId client, RunId run) {
  const auto found = runs_.find(run);
  if (found != runs_.end() && found->second->client != client)
    throw Error(ErrorCode::lost, "this client has no run " + shown(run) + "; it is another's");
  if (found == runs_.end())
    throw Error(ErrorCode::lost,
                run >> 32 == epoch_ >> 32
                    ? "run " + shown(run) +
                          " was given up, because the coordinator did not hear of this program for its client timeout, "
                          "as where it was stopped or its network was cut; run it again, or start the coordinator with "
                          "a longer --client-timeout"
                    : "the coordinator does not know run " + shown(run) +
                          " (any more): it was restarted while the run was under way; run it again");
  return *found->second;
}

bool Desk::fresh() { return now() < began_ + worker_timeout_; }

bool Desk::may_come(RunId run) { return !machine_.remembers(run) && run >> 32 != epoch_ >> 32 && fresh(); }

void Desk::await_arrays(Door& door, const std::vector<RunId>& runs) {
  door.wait_until(arrays_changed_, deadline(longest_wait_ms),
                  [&] { return closed_ || std::ranges::none_of(runs, [this](RunId run) { return may_come(run); }); });
}

Capacity Desk::capacity() const {
  Capacity capacity;
  std::vector<Machine::WorkerView> workers = machine_.workers();
  std::erase_if(workers, [](const Machine::WorkerView& worker) { return worker.retiring; });
  for (const Machine::WorkerView& worker : workers) {
    capacity.limit = std::min(capacity.limit, static_cast<std::uint64_t>(worker.memory_limit));
    capacity.threads = std::max(capacity.threads, worker.threads);
  }
  if (workers.size() == 1) capacity.keepers = Keepers::one;
  return capacity;
}

void Desk::require_functions(const WorkerQueue& worker, const Run& run) {
  for (const Function& function : run.functions)
    if (std::ranges::find(worker.functions, function) == worker.functions.end())
      throw Error(ErrorCode::not_found, explain_unknown(function, worker.functions, "worker " + worker.name));
}

wire::RunAccepted Desk::submit(ClientId client, wire::RunRequest request) {
  auto run = std::make_shared<Run>();
  run->client = client;
  wire::RunDescription& description = run->description;
  Capacity workers;
  {
    const Door door(*this);
    require_session(client);
    description.run = epoch_ + ++last_number_;
    workers = capacity();
  }
  description.client = client;
  description.graph = std::move(request.graph);
  description.outputs = std::move(request.outputs);
  description.disabled_passes = std::move(request.disabled_passes);
  // Planning looks at no state of ours, and may take its time.
  const auto [steps, spec] = planned_with_room(description, workers);
  if (steps.steps.empty()) throw Error(ErrorCode::invalid_argument, "an upload is no run; begin_upload places one");
  set_tilings(description, plan::tilings_of(steps.plan));
  std::vector<RunId> read;
  for (const StepSpec& step : spec.steps)
    for (const StepKey& key : step.reads) read.push_back(key.run);
  run->functions = functions_of(steps.plan.graph);

  Door door(*this);
  await_arrays(door, read);
  require_session(client);
  for (const auto& [id, worker] : workers_) require_functions(*worker, *run);
  require(machine_.refuse(spec));
  runs_.emplace(description.run, run);
  handle(RunSubmitted{spec});
  wire::RunAccepted accepted;
  accepted.run = description.run;
  accepted.steps = steps.output_steps;
  accepted.memory_bound = spec.worker_memory;
  accepted.stages = static_cast<std::int32_t>(steps.plan.stages.size());
  return accepted;
}

wire::RunStatus Desk::wait(ClientId client, RunId id, int milliseconds) {
  Door door(*this);
  require_session(client);
  run_of(client, id);
  const std::shared_ptr<Run> run = runs_.at(id);
  // What was finished may have been lost since, and be made again.
  const auto finished = [&] {
    const auto view = machine_.view(id);
    return run->finished && (!view || view->state == RunView::State::finished);
  };
  door.wait_until(run->changed, deadline(milliseconds),
                  [&] { return closed_ || !run->ready.empty() || finished() || run->problem; });
  wire::RunStatus status;
  status.state = wire::RunState::RUNNING;
  if (const auto view = machine_.view(id)) {
    status.elements_done = view->elements_done;
    status.elements_total = view->elements_total;
    status.bytes_read = view->bytes_read;
    status.workers = view->workers;
    if (view->state == RunView::State::waiting_for_workers) status.state = wire::RunState::WAITING_FOR_WORKERS;
    if (view->state == RunView::State::waiting_for_release) status.state = wire::RunState::WAITING_FOR_RELEASE;
  }
  status.ready = std::move(run->ready);
  run->ready.clear();
  if (run->problem) {
    status.state = wire::RunState::FAILED;
    status.__set_failure(to_wire(*run->problem));
    run->told = true;
  } else if (finished()) {
    status.state = wire::RunState::FINISHED;
    run->told = true;
  }
  return status;
}

void Desk::cancel(ClientId client, RunId run) {
  const Door door(*this);
  require_session(client);
  // A run that is over, or was another coordinator's, is no secret: cancelling it changes nothing.
  if (const auto found = runs_.find(run); found != runs_.end()) {
    if (found->second->client != client) {
      log("client " + shown(client) + " was not let cancel run " + shown(run) + " of client " +
          shown(found->second->client));
      throw Error(ErrorCode::denied, "run " + shown(run) + " is another client's, who alone can cancel it");
    }
    if (!found->second->finished && !found->second->problem)
      log("client " + shown(client) + " cancelled run " + shown(run));
  }
  handle(Cancelled{client, run});
}

void Desk::consumed(ClientId client, StepKey key, Units units) {
  const Door door(*this);
  require_session(client);
  handle(Consumed{client, key, units});
}

void Desk::missing(ClientId client, StepKey key, Units units, WorkerId worker) {
  const Door door(*this);
  require_session(client);
  run_of(client, key.run);
  handle(Missing{client, key, units, worker});
}

void Desk::release(ClientId client, const std::vector<wire::StepKey>& arrays) {
  const Door door(*this);
  require_session(client);
  for (const wire::StepKey& key : arrays) handle(Released{client, from_wire(key)});
}

wire::Location Desk::locate(ClientId client, StepKey key, int milliseconds) {
  Door door(*this);
  require_session(client);
  std::optional<Inputs> where;
  door.wait_until(arrays_changed_, deadline(milliseconds), [&] {
    where = machine_.locate(key);
    return closed_ || where || machine_.trouble(key) || (!machine_.remembers(key.run) && !may_come(key.run));
  });
  if (!where) {
    if (const auto view = machine_.view(key.run); view && view->problem)
      throw wire::RemoteError(to_wire(*view->problem));
    if (std::optional<Problem> trouble = machine_.trouble(key)) {
      trouble->message =
          "a part of this array was lost with a worker, and cannot be made again at present: " + trouble->message;
      throw wire::RemoteError(to_wire(*trouble));
    }
    if (!machine_.remembers(key.run) && !may_come(key.run))
      throw Error(ErrorCode::lost,
                  "the cluster does not keep this array any more: its coordinator was restarted and no "
                  "worker had it, or its client was silent for too long");
    wire::Location nowhere;
    nowhere.key = to_wire(key);
    return nowhere;
  }
  return location(*where);
}

wire::UploadPlaces Desk::begin_upload(ClientId client, const wire::Blob& graph, std::int64_t units) {
  auto run = std::make_shared<Run>();
  run->client = client;
  run->description.client = client;
  run->description.graph = graph;
  run->description.outputs = {wire::OutputKind::PERSISTED};
  run->description.upload_ticket = wire::random_nonce();
  const Door door(*this);
  require_session(client);
  run->description.run = epoch_ + ++last_number_;
  const auto [steps, spec] = planned(run->description);
  if (!steps.steps.empty() || spec.steps.front().units != units)
    throw Error(ErrorCode::invalid_argument,
                "an upload of " + std::to_string(units) + " chunks whose array has others");
  require(machine_.refuse(spec));
  const StepKey key{run->description.run, 0};
  runs_.emplace(key.run, run);
  run->told = true;
  handle(RunSubmitted{spec});
  const std::vector<Held> places = machine_.placement(key);
  if (places.empty() && units > 0) handle(Cancelled{client, key.run});
  wire::UploadPlaces upload;
  upload.places = location({key, places});
  upload.ticket = run->description.upload_ticket;
  return upload;
}

void Desk::uploaded(ClientId client, StepKey key) {
  const Door door(*this);
  require_session(client);
  if (!machine_.remembers(key.run))
    throw Error(ErrorCode::lost,
                "the coordinator does not know the array that was given to it (any more); give it again");
  handle(Uploaded{client, key});
}

void Desk::publish(ClientId client, const std::string& name, const wire::PublishedArray& published) {
  Door door(*this);
  const StepKey key = from_wire(published.key);
  await_arrays(door, {key.run});
  require_session(client);
  require_printable_name(name, "what is published");
  if (machine_.published(name))
    throw Error(ErrorCode::invalid_argument, "an array is published as '" + name + "' already; unpublish it first");
  const auto run = runs_.find(key.run);
  if (run == runs_.end() || !machine_.remembers(key.run))
    throw Error(ErrorCode::lost, "the array to be published as '" + name + "' is not kept by this cluster");
  if (!may_use(client, key)) {
    log("client " + shown(client) + " was not let publish run " + shown(key.run) + " of client " +
        shown(run->second->client) + " as '" + name + "'");
    throw Error(ErrorCode::denied, "what is to be published as '" + name + "' is another client's array");
  }
  require_record(run->second->description, published, name);
  handle(Published{client, key, name});
  if (!machine_.published(name))
    throw Error(ErrorCode::invalid_argument, "what is to be published as '" + name + "' is not a persisted array");
  published_[name] = published;
  publishers_[name] = {owners_[client], client};
  log("client " + shown(client) + " published run " + shown(key.run) + " as '" + name + "'");
  wire::Publication publication;
  publication.key = published.key;
  publication.name = name;
  publication.record = published.record;
  publication.owner = owners_[client];
  run->second->description.publications.push_back(publication);
  tell_all(door, publication);
}

void Desk::tell_all(Door& door, const wire::Publication& publication) {
  wire::WorkerCommand command;
  command.__set_publication(publication);
  std::vector<std::pair<WorkerId, std::int64_t>> told;
  for (const auto& [worker, queue] : workers_) {
    send(worker, command);
    told.emplace_back(worker, queue->given);
  }
  door.wait_until(arrays_changed_, deadline(longest_wait_ms), [&] {
    return closed_ || std::ranges::all_of(told, [this](const auto& entry) {
             const auto worker = workers_.find(entry.first);
             return worker == workers_.end() || worker->second->obeyed >= entry.second;
           });
  });
}

void Desk::require_publisher(ClientId client, const std::string& name) const {
  const auto found = publishers_.find(name);
  if (found == publishers_.end() || found->second.client == client) return;
  const Publisher& publisher = found->second;
  const auto own = owners_.find(client);
  const bool same_owner = own != owners_.end() && !publisher.owner.empty() && own->second == publisher.owner;
  // Who published without an owner, and has gone, would never come back to do it.
  const bool nobodys = publisher.owner.empty() && !sessions_.contains(publisher.client);
  if (same_owner || nobodys) return;
  log("client " + shown(client) + " was not let unpublish '" + name + "' of client " + shown(publisher.client));
  throw Error(ErrorCode::denied, "'" + name + "' was published by another user, who alone can unpublish it");
}

void Desk::unpublish(ClientId client, const std::string& name) {
  Door door(*this);
  require_session(client);
  const auto found = published_.find(name);
  if (found == published_.end()) throw Error(ErrorCode::not_found, "nothing is published as '" + name + "'");
  require_publisher(client, name);
  log("client " + shown(client) + " unpublished '" + name + "', run " + shown(found->second.key.run));
  publishers_.erase(name);
  wire::Publication publication;
  publication.key = found->second.key;
  publication.name = name;
  if (const auto run = runs_.find(publication.key.run); run != runs_.end())
    std::erase_if(run->second->description.publications, [&](const wire::Publication& p) { return p.name == name; });
  published_.erase(found);
  handle(Unpublished{name});
  tell_all(door, publication);
}

wire::PublishedArray Desk::open_published(ClientId client, const std::string& name) {
  Door door(*this);
  door.wait_until(arrays_changed_, deadline(longest_wait_ms),
                  [&] { return closed_ || published_.contains(name) || !fresh(); });
  require_session(client);
  const auto found = published_.find(name);
  if (found == published_.end() || !machine_.published(name)) {
    std::string known;
    for (const auto& [other, array] : published_) known += (known.empty() ? "" : ", ") + other;
    throw Error(ErrorCode::not_found,
                "nothing is published as '" + name + "'; there " + (known.empty() ? "is nothing" : "are: " + known));
  }
  handle(Opened{client, from_wire(found->second.key)});
  return found->second;
}

wire::ClusterStatus Desk::status() {
  const Door door(*this);
  wire::ClusterStatus status;
  for (const Machine::WorkerView& worker : machine_.workers()) {
    wire::WorkerStatus own;
    own.id = worker.id;
    own.name = worker.name;
    own.address = worker.address;
    own.threads = worker.threads;
    own.memory_limit = worker.memory_limit;
    own.memory_used = worker.memory_used;
    own.held_bytes = worker.held;
    own.running_ranges = worker.ranges;
    status.workers.push_back(std::move(own));
  }
  for (const Machine::RunListing& run : machine_.runs()) {
    wire::RunSummary own;
    own.run = run.id;
    own.client = run.client;
    own.elements_done = run.view.elements_done;
    own.elements_total = run.view.elements_total;
    status.runs.push_back(std::move(own));
  }
  for (const Machine::ArrayListing& array : machine_.arrays()) {
    wire::ArraySummary own;
    own.key = to_wire(array.key);
    own.client = array.client;
    own.names = array.names;
    own.bytes = array.bytes;
    status.arrays.push_back(std::move(own));
  }
  status.clients = machine_.clients();
  for (const auto& [name, refused] : refused_) status.refused.push_back(refused.why);
  return status;
}

// ---------------------------------------------------------------- workers

void Desk::recover(const wire::RunDescription& description) {
  auto run = std::make_shared<Run>();
  run->client = description.client;
  run->description = description;
  run->finished = run->told = true;
  const auto [steps, spec] = planned(description);
  run->functions = functions_of(steps.plan.graph);
  RunRecovered recovered{spec, {}};
  for (const wire::Publication& publication : description.publications) {
    // A name that is taken stays whose it is.
    const auto taken = published_.find(publication.name);
    if (taken != published_.end() && !(taken->second.key == publication.key)) continue;
    publishers_[publication.name] = {publication.owner, description.client};
    recovered.names.emplace_back(publication.name, publication.key.step);
    wire::PublishedArray array;
    array.key = publication.key;
    array.record = publication.record;
    published_[publication.name] = array;
  }
  runs_.emplace(description.run, run);
  handle(recovered);
}

wire::Registered Desk::register_worker(const wire::Registration& registration) {
  const Door door(*this);
  if (closed_) throw Error(ErrorCode::lost, "the coordinator is shutting down");
  if (registration.threads < 1 || registration.memory_limit < 0)
    throw Error(ErrorCode::invalid_argument, "a worker of " + std::to_string(registration.threads) + " threads");
  require_printable_name(registration.name, "a worker");
  auto queue = std::make_shared<WorkerQueue>();
  queue->name = registration.name;
  queue->address = registration.address;
  queue->server = registration.server;
  for (const wire::Function& function : registration.functions) queue->functions.push_back(from_wire(function));
  // Work is given to any worker, so each has to know what runs, and what arrays would be made again by.
  for (const auto& [id, run] : runs_)
    if (machine_.remembers(id)) require_functions(*queue, *run);
  // One that comes again is not there twice.
  const auto previous = tokens_.find(registration.previous_token);
  if (previous != tokens_.end() && previous->second == registration.previous_id &&
      workers_.contains(registration.previous_id)) {
    workers_.erase(registration.previous_id);
    handle(WorkerGone{registration.previous_id, false});
  }
  const bool knows_us = registration.previous_id >> 32 == epoch_ >> 32;
  const WorkerId id = epoch_ + ++last_number_;
  workers_.emplace(id, queue);
  refused_.erase(registration.name);
  WorkerJoined joined;
  joined.worker = id;
  joined.name = registration.name;
  joined.address = registration.address;
  joined.threads = registration.threads;
  joined.memory_limit = registration.memory_limit;
  joined.can_spill = registration.can_spill;
  for (const wire::Holding& holding : registration.holdings) {
    const RunId run = holding.run.run;
    if (!machine_.remembers(run) && !knows_us && !runs_.contains(run)) {
      try {
        recover(holding.run);
      } catch (const Error& error) {
        if (log_) log_("worker " + registration.name + " holds chunks that cannot be used: " + error.what());
      }
    }
    if (!machine_.remembers(run)) {
      wire::WorkerCommand forget;
      forget.__set_forget_run(run);
      send(id, std::move(forget));
      continue;
    }
    for (const wire::Publication& publication : runs_.at(run)->description.publications) {
      wire::WorkerCommand remember;
      remember.__set_publication(publication);
      send(id, std::move(remember));
    }
    WorkerJoined::Holding own{{run, holding.step}, {}};
    for (const wire::HeldRange& range : holding.ranges) own.units.push_back({range.first, range.last});
    joined.holdings.push_back(std::move(own));
  }
  handle(joined);
  arrays_changed_.notify_all();
  wire::Registered registered;
  registered.id = id;
  registered.heartbeat_ms = static_cast<std::int32_t>(worker_timeout_ * 1000 / 5);
  registered.token = wire::random_nonce();
  tokens_.emplace(registered.token, id);
  return registered;
}

void Desk::worker_refused(const std::string& name, const std::string& why) {
  const Door door(*this);
  constexpr Time again = 60;               // seconds, while it goes on trying
  constexpr std::size_t most_names = 100;  // whoever makes up names fills no memory
  const auto found = refused_.find(name);
  if (found == refused_.end() && refused_.size() >= most_names) return;
  Refused& refused = found != refused_.end() ? found->second : refused_[name];
  if (refused.why != why || refused.told + again < now()) {
    log(why);
    refused.told = now();
  }
  refused.why = why;
  refused.last = now();
}

void Desk::worker_unreachable(WorkerId worker, const std::string& address, const std::string& coordinator,
                              const std::string& why) {
  const Door door(*this);
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return;
  log("worker " + found->second->name + " at " + address + " cannot be reached any more from the coordinator at " +
      coordinator + ": " + why);
  wake(found->second);
  workers_.erase(found);
  handle(WorkerGone{worker, false});
}

WorkerId Desk::worker_of(const std::string& token) {
  const Door door(*this);
  const auto found = tokens_.find(token);
  return found != tokens_.end() && workers_.contains(found->second) ? found->second : 0;
}

std::optional<WorkerPlace> Desk::place_of(WorkerId worker) {
  const Door door(*this);
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return {};
  return WorkerPlace{found->second->name, found->second->address, found->second->server};
}

std::vector<wire::WorkerCommand> Desk::next_commands(WorkerId worker, int milliseconds) {
  Door door(*this);
  const auto found = workers_.find(worker);
  if (found == workers_.end()) throw worker_is_lost();
  const std::shared_ptr<WorkerQueue> queue = found->second;
  hear(worker, *queue);
  queue->obeyed = queue->taken;
  arrays_changed_.notify_all();
  door.wait_until(queue->changed, deadline(milliseconds),
                  [&] { return closed_ || queue->is_urgent() || !workers_.contains(worker); });
  if (workers_.contains(worker)) handle(WorkerHeard{worker});
  std::vector<wire::WorkerCommand> commands;
  for (WorkerQueue::Queued& one : queue->commands) {
    if (one.command.__isset.assignment) note_given(*queue, one.command.assignment);
    commands.push_back(std::move(one.command));
  }
  queue->commands.clear();
  queue->ticked = false;
  queue->taken += static_cast<std::int64_t>(commands.size());
  return commands;
}

std::vector<wire::Assignment> Desk::report(WorkerId worker, const wire::RangeReport& report) {
  const Door door(*this);
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return {};
  const std::shared_ptr<WorkerQueue> queue = found->second;
  // Nothing may overtake what it has been told and may not have obeyed yet.
  const bool takes_along = queue->obeyed == queue->taken;
  hear(worker, *queue);
  handle(WorkerMemory{worker, report.memory_used, report.spilled_bytes, report.spill_is_full});
  const StepKey key = from_wire(report.key);
  const Units units{report.first, report.last};
  if (report.copied) {
    if (report.__isset.failure)
      handle(CopyFailed{worker, report.ticket});
    else
      handle(CopyDone{worker, report.ticket});
  } else if (report.__isset.failure) {
    Problem problem = from_wire(report.failure);
    if (problem.worker.empty())
      for (const Machine::WorkerView& view : machine_.workers())
        if (view.id == worker) problem.worker = view.name;
    handle(RangeFailed{worker, report.ticket, key, units, std::move(problem), report.failure.unreachable});
  } else {
    RangeDone done{worker, report.ticket, key, units, report.bytes_read, {}};
    for (const wire::Product& product : report.also) done.also.push_back({product.step, {product.first, product.last}});
    handle(done);
    add_values(worker, report);
  }
  arrays_changed_.notify_all();
  if (!takes_along) return {};
  using Queued = WorkerQueue::Queued;
  const auto first_other = std::stable_partition(queue->commands.begin(), queue->commands.end(),
                                                 [](const Queued& one) { return is_known_work(one.command); });
  const bool independent = std::all_of(queue->commands.begin(), first_other, [&](const Queued& work) {
    return std::all_of(first_other, queue->commands.end(),
                       [&](const Queued& other) { return may_overtake(work.command.assignment, other.command); });
  });
  std::vector<wire::Assignment> next;
  if (independent) {
    for (auto work = queue->commands.begin(); work != first_other; ++work)
      note_given(*queue, work->command.assignment), next.push_back(std::move(work->command.assignment));
    queue->commands.erase(queue->commands.begin(), first_other);
    queue->given -= static_cast<std::int64_t>(next.size());
  }
  // Where nothing urgent is left, it need not be woken.
  if (!queue->is_urgent() && workers_.contains(worker))
    std::erase_if(to_wake_, [&](const auto& waiting) { return waiting.get() == &queue->changed; });
  return next;
}

void Desk::hear(WorkerId worker, const WorkerQueue& queue) { handle(WorkerHeard{worker, queue.told_ticket}); }

void Desk::note_given(WorkerQueue& queue, const wire::Assignment& assignment) {
  queue.told_ticket = std::max(queue.told_ticket, assignment.ticket);
}

bool Desk::retire(WorkerId worker, int milliseconds) {
  Door door(*this);
  if (!workers_.contains(worker)) throw worker_is_lost();
  handle(WorkerRetires{worker});
  door.wait_until(arrays_changed_, deadline(milliseconds), [&] { return closed_ || !machine_.handing_over(worker); });
  // What one that was lost held was handed over to nobody.
  if (!workers_.contains(worker)) throw worker_is_lost();
  return !closed_ && machine_.handing_over(worker);
}

void Desk::worker_left(WorkerId worker, bool wanted) {
  const Door door(*this);
  if (workers_.erase(worker) == 0) return;
  handle(WorkerGone{worker, wanted});
}

wire::RunDescription Desk::describe_run(RunId run) {
  const Door door(*this);
  const auto found = runs_.find(run);
  if (found == runs_.end() || !machine_.remembers(run))
    throw Error(ErrorCode::lost, "the coordinator does not know run " + shown(run) + " (any more)");
  return found->second->description;
}

// ---------------------------------------------------------------- time

void Desk::tick() {
  const Door door(*this);
  const Time time = now();
  for (auto session = sessions_.begin(); session != sessions_.end();) {
    const auto here = session++;
    if (here->second > time) continue;
    const ClientId client = here->first;
    sessions_.erase(here);
    handle(ClientGone{client});
  }
  handle(Tick{});
  for (const auto& [id, worker] : workers_) {
    worker->ticked = !worker->commands.empty();
    if (worker->ticked) wake(worker);
  }
  std::erase_if(sessions_, [this](const auto& session) { return !machine_.has_client(session.first); });
  std::erase_if(owners_, [this](const auto& owner) { return !sessions_.contains(owner.first); });
  std::erase_if(tokens_, [this](const auto& token) { return !workers_.contains(token.second); });
  constexpr Time shown_for = 30;
  std::erase_if(refused_, [&](const auto& entry) { return entry.second.last + shown_for < time; });
  erase_forgotten();
  arrays_changed_.notify_all();
}

void Desk::close() {
  const Door door(*this);
  closed_ = true;
  for (const auto& [id, worker] : workers_) wake(worker);
  for (const auto& [id, run] : runs_) wake(run);
  arrays_changed_.notify_all();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
