#include <algorithm>

#include "chunkwise/graph/build.hpp"
#include "runtime/optimize/rewrite.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

namespace {

/// Parameters of `program` that appear before its input `slot`.
std::size_t parameters_before(const Program& program, std::size_t slot) {
  std::size_t parameters = 0;
  for (const Instruction& i : program.code()) {
    if (i.code == OpCode::input && i.arguments[0] == slot) break;
    parameters += i.code == OpCode::parameter;
  }
  return parameters;
}

/// The node with its input `slot`, a map, taken into its own program.
NodePtr absorb(const Node& node, const MapNode& outer, std::size_t slot, const MapNode& inner) {
  std::vector<NodePtr> inputs = outer.inputs;
  const auto at = inputs.erase(inputs.begin() + static_cast<std::ptrdiff_t>(slot));
  inputs.insert(at, inner.inputs.begin(), inner.inputs.end());
  std::vector<Scalar> parameters = outer.parameters;
  parameters.insert(parameters.begin() + static_cast<std::ptrdiff_t>(parameters_before(*outer.program, slot)),
                    inner.parameters.begin(), inner.parameters.end());
  auto program = std::make_shared<const Program>(compose(*outer.program, slot, *inner.program));
  Node fused = *build::map(std::move(program), std::move(inputs), std::move(parameters));
  fused.grid = node.grid;
  return std::make_shared<const Node>(std::move(fused));
}

}  // namespace

Graph fuse_maps(Graph graph) {
  return rewrite(std::move(graph), [](NodePtr node) {
    for (std::size_t slot = 0;;) {
      const auto* outer = node->as<MapNode>();
      if (!outer || slot >= outer->inputs.size()) return node;
      const Node& input = *outer->inputs[slot];
      const auto* inner = input.as<MapNode>();
      // A smaller input is broadcast: computed inside, it would be computed again for each repetition.
      const bool fits = inner && input.shape == node->shape &&
                        outer->program->operations() + inner->program->operations() <= max_operations;
      if (!fits) {
        ++slot;
        continue;
      }
      const std::size_t next = slot + inner->inputs.size();
      node = absorb(*node, *outer, slot, *inner);
      slot = next;  // the inner map's own inputs were fused when it was visited
    }
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
