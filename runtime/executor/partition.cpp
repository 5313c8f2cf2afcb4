#include "runtime/executor/partition.hpp"

#include <algorithm>

#include "runtime/core/unravel.hpp"
#include "runtime/plan/cut.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

/// Returns the number of indices along some axes of a grid that chunks [0, n) have, in row-major order along these.
std::int64_t extent_before(const ChunkGrid& grid, const PerAxis<std::int64_t>& counts, std::uint32_t axes,
                           std::int64_t n) {
  std::int64_t rest = 1;
  for (int axis = 0; axis < grid.rank(); ++axis)
    if (axes >> axis & 1U) rest *= grid[axis].extent();
  if (n == plan::product(counts)) return rest;
  const ChunkIndex index = unravel(n, counts);
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

Partition::Partition(const plan::Stage& stage) : stage_(&stage) {
  const auto* const fold = std::get_if<plan::Fold>(&stage.work);
  if (fold) {
    axes_ = fold->tasks.front().axes;
    merge_group_size_ = fold->tasks.front().definition.merge_group_size;
  }
  remaining_counts_ = plan::counts_along(stage.grid, axes_, false);
  reduced_counts_ = plan::counts_along(stage.grid, axes_, true);
  chunks_ = plan::product(reduced_counts_);
  tiles_ = plan::product(remaining_counts_);
  positions_ = chunks_;
  if (!fold) return;
  const bool by_position = fold->tiling.order == plan::WorkItemOrder::by_position;
  if (!fold->tiling.tiles) {
    by_position_ = by_position && tiles_ > 1 && !has_tiny_merge_groups();
    return;
  }
  positions_ = merge_groups();
  std::vector<Region> boxes;
  for (std::int64_t k = 0; k < tiles_; ++k) {
    const Region outputs = outputs_of(k);
    const Shape piece = plan::piece_shape(outputs.shape(), fold->tiling.tiles->block, fold->tiling.tiles->outputs);
    plan::for_each_piece(outputs, piece, [&](const Region& box) { boxes.push_back(box); });
  }
  tiles_ = static_cast<std::int64_t>(boxes.size());
  boxes_ = std::make_shared<const std::vector<Region>>(std::move(boxes));
  by_position_ = by_position && tiles_ > 1;
}

std::pair<std::int64_t, std::int64_t> Partition::tile_and_position(std::int64_t work_item) const {
  if (by_position_) return {work_item % tiles_, work_item / tiles_};
  return {work_item / positions_, work_item % positions_};
}

std::pair<std::int64_t, std::int64_t> Partition::tiles_around(std::int64_t first, std::int64_t last) const {
  if (!by_position_) return {first / positions_, (last - 1) / positions_ + 1};
  if (first / tiles_ < (last - 1) / tiles_) return {0, tiles_};
  return {first % tiles_, (last - 1) % tiles_ + 1};
}

bool Partition::touches(std::int64_t first, std::int64_t last, std::int64_t tile) const {
  if (!by_position_) return first < (tile + 1) * positions_ && last > tile * positions_;
  // The first work item of the tile that is not before the range.
  const std::int64_t next = first + ((tile - first) % tiles_ + tiles_) % tiles_;
  return next < last;
}

bool Partition::has_tiny_merge_groups() const {
  return !by_merge_groups() && merge_group_size_ * stage_->grid.largest().elements() <= 1 << 16;
}

std::int32_t Partition::item_height() const {
  // A chunk takes as long as some elements, however few it has.
  const std::int64_t work = merge_group_size_ * std::max<std::int64_t>(stage_->grid.largest().elements(), 8);
  std::int32_t height = 0;
  while ((merge_groups() - 1) >> height > 0 && work << (height + 1) <= 1 << 13) ++height;
  return height;
}

std::int64_t Partition::grain() const {
  if (!folds() || by_merge_groups()) return 1;
  return std::min(merge_group_size_, std::max<std::int64_t>(positions_, 1)) * (by_position_ ? tiles_ : 1);
}

Region Partition::outputs_of(std::int64_t remaining) const {
  const ChunkIndex index = unravel(remaining, remaining_counts_);
  Region box;
  for (int axis = 0; axis < index.rank(); ++axis) {
    const AxisChunks& along = stage_->grid[axis];
    const bool goes = axes_ >> axis & 1U;
    box.push_back(goes ? AxisRange{0, 1, 1} : AxisRange{along.offset(index[axis]), 1, along.size(index[axis])});
  }
  return box;
}

Region Partition::tile(std::int64_t tile) const {
  return by_merge_groups() ? (*boxes_)[static_cast<std::size_t>(tile)] : outputs_of(tile);
}

Region Partition::above(Region tile, std::int64_t chunk) const {
  const ChunkIndex index = unravel(chunk, reduced_counts_);
  for (int axis = 0; axis < tile.rank(); ++axis)
    if (const AxisChunks& along = stage_->grid[axis]; axes_ >> axis & 1U)
      tile[axis] = {along.offset(index[axis]), 1, along.size(index[axis])};
  return tile;
}

Region Partition::chunk(std::int64_t tile, std::int64_t chunk) const { return above(this->tile(tile), chunk); }

std::vector<Region> Partition::merge_group_of(std::int64_t tile, std::int64_t group) const {
  const Region outputs = this->tile(tile);
  const std::int64_t last = std::min((group + 1) * merge_group_size_, chunks_);
  std::vector<Region> boxes;
  boxes.reserve(static_cast<std::size_t>(last - group * merge_group_size_));
  for (std::int64_t c = group * merge_group_size_; c < last; ++c) boxes.push_back(above(outputs, c));
  return boxes;
}

std::int64_t Partition::reduced_elements(std::int64_t first, std::int64_t last) const {
  return extent_before(stage_->grid, reduced_counts_, axes_, last) -
         extent_before(stage_->grid, reduced_counts_, axes_, first);
}

std::vector<std::int64_t> Partition::elements_of_groups(const plan::FoldTask& task, std::int64_t first,
                                                        std::int64_t last) const {
  if (!task.grouping) return {reduced_elements(first, last)};
  const int grouped = task.grouping->axis;
  const AxisChunks& along = stage_->grid[grouped];
  // The number of elements that an index of each chunk along the grouped axis has above an output.
  std::vector<std::int64_t> weights(static_cast<std::size_t>(along.count()), 0);
  for (std::int64_t chunk = first; chunk < last; ++chunk) {
    const ChunkIndex index = unravel(chunk, reduced_counts_);
    std::int64_t others = 1;
    for (int axis = 0; axis < index.rank(); ++axis)
      if ((axes_ >> axis & 1U) && axis != grouped) others *= stage_->grid[axis].size(index[axis]);
    weights[static_cast<std::size_t>(index[grouped])] += others;
  }
  std::vector<std::int64_t> elements(plan::groups_of(task), 0);
  for (std::int64_t c = 0; c < along.count(); ++c) {
    const std::int64_t weight = weights[static_cast<std::size_t>(c)];
    if (weight == 0) continue;
    for (std::int64_t i = along.offset(c); i < along.offset(c) + along.size(c); ++i)
      if (const std::int32_t label = task.grouping->labels[static_cast<std::size_t>(i)]; label >= 0)
        elements[static_cast<std::size_t>(label)] += weight;
  }
  return elements;
}

std::pair<std::int64_t, std::int64_t> Partition::place_of(std::int64_t chunk) const {
  PerAxis<std::int64_t> counts;
  for (const AxisChunks& along : stage_->grid) counts.push_back(along.count());
  const ChunkIndex index = unravel(chunk, counts);
  return {plan::ravel(index, remaining_counts_), plan::ravel(index, reduced_counts_)};
}

std::int64_t Partition::elements(std::int64_t first, std::int64_t last) const {
  // The number of outputs of tiles [0, n), and of elements above each of them at positions [0, n).
  const auto outputs = [this](std::int64_t n) {
    if (!by_merge_groups()) return extent_before(stage_->grid, remaining_counts_, ~axes_, n);
    std::int64_t sum = 0;
    for (std::int64_t t = 0; t < n; ++t) sum += tile(t).elements();
    return sum;
  };
  const auto depth = [this](std::int64_t n) {
    return reduced_elements(0, std::min(n * (by_merge_groups() ? merge_group_size_ : 1), chunks_));
  };
  const auto before = [&](std::int64_t work_item) {
    if (positions_ == 0) return std::int64_t{0};
    if (by_position_) {
      const std::int64_t whole = work_item / tiles_;
      const std::int64_t rest = work_item % tiles_;
      return outputs(tiles_) * depth(whole) + (rest > 0 ? outputs(rest) * (depth(whole + 1) - depth(whole)) : 0);
    }
    const std::int64_t whole = work_item / positions_;
    const std::int64_t rest = work_item % positions_;
    return outputs(whole) * depth(positions_) + (rest > 0 ? tile(whole).elements() * depth(rest) : 0);
  };
  return before(last) - before(first);
}

std::int64_t Partition::work_item_bytes() const {
  const Shape largest = stage_->grid.largest();
  if (!folds())
    return largest.elements() * static_cast<std::int64_t>(size_of(plan::written_bodies(*stage_).front()->node->dtype));
  std::int64_t outputs = 1;
  for (int axis = 0; axis < largest.rank(); ++axis)
    if (!(axes_ >> axis & 1U)) outputs *= largest[axis];
  if (by_merge_groups()) {
    outputs = 0;
    for (const Region& box : *boxes_) outputs = std::max(outputs, box.elements());
  }
  std::int64_t bytes = 0;
  for (const plan::FoldTask& task : plan::folds_of(*stage_))
    for (const reduce::StateCode state : task.states)
      bytes += static_cast<std::int64_t>(reduce::state_bytes(state, task.body.node->dtype)) *
               plan::groups_in(task, stage_->grid, by_merge_groups() ? merge_group_size_ : 1);
  return outputs * bytes;
}

std::int64_t Partition::finished_bytes(std::int64_t tile) const {
  std::int64_t size = 0;
  for (const plan::FoldTask& task : plan::folds_of(*stage_))
    for (const NodePtr& node : task.results)
      size += static_cast<std::int64_t>(size_of(node->dtype) * plan::groups_of(task));
  return this->tile(tile).elements() * size;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
