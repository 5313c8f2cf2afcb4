#include "backends/thrift/coordinator/planning.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "backends/thrift/plan/travelling_source.hpp"
#include "backends/thrift/plan/wire_types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

std::pair<Steps, RunSpec> planned(const wire::RunDescription& description, const Capacity& capacity) {
  const Graph graph = known_graph(description.graph.bytes());
  if (graph.outputs.size() != description.outputs.size())
    throw Error(ErrorCode::invalid_argument, "a run of " + std::to_string(graph.outputs.size()) +
                                                 " arrays that says of " + std::to_string(description.outputs.size()) +
                                                 " where they go");
  if (graph.outputs.empty()) throw Error(ErrorCode::invalid_argument, "a run of no array");
  if (is_upload(graph)) return {Steps{}, upload_spec(graph, description.run, description.client)};
  std::vector<bool> persisted;
  for (const auto kind : description.outputs) persisted.push_back(kind == wire::OutputKind::PERSISTED);
  const std::uint64_t limit = description.memory_limit > 0
                                  ? std::min(capacity.limit, static_cast<std::uint64_t>(description.memory_limit))
                                  : capacity.limit;
  Steps steps = make_steps(graph, passes_of(description.disabled_passes), capacity.threads, limit,
                           tilings_of(description), capacity.keepers);
  RunSpec spec = spec_of(steps, persisted, description.run, description.client);
  return {std::move(steps), std::move(spec)};
}

std::pair<Steps, RunSpec> planned_with_room(wire::RunDescription& description, const Capacity& capacity) {
  auto plan = planned(description, capacity);
  const auto limit = static_cast<std::int64_t>(capacity.limit);
  std::int64_t chunk = 0;
  for (const StepSpec& step : plan.second.steps)
    if (step.kind == StepKind::write) chunk = std::max(chunk, step.bytes_per_unit);
  for (const std::int64_t chunks : {2, 1}) {
    if (chunk > limit / 2 || plan.second.worker_memory <= limit - chunks * chunk) break;
    try {
      description.memory_limit = std::max<std::int64_t>(limit - chunks * chunk, 1);
      return planned(description, capacity);
    } catch (const Error& error) {
      description.memory_limit = 0;
      if (error.code() != ErrorCode::memory_limit) throw;
    }
  }
  return plan;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
