#include <algorithm>
#include <string>

#include "chunkwise/expr/shape.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/core/rearranged_labels.hpp"
#include "runtime/expr/handle_of.hpp"
#include "runtime/graph/make_node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// The most times that the array is turned round, or begins anew, on either side.
constexpr std::int64_t most_turns = std::int64_t{1} << 16;

/// Returns the index of an axis that stands at a place outside of it.
std::int64_t index_at(std::int64_t place, std::int64_t extent, PadMode mode) {
  if (mode == PadMode::edge) return place < 0 ? 0 : extent - 1;
  if (mode == PadMode::reflect && extent == 1) return 0;
  const std::int64_t period = mode == PadMode::wrap ? extent : mode == PadMode::reflect ? 2 * (extent - 1) : 2 * extent;
  std::int64_t within = place % period;
  if (within < 0) within += period;
  if (within < extent) return within;
  return mode == PadMode::reflect ? period - within : period - 1 - within;
}

/// Returns a part of a node along one axis, or one index of it as often as the range says if the step is 0.
NodePtr part_of(const NodePtr& node, int axis, const AxisRange& range) {
  IndexTransform transform = IndexTransform::identity(node->shape);
  transform.shape[axis] = range.count;
  transform.axes[static_cast<std::size_t>(axis)] =
      range.step == 0 ? AxisTransform::constant(range.start) : AxisTransform::along(axis, range.start, range.step);
  return build::view(node, std::move(transform));
}

/// Adds the parts for places from `first` up to `end`; a part is as long as its indices go on in equal steps.
void add_parts(std::vector<NodePtr>& parts, const NodePtr& node, int axis, std::int64_t first, std::int64_t end,
               PadMode mode) {
  const std::int64_t extent = node->shape[axis];
  const std::int64_t turn = std::max<std::int64_t>(mode == PadMode::reflect ? extent - 1 : extent, 1);
  const bool is_constant = mode == PadMode::edge || extent == 1;
  if (!is_constant && (end - first) / turn > most_turns)
    throw Error(ErrorCode::unsupported, "pad: " + std::to_string(end - first) + " places beside an axis of extent " +
                                            std::to_string(extent) + "; at most 2**16 times the axis are supported");
  while (first < end) {
    AxisRange range{index_at(first, extent, mode), 0, 1};
    if (is_constant) {
      range.count = end - first;
    } else if (first + 1 < end) {
      range.step = index_at(first + 1, extent, mode) - range.start;
      // A part ends if a step of the symmetric mode stands still, or one of wrap begins anew.
      if (range.step != 1 && range.step != -1) {
        range.step = 1;
      } else {
        const std::int64_t left = range.step > 0 ? extent - range.start : range.start + 1;
        range.count = std::min(left, end - first);
      }
    } else {
      range.step = 1;
    }
    parts.push_back(part_of(node, axis, range));
    first += range.count;
  }
}

NodePtr padded(NodePtr node, int axis, const Padding& width, PadMode mode) {
  const std::int64_t extent = node->shape[axis];
  if (width.before == 0 && width.after == 0) return node;
  if (extent == 0)
    throw Error(ErrorCode::invalid_argument,
                "pad: axis " + std::to_string(axis) + " has no elements to be repeated; pad it with a constant");
  std::vector<NodePtr> parts;
  add_parts(parts, node, axis, -width.before, 0, mode);
  parts.push_back(node);
  add_parts(parts, node, axis, extent, extent + width.after, mode);
  return build::concatenate(std::move(parts), axis);
}

}  // namespace

UntypedArray pad(const UntypedArray& x, std::span<const Padding> widths, PadMode mode, const Scalar& constant) {
  const int rank = x.shape.rank();
  if (widths.size() != static_cast<std::size_t>(rank))
    throw Error(ErrorCode::invalid_argument, "pad: places beside " + std::to_string(widths.size()) +
                                                 " axes, for an array of " + std::to_string(rank));
  IndexTransform transform = IndexTransform::identity(x.shape);
  std::vector<AxisOrigin> origins;
  for (int axis = 0; axis < rank; ++axis) {
    const Padding& width = widths[static_cast<std::size_t>(axis)];
    if (width.before < 0 || width.after < 0 || width.before > max_elements || width.after > max_elements)
      throw Error(
          ErrorCode::invalid_argument,
          "pad: " + std::to_string(width.before < 0 || width.before > max_elements ? width.before : width.after) +
              " is no number of places beside axis " + std::to_string(axis));
    transform.shape[axis] += width.before + width.after;
    transform.axes[static_cast<std::size_t>(axis)].offset = -width.before;
    const bool grows = width.before > 0 || width.after > 0;
    origins.push_back({axis, grows ? AxisOrigin::Elements::moved : AxisOrigin::Elements::all});
  }
  static_cast<void>(count_elements(transform.shape));
  NodePtr node = graph::there(x.node, "pad");
  if (mode == PadMode::constant)
    node = build::view(x.node, std::move(transform), constant);
  else
    for (int axis = 0; axis < rank; ++axis)
      node = padded(std::move(node), axis, widths[static_cast<std::size_t>(axis)], mode);
  return handle_of(std::move(node), rearranged_labels(x.labels, origins, {}, true));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
