// Clients, their runs, the chunks that are streamed to them and the arrays that they have.
#include <algorithm>
#include <utility>

#include "backends/cluster/machine/machine_state.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

void Machine::State::on(const ClientJoined& event) { clients[event.client] = now; }

void Machine::State::on(const ClientHeard& event) {
  if (!hear_client(event.client)) return;
  for (const StepKey& key : event.arrays) on(Opened{event.client, key});
}

void Machine::State::on(const ClientGone& event) {
  lose_client(event.client, "left",
              "this program's connection to the coordinator was closed for a while, and what it kept was released; "
              "persist it again");
}

void Machine::State::lose_client(ClientId id, const std::string& how, const std::string& told) {
  if (!clients.erase(id)) return;
  turns.erase(id);
  note_departed(id, told);
  for (auto& [run_id, run] : runs) {
    if (run.client == id && !run.was_complete) run.left = run.describe + " was given up: its client " + how;
    leave_run(run, id);
  }
  std::erase_if(ended, [id](const auto& e) { return e.second.client == id; });
  log("client " + shown(id) + " " + how);
}

void Machine::State::let_go(Step& step, ClientId client) {
  step.handles.erase(client);
  if (runs.at(step.key.run).client == client) step.unconfirmed.reset();
}

void Machine::State::leave_run(Run& run, ClientId client) {
  if (run.client == client) run.streaming = false;
  for (Step& step : run.steps) let_go(step, client);
  touch(run);
}

Machine::State::Run& Machine::State::add_run(const RunSpec& spec) {
  Run& run = runs[spec.id];
  run.id = spec.id;
  run.client = spec.client;
  run.worker_memory = spec.worker_memory;
  run.describe = spec.describe.empty() ? "run " + std::to_string(spec.id) : spec.describe;
  for (const StepSpec& s : spec.steps) {
    Step& step = run.steps.emplace_back();
    step.spec = s;
    step.spec.grain = std::max<std::int64_t>(s.grain, 1);
    step.spec.align = std::max<std::int64_t>(s.align, 1);
    step.key = {spec.id, static_cast<std::int32_t>(run.steps.size() - 1)};
    if (s.kind == StepKind::combine)
      for (const std::int32_t needed : s.needs) run.steps[static_cast<std::size_t>(needed)].tiles = s.items;
    for (const StepKey& key : s.reads) readers[key].insert(step.key);
  }
  touch(run);
  return run;
}

void Machine::State::on(const RunSubmitted& event) {
  const RunSpec& spec = event.run;
  if (!hear_client(spec.client) || runs.count(spec.id)) return;
  if (std::optional<Problem> problem = refuse(spec)) {
    ended[spec.id] = {spec.client, {RunView::State::failed, 0, 0, 0, 0, problem}};
    commands.emplace_back(RunFailed{spec.client, spec.id, *std::move(problem)});
    return;
  }
  Run& run = add_run(spec);
  std::int64_t items = 0;
  for (Step& step : run.steps) {
    items += step.spec.items;
    if (step.is_array()) step.handles.insert(run.client);
  }
  log("run " + shown(run.id) + " of client " + shown(run.client) + " begins: " + run.describe + ", " +
      counted(items, "work item") + " in " + counted(static_cast<std::int64_t>(run.steps.size()), "step"));
}

void Machine::State::on(const RunRecovered& event) {
  Run* run = find_run(event.run.id);
  if (!run) {
    if (event.run.steps.empty()) return;
    run = &add_run(event.run);
    run->recovered = true;
    run->streaming = false;
    run->opens = now + options.worker_timeout;
    for (Step& step : run->steps) {
      if (step.is_array()) step.unconfirmed = now + options.client_timeout;
      step.was_placed = step.spec.kind == StepKind::upload;
    }
    log("run " + shown(run->id) + " of client " + shown(run->client) + " is known again: " + run->describe);
  }
  if (!run->recovered) return;
  for (const auto& [name, step] : event.names) on(Published{run->client, {run->id, step}, name});
}

void Machine::State::on(const Cancelled& event) {
  hear_client(event.client);
  Run* const run = find_run(event.run);
  if (run && run->client == event.client) leave_run(*run, event.client);
}

// ---------------------------------------------------------------- streamed chunks

void Machine::State::on(const Consumed& event) {
  hear_client(event.client);
  Run* const run = find_run(event.key.run);
  Step* const step = find_step(event.key);
  if (!step || run->client != event.client || step->spec.kind != StepKind::write || step->spec.persisted) return;
  const ItemSet items = ItemSet({0, step->spec.items}).common(event.items).without(step->consumed);
  make_done(*step, items);
  step->consumed.add(items);
  for (ItemSet& failed : step->failures) failed.remove(items);
  std::vector<WorkerId> holders;
  for (const auto& [worker, held] : step->holders) holders.push_back(worker);
  for (const WorkerId worker : holders) {
    const ItemSet freed = step->holders.at(worker).common(items);
    for (const Items& range : freed)
      commands.emplace_back(Drop{worker, step->key, range, is_much(*step, range.count())});
    unhold(*step, worker, freed);
  }
  touch(*run);
}

void Machine::State::on(const Missing& event) {
  hear_client(event.client);
  Run* const run = find_run(event.key.run);
  Step* const step = find_step(event.key);
  if (!step || step->spec.kind != StepKind::write || !workers.count(event.worker)) return;
  if (!step->spec.persisted && run->client != event.client) return;
  const auto held = step->holders.find(event.worker);
  if (held == step->holders.end()) return;
  const ItemSet items = held->second.common(event.items);
  if (items.empty()) return;
  for (const Items& range : items) commands.emplace_back(Drop{event.worker, step->key, range});
  unhold(*step, event.worker, items);
  count_failure(*run, *step, items, ErrorCode::io,
                "the client could not fetch it from worker " + workers.at(event.worker).name);
  touch(*run);
}

// ---------------------------------------------------------------- arrays

void Machine::State::on(const Uploaded& event) {
  hear_client(event.client);
  Run* const run = find_run(event.key.run);
  Step* const step = find_step(event.key);
  if (!step || run->client != event.client) return;
  for (const auto& [id, items] : std::exchange(step->placed, {})) {
    workers.at(id).coming -= step->bytes_of(items);
    hold(*step, id, items);
  }
  touch(*run);
}

void Machine::State::on(const Released& event) {
  hear_client(event.client);
  Step* const step = find_step(event.key);
  if (!step) return;
  let_go(*step, event.client);
  touch(runs.at(event.key.run));
}

void Machine::State::on(const Opened& event) {
  Step* const step = find_step(event.key);
  if (!hear_client(event.client) || !step || !step->is_array()) return;
  step->handles.insert(event.client);
  if (runs.at(event.key.run).client == event.client) step->unconfirmed.reset();
  touch(runs.at(event.key.run));
}

void Machine::State::on(const Published& event) {
  hear_client(event.client);
  Step* const step = find_step(event.key);
  if (!step || !step->is_array()) return;
  on(Unpublished{event.name});
  names[event.name] = event.key;
  step->names.insert(event.name);
  touch(runs.at(event.key.run));
}

void Machine::State::on(const Unpublished& event) {
  lost_names.erase(event.name);
  const auto found = names.find(event.name);
  if (found == names.end()) return;
  find_step(found->second)->names.erase(event.name);
  touch(runs.at(found->second.run));
  names.erase(found);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
