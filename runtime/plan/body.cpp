#include "runtime/plan/body.hpp"

#include "chunkwise/op/arithmetic.hpp"
#include "runtime/graph/ask.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

Body body_of(const NodePtr& node, bool take_map) {
  if (const MapNode* const map = take_map ? graph::elementwise_of(*node) : nullptr) {
    if (!map->program->is_identity())
      return {node, map->program, find_kernel(*map->program), map->inputs, map->parameters};
    return {node, nullptr, nullptr, map->inputs, {}};
  }
  return {node, nullptr, nullptr, {node}, {}};
}

bool is_product(const Body& body) {
  if (!body.program || body.inputs.size() != 2 || !body.parameters.empty() || !is_floating(body.node->dtype))
    return false;
  const auto code = body.program->code();
  return code.size() == 3 && code[2].code == op::Multiply::code && code[0].code == OpCode::input &&
         code[1].code == OpCode::input && code[2].type == body.node->dtype;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
