#pragma once
/// Feeds the elements of a slab to the states of a reduction, in the order that its definition wants.
#include <boost/container/small_vector.hpp>
#include <span>
#include <vector>

#include "runtime/executor/evaluate.hpp"
#include "runtime/executor/merge_tree.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The states of one task over one chunk (or a tile's part of it), while its elements arrive.
class ChunkAccumulator {
 public:
  explicit ChunkAccumulator(const plan::ReduceTask& task) : task_(&task) {}

  /// Starts on a box of the domain: all reduced indices of a chunk, and the kept ones of a chunk or tile.
  void begin(const Region& box);
  /// Adds a slab of the box; slabs come in row-major order.
  void add(Evaluator& evaluator, const Region& slab, int domain_rank);
  /// The states of the box. The accumulator may begin again.
  States close();
  /// Does all of the above for boxes that are one slab each, of chunks that follow each other, and merges them into
  /// `folded` (empty before the first chunk); where their rows are few without ever storing their states. Takes one of
  /// them, or more where they lie in memory: how many.
  std::size_t fold(Evaluator& evaluator, std::span<const Region> boxes, int domain_rank, States& folded);

 private:
  /// A slab made ready: its elements, and the output and the position in the box of each.
  struct Slab {
    BodyRunner runner;
    Walk walk;
    std::size_t output, position;  ///< which of the walk's maps
    std::int64_t first_output = 0, first_position = 0;
    bool outputs_follow = false;  ///< each other, without one of another slab between them
    [[nodiscard]] PerOperand<std::int64_t> steps() const;
  };
  [[nodiscard]] Slab prepare(Evaluator& evaluator, const Region& slab, int domain_rank) const;
  [[nodiscard]] bool uses_lanes() const { return task_->definition.lanes != 1; }
  void measure(const Region& box);
  /// Sets states to what they are before the first element of the box that was measured.
  void begin_measured();
  /// Makes states_ those of the whole box.
  void close_states();
  void add(Slab& slab) { uses_lanes() ? add_lanes(slab) : add_rows(slab); }
  void add_rows(Slab& slab);
  /// Adds rows of the same outputs, some at a time; false, and nothing done, where they are too short for that.
  bool add_row_groups(Slab& slab);
  /// Reduces outputs whose elements are all here; false, and nothing done, where a slab is not of that kind.
  bool reduce_whole(Slab& slab);
  void begin_lane_states();
  void add_lanes(Slab& slab);
  /// The rows of a few outputs, in the order of their positions: where the walk starts a run of each.
  struct RowGroup {
    std::int64_t output;
    std::vector<PerOperand<std::int64_t>> rows;
  };
  /// A box whose outputs all have their rows in one slab.
  struct Rows {
    Slab slab;
    PerOperand<std::int64_t> steps;
    std::vector<RowGroup> groups;
    /// They lie in memory, and nothing has to be loaded or computed first.
    [[nodiscard]] bool direct() const { return !groups.empty() && slab.runner.direct(steps.data()); }
  };
  /// The rows of the box that was measured; without groups where it is not of that kind, or has too many rows.
  [[nodiscard]] Rows rows_of(Slab slab) const;
  /// True where the rows of two boxes are of the same outputs, in the same groups.
  [[nodiscard]] static bool is_like(const Rows& a, const Rows& b);
  /// Folds the box that was measured, whatever it is.
  void fold_alone(Rows box, States& folded);
  /// Folds boxes that are like each other; more than one only where all are direct.
  void fold_rows(std::span<Rows> boxes, States& folded);

  const plan::ReduceTask* task_;
  Region box_;
  PerAxis<std::int64_t> output_strides_, position_strides_;  ///< 0 along axes that are reduced, or kept
  std::int64_t outputs_ = 0, reduced_ = 0;
  States states_;
  std::int64_t reduced_outputs_ = 0;  ///< the first outputs, whose states are made already
  bool has_lanes_ = false;            ///< the others' lanes are in lane_states_
  std::vector<Buffer> lane_states_;
  std::vector<std::size_t> lane_bytes_;
  Buffer row_blocks_;  ///< elements of all rows of a few outputs
};

/// States of `outputs` elements for each kind of a task, as they are before the first element.
[[nodiscard]] States begin_states(const plan::ReduceTask& task, std::size_t outputs);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
