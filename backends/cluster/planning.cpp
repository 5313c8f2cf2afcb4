#include "backends/cluster/planning.hpp"

#include <algorithm>

#include "backends/cluster/source_spec.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// Returns the memory that slabs are planned for on a worker that has `own_limit`.
std::uint64_t limit_of(const Submission& submission, std::uint64_t own_limit) {
  return submission.memory_limit > 0 ? std::min(own_limit, static_cast<std::uint64_t>(submission.memory_limit))
                                     : own_limit;
}

}  // namespace

plan::Passes passes_of(const std::vector<std::string>& disabled) {
  plan::Passes passes;
  for (const std::string& name : disabled) passes.disable(name);
  return passes;
}

std::pair<Steps, RunSpec> planned(const Submission& submission, const Capacity& capacity) {
  const Graph graph = known_graph(submission.graph);
  if (graph.outputs.size() != submission.persisted.size())
    throw Error(ErrorCode::invalid_argument, "a run of " + std::to_string(graph.outputs.size()) +
                                                 " arrays that says of " + std::to_string(submission.persisted.size()) +
                                                 " where they go");
  if (graph.outputs.empty()) throw Error(ErrorCode::invalid_argument, "a run of no array");
  if (is_upload(graph)) return {Steps{}, upload_spec(graph, submission.run, submission.client)};
  Steps steps = make_steps(graph, passes_of(submission.disabled_passes), capacity.threads,
                           limit_of(submission, capacity.limit), submission.tilings, capacity.keepers);
  RunSpec spec = spec_of(steps, submission.persisted, submission.run, submission.client);
  return {std::move(steps), std::move(spec)};
}

std::pair<Steps, RunSpec> planned_with_room(Submission& submission, const Capacity& capacity) {
  auto plan = planned(submission, capacity);
  std::int64_t chunk = 0;
  for (const StepSpec& step : plan.second.steps)
    if (step.kind == StepKind::write) chunk = std::max(chunk, step.bytes_per_item);
  // Slabs that suit a worker with hardly any memory left would keep all others from their work.
  const bool all_take_part = capacity.least_left >= capacity.most_left / 4;
  for (const std::uint64_t left : {all_take_part ? capacity.least_left : capacity.most_left, capacity.most_left})
    for (const std::int64_t chunks : {2, 1}) {
      const std::int64_t for_work = static_cast<std::int64_t>(left) - chunks * chunk;
      if (plan.second.worker_memory <= for_work) return plan;
      if (for_work <= 0) continue;
      try {
        submission.memory_limit = for_work;
        return planned(submission, capacity);
      } catch (const Error& error) {
        submission.memory_limit = 0;
        if (error.code() != ErrorCode::memory_limit) throw;
      }
    }
  return plan;
}

Steps steps_on_worker(Graph graph, const Submission& submission, int threads, std::uint64_t own_limit) {
  return make_steps(std::move(graph), passes_of(submission.disabled_passes), threads, limit_of(submission, own_limit),
                    submission.tilings);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
