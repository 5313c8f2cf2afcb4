#include "runtime/executor/run_work_items.hpp"

#include <algorithm>
#include <functional>

#include "runtime/executor/stage_runner.hpp"
#include "runtime/executor/tile_trees.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

void check_range(const Partition& partition, std::int64_t first, std::int64_t last) {
  if (first < 0 || first > last || last > partition.work_items())
    throw Error(ErrorCode::out_of_range, "work items " + std::to_string(first) + " to " + std::to_string(last) +
                                             " of a stage that has " + std::to_string(partition.work_items()));
}

/// Called for each merge tree that is complete, with the tile and the task that it is of.
using Complete = std::function<void(std::int64_t tile, std::size_t task)>;

/// Work items [first, last) of a fold as items of the team; a thread takes one of those at a time.
class FoldItems {
 public:
  FoldItems(const Partition& partition, std::int64_t first, std::int64_t last, TileTrees& trees, int threads,
            const Complete* complete)
      : partition_(partition), trees_(trees), complete_(complete), first_(first), last_(last) {
    if (partition.has_tiny_merge_groups())
      divide_into_nodes();
    else
      divide_into_work_items(threads);
  }

  [[nodiscard]] std::int64_t count() const { return count_; }

  void run(StageRunner& runner, std::int64_t item) const {
    if (partition_.has_tiny_merge_groups()) return run_node(runner, item);
    if (item < whole_tiles_) {
      for (std::int64_t group = 0; group < partition_.positions(); ++group) fold_node(runner, item, 0, group);
      return;
    }
    const auto [tile, position] = place_of(item);
    fold_work_item(runner, tile, position);
  }

 private:
  [[nodiscard]] bool is_whole() const { return first_ == 0 && last_ == partition_.work_items(); }

  /// An item of the team is the range's part of a node of the tree over the merge groups.
  void divide_into_nodes() {
    height_ = partition_.item_height();
    const std::int64_t length = partition_.merge_group_size() << height_;
    nodes_ = (partition_.positions() + length - 1) / length;
    const auto item_of = [&](std::int64_t work_item) {
      return work_item / partition_.positions() * nodes_ + work_item % partition_.positions() / length;
    };
    first_item_ = item_of(first_);
    count_ = item_of(last_ - 1) + 1 - first_item_;
  }

  /// An item of the team is a work item. Of a whole stage in tiles, it may be all work items of a tile: a thread that
  /// goes through all merge groups of a tile has their states in its cache when it merges them. The last tiles are
  /// handed out group by group, so that all threads end at the same time.
  void divide_into_work_items(int threads) {
    constexpr std::int64_t shared_per_thread = 4;
    if (partition_.by_merge_groups() && is_whole())
      whole_tiles_ = std::max<std::int64_t>(partition_.tiles() - shared_per_thread * threads, 0);
    count_ = whole_tiles_ + (last_ - first_) - whole_tiles_ * partition_.positions();
  }

  /// Returns the tile and position of an item of the team that is a work item.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> place_of(std::int64_t item) const {
    if (!is_whole()) return partition_.tile_and_position(first_ + item);
    // Chunks are streamed in their own order if nothing speaks for another, so that a file is done with before the
    // next.
    if (!partition_.by_merge_groups()) return partition_.place_of(item);
    const std::int64_t rest = item - whole_tiles_;
    return {whole_tiles_ + rest / partition_.positions(), rest % partition_.positions()};
  }

  void run_node(StageRunner& runner, std::int64_t item) const {
    // Of a whole stage, the same merge groups of all tiles come before the next ones, so that files of the same chunks
    // along the folded axes are done with.
    const std::int64_t number = first_item_ + item;
    const std::int64_t tile = is_whole() ? number % partition_.tiles() : number / nodes_;
    const std::int64_t node = is_whole() ? number / partition_.tiles() : number % nodes_;
    const std::int64_t of_tile = tile * partition_.positions();
    fold_below(runner, tile, height_, node, first_ - of_tile, last_ - of_tile);
  }

  /// Returns the states of a node of the tree over a tile's merge groups, of all tasks: of a group, or of the nodes
  /// below it.
  [[nodiscard]] std::vector<States> states_of(StageRunner& runner, std::int64_t tile, std::int32_t height,
                                              std::int64_t index) const {
    std::vector<States> states;
    if (height == 0) {
      runner.fold(partition_.merge_group_of(tile, index), states);
      return states;
    }
    states = states_of(runner, tile, height - 1, 2 * index);
    if ((2 * index + 1) << (height - 1) < partition_.merge_groups()) {
      std::vector<States> right = states_of(runner, tile, height - 1, 2 * index + 1);
      for (std::size_t t = 0; t < states.size(); ++t) merge(states[t], std::move(right[t]));
    }
    return states;
  }

  /// Folds all chunks below a node.
  void fold_node(StageRunner& runner, std::int64_t tile, std::int32_t height, std::int64_t index) const {
    std::vector<States> states = states_of(runner, tile, height, index);
    for (std::size_t t = 0; t < states.size(); ++t)
      if (trees_(tile, t).add({Part::Kind::subtree, height, index, 0, std::move(states[t])})) completed(tile, t);
  }

  void fold_work_item(StageRunner& runner, std::int64_t tile, std::int64_t position) const {
    if (partition_.by_merge_groups()) return fold_node(runner, tile, 0, position);
    runner.stream(partition_.chunk(tile, position));
    for (std::size_t t = 0; t < plan::folds_of(partition_.stage()).size(); ++t)
      if (trees_(tile, t).add_chunk(position, runner.close(t))) completed(tile, t);
  }

  /// Folds the chunks below a node that lie in [first, last): at once if that is all of them, else by merge groups and
  /// chunks.
  void fold_below(StageRunner& runner, std::int64_t tile, std::int32_t height, std::int64_t index, std::int64_t first,
                  std::int64_t last) const {
    const std::int64_t begin = (index << height) * partition_.merge_group_size();
    const std::int64_t end = std::min(((index + 1) << height) * partition_.merge_group_size(), partition_.chunks());
    if (std::max(first, begin) >= std::min(last, end)) return;
    if (first <= begin && end <= last) return fold_node(runner, tile, height, index);
    if (height > 0) {
      for (const std::int64_t below : {2 * index, 2 * index + 1})
        fold_below(runner, tile, height - 1, below, first, last);
      return;
    }
    for (std::int64_t chunk = std::max(first, begin); chunk < std::min(last, end); ++chunk)
      fold_work_item(runner, tile, chunk);
  }

  void completed(std::int64_t tile, std::size_t task) const {
    if (complete_) (*complete_)(tile, task);
  }

  const Partition& partition_;
  TileTrees& trees_;
  const Complete* complete_;
  std::int64_t first_, last_;
  std::int64_t count_ = 0;
  std::int32_t height_ = 0;                  ///< of the nodes that items of the team are
  std::int64_t nodes_ = 0, first_item_ = 0;  ///< of such items: how many a tile has, and the first of the range
  std::int64_t whole_tiles_ = 0;             ///< items of the team that are all work items of a tile
};

/// Folds work items [first, last) into trees, and calls `complete` for those that are complete.
void fold_range(const Partition& partition, std::int64_t first, std::int64_t last, TileTrees& trees,
                RunContext& context, const std::function<void()>& tick, const Complete* complete) {
  const int threads = threads_for(*context.plan, partition.stage(), partition.elements(first, last));
  const FoldItems items(partition, first, last, trees, threads, complete);
  run_stage_items(partition.stage(), context, items.count(), threads, tick,
                  [&](StageRunner& runner, std::int64_t item) { items.run(runner, item); });
}

}  // namespace

std::vector<TileParts> fold_work_items(const Partition& partition, std::int64_t first, std::int64_t last,
                                       RunContext& context, const std::function<void()>& tick) {
  check_range(partition, first, last);
  std::vector<TileParts> result;
  if (first == last) return result;
  const auto [first_tile, last_tile] = partition.tiles_around(first, last);
  TileTrees trees(partition, first_tile, last_tile);
  fold_range(partition, first, last, trees, context, tick, nullptr);
  for (std::int64_t tile = first_tile; tile < last_tile; ++tile)
    if (partition.touches(first, last, tile)) result.push_back({tile, trees.take(tile)});
  return result;
}

void fold_all(const Partition& partition, const std::vector<TaskResults>& results, RunContext& context,
              const std::function<void()>& tick) {
  if (partition.work_items() == 0) {
    for (std::int64_t tile = 0; tile < partition.tiles(); ++tile)
      for (const TaskResults& result : results) result.finish_empty(partition.tile(tile));
    return;
  }
  TileTrees trees(partition, 0, partition.tiles());
  const Complete finish = [&](std::int64_t tile, std::size_t task) {
    results[task].finish(partition.tile(tile), trees(tile, task).take_root());
  };
  fold_range(partition, 0, partition.work_items(), trees, context, tick, &finish);
}

void write_work_items(const Partition& partition, std::int64_t first, std::int64_t last, const Destination& to,
                      RunContext& context, const std::function<void()>& tick) {
  check_range(partition, first, last);
  const Node& output = *plan::written_bodies(partition.stage()).front()->node;
  const std::int64_t pieces = pieces_for(last - first, context.plan->threads);
  const int threads = threads_for(*context.plan, partition.stage(), partition.elements(first, last));
  run_stage_items(partition.stage(), context, (last - first) * pieces, threads, tick,
                  [&](StageRunner& runner, std::int64_t item) {
                    const std::int64_t work_item = first + item / pieces;
                    const Region box = partition.chunk(work_item, 0);
                    const StageRunner::Target target = target_of(to, output, box, work_item);
                    runner.stream(box, {&target, 1}, item % pieces, pieces);
                  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
