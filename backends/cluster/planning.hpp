#pragma once
/// The plan of a run, as its coordinator and its workers make it: from a submission, or from one to an earlier
/// coordinator that a worker brings. Plan and steps depend on the Submission and the Capacity, and on nothing else.
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backends/cluster/run_spec.hpp"
#include "backends/cluster/steps.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// A run as a client asks for it, and as a coordinator tells its workers of it.
struct Submission {
  RunId run = 0;
  ClientId client = 0;
  std::span<const std::byte> graph;  ///< as to_bytes() wrote it, with a SourceSpec a source
  std::vector<bool> persisted;       ///< for each output: its chunks stay on workers
  std::vector<std::string> disabled_passes;
  std::vector<plan::Tiling> tilings;  ///< empty: still to be chosen
  std::int64_t memory_limit = 0;      ///< of a worker, as far as slabs are concerned; 0: all that it has
  std::int64_t trace_spans = 0;       ///< that each worker records (runtime/trace/recorder.hpp); 0: none
};

/// The threads and memory that runs are planned for; without workers, no limit.
struct Capacity {
  int threads = 1;                               ///< of the worker that has most
  std::uint64_t limit = std::uint64_t{1} << 62;  ///< memory of the worker that has least
  /// Memory that kept arrays leave: on the worker with the least left, and on the one with the most.
  std::uint64_t least_left = limit, most_left = limit;
  Keepers keepers = Keepers::several;
};

/// Returns the passes that are left on; throws not_found for a name that no pass has.
[[nodiscard]] plan::Passes passes_of(const std::vector<std::string>& disabled);

/// Returns the steps of a run, its graph decoded and planned for such workers, and their specification for the machine.
/// An upload has no Steps. Throws invalid_argument for a run that makes no sense, and the errors of make_steps().
[[nodiscard]] std::pair<Steps, RunSpec> planned(const Submission& submission, const Capacity& capacity = {});

/// Returns the same, with slabs so small that workers have room for chunks of the outputs beside their work: for two,
/// else for one. Workers to which kept arrays leave far less than to others do not count. Sets the submission's memory
/// limit to the one that was planned for.
[[nodiscard]] std::pair<Steps, RunSpec> planned_with_room(Submission& submission, const Capacity& capacity);

/// Returns the steps of a run as a worker derives them, from a graph whose sources it can read; `own_limit` is the
/// memory that it has.
[[nodiscard]] Steps steps_on_worker(Graph graph, const Submission& submission, int threads, std::uint64_t own_limit);

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
