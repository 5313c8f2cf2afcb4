#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include "runtime/executor/accumulate.hpp"
#include "runtime/executor/run_plan.hpp"
#include "runtime/executor/team.hpp"
#include "runtime/plan/cut.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

/// The row-major index of item `i` in a grid of `counts`.
ChunkIndex unravel(std::int64_t i, const PerAxis<std::int64_t>& counts) {
  ChunkIndex index = ChunkIndex::filled(counts.rank(), 0);
  for (int axis = counts.rank() - 1; axis >= 0; --axis) {
    index[axis] = i % counts[axis];
    i /= counts[axis];
  }
  return index;
}

/// The chunk counts of a grid along the axes that a mask has (or has not), 1 along the others.
PerAxis<std::int64_t> counts_along(const ChunkGrid& grid, std::uint32_t axes, bool in_mask) {
  PerAxis<std::int64_t> counts;
  for (int axis = 0; axis < grid.rank(); ++axis)
    counts.push_back(((axes >> axis & 1U) != 0) == in_mask ? grid[axis].count() : 1);
  return counts;
}

std::int64_t product(const PerAxis<std::int64_t>& counts) {
  std::int64_t n = 1;
  for (const std::int64_t count : counts) n *= count;
  return n;
}

/// The results of one task: a row-major array for each Reduce node, filled tile by tile.
class Results {
 public:
  Results(const plan::ReduceTask& task, const Shape& domain) : task_(&task) {
    kept_strides_ = PerAxis<std::int64_t>::filled(domain.rank(), 0);
    std::int64_t stride = 1;
    for (int axis = domain.rank() - 1; axis >= 0; --axis)
      if (!(task.axes >> axis & 1U)) kept_strides_[axis] = stride, stride *= domain[axis];
    for (const NodePtr& node : task.results) {
      const Buffer memory =
          allocate_buffer(static_cast<std::size_t>(std::max<std::int64_t>(stride, 1)) * size_of(node->dtype));
      arrays_.push_back({node->dtype, node->shape, row_major_strides(node->shape), memory, memory.get()});
    }
  }

  /// Finishes the states of the kept indices of `box`.
  void finish(const Region& box, const States& states) const {
    Shape kept;
    PerAxis<std::int64_t> to;
    std::int64_t offset = 0;
    for (int axis = 0; axis < box.rank(); ++axis) {
      if (task_->axes >> axis & 1U) continue;
      kept.push_back(box[axis].count);
      to.push_back(kept_strides_[axis]);
      offset += box[axis].start * kept_strides_[axis];
    }
    const std::array maps{row_major_strides(kept), to};
    for (std::size_t r = 0; r < arrays_.size(); ++r) {
      const auto& reduce_node = std::get<ReduceNode>(task_->results[r]->data);
      const reduce::StateKind wanted = reduce::kind_for(reduce_node.op, task_->body.node->dtype);
      const auto state = std::find_if(states.begin(), states.end(),
                                      [&](const reduce::State& s) { return reduce::covers(s.kind, wanted); });
      const std::size_t size = size_of(arrays_[r].dtype);
      const Buffer values = allocate_buffer(std::max<std::size_t>(state->outputs * size, 64));
      reduce::finish(reduce_node.op, *state, reduce_node.ddof, arrays_[r].dtype, values.get());
      auto* target =
          static_cast<std::byte*>(const_cast<void*>(arrays_[r].data)) + offset * static_cast<std::int64_t>(size);
      Walk walk(kept, maps);
      if (walk.run_stride(0) != 1 || walk.run_stride(1) != 1) walk.single_elements();
      walk.for_each_run([&](const std::vector<std::int64_t>& offsets) {
        std::memcpy(target + offsets[1] * static_cast<std::int64_t>(size),
                    values.get() + offsets[0] * static_cast<std::int64_t>(size),
                    static_cast<std::size_t>(walk.run_length()) * size);
      });
    }
  }

  void publish(Finished& finished) const {
    for (std::size_t r = 0; r < arrays_.size(); ++r) finished[task_->results[r].get()] = arrays_[r];
  }

 private:
  const plan::ReduceTask* task_;
  PerAxis<std::int64_t> kept_strides_;
  std::vector<UntypedNdArray> arrays_;
};

/// Cut along kept axes: an item is a tile of outputs over one run of chunks, whose states are folded in place.
class TiledStage {
 public:
  TiledStage(const plan::Stage& stage, RunContext& context)
      : stage_(stage),
        context_(context),
        axes_(stage.reductions.front().axes),
        reduced_counts_(counts_along(stage.grid, axes_, true)),
        run_(stage.reductions.front().definition.run) {
    chunks_ = product(reduced_counts_);
    runs_ = (chunks_ + run_ - 1) / run_;
    const PerAxis<std::int64_t> kept_counts = counts_along(stage.grid, axes_, false);
    for (std::int64_t k = 0; k < product(kept_counts); ++k) {
      const Region chunk = stage.grid.region(unravel(k, kept_counts));
      // Axes that are reduced count 1 here: a tile is cut among the outputs.
      Region kept = chunk;
      for (int axis = 0; axis < kept.rank(); ++axis)
        if (axes_ >> axis & 1U) kept[axis] = {0, 1, 1};
      const Shape piece = plan::piece_shape(kept.shape(), stage.units, stage.tile_outputs);
      plan::for_each_piece(kept, piece, [&](const Region& tile) { tiles_.push_back(tile); });
    }
    for (const auto& task : stage.reductions) results_.emplace_back(task, stage.domain);
    for (std::size_t i = 0; i < tiles_.size() * stage.reductions.size(); ++i)
      trees_.push_back(std::make_unique<MergeTree>(runs_));
  }

  [[nodiscard]] std::int64_t items() const { return static_cast<std::int64_t>(tiles_.size()) * runs_; }
  [[nodiscard]] const std::vector<Results>& results() const { return results_; }

  void run_item(Evaluator& evaluator, std::int64_t item) {
    const auto tile = static_cast<std::size_t>(item / runs_);
    const std::int64_t run = item % runs_;
    std::vector<ChunkAccumulator> accumulators;
    for (const auto& task : stage_.reductions) accumulators.emplace_back(task);
    std::vector<States> folded(stage_.reductions.size());
    for (std::int64_t c = run * run_; c < std::min((run + 1) * run_, chunks_); ++c) {
      Region box = stage_.grid.region(unravel(c, reduced_counts_));
      for (int axis = 0; axis < box.rank(); ++axis)
        if (!(axes_ >> axis & 1U)) box[axis] = tiles_[tile][axis];
      const Shape slab = plan::slab_shape(stage_, box.shape(), context_.plan->slab_elements);
      if (slab == box.shape()) {
        evaluator.new_slab();
        for (std::size_t t = 0; t < accumulators.size(); ++t)
          accumulators[t].fold(evaluator, box, stage_.domain.rank(), folded[t]);
        context_.elements_done.fetch_add(static_cast<std::uint64_t>(box.elements()), std::memory_order_relaxed);
        continue;
      }
      for (ChunkAccumulator& accumulator : accumulators) accumulator.begin(box);
      plan::for_each_piece(box, slab, [&](const Region& part) {
        evaluator.new_slab();
        for (ChunkAccumulator& accumulator : accumulators) accumulator.add(evaluator, part, stage_.domain.rank());
        context_.elements_done.fetch_add(static_cast<std::uint64_t>(part.elements()), std::memory_order_relaxed);
      });
      for (std::size_t t = 0; t < accumulators.size(); ++t) fold_in(folded[t], accumulators[t].close());
    }
    for (std::size_t t = 0; t < folded.size(); ++t)
      if (auto all = trees_[tile * folded.size() + t]->add(run, std::move(folded[t])))
        results_[t].finish(tiles_[tile], *all);
  }

 private:
  const plan::Stage& stage_;
  RunContext& context_;
  std::uint32_t axes_;
  PerAxis<std::int64_t> reduced_counts_;
  std::int64_t run_, chunks_ = 0, runs_ = 0;
  std::vector<Region> tiles_;  ///< kept axes; the reduced ones are placeholders
  std::vector<Results> results_;
  std::vector<std::unique_ptr<MergeTree>> trees_;
};

/// The chunk states of one task, folded in the order of the chunks of each run, whatever the order of their arrival.
class OrderedFold {
 public:
  OrderedFold(const plan::ReduceTask& task, const ChunkGrid& grid)
      : task_(&task),
        grid_(&grid),
        reduced_counts_(counts_along(grid, task.axes, true)),
        kept_counts_(counts_along(grid, task.axes, false)),
        chunks_(product(reduced_counts_)),
        run_(task.definition.run) {
    const std::int64_t runs = (chunks_ + run_ - 1) / run_;
    for (std::int64_t k = 0; k < product(kept_counts_); ++k) trees_.push_back(std::make_unique<MergeTree>(runs));
  }

  void add(const ChunkIndex& chunk, States states, const Results& results) {
    std::int64_t kept = 0;
    std::int64_t reduced = 0;
    for (int axis = 0; axis < chunk.rank(); ++axis) {
      const bool goes = task_->axes >> axis & 1U;
      (goes ? reduced : kept) = (goes ? reduced * reduced_counts_[axis] : kept * kept_counts_[axis]) + chunk[axis];
    }
    const std::int64_t run = reduced / run_;
    const std::int64_t last = std::min((run + 1) * run_, chunks_);
    States complete;
    {
      const std::scoped_lock lock(mutex_);
      Run& fold = runs_[{kept, run}];
      if (fold.states.empty() && fold.next == 0) fold.next = run * run_;
      fold.waiting.emplace(reduced, std::move(states));
      for (auto it = fold.waiting.begin(); it != fold.waiting.end() && it->first == fold.next;
           it = fold.waiting.erase(it), ++fold.next) {
        fold_in(fold.states, std::move(it->second));
      }
      if (fold.next != last) return;
      complete = std::move(fold.states);
      runs_.erase({kept, run});
    }
    if (auto all = trees_[static_cast<std::size_t>(kept)]->add(run, std::move(complete)))
      results.finish(grid_->region(unravel(kept, kept_counts_)), *all);
  }

 private:
  struct Run {
    std::int64_t next = 0;
    States states;
    std::map<std::int64_t, States> waiting;
  };
  const plan::ReduceTask* task_;
  const ChunkGrid* grid_;
  PerAxis<std::int64_t> reduced_counts_, kept_counts_;
  std::int64_t chunks_, run_;
  std::mutex mutex_;
  std::map<std::pair<std::int64_t, std::int64_t>, Run> runs_;
  std::vector<std::unique_ptr<MergeTree>> trees_;
};

/// Cut along chunks: an item is a chunk (or a part of one where nothing is reduced), which feeds every task.
class ChunkedStage {
 public:
  ChunkedStage(const plan::Stage& stage, std::span<const Destination> outputs, RunContext& context)
      : stage_(stage), outputs_(outputs), context_(context) {
    for (int axis = 0; axis < stage.grid.rank(); ++axis) counts_.push_back(stage.grid[axis].count());
    chunks_ = product(counts_);
    for (const auto& task : stage.reductions) {
      results_.emplace_back(task, stage.domain);
      folds_.push_back(std::make_unique<OrderedFold>(task, stage.grid));
    }
    // A few large chunks are shared among the threads where order does not matter.
    const std::int64_t wanted = 4 * static_cast<std::int64_t>(context.plan->threads);
    if (stage.reductions.empty() && chunks_ > 0 && chunks_ < wanted) pieces_ = (wanted + chunks_ - 1) / chunks_;
  }

  [[nodiscard]] std::int64_t items() const { return chunks_ * pieces_; }
  [[nodiscard]] const std::vector<Results>& results() const { return results_; }

  void run_item(Evaluator& evaluator, std::int64_t item) {
    const ChunkIndex chunk = unravel(item / pieces_, counts_);
    const Region box = stage_.grid.region(chunk);
    std::vector<ChunkAccumulator> accumulators;
    for (const auto& task : stage_.reductions) accumulators.emplace_back(task).begin(box);
    const Shape slab = plan::slab_shape(stage_, box.shape(), context_.plan->slab_elements);
    std::int64_t slab_number = 0;
    plan::for_each_piece(box, slab, [&](const Region& part) {
      if (slab_number++ % pieces_ != item % pieces_) return;
      evaluator.new_slab();
      for (ChunkAccumulator& accumulator : accumulators) accumulator.add(evaluator, part, stage_.domain.rank());
      for (const auto& task : stage_.writes) write(evaluator, task, part);
      context_.elements_done.fetch_add(static_cast<std::uint64_t>(part.elements()), std::memory_order_relaxed);
    });
    for (std::size_t t = 0; t < accumulators.size(); ++t) folds_[t]->add(chunk, accumulators[t].close(), results_[t]);
  }

 private:
  void write(Evaluator& evaluator, const plan::WriteTask& task, const Region& part) {
    const Destination& to = outputs_[task.output];
    const DType dtype = task.body.node->dtype;
    if (to.sink) {
      const Buffer elements = allocate_buffer(static_cast<std::size_t>(part.elements()) * size_of(dtype));
      evaluator.evaluate(task.body, part, stage_.domain, elements.get());
      to.sink->write(part, elements.get());
      return;
    }
    const PerAxis<std::int64_t> strides = row_major_strides(stage_.domain);
    std::int64_t offset = 0;
    for (int axis = 0; axis < part.rank(); ++axis) offset += part[axis].start * strides[axis];
    evaluator.evaluate(task.body, part, stage_.domain, to.memory + offset * static_cast<std::int64_t>(size_of(dtype)),
                       strides);
  }

  const plan::Stage& stage_;
  std::span<const Destination> outputs_;
  RunContext& context_;
  PerAxis<std::int64_t> counts_;
  std::int64_t chunks_ = 0, pieces_ = 1;
  std::vector<Results> results_;
  std::vector<std::unique_ptr<OrderedFold>> folds_;
};

template <class AnyStage>
void run_any(AnyStage& stage, const plan::Stage& description, RunContext& context, const std::function<void()>& tick) {
  std::vector<std::unique_ptr<Evaluator>> evaluators;
  // A small stage is done before a second thread would have woken up.
  const bool small = description.domain.elements() <= 32768;
  const int threads = small ? 1 : context.plan->threads;
  for (int i = 0; i < threads; ++i) evaluators.push_back(std::make_unique<Evaluator>(context));
  run_items(
      threads, stage.items(),
      [&](int worker, std::int64_t item) { stage.run_item(*evaluators[static_cast<std::size_t>(worker)], item); },
      tick);
  for (std::size_t t = 0; t < description.reductions.size(); ++t) {
    const plan::ReduceTask& task = description.reductions[t];
    std::int64_t outputs = 1;
    std::int64_t reduced = 1;
    for (int axis = 0; axis < description.domain.rank(); ++axis)
      (task.axes >> axis & 1U ? reduced : outputs) *= description.domain[axis];
    // Over no elements no item has finished anything: the results are those of states that saw nothing.
    if (reduced == 0 && outputs > 0)
      stage.results()[t].finish(Region::whole(description.domain),
                                begin_states(task, static_cast<std::size_t>(outputs)));
    stage.results()[t].publish(context.finished);
  }
}

}  // namespace

void run_stage(const plan::Stage& stage, std::span<const Destination> outputs, RunContext& context,
               const std::function<void()>& tick) {
  if (stage.tile_outputs > 0 && stage.domain.elements() > 0) {
    TiledStage tiled(stage, context);
    run_any(tiled, stage, context, tick);
  } else {
    ChunkedStage chunked(stage, outputs, context);
    run_any(chunked, stage, context, tick);
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
