#include "runtime/executor/units.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <deque>
#include <mutex>

#include "runtime/executor/results.hpp"
#include "runtime/executor/stream.hpp"
#include "runtime/plan/cut.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

// ---------------------------------------------------------------- Cut

namespace {

/// Indices along some axes of a grid that chunks [0, n) have, counted in row-major order along these axes.
std::int64_t extent_before(const ChunkGrid& grid, const PerAxis<std::int64_t>& counts, std::uint32_t axes,
                           std::int64_t n) {
  std::int64_t rest = 1;
  for (int axis = 0; axis < grid.rank(); ++axis)
    if (axes >> axis & 1U) rest *= grid[axis].extent();
  if (n == plan::product(counts)) return rest;
  const ChunkIndex index = plan::unravel(n, counts);
  std::int64_t before = 0;
  std::int64_t lead = 1;
  for (int axis = 0; axis < grid.rank(); ++axis) {
    if (!(axes >> axis & 1U)) continue;
    rest /= grid[axis].extent();
    before += lead * grid[axis].offset(index[axis]) * rest;
    lead *= grid[axis].size(index[axis]);
  }
  return before;
}

}  // namespace

Cut::Cut(const plan::Stage& stage) : stage_(&stage) {
  if (reduces()) {
    axes_ = stage.reductions.front().axes;
    run_ = stage.reductions.front().definition.run;
  }
  kept_counts_ = plan::counts_along(stage.grid, axes_, false);
  reduced_counts_ = plan::counts_along(stage.grid, axes_, true);
  chunks_ = plan::product(reduced_counts_);
  tiles_ = plan::product(kept_counts_);
  positions_ = chunks_;
  if (!reduces() || stage.tile_outputs == 0) {
    by_position_ = stage.by_position && reduces() && tiles_ > 1 && !has_tiny_runs();
    return;
  }
  positions_ = runs();
  std::vector<Region> boxes;
  for (std::int64_t k = 0; k < tiles_; ++k) {
    const Region kept = outputs_of(k);
    const Shape piece = plan::piece_shape(kept.shape(), stage.tile_units, stage.tile_outputs);
    plan::for_each_piece(kept, piece, [&](const Region& box) { boxes.push_back(box); });
  }
  tiles_ = static_cast<std::int64_t>(boxes.size());
  boxes_ = std::make_shared<const std::vector<Region>>(std::move(boxes));
  by_position_ = stage.by_position && tiles_ > 1;
}

std::pair<std::int64_t, std::int64_t> Cut::tile_and_position(std::int64_t unit) const {
  if (by_position_) return {unit % tiles_, unit / tiles_};
  return {unit / positions_, unit % positions_};
}

std::pair<std::int64_t, std::int64_t> Cut::tiles_around(std::int64_t first, std::int64_t last) const {
  if (!by_position_) return {first / positions_, (last - 1) / positions_ + 1};
  if (first / tiles_ < (last - 1) / tiles_) return {0, tiles_};
  return {first % tiles_, (last - 1) % tiles_ + 1};
}

bool Cut::touches(std::int64_t first, std::int64_t last, std::int64_t tile) const {
  if (!by_position_) return first < (tile + 1) * positions_ && last > tile * positions_;
  // The first unit of the tile that is not before the range.
  const std::int64_t next = first + ((tile - first) % tiles_ + tiles_) % tiles_;
  return next < last;
}

bool Cut::has_tiny_runs() const { return !by_runs() && run_ * stage_->grid.largest().elements() <= 1 << 16; }

std::int32_t Cut::item_level() const {
  // A chunk takes as long as some elements, however few it has.
  const std::int64_t work = run_ * std::max<std::int64_t>(stage_->grid.largest().elements(), 8);
  std::int32_t level = 0;
  while ((runs() - 1) >> level > 0 && work << (level + 1) <= 1 << 13) ++level;
  return level;
}

std::int64_t Cut::grain() const {
  if (!reduces() || by_runs()) return 1;
  return std::min(run_, std::max<std::int64_t>(positions_, 1)) * (by_position_ ? tiles_ : 1);
}

Region Cut::outputs_of(std::int64_t kept) const {
  const ChunkIndex index = plan::unravel(kept, kept_counts_);
  Region box;
  for (int axis = 0; axis < index.rank(); ++axis) {
    const AxisChunks& along = stage_->grid[axis];
    const bool goes = axes_ >> axis & 1U;
    box.push_back(goes ? AxisRange{0, 1, 1} : AxisRange{along.offset(index[axis]), 1, along.size(index[axis])});
  }
  return box;
}

Region Cut::tile(std::int64_t tile) const {
  return by_runs() ? (*boxes_)[static_cast<std::size_t>(tile)] : outputs_of(tile);
}

Region Cut::above(Region tile, std::int64_t chunk) const {
  const ChunkIndex index = plan::unravel(chunk, reduced_counts_);
  for (int axis = 0; axis < tile.rank(); ++axis)
    if (const AxisChunks& along = stage_->grid[axis]; axes_ >> axis & 1U)
      tile[axis] = {along.offset(index[axis]), 1, along.size(index[axis])};
  return tile;
}

Region Cut::chunk(std::int64_t tile, std::int64_t chunk) const { return above(this->tile(tile), chunk); }

std::vector<Region> Cut::run_of(std::int64_t tile, std::int64_t run) const {
  const Region outputs = this->tile(tile);
  const std::int64_t last = std::min((run + 1) * run_, chunks_);
  std::vector<Region> boxes;
  boxes.reserve(static_cast<std::size_t>(last - run * run_));
  for (std::int64_t c = run * run_; c < last; ++c) boxes.push_back(above(outputs, c));
  return boxes;
}

std::int64_t Cut::reduced_elements(std::int64_t first, std::int64_t last) const {
  return extent_before(stage_->grid, reduced_counts_, axes_, last) -
         extent_before(stage_->grid, reduced_counts_, axes_, first);
}

std::pair<std::int64_t, std::int64_t> Cut::place_of(std::int64_t chunk) const {
  PerAxis<std::int64_t> counts;
  for (const AxisChunks& along : stage_->grid) counts.push_back(along.count());
  const ChunkIndex index = plan::unravel(chunk, counts);
  return {plan::ravel(index, kept_counts_), plan::ravel(index, reduced_counts_)};
}

std::int64_t Cut::elements(std::int64_t first, std::int64_t last) const {
  // Of the outputs of tiles [0, n), and of the elements above each of them at positions [0, n).
  const auto outputs = [this](std::int64_t n) {
    if (!by_runs()) return extent_before(stage_->grid, kept_counts_, ~axes_, n);
    std::int64_t sum = 0;
    for (std::int64_t t = 0; t < n; ++t) sum += tile(t).elements();
    return sum;
  };
  const auto depth = [this](std::int64_t n) {
    return reduced_elements(0, std::min(n * (by_runs() ? run_ : 1), chunks_));
  };
  const auto before = [&](std::int64_t unit) {
    if (positions_ == 0) return std::int64_t{0};
    if (by_position_) {
      const std::int64_t whole = unit / tiles_;
      const std::int64_t rest = unit % tiles_;
      return outputs(tiles_) * depth(whole) + (rest > 0 ? outputs(rest) * (depth(whole + 1) - depth(whole)) : 0);
    }
    const std::int64_t whole = unit / positions_;
    const std::int64_t rest = unit % positions_;
    return outputs(whole) * depth(positions_) + (rest > 0 ? tile(whole).elements() * depth(rest) : 0);
  };
  return before(last) - before(first);
}

std::int64_t Cut::unit_bytes() const {
  const Shape largest = stage_->grid.largest();
  if (!reduces())
    return largest.elements() * static_cast<std::int64_t>(size_of(stage_->writes.front().body.node->dtype));
  std::int64_t outputs = 1;
  for (int axis = 0; axis < largest.rank(); ++axis)
    if (!(axes_ >> axis & 1U)) outputs *= largest[axis];
  if (by_runs()) {
    outputs = 0;
    for (const Region& box : *boxes_) outputs = std::max(outputs, box.elements());
  }
  std::int64_t bytes = 0;
  for (const plan::ReduceTask& task : stage_->reductions)
    for (const reduce::StateCode kind : task.kinds)
      bytes += static_cast<std::int64_t>(reduce::state_bytes(kind, task.body.node->dtype));
  return outputs * bytes;
}

std::int64_t Cut::finished_bytes(std::int64_t tile) const {
  std::int64_t size = 0;
  for (const plan::ReduceTask& task : stage_->reductions)
    for (const NodePtr& node : task.results) size += static_cast<std::int64_t>(size_of(node->dtype));
  return this->tile(tile).elements() * size;
}

// ---------------------------------------------------------------- ranges

namespace {

void check_range(const Cut& cut, std::int64_t first, std::int64_t last) {
  if (first < 0 || first > last || last > cut.units())
    throw Error(ErrorCode::out_of_range, "units " + std::to_string(first) + " to " + std::to_string(last) +
                                             " of a stage that has " + std::to_string(cut.units()));
}

/// The trees of the tiles that a range touches: one a tile and reduction.
class Trees {
 public:
  Trees(const Cut& cut, std::int64_t first_tile, std::int64_t last_tile)
      : first_(first_tile), tasks_(cut.stage().reductions.size()) {
    const std::int64_t run = cut.stage().reductions.front().definition.run;
    for (std::size_t i = 0; i < static_cast<std::size_t>(last_tile - first_tile) * tasks_; ++i)
      trees_.emplace_back(cut.chunks(), run);
  }
  MergeTree& operator()(std::int64_t tile, std::size_t task) {
    return trees_[static_cast<std::size_t>(tile - first_) * tasks_ + task];
  }
  std::vector<Parts> take(std::int64_t tile) {
    std::vector<Parts> tasks;
    for (std::size_t t = 0; t < tasks_; ++t) tasks.push_back((*this)(tile, t).take_parts());
    return tasks;
  }

 private:
  std::int64_t first_;
  std::size_t tasks_;
  std::deque<MergeTree> trees_;
};

/// The states of a node of the tree over a tile's runs, of all reductions: of a run, or of the nodes below it.
std::vector<States> states_of(const Cut& cut, Streamer& streamer, std::int64_t tile, std::int32_t level,
                              std::int64_t index) {
  std::vector<States> states;
  if (level == 0) {
    streamer.fold(cut.run_of(tile, index), states);
    return states;
  }
  states = states_of(cut, streamer, tile, level - 1, 2 * index);
  if ((2 * index + 1) << (level - 1) < cut.runs()) {
    const std::vector<States> right = states_of(cut, streamer, tile, level - 1, 2 * index + 1);
    for (std::size_t t = 0; t < states.size(); ++t) merge(states[t], right[t]);
  }
  return states;
}

/// Reduces all chunks below a node; calls complete(task) for each tree that it completes.
template <class Complete>
void reduce_node(const Cut& cut, Trees& trees, Streamer& streamer, std::int64_t tile, std::int32_t level,
                 std::int64_t index, const Complete& complete) {
  std::vector<States> states = states_of(cut, streamer, tile, level, index);
  for (std::size_t t = 0; t < states.size(); ++t)
    if (trees(tile, t).add({Part::Kind::subtree, level, index, 0, std::move(states[t])})) complete(t);
}

/// Runs a unit; calls complete(task) for each tree that it completes.
template <class Complete>
void reduce_unit(const Cut& cut, Trees& trees, Streamer& streamer, std::int64_t tile, std::int64_t position,
                 const Complete& complete) {
  if (cut.by_runs()) return reduce_node(cut, trees, streamer, tile, 0, position, complete);
  streamer.stream(cut.chunk(tile, position));
  for (std::size_t t = 0; t < cut.stage().reductions.size(); ++t)
    if (trees(tile, t).add_chunk(position, streamer.close(t))) complete(t);
}

/// Runs the chunks below a node that lie in [first, last): at once where that is all of them, else by runs and chunks.
template <class Complete>
void reduce_below(const Cut& cut, Trees& trees, Streamer& streamer, std::int64_t tile, std::int32_t level,
                  std::int64_t index, std::int64_t first, std::int64_t last, const Complete& complete) {
  const std::int64_t begin = (index << level) * cut.run();
  const std::int64_t end = std::min(((index + 1) << level) * cut.run(), cut.chunks());
  if (std::max(first, begin) >= std::min(last, end)) return;
  if (first <= begin && end <= last) return reduce_node(cut, trees, streamer, tile, level, index, complete);
  if (level > 0) {
    for (const std::int64_t below : {2 * index, 2 * index + 1})
      reduce_below(cut, trees, streamer, tile, level - 1, below, first, last, complete);
    return;
  }
  for (std::int64_t chunk = std::max(first, begin); chunk < std::min(last, end); ++chunk)
    reduce_unit(cut, trees, streamer, tile, chunk, complete);
}

}  // namespace

std::vector<TileParts> reduce_units(const Cut& cut, std::int64_t first, std::int64_t last, RunContext& context,
                                    const std::function<void()>& tick) {
  check_range(cut, first, last);
  std::vector<TileParts> result;
  if (first == last) return result;
  const auto [first_tile, last_tile] = cut.tiles_around(first, last);
  Trees trees(cut, first_tile, last_tile);
  const auto nothing = [](std::size_t) {};
  if (cut.has_tiny_runs()) {
    // An item is what the range has of a node.
    const std::int32_t level = cut.item_level();
    const std::int64_t length = cut.run() << level;
    const std::int64_t nodes = (cut.positions() + length - 1) / length;
    const auto item_of = [&](std::int64_t unit) {
      return unit / cut.positions() * nodes + unit % cut.positions() / length;
    };
    const std::int64_t begin = item_of(first);
    run_streamers(cut.stage(), context, item_of(last - 1) + 1 - begin, cut.elements(first, last), tick,
                  [&](Streamer& streamer, std::int64_t item) {
                    const std::int64_t tile = (begin + item) / nodes;
                    const std::int64_t of_tile = tile * cut.positions();
                    reduce_below(cut, trees, streamer, tile, level, (begin + item) % nodes, first - of_tile,
                                 last - of_tile, nothing);
                  });
  } else {
    run_streamers(cut.stage(), context, last - first, cut.elements(first, last), tick,
                  [&](Streamer& streamer, std::int64_t item) {
                    const auto [tile, position] = cut.tile_and_position(first + item);
                    reduce_unit(cut, trees, streamer, tile, position, nothing);
                  });
  }
  for (std::int64_t tile = first_tile; tile < last_tile; ++tile)
    if (cut.touches(first, last, tile)) result.push_back({tile, trees.take(tile)});
  return result;
}

void reduce_all(const Cut& cut, const std::vector<Results>& results, RunContext& context,
                const std::function<void()>& tick) {
  if (cut.positions() == 0) {
    for (std::int64_t tile = 0; tile < cut.tiles(); ++tile)
      for (const Results& result : results) result.finish_empty(cut.tile(tile));
    return;
  }
  Trees trees(cut, 0, cut.tiles());
  const auto finish = [&](std::int64_t tile) {
    return [&, tile](std::size_t task) { results[task].finish(cut.tile(tile), trees(tile, task).take_root()); };
  };
  const std::int64_t elements = cut.stage().domain.elements();
  if (cut.has_tiny_runs()) {
    // Some runs of all tiles, then the next, so that files of the same chunks along the reduced axes are done with.
    const std::int32_t level = cut.item_level();
    const std::int64_t nodes = ((cut.runs() - 1) >> level) + 1;
    run_streamers(cut.stage(), context, cut.tiles() * nodes, elements, tick,
                  [&](Streamer& streamer, std::int64_t item) {
                    const std::int64_t tile = item % cut.tiles();
                    reduce_node(cut, trees, streamer, tile, level, item / cut.tiles(), finish(tile));
                  });
    return;
  }
  if (cut.by_runs()) {
    // A thread that goes through all runs of a tile has their states in its cache when it merges them. The last tiles
    // are handed out run by run, so that all threads end at the same time.
    constexpr std::int64_t shared_per_thread = 4;
    const std::int64_t whole =
        std::max<std::int64_t>(cut.tiles() - shared_per_thread * threads_for(*context.plan, cut.stage(), elements), 0);
    const std::int64_t runs = cut.units() - whole * cut.positions();
    run_streamers(cut.stage(), context, whole + runs, elements, tick, [&](Streamer& streamer, std::int64_t item) {
      const auto reduce = [&](std::int64_t tile, std::int64_t run) {
        reduce_node(cut, trees, streamer, tile, 0, run, finish(tile));
      };
      if (item >= whole) return reduce(whole + (item - whole) / cut.positions(), (item - whole) % cut.positions());
      for (std::int64_t run = 0; run < cut.positions(); ++run) reduce(item, run);
    });
    return;
  }
  run_streamers(cut.stage(), context, cut.units(), elements, tick, [&](Streamer& streamer, std::int64_t item) {
    // Chunks are streamed in their own order where nothing speaks for another, so that a file is done with before the
    // next.
    const auto [tile, position] = cut.place_of(item);
    reduce_unit(cut, trees, streamer, tile, position, finish(tile));
  });
}

void write_units(const Cut& cut, std::int64_t first, std::int64_t last, const Destination& to, RunContext& context,
                 const std::function<void()>& tick) {
  check_range(cut, first, last);
  const Node& output = *cut.stage().writes.front().body.node;
  const std::int64_t pieces = pieces_for(last - first, context.plan->threads);
  run_streamers(cut.stage(), context, (last - first) * pieces, cut.elements(first, last), tick,
                [&](Streamer& streamer, std::int64_t item) {
                  const std::int64_t unit = first + item / pieces;
                  const Region box = cut.chunk(unit, 0);
                  const Streamer::Target target = target_of(to, output, box, unit);
                  streamer.stream(box, {&target, 1}, item % pieces, pieces);
                });
}

TileParts copy_of(const TileParts& parts) {
  TileParts copy = parts;
  for (Parts& task : copy.tasks)
    for (Part& part : task)
      for (reduce::State& state : part.states) {
        reduce::State own(state.kind, state.element, state.outputs);
        own.count = state.count;
        std::memcpy(own.memory.get(), state.memory.get(), state.bytes());
        state = std::move(own);
      }
  return copy;
}

TileParts merge_parts(const Cut& cut, std::vector<TileParts> parts) {
  TileParts merged;
  if (parts.empty()) return merged;
  merged.tile = parts.front().tile;
  Trees trees(cut, merged.tile, merged.tile + 1);
  for (TileParts& some : parts) {
    if (some.tile != merged.tile || some.tasks.size() != cut.stage().reductions.size())
      throw Error(ErrorCode::invalid_argument, "parts of tile " + std::to_string(some.tile) + " with " +
                                                   std::to_string(some.tasks.size()) +
                                                   " reductions among those of tile " + std::to_string(merged.tile));
    for (std::size_t t = 0; t < some.tasks.size(); ++t)
      for (Part& part : some.tasks[t]) (void)trees(merged.tile, t).add(std::move(part));
  }
  merged.tasks = trees.take(merged.tile);
  return merged;
}

bool is_whole(const Cut& cut, const TileParts& parts) {
  const std::pair<std::int64_t, std::int64_t> all(0, cut.chunks());
  return parts.tasks.size() == cut.stage().reductions.size() &&
         std::all_of(parts.tasks.begin(), parts.tasks.end(), [&](const Parts& task) {
           return task.size() == 1 && chunks_of(task.front(), cut.chunks(), cut.run()) == all;
         });
}

// ---------------------------------------------------------------- FinishedStage

static_assert(std::endian::native == std::endian::little, "chunkwise: bytes between workers are little endian");

struct FinishedStage::State {
  explicit State(const Cut& of) : cut(of), in(static_cast<std::size_t>(of.tiles())), missing(of.tiles()) {
    for (const plan::ReduceTask& task : of.stage().reductions) results.emplace_back(task, of.stage().domain);
  }
  /// Puts a tile in, once.
  template <class Put>
  void fill(std::int64_t tile, const Put& put) {
    check(tile);
    const std::scoped_lock lock(stripes[static_cast<std::size_t>(tile) % stripes.size()]);
    if (in[static_cast<std::size_t>(tile)]) return;
    put(cut.tile(tile));
    in[static_cast<std::size_t>(tile)] = true;
    --missing;
  }
  void check(std::int64_t tile) const {
    if (tile < 0 || tile >= cut.tiles())
      throw Error(ErrorCode::out_of_range,
                  "tile " + std::to_string(tile) + " of a stage that has " + std::to_string(cut.tiles()));
  }

  Cut cut;
  std::vector<Results> results;
  std::vector<std::atomic<bool>> in;
  std::atomic<std::int64_t> missing;
  std::array<std::mutex, 16> stripes;  ///< a tile's is held while it is put in
};

FinishedStage::FinishedStage(const Cut& cut) : state_(std::make_shared<State>(cut)) {}

void FinishedStage::combine(std::int64_t tile, std::vector<TileParts> parts) {
  const Cut& cut = state_->cut;
  state_->check(tile);
  if (has(tile)) return;
  std::vector<States> roots;
  if (cut.positions() > 0) {
    TileParts merged = merge_parts(cut, std::move(parts));
    if (merged.tile != tile || !is_whole(cut, merged))
      throw Error(ErrorCode::invalid_argument, "parts of tile " + std::to_string(tile) + " are missing");
    for (Parts& task : merged.tasks) roots.push_back(std::move(task.front().states));
  }
  state_->fill(tile, [&](const Region& box) {
    for (std::size_t t = 0; t < state_->results.size(); ++t)
      roots.empty() ? state_->results[t].finish_empty(box) : state_->results[t].finish(box, roots[t]);
  });
}

void FinishedStage::put(std::int64_t tile, std::span<const std::byte> bytes) {
  state_->fill(tile, [&](const Region& box) {
    const auto expected = static_cast<std::size_t>(state_->cut.finished_bytes(tile));
    if (bytes.size() != expected)
      throw Error(ErrorCode::invalid_argument, "tile " + std::to_string(tile) + " came with " +
                                                   std::to_string(bytes.size()) + " bytes and has " +
                                                   std::to_string(expected));
    const std::byte* from = bytes.data();
    for (const Results& result : state_->results) result.copy_in(box, from), from += result.bytes(box);
  });
}

std::vector<std::byte> FinishedStage::bytes(std::int64_t tile) const {
  if (!has(tile)) throw Error(ErrorCode::not_found, "tile " + std::to_string(tile) + " of the reduction is not here");
  std::vector<std::byte> bytes(static_cast<std::size_t>(state_->cut.finished_bytes(tile)));
  const Region box = state_->cut.tile(tile);
  std::byte* to = bytes.data();
  for (const Results& result : state_->results) result.copy_out(box, to), to += result.bytes(box);
  return bytes;
}

bool FinishedStage::has(std::int64_t tile) const {
  return tile >= 0 && tile < state_->cut.tiles() && state_->in[static_cast<std::size_t>(tile)];
}

bool FinishedStage::complete() const { return state_->missing == 0; }

void FinishedStage::publish(Materialised& finished) const {
  for (const Results& result : state_->results) result.publish(finished);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
