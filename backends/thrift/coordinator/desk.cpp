#include "backends/thrift/coordinator/desk.hpp"

#include <random>
#include <utility>

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

/// Time passes several times a second (tick()). Where it did not for so long, the process was stopped, or its machine.
constexpr Time longest_between_ticks = 2;

Time system_now() { return std::chrono::duration<Time>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

Desk::Desk(MachineOptions options, LogLine log)
    : machine_(options), log_(std::move(log)), worker_timeout_(options.worker_timeout), began_(system_now()) {
  std::random_device random;
  epoch_ = static_cast<std::int64_t>(random() & 0x3fffffffU) << 32;
}

void Desk::listens_for_others_at(const std::string& address) {
  const Door door(*this);
  address_ = address;
}

// ---------------------------------------------------------------- who waits

Desk::Door::~Door() {
  const auto to_wake = std::exchange(desk_.to_wake_, {});
  lock_.unlock();
  for (const auto& waiting : to_wake) waiting->notify_all();
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

// ---------------------------------------------------------------- what is waited for

bool Desk::fresh() { return now() < began_ + worker_timeout_; }

bool Desk::may_come(RunId run) { return !machine_.remembers(run) && run >> 32 != epoch_ >> 32 && fresh(); }

void Desk::await_arrays(Door& door, const std::vector<RunId>& runs) {
  door.wait_until(arrays_changed_, deadline(longest_wait_ms),
                  [&] { return closed_ || std::ranges::none_of(runs, [this](RunId run) { return may_come(run); }); });
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
