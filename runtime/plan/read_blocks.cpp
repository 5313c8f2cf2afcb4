#include "runtime/plan/read_blocks.hpp"

#include <algorithm>
#include <unordered_set>

#include "runtime/graph/ask.hpp"
#include "runtime/plan/cut.hpp"
#include "runtime/plan/fetches.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

Shape read_block_of(const Plan& plan, const Stage& stage) {
  Shape block = Shape::filled(stage.domain.rank(), 1);
  std::unordered_set<const Node*> seen;
  const auto visit = [&](const auto& self, const NodePtr& node, int lead) -> void {
    if (is_materialised_for(plan, stage, *node) || !seen.insert(node.get()).second) return;
    if (const SourcePtr* const source = graph::source_of(*node)) {
      const Shape own = (*source)->read_block();
      for (int axis = 0; axis < own.rank(); ++axis)
        if (lead + axis >= 0 && own[axis] > 1 && node->shape[axis] == stage.domain[lead + axis])
          block[lead + axis] = std::max(block[lead + axis], own[axis]);
    } else if (graph::only_joins(*node)) {
      // The joined axis of a part is a piece of the domain's; blocks of its other axes count.
      const NodePtr& part = inputs_of(*node).front();
      if (const SourcePtr* const first = graph::source_of(*part)) {
        const Shape own = (*first)->read_block();
        for (int axis = 0; axis < own.rank(); ++axis)
          if (lead + axis >= 0) block[lead + axis] = std::max(block[lead + axis], own[axis]);
      } else
        self(self, part, lead);
    } else if (graph::flow_of(*node) == graph::Flow::in_place) {
      for (const NodePtr& input : inputs_of(*node)) self(self, input, lead + node->shape.rank() - input->shape.rank());
    }
  };
  for (const Body* const body : bodies_of(stage))
    for (const NodePtr& input : body->inputs) visit(visit, input, stage.domain.rank() - input->shape.rank());
  for (int axis = 0; axis < block.rank(); ++axis)
    block[axis] = std::clamp<std::int64_t>(block[axis], 1, std::max<std::int64_t>(stage.domain[axis], 1));
  return block;
}

LargestBlock largest_block(const Plan& plan) {
  LargestBlock largest{4096, 0};
  for (const Stage& stage : plan.stages)
    for (const Fetch& fetch : fetches_of(plan, stage)) {
      const Source& source = *fetch.source;
      const std::int64_t block = source.read_block().elements();
      largest.elements = std::max(largest.elements, block);
      if (block > 1)
        largest.bytes = std::max(largest.bytes, block * static_cast<std::int64_t>(size_of(source.encoding().stored)));
    }
  return largest;
}

Shape slab_shape(const Stage& stage, const Shape& box, std::int64_t elements) {
  elements = std::max<std::int64_t>(elements / stage.weight, 1);
  if (box.elements() <= elements) return box;
  Shape slab = piece_shape(box, stage.read_block, elements);
  // Rows that are cut are cut where cache lines end.
  const int last = box.rank() - 1;
  if (last >= 0 && slab[last] < box[last] && slab[last] > 64 && stage.read_block[last] == 1)
    slab[last] = slab[last] / 16 * 16;
  for (bool grown = true; grown;) {
    grown = false;
    for (const FoldTask& task : folds_of(stage)) {
      bool wide = false;
      for (int axis = 0; axis < box.rank(); ++axis) {
        if (!(task.axes >> axis & 1U)) continue;
        if (wide && slab[axis] < box[axis]) slab[axis] = box[axis], grown = true;
        wide = wide || slab[axis] > 1;
      }
    }
  }
  return slab;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
