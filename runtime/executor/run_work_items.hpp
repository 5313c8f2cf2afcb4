#pragma once
/// Runs ranges of the work items of a divisible stage, at home and on workers.
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "chunkwise/io/sink.hpp"
#include "runtime/executor/evaluate.hpp"
#include "runtime/executor/task_results.hpp"
#include "runtime/executor/tile_parts.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The place for a write task's elements; one of the three is set.
struct Destination {
  std::byte* memory = nullptr;  ///< of the whole output, row-major
  Sink* sink = nullptr;
  /// Returns the memory of a chunk of the output (counted in row-major order: its work item), row-major without gaps.
  /// Called from several threads and more than once for a chunk, always with the same answer.
  std::function<std::byte*(std::int64_t chunk)> chunk_memory;
};

/// Folds work items [first, last) on context.plan->threads threads, and returns the parts of the tiles that it touched,
/// in order. `tick` is called in the calling thread about ten times a second.
[[nodiscard]] std::vector<TileParts> fold_work_items(const Partition& partition, std::int64_t first, std::int64_t last,
                                                     RunContext& context, const std::function<void()>& tick = nullptr);

/// Folds all work items, and finishes each tile as soon as it is complete. `results` has one entry a task.
void fold_all(const Partition& partition, const std::vector<TaskResults>& results, RunContext& context,
              const std::function<void()>& tick);

/// Runs work items [first, last) of a write stage.
void write_work_items(const Partition& partition, std::int64_t first, std::int64_t last, const Destination& to,
                      RunContext& context, const std::function<void()>& tick = nullptr);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
