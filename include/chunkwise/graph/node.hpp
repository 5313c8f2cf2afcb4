#pragma once
/// The array-level intermediate form: a graph of immutable nodes, each of which is an array with dtype, shape and chunk
/// grid known at run time. Nodes are shared; two nodes that mean the same have the same hash and compare equal,
/// whatever C++ types they came from. Made by graph/build.hpp, rewritten by runtime/optimize, turned into a plan by
/// runtime/plan.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/dtype.hpp"
#include "chunkwise/io/source.hpp"
#include "chunkwise/kernel/program.hpp"
#include "chunkwise/op/aggregate/aggregate.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

/// An array that comes from outside: a file, memory, a generator.
struct SourceNode {
  SourcePtr source;
};

/// Arrays joined along one axis. Parts are shared, so a list of 100,000 is handed on at no cost.
struct ConcatenateNode {
  std::shared_ptr<const std::vector<NodePtr>> parts;
  int axis = 0;
  /// First index of each part along the axis, and the extent at the end.
  std::shared_ptr<const std::vector<std::int64_t>> offsets;
  /// What is known of all parts, so that nobody who looks for something else has to ask each of 100,000.
  bool of_sources = false;  ///< each is a source: there is nothing below
  bool of_memory = false;   ///< each is a source in this process's memory, which no backend keeps: nothing is read
};

/// What one axis of an Index node does with its input.
struct AxisSubscript {
  enum class Kind : std::uint8_t {
    range,    ///< keeps the axis, in part
    integer,  ///< one index (range.start); the axis goes
    create,   ///< a new axis of extent 1; takes no axis of the input
  } kind = Kind::range;
  AxisRange range;
  bool operator==(const AxisSubscript&) const = default;
};

/// Part of an array. Subscripts stand for the input's axes in order, with `create` entries between them.
struct IndexNode {
  NodePtr input;
  std::vector<AxisSubscript> subscripts;
};

/// A Program over inputs that broadcast to the node's shape; parameters are filled in.
struct MapNode {
  ProgramPtr program;
  std::vector<NodePtr> inputs;
  std::vector<Scalar> parameters;
};

/// The definition of a reduction's value (docs/semantics.md, "What a reduction is"): fixed when the node is built,
/// never changed by a pass.
struct ReduceDefinition {
  std::uint32_t version = 1;
  std::uint32_t lanes = 32;  ///< accumulators inside a chunk: 32 where the last axis that counts is reduced, else 1
  std::uint32_t run = 16;    ///< chunks folded in order before runs are merged pairwise
  bool operator==(const ReduceDefinition&) const = default;
};

/// A reduction over some axes of the input, whose grid at the time of building is the value grid.
struct ReduceNode {
  AggregateCode op{};
  NodePtr input;
  std::uint32_t axes = 0;  ///< bit i: axis i of the input is reduced
  bool keepdims = false;
  std::int64_t ddof = 0;
  ChunkGrid value_grid;
  ReduceDefinition definition;
};

/// Most nodes on a way through a graph. What walks a graph calls itself once a level, evaluating most of all, and has
/// to stay within a thread's stack of 8 MB.
inline constexpr int max_depth = 500;

/// One array of the graph. Nodes below one that goes are let go one after the other, not each within the other: a deep
/// graph may end in a thread with a small stack.
struct Node {
  DType dtype = DType::float64;
  Shape shape;
  ChunkGrid grid;
  std::uint64_t hash = 0;
  int depth = 1;  ///< nodes on the longest way down to a source, this one included; at most max_depth
  using Data = std::variant<SourceNode, ConcatenateNode, IndexNode, MapNode, ReduceNode>;
  Data data;

  ~Node();

  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
};

/// "Map", "Reduce mean", "Source t2m of a.nc", ...: one line for people.
[[nodiscard]] std::string describe(const Node& node);
/// The name of an aggregate of the catalogue; empty for another number.
[[nodiscard]] std::string_view name_of(AggregateCode aggregate);

/// Arrays to compute together. What they share is found by the passes.
struct Graph {
  std::vector<NodePtr> outputs;
};

/// The functions of a user's own that a graph calls, each once.
[[nodiscard]] std::vector<Function> functions_of(const Graph& graph);

/// Calls visit(child) for each array a node is made from.
template <class Visit>
void for_each_input(const Node& node, Visit&& visit) {
  if (const auto* concatenate = node.as<ConcatenateNode>())
    for (const NodePtr& part : *concatenate->parts) visit(part);
  else if (const auto* index = node.as<IndexNode>())
    visit(index->input);
  else if (const auto* map = node.as<MapNode>())
    for (const NodePtr& input : map->inputs) visit(input);
  else if (const auto* reduce = node.as<ReduceNode>())
    visit(reduce->input);
}

/// The same without the sources that are joined: for whoever looks for anything else.
template <class Visit>
void for_each_inner_input(const Node& node, Visit&& visit) {
  const auto* concatenate = node.as<ConcatenateNode>();
  if (!concatenate || !concatenate->of_sources) for_each_input(node, std::forward<Visit>(visit));
}

/// Equality of one node with another whose inputs are the same nodes; sources that are joined need only be equal.
[[nodiscard]] bool equal_shallow(const Node& a, const Node& b);

}  // namespace chunkwise::inline CHUNKWISE_ABI
