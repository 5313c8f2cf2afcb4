#pragma once
/// What will be run: stages over chunk grids. A stage streams the chunks of its domain once and feeds every task over
/// it: reductions, whose results later stages use, and writes, which are results. Tasks are not listed chunk by chunk:
/// the pair (stage, chunk) is expanded by whoever runs it, so a plan is as small for 100,000 chunks as for one.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/reduce/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// What a task computes for each element of the domain: a program over inputs, or, without one, the node itself.
struct Body {
  NodePtr node;                     ///< the array that the body's elements are
  ProgramPtr program;               ///< null: the elements are those of inputs[0]
  KernelFunction kernel = nullptr;  ///< the native kernel; null: interpreted
  std::vector<NodePtr> inputs;
  std::vector<Scalar> parameters;
};

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
  int level = 0;  ///< number of reductions that must be complete before
  Shape domain;
  ChunkGrid grid;
  std::vector<ReduceTask> reductions;
  std::vector<WriteTask> writes;
  /// Not 0 where the work is cut along the kept axes into tiles of at most so many outputs, with the state of a tile
  /// folded in place over the chunks of a run; else work is cut along chunks.
  std::int64_t tile_outputs = 0;
  /// No tile is cut inside one of these boxes, those in which its sources want to be read.
  Shape tile_units = {};
  /// The box in which its sources want to be read; all ones where memory is too scarce for that.
  Shape units = {};
  /// Units are counted position by position, all tiles of each, and not tile by tile (executor::Cut): where the chunks
  /// along the reduced axes lie in different places, and a range of units should stay in one.
  bool by_position = false;
  /// The array that it computes for other stages of its level, which come after it; null: it is one of those.
  NodePtr kept = nullptr;
};

/// Which rewrites are used; all by default. Each keeps every value.
struct Passes {
  bool merge_equal_nodes = true;
  bool push_indices = true;
  bool fuse_maps = true;
  bool fuse_reductions = true;
  bool share_reads = true;

  /// Switches off a pass by name; throws not_found naming those that exist.
  void disable(std::string_view name);
};

/// Bytes that a plan reads from one source.
struct SourceRead {
  const Source* of = nullptr;
  std::string source;  ///< what it calls itself
  std::uint64_t bytes = 0;
};

/// How a plan uses memory: bounds that hold for any order of events.
struct MemoryBound {
  std::uint64_t results = 0;  ///< outputs that stay
  std::uint64_t states = 0;   ///< results of reductions inside the plan, and states being folded
  std::uint64_t scratch = 0;  ///< slabs being read and computed, all threads
  [[nodiscard]] std::uint64_t total() const { return results + states + scratch; }
};

struct Plan {
  Graph graph;  ///< after the passes
  std::vector<Stage> stages;
  /// Arrays that are broadcast into larger ones, computed once and kept to the end of the run: else each slab would
  /// read and compute them again. They take at most an eighth of the memory, and none where the plan does not fit with
  /// them.
  std::unordered_set<const Node*> kept;
  std::vector<SourceRead> reads;
  MemoryBound memory;
  int threads = 1;
  std::int64_t slab_elements = 0;  ///< what a thread works on at a time
  std::int64_t unit_bytes = 0;     ///< of the largest piece that a source has to read at once (Source::read_unit)
};

/// The shape of the slabs in which a box of the domain is streamed: about `elements` elements, more where the sources'
/// units and the order of elements ask for more. A reduction takes the elements of an output in row-major order, so a
/// slab that is several indices wide along a reduced axis holds all of the reduced axes behind it.
[[nodiscard]] Shape slab_shape(const Stage& stage, const Shape& box, std::int64_t elements);

/// Makes the plan of a graph that the graph passes have been over, for outputs of these kinds. Throws memory_limit,
/// with the sizes, where it cannot be run with `limit` bytes.
[[nodiscard]] Plan make_plan(Graph graph, std::span<const OutputKind> outputs, const Passes& passes, int threads,
                             std::uint64_t limit);

/// How the outputs of a stage are cut into tiles, and units counted: with its grid, all that its units depend on.
struct Tiling {
  std::int64_t outputs = 0;  ///< Stage::tile_outputs
  Shape units;               ///< Stage::tile_units
  bool by_position = false;  ///< Stage::by_position
  bool operator==(const Tiling&) const = default;
};

/// True where a stage is one write, or reductions over the same axes with the same definition: what ranges of are cut
/// from.
[[nodiscard]] bool is_pure(const Stage& stage);

/// Makes a plan of pure stages, ranges of which can be run by anyone (executor/units.hpp): reductions are joined where
/// they share axes and definition, each write is a stage of its own, and every output is written, be it a view. The
/// stages are the same for any threads and limit. So are their units where `tilings` gives those of another's plan, one
/// a stage: then threads and limit decide on slabs alone. Outputs are not counted into the bound. Throws memory_limit
/// as make_plan does, and invalid_argument where the tilings are those of another graph.
[[nodiscard]] Plan make_pure_plan(Graph graph, const Passes& passes, int threads, std::uint64_t limit,
                                  const std::vector<Tiling>& tilings = {});
[[nodiscard]] std::vector<Tiling> tilings_of(const Plan& plan);

/// What a stage reads of each source that is neither memory nor generated, in the order of first use. What is broadcast
/// and not kept is read, and counted, for each slab.
[[nodiscard]] std::vector<SourceRead> reads_of(const Plan& plan, const Stage& stage);

/// The reductions that must be complete before an array can be streamed, counted in levels.
[[nodiscard]] int level_of(const Node& node);

/// True where an array is seen without being written: memory, a finished reduction, or a part of either.
[[nodiscard]] bool is_view(const Node& node);

/// Throws invalid_argument where an output of the graph stands for nothing, and unsupported where this thread's stack
/// is too small for its depth.
void require_usable(const Graph& graph);

/// Throws what require_usable throws, and wrong_backend, naming both, where a source of the graph is kept by another
/// backend than the one of URI `home`.
void require_home(const Graph& graph, const std::string& home);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
