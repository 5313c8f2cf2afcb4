#include <algorithm>
#include <optional>

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

  /// Returns the node; if it is a map, with those maps among its inputs taken in that may be. `before` is the node as
  /// it was.
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
      const std::optional<Apart> why = inner ? apart(*node, *outer, *outer->inputs[slot], *inner) : std::nullopt;
      if (notes_ && inner) note(*node, *outer, *outer->inputs[slot], *inner, why);
      if (!inner || why) {
        ++slot;
        continue;
      }
      const std::size_t next = slot + inner->inputs.size();
      node = absorb(*node, *outer, slot, *inner);
      slot = next;  // the inner map's own inputs were fused when it was visited
    }
  }

  /// The reasons why a map stays an input of another.
  enum class Apart { broadcast, called, wanted, full };

  /// Returns nothing if the map is taken in.
  [[nodiscard]] std::optional<Apart> apart(const Node& node, const MapNode& outer, const Node& input,
                                           const MapNode& inner) const {
    // Computed inside, a smaller input would be computed again for each repetition.
    if (!(input.shape == node.shape)) return Apart::broadcast;
    if (outer.program->function() || inner.program->function()) return Apart::called;
    if (wanted_.contains(&input)) return Apart::wanted;
    if (!ProgramRoom{outer.program->operations()}.take(inner.program->operations())) return Apart::full;
    return {};
  }

  [[nodiscard]] std::string text_of(Apart why, const Node& node, const Node& input) const {
    switch (why) {
      case Apart::broadcast:
        return "it is broadcast from " + to_string(input.shape) + " to " + to_string(node.shape) +
               " and would be computed again for each repetition";
      case Apart::called:
        return "a call of a function of your own has a kernel of its own";
      case Apart::wanted:
        return "it is costly and wanted in " + std::to_string(wanted_.at(&input)) +
               " places, so it is computed once for all of them, slab by slab";
      case Apart::full:
        break;
    }
    return "the program would have more than " + std::to_string(max_operations) + " operations";
  }

  void note(const Node& node, const MapNode& outer, const Node& input, const MapNode& inner,
            std::optional<Apart> why) const {
    std::string text = "map " + to_string(*inner.program) + " into map " + to_string(*outer.program);
    if (why)
      notes_->left(std::move(text) + ": " + text_of(*why, node, input));
    else
      notes_->done(std::move(text));
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
  /// Costly maps that fill several slots, and the number of slots: taken in, they would be computed for each of them.
  std::unordered_map<const Node*, std::size_t> wanted_;
  Notes* notes_;
};

}  // namespace

Graph fuse_maps(Graph graph, Notes* notes) {
  Fuser fuser(graph, notes);
  return rewrite(std::move(graph), [&](const Node& before, NodePtr node) { return fuser(before, std::move(node)); });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
