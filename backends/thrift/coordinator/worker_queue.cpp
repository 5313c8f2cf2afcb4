#include "backends/thrift/coordinator/worker_queue.hpp"

#include <algorithm>
#include <utility>

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

std::vector<Function> functions_of(const wire::Registration& registration) {
  std::vector<Function> functions;
  for (const wire::Function& function : registration.functions) functions.push_back(from_wire(function));
  return functions;
}

/// Returns true for an assignment to a run that the worker knows: one that comes with a description is told in its
/// order, so that a run which is forgotten stays forgotten.
bool is_known_work(const wire::WorkerCommand& command) {
  return command.__isset.assignment && !command.assignment.__isset.run && !command.assignment.copy;
}

/// Returns true if a worker may hear of an assignment before another command that it was given first.
bool may_overtake(const wire::Assignment& assignment, const wire::WorkerCommand& other) {
  if (other.__isset.assignment) return assignment.key.run != other.assignment.key.run;
  if (other.__isset.drop) return !(assignment.key == other.drop);
  return !other.__isset.forget_run || assignment.key.run != other.forget_run;
}

}  // namespace

WorkerQueue::WorkerQueue(const wire::Registration& registration)
    : name(registration.name),
      address(registration.address),
      server(registration.server),
      functions(functions_of(registration)) {}

std::int64_t WorkerQueue::push(wire::WorkerCommand command, bool urgent) {
  commands_.push_back({std::move(command), ++given_, urgent});
  return given_;
}

bool WorkerQueue::is_urgent() const {
  return ticked_ || std::ranges::any_of(commands_, [](const Queued& one) { return one.urgent; });
}

bool WorkerQueue::tick() {
  ticked_ = !commands_.empty();
  return ticked_;
}

std::vector<wire::WorkerCommand> WorkerQueue::take_all() {
  std::vector<wire::WorkerCommand> commands;
  for (Queued& one : commands_) {
    if (one.command.__isset.assignment) note_given(one.command.assignment);
    taken_ = std::max(taken_, one.number);
    commands.push_back(std::move(one.command));
  }
  commands_.clear();
  ticked_ = false;
  return commands;
}

std::vector<wire::Assignment> WorkerQueue::take_work() {
  const auto first_other = std::stable_partition(commands_.begin(), commands_.end(),
                                                 [](const Queued& one) { return is_known_work(one.command); });
  const bool independent = std::all_of(commands_.begin(), first_other, [&](const Queued& work) {
    return std::all_of(first_other, commands_.end(),
                       [&](const Queued& other) { return may_overtake(work.command.assignment, other.command); });
  });
  std::vector<wire::Assignment> work;
  if (!independent) return work;
  for (auto one = commands_.begin(); one != first_other; ++one) {
    note_given(one->command.assignment);
    work.push_back(std::move(one->command.assignment));
  }
  commands_.erase(commands_.begin(), first_other);
  return work;
}

void WorkerQueue::note_given(const wire::Assignment& assignment) {
  told_ticket_ = std::max(told_ticket_, assignment.ticket);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
