#pragma once
/// Runs a plan on the threads of this process: stage after stage, each as a range of items for the team.
#include <chrono>
#include <functional>
#include <span>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/core/ndarray.hpp"
#include "runtime/executor/run_work_items.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// Aborts the sinks of a run that does not come to its end, even if it is refused before it starts.
class SinkGuard {
 public:
  explicit SinkGuard(std::span<const Target> targets) : targets_(targets) {}
  ~SinkGuard();
  SinkGuard(const SinkGuard&) = delete;
  SinkGuard& operator=(const SinkGuard&) = delete;
  /// Makes the sinks' results visible, after everything was written. If a sink fails to finish, it and those after it
  /// are aborted.
  void finish();

 private:
  std::span<const Target> targets_;
  std::size_t finished_ = 0;
};

/// Runs every stage and finishes the sinks of `targets`, which `sinks` guards. Returns the outputs that stay in memory;
/// those of sinks are empty.
[[nodiscard]] std::vector<UntypedNdArray> run_plan(const plan::Plan& plan, std::span<const Target> targets,
                                                   const RunOptions& options, SinkGuard& sinks);

/// Returns memory for an array that is written element by element, and sets `to` to it.
[[nodiscard]] UntypedNdArray room_for(const Node& node, Destination& to);

/// Runs one stage; `outputs` are the places of the plan's outputs. Puts the arrays that it folds or materialises into
/// context.finished.
void run_stage(const plan::Stage& stage, std::span<const Destination> outputs, RunContext& context,
               const std::function<void()>& tick);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
