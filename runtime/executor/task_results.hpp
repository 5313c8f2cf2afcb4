#pragma once
/// The finished values of reductions: whole arrays, filled box by box.
#include <span>
#include <vector>

#include "chunkwise/io/sink.hpp"
#include "runtime/executor/evaluate.hpp"
#include "runtime/executor/merge_tree.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The results of one task: a row-major array for each fold. Of a box of the domain, the axes that are not reduced
/// count, and all groups of a grouping. Several threads may fill different boxes at a time.
class TaskResults {
 public:
  /// Of a task whose result is written as it is finished, `sink` receives it; others have none.
  TaskResults(const plan::FoldTask& task, const Shape& domain, Sink* sink = nullptr, trace::Recorder* trace = nullptr);

  /// Finishes the states of a box.
  void finish(const Region& box, const States& states) const;
  /// Returns the bytes of a box's values, one array after the other: the size of the memory that is copied from and to.
  [[nodiscard]] std::size_t bytes(const Region& box) const;
  void copy_out(const Region& box, std::byte* to) const;
  void copy_in(const Region& box, const std::byte* from) const;
  /// Finishes a box over no elements: its results are those of states that saw none.
  void finish_empty(const Region& box) const;
  void publish(Materialised& finished) const;

 private:
  /// The extents of a box in an array, and the position in the array at which it starts.
  struct Place {
    Shape shape;
    PerAxis<std::int64_t> strides;
    std::int64_t offset = 0;
  };
  /// The box of the result that a box of the domain makes.
  [[nodiscard]] Region result_region(const Region& box) const;
  /// Where one group of a box is.
  [[nodiscard]] Place place_of(const Region& box) const;
  /// Returns the place of all its groups; the same without a grouping.
  [[nodiscard]] Place place_of_all(const Region& box) const;
  [[nodiscard]] int grouped() const { return task_->grouping ? task_->grouping->axis : -1; }

  const plan::FoldTask* task_;
  Sink* sink_;
  trace::Recorder* trace_;                ///< of writing to it
  PerAxis<std::int64_t> result_strides_;  ///< and that of the grouped axis
  std::vector<UntypedNdArray> arrays_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
