#pragma once
/// Feeds the elements of a slab to the states of a reduction, in the order that its definition wants.
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
  /// Does all of the above for a box that is one slab, and merges it into `folded` (empty before the first chunk);
  /// where its rows are few without ever storing its states.
  void fold(Evaluator& evaluator, const Region& box, int domain_rank, States& folded);

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
  /// Folds a box of few rows; false, and nothing done, where it is not of that kind.
  bool fold_rows(Slab& slab, States& folded);

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
