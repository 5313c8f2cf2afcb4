#include "runtime/graph/kinds/fold.hpp"

#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/make_node.hpp"
#include "runtime/graph/take_slice.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

using Fold = Kind<ReduceNode>;

namespace {

/// The same aggregate of another input; the value grid and the definition, on which the value depends, are given.
NodePtr fold_of(const ReduceNode& data, NodePtr input, ChunkGrid value_grid) {
  Node copy = *build::reduce(data.op, std::move(input), data.axes, data.keepdims, data.ddof);
  auto& own = std::get<ReduceNode>(copy.data);
  own.value_grid = std::move(value_grid);
  own.definition = data.definition;
  return std::make_shared<const Node>(std::move(copy));
}

std::string axes_text(std::uint32_t axes) {
  std::string text;
  for (int axis = 0; axis < max_rank; ++axis)
    if (axes >> axis & 1U) text += (text.empty() ? "" : ", ") + std::to_string(axis);
  return text;
}

}  // namespace

std::span<const NodePtr> Fold::inputs(const ReduceNode& data) { return {&data.input, 1}; }

NodePtr Fold::with_inputs(const Node& node, const ReduceNode& data, std::vector<NodePtr> inputs) {
  return with_grid(fold_of(data, std::move(inputs.at(0)), data.value_grid), node.grid);
}

std::uint64_t Fold::hash(const ReduceNode& data) {
  return Hash(5)
      .add(static_cast<std::uint64_t>(data.op))
      .add(data.input->hash)
      .add(data.axes)
      .add(data.keepdims)
      .add_signed(data.ddof)
      .value();
}

bool Fold::equal(const Node&, const ReduceNode& data, const Node&, const ReduceNode& other) {
  return data.op == other.op && data.input == other.input && data.axes == other.axes &&
         data.keepdims == other.keepdims && data.ddof == other.ddof && data.definition == other.definition &&
         data.value_grid == other.value_grid;
}

void Fold::write(const Node&, const ReduceNode& data, NodeWriter& to) {
  to.out.number(static_cast<std::uint64_t>(data.op), 1);
  to.reference(data.input);
  to.out.number(data.axes, 4);
  to.out.number(data.keepdims ? 1U : 0U, 1);
  to.out.number(data.ddof);
  to.out.grid(data.value_grid);
  to.out.number(data.definition.version, 4);
  to.out.number(data.definition.lanes, 4);
  to.out.number(data.definition.run, 4);
}

NodePtr Fold::read(NodeReader& from) {
  const auto op = from.in.number(1);
  if (!aggregate::find(static_cast<AggregateCode>(op)))
    throw from.in.error("a reduction of number " + std::to_string(op));
  NodePtr input = from.reference();
  const auto axes = static_cast<std::uint32_t>(from.in.number(4));
  const bool keepdims = from.in.number(1) != 0;
  const std::int64_t ddof = from.in.signed_number();
  NodePtr made = build::reduce(static_cast<AggregateCode>(op), input, axes, keepdims, ddof);
  Node copy = *made;
  auto& data = std::get<ReduceNode>(copy.data);
  data.value_grid = from.in.grid(input->shape);
  data.definition.version = static_cast<std::uint32_t>(from.in.number(4));
  data.definition.lanes = static_cast<std::uint32_t>(from.in.number(4));
  data.definition.run = static_cast<std::uint32_t>(from.in.number(4));
  if (data.definition.version != 1 || (data.definition.lanes != 1 && data.definition.lanes != 32) ||
      data.definition.run != 16)
    throw Error(ErrorCode::unsupported,
                "a reduction by a definition that this version does not know (docs/semantics.md)");
  return std::make_shared<const Node>(std::move(copy));
}

std::string Fold::describe(const Node&, const ReduceNode& data) {
  return std::string(name_of(data.op)) + " over " + (data.axes ? "axes " + axes_text(data.axes) : "no axis");
}

void Fold::boxes(const Node&, const ReduceNode& data, const Region& region, const VisitBox& visit) {
  Region box;
  int axis = 0;
  for (int i = 0; i < data.input->shape.rank(); ++i) {
    const bool goes = data.axes >> i & 1U;
    box.push_back(goes ? AxisRange{0, 1, data.input->shape[i]} : region[axis]);
    if (!goes || data.keepdims) ++axis;
  }
  visit(0, box);
}

/// Remaining axes may be cut before the fold; what is folded stays whole, so every value stays what it is. Slices go
/// below, the rest of the transform stays above.
NodePtr Fold::push(const NodePtr& node, const ReduceNode& data, const IndexTransform& transform, IndexPusher& pusher) {
  IndexTransform inner = IndexTransform::identity(data.input->shape);
  IndexTransform outer = transform;
  ChunkGrid value_grid = data.value_grid;
  bool changes = false;
  for (int i = 0, axis = 0; i < data.input->shape.rank(); ++i) {
    const bool goes = data.axes >> i & 1U;
    if (goes && !data.keepdims) continue;
    const int own = axis++;
    if (goes) continue;
    if (const std::optional<AxisRange> slice = take_slice(outer, own, inner, i)) {
      changes = true;
      value_grid[i] = value_grid[i].slice(*slice);
    }
  }
  if (!changes) return build::view(pusher.visit(node), transform);
  return build::view(fold_of(data, pusher.push(data.input, inner), std::move(value_grid)), outer);
}

const ReduceNode* fold_of(const Node& node) { return node.as<ReduceNode>(); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph

namespace chunkwise::inline CHUNKWISE_ABI::build {

NodePtr reduce(AggregateCode code, NodePtr input, std::uint32_t axes, bool keepdims, std::int64_t ddof) {
  graph::there(input, "a reduction");
  const aggregate::Description* description = aggregate::find(code);
  if (!description)
    throw Error(ErrorCode::invalid_argument,
                "no aggregate has the number " + std::to_string(static_cast<unsigned>(code)));
  const int rank = input->shape.rank();
  if (axes >> rank != 0)
    throw Error(ErrorCode::out_of_range, std::string(description->name) +
                                             ": an axis to reduce is not there: the array has " + std::to_string(rank) +
                                             " axes");
  Shape shape;
  ChunkGrid grid;
  ReduceDefinition definition;
  for (int axis = 0; axis < rank; ++axis) {
    const bool goes = axes >> axis & 1U;
    if (input->shape[axis] != 1) definition.lanes = goes ? 32 : 1;
    if (!goes || keepdims) {
      shape.push_back(goes ? 1 : input->shape[axis]);
      grid.push_back(goes ? AxisChunks::regular(1, 1) : input->grid[axis]);
    }
  }
  if (description->needs_elements) require_elements(description->name, input->shape, axes);
  const DType dtype = description->result[static_cast<std::size_t>(input->dtype)];
  ChunkGrid value_grid = input->grid;
  return graph::make_node(dtype, shape, std::move(grid),
                          ReduceNode{code, std::move(input), axes, keepdims, ddof, std::move(value_grid), definition});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::build
