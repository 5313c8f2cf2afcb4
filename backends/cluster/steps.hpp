#pragma once
/// The steps of a run (docs/cluster.md), which coordinator and workers derive alike from a graph. A stage that reduces
/// is two steps, reduce and combine; a stage that writes is one.
#include <optional>
#include <vector>

#include "backends/cluster/run_spec.hpp"
#include "backends/cluster/source_spec.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// One step and the stage of the plan that it belongs to.
struct Step {
  StepKind kind = StepKind::write;
  std::size_t stage = 0;
  std::int64_t items = 0;
  std::vector<std::int32_t> needs;  ///< steps whose products it reads
  std::vector<StepKey> reads;       ///< arrays that workers keep, as far as it reads them
  std::int64_t bytes_per_item = 0;  ///< of its product, at most
};

struct Steps {
  plan::Plan plan;  ///< of divisible stages
  std::vector<Step> steps;
  std::vector<std::int32_t> output_steps;  ///< the step that writes each output
};

/// The number of workers that hold the chunks of kept arrays.
enum class Keepers { one, several };

/// Returns the steps of a graph that the graph passes have been over, planned for `threads` threads and `limit` bytes.
/// Without tilings they are chosen; with them, equal graphs and passes have equal steps and work items whatever the
/// rest is. Throws memory_limit.
[[nodiscard]] Steps make_steps(Graph graph, const plan::Passes& passes, int threads, std::uint64_t limit,
                               const std::vector<plan::Tiling>& tilings = {}, Keepers keepers = Keepers::several);

/// Returns the specification of steps for the coordinator's machine. `persisted` has an entry for each output.
[[nodiscard]] RunSpec spec_of(const Steps& steps, const std::vector<bool>& persisted, RunId run, ClientId client);

/// Chunks of a client's memory travel as a graph of one source, of this kind.
inline constexpr const char* upload_kind = "upload";
[[nodiscard]] SourceSpec uploaded_source(const Node& node);
[[nodiscard]] bool is_upload(const Graph& graph);
[[nodiscard]] RunSpec upload_spec(const Graph& graph, RunId run, ClientId client);

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
