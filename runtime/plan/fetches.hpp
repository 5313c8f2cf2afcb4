#pragma once
/// The elements that a stage fetches of each source, and the memory that they take. A graph that uses one array in many
/// places has far more ways down to its sources than nodes. So the cost below a node is found once and remembered, and
/// planning takes time in proportion to the nodes.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Returns true if a stage finds an array in memory, because another stage computes and holds it.
[[nodiscard]] bool is_materialised_for(const Plan& plan, const Stage& stage, const Node& node);

/// Elements that a stage takes from a source.
struct Fetch {
  const Source* source = nullptr;
  double elements = 0;
};

/// Returns the elements that a stage takes from its sources, in the order of first use; a source may come several
/// times. Joined memory is left out: nobody reads it. A broadcast array that is not held is taken again for each slab.
[[nodiscard]] std::vector<Fetch> fetches_of(const Plan& plan, const Stage& stage);

/// Returns true if a stage has a source that is neither memory nor generated, such as a file.
[[nodiscard]] bool needs_reading(const Plan& plan, const Stage& stage);

/// Scratch memory of a stage's slab. A slab fetches a part of an array once, however many paths lead to it, so asking
/// for an array a second time returns 0. A view, and each part of a join, takes a part of its own.
class ScratchMemory {
 public:
  ScratchMemory(const Plan& plan, const Stage& stage) : plan_(&plan), stage_(&stage) {}
  /// Returns a bound for the bytes that fetching `elements` elements of an array takes.
  [[nodiscard]] double bytes(const NodePtr& node, std::int64_t elements) { return walk(node, elements, seen_); }
  /// Returns the bytes of the operands of the runners that make the arrays asked for: one runner is at work at a time.
  [[nodiscard]] double staging() const;

 private:
  using Seen = std::unordered_set<const Node*>;
  struct HashPlace {
    std::size_t operator()(const std::pair<const Node*, std::int64_t>& place) const {
      return std::hash<const Node*>{}(place.first) ^ (static_cast<std::size_t>(place.second) * 0x9e3779b97f4a7c15ULL);
    }
  };
  /// Returns the bytes for `elements` elements of a node, without the nodes that were `seen` before.
  double walk(const NodePtr& node, std::int64_t elements, Seen& seen);
  /// Returns the bytes for elements that are fetched for one view alone.
  double place(const NodePtr& node, std::int64_t elements);
  /// Returns the most bytes that one element of an array takes, with all arrays below it counted each time they are
  /// used.
  double of_one_element(const NodePtr& node);
  /// Returns of_one_element of the part that takes most.
  double widest_element(std::span<const NodePtr> parts);

  const Plan* plan_;
  const Stage* stage_;
  Seen seen_;
  std::unordered_map<std::pair<const Node*, std::int64_t>, double, HashPlace> places_;
  std::unordered_map<const Node*, double> one_element_;
  std::size_t most_line_bytes_ = 0;  ///< that a thread holds for functions of lines (line_bytes)
  std::size_t most_operands_ = 0;    ///< of an array that a runner makes; 0: none is made
};

/// Returns the bytes of an array's elements.
[[nodiscard]] inline std::uint64_t bytes_of(const Node& node) {
  return static_cast<std::uint64_t>(node.shape.elements()) * size_of(node.dtype);
}

/// Returns a number of bytes that was reckoned as floating point, so that no sum of bounds overflows: exact as far as
/// any machine has memory.
[[nodiscard]] inline std::uint64_t whole_bytes(double bytes) {
  return static_cast<std::uint64_t>(std::min(bytes, 0x1p62));
}

/// Returns the sum of two numbers of bytes, or the largest number if the sum overflows.
[[nodiscard]] constexpr std::uint64_t added_up(std::uint64_t a, std::uint64_t b) {
  return a + b < a ? ~std::uint64_t{0} : a + b;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
