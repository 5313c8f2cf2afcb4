#pragma once
/// The work items into which the work of a divisible stage is cut; they depend on the stage alone. Ranges of work items
/// may be run anywhere, in any order, and their results equal those of the whole stage, to the last bit.
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/plan/stage.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The work items of a divisible stage. They are counted tile by tile, number = tile * positions() + position; or
/// position by position, if the stage says so (plan::WorkItemOrder) and merge groups are no items of the team
/// (run_work_items.cpp).
///   - a fold in tiles: a tile of outputs; a position is a merge group along the folded axes
///   - any other fold: a tile is the outputs of a chunk; a position is a chunk along the folded axes
///   - a write: a tile is a chunk of the output, in row-major order; the one position is all of it
/// Cheap to copy; refers to the stage.
class Partition {
 public:
  explicit Partition(const plan::Stage& stage);

  [[nodiscard]] const plan::Stage& stage() const { return *stage_; }
  [[nodiscard]] bool folds() const { return std::holds_alternative<plan::Fold>(stage_->work); }
  [[nodiscard]] std::int64_t tiles() const { return tiles_; }
  [[nodiscard]] std::int64_t positions() const { return positions_; }
  [[nodiscard]] std::int64_t work_items() const { return tiles_ * positions_; }
  /// Returns the number of chunks of the domain over which each tile is folded.
  [[nodiscard]] std::int64_t chunks() const { return chunks_; }
  [[nodiscard]] std::int64_t merge_groups() const { return (chunks_ + merge_group_size_ - 1) / merge_group_size_; }
  /// Returns the number of chunks of a merge group; the last group may have fewer.
  [[nodiscard]] std::int64_t merge_group_size() const { return merge_group_size_; }
  /// Returns true if a position is a merge group, and not a chunk.
  [[nodiscard]] bool by_merge_groups() const { return boxes_ != nullptr; }
  /// Returns the number of work items that ranges should begin at a multiple of, so that few states have to wait for
  /// others.
  [[nodiscard]] std::int64_t grain() const;
  /// Returns the tile and position of a work item.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> tile_and_position(std::int64_t work_item) const;
  /// Returns tiles [first, last), outside of which work items [first, last) have none; at least one work item.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> tiles_around(std::int64_t first, std::int64_t last) const;
  /// Returns true if work items [first, last) have one of the tile's among them.
  [[nodiscard]] bool touches(std::int64_t first, std::int64_t last, std::int64_t tile) const;
  /// Returns true if handing out each merge group, and its states, would cost more than the work in it.
  [[nodiscard]] bool has_tiny_merge_groups() const;
  /// Returns, if merge groups are tiny, the height of the nodes of the tree over them (docs/semantics.md) that are
  /// worth handing out.
  [[nodiscard]] std::int32_t item_height() const;
  /// Returns the box of a tile: the remaining axes of the domain, the reduced ones being [0, 1).
  [[nodiscard]] Region tile(std::int64_t tile) const;
  /// Returns the box of the domain that chunk `chunk` (along the reduced axes) has under a tile.
  [[nodiscard]] Region chunk(std::int64_t tile, std::int64_t chunk) const;
  /// Returns the boxes of all chunks of a merge group under a tile.
  [[nodiscard]] std::vector<Region> merge_group_of(std::int64_t tile, std::int64_t group) const;
  /// Returns the number of elements of the domain under work items [first, last).
  [[nodiscard]] std::int64_t elements(std::int64_t first, std::int64_t last) const;
  /// Returns the number of elements of the domain under each output of chunks [first, last) along the reduced axes.
  [[nodiscard]] std::int64_t reduced_elements(std::int64_t first, std::int64_t last) const;
  /// Returns the number of elements of the domain that each output of every group of a task has in chunks [first, last)
  /// along the reduced axes; that of all without a grouping.
  [[nodiscard]] std::vector<std::int64_t> elements_of_groups(const plan::FoldTask& task, std::int64_t first,
                                                             std::int64_t last) const;
  /// Returns the tile and position of a chunk of the grid, counted in row-major order, if positions are chunks.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> place_of(std::int64_t chunk) const;
  /// Returns the bytes that the product of a work item has at most: a tile's states, a chunk of the output.
  [[nodiscard]] std::int64_t work_item_bytes() const;
  /// Returns the bytes of the finished values of a tile, those of all folds.
  [[nodiscard]] std::int64_t finished_bytes(std::int64_t tile) const;

 private:
  /// Returns the outputs of a chunk, along its reduced axes [0, 1).
  [[nodiscard]] Region outputs_of(std::int64_t remaining) const;
  /// Returns the box that a chunk has above a box of outputs.
  [[nodiscard]] Region above(Region tile, std::int64_t chunk) const;

  const plan::Stage* stage_;
  std::uint32_t axes_ = 0;
  PerAxis<std::int64_t> remaining_counts_, reduced_counts_;  ///< chunks an axis, 1 along the others
  std::int64_t merge_group_size_ = 1, chunks_ = 1, tiles_ = 0, positions_ = 1;
  bool by_position_ = false;
  std::shared_ptr<const std::vector<Region>> boxes_;  ///< of the tiles, if the fold has some
};
}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
