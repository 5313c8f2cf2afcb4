#pragma once
/// What a stage fetches: how much of each source, and how much memory that takes. A graph that uses one array in many
/// places has far more ways down to its sources than nodes, so what lies below a place is reckoned once and remembered:
/// what a plan costs is bounded by its nodes.
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Returns true where a stage finds an array in memory, because another stage keeps it.
[[nodiscard]] bool is_kept_for(const Plan& plan, const Stage& stage, const Node& node);

/// Elements that a stage takes from a source.
struct Fetch {
  const Source* source = nullptr;
  double elements = 0;
};

/// Returns what a stage takes from its sources (but for joined memory, which nobody reads), in the order of first use;
/// a source may come several times. What is broadcast and not kept is taken again for each slab.
[[nodiscard]] std::vector<Fetch> fetches_of(const Plan& plan, const Stage& stage);

/// Returns true where a stage reads files, or what else is neither memory nor generated.
[[nodiscard]] bool needs_reading(const Plan& plan, const Stage& stage);

/// Scratch memory of a stage's slab. A slab fetches a part of an array once, however many paths lead to it, so asking
/// for an array a second time gives 0. An Index and each place of a join mean a part of their own.
class ScratchMemory {
 public:
  ScratchMemory(const Plan& plan, const Stage& stage) : plan_(&plan), stage_(&stage) {}
  /// Returns a bound for the bytes that fetching `elements` elements of an array takes.
  [[nodiscard]] double bytes(const NodePtr& node, std::int64_t elements) { return walk(node, elements, seen_); }
  /// Returns the bytes of the runners by which all that was asked for is made: one is at work at a time.
  [[nodiscard]] double staging() const;

 private:
  using Seen = std::unordered_set<const Node*>;
  struct HashPlace {
    std::size_t operator()(const std::pair<const Node*, std::int64_t>& place) const {
      return std::hash<const Node*>{}(place.first) ^ (static_cast<std::size_t>(place.second) * 0x9e3779b97f4a7c15ULL);
    }
  };
  double walk(const NodePtr& node, std::int64_t elements, Seen& seen);
  /// The same for a part of its own.
  double place(const NodePtr& node, std::int64_t elements);
  /// What one element of an array takes at most, all that it is made of counted for itself.
  double of_one_element(const NodePtr& node);
  double widest_element(std::span<const NodePtr> parts);

  const Plan* plan_;
  const Stage* stage_;
  Seen seen_;
  std::unordered_map<std::pair<const Node*, std::int64_t>, double, HashPlace> places_;
  std::unordered_map<const Node*, double> one_element_;
  std::size_t most_operands_ = 0;  ///< of what is made by a runner; 0: nothing is
};

/// Returns the sum of two numbers of bytes, or the largest number where it is larger.
[[nodiscard]] constexpr std::uint64_t added_up(std::uint64_t a, std::uint64_t b) {
  return a + b < a ? ~std::uint64_t{0} : a + b;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
