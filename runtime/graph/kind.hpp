#pragma once
/// The answers that each kind of node has to give, each kind in a file of its own below kinds/: inputs, how a node is
/// made anew with others, hash and equality, bytes, a line for people, how its elements flow, which boxes of its inputs
/// a box of it needs, and how an index passes through it. Nobody else asks for the kind. The kinds are those of
/// Node::Data; a kind that leaves something out does not compile. Depths, reads, memory, locality and explanations are
/// derived from these answers (graph/ask.hpp).
#include <concepts>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/graph/node.hpp"
#include "chunkwise/graph/serialize.hpp"
#include "runtime/core/bytes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

/// The origin of a node's elements among those of its inputs.
enum class Flow : std::uint8_t {
  outside,    ///< there are no inputs
  elsewhere,  ///< an element is one element of an input, at another place
  in_place,   ///< an element is made of the inputs' elements at the same place, broadcast to the node's shape
  lines,      ///< an element is made of a whole line of the input along one axis
  complete,   ///< an element is made of many, and none is there before all of the input was seen
};

/// Takes a box of an input, by its number.
using VisitBox = std::function<void(std::size_t input, const Region& box)>;

/// Moves an index towards the sources; a kind asks it to go on with its inputs.
class IndexPusher {
 public:
  virtual ~IndexPusher() = default;
  /// Returns the view of an array through the transform, with the index as deep as it goes.
  virtual NodePtr push(const NodePtr& input, const IndexTransform& transform) = 0;
  /// Returns the array with the indices below it moved.
  virtual NodePtr visit(const NodePtr& node) = 0;
};

/// The output that a node writes itself to.
struct NodeWriter {
  ByteWriter& out;
  std::function<void(const NodePtr&)> reference;
  const SourceWriter& write_source;
};

/// The first version of a graph's bytes that has reductions by groups.
inline constexpr std::uint64_t version_with_groupings = 4;

/// The first version that has views with a fill value or another shape.
inline constexpr std::uint64_t version_with_fill = 5;

/// The first version that has views in chunks of their own.
inline constexpr std::uint64_t version_with_rechunks = 6;

/// Where a node reads itself.
struct NodeReader {
  std::uint64_t version;  ///< of the graph's bytes
  ByteReader& in;
  std::function<NodePtr()> reference;
  const SourceReader& read_source;
  UnknownFunctions unknown;

  [[nodiscard]] std::vector<NodePtr> references() {
    std::vector<NodePtr> result(in.count(8));
    for (NodePtr& node : result) node = reference();
    return result;
  }
};

/// Mixes numbers into a hash (the finalizer of SplitMix64 over a running state).
class Hash {
 public:
  explicit Hash(std::uint64_t kind) { add(kind); }
  Hash& add(std::uint64_t value) {
    state_ += value + 0x9e3779b97f4a7c15ULL;
    state_ = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9ULL;
    state_ = (state_ ^ (state_ >> 27)) * 0x94d049bb133111ebULL;
    state_ ^= state_ >> 31;
    return *this;
  }
  Hash& add_signed(std::int64_t value) { return add(static_cast<std::uint64_t>(value)); }
  /// Adds several numbers at the cost of about one: what a list shares with others of its length is mixed less.
  template <class Numbers>
  Hash& add_list(const Numbers& numbers) {
    std::uint64_t list = 1;
    for (const auto number : numbers) list = (list + static_cast<std::uint64_t>(number)) * 0xff51afd7ed558ccdULL;
    return add(list);
  }
  [[nodiscard]] std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0;
};

/// The kind of a node's data: specialised in kinds/, once for each alternative of Node::Data.
template <class Data>
struct Kind;

/// Compiles if a kind answers everything.
template <class K, class Data>
consteval bool is_complete_kind() {
  static_assert(
      requires {
        { K::number } -> std::convertible_to<std::uint8_t>;
      },
      "chunkwise: a kind of node needs its `number` on the wire");
  static_assert(
      requires(const Data& data) {
        { K::inputs(data) } -> std::same_as<std::span<const NodePtr>>;
      },
      "chunkwise: a kind of node has to tell its `inputs`");
  static_assert(
      requires(const Node& node, const Data& data, std::vector<NodePtr> inputs) {
        { K::with_inputs(node, data, std::move(inputs)) } -> std::same_as<NodePtr>;
      },
      "chunkwise: a kind of node has to say how it is made anew `with_inputs`");
  static_assert(
      requires(const Data& data) {
        { K::hash(data) } -> std::same_as<std::uint64_t>;
      },
      "chunkwise: a kind of node needs a `hash`");
  static_assert(
      requires(const Node& node, const Data& data) {
        { K::equal(node, data, node, data) } -> std::same_as<bool>;
      },
      "chunkwise: a kind of node has to say when two are `equal`");
  static_assert(
      requires(const Node& node, const Data& data, NodeWriter& to) { K::write(node, data, to); },
      "chunkwise: a kind of node has to `write` itself as bytes");
  static_assert(
      requires(NodeReader & from) {
        { K::read(from) } -> std::same_as<NodePtr>;
      },
      "chunkwise: a kind of node has to `read` itself from bytes");
  static_assert(
      requires(const Node& node, const Data& data) {
        { K::describe(node, data) } -> std::same_as<std::string>;
      },
      "chunkwise: a kind of node has to `describe` itself in a line");
  static_assert(
      requires {
        { K::flow } -> std::convertible_to<Flow>;
      },
      "chunkwise: a kind of node has to say how its elements `flow`");
  static_assert(
      requires(const Node& node, const Data& data, const Region& region, const VisitBox& visit) {
        K::boxes(node, data, region, visit);
      },
      "chunkwise: a kind of node has to say which `boxes` of its inputs a box needs");
  static_assert(
      requires(const NodePtr& node, const Data& data, const IndexTransform& transform, IndexPusher& pusher) {
        { K::push(node, data, transform, pusher) } -> std::same_as<NodePtr>;
      },
      "chunkwise: a kind of node has to say how an index passes through it (`push`)");
  return true;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
