#pragma once
/// Any range of the work of a stage, for whoever has been given it. A *pure* stage (reductions over the same axes with
/// the same definition, or one write) is cut into units that depend on the stage alone; ranges of them may be run
/// anywhere, in any order, and give what a run of the whole stage gives, to the last bit.
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "chunkwise/io/sink.hpp"
#include "runtime/executor/evaluate.hpp"
#include "runtime/executor/merge_tree.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// How a pure stage is cut. Units are counted tile by tile, unit = tile * positions() + position; or, where the stage
/// says so and runs are no items (units.cpp), position by position.
///   - a reduction with tile_outputs: a tile of outputs; a position is a run of chunks along the reduced axes
///   - any other reduction: a tile is the outputs of a chunk; a position is a chunk along the reduced axes
///   - a write: a tile is a chunk of the output, in row-major order; the one position is all of it
/// Cheap to copy; refers to the stage.
class Cut {
 public:
  explicit Cut(const plan::Stage& stage);

  [[nodiscard]] const plan::Stage& stage() const { return *stage_; }
  [[nodiscard]] bool reduces() const { return !stage_->reductions.empty(); }
  [[nodiscard]] std::int64_t tiles() const { return tiles_; }
  [[nodiscard]] std::int64_t positions() const { return positions_; }
  [[nodiscard]] std::int64_t units() const { return tiles_ * positions_; }
  /// Chunks of the domain over which each tile is reduced.
  [[nodiscard]] std::int64_t chunks() const { return chunks_; }
  [[nodiscard]] std::int64_t runs() const { return (chunks_ + run_ - 1) / run_; }
  /// Chunks of a run.
  [[nodiscard]] std::int64_t run() const { return run_; }
  /// A position is a run of chunks, not a chunk.
  [[nodiscard]] bool by_runs() const { return boxes_ != nullptr; }
  /// Units that a range should begin at a multiple of, so that few states have to wait for others.
  [[nodiscard]] std::int64_t grain() const;
  /// The tile and position of a unit.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> tile_and_position(std::int64_t unit) const;
  /// Tiles [first, last), outside of which units [first, last) have none; at least one unit.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> tiles_around(std::int64_t first, std::int64_t last) const;
  /// Units [first, last) have one of the tile's among them.
  [[nodiscard]] bool touches(std::int64_t first, std::int64_t last, std::int64_t tile) const;
  /// A run of chunks is so little work that handing out each of them, and its states, would cost more.
  [[nodiscard]] bool has_tiny_runs() const;
  /// Where it is: the level of the nodes of the tree over the runs (docs/semantics.md) that are worth handing out.
  [[nodiscard]] std::int32_t item_level() const;
  /// The box of a tile: kept axes of the domain, the reduced ones being [0, 1).
  [[nodiscard]] Region tile(std::int64_t tile) const;
  /// The box of the domain that chunk `chunk` (along the reduced axes) has under a tile.
  [[nodiscard]] Region chunk(std::int64_t tile, std::int64_t chunk) const;
  /// The boxes of all chunks of a run under a tile.
  [[nodiscard]] std::vector<Region> run_of(std::int64_t tile, std::int64_t run) const;
  /// Elements of the domain under units [first, last).
  [[nodiscard]] std::int64_t elements(std::int64_t first, std::int64_t last) const;
  /// Elements of the domain under each output of chunks [first, last) along the reduced axes.
  [[nodiscard]] std::int64_t reduced_elements(std::int64_t first, std::int64_t last) const;
  /// Tile and position of a chunk of the grid, counted in row-major order, where positions are chunks.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> place_of(std::int64_t chunk) const;
  /// Bytes that the product of a unit has at most: a tile's states, a chunk of the output.
  [[nodiscard]] std::int64_t unit_bytes() const;
  /// Bytes of the finished values of a tile, those of all Reduce nodes.
  [[nodiscard]] std::int64_t finished_bytes(std::int64_t tile) const;

 private:
  /// The outputs of a chunk, along its reduced axes [0, 1).
  [[nodiscard]] Region outputs_of(std::int64_t kept) const;
  /// What a chunk has above a box of outputs.
  [[nodiscard]] Region above(Region tile, std::int64_t chunk) const;

  const plan::Stage* stage_;
  std::uint32_t axes_ = 0;
  PerAxis<std::int64_t> kept_counts_, reduced_counts_;  ///< chunks an axis, 1 along the others
  std::int64_t run_ = 1, chunks_ = 1, tiles_ = 0, positions_ = 1;
  bool by_position_ = false;
  std::shared_ptr<const std::vector<Region>> boxes_;  ///< of the tiles where tile_outputs cuts them
};
[[nodiscard]] inline Cut cut_of(const plan::Stage& stage) { return Cut(stage); }

/// Where a write task puts its elements; one of the three is set.
struct Destination {
  std::byte* memory = nullptr;  ///< of the whole output, row-major
  Sink* sink = nullptr;
  /// Memory of a chunk of the output (counted in row-major order: its unit), row-major without gaps. Called from
  /// several threads and more than once for a chunk, always with the same answer.
  std::function<std::byte*(std::int64_t chunk)> chunk_memory;
};

/// What a range of a reduce stage gives for one tile: the parts of each of the stage's reductions.
struct TileParts {
  std::int64_t tile = 0;
  std::vector<Parts> tasks;
};

/// Runs units [first, last) of a reduce stage on context.plan->threads threads, and gives the parts of the tiles that
/// it touched, in order. `tick` is called in the calling thread about ten times a second.
[[nodiscard]] std::vector<TileParts> reduce_units(const Cut& cut, std::int64_t first, std::int64_t last,
                                                  RunContext& context, const std::function<void()>& tick = nullptr);

/// Runs units [first, last) of a write stage.
void write_units(const Cut& cut, std::int64_t first, std::int64_t last, const Destination& to, RunContext& context,
                 const std::function<void()>& tick = nullptr);

/// Parts with states of their own.
[[nodiscard]] TileParts copy_of(const TileParts& parts);

/// Puts what was made of a tile together as far as it goes: parts of several ranges become fewer.
[[nodiscard]] TileParts merge_parts(const Cut& cut, std::vector<TileParts> parts);

/// True where the parts are all of their tile: of each reduction one, over all chunks.
[[nodiscard]] bool is_whole(const Cut& cut, const TileParts& parts);

/// The finished values of a stage's Reduce nodes: whole arrays that are filled tile by tile, by combining parts or with
/// another holder's bytes. Tiles may be put in by several threads at a time; readers of the arrays come afterwards.
class FinishedStage {
 public:
  explicit FinishedStage(const Cut& cut);

  /// Finishes a tile from all its parts; throws invalid_argument where they are not all.
  void combine(std::int64_t tile, std::vector<TileParts> parts);
  /// Takes the bytes of a tile that bytes() of another gave; throws invalid_argument where they are not as many.
  void put(std::int64_t tile, std::span<const std::byte> bytes);
  /// The values of a tile: of each Reduce node, one after the other, in the order of the stage; row-major, little
  /// endian.
  [[nodiscard]] std::vector<std::byte> bytes(std::int64_t tile) const;
  [[nodiscard]] bool has(std::int64_t tile) const;
  /// All tiles are in.
  [[nodiscard]] bool complete() const;
  /// Hands the whole arrays to a run of a later stage; they live as long as someone has them.
  void publish(Materialised& finished) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
