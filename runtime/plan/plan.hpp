#pragma once
/// The plan of a run: stages in the order in which they run, the bytes that they read and the memory that they need.
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/graph/node.hpp"
#include "runtime/plan/passes.hpp"
#include "runtime/plan/stage.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Bytes that a plan reads from one source.
struct SourceRead {
  const Source* of = nullptr;
  std::string source;  ///< its description (Source::describe)
  std::uint64_t bytes = 0;
};

/// The memory that a plan uses: bounds that hold for any order of events.
struct MemoryBound {
  std::uint64_t results = 0;  ///< outputs that stay
  std::uint64_t states = 0;   ///< results of reductions inside the plan, and states being folded
  std::uint64_t scratch = 0;  ///< slabs being read and computed, all threads
  [[nodiscard]] std::uint64_t total() const { return results + states + scratch; }
};

/// The way in which a function of lines is made (plan/lines.hpp).
struct Lines {
  bool whole = true;       ///< all stages that stream it ask for whole lines, slab by slab
  std::int64_t times = 1;  ///< how often a stage makes each line at most
  /// If not, lines are made in pieces, which are no smaller than this: a line, and the read blocks of the sources
  /// below.
  Shape block;
  Shape least;  ///< the same if memory is too scarce to read whole blocks
};

struct Plan {
  Graph graph;  ///< after the passes
  std::vector<Stage> stages;
  /// The outputs that no stage writes, since they are views of memory, of a fold or of a materialised array.
  std::vector<std::pair<std::size_t, NodePtr>> views;
  /// Arrays that are broadcast into larger ones, computed once and held to the end of the run: else each slab would
  /// read and compute them again. They take at most an eighth of the memory, and nothing if the plan does not fit with
  /// them.
  std::unordered_set<const Node*> materialised;
  /// The maps that stages compute below their bodies, each with its body.
  std::unordered_map<const Node*, Body> inner_bodies;
  std::unordered_map<const Node*, Lines> lines;  ///< of all functions of lines
  bool whole_blocks = true;                      ///< Lines::block is in force, not Lines::least
  std::vector<SourceRead> reads;
  MemoryBound memory;
  int threads = 1;
  std::int64_t slab_elements = 0;  ///< the elements that a thread works on at a time
  std::int64_t block_bytes = 0;    ///< of the largest block that a source has to read at once (Source::read_block)
};

/// Returns the plan of a graph, after the passes over graphs, for outputs of these kinds. Throws memory_limit, with the
/// sizes, if the plan cannot be run within `limit` bytes. `reports`, if it is given, gets an entry for each pass over
/// plans.
[[nodiscard]] Plan make_plan(const Graph& graph, std::span<const OutputKind> outputs, const Passes& passes, int threads,
                             std::uint64_t limit, std::vector<PassReport>* reports = nullptr);

/// Returns a plan of divisible stages, ranges of which can be run by anyone (executor/partition.hpp). Folds that share
/// axes and definition are joined, each write is a stage of its own, and every output is written, even a view. The
/// stages are the same for any threads and limit. `tilings`, one a stage, fixes the work items too, to those of another
/// process's plan: then threads and limit decide on slabs alone. Outputs are not counted into the bound. Throws
/// memory_limit as make_plan does, and invalid_argument if the tilings belong to another graph.
[[nodiscard]] Plan make_divisible_plan(const Graph& graph, const Passes& passes, int threads, std::uint64_t limit,
                                       const std::vector<Tiling>& tilings = {},
                                       std::vector<PassReport>* reports = nullptr);

/// Returns the tilings of a plan's stages, for make_divisible_plan in another process.
[[nodiscard]] std::vector<Tiling> tilings_of(const Plan& plan);

/// Returns the bytes that a stage reads from each source that is neither memory nor generated, in the order of first
/// use. A broadcast array that is not held in memory is read, and counted, for each slab.
[[nodiscard]] std::vector<SourceRead> reads_of(const Plan& plan, const Stage& stage);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
