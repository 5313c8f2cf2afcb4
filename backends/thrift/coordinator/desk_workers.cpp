// The desk's part for workers: who joins, what each is told and in which of its answers, and who goes.
#include <algorithm>
#include <utility>

#include "backends/thrift/coordinator/desk.hpp"
#include "backends/thrift/wire/endpoint.hpp"
#include "backends/thrift/wire/security.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

Error worker_is_lost() {
  return {ErrorCode::lost, "this worker was taken for lost, or the coordinator was restarted; it has to join anew"};
}

/// The host of HOST:PORT; empty where that is none.
std::string host_in(const std::string& address) {
  try {
    return wire::parse_endpoint(address).host;
  } catch (const Error&) {
    return {};
  }
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

void Desk::require_functions(const WorkerQueue& worker, const Run& run) {
  for (const Function& function : run.functions)
    if (std::ranges::find(worker.functions, function) == worker.functions.end())
      throw Error(ErrorCode::not_found, explain_unknown(function, worker.functions, "worker " + worker.name));
}

void Desk::recover(const wire::RunDescription& description) {
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
  if (!address_.empty() && wire::is_only_here(host_in(registration.address)))
    log(wire::only_here_text(registration.name, registration.address, address_));
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

std::vector<wire::WorkerCommand> Desk::next_commands(WorkerId worker, int milliseconds,
                                                     std::optional<std::int64_t> memory_used) {
  Door door(*this);
  const auto found = workers_.find(worker);
  if (found == workers_.end()) throw worker_is_lost();
  const std::shared_ptr<WorkerQueue> queue = found->second;
  handle(WorkerHeard{worker, queue->told_ticket, memory_used});
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
  if (report.lost) {
    handle(ProductsLost{worker, from_wire(report.key), {report.first, report.last}, report.failure.message});
    arrays_changed_.notify_all();
    return {};
  }
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

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
