#include "chunkwise/graph/serialize.hpp"

#include <algorithm>
#include <type_traits>
#include <unordered_map>
#include <variant>

#include "chunkwise/graph/build.hpp"
#include "runtime/core/bytes.hpp"
#include "runtime/graph/make_node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr std::uint16_t format_version = 6;
/// The oldest version that has all nodes of a graph but functions of lines, which are of version 3, reductions by
/// groups, which are of version 4, views with a fill value or another shape, which are of version 5, and those in
/// chunks of their own, of version 6.
constexpr std::uint16_t version_without_lines = 2;
constexpr std::uint16_t version_with_lines = 3;
static_assert(format_version >= graph::version_with_rechunks);

/// Returns the oldest version that has such a node.
template <class Data>
std::uint16_t version_of(const Data& data) {
  if constexpr (std::is_same_v<Data, FoldNode>)
    if (data.grouping) return graph::version_with_groupings;
  if constexpr (std::is_same_v<Data, ViewNode>) {
    if (data.rechunks) return graph::version_with_rechunks;
    if (data.fill || data.reshapes) return graph::version_with_fill;
  }
  return graph::Kind<Data>::flow == graph::Flow::lines ? version_with_lines : version_without_lines;
}

class GraphWriter {
 public:
  explicit GraphWriter(const SourceWriter& write_source) : write_source_(write_source) {}

  std::vector<std::byte> write(const Graph& graph) {
    for (const NodePtr& output : graph.outputs) visit(*output);
    ByteWriter out;
    out.number(version_, 2);
    out.number(count_, 8);
    const std::vector<std::byte> nodes = nodes_.take();
    out.block(nodes);
    out.number(graph.outputs.size(), 8);
    for (const NodePtr& output : graph.outputs) out.number(numbers_.at(output.get()), 8);
    return out.take();
  }

 private:
  void visit(const Node& node) {
    if (numbers_.contains(&node)) return;
    for (const NodePtr& input : inputs_of(node)) visit(*input);
    graph::NodeWriter writer{nodes_, [this](const NodePtr& input) { nodes_.number(numbers_.at(input.get()), 8); },
                             write_source_};
    graph::with_kind(node, [&](auto kind, const auto& data) {
      version_ = std::max(version_, version_of(data));
      nodes_.number(kind.number, 1);
      kind.write(node, data, writer);
    });
    nodes_.grid(node.grid);
    numbers_.emplace(&node, count_++);
  }

  const SourceWriter& write_source_;
  std::unordered_map<const Node*, std::uint64_t> numbers_;
  std::uint64_t count_ = 0;
  std::uint16_t version_ = version_without_lines;
  ByteWriter nodes_;
};

class GraphReader {
 public:
  GraphReader(std::span<const std::byte> bytes, const SourceReader& read_source, UnknownFunctions unknown)
      : in_(bytes, "graph"), read_source_(read_source), unknown_(unknown) {}

  Graph read() {
    version_ = in_.number(2);
    if (version_ < 1 || version_ > format_version)
      throw Error(ErrorCode::unsupported, "a graph of format version " + std::to_string(version_) +
                                              "; this reads versions 1 to " + std::to_string(format_version));
    const std::uint64_t count = in_.number(8);
    (void)in_.count(1);  // the nodes' bytes follow at once
    for (std::uint64_t i = 0; i < count; ++i) nodes_.push_back(node());
    Graph graph;
    for (std::size_t left = in_.count(8); left > 0; --left) graph.outputs.push_back(reference());
    in_.end();
    return graph;
  }

 private:
  NodePtr reference() {
    const std::uint64_t number = in_.number(8);
    if (number >= nodes_.size()) throw in_.error("a node that is not there yet");
    return nodes_[static_cast<std::size_t>(number)];
  }
  NodePtr node() {
    graph::NodeReader reader{version_, in_, [this] { return reference(); }, read_source_, unknown_};
    NodePtr made = version_ == 1 ? node_of_version_1(reader) : node_of(reader, in_.number(1));
    return graph::with_grid(made, in_.grid(made->shape));
  }

  template <class... Data>
  NodePtr read_as(const std::variant<Data...>*, graph::NodeReader& reader, std::uint64_t kind) {
    NodePtr made;
    const auto read = [&]<class D>(std::type_identity<D>) {
      if (kind != graph::Kind<D>::number) return false;
      if (graph::Kind<D>::flow == graph::Flow::lines && version_ <= version_without_lines) return false;
      made = graph::Kind<D>::read(reader);
      return true;
    };
    if (!(read(std::type_identity<Data>{}) || ...)) throw in_.error("a node of kind " + std::to_string(kind));
    return made;
  }
  NodePtr node_of(graph::NodeReader& reader, std::uint64_t kind) {
    return read_as(static_cast<const Node::Data*>(nullptr), reader, kind);
  }

  /// Returns a node of version 1, which had joins and subscripts in place of views.
  NodePtr node_of_version_1(graph::NodeReader& reader) {
    const auto kind = in_.number(1);
    if (kind == 1) {
      const auto axis = static_cast<int>(in_.number(1));
      return build::concatenate(reader.references(), axis);
    }
    if (kind == 2) return index();
    return node_of(reader, kind == 0 ? 0 : kind - 1);
  }
  NodePtr index() {
    NodePtr input = reference();
    std::vector<AxisSubscript> subscripts(in_.count(25));
    int axis = 0;
    for (AxisSubscript& s : subscripts) {
      const auto kind = in_.number(1);
      s = {static_cast<AxisSubscript::Kind>(kind), in_.range()};
      if (kind > 2) throw in_.error("a subscript of kind " + std::to_string(kind));
      if (s.kind == AxisSubscript::Kind::create) {
        if (!(s.range == AxisRange{0, 1, 1})) throw in_.error("a new axis of another extent than 1");
        continue;
      }
      if (axis >= input->shape.rank()) throw in_.error("too many subscripts");
      const std::int64_t extent = input->shape[axis++];
      const AxisRange& r = s.range;
      const auto inside = [extent](std::int64_t i) { return i >= 0 && i < extent; };
      // The last index is looked at only if start and count cannot overflow it.
      const bool steps = r.count > 1;  // the step of a single index has no meaning, and may be anything
      const bool bounded = r.count >= 0 && r.count <= extent && r.step != 0 &&
                           (!steps || (r.step >= -extent - 1 && r.step <= extent + 1));
      if (!bounded || (r.count > 0 && (!inside(r.start) || (steps && !inside(r.start + r.step * (r.count - 1))))))
        throw in_.error("a subscript outside its axis");
      if (s.kind == AxisSubscript::Kind::integer && r.count != 1) throw in_.error("an integer subscript with a count");
    }
    return build::index(std::move(input), std::move(subscripts));
  }
  ByteReader in_;
  std::uint64_t version_ = format_version;
  const SourceReader& read_source_;
  UnknownFunctions unknown_;
  std::vector<NodePtr> nodes_;
};

}  // namespace

std::vector<std::byte> to_bytes(const Graph& graph, const SourceWriter& write_source) {
  return GraphWriter(write_source).write(graph);
}

Graph graph_from_bytes(std::span<const std::byte> bytes, const SourceReader& read_source, UnknownFunctions unknown) {
  return GraphReader(bytes, read_source, unknown).read();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
