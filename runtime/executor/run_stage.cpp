#include <algorithm>
#include <deque>

#include "runtime/core/unravel.hpp"
#include "runtime/executor/run_plan.hpp"
#include "runtime/executor/stage_runner.hpp"
#include "runtime/plan/cut.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

/// A stage whose tasks share a read: each chunk is streamed once and feeds all.
class SharedRead {
 public:
  SharedRead(const plan::Stage& stage, const plan::Shared& work, std::span<const Destination> outputs,
             RunContext& context, std::span<const TaskResults> results)
      : stage_(stage), work_(work), outputs_(outputs), results_(results) {
    for (const AxisChunks& axis : stage.grid) counts_.push_back(axis.count());
    for (const plan::FoldTask& task : work.folds) reductions_.emplace_back(task, stage.grid);
    if (work.folds.empty()) pieces_ = pieces_for(plan::product(counts_), context.plan->threads);
  }

  [[nodiscard]] std::int64_t items() const { return plan::product(counts_) * pieces_; }

  void run_item(StageRunner& runner, std::int64_t item) {
    const ChunkIndex chunk = unravel(item / pieces_, counts_);
    const Region box = stage_.grid.region(chunk);
    std::vector<StageRunner::Target> targets;
    for (const plan::Write& write : work_.writes)
      targets.push_back(target_of(outputs_[write.output], *write.body.node, box, item / pieces_));
    runner.stream(box, targets, item % pieces_, pieces_);
    for (std::size_t t = 0; t < reductions_.size(); ++t) {
      Reduction& reduction = reductions_[t];
      MergeTree& tree = reduction.trees[static_cast<std::size_t>(plan::ravel(chunk, reduction.kept_counts))];
      if (tree.add_chunk(plan::ravel(chunk, reduction.reduced_counts), runner.close(t)))
        results_[t].finish(box, tree.take_root());
    }
  }

 private:
  struct Reduction {
    Reduction(const plan::FoldTask& task, const ChunkGrid& grid)
        : kept_counts(plan::counts_along(grid, task.axes, false)),
          reduced_counts(plan::counts_along(grid, task.axes, true)) {
      for (std::int64_t k = 0; k < plan::product(kept_counts); ++k)
        trees.emplace_back(plan::product(reduced_counts), task.definition.merge_group_size);
    }
    PerAxis<std::int64_t> kept_counts, reduced_counts;
    std::deque<MergeTree> trees;  ///< one for the outputs of each chunk
  };

  const plan::Stage& stage_;
  const plan::Shared& work_;
  std::span<const Destination> outputs_;
  std::span<const TaskResults> results_;
  PerAxis<std::int64_t> counts_;
  std::int64_t pieces_ = 1;
  std::deque<Reduction> reductions_;
};

/// Runs a stage by its kind of work.
class StageRun {
 public:
  StageRun(const plan::Stage& stage, std::span<const Destination> outputs, RunContext& context,
           const std::function<void()>& tick)
      : stage_(stage), outputs_(outputs), context_(context), tick_(tick) {}

  void operator()(const plan::Write& write) { write_all(outputs_[write.output]); }

  void operator()(const plan::Materialise& materialise) {
    Destination to;
    const UntypedNdArray array = room_for(*materialise.array, to);
    write_all(to);
    context_.finished[materialise.array.get()] = array;
  }

  void operator()(const plan::Fold& fold) {
    const std::vector<TaskResults> results = results_of(fold.tasks);
    fold_all(Partition(stage_), results, context_, tick_);
    publish(results);
  }

  void operator()(const plan::Shared& shared) {
    const std::vector<TaskResults> results = results_of(shared.folds);
    SharedRead read(stage_, shared, outputs_, context_, results);
    const int threads = threads_for(*context_.plan, stage_, stage_.domain.elements());
    run_stage_items(stage_, context_, read.items(), threads, tick_,
                    [&](StageRunner& runner, std::int64_t item) { read.run_item(runner, item); });
    // Over no elements nothing was finished: the results are those of states that saw nothing.
    if (stage_.domain.elements() == 0)
      for (const TaskResults& result : results) result.finish_empty(Region::whole(stage_.domain));
    publish(results);
  }

 private:
  void write_all(const Destination& to) const {
    const Partition partition(stage_);
    write_work_items(partition, 0, partition.work_items(), to, context_, tick_);
  }
  [[nodiscard]] std::vector<TaskResults> results_of(const std::vector<plan::FoldTask>& tasks) const {
    std::vector<TaskResults> results;
    for (const plan::FoldTask& task : tasks)
      results.emplace_back(task, stage_.domain, task.written ? outputs_[*task.written].sink : nullptr, context_.trace);
    return results;
  }
  void publish(const std::vector<TaskResults>& results) const {
    for (const TaskResults& result : results) result.publish(context_.finished);
  }

  const plan::Stage& stage_;
  std::span<const Destination> outputs_;
  RunContext& context_;
  const std::function<void()>& tick_;
};

}  // namespace

UntypedNdArray room_for(const Node& node, Destination& to) {
  const Buffer memory =
      allocate_buffer(static_cast<std::size_t>(std::max<std::int64_t>(node.shape.elements(), 1)) * size_of(node.dtype));
  to.memory = memory.get();
  return {node.dtype, node.shape, row_major_strides(node.shape), memory, memory.get()};
}

void run_stage(const plan::Stage& stage, std::span<const Destination> outputs, RunContext& context,
               const std::function<void()>& tick) {
  std::visit(StageRun(stage, outputs, context, tick), stage.work);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
