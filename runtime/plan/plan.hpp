#pragma once
/// The plan of a run: stages over chunk grids. A stage streams the chunks of its domain once and feeds every task over
/// it: reductions, whose results later stages use, and writes, which are results. Tasks are not listed chunk by chunk:
/// the pair (stage, chunk) is expanded by whoever runs it, so a plan is as small for 100,000 chunks as for one.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/plan/body.hpp"
#include "runtime/plan/passes.hpp"
#include "runtime/reduce/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Reductions over the same axes of the same body: one pass over the elements feeds them all.
struct ReduceTask {
  Body body;
  std::uint32_t axes = 0;
  ReduceDefinition definition;
  std::vector<reduce::StateCode> kinds;  ///< what is accumulated
  std::vector<NodePtr> results;          ///< the Reduce nodes that are finished from it
};

/// An output that is written element by element.
struct WriteTask {
  std::size_t output = 0;  ///< which output of the graph; one more for what the stage keeps
  Body body;
};

/// One streaming pass.
struct Stage {
  int level = 0;  ///< how many levels of reductions must be complete before
  Shape domain;
  ChunkGrid grid;
  std::vector<ReduceTask> reductions;
  std::vector<WriteTask> writes;
  /// The most outputs of a tile. The work is cut into tiles along the remaining axes, and the state of a tile is folded
  /// in place over the chunks of a merge group. 0: the work is cut along chunks.
  std::int64_t tile_outputs = 0;
  /// The read block of the stage's sources: no tile is cut inside one.
  Shape tile_units = {};
  /// The read block of the stage's sources; all ones if memory is too scarce to read whole blocks.
  Shape units = {};
  /// Work items are counted position by position, all tiles of each, and not tile by tile (executor::Cut). This keeps a
  /// range of work items in one place if the chunks along the reduced axes lie in different places.
  bool by_position = false;
  /// Elements of lines that an element of the domain is made of, if they are not its neighbours: as many times smaller
  /// are slabs.
  std::int64_t weight = 1;
  /// The array that the stage computes for later stages of the same level; null if it computes results.
  NodePtr kept = nullptr;
};

/// Bytes that a plan reads from one source.
struct SourceRead {
  const Source* of = nullptr;
  std::string source;  ///< its description (Source::describe)
  std::uint64_t bytes = 0;
};

/// How a plan uses memory: bounds that hold for any order of events.
struct MemoryBound {
  std::uint64_t results = 0;  ///< outputs that stay
  std::uint64_t states = 0;   ///< results of reductions inside the plan, and states being folded
  std::uint64_t scratch = 0;  ///< slabs being read and computed, all threads
  [[nodiscard]] std::uint64_t total() const { return results + states + scratch; }
};

/// How a function of lines is made (plan/lines.hpp).
struct Lines {
  bool whole = true;       ///< all stages that stream it ask for whole lines, slab by slab
  std::int64_t times = 1;  ///< how often a stage makes each line at most
  /// If not, lines are made in pieces, which are no smaller than this: a line, and the read blocks of the sources
  /// below.
  Shape units;
  Shape least;  ///< the same if memory is too scarce to read whole blocks
};

struct Plan {
  Graph graph;  ///< after the passes
  std::vector<Stage> stages;
  /// Arrays that are broadcast into larger ones, computed once and held to the end of the run: else each slab would
  /// read and compute them again. They take at most an eighth of the memory, and nothing if the plan does not fit with
  /// them.
  std::unordered_set<const Node*> kept;
  std::vector<SourceRead> reads;
  std::unordered_map<const Node*, Lines> lines;  ///< of all functions of lines
  bool whole_units = true;                       ///< Lines::units are in force, not Lines::least
  MemoryBound memory;
  int threads = 1;
  std::int64_t slab_elements = 0;  ///< what a thread works on at a time
  std::int64_t unit_bytes = 0;     ///< of the largest block that a source has to read at once (Source::read_unit)
};

/// Returns the shape of the slabs in which a box of the domain is streamed: about `elements` elements, more if the
/// sources' read blocks or the order of elements ask for more. A reduction takes the elements of an output in row-major
/// order, so a slab that is several indices wide along a reduced axis holds all of the reduced axes behind it.
[[nodiscard]] Shape slab_shape(const Stage& stage, const Shape& box, std::int64_t elements);

/// Returns the plan of a graph, after the passes over graphs, for outputs of these kinds. Throws memory_limit, with the
/// sizes, if the plan cannot be run within `limit` bytes.
[[nodiscard]] Plan make_plan(Graph graph, std::span<const OutputKind> outputs, const Passes& passes, int threads,
                             std::uint64_t limit);

/// How the outputs of a stage are cut into tiles and its work items counted. The grid and this decide on the work
/// items.
struct Tiling {
  std::int64_t outputs = 0;  ///< Stage::tile_outputs
  Shape units;               ///< Stage::tile_units
  bool by_position = false;  ///< Stage::by_position
  bool operator==(const Tiling&) const = default;
};

/// Returns true if the stage can be split into independent ranges: a single write, or reductions over the same axes
/// with the same definition.
[[nodiscard]] bool is_pure(const Stage& stage);

/// Returns a plan of pure stages, ranges of which can be run by anyone (executor/units.hpp). Reductions that share axes
/// and definition are joined, each write is a stage of its own, and every output is written, even a view. The stages
/// are the same for any threads and limit. `tilings`, one a stage, fixes the work items too, to those of another
/// process's plan: then threads and limit decide on slabs alone. Outputs are not counted into the bound. Throws
/// memory_limit as make_plan does, and invalid_argument if the tilings belong to another graph.
[[nodiscard]] Plan make_pure_plan(Graph graph, const Passes& passes, int threads, std::uint64_t limit,
                                  const std::vector<Tiling>& tilings = {});

/// Returns the tilings of a plan's stages, for make_pure_plan in another process.
[[nodiscard]] std::vector<Tiling> tilings_of(const Plan& plan);

/// Returns the bytes that a stage reads from each source that is neither memory nor generated, in the order of first
/// use. A broadcast array that is not held in memory is read, and counted, for each slab.
[[nodiscard]] std::vector<SourceRead> reads_of(const Plan& plan, const Stage& stage);

/// Returns how many reductions lie below an array on the longest way to a source: those must be complete before it is
/// streamed.
[[nodiscard]] int level_of(const Node& node);

/// Returns true if an array can be seen without being written: memory, a finished reduction, or a part of either.
[[nodiscard]] bool is_view(const Node& node);

/// Throws invalid_argument if an output of the graph is null, and unsupported if this thread's stack is too small for
/// the graph's depth.
void require_usable(const Graph& graph);

/// Throws what require_usable throws, and wrong_backend, naming both backends, if a source of the graph is kept by
/// another backend than the one of URI `home`.
void require_home(const Graph& graph, const std::string& home);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
