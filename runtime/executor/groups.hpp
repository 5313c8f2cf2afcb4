#pragma once
/// Deals the elements of a chunk to the groups of a grouping: each group is accumulated as if the chunk had its indices
/// only (docs/semantics.md, "Groups").
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/executor/accumulate.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The groups of some indices of the grouped axis.
class IndexGroups {
 public:
  /// Indices that follow each other and are of one group.
  struct Stretch {
    std::size_t member = 0;  ///< number among the groups that have some of the indices
    std::int64_t first = 0;  ///< of the indices, along the axis
    std::int64_t count = 0;
    std::int64_t place = 0;  ///< of the first among those of its group
  };
  /// A group that has some of the indices.
  struct Member {
    std::int32_t group = 0;
    std::vector<std::int64_t> indices;
    std::size_t stretches = 0;
    std::size_t stretch = 0;  ///< the first one
  };

  explicit IndexGroups(const Grouping& grouping)
      : grouping_(&grouping), member_of_group_(static_cast<std::size_t>(grouping.groups), -1) {}

  /// Looks at the indices of a range with steps of 1.
  void look_at(const AxisRange& range);
  [[nodiscard]] std::span<const Member> members() const { return {members_.data(), count_}; }
  [[nodiscard]] std::span<const Stretch> stretches() const { return stretches_; }
  /// Returns the stretches that have indices of a part of the range, and perhaps others.
  [[nodiscard]] std::span<const Stretch> stretches_around(const AxisRange& part) const;

 private:
  Member& member_of(std::int32_t group);

  const Grouping* grouping_;
  AxisRange range_{0, 1, -1};
  std::vector<std::int32_t> member_of_group_;  ///< -1: none
  std::vector<Member> members_;                ///< the first `count_`; others keep their memory
  std::size_t count_ = 0;
  std::vector<Stretch> stretches_;
};

/// Accumulates a task with a grouping.
class GroupAccumulator final : public Accumulator {
 public:
  explicit GroupAccumulator(const plan::FoldTask& task)
      : task_(&task), axis_(task.grouping->axis), groups_(*task.grouping) {}

  void begin(const Region& box) override;
  void add(Evaluator& evaluator, const Region& slab, int domain_rank) override;
  States close() override;
  std::size_t fold(Evaluator& evaluator, std::span<const Region> boxes, int domain_rank, States& folded) override;
  /// Returns the way that the last slab or chunk took.
  [[nodiscard]] Dealing dealing() const { return dealing_; }

 private:
  /// Memory for the elements of one operand.
  struct Room {
    Buffer memory;
    std::size_t bytes = 0;
  };
  /// The members of a chunk that a slab is dealt to.
  enum class Taken : bool { all, of_several_stretches };

  void look_at(const Region& box);
  void begin_member(std::size_t member);
  /// Returns the box of one group: along the grouped axis its indices, counted from 0.
  [[nodiscard]] Region box_of(std::size_t member) const;
  /// Deals the elements of a slab, whose operands are given, to the groups.
  void deal(const Region& slab, const PerOperand<Operand>& operands, Taken taken);
  void deal_stretches(const Region& slab, const Region& part, const PerOperand<Operand>& operands, Taken taken);
  /// The same for short stretches: elements are gathered group by group first.
  void deal_gathered(const Region& slab, const PerOperand<Operand>& operands, Taken taken);
  /// Returns the elements of an operand with the indices of `order_` along the grouped axis, counted from the slab's
  /// first; they are in `room`. An operand that is broadcast along the axis stays as it is.
  [[nodiscard]] Operand gathered(const Region& slab, const Operand& operand, Room& room) const;
  /// Returns the operands of a part of a slab.
  [[nodiscard]] static PerOperand<Operand> moved(const PerOperand<Operand>& operands, const Region& slab,
                                                 const Region& part);
  /// Returns the states of a group among those of all.
  [[nodiscard]] std::span<reduce::State> states_of(States& all, std::size_t member) const;

  const plan::FoldTask* task_;
  int axis_;
  IndexGroups groups_;
  Region box_;
  std::size_t outputs_ = 0;
  std::vector<std::unique_ptr<ChunkAccumulator>> accumulators_;  ///< one a member of the chunk
  Buffer row_blocks_;
  std::vector<std::int64_t> order_;  ///< of the indices of a slab, group by group
  PerOperand<Room> gathered_;        ///< elements of operands in that order
  Dealing dealing_ = Dealing::none;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
