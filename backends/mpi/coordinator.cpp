#include "backends/mpi/coordinator.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "backends/cluster/machine/capacity.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/core/threads.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

namespace {

/// The one client.
constexpr ClientId client = 1;
/// How often the machine is told that time passes.
constexpr std::chrono::milliseconds tick{250};

/// MPI ends the job when a rank dies: nobody is taken for lost because of its silence.
MachineOptions options() {
  MachineOptions options;
  options.worker_timeout = options.client_timeout = 1e15;
  return options;
}

Error error_of(const Problem& problem) {
  const bool says = problem.worker.empty() || problem.message.find(problem.worker) != std::string::npos;
  return {problem.code, printable(says ? problem.message : problem.worker + ": " + problem.message, true)};
}

}  // namespace

Coordinator::Coordinator(Messenger& messenger, const std::map<int, WorkerFacts>& ranks, RunId first_run)
    : messenger_(messenger), machine_(options()), next_run_(first_run) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [rank, facts] : ranks) {
    WorkerJoined joined;
    joined.worker = worker_of(rank);
    joined.name = "rank " + std::to_string(rank);
    joined.address = joined.name + " on " + facts.host;
    joined.threads = facts.threads;
    joined.memory_limit = static_cast<std::int64_t>(facts.memory_limit);
    handle(joined);
    // Work is given to any rank, so a function counts if all know it. They are one program and know the same.
    if (functions_.empty()) functions_ = facts.functions;
    std::erase_if(functions_, [&facts = facts](const Function& function) {
      return std::ranges::find(facts.functions, function) == facts.functions.end();
    });
  }
  handle(ClientJoined{client});
  clock_ = start_thread("a clock", [this] {
    std::unique_lock waiting(mutex_);
    for (; !stopping_; changed_.wait_for(waiting, tick, [this] { return stopping_; })) handle(Tick{});
  });
}

Coordinator::~Coordinator() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  clock_.join();
}

Time Coordinator::now() {
  return std::chrono::duration<Time>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

RunId Coordinator::next_run() {
  const std::scoped_lock lock(mutex_);
  return next_run_;
}

// ---------------------------------------------------------------- the machine

void Coordinator::handle(const Event& event) {
  for (const Command& command : machine_.handle(event, now()))
    std::visit([this](const auto& one) { carry_out(one); }, command);
  std::erase_if(runs_, [this](const auto& entry) { return entry.second->is_over && !machine_.remembers(entry.first); });
  changed_.notify_all();
}

void Coordinator::describe(RunId run, WorkerId worker) {
  const auto found = runs_.find(run);
  if (found == runs_.end() || !found->second->told.insert(worker).second) return;
  messenger_.tell(rank_of(worker), to_message(*found->second->description));
}

void Coordinator::carry_out(const Assign& assign) {
  describe(assign.key.run, assign.worker);
  messenger_.tell(rank_of(assign.worker), to_message(assign));
}

void Coordinator::carry_out(const Copy& copy) {
  describe(copy.key.run, copy.worker);
  messenger_.tell(rank_of(copy.worker), to_message(copy));
}

void Coordinator::carry_out(const Drop& drop) { messenger_.tell(rank_of(drop.worker), to_message(drop)); }

void Coordinator::carry_out(const ForgetRun& forget) {
  if (const auto run = runs_.find(forget.run); run != runs_.end()) run->second->told.erase(forget.worker);
  messenger_.tell(rank_of(forget.worker), to_message(forget));
}

void Coordinator::carry_out(const Expel&) {}

void Coordinator::carry_out(const Ready& ready) {
  const auto run = runs_.find(ready.key.run);
  if (run == runs_.end()) return;
  std::vector<ReadyChunks>& told = run->second->ready;
  if (told.empty() || told.back().key != ready.key) told.push_back({ready.key, {}});
  told.back().ranges.push_back({ready.held, {}, {}});
}

void Coordinator::carry_out(const RunFinished& finished) {
  if (const auto run = runs_.find(finished.run); run != runs_.end()) run->second->finished = true;
}

void Coordinator::carry_out(const RunFailed& failed) {
  if (const auto run = runs_.find(failed.run); run != runs_.end()) run->second->problem = failed.problem;
}

void Coordinator::carry_out(const Log&) {}

// ---------------------------------------------------------------- the ranks that work

void Coordinator::take(const Incoming& message) {
  Report report = report_of(message.text);
  const WorkerId worker = worker_of(message.from);
  const std::scoped_lock lock(mutex_);
  handle(WorkerHeard{worker, report.ticket});
  handle(WorkerMemory{worker, report.memory_used});
  if (report.copied && report.problem) return handle(CopyFailed{worker, report.ticket});
  if (report.copied) return handle(CopyDone{worker, report.ticket});
  if (report.problem)
    return handle(RangeFailed{worker, report.ticket, report.key, report.items, *report.problem, report.unreachable});
  RangeDone done{worker, report.ticket, report.key, report.items, report.bytes_read, {}};
  for (const Report::Made& made : report.also) done.also.push_back(made.product);
  handle(done);
  add_values(report, worker);
}

void Coordinator::add_values(const Report& report, WorkerId worker) {
  const auto run = runs_.find(report.key.run);
  if (run == runs_.end()) return;
  for (const Report::Made& made : report.also) {
    if (made.values.empty()) continue;
    for (ReadyChunks& chunks : run->second->ready)
      for (ReadyRange& range : chunks.ranges)
        if (chunks.key.step == made.product.step && range.held.worker == worker &&
            range.held.items == made.product.items) {
          const auto values = std::make_shared<const std::vector<std::byte>>(made.values);
          range.values = *values;
          range.owner = values;
        }
  }
}

// ---------------------------------------------------------------- the client

RunAccepted Coordinator::submit(RunRequest request) {
  auto run = std::make_shared<Run>();
  run->description = std::make_shared<Description>();
  Description& description = *run->description;
  Submission& submission = description.submission;
  description.graph = std::move(request.graph);
  submission.client = client;
  submission.graph = description.graph;
  submission.persisted.assign(request.outputs, request.persisted);
  submission.disabled_passes = std::move(request.disabled_passes);
  Capacity capacity;
  {
    const std::scoped_lock lock(mutex_);
    submission.run = next_run_++;
    capacity = capacity_of(machine_.workers());
  }
  // Planning looks at no state of ours, and may take its time.
  const auto [steps, spec] = planned_with_room(submission, capacity);
  submission.tilings = plan::tilings_of(steps.plan);
  for (const Function& function : functions_of(steps.plan.graph))
    if (std::ranges::find(functions_, function) == functions_.end())
      throw Error(ErrorCode::not_found, explain_unknown(function, functions_, "a rank") +
                                            "; a program that runs under mpirun registers its functions before "
                                            "connect(\"mpi:\"), from which the ranks that work do not return");
  const std::scoped_lock lock(mutex_);
  if (const auto problem = machine_.refuse(spec)) throw error_of(*problem);
  runs_.emplace(submission.run, run);
  handle(RunSubmitted{spec});
  return {submission.run, steps.output_steps, spec.worker_memory, steps.plan.stages.size()};
}

RunStatus Coordinator::wait(RunId id, int milliseconds) {
  std::unique_lock lock(mutex_);
  const auto found = runs_.find(id);
  if (found == runs_.end()) throw Error(ErrorCode::lost, "there is no run " + shown(id));
  const std::shared_ptr<Run> run = found->second;
  const auto finished = [&] {
    const auto view = machine_.view(id);
    return run->finished && (!view || view->state == RunView::State::finished);
  };
  changed_.wait_for(lock, std::chrono::milliseconds(milliseconds),
                    [&] { return stopping_ || !run->ready.empty() || finished() || run->problem; });
  RunStatus status;
  if (const auto view = machine_.view(id)) status.view = *view;
  status.ready = std::exchange(run->ready, {});
  if (run->problem) {
    run->is_over = true;
    throw error_of(*run->problem);
  }
  status.view.state = status.view.state == RunView::State::failed ? RunView::State::running : status.view.state;
  if (finished()) {
    status.view.state = RunView::State::finished;
    run->is_over = true;
  } else if (status.view.state == RunView::State::finished) {
    status.view.state = RunView::State::running;
  }
  return status;
}

void Coordinator::cancel(RunId id) {
  const std::scoped_lock lock(mutex_);
  if (const auto run = runs_.find(id); run != runs_.end()) run->second->is_over = true;
  handle(Cancelled{client, id});
}

void Coordinator::consumed(const StepKey& key, Items items) {
  const std::scoped_lock lock(mutex_);
  handle(Consumed{client, key, items});
}

void Coordinator::missing(const StepKey& key, const Held& held) {
  const std::scoped_lock lock(mutex_);
  handle(Missing{client, key, held.items, held.worker});
}

Inputs Coordinator::locate(const StepKey& key, int milliseconds) {
  std::unique_lock lock(mutex_);
  std::optional<Inputs> where;
  changed_.wait_for(lock, std::chrono::milliseconds(milliseconds), [&] {
    where = machine_.locate(key);
    return stopping_ || where || machine_.trouble(key) || !machine_.remembers(key.run);
  });
  if (where) return *where;
  if (const auto view = machine_.view(key.run); view && view->problem) throw error_of(*view->problem);
  if (const std::optional<Problem> trouble = machine_.trouble(key)) throw error_of(*trouble);
  if (!machine_.remembers(key.run))
    throw Error(ErrorCode::lost, "the ranks do not keep the array of run " + shown(key.run) + " any more");
  return {key, {}};
}

UploadPlaces Coordinator::begin_upload(std::vector<std::byte> graph, std::int64_t items) {
  auto run = std::make_shared<Run>();
  run->description = std::make_shared<Description>();
  run->is_over = true;
  Submission& submission = run->description->submission;
  run->description->graph = std::move(graph);
  submission.client = client;
  submission.graph = run->description->graph;
  submission.persisted = {true};
  const std::scoped_lock lock(mutex_);
  submission.run = next_run_++;
  const auto [steps, spec] = planned(submission);
  if (const auto problem = machine_.refuse(spec)) throw error_of(*problem);
  const StepKey key{submission.run, 0};
  runs_.emplace(key.run, run);
  handle(RunSubmitted{spec});
  const std::vector<Held> places = machine_.placement(key);
  if (places.empty() && items > 0) handle(Cancelled{client, key.run});
  for (const Held& held : places) describe(key.run, held.worker);
  return {{key, places}, {}};
}

void Coordinator::uploaded(const StepKey& key) {
  const std::scoped_lock lock(mutex_);
  handle(Uploaded{client, key});
}

void Coordinator::release(const StepKey& key) {
  const std::scoped_lock lock(mutex_);
  handle(Released{client, key});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi
