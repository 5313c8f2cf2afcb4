#include "chunkwise/graph/node.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/graph/for_each_node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

std::string_view name_of(AggregateCode code) {
  const aggregate::Description* description = aggregate::find(code);
  return description ? description->name : std::string_view();
}

namespace {

std::string axes_text(std::uint32_t axes) {
  std::string text;
  for (int axis = 0; axis < max_rank; ++axis)
    if (axes >> axis & 1U) text += (text.empty() ? "" : ", ") + std::to_string(axis);
  return text;
}

std::string subscript_text(const AxisSubscript& s) {
  switch (s.kind) {
    case AxisSubscript::Kind::integer:
      return std::to_string(s.range.start);
    case AxisSubscript::Kind::create:
      return "newaxis";
    case AxisSubscript::Kind::range:
      break;
  }
  const std::int64_t stop = s.range.start + s.range.step * s.range.count;
  return std::to_string(s.range.start) + ":" + (stop < 0 ? std::string() : std::to_string(stop)) +
         (s.range.step == 1 ? "" : ":" + std::to_string(s.range.step));
}

struct Describe {
  std::string operator()(const SourceNode& n) const { return "source " + n.source->describe(); }
  std::string operator()(const ConcatenateNode& n) const {
    return "concatenate " + std::to_string(n.parts->size()) + " arrays along axis " + std::to_string(n.axis);
  }
  std::string operator()(const IndexNode& n) const {
    std::string text = "index [";
    for (std::size_t i = 0; i < n.subscripts.size(); ++i) text += (i ? ", " : "") + subscript_text(n.subscripts[i]);
    return text + "]";
  }
  std::string operator()(const MapNode& n) const { return "map " + to_string(*n.program); }
  std::string operator()(const ReduceNode& n) const {
    return std::string(name_of(n.op)) + " over " + (n.axes ? "axes " + axes_text(n.axes) : "no axis");
  }
};

}  // namespace

Node::~Node() {
  // Of this thread: what nodes that are going held, until there is time for it.
  thread_local std::vector<Data>* waiting = nullptr;
  if (std::holds_alternative<SourceNode>(data)) return;
  try {
    if (waiting) {
      waiting->push_back(std::move(data));
      return;
    }
    std::vector<Data> all;
    all.push_back(std::move(data));
    waiting = &all;
    while (!all.empty()) {
      const Data next = std::move(all.back());
      all.pop_back();
    }
    waiting = nullptr;
  } catch (const std::bad_alloc&) {
    // Without memory for the list they go within each other.
  }
}

std::string describe(const Node& node) { return std::visit(Describe{}, node.data); }

std::vector<Function> functions_of(const Graph& graph) {
  std::vector<Function> functions;
  for_each_node(graph, [&](const Node& node) {
    const auto* map = node.as<MapNode>();
    const Function* const called = map ? map->program->function() : nullptr;
    if (called && std::ranges::find(functions, *called) == functions.end()) functions.push_back(*called);
    const auto* joined = node.as<ConcatenateNode>();
    return !joined || !joined->of_sources;
  });
  return functions;
}

bool equal_shallow(const Node& a, const Node& b) {
  if (&a == &b) return true;
  if (a.hash != b.hash || a.dtype != b.dtype || !(a.shape == b.shape) || a.data.index() != b.data.index()) return false;
  if (const auto* x = a.as<SourceNode>()) {
    const auto* y = b.as<SourceNode>();
    if (x->source == y->source) return true;
    const std::string identity = x->source->identity();
    return !identity.empty() && identity == y->source->identity() && a.grid == b.grid;
  }
  if (const auto* x = a.as<ConcatenateNode>()) {
    const auto* y = b.as<ConcatenateNode>();
    if (x->axis != y->axis) return false;
    if (x->parts == y->parts || *x->parts == *y->parts) return true;
    return x->of_sources && y->of_sources &&
           std::equal(x->parts->begin(), x->parts->end(), y->parts->begin(), y->parts->end(),
                      [](const NodePtr& p, const NodePtr& q) { return equal_shallow(*p, *q); });
  }
  if (const auto* x = a.as<IndexNode>()) {
    const auto* y = b.as<IndexNode>();
    return x->input == y->input && x->subscripts == y->subscripts;
  }
  if (const auto* x = a.as<MapNode>()) {
    const auto* y = b.as<MapNode>();
    return x->inputs == y->inputs && x->parameters == y->parameters &&
           (x->program == y->program || *x->program == *y->program);
  }
  const auto* x = a.as<ReduceNode>();
  const auto* y = b.as<ReduceNode>();
  return x->op == y->op && x->input == y->input && x->axes == y->axes && x->keepdims == y->keepdims &&
         x->ddof == y->ddof && x->definition == y->definition && x->value_grid == y->value_grid;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
