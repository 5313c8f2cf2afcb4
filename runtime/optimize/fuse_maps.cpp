#include <algorithm>

#include "chunkwise/graph/build.hpp"
#include "runtime/graph/make_node.hpp"
#include "runtime/optimize/passes.hpp"
#include "runtime/optimize/rewrite.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

namespace {

/// Returns the number of parameters of `program` that appear before its input `slot`.
std::size_t parameters_before(const Program& program, std::size_t slot) {
  std::size_t parameters = 0;
  for (const Instruction& i : program.code()) {
    if (i.code == OpCode::input && i.arguments[0] == slot) break;
    parameters += i.code == OpCode::parameter;
  }
  return parameters;
}

/// Returns the node with its input `slot`, a map, taken into its own program.
NodePtr absorb(const Node& node, const MapNode& outer, std::size_t slot, const MapNode& inner) {
  std::vector<NodePtr> inputs = outer.inputs;
  const auto at = inputs.erase(inputs.begin() + static_cast<std::ptrdiff_t>(slot));
  inputs.insert(at, inner.inputs.begin(), inner.inputs.end());
  std::vector<Scalar> parameters = outer.parameters;
  parameters.insert(parameters.begin() + static_cast<std::ptrdiff_t>(parameters_before(*outer.program, slot)),
                    inner.parameters.begin(), inner.parameters.end());
  auto program = std::make_shared<const Program>(compose(*outer.program, slot, *inner.program));
  return graph::with_grid(build::map(std::move(program), std::move(inputs), std::move(parameters)), node.grid);
}

/// Makes the maps of one graph larger.
class Fuser {
 public:
  Fuser(const Graph& graph, Notes* notes) : slots_(count_slots(graph)), notes_(notes) {}

  /// Returns the node; if it is a map, with the maps among its inputs taken in that may be. `before` is the node as it
  /// was.
  NodePtr operator()(const Node& before, NodePtr node) {
    node = fuse(std::move(node));
    const MapNode* const map = graph::elementwise_of(*node);
    const auto filled = slots_.find(&before);
    if (map && map->program->is_costly() && filled != slots_.end() && filled->second > 1)
      wanted_.emplace(node.get(), filled->second);
    if (notes_ && graph::flow_of(*node) == graph::Flow::elsewhere) note_view(*node);
    return node;
  }

 private:
  NodePtr fuse(NodePtr node) {
    for (std::size_t slot = 0;;) {
      const MapNode* const outer = graph::elementwise_of(*node);
      if (!outer || slot >= outer->inputs.size()) return node;
      const MapNode* const inner = graph::elementwise_of(*outer->inputs[slot]);
      const std::string why = inner ? why_apart(*node, *outer, *outer->inputs[slot], *inner) : std::string{};
      if (notes_ && inner) note(*outer, *inner, why);
      if (!inner || !why.empty()) {
        ++slot;
        continue;
      }
      const std::size_t next = slot + inner->inputs.size();
      node = absorb(*node, *outer, slot, *inner);
      slot = next;  // the inner map's own inputs were fused when it was visited
    }
  }

  /// Returns why a map stays an input of another; nothing if it is taken in.
  [[nodiscard]] std::string why_apart(const Node& node, const MapNode& outer, const Node& input,
                                      const MapNode& inner) const {
    if (!(input.shape == node.shape))
      return "it is broadcast from " + to_string(input.shape) + " to " + to_string(node.shape) +
             " and would be computed again for each repetition";
    if (outer.program->function() || inner.program->function())
      return "a call of a function of your own has a kernel of its own";
    if (const auto wanted = wanted_.find(&input); wanted != wanted_.end())
      return "it is costly and wanted in " + std::to_string(wanted->second) +
             " places, so it is computed once for all of them, slab by slab";
    if (!ProgramRoom{outer.program->operations()}.take(inner.program->operations()))
      return "the program would have more than " + std::to_string(max_operations) + " operations";
    return {};
  }

  void note(const MapNode& outer, const MapNode& inner, const std::string& why) {
    std::string text = "map " + to_string(*inner.program) + " into map " + to_string(*outer.program);
    if (why.empty())
      notes_->done(std::move(text));
    else
      notes_->left(std::move(text) + ": " + why);
  }

  void note_view(const Node& view) {
    const std::span<const NodePtr> parts = inner_inputs_of(view);
    for (const NodePtr& part : parts)
      if (const MapNode* const map = graph::elementwise_of(*part))
        notes_->left("map " + to_string(*map->program) + " with what follows: it is " +
                     (parts.size() > 1 ? "joined with other arrays" : "indexed") +
                     " first, so its elements are computed slab by slab");
  }

  std::unordered_map<const Node*, std::size_t> slots_;
  /// Costly maps that fill several slots, and how many: taken in, they would be computed for each of them.
  std::unordered_map<const Node*, std::size_t> wanted_;
  Notes* notes_;
};

}  // namespace

Graph fuse_maps(Graph graph, Notes* notes) {
  Fuser fuser(graph, notes);
  return rewrite(std::move(graph), [&](const Node& before, NodePtr node) { return fuser(before, std::move(node)); });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
