#include <algorithm>
#include <deque>

#include "runtime/executor/run_plan.hpp"
#include "runtime/executor/stream.hpp"
#include "runtime/plan/cut.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

/// A stage whose reductions are over different axes, or which also writes: each chunk is streamed once and feeds all.
class MixedStage {
 public:
  MixedStage(const plan::Stage& stage, std::span<const Destination> outputs, RunContext& context,
             std::span<const Results> results)
      : stage_(stage), outputs_(outputs), results_(results) {
    for (const AxisChunks& axis : stage.grid) counts_.push_back(axis.count());
    for (const plan::ReduceTask& task : stage.reductions) reductions_.emplace_back(task, stage.grid);
    if (stage.reductions.empty()) pieces_ = pieces_for(plan::product(counts_), context.plan->threads);
  }

  [[nodiscard]] std::int64_t items() const { return plan::product(counts_) * pieces_; }

  void run_item(Streamer& streamer, std::int64_t item) {
    const ChunkIndex chunk = plan::unravel(item / pieces_, counts_);
    const Region box = stage_.grid.region(chunk);
    std::vector<Streamer::Target> targets;
    for (const plan::WriteTask& task : stage_.writes)
      targets.push_back(target_of(outputs_[task.output], *task.body.node, box, item / pieces_));
    streamer.stream(box, targets, item % pieces_, pieces_);
    for (std::size_t t = 0; t < reductions_.size(); ++t) {
      Reduction& reduction = reductions_[t];
      MergeTree& tree = reduction.trees[static_cast<std::size_t>(plan::ravel(chunk, reduction.kept_counts))];
      if (tree.add_chunk(plan::ravel(chunk, reduction.reduced_counts), streamer.close(t)))
        results_[t].finish(box, tree.take_root());
    }
  }

 private:
  struct Reduction {
    Reduction(const plan::ReduceTask& task, const ChunkGrid& grid)
        : kept_counts(plan::counts_along(grid, task.axes, false)),
          reduced_counts(plan::counts_along(grid, task.axes, true)) {
      for (std::int64_t k = 0; k < plan::product(kept_counts); ++k)
        trees.emplace_back(plan::product(reduced_counts), task.definition.run);
    }
    PerAxis<std::int64_t> kept_counts, reduced_counts;
    std::deque<MergeTree> trees;  ///< one for the outputs of each chunk
  };

  const plan::Stage& stage_;
  std::span<const Destination> outputs_;
  std::span<const Results> results_;
  PerAxis<std::int64_t> counts_;
  std::int64_t pieces_ = 1;
  std::deque<Reduction> reductions_;
};

}  // namespace

void run_stage(const plan::Stage& stage, std::span<const Destination> outputs, RunContext& context,
               const std::function<void()>& tick) {
  if (stage.reductions.empty() && stage.writes.size() == 1) {
    const Cut cut(stage);
    return write_units(cut, 0, cut.units(), outputs[stage.writes.front().output], context, tick);
  }
  std::vector<Results> results;
  for (const plan::ReduceTask& task : stage.reductions) results.emplace_back(task, stage.domain);
  if (plan::is_pure(stage)) {
    reduce_all(Cut(stage), results, context, tick);
  } else {
    MixedStage mixed(stage, outputs, context, results);
    run_streamers(stage, context, mixed.items(), stage.domain.elements(), tick,
                  [&](Streamer& streamer, std::int64_t item) { mixed.run_item(streamer, item); });
    // Over no elements nothing was finished: the results are those of states that saw nothing.
    if (stage.domain.elements() == 0)
      for (const Results& result : results) result.finish_empty(Region::whole(stage.domain));
  }
  for (const Results& result : results) result.publish(context.finished);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
