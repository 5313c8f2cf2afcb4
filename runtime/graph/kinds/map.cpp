#include "runtime/graph/kinds/map.hpp"

#include <algorithm>
#include <cstring>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/broadcast.hpp"
#include "runtime/graph/make_node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

using Map = Kind<MapNode>;

std::span<const NodePtr> Map::inputs(const MapNode& data) { return data.inputs; }

NodePtr Map::with_inputs(const Node& node, const MapNode& data, std::vector<NodePtr> inputs) {
  NodePtr made = build::map(data.program, std::move(inputs), data.parameters);
  return made->shape == node.shape ? with_grid(std::move(made), node.grid) : made;
}

std::uint64_t Map::hash(const MapNode& data) {
  Hash hash(4);
  hash.add(data.program->id());
  for (const NodePtr& input : data.inputs) hash.add(input->hash);
  for (const Scalar& parameter : data.parameters) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, parameter.bytes.data(), sizeof bits);
    hash.add(bits);
  }
  return hash.value();
}

bool Map::equal(const Node&, const MapNode& data, const Node&, const MapNode& other) {
  return data.inputs == other.inputs && data.parameters == other.parameters &&
         (data.program == other.program || *data.program == *other.program);
}

void Map::write(const Node&, const MapNode& data, NodeWriter& to) {
  to.out.block(data.program->to_bytes());
  to.out.number(data.inputs.size(), 8);
  for (const NodePtr& input : data.inputs) to.reference(input);
  to.out.number(data.parameters.size(), 8);
  for (const Scalar& parameter : data.parameters) to.out.scalar(parameter);
}

NodePtr Map::read(NodeReader& from) {
  auto program = std::make_shared<const Program>(Program::from_bytes(from.in.block()));
  if (program->function() && (is_line_function(*program->function()) || aggregate::is_own(*program->function())))
    throw from.in.error("a call, element by element, of a function that takes more");
  if (program->function() && from.unknown == UnknownFunctions::refused) require_function(*program->function());
  std::vector<NodePtr> inputs = from.references();
  if (inputs.empty()) throw from.in.error("a map without inputs");
  std::vector<Scalar> parameters(from.in.count(9));
  for (Scalar& parameter : parameters) parameter = from.in.scalar();
  return build::map(std::move(program), std::move(inputs), std::move(parameters));
}

std::string Map::describe(const Node&, const MapNode& data) { return "map " + to_string(*data.program); }

void Map::boxes(const Node& node, const MapNode& data, const Region& region, const VisitBox& visit) {
  for (std::size_t i = 0; i < data.inputs.size(); ++i)
    visit(i, broadcast_region(region, node.shape, data.inputs[i]->shape));
}

namespace {

/// Returns the transform that one input of a map gets. Axes of the view that the input does not use have an extent of 1
/// in it, so that the map stretches them as before. Leading ones are left out, unless the input has all axes of the
/// map: then it keeps them, so that the result does.
IndexTransform for_input(const IndexTransform& transform, const Node& map, const Node& input) {
  const int rank = input.shape.rank();
  const int lead = map.shape.rank() - rank;
  const auto is_stretched = [&](int axis) { return input.shape[axis] != map.shape[lead + axis]; };
  IndexTransform own{transform.shape, {}};
  for (int axis = 0; axis < rank; ++axis)
    own.axes.push_back(is_stretched(axis) ? AxisTransform::constant(0)
                                          : transform.axes[static_cast<std::size_t>(lead + axis)]);
  PerAxis<bool> is_taken;
  for (int axis = 0; axis < own.shape.rank(); ++axis) {
    is_taken.push_back(own.uses(axis));
    if (!is_taken[axis]) own.shape[axis] = 1;
  }
  // A stretched axis stays, so that the axes behind it keep their places.
  for (int axis = 0; axis < rank; ++axis) {
    const AxisTransform& of_map = transform.axes[static_cast<std::size_t>(lead + axis)];
    if (!is_stretched(axis) || of_map.count != 1 || is_taken[of_map.terms[0].axis]) continue;
    own.axes[static_cast<std::size_t>(axis)] = AxisTransform::along(of_map.terms[0].axis);
    is_taken[of_map.terms[0].axis] = true;
  }
  int unused = 0;
  while (lead > 0 && unused < own.shape.rank() && !is_taken[unused]) ++unused;
  if (unused == 0) return own;
  Shape shape;
  for (int axis = unused; axis < own.shape.rank(); ++axis) shape.push_back(own.shape[axis]);
  own.shape = shape;
  for (AxisTransform& axis : own.axes)
    for (int t = 0; t < axis.count; ++t) axis.terms[static_cast<std::size_t>(t)].axis -= unused;
  return own;
}

/// Returns true if every axis of the view that is longer than 1 is one of the map's: a map would compute repeated
/// elements again and again.
bool repeats_nothing(const IndexTransform& transform) {
  for (int axis = 0; axis < transform.shape.rank(); ++axis)
    if (transform.shape[axis] > 1 && !transform.uses(axis)) return false;
  return true;
}

}  // namespace

NodePtr Map::push(const NodePtr& node, const MapNode& data, const IndexTransform& transform, IndexPusher& pusher) {
  if (data.inputs.empty() || !repeats_nothing(transform)) return build::view(pusher.visit(node), transform);
  std::vector<NodePtr> inputs;
  inputs.reserve(data.inputs.size());
  for (const NodePtr& input : data.inputs) {
    const IndexTransform own = for_input(transform, *node, *input);
    inputs.push_back(own.is_identity(input->shape) ? pusher.visit(input) : pusher.push(input, own));
  }
  NodePtr made = build::map(data.program, std::move(inputs), data.parameters);
  // If no input has the axis that an axis of extent 1 or 0 stands for, the index stays above the map.
  return made->shape == transform.shape ? made : build::view(pusher.visit(node), transform);
}

const MapNode* elementwise_of(const Node& node) { return node.as<MapNode>(); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph

namespace chunkwise::inline CHUNKWISE_ABI::build {

namespace {

/// Returns the grid of a broadcast result. Each axis takes the partition of the operand that cuts it most often, the
/// first of them if there are several; a stretched axis of extent 1 has no say. An axis along which an input is made in
/// whole lines is one chunk: each chunk would make all of the lines.
ChunkGrid broadcast_grid(const Shape& shape, std::span<const NodePtr> inputs, std::uint32_t whole_axes) {
  ChunkGrid grid;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const AxisChunks* best = nullptr;
    if (whole_axes >> axis & 1U) {
      grid.push_back(AxisChunks::regular(shape[axis], std::max<std::int64_t>(shape[axis], 1)));
      continue;
    }
    for (const NodePtr& input : inputs) {
      const int own = axis - (shape.rank() - input->shape.rank());
      if (own < 0 || input->shape[own] != shape[axis]) continue;
      const AxisChunks& candidate = input->grid[own];
      if (!best || candidate.count() > best->count()) best = &candidate;
    }
    grid.push_back(best ? *best : AxisChunks::regular(shape[axis], std::max<std::int64_t>(shape[axis], 1)));
  }
  return grid;
}

std::uint32_t whole_axes_of(const Shape& shape, std::span<const NodePtr> inputs) {
  std::uint32_t whole = 0;
  for (const NodePtr& input : inputs) {
    const int lead = shape.rank() - input->shape.rank();
    for (int axis = 0; axis < input->shape.rank(); ++axis)
      if ((input->whole_axes >> axis & 1U) && input->shape[axis] == shape[lead + axis]) whole |= 1U << (lead + axis);
  }
  return whole;
}

}  // namespace

NodePtr map(ProgramPtr program, std::vector<NodePtr> inputs, std::vector<Scalar> parameters) {
  if (!program) throw Error(ErrorCode::invalid_argument, "map: the program is null");
  for (const NodePtr& input : inputs) graph::there(input, "map");
  const auto slots = program->inputs();
  if (slots.size() != inputs.size() || program->parameters().size() != parameters.size())
    throw Error(ErrorCode::invalid_argument,
                "map: the program " + to_string(*program) + " takes " + std::to_string(slots.size()) + " inputs and " +
                    std::to_string(program->parameters().size()) + " parameters, but was given " +
                    std::to_string(inputs.size()) + " and " + std::to_string(parameters.size()));
  Shape shape;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i]->dtype != slots[i])
      throw Error(ErrorCode::type_mismatch, "map: input " + std::to_string(i) + " holds " +
                                                std::string(name_of(inputs[i]->dtype)) + ", but the program wants " +
                                                std::string(name_of(slots[i])));
    shape = i == 0 ? inputs[i]->shape : broadcast(shape, inputs[i]->shape);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].dtype != program->parameters()[i])
      throw Error(ErrorCode::type_mismatch, "map: parameter " + std::to_string(i) + " is " +
                                                std::string(name_of(parameters[i].dtype)) + ", but the program wants " +
                                                std::string(name_of(program->parameters()[i])));
  }
  const std::uint32_t whole_axes = whole_axes_of(shape, inputs);
  ChunkGrid grid = broadcast_grid(shape, inputs, whole_axes);
  const DType dtype = program->result();
  return graph::make_node(dtype, shape, std::move(grid),
                          MapNode{std::move(program), std::move(inputs), std::move(parameters)}, whole_axes);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::build
