#pragma once
/// One thread's work: boxes of a stage, streamed slab by slab into states and outputs.
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/executor/accumulate.hpp"
#include "runtime/executor/run_work_items.hpp"
#include "runtime/executor/task_results.hpp"
#include "runtime/executor/team.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

class StageRunner {
 public:
  StageRunner(const plan::Stage& stage, RunContext& context);
  ~StageRunner();
  StageRunner(const StageRunner&) = delete;

  /// The place for a write task's elements of a box: memory at its first element and strides of the axes, or a sink.
  struct Target {
    std::byte* memory = nullptr;
    PerAxis<std::int64_t> strides;
    Sink* sink = nullptr;
  };
  /// Streams every `pieces`-th slab of a box, from slab `piece` on; `targets` are those of the stage's write tasks.
  /// With reductions all slabs are one piece.
  void stream(const Region& box, std::span<const Target> targets = {}, std::int64_t piece = 0, std::int64_t pieces = 1);
  /// Returns the states of the box that was streamed, of one of the stage's reductions.
  States close(std::size_t task) { return accumulators_[task]->close(); }
  /// Streams chunks, one after the other, and merges their states into those of the chunks before them. It does so for
  /// all reductions, which have the same axes; `folded` is without states before the first.
  void fold(std::span<const Region> boxes, std::vector<States>& folded);

 private:
  /// Counts elements for the observer of the run.
  void count(const Region& slab);
  void write(const plan::Body& body, const Region& part, const Region& box, const Target& to);

  const plan::Stage& stage_;
  RunContext& context_;
  std::vector<const plan::Body*> written_;
  Evaluator evaluator_;
  std::vector<std::unique_ptr<Accumulator>> accumulators_;
  std::uint64_t uncounted_ = 0;  ///< elements that context_ does not know of
};

/// Returns the target of a chunk of an output, whose box it is.
[[nodiscard]] StageRunner::Target target_of(const Destination& to, const Node& output, const Region& box,
                                            std::int64_t chunk);
/// Returns the number of pieces of each of so many chunks if nothing is reduced, so that all threads have work.
[[nodiscard]] std::int64_t pieces_for(std::int64_t chunks, int threads);

/// Returns the number of a plan's threads that so many elements of a stage are worth waking: few elements are done
/// before another thread is awake.
[[nodiscard]] int threads_for(const plan::Plan& plan, const plan::Stage& stage, std::int64_t elements);

/// Returns the name of a stage in traces, for people: "stage 2: fold".
[[nodiscard]] std::string stage_name(const plan::Plan& plan, const plan::Stage& stage);

/// Calls run(runner, item) for items [0, items), on so many threads.
template <class Run>
void run_stage_items(const plan::Stage& stage, RunContext& context, std::int64_t items, int threads,
                     const std::function<void()>& tick, const Run& run) {
  std::vector<std::unique_ptr<StageRunner>> runners;
  for (int i = 0; i < threads; ++i) runners.push_back(std::make_unique<StageRunner>(stage, context));
  const std::uint32_t name = context.trace ? context.trace->name(stage_name(*context.plan, stage)) : 0;
  run_items(
      threads, items,
      [&](int worker, std::int64_t item) {
        const trace::Scope computing(context.trace, trace::Kind::compute, name, item);
        run(*runners[static_cast<std::size_t>(worker)], item);
      },
      tick);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
