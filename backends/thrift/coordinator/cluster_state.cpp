#include "backends/thrift/coordinator/cluster_state.hpp"

#include <random>
#include <utility>

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

ClusterState::ClusterState(MachineOptions options, LogLine log)
    : machine_(options),
      log_(std::move(log)),
      worker_timeout_(options.worker_timeout),
      began_(RunningClock::system_now()) {
  std::random_device random;
  epoch_ = static_cast<std::int64_t>(random() & 0x3fffffffU) << 32;
}

void ClusterState::listens_for_others_at(const std::string& address) {
  const Access access(*this);
  address_ = address;
}

// ---------------------------------------------------------------- access

ClusterState::Access::~Access() {
  const auto to_wake = std::exchange(state_.to_wake_, {});
  lock_.unlock();
  for (const auto& waiting : to_wake) waiting->notify_all();
}

// ---------------------------------------------------------------- the machine

Time ClusterState::now() {
  return clock_.now([this](Time seconds) {
    log("the coordinator did not run for " + std::to_string(static_cast<int>(seconds)) +
        " seconds; nobody is taken for lost because of that");
  });
}

void ClusterState::handle(const Event& event) {
  for (const Command& command : machine_.handle(event, now()))
    std::visit([this](const auto& one) { carry_out(one); }, command);
}

void ClusterState::send(WorkerId worker, wire::WorkerCommand command, bool urgent) {
  const auto queue = workers_.find(worker);
  if (queue == workers_.end()) return;
  queue->second->push(std::move(command), urgent);
  if (urgent) wake(queue->second);
}

void ClusterState::assign(WorkerId worker, wire::Assignment assignment) {
  const auto queue = workers_.find(worker);
  const auto run = runs_.find(assignment.key.run);
  if (queue != workers_.end() && run != runs_.end() && queue->second->begin_run(run->first))
    assignment.__set_run(run->second->description);
  wire::WorkerCommand sent;
  sent.__set_assignment(std::move(assignment));
  send(worker, std::move(sent));
}

void ClusterState::carry_out(const Assign& command) {
  wire::Assignment assignment;
  assignment.key = to_wire(command.key);
  assignment.first = command.items.first;
  assignment.last = command.items.last;
  assignment.ticket = command.ticket;
  for (const Inputs& inputs : command.inputs) assignment.inputs.push_back(location(inputs));
  assign(command.worker, std::move(assignment));
}

void ClusterState::carry_out(const Copy& copy) {
  wire::Assignment assignment;
  assignment.key = to_wire(copy.key);
  assignment.first = copy.held.items.first;
  assignment.last = copy.held.items.last;
  assignment.ticket = copy.ticket;
  assignment.copy = true;
  assignment.inputs.push_back(location({copy.key, {copy.held}}));
  assign(copy.worker, std::move(assignment));
}

void ClusterState::carry_out(const Drop& drop) {
  wire::WorkerCommand sent;
  sent.__set_drop(to_wire(drop.key));
  if (drop.items) sent.__set_dropped_items(held({*drop.items, drop.worker}));
  send(drop.worker, std::move(sent), drop.urgent);
}

void ClusterState::carry_out(const ForgetRun& forget) {
  wire::WorkerCommand sent;
  sent.__set_forget_run(forget.run);
  if (const auto worker = workers_.find(forget.worker); worker != workers_.end())
    worker->second->forget_run(forget.run);
  send(forget.worker, std::move(sent), forget.urgent);
}

void ClusterState::carry_out(const Expel& expel) {
  const auto queue = workers_.find(expel.worker);
  if (queue == workers_.end()) return;
  wake(queue->second);
  workers_.erase(queue);
}

void ClusterState::carry_out(const Ready& ready) {
  const auto run = runs_.find(ready.key.run);
  if (run == runs_.end()) return;
  auto& told = run->second->ready;
  if (told.empty() || !(told.back().key == to_wire(ready.key))) {
    told.emplace_back();
    told.back().key = to_wire(ready.key);
  }
  told.back().ranges.push_back(held(ready.held));
  wake(run->second);
}

void ClusterState::carry_out(const RunFinished& finished) {
  const auto run = runs_.find(finished.run);
  if (run == runs_.end()) return;
  run->second->finished = true;
  wake(run->second);
}

void ClusterState::carry_out(const RunFailed& failed) {
  const auto run = runs_.find(failed.run);
  if (run == runs_.end()) return;
  run->second->problem = failed.problem;
  wake(run->second);
}

void ClusterState::erase_forgotten() {
  std::erase_if(runs_, [this](const auto& entry) {
    const Run& run = *entry.second;
    return (run.told || !sessions_.contains(run.client)) && !machine_.remembers(entry.first);
  });
  names_.erase_if([this](const std::string& name) { return !machine_.published(name); });
}

wire::HeldRange ClusterState::held(const Held& held) const {
  wire::HeldRange range;
  range.first = held.items.first;
  range.last = held.items.last;
  range.worker = held.worker;
  if (const auto worker = workers_.find(held.worker); worker != workers_.end()) range.address = worker->second->address;
  return range;
}

void ClusterState::add_values(WorkerId worker, const wire::RangeReport& report) {
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

wire::Location ClusterState::location(const Inputs& inputs) const {
  wire::Location location;
  location.key = to_wire(inputs.key);
  for (const Held& range : inputs.ranges) location.ranges.push_back(held(range));
  return location;
}

// ---------------------------------------------------------------- waiting

bool ClusterState::fresh() { return now() < began_ + worker_timeout_; }

bool ClusterState::may_come(RunId run) { return !machine_.remembers(run) && run >> 32 != epoch_ >> 32 && fresh(); }

void ClusterState::await_arrays(Access& access, const std::vector<RunId>& runs) {
  access.wait_until(arrays_changed_, deadline(longest_wait_ms),
                    [&] { return closed_ || std::ranges::none_of(runs, [this](RunId run) { return may_come(run); }); });
}

void ClusterState::await_room(Access& access, const RunSpec& spec) {
  access.wait_until(arrays_changed_, deadline(longest_wait_ms), [&] {
    const auto problem = machine_.refuse(spec);
    return closed_ || !problem || problem->code != ErrorCode::memory_limit || !sessions_.any_ends_soon();
  });
}

// ---------------------------------------------------------------- time

void ClusterState::tick() {
  const Access access(*this);
  const Time time = now();
  for (const ClientId client : sessions_.take_ended(time)) handle(ClientGone{client});
  handle(Tick{});
  for (const auto& [id, worker] : workers_)
    if (worker->tick()) wake(worker);
  sessions_.erase_if([this](ClientId client) { return !machine_.has_client(client); });
  std::erase_if(tokens_, [this](const auto& token) { return !workers_.contains(token.second); });
  refused_.forget_old(time);
  erase_forgotten();
  arrays_changed_.notify_all();
}

void ClusterState::close() {
  const Access access(*this);
  closed_ = true;
  for (const auto& [id, worker] : workers_) wake(worker);
  for (const auto& [id, run] : runs_) wake(run);
  arrays_changed_.notify_all();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
