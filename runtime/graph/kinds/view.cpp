// Everything that is asked of a view. The file is long because a view is five things, a join, a transform, a fill
// value, a reshape and other chunks, and each function answers for all of them.
#include "runtime/graph/kinds/view.hpp"

#include <limits>
#include <optional>

#include "chunkwise/graph/build.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/make_node.hpp"
#include "runtime/graph/reshape.hpp"
#include "runtime/graph/take_slice.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

using View = Kind<ViewNode>;

namespace {

/// The forms in which a view is written: a join of its parts alone, or that join and one thing more.
enum Form : std::uint64_t { joins = 0, transforms = 1, fills = 2, reshapes = 3, rechunks = 4 };

std::shared_ptr<const NodePtr[]> shared(std::vector<NodePtr> nodes) {
  auto array = std::make_shared<NodePtr[]>(nodes.size());
  std::ranges::move(nodes, array.get());
  return array;
}

/// Returns the chunks that an axis of a view takes from the axes of its input that it runs along.
AxisChunks chunks_along(int axis, const IndexTransform& transform, const ChunkGrid& input, bool is_filled) {
  const std::int64_t extent = transform.shape[axis];
  const auto goes_outside = [&](const AxisTransform& own, std::int64_t input_extent) {
    if (own.count == 1 && !is_filled) return false;
    // Of two terms the one alone may leave the input, if there is no index along the other.
    const AxisTransform alone{own.offset, 1, {own.terms[0]}, nullptr};
    return leaves(own, transform.shape, input_extent) ||
           (own.count > 1 && leaves(alone, transform.shape, input_extent));
  };
  for (std::size_t i = 0; i < transform.axes.size(); ++i) {
    const AxisTransform& own = transform.axes[i];
    if (own.count == 0 || own.terms[0].axis != axis) continue;
    const AxisChunks& chunks = input[static_cast<int>(i)];
    if (own.list || goes_outside(own, chunks.extent()))
      return AxisChunks::regular(extent, std::max<std::int64_t>(chunks.largest(), 1));
    const AxisRange range{own.offset, own.terms[0].stride, extent};
    return range == AxisRange{0, 1, chunks.extent()} ? chunks : chunks.slice(range);
  }
  return AxisChunks::regular(extent, std::max<std::int64_t>(extent, 1));
}

ChunkGrid grid_of(const IndexTransform& transform, const ChunkGrid& input, bool is_filled) {
  ChunkGrid grid;
  for (int axis = 0; axis < transform.shape.rank(); ++axis)
    grid.push_back(chunks_along(axis, transform, input, is_filled));
  return grid;
}

/// Returns true for a slice of several indices, or for one index, that lies within an axis: what most views have, and
/// nothing has to be looked up or normalised for.
bool is_plain_slice(const AxisTransform& own, const Shape& view, std::int64_t extent) {
  if (own.list || own.count < 0 || own.count > 1 || own.offset < 0 || own.offset >= extent) return false;
  if (own.count == 0) return true;
  const auto [axis, stride] = own.terms[0];
  if (axis < 0 || axis >= view.rank() || stride == 0 || view[axis] <= 1) return false;
  std::int64_t last = 0;
  return !__builtin_mul_overflow(stride, view[axis] - 1, &last) && !__builtin_add_overflow(own.offset, last, &last) &&
         last >= 0 && last < extent;
}

/// Throws out_of_range if an axis of a transform leaves its input, or uses an axis that the view does not have. If
/// there is a fill value, indices may be any that an array could have, or as far before the first.
void require_inside(const AxisTransform& own, const Shape& view, int axis, std::int64_t extent, bool is_filled) {
  bool fits =
      own.count >= 0 && own.count <= 2 && (own.count < 2 || (!own.list && own.terms[0].axis != own.terms[1].axis));
  std::int64_t low = own.offset, high = own.offset;
  bool empty = false;
  for (int t = 0; fits && t < own.count; ++t) {
    const auto& term = own.terms[static_cast<std::size_t>(t)];
    fits = term.axis >= 0 && term.axis < view.rank() && term.stride != 0;
    if (!fits) break;
    const std::int64_t count = view[term.axis];
    empty = empty || count == 0;
    std::int64_t span = 0;
    fits = count >= 0 && !__builtin_mul_overflow(term.stride, count - 1, &span);
    std::int64_t& bound = span > 0 ? high : low;
    fits = fits && !__builtin_add_overflow(bound, span, &bound);
  }
  const std::int64_t least = is_filled ? -max_elements : 0;
  const std::int64_t end = is_filled ? max_elements : extent;
  const bool is_listed = own.list != nullptr;
  const auto positions = is_listed ? static_cast<std::int64_t>(own.list->size()) : end;
  fits = fits && (empty || (low >= (is_listed ? 0 : least) && high < positions));
  if (fits && is_listed && !empty)
    fits = std::ranges::all_of(*own.list, [&](std::int64_t i) { return i >= least && i < end; });
  if (fits) return;
  const bool is_subscript = own.count <= 1 && !own.list;
  throw Error(
      ErrorCode::out_of_range,
      (is_subscript ? "a subscript that begins at " + std::to_string(own.offset) + " with a step of " +
                          std::to_string(own.count == 1 ? own.terms[0].stride : 1) + " and takes " +
                          std::to_string(own.count == 1 && own.terms[0].axis >= 0 && own.terms[0].axis < view.rank()
                                             ? view[own.terms[0].axis]
                                             : 1) +
                          " indices is outside axis "
                    : std::string("a view takes indices that are outside axis ")) +
          std::to_string(axis) + ", whose extent is " + std::to_string(extent));
}

/// Steps of axes of one index have no meaning, and could overflow when transforms are combined.
void normalise(AxisTransform& own, const Shape& view) {
  bool empty = false;
  for (int t = 0; t < own.count; ++t) {
    auto& term = own.terms[static_cast<std::size_t>(t)];
    if (view[term.axis] <= 1) term.stride = 1;
    empty = empty || view[term.axis] == 0;
  }
  if (empty) own.offset = 0;
}

ViewNode of_one_part(NodePtr part) {
  ViewNode data;
  data.only = std::move(part);
  return data;
}

/// Returns the same axis with a list of only those indices that the view takes of it: others may lie outside.
AxisTransform with_used_list(const AxisTransform& axis, const Shape& view) {
  if (!axis.list) return axis;
  const auto at = [&](std::int64_t position) { return (*axis.list)[static_cast<std::size_t>(position)]; };
  if (axis.count == 0) return AxisTransform::constant(at(axis.offset));
  std::vector<std::int64_t> used;
  for (std::int64_t k = 0; k < view[axis.terms[0].axis]; ++k)
    used.push_back(at(axis.offset + axis.terms[0].stride * k));
  return AxisTransform::listed(axis.terms[0].axis, std::make_shared<const std::vector<std::int64_t>>(std::move(used)));
}

NodePtr transformed(NodePtr input, IndexTransform transform, const Scalar* fill) {
  return fill ? build::view(std::move(input), std::move(transform), *fill)
              : build::view(std::move(input), std::move(transform));
}

/// Pushes a transform through a reshape. Slices along axes that both shapes have go below, the rest stays above.
NodePtr push_through_reshape(const NodePtr& node, const NodePtr& input, const IndexTransform& transform,
                             IndexPusher& pusher) {
  IndexTransform inner = IndexTransform::identity(input->shape);
  IndexTransform outer = transform;
  Shape shape = node->shape;
  bool changes = false;
  if (shape.elements() > 0)
    for (const AxisGroup& group : axis_groups(input->shape, shape)) {
      if (!group.is_one_axis()) continue;
      const std::optional<AxisRange> slice = take_slice(outer, group.output_first, inner, group.input_first);
      if (!slice) continue;
      shape[group.output_first] = slice->count;
      changes = true;
    }
  if (!changes) return build::view(pusher.visit(node), transform);
  return build::view(build::reshape(pusher.push(input, inner), shape), outer);
}

NodePtr make_view(ViewNode&& data, IndexTransform&& transform, const ChunkGrid& joined) {
  const Shape input = joined_shape(data);
  static_cast<void>(count_elements(transform.shape));
  if (transform.axes.size() != static_cast<std::size_t>(input.rank()))
    throw Error(ErrorCode::out_of_range, "a view says of " + std::to_string(transform.axes.size()) +
                                             " axes where they come from, and its input has the shape " +
                                             to_string(input));
  for (int axis = 0; axis < input.rank(); ++axis) {
    AxisTransform& own = transform.axes[static_cast<std::size_t>(axis)];
    if (!is_plain_slice(own, transform.shape, input[axis])) {
      require_inside(own, transform.shape, axis, input[axis], data.fill != nullptr);
      normalise(own, transform.shape);
    }
    for (int t = own.count; t < 2; ++t) own.terms[static_cast<std::size_t>(t)] = {};
  }
  const DType dtype = data.part(0)->dtype;
  ChunkGrid grid = grid_of(transform, joined, data.fill != nullptr);
  data.axes = std::move(transform.axes);
  data.of_memory = false;
  return make_counted_node(dtype, transform.shape, std::move(grid), std::move(data));
}

}  // namespace

Shape joined_shape(const ViewNode& view) {
  Shape shape = view.part(0)->shape;
  if (view.joins()) shape[view.joined] = view.offsets->back();
  return shape;
}

std::span<const NodePtr> View::inputs(const ViewNode& data) { return data.parts(); }

NodePtr View::with_inputs(const Node& node, const ViewNode& data, std::vector<NodePtr> inputs) {
  NodePtr made = data.joins() ? build::concatenate(std::move(inputs), data.joined) : std::move(inputs.at(0));
  if (data.rechunks) return made->shape == node.shape ? build::rechunk(std::move(made), node.grid) : made;
  if (data.reshapes) made = build::reshape(std::move(made), node.shape);
  if (data.moves()) made = transformed(std::move(made), {node.shape, data.axes}, data.fill.get());
  return made->shape == node.shape ? with_grid(std::move(made), node.grid) : made;
}

std::uint64_t View::hash(const ViewNode& data) {
  Hash hash(data.joins() ? 2 + 4 * static_cast<std::uint64_t>(data.joined) : 3);
  for (const NodePtr& part : data.parts()) hash.add(part->hash);
  add_axes(hash, data.axes);
  if (data.reshapes) hash.add(1);
  if (data.rechunks) hash.add(2);
  if (data.fill)
    for (const unsigned char byte : data.fill->bytes) hash.add(byte);
  return hash.value();
}

bool View::equal(const Node& node, const ViewNode& data, const Node& other_node, const ViewNode& other) {
  if (data.joins() != other.joins() || data.joined != other.joined || !(data.axes == other.axes)) return false;
  if (data.reshapes != other.reshapes || !data.fill != !other.fill || data.rechunks != other.rechunks) return false;
  if (data.rechunks && !(node.grid == other_node.grid)) return false;
  // By bytes: a NaN is like itself.
  if (data.fill && data.fill->bytes != other.fill->bytes) return false;
  if ((data.several && data.several == other.several) || std::ranges::equal(data.parts(), other.parts())) return true;
  return data.of_sources && other.of_sources &&
         std::ranges::equal(data.parts(), other.parts(),
                            [](const NodePtr& a, const NodePtr& b) { return equal_shallow(*a, *b); });
}

std::string View::describe(const Node& node, const ViewNode& data) {
  std::string text;
  if (data.joins())
    text = "concatenate " + std::to_string(data.count) + " arrays along axis " + std::to_string(data.joined);
  if (data.rechunks) return "rechunk to " + to_string(node.grid.largest());
  if (data.reshapes) return "reshape " + to_string(data.part(0)->shape) + " to " + to_string(node.shape);
  if (!data.moves()) return text;
  text = (text.empty() ? "index " : text + ", index ") + to_string({node.shape, data.axes}, joined_shape(data));
  return data.fill ? text + ", " + to_string(*data.fill) + " outside" : text;
}

void View::write(const Node& node, const ViewNode& data, NodeWriter& to) {
  to.out.number(static_cast<std::uint64_t>(data.joined), 1);
  to.out.number(data.count, 8);
  for (const NodePtr& part : data.parts()) to.reference(part);
  if (data.rechunks) return to.out.number(rechunks, 1);
  to.out.number(data.reshapes ? reshapes : !data.moves() ? joins : data.fill ? fills : transforms, 1);
  if (data.reshapes) to.out.shape(node.shape);
  if (!data.moves()) return;
  if (data.fill) to.out.scalar(*data.fill);
  to.out.shape(node.shape);
  for (const AxisTransform& axis : data.axes) {
    to.out.number(axis.offset);
    to.out.number(static_cast<std::uint64_t>(axis.count), 1);
    for (int t = 0; t < axis.count; ++t) {
      const auto& term = axis.terms[static_cast<std::size_t>(t)];
      to.out.number(static_cast<std::uint64_t>(term.axis), 1);
      to.out.number(term.stride);
    }
    to.out.number(axis.list ? 1U : 0U, 1);
    if (!axis.list) continue;
    to.out.number(axis.list->size(), 8);
    for (const std::int64_t index : *axis.list) to.out.number(index);
  }
}

NodePtr View::read(NodeReader& from) {
  const auto axis = static_cast<int>(from.in.number(1));
  std::vector<NodePtr> parts = from.references();
  const std::uint64_t form = from.in.number(1);
  // A part by itself is joined along no axis; an array without axes has none.
  NodePtr joined =
      form != joins && parts.size() == 1 ? std::move(parts.front()) : build::concatenate(std::move(parts), axis);
  if (form == joins) return joined;
  if (form > transforms && from.version < version_with_fill) throw from.in.error("a view of another version");
  if (form > reshapes && from.version < version_with_rechunks) throw from.in.error("a view of another version");
  if (form > rechunks) throw from.in.error("a view of no form");
  if (form == rechunks) {
    ChunkGrid grid = joined->grid;  // its own follows behind every node
    return build::rechunk(std::move(joined), std::move(grid));
  }
  if (form == reshapes) return build::reshape(std::move(joined), from.in.shape());
  std::optional<Scalar> fill;
  if (form == fills) fill = from.in.scalar();
  IndexTransform transform{from.in.shape(), {}};
  for (int i = 0; i < joined->shape.rank(); ++i) {
    AxisTransform own;
    own.offset = from.in.signed_number();
    own.count = static_cast<int>(from.in.number(1));
    if (own.count > 2) throw from.in.error("an index of more than two terms");
    for (int t = 0; t < own.count; ++t) {
      auto& term = own.terms[static_cast<std::size_t>(t)];
      term.axis = static_cast<int>(from.in.number(1));
      term.stride = from.in.signed_number();
      if (term.axis >= transform.shape.rank() || term.stride == 0) throw from.in.error("an index along no axis");
    }
    if (from.in.number(1) != 0) {
      auto list = std::make_shared<std::vector<std::int64_t>>(from.in.count(8));
      for (std::int64_t& index : *list) index = from.in.signed_number();
      own.list = std::move(list);
    }
    transform.axes.push_back(std::move(own));
  }
  if (fill) return build::view(std::move(joined), std::move(transform), *fill);
  return build::view(std::move(joined), std::move(transform));
}

void View::boxes(const Node& node, const ViewNode& data, const Region& region, const VisitBox& visit) {
  if (data.reshapes) {
    if (region.elements() > 0) visit(0, reshaped_box(data.part(0)->shape, node.shape, region));
    return;
  }
  std::optional<Region> inside;
  if (data.fill) {
    inside = region_inside(data.axes, region, joined_shape(data));
    if (!inside) return;
  }
  Region box = inside ? *inside : data.moves() ? input_region(data.axes, region) : region;
  if (!data.joins()) return visit(0, box);
  for_each_part(data, AxisRange(box[data.joined]), [&](std::size_t part, const AxisRange& own, std::int64_t) {
    box[data.joined] = own;
    visit(part, box);
  });
}

NodePtr View::push(const NodePtr& node, const ViewNode& data, const IndexTransform& transform, IndexPusher& pusher) {
  if (data.rechunks) return pusher.push(data.part(0), transform);
  if (data.reshapes) return push_through_reshape(node, data.part(0), transform, pusher);
  auto both = data.moves() ? compose({node->shape, data.axes}, transform) : transform;
  if (!both) return build::view(pusher.visit(node), transform);
  if (data.fill) {
    const Shape input = joined_shape(data);
    for (int axis = 0; axis < input.rank(); ++axis)
      if (leaves(both->axes[static_cast<std::size_t>(axis)], both->shape, input[axis]))
        return build::view(pusher.visit(data.part(0)), *both, *data.fill);
    for (AxisTransform& axis : both->axes) axis = with_used_list(axis, both->shape);
  }
  if (!data.joins()) return pusher.push(data.part(0), *both);
  const std::span<const NodePtr> parts = data.parts();
  AxisTransform& along = both->axes[static_cast<std::size_t>(data.joined)];
  if (!along.is_slice()) return build::view(pusher.visit(node), transform);
  if (along.count == 0) {
    const std::size_t part = touched_parts(data, {along.offset, 1, 1}).first;
    along.offset -= (*data.offsets)[part];
    return pusher.push(parts[part], *both);
  }
  const int axis = along.terms[0].axis;
  const AxisRange range{along.offset, along.terms[0].stride, both->shape[axis]};
  if (range.count == 0) {
    along = AxisTransform::along(axis);
    return pusher.push(parts.front(), *both);
  }
  std::vector<NodePtr> pushed;
  for_each_part(data, range, [&](std::size_t part, const AxisRange& own, std::int64_t first) {
    IndexTransform one = restricted(*both, axis, first, own.count);
    one.axes[static_cast<std::size_t>(data.joined)].offset = own.start;
    pushed.push_back(pusher.push(parts[part], one));
  });
  return build::concatenate(std::move(pushed), axis);
}

const NodePtr* only_part(const ViewNode& view, Region& box) {
  if (!view.joins()) return &view.only;
  AxisRange& along = box[view.joined];
  if (along.count == 0) return nullptr;
  const auto [first, last] = touched_parts(view, along);
  if (first != last) return nullptr;
  along.start -= (*view.offsets)[first];
  return &view.part(first);
}

Inside inside(const AxisRange& range, std::int64_t extent) {
  const std::int64_t size = range.step > 0 ? range.step : -range.step;
  // Counted from the end that the range comes from.
  const std::int64_t start = range.step > 0 ? range.start : extent - 1 - range.start;
  const std::int64_t first = start >= 0 ? 0 : (size - 1 - start) / size;
  const std::int64_t end = start >= extent ? 0 : (extent - 1 - start) / size + 1;
  return {first, std::max<std::int64_t>(std::min(end, range.count) - first, 0)};
}

std::optional<Region> region_inside(const std::vector<AxisTransform>& axes, const Region& region, const Shape& input) {
  Region box;
  if (region.elements() == 0) return std::nullopt;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const AxisTransform& axis = axes[i];
    const std::int64_t extent = input[static_cast<int>(i)];
    if (axis.is_slice()) {
      const AxisRange along = axis.count > 0 ? region[axis.terms[0].axis] : AxisRange{0, 1, 1};
      const std::int64_t stride = axis.count > 0 ? axis.terms[0].stride : 1;
      const AxisRange all{axis.offset + stride * along.start, stride * along.step, along.count};
      const Inside own = inside(all, extent);
      box.push_back({all.start + all.step * own.first, all.step, own.count});
    } else if (axis.list) {
      const AxisRange along = axis.count > 0 ? region[axis.terms[0].axis] : AxisRange{0, 1, 1};
      const std::int64_t stride = axis.count > 0 ? axis.terms[0].stride : 1;
      std::int64_t low = extent, high = -1;
      for (std::int64_t k = 0; k < along.count; ++k) {
        const std::int64_t position = axis.offset + stride * (along.start + along.step * k);
        const std::int64_t index = (*axis.list)[static_cast<std::size_t>(position)];
        if (index < 0 || index >= extent) continue;
        low = std::min(low, index);
        high = std::max(high, index);
      }
      box.push_back({low, 1, std::max<std::int64_t>(high - low + 1, 0)});
    } else {
      const AxisRange all = input_region({axis}, region)[0];
      const std::int64_t low = std::max<std::int64_t>(all.start, 0);
      box.push_back({low, 1, std::max<std::int64_t>(std::min(all.start + all.count, extent) - low, 0)});
    }
    if (box[box.rank() - 1].count == 0) return std::nullopt;
  }
  return box;
}

void add_axes(Hash& hash, const std::vector<AxisTransform>& axes) {
  // One number an axis: two that differ in more than one place may have the same, which equality tells apart.
  constexpr std::uint64_t factor = 0xff51afd7ed558ccdULL;
  for (const AxisTransform& axis : axes) {
    std::uint64_t mixed = static_cast<std::uint64_t>(axis.offset) * factor + static_cast<std::uint64_t>(axis.count);
    for (int t = 0; t < axis.count; ++t) {
      const auto& term = axis.terms[static_cast<std::size_t>(t)];
      mixed =
          mixed * factor + static_cast<std::uint64_t>(term.stride) * max_rank + static_cast<std::uint64_t>(term.axis);
    }
    hash.add(mixed);
    if (axis.list) hash.add_list(*axis.list);
  }
}

bool has_list(const ViewNode& view) {
  return std::ranges::any_of(view.axes, [](const AxisTransform& axis) { return axis.list != nullptr; });
}

bool is_placed(const ViewNode& view) { return view.reshapes || view.fill || has_list(view); }

std::pair<std::size_t, std::size_t> touched_parts(const ViewNode& view, const AxisRange& along) {
  const std::vector<std::int64_t>& offsets = *view.offsets;
  const auto holds = [&](std::size_t part, std::int64_t position) {
    return offsets[part] <= position && position < offsets[part + 1];
  };
  const auto part_of = [&](std::int64_t position) {
    // Parts are mostly of one size: then the first guess is right, and a search through 100,000 of them spared.
    const std::size_t guess = static_cast<std::size_t>(position / std::max<std::int64_t>(offsets[1], 1));
    if (guess + 1 < offsets.size() && holds(guess, position)) return guess;
    return static_cast<std::size_t>(std::upper_bound(offsets.begin(), offsets.end(), position) - offsets.begin()) - 1;
  };
  const std::size_t first = part_of(along.start);
  const std::int64_t last = along.start + along.step * (along.count - 1);
  return {first, holds(first, last) ? first : part_of(last)};
}

const Scalar* fill_of(const Node& node) {
  const auto* data = node.as<ViewNode>();
  return data ? data->fill.get() : nullptr;
}

const NodePtr* strided_input(const Node& node) {
  const auto* data = node.as<ViewNode>();
  const bool is_strided = data && !data->joins() && !data->reshapes && !data->fill && !has_list(*data);
  return is_strided ? &data->only : nullptr;
}

std::int64_t most_input_elements(const Node& node, std::int64_t elements) {
  const auto* data = node.as<ViewNode>();
  if (!data || !data->moves()) return elements;
  if (has_list(*data) && __builtin_mul_overflow(elements, most_gathered + 1, &elements)) return max_elements;
  for (int axis = 0; axis < node.shape.rank(); ++axis) {
    const auto uses = std::ranges::count_if(data->axes, [axis](const AxisTransform& own) { return own.uses(axis); });
    for (auto more = uses; more > 1; --more)
      if (__builtin_mul_overflow(elements, std::max<std::int64_t>(node.shape[axis], 1), &elements)) return max_elements;
  }
  return elements;
}

namespace {
/// Returns the transform of a view of one array, with a fill value or without.
std::optional<IndexTransform> transform_of_any(const Node& node) {
  const auto* data = node.as<ViewNode>();
  if (!data || data->joins() || data->reshapes) return std::nullopt;
  return IndexTransform{node.shape, data->axes};
}
}  // namespace

std::optional<IndexTransform> transform_of(const Node& node) {
  return fill_of(node) ? std::nullopt : transform_of_any(node);
}

std::optional<IndexTransform> filled_transform_of(const Node& node) {
  return fill_of(node) ? transform_of_any(node) : std::nullopt;
}

bool is_rechunked(const Node& node) {
  const auto* data = node.as<ViewNode>();
  return data && data->rechunks;
}

bool joins_sources(const Node& node) {
  const auto* data = node.as<ViewNode>();
  return data && data->of_sources;
}

bool joins_memory(const Node& node) {
  const auto* data = node.as<ViewNode>();
  return data && data->of_memory;
}

bool only_joins(const Node& node) {
  const auto* data = node.as<ViewNode>();
  return data && data->joins() && !data->moves();
}

const NodePtr* only_joined_part(const Node& node, Region& box) {
  const auto* data = node.as<ViewNode>();
  return only_joins(node) && !data->reshapes ? only_part(*data, box) : nullptr;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph

namespace chunkwise::inline CHUNKWISE_ABI::build {

NodePtr concatenate(std::vector<NodePtr> parts, int axis) {
  if (parts.empty()) throw Error(ErrorCode::invalid_argument, "concatenate needs at least one array");
  for (const NodePtr& part : parts) graph::there(part, "concatenate");
  const Node& first = *parts.front();
  axis = normalize_axis(axis, first.shape.rank());
  if (parts.size() == 1) return parts.front();
  std::vector<std::int64_t> offsets{0};
  offsets.reserve(parts.size() + 1);
  std::vector<AxisChunks> pieces;
  pieces.reserve(parts.size());
  bool of_sources = true;
  bool of_memory = true;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Node& part = *parts[i];
    const auto misfit = [&](ErrorCode code, const std::string& what) {
      return Error(code, "concatenate: array " + std::to_string(i) + " does not fit the first: " + what);
    };
    if (part.dtype != first.dtype)
      throw misfit(ErrorCode::type_mismatch, "its elements are " + std::string(name_of(part.dtype)) + ", not " +
                                                 std::string(name_of(first.dtype)));
    bool fits = part.shape.rank() == first.shape.rank();
    for (int a = 0; fits && a < first.shape.rank(); ++a) fits = a == axis || part.shape[a] == first.shape[a];
    if (!fits)
      throw misfit(ErrorCode::shape_mismatch, "shape " + to_string(part.shape) + " against " + to_string(first.shape) +
                                                  "; only the extent along axis " + std::to_string(axis) +
                                                  " may differ");
    if (part.shape[axis] > max_elements - offsets.back())
      throw Error(ErrorCode::invalid_argument, "concatenate: axis " + std::to_string(axis) +
                                                   " would have more than 2**56 - 1 indices with array " +
                                                   std::to_string(i));
    offsets.push_back(offsets.back() + part.shape[axis]);
    pieces.push_back(part.grid[axis]);
    const auto* source = part.as<SourceNode>();
    of_sources = of_sources && source;
    of_memory = of_memory && source && source->source->in_memory().data && source->source->home().empty();
  }
  const std::size_t count = parts.size();
  Shape shape = first.shape;
  shape[axis] = offsets.back();
  ChunkGrid grid = first.grid;
  grid[axis] = AxisChunks::join(pieces);
  const DType dtype = first.dtype;
  ViewNode data;
  data.several = graph::shared(std::move(parts));
  data.count = count;
  data.joined = axis;
  data.offsets = std::make_shared<const std::vector<std::int64_t>>(std::move(offsets));
  data.of_sources = of_sources;
  data.of_memory = of_memory;
  return graph::make_node(dtype, shape, std::move(grid), std::move(data));
}

NodePtr index(NodePtr input, std::vector<AxisSubscript> subscripts) {
  graph::there(input, "a subscript");
  IndexTransform transform = to_transform(input->shape, subscripts);
  return view(std::move(input), std::move(transform));
}

NodePtr view(NodePtr input, IndexTransform transform) {
  graph::there(input, "a view");
  if (transform.is_identity(input->shape)) return input;
  const ChunkGrid& grid = input->grid;
  return graph::make_view(graph::of_one_part(input), std::move(transform), grid);
}

NodePtr view(NodePtr input, IndexTransform transform, const Scalar& fill) {
  graph::there(input, "a view");
  if (fill.dtype != input->dtype)
    throw Error(ErrorCode::type_mismatch, "a view of " + std::string(name_of(input->dtype)) +
                                              " cannot be filled with a " + std::string(name_of(fill.dtype)));
  if (transform.is_identity(input->shape)) return input;
  const ChunkGrid grid = input->grid;
  ViewNode data = graph::of_one_part(input);
  data.fill = std::make_shared<const Scalar>(fill);
  NodePtr made = graph::make_view(std::move(data), std::move(transform), grid);
  // A view that needs no fill value is a plain view.
  const ViewNode& view = *made->as<ViewNode>();
  for (int axis = 0; axis < input->shape.rank(); ++axis)
    if (leaves(view.axes[static_cast<std::size_t>(axis)], made->shape, input->shape[axis])) return made;
  IndexTransform plain{made->shape, view.axes};
  for (AxisTransform& axis : plain.axes) axis = graph::with_used_list(axis, plain.shape);
  return build::view(std::move(input), std::move(plain));
}

NodePtr rechunk(NodePtr input, ChunkGrid grid) {
  graph::there(input, "rechunk");
  if (!(grid.shape() == input->shape))
    throw Error(ErrorCode::shape_mismatch, "rechunk: chunks of a shape " + to_string(grid.shape()) +
                                               " are none of an array of shape " + to_string(input->shape));
  const DType dtype = input->dtype;
  const Shape shape = input->shape;
  // Of what is rechunked twice the first chunks do not count.
  if (graph::is_rechunked(*input)) {
    NodePtr first = input->as<ViewNode>()->part(0);
    input = std::move(first);
  }
  ViewNode data = graph::of_one_part(std::move(input));
  data.rechunks = true;
  data.axes = IndexTransform::identity(shape).axes;
  return graph::make_node(dtype, shape, std::move(grid), std::move(data));
}

NodePtr reshape(NodePtr input, const Shape& shape) {
  graph::there(input, "reshape");
  if (count_elements(shape) != input->shape.elements())
    throw Error(ErrorCode::shape_mismatch, "reshape: the elements of an array of shape " + to_string(input->shape) +
                                               " do not make the shape " + to_string(shape));
  // If an array is reshaped twice, the shape in between does not count.
  if (const auto* inner = input->as<ViewNode>(); inner && inner->reshapes) {
    NodePtr first = inner->part(0);
    input = std::move(first);
  }
  if (input->shape == shape) return input;
  ChunkGrid grid = graph::reshaped_grid(shape, input->grid);
  const DType dtype = input->dtype;
  ViewNode data = graph::of_one_part(std::move(input));
  data.reshapes = true;
  return graph::make_node(dtype, shape, std::move(grid), std::move(data));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::build
