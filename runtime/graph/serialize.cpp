#include "chunkwise/graph/serialize.hpp"

#include <unordered_map>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/core/bytes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr std::uint16_t format_version = 1;

class GraphWriter {
 public:
  explicit GraphWriter(const SourceWriter& write_source) : write_source_(write_source) {}

  std::vector<std::byte> write(const Graph& graph) {
    for (const NodePtr& output : graph.outputs) visit(*output);
    ByteWriter out;
    out.number(format_version, 2);
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
    for_each_input(node, [this](const NodePtr& input) { visit(*input); });
    nodes_.number(node.data.index(), 1);
    std::visit([this](const auto& data) { write_data(data); }, node.data);
    nodes_.grid(node.grid);
    numbers_.emplace(&node, count_++);
  }
  void reference(const NodePtr& node) { nodes_.number(numbers_.at(node.get()), 8); }
  void write_data(const SourceNode& n) { nodes_.block(write_source_(*n.source)); }
  void write_data(const ConcatenateNode& n) {
    nodes_.number(static_cast<std::uint64_t>(n.axis), 1);
    nodes_.number(n.parts->size(), 8);
    for (const NodePtr& part : *n.parts) reference(part);
  }
  void write_data(const IndexNode& n) {
    reference(n.input);
    nodes_.number(n.subscripts.size(), 8);
    for (const AxisSubscript& s : n.subscripts) {
      nodes_.number(static_cast<std::uint64_t>(s.kind), 1);
      nodes_.range(s.range);
    }
  }
  void write_data(const MapNode& n) {
    nodes_.block(n.program->to_bytes());
    nodes_.number(n.inputs.size(), 8);
    for (const NodePtr& input : n.inputs) reference(input);
    nodes_.number(n.parameters.size(), 8);
    for (const Scalar& p : n.parameters) nodes_.scalar(p);
  }
  void write_data(const ReduceNode& n) {
    nodes_.number(static_cast<std::uint64_t>(n.op), 1);
    reference(n.input);
    nodes_.number(n.axes, 4);
    nodes_.number(n.keepdims ? 1U : 0U, 1);
    nodes_.number(n.ddof);
    nodes_.grid(n.value_grid);
    nodes_.number(n.definition.version, 4);
    nodes_.number(n.definition.lanes, 4);
    nodes_.number(n.definition.run, 4);
  }

  const SourceWriter& write_source_;
  std::unordered_map<const Node*, std::uint64_t> numbers_;
  std::uint64_t count_ = 0;
  ByteWriter nodes_;
};

class GraphReader {
 public:
  GraphReader(std::span<const std::byte> bytes, const SourceReader& read_source, UnknownFunctions unknown)
      : in_(bytes, "graph"), read_source_(read_source), unknown_(unknown) {}

  Graph read() {
    if (const auto version = in_.number(2); version != format_version)
      throw Error(ErrorCode::unsupported, "a graph of format version " + std::to_string(version) +
                                              "; this is version " + std::to_string(format_version));
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
  std::vector<NodePtr> references() {
    std::vector<NodePtr> result(in_.count(8));
    for (NodePtr& node : result) node = reference();
    return result;
  }
  NodePtr node() {
    NodePtr made;
    const auto kind = in_.number(1);
    if (kind == 0)
      made = build::source(read_source_(in_.block()));
    else if (kind == 1) {
      const auto axis = static_cast<int>(in_.number(1));
      made = build::concatenate(references(), axis);
    } else if (kind == 2)
      made = index();
    else if (kind == 3)
      made = map();
    else if (kind == 4)
      made = reduce();
    else
      throw in_.error("a node of kind " + std::to_string(kind));
    ChunkGrid grid = in_.grid(made->shape);
    if (grid == made->grid) return made;
    Node copy = *made;
    copy.grid = std::move(grid);
    return std::make_shared<const Node>(std::move(copy));
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
      // The last index is looked at only where start and count cannot overflow it.
      const bool steps = r.count > 1;  // the step of a single index has no meaning, and may be anything
      const bool bounded = r.count >= 0 && r.count <= extent && r.step != 0 &&
                           (!steps || (r.step >= -extent - 1 && r.step <= extent + 1));
      if (!bounded || (r.count > 0 && (!inside(r.start) || (steps && !inside(r.start + r.step * (r.count - 1))))))
        throw in_.error("a subscript outside its axis");
      if (s.kind == AxisSubscript::Kind::integer && r.count != 1) throw in_.error("an integer subscript with a count");
    }
    return build::index(std::move(input), std::move(subscripts));
  }
  NodePtr map() {
    auto program = std::make_shared<const Program>(Program::from_bytes(in_.block()));
    if (program->function() && unknown_ == UnknownFunctions::refused) require_function(*program->function());
    std::vector<NodePtr> inputs = references();
    if (inputs.empty()) throw in_.error("a map without inputs");
    std::vector<Scalar> parameters(in_.count(9));
    for (Scalar& p : parameters) p = in_.scalar();
    return build::map(std::move(program), std::move(inputs), std::move(parameters));
  }
  NodePtr reduce() {
    const auto op = in_.number(1);
    if (!aggregate::find(static_cast<AggregateCode>(op)))
      throw in_.error("a reduction of number " + std::to_string(op));
    NodePtr input = reference();
    const auto axes = static_cast<std::uint32_t>(in_.number(4));
    const bool keepdims = in_.number(1) != 0;
    const std::int64_t ddof = in_.signed_number();
    NodePtr made = build::reduce(static_cast<AggregateCode>(op), input, axes, keepdims, ddof);
    Node copy = *made;
    auto& data = std::get<ReduceNode>(copy.data);
    data.value_grid = in_.grid(input->shape);
    data.definition.version = static_cast<std::uint32_t>(in_.number(4));
    data.definition.lanes = static_cast<std::uint32_t>(in_.number(4));
    data.definition.run = static_cast<std::uint32_t>(in_.number(4));
    if (data.definition.version != 1 || (data.definition.lanes != 1 && data.definition.lanes != 32) ||
        data.definition.run != 16)
      throw Error(ErrorCode::unsupported,
                  "a reduction by a definition that this version does not know (docs/semantics.md)");
    return std::make_shared<const Node>(std::move(copy));
  }

  ByteReader in_;
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
