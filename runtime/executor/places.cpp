// Boxes of views whose elements strides cannot address in memory: lists of indices, filled places, other shapes.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "runtime/executor/evaluate.hpp"
#include "runtime/graph/kinds/view.hpp"
#include "runtime/graph/reshape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

/// A part of a box of a view with a fill value in which each index of the input is made from one index of the view.
struct FilledPart {
  std::vector<AxisTransform> axes;
  Region region;  ///< within the box
};

/// Calls visit(part) for each place of the windows of a box; once for a box without windows.
template <class Visit>
void for_each_place_of_windows(FilledPart part, Visit&& visit) {
  const auto window = std::ranges::find(part.axes, 2, &AxisTransform::count);
  if (window == part.axes.end()) return visit(static_cast<const FilledPart&>(part));
  const int axis = window->terms[1].axis;
  const AxisRange all = part.region[axis];
  for (std::int64_t i = 0; i < all.count; ++i) {
    FilledPart one = part;
    one.region[axis] = {all.start + i * all.step, 1, 1};
    for (AxisTransform& own : one.axes) {
      if (!own.uses(axis)) continue;
      AxisTransform without = AxisTransform::constant(own.offset);
      for (int t = 0; t < own.count; ++t) {
        const auto& term = own.terms[static_cast<std::size_t>(t)];
        if (term.axis == axis)
          without.offset += term.stride * one.region[axis].start;
        else
          without.terms[static_cast<std::size_t>(without.count++)] = term;
      }
      own = without;
    }
    for_each_place_of_windows(std::move(one), visit);
  }
}

/// Cuts a part to indices that lie within the input; returns false if there are none.
bool cut_to_inside(FilledPart& part, const Shape& input) {
  for (std::size_t i = 0; i < part.axes.size(); ++i) {
    const AxisTransform& own = part.axes[i];
    const std::int64_t extent = input[static_cast<int>(i)];
    if (own.count == 0) {
      if (own.offset < 0 || own.offset >= extent) return false;
      continue;
    }
    AxisRange& along = part.region[own.terms[0].axis];
    const std::int64_t stride = own.terms[0].stride;
    const graph::Inside kept =
        graph::inside({own.offset + stride * along.start, stride * along.step, along.count}, extent);
    along = {along.start + along.step * kept.first, along.step, kept.count};
    if (kept.count == 0) return false;
  }
  return true;
}

/// Returns a part as it lies in memory that holds `box` of the input.
Operand placed(const FilledPart& part, const Region& box, Operand operand) {
  PerAxis<std::int64_t> strides = PerAxis<std::int64_t>::filled(part.region.rank(), 0);
  std::int64_t first = 0;
  for (std::size_t i = 0; i < part.axes.size(); ++i) {
    const AxisTransform& own = part.axes[i];
    const AxisRange& range = box[static_cast<int>(i)];
    const std::int64_t step = operand.strides[static_cast<int>(i)];
    std::int64_t index = own.offset;
    if (own.count == 1) {
      const auto& term = own.terms[0];
      const AxisRange& along = part.region[term.axis];
      index += term.stride * along.start;
      strides[term.axis] += term.stride * along.step / range.step * step;
    }
    first += (index - range.start) / range.step * step;
  }
  operand.data += first * static_cast<std::int64_t>(size_of(operand.stored()));
  operand.strides = strides;
  return operand;
}

/// Stretches of so many elements are fetched one by one, however far apart they lie.
constexpr std::int64_t least_stretch = 512;

/// Returns true if the elements that lists take lie so near each other that the box with all of them is fetched rather
/// than one stretch after the other.
bool is_gathered(const std::vector<AxisTransform>& axes, std::int64_t elements, const Region& box) {
  std::int64_t stretch = 1;
  for (int axis = box.rank() - 1; axis >= 0 && !axes[static_cast<std::size_t>(axis)].list; --axis)
    stretch *= box[axis].count;
  const bool has_windows = std::ranges::any_of(axes, [](const AxisTransform& own) { return own.count > 1; });
  return !has_windows && stretch < least_stretch && box.elements() / graph::most_gathered <= elements;
}

template <std::size_t Size>
void gather_sized(const std::byte* from, const std::int64_t* offsets, std::byte* to, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i)
    std::memcpy(to + i * static_cast<std::int64_t>(Size), from + offsets[i] * static_cast<std::int64_t>(Size), Size);
}

/// Copies elements from offsets that are given in elements.
void gather_at(const std::byte* from, const std::int64_t* offsets, std::int64_t size, std::byte* to, std::int64_t n) {
  if (size == 8) return gather_sized<8>(from, offsets, to, n);
  if (size == 4) return gather_sized<4>(from, offsets, to, n);
  if (size == 2) return gather_sized<2>(from, offsets, to, n);
  gather_sized<1>(from, offsets, to, n);
}

}  // namespace

Evaluator& Evaluator::inner() {
  if (!lines_) lines_ = std::make_shared<LineMemory>();
  if (!inner_) inner_ = std::make_unique<Evaluator>(*context_);
  inner_->lines_ = lines_;
  return *inner_;
}

void Evaluator::place(const Node& node, const ViewNode& view, const Region& region, const Place& to) {
  if (view.reshapes) return place_reshaped(node, view, region, to);
  if (view.fill) return place_filled(node, view, region, to);
  const Region box = input_region(view.axes, region);
  if (is_gathered(view.axes, region.elements(), box)) return place_gathered(node, view, region, box, to);
  place_listed(node, view, region, to);
}

bool Evaluator::place_body(const plan::Body& body, const Region& region, const Shape& domain, const Place& to) {
  if (!writes_alone_ || body.program || body.inputs.size() != 1 || !(body.inputs[0]->shape == domain)) return false;
  const Node& node = *body.inputs[0];
  if (region.elements() == 0 || context_->finished.contains(&node)) return false;
  if (region.rank() == 0 || to.strides[region.rank() - 1] != 1) return false;
  return graph::by_kind(
      node, [](const SourceNode& /*source*/) { return false; },
      [&](const ViewNode& view) {
        if (!graph::is_placed(view)) return false;
        if (view.reshapes && !(to.strides == row_major_strides(region.shape()))) return false;
        return place(node, view, region, to), true;
      },
      [](const MapNode& /*map*/) { return false; },
      [&](const AlongNode& along) { return place_lines(node, along, region, to), true; },
      [](const FoldNode& /*fold*/) { return false; });
}

void Evaluator::place_listed(const Node& node, const ViewNode& view, const Region& region, const Place& to) {
  const auto size = static_cast<std::int64_t>(size_of(node.dtype));
  std::optional<Region> last;  // an index may stand in a list several times in a row
  Operand operand;
  graph::for_each_stretch(view.axes, region, [&](const graph::Stretch& stretch) {
    const Region part = Region::whole(stretch.shape);
    const Region box = input_region(stretch.axes, part);
    if (last != box) {
      // One stretch is fetched after the other: the evaluator of them all would remember each.
      inner().new_slab();
      operand = inner().fetch_joined(node.dtype, view, box);
      last = box;
    }
    std::int64_t offset = 0;
    for (int axis = 0; axis < part.rank(); ++axis) offset += stretch.first[axis] * to.strides[axis];
    const StridedView seen = view_strides(stretch.axes, part, box, operand.strides);
    Operand own = operand;
    own.data += seen.first * static_cast<std::int64_t>(size_of(own.stored()));
    own.strides = seen.strides;
    copy_out(own, stretch.shape, to.memory + offset * size, to.strides);
  });
}

void Evaluator::place_gathered(const Node& node, const ViewNode& view, const Region& region, const Region& box,
                               const Place& to) {
  const Shape shape = region.shape();
  const auto size = static_cast<std::int64_t>(size_of(node.dtype));
  const Operand operand = fetch_joined(node.dtype, view, box);
  const int last = shape.rank() - 1;
  FilledPart rest{view.axes, region};
  std::vector<std::int64_t> offsets;  // of the places of the last axis, if all of it is lists
  bool is_listed = last >= 0;
  for (const AxisTransform& own : view.axes) is_listed = is_listed && (own.list != nullptr) == own.uses(last);
  if (!is_listed) {
    graph::for_each_stretch(view.axes, region, [&](const graph::Stretch& stretch) {
      std::int64_t offset = 0;
      for (int axis = 0; axis < stretch.shape.rank(); ++axis) offset += stretch.first[axis] * to.strides[axis];
      copy_out(placed({stretch.axes, Region::whole(stretch.shape)}, box, operand), stretch.shape,
               to.memory + offset * size, to.strides);
    });
    return;
  }
  offsets.assign(static_cast<std::size_t>(shape[last]), 0);
  for (std::size_t i = 0; i < rest.axes.size(); ++i) {
    AxisTransform& own = rest.axes[i];
    if (!own.list) continue;
    const int axis = static_cast<int>(i);
    for (std::int64_t k = 0; k < shape[last]; ++k) {
      const std::int64_t position = own.offset + own.terms[0].stride * (region[last].start + region[last].step * k);
      offsets[static_cast<std::size_t>(k)] +=
          ((*own.list)[static_cast<std::size_t>(position)] - box[axis].start) / box[axis].step * operand.strides[axis];
    }
    own = AxisTransform::constant(box[axis].start);
  }
  rest.region[last] = {0, 1, 1};
  Shape rows = shape;
  rows[last] = 1;
  const Operand from = placed(rest, box, operand);
  const std::array maps{from.strides, to.strides};
  const Walk walk(rows, maps);
  const auto stored = static_cast<std::int64_t>(size_of(operand.stored()));
  std::vector<std::byte> block(static_cast<std::size_t>(block_elements * stored));
  walk.for_each_stretch([&](std::span<const std::int64_t> at) {
    for (std::int64_t i = 0; i < walk.stretch_length(); ++i) {
      const std::byte* const row = from.data + (at[0] + i * walk.stretch_stride(0)) * stored;
      std::byte* const out = to.memory + (at[1] + i * walk.stretch_stride(1)) * size;
      for (std::int64_t begin = 0; begin < shape[last]; begin += block_elements) {
        const std::int64_t n = std::min(block_elements, shape[last] - begin);
        std::byte* const gathered = operand.decoding ? block.data() : out + begin * size;
        gather_at(row, offsets.data() + begin, stored, gathered, n);
        if (operand.decoding)
          load::decode(*operand.decoding, node.dtype, gathered, out + begin * size, static_cast<std::size_t>(n));
      }
    }
  });
}

void Evaluator::place_filled(const Node& node, const ViewNode& view, const Region& region, const Place& to) {
  const Shape shape = region.shape();
  const auto size = static_cast<std::int64_t>(size_of(node.dtype));
  const std::array map{to.strides};
  Walk walk(shape, map);
  if (walk.stretch_stride(0) != 1) walk.single_elements();
  walk.for_each_stretch([&](std::span<const std::int64_t> at) {
    load::splat(view.fill->bytes.data(), static_cast<std::size_t>(size), to.memory + at[0] * size,
                static_cast<std::size_t>(walk.stretch_length()));
  });
  const Shape input = graph::joined_shape(view);
  graph::for_each_stretch(view.axes, region, [&](const graph::Stretch& stretch) {
    const Region whole = Region::whole(stretch.shape);
    const std::optional<Region> box = graph::region_inside(stretch.axes, whole, input);
    if (!box) return;
    const Operand operand = fetch_joined(node.dtype, view, *box);
    for_each_place_of_windows({stretch.axes, whole}, [&](FilledPart part) {
      if (!cut_to_inside(part, input)) return;
      std::int64_t offset = 0;
      for (int axis = 0; axis < shape.rank(); ++axis)
        offset += (stretch.first[axis] + part.region[axis].start) * to.strides[axis];
      copy_out(placed(part, *box, operand), part.region.shape(), to.memory + offset * size, to.strides);
    });
  });
}

void Evaluator::place_reshaped(const Node& node, const ViewNode& view, const Region& region, const Place& to) {
  const std::int64_t elements = region.elements();
  const auto size = static_cast<std::int64_t>(size_of(node.dtype));
  const NodePtr& input = view.part(0);
  graph::for_each_reshaped_piece(input->shape, node.shape, region, [&](const graph::ReshapedPiece& piece) {
    const Shape own = piece.box.shape();
    const bool is_all = own.elements() == elements;
    if (!is_all) inner().new_slab();
    const Operand operand = is_all ? fetch(input, piece.box) : inner().fetch(input, piece.box);
    copy_out(operand, own, to.memory + piece.offset * size, piece.strides);
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
