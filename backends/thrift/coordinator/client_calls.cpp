// The calls of clients: sessions, runs, arrays and uploads, and the sessions that own them.
#include <algorithm>
#include <utility>

#include "backends/cluster/machine/capacity.hpp"
#include "backends/thrift/coordinator/cluster_state.hpp"
#include "backends/thrift/wire/failure.hpp"
#include "backends/thrift/wire/security.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

/// Throws a machine's refusal.
void require(const std::optional<Problem>& problem) {
  if (problem) throw wire::RemoteError(to_wire(*problem));
}

}  // namespace

ClientId ClusterState::open_session(ClientId given, const std::string& owner, const std::string& peer) {
  const Access access(*this);
  const ClientId client = given != 0 ? given : epoch_ + ++last_number_;
  if (sessions_.open(client, owner) && !peer.empty()) log("client " + shown(client) + " came from " + peer);
  handle(ClientJoined{client});
  return client;
}

bool ClusterState::may_use(ClientId client, const StepKey& key) const {
  if (const auto run = runs_.find(key.run); run != runs_.end() && run->second->client == client) return true;
  return machine_.has_handle(key, client) || names_.has(key);
}

void ClusterState::require_session(ClientId client) const {
  if (closed_) throw Error(ErrorCode::lost, "the coordinator is shutting down");
  if (!sessions_.contains(client))
    throw Error(ErrorCode::lost,
                "the coordinator does not know this client (any more): it was silent for too long, or "
                "the coordinator was restarted");
}

void ClusterState::keep_alive(ClientId client, const std::vector<wire::StepKey>& arrays) {
  const Access access(*this);
  require_session(client);
  sessions_.heard(client);
  ClientHeard heard{client, {}};
  for (const wire::StepKey& key : arrays)
    if (may_use(client, from_wire(key))) heard.arrays.push_back(from_wire(key));
  handle(heard);
}

void ClusterState::session_closed(ClientId client) {
  const Access access(*this);
  sessions_.closed(client, now());
}

ClusterState::Run& ClusterState::run_of(ClientId client, RunId run) {
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

Capacity ClusterState::capacity() const { return capacity_of(machine_.workers()); }

wire::RunAccepted ClusterState::submit(ClientId client, wire::RunRequest request) {
  auto run = std::make_shared<Run>();
  run->client = client;
  wire::RunDescription& description = run->description;
  Capacity workers;
  {
    const Access access(*this);
    require_session(client);
    description.run = epoch_ + ++last_number_;
    workers = capacity();
  }
  description.client = client;
  description.graph = std::move(request.graph);
  description.outputs = std::move(request.outputs);
  description.disabled_passes = std::move(request.disabled_passes);
  description.trace_spans = request.trace_spans;
  // Planning looks at no state of ours, and may take its time.
  Submission submission = submission_of(description);
  const auto [steps, spec] = planned_with_room(submission, workers);
  description.memory_limit = submission.memory_limit;
  if (steps.steps.empty()) throw Error(ErrorCode::invalid_argument, "an upload is no run; begin_upload places one");
  set_tilings(description, plan::tilings_of(steps.plan));
  std::vector<RunId> read;
  for (const StepSpec& step : spec.steps)
    for (const StepKey& key : step.reads) read.push_back(key.run);
  run->functions = functions_of(steps.plan.graph);

  Access access(*this);
  await_arrays(access, read);
  await_room(access, spec);
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

wire::RunStatus ClusterState::wait(ClientId client, RunId id, int milliseconds) {
  Access access(*this);
  require_session(client);
  run_of(client, id);
  const std::shared_ptr<Run> run = runs_.at(id);
  // Arrays of a finished run may have been lost since, and be made again.
  const auto finished = [&] {
    const auto view = machine_.view(id);
    return run->finished && (!view || view->state == RunView::State::finished);
  };
  access.wait_until(run->changed, deadline(milliseconds),
                    [&] { return closed_ || !run->ready.empty() || finished() || run->problem; });
  wire::RunStatus status;
  status.state = wire::RunState::RUNNING;
  if (const auto view = machine_.view(id)) {
    status.elements_done = view->elements_done;
    status.elements_total = view->elements_total;
    status.bytes_read = view->bytes_read;
    status.workers = view->workers;
    if (view->state == RunView::State::waiting_for_workers) {
      status.state = wire::RunState::WAITING_FOR_WORKERS;
      status.refused = refused_.reasons();
    }
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

void ClusterState::cancel(ClientId client, RunId run) {
  const Access access(*this);
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

void ClusterState::consumed(ClientId client, StepKey key, Items items) {
  const Access access(*this);
  require_session(client);
  handle(Consumed{client, key, items});
}

void ClusterState::missing(ClientId client, StepKey key, Items items, WorkerId worker) {
  const Access access(*this);
  require_session(client);
  run_of(client, key.run);
  handle(Missing{client, key, items, worker});
}

void ClusterState::release(ClientId client, const std::vector<wire::StepKey>& arrays) {
  const Access access(*this);
  require_session(client);
  for (const wire::StepKey& key : arrays) handle(Released{client, from_wire(key)});
}

wire::Location ClusterState::locate(ClientId client, StepKey key, int milliseconds) {
  Access access(*this);
  require_session(client);
  std::optional<Inputs> where;
  access.wait_until(arrays_changed_, deadline(milliseconds), [&] {
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
    if (!machine_.remembers(key.run))
      if (std::optional<Problem> gone = machine_.why_gone(key, client)) {
        gone->message = "the cluster does not keep this array any more: " + gone->message;
        throw wire::RemoteError(to_wire(*gone));
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

wire::UploadPlaces ClusterState::begin_upload(ClientId client, const wire::Blob& graph, std::int64_t items) {
  auto run = std::make_shared<Run>();
  run->client = client;
  run->description.client = client;
  run->description.graph = graph;
  run->description.outputs = {wire::OutputKind::PERSISTED};
  run->description.upload_ticket = wire::random_nonce();
  Access access(*this);
  require_session(client);
  run->description.run = epoch_ + ++last_number_;
  const auto [steps, spec] = planned(submission_of(run->description));
  if (!steps.steps.empty() || spec.steps.front().items != items)
    throw Error(ErrorCode::invalid_argument,
                "an upload of " + std::to_string(items) + " chunks whose array has others");
  await_room(access, spec);
  require_session(client);
  require(machine_.refuse(spec));
  const StepKey key{run->description.run, 0};
  runs_.emplace(key.run, run);
  run->told = true;
  handle(RunSubmitted{spec});
  const std::vector<Held> places = machine_.placement(key);
  if (places.empty() && items > 0) handle(Cancelled{client, key.run});
  wire::UploadPlaces upload;
  upload.places = location({key, places});
  upload.ticket = run->description.upload_ticket;
  return upload;
}

void ClusterState::uploaded(ClientId client, StepKey key) {
  const Access access(*this);
  require_session(client);
  if (!machine_.remembers(key.run))
    throw Error(ErrorCode::lost,
                "the coordinator does not know the array that was given to it (any more); give it again");
  handle(Uploaded{client, key});
}

wire::ClusterStatus ClusterState::status() {
  const Access access(*this);
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
    own.retiring = worker.retiring;
    if (const auto queue = workers_.find(worker.id); queue != workers_.end()) {
      own.usage = queue->second->use;
      own.retiring = queue->second->is_to_end || (own.retiring && !queue->second->comes_again);
    }
    status.workers.push_back(std::move(own));
  }
  for (const Machine::RunListing& run : machine_.runs()) {
    wire::RunSummary own;
    own.run = run.id;
    own.client = run.client;
    own.state = run.view.state == RunView::State::waiting_for_workers   ? wire::RunState::WAITING_FOR_WORKERS
                : run.view.state == RunView::State::waiting_for_release ? wire::RunState::WAITING_FOR_RELEASE
                                                                        : wire::RunState::RUNNING;
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
  // A client whose connection has ended does not count, though it may yet come back to its arrays.
  status.clients = sessions_.connected();
  status.address = address_;
  status.refused = refused_.reasons();
  status.uptime_ms = static_cast<std::int64_t>((RunningClock::system_now() - began_) * 1000);
  return status;
}

bool ClusterState::end_worker(const std::string& name, wire::WorkerEnd::type how, const std::string& peer) {
  const Access access(*this);
  std::string names;
  bool is_there = false, is_new = false;
  for (const auto& [id, worker] : workers_) {
    names += (names.empty() ? "" : ", ") + worker->name;
    if (worker->name != name) continue;
    is_there = true;
    is_new = is_new || !worker->is_to_end;
    worker->is_to_end = worker->is_to_end || how == wire::WorkerEnd::HAND_OVER;
    worker->comes_again = worker->comes_again || how == wire::WorkerEnd::RESTART;
    wire::WorkerCommand command;
    command.__set_ending(how);
    send(id, std::move(command));
  }
  if (!is_there)
    throw Error(ErrorCode::not_found, "there is no worker " + printable(name) +
                                          (names.empty() ? ", nor any other" : "; there are: " + names));
  log("worker " + name + (how == wire::WorkerEnd::RESTART ? " is to begin anew" : " is to end") + ", as " + peer +
      " asks");
  return is_new;
}

bool ClusterState::has_workers() {
  const std::scoped_lock lock(mutex_);
  return !workers_.empty();
}

void ClusterState::end_workers(const std::string& peer) {
  const Access access(*this);
  log("the cluster is to end, as " + peer + " asks");
  for (const auto& [id, worker] : workers_) {
    wire::WorkerCommand command;
    command.__set_ending(wire::WorkerEnd::AT_ONCE);
    send(id, std::move(command));
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
