#include "chunkwise/graph/node.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/for_each_node.hpp"
#include "runtime/graph/kinds.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

std::string_view name_of(AggregateCode code) {
  const aggregate::Description* description = aggregate::find(code);
  return description ? description->name : std::string_view();
}

Node::~Node() {
  // Of this thread: the data of nodes that are being destroyed, until there is time for it.
  thread_local std::vector<Data>* waiting = nullptr;
  // So few nodes may go each within the other.
  constexpr int shallow = 32;
  if (depth <= shallow) return;
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
    // Without memory for the list they are destroyed within each other.
  }
}

std::string describe(const Node& node) {
  return graph::with_kind(node, [&](auto kind, const auto& data) { return kind.describe(node, data); });
}

std::span<const NodePtr> inputs_of(const Node& node) {
  return graph::with_kind(node, [](auto kind, const auto& data) { return kind.inputs(data); });
}

std::span<const NodePtr> inner_inputs_of(const Node& node) {
  return graph::joins_sources(node) ? std::span<const NodePtr>{} : inputs_of(node);
}

std::vector<Function> functions_of(const Graph& graph) {
  std::vector<Function> functions;
  for_each_node(graph, [&](const Node& node) {
    const Function* const called = graph::by_kind(
        node, [](const SourceNode& /*source*/) -> const Function* { return nullptr; },
        [](const ViewNode& /*view*/) -> const Function* { return nullptr; },
        [](const MapNode& map) -> const Function* { return map.program->function(); },
        [](const AlongNode& along) -> const Function* { return along.own.get(); },
        [](const FoldNode& fold) -> const Function* { return fold.own.get(); });
    if (called && std::ranges::find(functions, *called) == functions.end()) functions.push_back(*called);
    return !graph::joins_sources(node);
  });
  return functions;
}

bool equal_shallow(const Node& a, const Node& b) {
  if (&a == &b) return true;
  if (a.hash != b.hash || a.dtype != b.dtype || !(a.shape == b.shape) || a.data.index() != b.data.index()) return false;
  // The results made of an array depend on its chunks.
  if (!(a.grid == b.grid)) return false;
  return graph::with_kind(a, [&](auto kind, const auto& data) {
    return kind.equal(a, data, b, std::get<std::decay_t<decltype(data)>>(b.data));
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
