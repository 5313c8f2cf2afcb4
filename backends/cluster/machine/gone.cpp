// Remembers arrays that are no more, for clients that ask for them: how they were lost, and with whom.
#include "backends/cluster/machine/machine_state.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// The most names, and the most runs, whose loss is remembered.
constexpr std::size_t losses_remembered = 1000;
/// The most arrays of clients that have gone.
constexpr std::size_t departures_remembered = 10'000;

std::string name_of(const StepKey& key) { return "array " + shown(key.run) + "/" + std::to_string(key.step); }

}  // namespace

void Machine::State::note_lost(const Run& run, const Problem& problem) {
  bool had_arrays = false;
  for (const Step& step : run.steps) {
    had_arrays = had_arrays || step.is_array();
    for (const std::string& name : step.names) {
      lost_names[name] = {problem.message, now};
      log("what was published as '" + name + "' is lost: " + problem.message);
    }
  }
  while (lost_names.size() > losses_remembered)
    lost_names.erase(std::ranges::min_element(lost_names, {}, [](const auto& entry) { return entry.second.when; }));
  if (had_arrays) lost_runs[run.id] = problem;
  if (lost_runs.size() > losses_remembered) lost_runs.erase(lost_runs.begin());
}

void Machine::State::note_departed(ClientId client, const std::string& told) {
  Departed gone{told, {}};
  for (const auto& [id, run] : runs)
    for (const Step& step : run.steps)
      if (step.handles.count(client)) gone.arrays.insert(step.key);
  if (gone.arrays.empty()) return;
  std::size_t arrays = gone.arrays.size();
  for (const auto& [id, other] : departed) arrays += other.arrays.size();
  while (arrays > departures_remembered && !departed.empty()) {
    arrays -= departed.begin()->second.arrays.size();
    departed.erase(departed.begin());
  }
  departed[client] = std::move(gone);
}

std::optional<Problem> Machine::State::why_gone(const StepKey& key, ClientId client) const {
  if (const auto found = ended.find(key.run); found != ended.end() && found->second.view.problem)
    return found->second.view.problem;
  if (const auto found = lost_runs.find(key.run); found != lost_runs.end()) return found->second;
  if (const auto found = departed.find(client); found != departed.end() && found->second.arrays.count(key))
    return Problem{ErrorCode::lost, found->second.told, {}};
  return std::nullopt;
}

Problem Machine::State::absent(const StepKey& key, ClientId client) const {
  if (const auto run = runs.find(key.run); run != runs.end())
    if (const Problem* const trouble = trouble_of(run->second))
      return {trouble->code,
              name_of(key) + ", which it reads, lost a part with a worker, which cannot be made again at present: " +
                  trouble->message,
              trouble->worker};
  if (const std::optional<Problem> gone = why_gone(key, client))
    return {gone->code, name_of(key) + ", which it reads, is not there: " + gone->message, gone->worker};
  return {ErrorCode::not_found,
          name_of(key) + ", which it reads, is not there; it was released, or its client has gone",
          {}};
}

std::string Machine::State::lost_at(const Step& step) {
  if (step.lost_with.empty()) return "a worker";
  return "worker " + step.lost_with + (step.lost_how.empty() ? "" : " (" + step.lost_how + ")");
}

std::optional<Machine::Lost> Machine::lost(const std::string& name) const {
  const auto found = state_->lost_names.find(name);
  return found == state_->lost_names.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Problem> Machine::why_gone(const StepKey& key, ClientId client) const {
  return state_->why_gone(key, client);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
