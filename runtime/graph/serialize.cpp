#include "chunkwise/graph/serialize.hpp"

#include <unordered_map>

#include "chunkwise/graph/build.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr std::uint16_t format_version = 1;

class Writer {
 public:
  void number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
  }
  void number(std::int64_t value) { number(static_cast<std::uint64_t>(value), 8); }
  void block(std::span<const std::byte> block) {
    number(block.size(), 8);
    bytes_.insert(bytes_.end(), block.begin(), block.end());
  }
  void range(const AxisRange& r) {
    number(r.start);
    number(r.step);
    number(r.count);
  }
  void grid(const ChunkGrid& grid) {
    number(static_cast<std::uint64_t>(grid.rank()), 1);
    for (const AxisChunks& axis : grid) {
      // Regular partitions are two numbers, others the list of their sizes.
      number(axis.is_regular() ? 1U : 0U, 1);
      if (axis.is_regular()) {
        number(axis.extent());
        number(axis.count() > 0 ? axis.size(0) : 1);
      } else {
        number(static_cast<std::uint64_t>(axis.count()), 8);
        for (std::int64_t c = 0; c < axis.count(); ++c) number(axis.size(c));
      }
    }
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  [[nodiscard]] Error error(const std::string& what) const {
    return {ErrorCode::invalid_argument, "these bytes are no graph: " + what + " at byte " + std::to_string(at_)};
  }
  std::uint64_t number(int bytes) {
    need(static_cast<std::uint64_t>(bytes));
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value |= std::to_integer<std::uint64_t>(bytes_[at_++]) << (8 * i);
    return value;
  }
  std::int64_t signed_number() { return static_cast<std::int64_t>(number(8)); }
  /// A count of things that take at least `each` bytes: larger than what is left, it is refused before memory is taken.
  std::size_t count(std::uint64_t each) {
    const std::uint64_t n = number(8);
    if (n > (bytes_.size() - at_) / each) throw error("a count of " + std::to_string(n) + " beyond their end");
    return static_cast<std::size_t>(n);
  }
  std::span<const std::byte> block() {
    const std::size_t size = count(1);
    const auto result = bytes_.subspan(at_, size);
    at_ += size;
    return result;
  }
  AxisRange range() {
    AxisRange r;
    r.start = signed_number();
    r.step = signed_number();
    r.count = signed_number();
    return r;
  }
  ChunkGrid grid(const Shape& shape) {
    ChunkGrid grid;
    if (number(1) != static_cast<std::uint64_t>(shape.rank())) throw error("a chunk grid of another rank");
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (number(1) == 1) {
        const std::int64_t extent = signed_number();
        const std::int64_t size = signed_number();
        if (extent != shape[axis] || size < 1) throw error("a chunk size that does not fit");
        grid.push_back(AxisChunks::regular(extent, size));
        continue;
      }
      std::vector<std::int64_t> sizes(count(8));
      std::int64_t left = shape[axis];
      for (std::int64_t& size : sizes) {
        size = signed_number();
        if (size < 1 || size > left) throw error("chunk sizes that do not fit");
        left -= size;
      }
      if (left != 0) throw error("chunk sizes that do not fill their axis");
      grid.push_back(AxisChunks::of_sizes(sizes));
    }
    return grid;
  }
  void end() const {
    if (at_ != bytes_.size()) throw error("more bytes than they say");
  }

 private:
  void need(std::uint64_t n) const {
    if (bytes_.size() - at_ < n) throw error("they end too early");
  }
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

class GraphWriter {
 public:
  explicit GraphWriter(const SourceWriter& write_source) : write_source_(write_source) {}

  std::vector<std::byte> write(const Graph& graph) {
    for (const NodePtr& output : graph.outputs) visit(*output);
    Writer out;
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
    for (const Scalar& p : n.parameters) {
      nodes_.number(static_cast<std::uint64_t>(p.dtype), 1);
      for (const unsigned char byte : p.bytes) nodes_.number(byte, 1);
    }
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
  Writer nodes_;
};

class GraphReader {
 public:
  GraphReader(std::span<const std::byte> bytes, const SourceReader& read_source)
      : in_(bytes), read_source_(read_source) {}

  Graph read() {
    if (const auto version = in_.number(2); version != format_version)
      throw Error(ErrorCode::unsupported, "a graph of format version " + std::to_string(version) +
                                              "; this is version " + std::to_string(format_version));
    const std::uint64_t count = in_.number(8);
    in_.count(1);  // the nodes' bytes follow at once
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
      const bool bounded =
          r.count >= 0 && r.count <= extent && r.step != 0 && r.step >= -extent - 1 && r.step <= extent + 1;
      if (!bounded || (r.count > 0 && (!inside(r.start) || !inside(r.start + r.step * (r.count - 1)))))
        throw in_.error("a subscript outside its axis");
      if (s.kind == AxisSubscript::Kind::integer && r.count != 1) throw in_.error("an integer subscript with a count");
    }
    return build::index(std::move(input), std::move(subscripts));
  }
  NodePtr map() {
    auto program = std::make_shared<const Program>(Program::from_bytes(in_.block()));
    std::vector<NodePtr> inputs = references();
    if (inputs.empty()) throw in_.error("a map without inputs");
    std::vector<Scalar> parameters(in_.count(9));
    for (Scalar& p : parameters) {
      const auto dtype = in_.number(1);
      if (dtype >= dtype_count) throw in_.error("an element type of number " + std::to_string(dtype));
      p.dtype = static_cast<DType>(dtype);
      for (unsigned char& byte : p.bytes) byte = static_cast<unsigned char>(in_.number(1));
    }
    return build::map(std::move(program), std::move(inputs), std::move(parameters));
  }
  NodePtr reduce() {
    const auto op = in_.number(1);
    if (op > static_cast<std::uint64_t>(ReduceOp::nanmaximum))
      throw in_.error("a reduction of number " + std::to_string(op));
    NodePtr input = reference();
    const auto axes = static_cast<std::uint32_t>(in_.number(4));
    const bool keepdims = in_.number(1) != 0;
    const std::int64_t ddof = in_.signed_number();
    NodePtr made = build::reduce(static_cast<ReduceOp>(op), input, axes, keepdims, ddof);
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

  Reader in_;
  const SourceReader& read_source_;
  std::vector<NodePtr> nodes_;
};

}  // namespace

std::vector<std::byte> to_bytes(const Graph& graph, const SourceWriter& write_source) {
  return GraphWriter(write_source).write(graph);
}

Graph graph_from_bytes(std::span<const std::byte> bytes, const SourceReader& read_source) {
  return GraphReader(bytes, read_source).read();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
