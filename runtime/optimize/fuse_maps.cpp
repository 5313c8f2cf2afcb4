#include <algorithm>

#include "chunkwise/graph/build.hpp"
#include "runtime/graph/make_node.hpp"
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

/// Returns the node; if it is a map, with the maps among its inputs taken in, but for those that stay `apart`.
NodePtr fuse(NodePtr node, const std::unordered_set<const Node*>& apart) {
  for (std::size_t slot = 0;;) {
    const MapNode* const outer = graph::elementwise_of(*node);
    if (!outer || slot >= outer->inputs.size()) return node;
    const Node& input = *outer->inputs[slot];
    const MapNode* const inner = graph::elementwise_of(input);
    // A smaller input is broadcast: computed inside, it would be computed again for each repetition.
    // Nor is a call part of another program: both have kernels of their own.
    const bool fits = inner && input.shape == node->shape && !apart.contains(&input) && !outer->program->function() &&
                      !inner->program->function() &&
                      outer->program->operations() + inner->program->operations() <= max_operations;
    if (!fits) {
      ++slot;
      continue;
    }
    const std::size_t next = slot + inner->inputs.size();
    node = absorb(*node, *outer, slot, *inner);
    slot = next;  // the inner map's own inputs were fused when it was visited
  }
}

}  // namespace

Graph fuse_maps(Graph graph) {
  const auto slots = count_slots(graph);
  // Costly maps that fill several slots: taken in, they would be computed for each of them.
  std::unordered_set<const Node*> apart;
  return rewrite(std::move(graph), [&](const Node& before, NodePtr node) {
    node = fuse(std::move(node), apart);
    const MapNode* const map = graph::elementwise_of(*node);
    const auto filled = slots.find(&before);
    if (map && map->program->is_costly() && filled != slots.end() && filled->second > 1) apart.insert(node.get());
    return node;
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
