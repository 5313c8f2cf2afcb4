#pragma once
/// Helpers that tests of graphs share: values of a graph as it stands, and a look at its nodes.
#include <set>

#include "chunkwise/graph/node.hpp"
#include "tests/all_passes.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {

/// The subscript of `count` indices: start, start + step, ...
inline cw::AxisSubscript part(std::int64_t start, std::int64_t step, std::int64_t count) {
  return {cw::AxisSubscript::Kind::range, {start, step, count}};
}

/// The bytes of a node's values, row-major, computed without any pass.
inline std::vector<std::byte> bytes_of(const cw::NodePtr& node) {
  cw::RunOptions options;
  options.disabled_passes = pass_names();
  const std::vector<cw::Target> targets(1);
  const cw::UntypedNdArray array = local()->run(cw::Graph{{node}}, targets, options).at(0);
  const std::size_t size = size_of(array.dtype);
  std::vector<std::byte> bytes;
  const auto walk = [&](const auto& self, int axis, const std::byte* from) -> void {
    if (axis == array.shape.rank()) return (void)bytes.insert(bytes.end(), from, from + size);
    for (std::int64_t i = 0; i < array.shape[axis]; ++i)
      self(self, axis + 1, from + i * array.strides[axis] * static_cast<std::int64_t>(size));
  };
  if (array.shape.elements() > 0) walk(walk, 0, static_cast<const std::byte*>(array.data));
  return bytes;
}

/// The nodes under a node, each once, inputs first.
inline std::vector<cw::NodePtr> nodes_under(const cw::NodePtr& node) {
  std::vector<cw::NodePtr> nodes;
  std::set<const cw::Node*> seen;
  const auto visit = [&](const auto& self, const cw::NodePtr& at) -> void {
    if (!seen.insert(at.get()).second) return;
    for (const auto& input : inputs_of(*at)) self(self, input);
    nodes.push_back(at);
  };
  visit(visit, node);
  return nodes;
}

/// How many nodes of a kind are under a node: `nodes_of<MapNode>(node)`.
template <class Kind>
std::size_t nodes_of(const cw::NodePtr& node) {
  std::size_t count = 0;
  for (const cw::NodePtr& n : nodes_under(node)) count += n->as<Kind>() != nullptr;
  return count;
}

/// Applies a pass to a graph of one output; dtype, shape, grid and every value must stay what they are.
template <class Pass>
cw::NodePtr apply_pass(Pass pass, const cw::NodePtr& node) {
  const cw::NodePtr after = pass(cw::Graph{{node}}, nullptr).outputs.at(0);
  EXPECT_EQ(after->dtype, node->dtype);
  EXPECT_EQ(after->shape, node->shape);
  EXPECT_EQ(after->grid, node->grid);
  EXPECT_EQ(bytes_of(after), bytes_of(node));
  return after;
}

}  // namespace chunkwise_test
