// The calls of workers: they join, are told commands in answers to their calls, and go.
#include <algorithm>
#include <utility>

#include "backends/thrift/coordinator/cluster_state.hpp"
#include "backends/thrift/wire/endpoint.hpp"
#include "backends/thrift/wire/security.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

Error worker_is_lost() {
  return {ErrorCode::lost, "this worker was taken for lost, or the coordinator was restarted; it has to join anew"};
}

/// Returns the host of HOST:PORT; empty if the address is not one.
std::string host_in(const std::string& address) {
  try {
    return wire::parse_endpoint(address).host;
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

void ClusterState::require_functions(const WorkerQueue& worker, const Run& run) {
  for (const Function& function : run.functions)
    if (std::ranges::find(worker.functions, function) == worker.functions.end())
      throw Error(ErrorCode::not_found, explain_unknown(function, worker.functions, "worker " + worker.name));
}

void ClusterState::recover(const wire::RunDescription& description) {
  auto run = std::make_shared<Run>();
  run->client = description.client;
  run->description = description;
  run->finished = run->told = true;
  const auto [steps, spec] = planned(submission_of(description));
  run->functions = functions_of(steps.plan.graph);
  for (const wire::Publication& publication : description.publications)
    require_printable_name(publication.name, "what is published");
  RunRecovered recovered{spec, {}};
  for (const wire::Publication& publication : description.publications) {
    // A name that is taken stays that of its array.
    const PublishedNames::Entry* const taken = names_.find(publication.name);
    if (taken && !(taken->array.key == publication.key)) continue;
    recovered.names.emplace_back(publication.name, publication.key.step);
    wire::PublishedArray array;
    array.key = publication.key;
    array.record = publication.record;
    names_.add(publication.name, {std::move(array), publication.owner, description.client});
  }
  runs_.emplace(description.run, run);
  handle(recovered);
}

wire::Registered ClusterState::register_worker(const wire::Registration& registration) {
  const Access access(*this);
  if (closed_) throw Error(ErrorCode::lost, "the coordinator is shutting down");
  if (registration.threads < 1 || registration.memory_limit < 0)
    throw Error(ErrorCode::invalid_argument, "a worker of " + std::to_string(registration.threads) + " threads");
  require_printable_name(registration.name, "a worker");
  const auto queue = std::make_shared<WorkerQueue>(registration);
  // Work is given to any worker, so each has to know the functions of all runs and of arrays that may be made again.
  for (const auto& [id, run] : runs_)
    if (machine_.remembers(id)) require_functions(*queue, *run);
  // A worker that comes again is not there twice.
  const auto previous = tokens_.find(registration.previous_token);
  if (previous != tokens_.end() && previous->second == registration.previous_id &&
      workers_.contains(registration.previous_id)) {
    workers_.erase(registration.previous_id);
    handle(WorkerGone{registration.previous_id, false});
  }
  const bool knows_us = registration.previous_id >> 32 == epoch_ >> 32;
  const WorkerId id = epoch_ + ++last_number_;
  workers_.emplace(id, queue);
  refused_.remove(registration.name);
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
    for (const wire::HeldRange& range : holding.ranges) own.items.push_back({range.first, range.last});
    joined.holdings.push_back(std::move(own));
  }
  handle(joined);
  arrays_changed_.notify_all();
  wire::Registered registered;
  registered.id = id;
  registered.heartbeat_ms = static_cast<std::int32_t>(worker_timeout_ * 1000 / 5);
  registered.token = wire::random_nonce();
  tokens_.emplace(registered.token, id);
  if (!address_.empty() && wire::is_only_here(host_in(registration.address)))
    log(wire::only_here_text(registration.name, registration.address, address_));
  return registered;
}

void ClusterState::worker_refused(const std::string& name, const std::string& why) {
  const Access access(*this);
  if (refused_.add(name, why, now())) log(why);
}

void ClusterState::worker_unreachable(WorkerId worker, const std::string& address, const std::string& coordinator,
                                      const std::string& why) {
  const Access access(*this);
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return;
  log("worker " + found->second->name + " at " + address + " cannot be reached any more from the coordinator at " +
      coordinator + ": " + why);
  wake(found->second);
  workers_.erase(found);
  handle(WorkerGone{worker, false});
}

WorkerId ClusterState::worker_of(const std::string& token) {
  const Access access(*this);
  const auto found = tokens_.find(token);
  return found != tokens_.end() && workers_.contains(found->second) ? found->second : 0;
}

std::optional<WorkerPlace> ClusterState::place_of(WorkerId worker) {
  const Access access(*this);
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return {};
  return WorkerPlace{found->second->name, found->second->address, found->second->server};
}

std::vector<wire::WorkerCommand> ClusterState::next_commands(WorkerId worker, int milliseconds,
                                                             std::optional<std::int64_t> memory_used,
                                                             const wire::ProcessUse& use) {
  Access access(*this);
  const auto found = workers_.find(worker);
  if (found == workers_.end()) throw worker_is_lost();
  const std::shared_ptr<WorkerQueue> queue = found->second;
  if (use.resident_bytes > 0) queue->use = use;
  handle(WorkerHeard{worker, queue->told_ticket(), memory_used});
  queue->obeyed_all();
  arrays_changed_.notify_all();
  access.wait_until(queue->changed, deadline(milliseconds),
                    [&] { return closed_ || queue->is_urgent() || !workers_.contains(worker); });
  if (workers_.contains(worker)) handle(WorkerHeard{worker});
  return queue->take_all();
}

std::vector<wire::Assignment> ClusterState::report(WorkerId worker, const wire::RangeReport& report) {
  const Access access(*this);
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return {};
  const std::shared_ptr<WorkerQueue> queue = found->second;
  if (report.lost) {
    handle(ProductsLost{worker, from_wire(report.key), {report.first, report.last}, report.failure.message});
    arrays_changed_.notify_all();
    return {};
  }
  // Work may not overtake commands that the worker has been told and may not have obeyed yet.
  const bool takes_along = queue->has_obeyed_all();
  hear(worker, *queue);
  handle(WorkerMemory{worker, report.memory_used, report.spilled_bytes, report.spill_is_full});
  const StepKey key = from_wire(report.key);
  const Items items{report.first, report.last};
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
    handle(RangeFailed{worker, report.ticket, key, items, std::move(problem), report.failure.unreachable});
  } else {
    RangeDone done{worker, report.ticket, key, items, report.bytes_read, {}};
    for (const wire::Product& product : report.also) done.also.push_back({product.step, {product.first, product.last}});
    handle(done);
    add_values(worker, report);
  }
  arrays_changed_.notify_all();
  if (!takes_along) return {};
  std::vector<wire::Assignment> next = queue->take_work();
  // If nothing urgent is left, the worker need not be woken.
  if (!queue->is_urgent() && workers_.contains(worker))
    std::erase_if(to_wake_, [&](const auto& waiting) { return waiting.get() == &queue->changed; });
  return next;
}

void ClusterState::hear(WorkerId worker, const WorkerQueue& queue) { handle(WorkerHeard{worker, queue.told_ticket()}); }

bool ClusterState::retire(WorkerId worker, int milliseconds) {
  Access access(*this);
  if (!workers_.contains(worker)) throw worker_is_lost();
  handle(WorkerRetires{worker});
  access.wait_until(arrays_changed_, deadline(milliseconds), [&] { return closed_ || !machine_.handing_over(worker); });
  // Products of a worker that was lost were handed over to nobody.
  if (!workers_.contains(worker)) throw worker_is_lost();
  return !closed_ && machine_.handing_over(worker);
}

void ClusterState::worker_left(WorkerId worker, bool wanted) {
  const Access access(*this);
  if (workers_.erase(worker) == 0) return;
  handle(WorkerGone{worker, wanted});
}

wire::RunDescription ClusterState::describe_run(RunId run) {
  const Access access(*this);
  const auto found = runs_.find(run);
  if (found == runs_.end() || !machine_.remembers(run))
    throw Error(ErrorCode::lost, "the coordinator does not know run " + shown(run) + " (any more)");
  return found->second->description;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
