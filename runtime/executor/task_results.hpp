#pragma once
/// What reductions are finished into: whole arrays, filled box by box.
#include <span>
#include <vector>

#include "runtime/executor/evaluate.hpp"
#include "runtime/executor/merge_tree.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The results of one task: a row-major array for each Fold node. Boxes are those of the domain, of which the axes
/// count that are not reduced, and all groups of a grouping; different ones may be filled by several threads at a time.
class TaskResults {
 public:
  TaskResults(const plan::FoldTask& task, const Shape& domain);

  /// Finishes the states of a box.
  void finish(const Region& box, const States& states) const;
  /// Bytes of a box's values, of one array after the other; to and from memory of so many.
  [[nodiscard]] std::size_t bytes(const Region& box) const;
  void copy_out(const Region& box, std::byte* to) const;
  void copy_in(const Region& box, const std::byte* from) const;
  /// The same over no elements: results are those of states that saw none.
  void finish_empty(const Region& box) const;
  void publish(Materialised& finished) const;

 private:
  /// The extents of a box in an array, and where it starts there.
  struct Place {
    Shape shape;
    PerAxis<std::int64_t> strides;
    std::int64_t offset = 0;
  };
  /// Where one group of a box is.
  [[nodiscard]] Place place_of(const Region& box) const;
  /// Where all of its groups are; the same without a grouping.
  [[nodiscard]] Place place_of_all(const Region& box) const;
  [[nodiscard]] int grouped() const { return task_->grouping ? task_->grouping->axis : -1; }

  const plan::FoldTask* task_;
  PerAxis<std::int64_t> result_strides_;  ///< and that of the grouped axis
  std::vector<UntypedNdArray> arrays_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
