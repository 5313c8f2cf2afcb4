#include "runtime/plan/body.hpp"

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

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
