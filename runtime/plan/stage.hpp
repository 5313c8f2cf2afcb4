#pragma once
/// A stage of a plan: one streaming pass over the chunks of a domain. Its type says what it does. Tasks are not listed
/// chunk by chunk: whoever runs a stage expands the pair (stage, chunk), so a plan is as small for 100,000 chunks as
/// for one.
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "chunkwise/graph/node.hpp"
#include "runtime/plan/body.hpp"
#include "runtime/reduce/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Folds over the same axes of the same body, by the same groups: one pass over the elements feeds them all.
struct FoldTask {
  Body body;
  std::uint32_t axes = 0;
  FoldDefinition definition;
  std::vector<reduce::StateCode> states;  ///< the states that are accumulated
  std::vector<NodePtr> results;           ///< the folds that are finished from them
  GroupingPtr grouping = nullptr;         ///< null: axes are folded as a whole
  /// The output of the graph that the one result is, if it goes to a sink as it is finished (plan/direct_folds.hpp).
  std::optional<std::size_t> written = std::nullopt;
};

/// Returns the state that a fold accumulates.
[[nodiscard]] inline reduce::StateCode state_of(const FoldNode& fold) {
  return fold.own ? reduce::own_state(*fold.own) : reduce::state_for(fold.op, fold.input->dtype);
}
/// Returns the number of groups that a task folds into: 1 without a grouping.
[[nodiscard]] inline std::size_t groups_of(const FoldTask& task) {
  return task.grouping ? static_cast<std::size_t>(task.grouping->groups) : 1;
}
/// Returns the most groups that the elements of so many chunks of a grid, one after the other, can belong to.
[[nodiscard]] std::int64_t groups_in(const FoldTask& task, const ChunkGrid& grid, std::int64_t chunks);

/// The outputs of a fold in tiles. The states of a tile are folded in place over the chunks of a merge group.
struct Tiles {
  std::int64_t outputs = 0;  ///< of a tile at most
  Shape block;               ///< the read block of the stage's sources: no tile is cut inside one
  bool operator==(const Tiles&) const = default;
};

/// The order in which the work items of a fold are counted (executor/partition.hpp).
enum class WorkItemOrder : bool {
  by_tile,
  /// All tiles of a position, then the next position. This keeps a range of work items in one place if the chunks along
  /// the folded axes lie in different places.
  by_position,
};

/// The work items into which the work of a fold is cut: along chunks, or in tiles.
struct Tiling {
  std::optional<Tiles> tiles;
  WorkItemOrder order = WorkItemOrder::by_tile;
  bool operator==(const Tiling&) const = default;
};

/// Folds over the same axes, by the same groups, with the same definition.
struct Fold {
  std::vector<FoldTask> tasks;
  Tiling tiling;
};

/// Writes an output of the graph, element by element.
struct Write {
  std::size_t output = 0;  ///< which output of the graph
  Body body;
};

/// Computes an array that is broadcast, once, and holds it for later stages.
struct Materialise {
  NodePtr array;
  Body body;
};

/// Folds over different axes and writes that share one read of the domain.
struct Shared {
  std::vector<FoldTask> folds;
  std::vector<Write> writes;
};

using Work = std::variant<Fold, Write, Materialise, Shared>;

/// One streaming pass.
struct Stage {
  int folds_below = 0;  ///< how many folds must be complete before, one after the other
  Shape domain;
  ChunkGrid grid;
  Work work;
  /// The read block of the stage's sources; all ones if memory is too scarce to read whole blocks.
  Shape read_block = {};
  /// The number of elements of lines that an element of the domain is made of, if they are not its neighbours. Slabs
  /// are smaller by this factor.
  std::int64_t weight = 1;
};

/// Returns the folds of a stage; none if it only writes.
[[nodiscard]] std::span<const FoldTask> folds_of(const Stage& stage);
[[nodiscard]] std::span<FoldTask> folds_of(Stage& stage);

/// Returns the bodies whose elements a stage writes, of a shared stage in the order of its writes.
[[nodiscard]] std::vector<const Body*> written_bodies(const Stage& stage);

/// Returns all bodies of a stage: those of its folds, then those that it writes.
[[nodiscard]] std::vector<const Body*> bodies_of(const Stage& stage);

/// Returns the fold's tiles, or null if the stage is cut along chunks.
[[nodiscard]] const Tiles* tiles_of(const Stage& stage);

/// Returns true if any range of the stage's work items can be run by anyone (executor/partition.hpp).
[[nodiscard]] inline bool is_divisible(const Stage& stage) { return !std::holds_alternative<Shared>(stage.work); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
