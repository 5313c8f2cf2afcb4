#pragma once
/// The array-level intermediate form: a graph of immutable nodes, each of which is an array with dtype, shape and chunk
/// grid known at run time. Nodes are shared; two nodes that mean the same have the same hash and compare equal,
/// whatever their C++ types were. Made by graph/build.hpp, rewritten by runtime/optimize, turned into a plan by
/// runtime/plan.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/core/grouping.hpp"
#include "chunkwise/graph/transform.hpp"
#include "chunkwise/io/source.hpp"
#include "chunkwise/kernel/program.hpp"
#include "chunkwise/op/aggregate/own.hpp"
#include "chunkwise/op/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

struct Node;
/// A shared node, which nobody changes.
using NodePtr = std::shared_ptr<const Node>;

/// An array that comes from outside: a file, memory, a generator.
struct SourceNode {
  SourcePtr source;  ///< the elements come from it
};

/// Elements of other arrays at other places: parts that are joined along an axis, seen through a transform, or one part
/// in another shape. A slice is a transform of one part; a join has several parts and no transform. Together they
/// express slices of joins, permutations, windows and lists of indices. With a fill value an index may lie outside the
/// parts, and the element is that value. Parts are shared, so a list of 100,000 is handed on at no cost.
struct ViewNode {
  NodePtr only;                              ///< the part, if there is a single one
  std::shared_ptr<const NodePtr[]> several;  ///< the parts, if there are several
  std::size_t count = 1;                     ///< number of parts
  int joined = 0;                            ///< the axis of the parts along which they are joined; 0 for a single part
  /// First index of each part along that axis, and the extent at the end; null for a single part.
  std::shared_ptr<const std::vector<std::int64_t>> offsets;
  /// The index of each axis of the joined parts as a function of the view's; empty: as they are.
  std::vector<AxisTransform> axes;
  std::shared_ptr<const Scalar> fill = nullptr;  ///< of the parts' type; null: no index is outside
  bool reshapes = false;  ///< the single part's elements in row-major order, in the node's shape; no transform
  /// Facts about all parts, so that nobody who looks for something else has to ask each of 100,000.
  bool of_sources = false;  ///< several, each a source: there is nothing below
  bool of_memory = false;  ///< several, each a source in this process's memory, which no backend keeps: nothing is read
  bool rechunks = false;   ///< the single part's elements where they are, in chunks of the node's own; axes as they are
  [[nodiscard]] std::span<const NodePtr> parts() const { return {several ? several.get() : &only, count}; }
  [[nodiscard]] const NodePtr& part(std::size_t i) const { return several ? several[i] : only; }
  [[nodiscard]] bool joins() const { return offsets != nullptr; }
  /// Returns true if there is a transform: a join may have none.
  [[nodiscard]] bool moves() const { return !reshapes && (!joins() || !axes.empty()); }
};

/// A Program over inputs that broadcast to the node's shape; parameters are filled in.
struct MapNode {
  ProgramPtr program;              ///< the operations
  std::vector<NodePtr> inputs;     ///< one an input slot of the program
  std::vector<Scalar> parameters;  ///< one a parameter slot, of its type
};

/// The definition of a reduction's value (docs/semantics.md, "What a reduction is"): fixed when the node is built,
/// never changed by a pass.
struct FoldDefinition {
  std::uint32_t version = 1;  ///< of the definition; there is one
  std::uint32_t lanes = 32;   ///< accumulators inside a chunk: 32 if the last axis that counts is reduced, else 1
  std::uint32_t merge_group_size = 16;  ///< chunks of a merge group: they are folded in order, groups pairwise
  bool operator==(const FoldDefinition&) const = default;
};

/// A reduction over some axes of the input, whose grid at the time of building is the value grid.
struct FoldNode {
  AggregateCode op{};         ///< the aggregate
  NodePtr input;              ///< the array that is reduced
  std::uint32_t axes = 0;     ///< bit i: axis i of the input is reduced
  bool keepdims = false;      ///< reduced axes stay, with extent 1
  std::int64_t ddof = 0;      ///< for var and stddev: the divisor is count - ddof
  ChunkGrid value_grid;       ///< the chunks of the input as they count for the value
  FoldDefinition definition;  ///< how elements of a chunk, and chunks, are put together
  /// Null: axes are reduced as a whole. Else its axis, one of `axes`, stays with an element a group.
  GroupingPtr grouping = nullptr;
  std::shared_ptr<const Function> own = nullptr;  ///< an aggregate of a user's own, if op is aggregate::own_code

  /// Returns true if the result has an axis in the place of an axis of the input.
  [[nodiscard]] bool has_axis(int axis) const {
    return keepdims || !(axes >> axis & 1U) || (grouping && grouping->axis == axis);
  }
};

/// A function of whole lines of the input along one axis: of the catalogue (op/line/catalog.hpp), or a user's own.
struct AlongNode {
  LineCode function{};                  ///< 0 for a user's own
  std::shared_ptr<const Function> own;  ///< a user's own; null for one of the catalogue
  NodePtr input;
  int axis = 0;                         ///< of the input
  bool one_result = false;              ///< a line becomes one element
  bool keepdims = false;                ///< then the axis stays with extent 1; never set without one_result
  std::vector<double> parameters = {};  ///< that the function takes beside the line, such as a quantile's
  std::int64_t length = 0;              ///< of the line that is made of a line
};

/// The most nodes on a path through a graph. A walk of a graph, above all its evaluation, calls itself once for each
/// node of a path, and has to stay within a thread's stack of 8 MB.
inline constexpr int max_depth = 500;

/// Thrown as ErrorCode::unsupported for an array that would be deeper than max_depth.
class CHUNKWISE_API TooDeep : public Error {
 public:
  /// Of a code and a sentence.
  using Error::Error;
};

/// One array of the graph. When a node is destroyed, the nodes below it are released one after the other and not each
/// within the other, since a deep graph may end in a thread with a small stack.
struct Node {
  DType dtype = DType::float64;  ///< of the elements
  Shape shape;                   ///< the extents
  ChunkGrid grid;                ///< the chunks in which it is read and computed
  std::uint64_t hash = 0;        ///< of the kind and all that it carries; equal for equal nodes
  int depth = 1;                 ///< nodes on the longest way down to a source, this one included; at most max_depth
  /// Bit i: elements are made in whole lines along axis i, which chunks do not cut.
  std::uint32_t whole_axes = 0;
  /// One of the kinds of node.
  using Data = std::variant<SourceNode, ViewNode, MapNode, FoldNode, AlongNode>;
  Data data;

  ~Node();

  /// Returns the data of kind T, or null if the node is of another kind. `node->as<FoldNode>()`
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
};

/// Returns one line for people: "mean over axes 0", "source t2m of a.nc", ...
[[nodiscard]] std::string describe(const Node& node);
/// Returns the name of an aggregate of the catalogue; empty for another number.
[[nodiscard]] std::string_view name_of(AggregateCode aggregate);

/// Arrays to compute together. Passes find their common parts.
struct Graph {
  std::vector<NodePtr> outputs;  ///< none is null
};

/// Returns the functions of a user's own that a graph calls, each once.
[[nodiscard]] std::vector<Function> functions_of(const Graph& graph);

/// Returns the arrays that a node is made from, in order.
[[nodiscard]] std::span<const NodePtr> inputs_of(const Node& node);
/// Returns the same without sources that are joined, for callers that look for other nodes.
[[nodiscard]] std::span<const NodePtr> inner_inputs_of(const Node& node);

/// Returns true if one node equals another whose inputs are the same nodes; sources that are joined need only be equal.
[[nodiscard]] bool equal_shallow(const Node& a, const Node& b);

}  // namespace chunkwise::inline CHUNKWISE_ABI
