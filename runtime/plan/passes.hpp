#pragma once
/// All passes, over graphs and over plans, in one table that names, switches, times, verifies and runs them.
#include <array>
#include <bitset>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chunkwise/graph/node.hpp"
#include "runtime/optimize/notes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

struct Plan;
using optimize::Notes;

/// The stages that a plan may join.
enum class Sharing : bool {
  any,
  divisible,  ///< only those that are divisible together (is_divisible), so that ranges of them can be run by anyone
};

using GraphPass = Graph (*)(Graph, Notes*);
using PlanPass = void (*)(Plan&, Sharing, Notes*);

struct Pass {
  std::string_view name;
  std::variant<GraphPass, PlanPass> run;
  bool costs_memory = false;  ///< a plan that does not fit is tried without it
};

/// Takes a map under a fold into the fold's stage, so that its elements are never stored.
void fuse_reductions(Plan& plan, Sharing sharing, Notes* notes);
/// Joins stages that stream the same domain after the same folds, so that shared arrays are read once.
void share_reads(Plan& plan, Sharing sharing, Notes* notes);

/// The passes in the order in which they run.
inline constexpr std::size_t pass_count = 5;
[[nodiscard]] std::span<const Pass, pass_count> passes();

/// The passes that are used; all by default. Each keeps every value.
class Passes {
 public:
  /// Switches off a pass by name; throws not_found, naming those that exist.
  void disable(std::string_view name);
  [[nodiscard]] bool has(const Pass& pass) const { return !off_[static_cast<std::size_t>(&pass - passes().data())]; }
  /// Returns these passes without those that cost memory.
  [[nodiscard]] Passes without_costly() const;

 private:
  std::bitset<pass_count> off_;
};

/// The actions of a pass, the time that it took, and what it left unchanged.
struct PassReport {
  std::string_view pass;
  double seconds = 0;
  Notes notes;
};

/// Runs the passes over graphs that are switched on; debug builds verify the graph after each. A pass whose result
/// would be too deep is taken back. `reports`, if it is given, gets an entry for each pass. Throws invalid_argument for
/// null outputs.
[[nodiscard]] Graph optimize(Graph graph, const Passes& passes, std::vector<PassReport>* reports = nullptr);

/// Runs the passes over plans that are switched on; debug builds verify the plan after each. `reports` as above.
void optimize(Plan& plan, const Passes& passes, Sharing sharing, std::vector<PassReport>* reports);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
