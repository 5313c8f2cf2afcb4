#pragma once
/// All passes, over graphs and over plans, in one table that names, switches, verifies and runs them.
#include <array>
#include <bitset>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

struct Plan;

/// Which work of other processes counts on a plan's stages: in a pure plan only folds over the same axes with the same
/// definition share a stage, so that ranges of it can be run by anyone.
enum class Purity : bool { mixed, pure };

using GraphPass = Graph (*)(Graph);
using PlanPass = Plan (*)(Plan, Purity);

struct Pass {
  std::string_view name;
  std::variant<GraphPass, PlanPass> run;
};

/// Takes a map under a fold into the fold's stage, so that its elements are never stored.
[[nodiscard]] Plan fuse_reductions(Plan plan, Purity purity = Purity::mixed);
/// Joins stages that stream the same domain at the same level, so that what they share is read once.
[[nodiscard]] Plan share_reads(Plan plan, Purity purity = Purity::mixed);

/// The passes in the order in which they run.
inline constexpr std::size_t pass_count = 5;
[[nodiscard]] std::span<const Pass, pass_count> passes();

/// Which passes are used; all by default. Each keeps every value.
class Passes {
 public:
  /// Switches off a pass by name; throws not_found naming those that exist.
  void disable(std::string_view name);
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] bool has(const Pass& pass) const { return !off_[static_cast<std::size_t>(&pass - passes().data())]; }

 private:
  std::bitset<pass_count> off_;
};

/// What a pass did not do, and why.
struct PassNote {
  std::string_view pass;
  std::string text;
};

/// Runs the graph passes that are switched on; debug builds verify the graph after each. A pass whose result would be
/// too deep is taken back, and `notes` says so. Throws invalid_argument for outputs that stand for nothing.
[[nodiscard]] Graph optimize(Graph graph, const Passes& passes, std::vector<PassNote>* notes = nullptr);

/// Asserts that outputs have kept dtype and shape and that each node is what its inputs make it.
void verify(const Graph& before, const Graph& after);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
