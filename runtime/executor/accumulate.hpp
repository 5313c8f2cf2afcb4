#pragma once
/// Feeds the elements of a slab to the states of a reduction, in the order that its definition wants.
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/executor/evaluate.hpp"
#include "runtime/executor/merge_tree.hpp"
#include "runtime/executor/positions.hpp"
#include "runtime/executor/reduction_path.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

using plan::most_rows;
using plan::row_blocks_bytes;

/// The states of one task over one chunk (or a tile's part of it), while its elements arrive.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  /// Starts on a box of the domain: all reduced indices of a chunk, and the remaining ones of a chunk or tile.
  virtual void begin(const Region& box) = 0;
  /// Adds a slab of the box; slabs come in row-major order.
  virtual void add(Evaluator& evaluator, const Region& slab, int domain_rank) = 0;
  /// Returns the states of the box. The accumulator may begin again.
  virtual States close() = 0;
  /// Does all of the above for boxes that are one slab each, of chunks that follow each other, and merges them into
  /// `folded` (empty before the first chunk). If their rows are few, their states are never stored. Takes one box, or
  /// more if they lie in memory, and returns how many.
  virtual std::size_t fold(Evaluator& evaluator, std::span<const Region> boxes, int domain_rank, States& folded) = 0;
};

/// Returns the accumulator of a task: a ChunkAccumulator, or one that deals a chunk's elements to its groups
/// (executor/groups.hpp).
[[nodiscard]] std::unique_ptr<Accumulator> accumulator_of(const plan::FoldTask& task);

/// Accumulates whole axes, or one group of a grouping.
class ChunkAccumulator final : public Accumulator {
 public:
  explicit ChunkAccumulator(const plan::FoldTask& task);

  void begin(const Region& box) override;
  void add(Evaluator& evaluator, const Region& slab, int domain_rank) override;
  States close() override;
  std::size_t fold(Evaluator& evaluator, std::span<const Region> boxes, int domain_rank, States& folded) override;

  /// Makes the accumulator that of one group: boxes that follow have these indices of the domain in place of a range
  /// along the axis. In boxes and slabs they are counted from 0. The indices outlive the boxes.
  void choose(int axis, std::span<const std::int64_t> indices) { grouped_ = axis, indices_ = indices; }
  /// Adds a slab, given the operands of the task's body over it.
  void add(const Region& slab, const PerOperand<Operand>& operands);
  /// Folds a box that is one slab, as fold() does, given its operands. `row_blocks` is memory that accumulators share.
  void fold(const Region& box, const PerOperand<Operand>& operands, States& folded, Buffer& row_blocks);
  /// Returns the way that the last slab or chunk took.
  [[nodiscard]] ReductionPath path() const { return path_; }

 private:
  /// The rows of a few outputs, in the order of their positions: the offsets at which the walk starts a stretch of
  /// each.
  struct RowGroup {
    std::int64_t output;
    std::vector<PerOperand<std::int64_t>> rows;
  };
  /// A slab made ready: its elements, and the output and the position in the box of each.
  struct Slab {
    Slab(const ChunkAccumulator& of, const Shape& slab, PerOperand<Operand> operands);
    /// Returns true if everything but the place of its elements is the same for another slab: both lie in memory, in
    /// the same way. Chunk after chunk of an array in memory is of this kind, and making each ready anew would take
    /// longer than the arithmetic of a small one.
    [[nodiscard]] bool is_like(const Shape& slab, const PerOperand<Operand>& operands) const;

    Shape shape;
    BodyRunner runner;
    Walk walk;
    std::size_t output, position;  ///< numbers of the walk's maps
    PerOperand<std::int64_t> steps;
    bool rows_are_whole = false;  ///< each stretch is of one position, and of outputs that follow each other
    bool direct = false;          ///< elements lie in memory; nothing has to be loaded or computed first
    int factor = -1;              ///< of products of rows with a number each, the operand that is the number; else -1
    bool outputs_follow = false;  ///< each other, without one of another slab between them
    std::int64_t first_output = 0, first_position = 0;
    std::optional<std::vector<RowGroup>> groups;  ///< see row_groups()
  };
  /// Returns a slab of the box that was measured, given the operands of the task's body over it. Valid until the next,
  /// or rest().
  Slab& prepare(const Region& slab, const PerOperand<Operand>& operands);
  /// Lets go of a slab that was loaded or computed: its memory is planned for while it is loaded or computed.
  void rest();
  [[nodiscard]] bool uses_lanes() const { return task_->definition.lanes != 1; }
  void measure(const Region& box);
  /// Sets states to those before the first element of the box that was measured.
  void begin_measured();
  /// Makes states_ those of the whole box.
  void close_states();
  /// Returns the facts that decide on the way of a slab of the box that was measured.
  [[nodiscard]] SlabFacts facts_of(const Slab& slab) const;
  /// Adds a slab to the states of its chunk on the way that path_of() says.
  void add(Slab& slab);
  void add_rows(Slab& slab);
  void add_row_groups(Slab& slab);
  void add_products(Slab& slab);
  void reduce_whole(Slab& slab);
  void begin_lane_states();
  void add_lanes(Slab& slab);
  /// Returns the rows of a slab that is the whole box that was measured; none for other slabs, or too many rows.
  [[nodiscard]] const std::vector<RowGroup>& row_groups(Slab& slab) const;
  /// Folds the box that was measured, of any kind, which is this slab.
  void fold_alone(Slab& slab, States& folded);
  /// Folds boxes that are like a slab with row groups. `places` are the addresses of the first operand's elements in
  /// each box; there is more than one only if the slab is direct.
  void fold_rows(Slab& slab, std::span<const Region> boxes, std::span<const std::byte* const> places, States& folded);
  /// Returns the positions of the elements of a box among all that are reduced, if positions are asked for.
  [[nodiscard]] Positions positions_of(const Region& box) const;
  /// Returns the position of the first element of a stretch.
  [[nodiscard]] std::int64_t position_of(std::int64_t number) const {
    return takes_positions_ ? positions_.of(number) : 0;
  }

  const plan::FoldTask* task_;
  int grouped_ = -1;  ///< the axis along which there is one group; none: -1
  std::span<const std::int64_t> indices_;
  bool takes_positions_ = false;  ///< some state does
  Region box_;
  Positions positions_;                                      ///< of the box
  PerAxis<std::int64_t> output_strides_, position_strides_;  ///< 0 along axes that are reduced, or remain
  std::int64_t outputs_ = 0, reduced_ = 0;
  States states_;
  std::int64_t reduced_outputs_ = 0;  ///< the first outputs, whose states are made already
  bool has_lanes_ = false;            ///< the others' lanes are in lane_states_
  std::vector<Buffer> lane_states_;
  std::vector<std::size_t> lane_bytes_;
  Buffer row_blocks_;  ///< elements of all rows of a few outputs
  std::optional<Slab> ready_;
  ReductionPath path_ = ReductionPath::none;
};

/// Returns states of `outputs` elements for each kind of a task, as they are before the first element. With a grouping
/// these are the states of all kinds of group 0, then those of group 1, and so on, and they are absent.
[[nodiscard]] States begin_states(const plan::FoldTask& task, std::size_t outputs);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
