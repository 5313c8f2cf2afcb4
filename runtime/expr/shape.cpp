#include "chunkwise/expr/shape.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>

#include "chunkwise/graph/build.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/core/rearranged_labels.hpp"
#include "runtime/expr/handle_of.hpp"
#include "runtime/graph/make_node.hpp"
#include "runtime/graph/reshape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using Elements = AxisOrigin::Elements;
using Origins = std::vector<AxisOrigin>;

/// Longer lists of indices would take more memory than they are worth.
constexpr std::int64_t most_indices = std::int64_t{1} << 24;
constexpr std::int64_t most_copies = std::int64_t{1} << 20;

Origins origins_of(const UntypedArray& x) {
  Origins origins;
  for (int axis = 0; axis < x.shape.rank(); ++axis) origins.push_back({axis});
  return origins;
}

/// Returns the labels of x with the elements along one axis moved to any places.
Labels with_moved_axis(const UntypedArray& x, int axis) {
  Origins origins = origins_of(x);
  origins[static_cast<std::size_t>(axis)].elements = Elements::moved;
  return rearranged_labels(x.labels, origins, {}, false);
}

/// Returns a part of a node along one axis.
NodePtr range_of(const NodePtr& node, int axis, const AxisRange& range) {
  std::vector<AxisSubscript> subscripts(static_cast<std::size_t>(axis) + 1);
  for (int i = 0; i <= axis; ++i) subscripts[static_cast<std::size_t>(i)].range = {0, 1, node->shape[i]};
  subscripts.back().range = range;
  return build::index(node, std::move(subscripts));
}

/// Returns one index of an axis, `count` times.
NodePtr spread(const NodePtr& node, int axis, std::int64_t index, std::int64_t count) {
  IndexTransform transform = IndexTransform::identity(node->shape);
  transform.shape[axis] = count;
  transform.axes[static_cast<std::size_t>(axis)] = AxisTransform::constant(index);
  return build::view(node, std::move(transform));
}

NodePtr joined(std::vector<NodePtr> parts, int axis) {
  return parts.size() == 1 ? std::move(parts.front()) : build::concatenate(std::move(parts), axis);
}

Error too_long(const std::string& who, std::int64_t indices) {
  return {ErrorCode::unsupported,
          who + ": a list of " + std::to_string(indices) + " indices; at most 2**24 are supported"};
}

}  // namespace

UntypedArray transpose(const UntypedArray& x, std::span<const int> order) {
  const int rank = x.shape.rank();
  std::vector<bool> there(static_cast<std::size_t>(rank), false);
  for (const int number : order) {
    const int own = normalize_axis(number, rank);
    if (there[static_cast<std::size_t>(own)])
      throw Error(ErrorCode::invalid_argument, "transpose: axis " + std::to_string(own) + " is named twice");
    there[static_cast<std::size_t>(own)] = true;
  }
  if (order.size() != static_cast<std::size_t>(rank))
    throw Error(ErrorCode::invalid_argument, "transpose: " + std::to_string(order.size()) + " axes for an array of " +
                                                 std::to_string(rank) + "; each is named once");
  IndexTransform transform = IndexTransform::identity(x.shape);
  Origins origins;
  for (int axis = 0; axis < rank; ++axis) {
    const int from = normalize_axis(order[static_cast<std::size_t>(axis)], rank);
    transform.shape[axis] = x.shape[from];
    transform.axes[static_cast<std::size_t>(from)] = AxisTransform::along(axis);
    origins.push_back({from});
  }
  return handle_of(build::view(x.node, std::move(transform)), rearranged_labels(x.labels, origins, {}, false));
}

std::vector<int> moved_axes(int rank, std::span<const int> from, std::span<const int> to) {
  if (from.size() != to.size())
    throw Error(ErrorCode::invalid_argument, "moveaxis: " + std::to_string(from.size()) + " axes and " +
                                                 std::to_string(to.size()) + " places for them");
  std::vector<int> order(static_cast<std::size_t>(rank), -1);
  std::vector<bool> moves(static_cast<std::size_t>(rank), false);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const int source = normalize_axis(from[i], rank);
    int& place = order[static_cast<std::size_t>(normalize_axis(to[i], rank))];
    if (moves[static_cast<std::size_t>(source)] || place >= 0)
      throw Error(
          ErrorCode::invalid_argument,
          "moveaxis: axis " + std::to_string(place >= 0 ? normalize_axis(to[i], rank) : source) + " is named twice");
    moves[static_cast<std::size_t>(source)] = true;
    place = source;
  }
  int next = 0;
  for (int& place : order) {
    if (place >= 0) continue;
    while (moves[static_cast<std::size_t>(next)]) ++next;
    place = next++;
  }
  return order;
}

UntypedArray squeeze(const UntypedArray& x, std::uint32_t axes) {
  IndexTransform transform;
  Origins origins;
  std::vector<AxisThatGoes> going;
  for (int axis = 0; axis < x.shape.rank(); ++axis) {
    if (axes >> axis & 1U) {
      if (x.shape[axis] != 1)
        throw Error(ErrorCode::shape_mismatch, "squeeze: axis " + std::to_string(axis) + " of an array of shape " +
                                                   to_string(x.shape) + " has the extent " +
                                                   std::to_string(x.shape[axis]) + "; only axes of extent 1 can go");
      transform.axes.push_back(AxisTransform::constant(0));
      going.push_back({axis, 0});
      continue;
    }
    transform.axes.push_back(AxisTransform::along(transform.shape.rank()));
    transform.shape.push_back(x.shape[axis]);
    origins.push_back({axis});
  }
  return handle_of(build::view(x.node, std::move(transform)), rearranged_labels(x.labels, origins, going, false));
}

UntypedArray expand_dims(const UntypedArray& x, std::uint32_t axes) {
  IndexTransform transform;
  Origins origins;
  for (int axis = 0; static_cast<int>(transform.axes.size()) < x.shape.rank() || axes >> axis != 0; ++axis) {
    if (axes >> axis & 1U) {
      transform.shape.push_back(1);
      origins.emplace_back();
      continue;
    }
    const int own = static_cast<int>(transform.axes.size());
    if (own == x.shape.rank())
      throw Error(ErrorCode::out_of_range, "expand_dims: an array of " + std::to_string(x.shape.rank()) +
                                               " axes has no place for new ones further behind");
    transform.axes.push_back(AxisTransform::along(axis));
    transform.shape.push_back(x.shape[own]);
    origins.push_back({own});
  }
  return handle_of(build::view(x.node, std::move(transform)), rearranged_labels(x.labels, origins, {}, false));
}

UntypedArray broadcast_to(const UntypedArray& x, const Shape& shape) {
  static_cast<void>(count_elements(shape));
  const int lead = shape.rank() - x.shape.rank();
  bool fits = lead >= 0;
  for (int axis = 0; fits && axis < x.shape.rank(); ++axis)
    fits = x.shape[axis] == shape[lead + axis] || x.shape[axis] == 1;
  if (!fits)
    throw Error(ErrorCode::shape_mismatch, "broadcast_to: an array of shape " + to_string(x.shape) +
                                               " does not stretch to " + to_string(shape) +
                                               "; shapes are aligned at the last axis, and an extent of 1 stretches");
  IndexTransform transform{shape, {}};
  Origins origins(static_cast<std::size_t>(lead));
  for (int axis = 0; axis < x.shape.rank(); ++axis) {
    const bool is_same = x.shape[axis] == shape[lead + axis];
    transform.axes.push_back(is_same ? AxisTransform::along(lead + axis) : AxisTransform::constant(0));
    origins.push_back({axis, is_same ? Elements::all : Elements::moved});
  }
  return handle_of(build::view(x.node, std::move(transform)), rearranged_labels(x.labels, origins, {}, false));
}

UntypedArray flip(const UntypedArray& x, std::uint32_t axes) {
  IndexTransform transform = IndexTransform::identity(x.shape);
  Origins origins = origins_of(x);
  bool is_part = false;
  for (int axis = 0; axis < x.shape.rank(); ++axis) {
    if (!(axes >> axis & 1U) || x.shape[axis] < 2) continue;
    is_part = true;
    const AxisRange range{x.shape[axis] - 1, -1, x.shape[axis]};
    transform.axes[static_cast<std::size_t>(axis)] = AxisTransform::along(axis, range.start, range.step);
    origins[static_cast<std::size_t>(axis)] = {axis, Elements::part, range};
  }
  return handle_of(build::view(x.node, std::move(transform)), rearranged_labels(x.labels, origins, {}, is_part));
}

UntypedArray roll(const UntypedArray& x, std::int64_t shift, int along) {
  const int axis = normalize_axis(along, x.shape.rank());
  const std::int64_t extent = x.shape[axis];
  // In two steps, since the shift may be any number.
  std::int64_t by = extent > 0 ? shift % extent : 0;
  if (by < 0) by += extent;
  NodePtr node = graph::there(x.node, "roll");
  if (by > 0)
    node = build::concatenate(
        {range_of(x.node, axis, {extent - by, 1, by}), range_of(x.node, axis, {0, 1, extent - by})}, axis);
  return handle_of(std::move(node), with_moved_axis(x, axis));
}

UntypedArray take(const UntypedArray& x, std::vector<std::int64_t> indices, int along) {
  const int axis = normalize_axis(along, x.shape.rank());
  const auto count = static_cast<std::int64_t>(indices.size());
  if (count > most_indices) throw too_long("take", count);
  for (std::int64_t& index : indices) index = build::resolve_integer(index, axis, x.shape[axis]);
  const auto list = std::make_shared<const std::vector<std::int64_t>>(std::move(indices));
  IndexTransform transform = IndexTransform::identity(x.shape);
  transform.shape[axis] = count;
  transform.axes[static_cast<std::size_t>(axis)] = AxisTransform::listed(axis, list);
  Origins origins = origins_of(x);
  origins[static_cast<std::size_t>(axis)] = {axis, Elements::list, {}, list};
  return handle_of(build::view(x.node, std::move(transform)), rearranged_labels(x.labels, origins, {}, true));
}

UntypedArray repeat(const UntypedArray& x, std::span<const std::int64_t> counts, int along) {
  const int axis = normalize_axis(along, x.shape.rank());
  const std::int64_t extent = x.shape[axis];
  if (counts.size() != 1 && counts.size() != static_cast<std::size_t>(extent))
    throw Error(ErrorCode::shape_mismatch, "repeat: " + std::to_string(counts.size()) + " counts for axis " +
                                               std::to_string(axis) + ", whose extent is " + std::to_string(extent) +
                                               "; give one, or one for each index");
  const auto times = [&](std::int64_t index) {
    return counts[counts.size() == 1 ? 0 : static_cast<std::size_t>(index)];
  };
  for (const std::int64_t count : counts)
    if (count < 0)
      throw Error(ErrorCode::invalid_argument, "repeat: " + std::to_string(count) + " times is no number of times");
  std::int64_t total = 0;
  for (std::int64_t index = 0; index < extent; ++index)
    if (extent > most_indices || __builtin_add_overflow(total, times(index), &total) || total > most_indices)
      throw Error(ErrorCode::unsupported, "repeat: axis " + std::to_string(axis) +
                                              " would have more than 2**24 indices; broadcast_to repeats an axis of "
                                              "extent 1 as often as you like");
  std::vector<std::int64_t> indices;
  indices.reserve(static_cast<std::size_t>(total));
  for (std::int64_t index = 0; index < extent; ++index)
    indices.insert(indices.end(), static_cast<std::size_t>(times(index)), index);
  return take(x, std::move(indices), axis);
}

UntypedArray tile(const UntypedArray& x, std::span<const std::int64_t> counts) {
  for (const std::int64_t count : counts)
    if (count < 0)
      throw Error(ErrorCode::invalid_argument, "tile: " + std::to_string(count) + " times is no number of times");
  graph::there(x.node, "tile");
  const int rank = x.shape.rank();
  const int given = static_cast<int>(std::min<std::size_t>(counts.size(), max_rank + 1));
  const int more = std::max(given - rank, 0);
  if (rank + more > max_rank)
    throw Error(ErrorCode::invalid_argument,
                "tile: " + std::to_string(counts.size()) + " counts; an array can have at most 8 axes");
  UntypedArray result = more > 0 ? expand_dims(x, (std::uint32_t{1} << more) - 1) : x;
  for (int i = 0; i < given; ++i) {
    const int axis = rank + more - given + i;
    const std::int64_t count = counts[static_cast<std::size_t>(i)];
    if (count == 1) continue;
    Labels labels = with_moved_axis(result, axis);
    NodePtr node = result.node;
    if (count == 0) {
      node = range_of(node, axis, {0, 1, 0});
    } else if (node->shape[axis] == 1) {
      node = spread(node, axis, 0, count);
    } else if (count <= most_copies) {
      node = build::concatenate(std::vector<NodePtr>(static_cast<std::size_t>(count), node), axis);
    } else {
      throw Error(ErrorCode::unsupported, "tile: " + std::to_string(count) + " copies along axis " +
                                              std::to_string(axis) + "; at most 2**20 are supported");
    }
    result = handle_of(std::move(node), std::move(labels));
  }
  return result;
}

UntypedArray diagonal(const UntypedArray& x, std::int64_t offset, int first, int second) {
  const int rank = x.shape.rank();
  const int rows = normalize_axis(first, rank);
  const int columns = normalize_axis(second, rank);
  if (rows == columns)
    throw Error(ErrorCode::invalid_argument,
                "diagonal: axis " + std::to_string(rows) + " is named twice; a diagonal needs two axes");
  const std::int64_t right = std::clamp<std::int64_t>(offset, 0, x.shape[columns]);
  const std::int64_t down = offset >= 0 ? 0 : offset <= -x.shape[rows] ? x.shape[rows] : -offset;
  const std::int64_t length = std::min(x.shape[rows] - down, x.shape[columns] - right);
  IndexTransform transform;
  Origins origins;
  for (int axis = 0; axis < rank; ++axis) {
    if (axis == rows || axis == columns) {
      transform.axes.push_back(AxisTransform::along(rank - 2, axis == rows ? down : right));
      continue;
    }
    transform.axes.push_back(AxisTransform::along(transform.shape.rank()));
    transform.shape.push_back(x.shape[axis]);
    origins.push_back({axis});
  }
  transform.shape.push_back(length);
  origins.emplace_back();
  const std::vector<AxisThatGoes> going{{rows}, {columns}};
  return handle_of(build::view(x.node, std::move(transform)), rearranged_labels(x.labels, origins, going, true));
}

UntypedArray stack(std::span<const UntypedArray> arrays, int along) {
  if (arrays.empty()) throw Error(ErrorCode::invalid_argument, "stack needs at least one array");
  const Shape& shape = arrays.front().shape;
  const int axis = normalize_axis(along, shape.rank() + 1);
  std::vector<NodePtr> nodes;
  std::vector<Labels> labels;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const UntypedArray& array = arrays[i];
    if (array.shape != shape)
      throw Error(ErrorCode::shape_mismatch, "stack: array " + std::to_string(i) + " has the shape " +
                                                 to_string(array.shape) + ", and the first " + to_string(shape) +
                                                 "; all have one shape");
    UntypedArray one = expand_dims(array, std::uint32_t{1} << axis);
    nodes.push_back(std::move(one.node));
    labels.push_back(std::move(one.labels));
  }
  return handle_of(joined(std::move(nodes), axis), concatenate_labels(labels, shape.rank() + 1, axis));
}

UntypedArray rechunk(const UntypedArray& x, const Shape& chunks) {
  if (chunks.rank() != x.shape.rank())
    throw Error(ErrorCode::shape_mismatch, "rechunk: chunks have an extent for each axis of an array of shape " +
                                               to_string(x.shape) + ", and these are " + to_string(chunks));
  return {build::rechunk(x.node, ChunkGrid::regular(x.shape, chunks)), x.shape, x.labels};
}

UntypedArray reshape(const UntypedArray& x, const PerAxis<std::int64_t>& given) {
  const std::int64_t elements = x.shape.elements();
  Shape shape = given;
  std::optional<int> open;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == -1 && !open) {
      open = axis;
      shape[axis] = 1;
    }
    if (shape[axis] < 0)
      throw Error(ErrorCode::invalid_argument, "reshape: an extent of " + std::to_string(shape[axis]) +
                                                   "; one extent may be -1, which is what is left");
  }
  const std::int64_t known = count_elements(shape);
  if (open && known > 0 && elements % known == 0) shape[*open] = elements / known;
  if (count_elements(shape) != elements || (open && known == 0))
    throw Error(ErrorCode::shape_mismatch, "reshape: an array of shape " + to_string(x.shape) + " has " +
                                               std::to_string(elements) + " elements, which do not make the shape " +
                                               to_string(Shape(given)));
  Origins origins(static_cast<std::size_t>(shape.rank()));
  std::vector<AxisThatGoes> going;
  std::vector<bool> stays(static_cast<std::size_t>(x.shape.rank()), false);
  if (elements > 0)
    for (const graph::AxisGroup& group : graph::axis_groups(x.shape, shape))
      if (group.is_one_axis()) {
        origins[static_cast<std::size_t>(group.output_first)].axis = group.input_first;
        stays[static_cast<std::size_t>(group.input_first)] = true;
      }
  for (int axis = 0; axis < x.shape.rank(); ++axis)
    if (!stays[static_cast<std::size_t>(axis)]) going.push_back({axis, x.shape[axis] == 1 ? 0 : -1});
  return handle_of(build::reshape(x.node, shape), rearranged_labels(x.labels, origins, going, false));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
