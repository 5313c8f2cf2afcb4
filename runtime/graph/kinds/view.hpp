#pragma once
/// Elements of other arrays at other places.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "runtime/graph/kind.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

template <>
struct Kind<ViewNode> {
  static constexpr std::uint8_t number = 1;
  static constexpr Flow flow = Flow::elsewhere;
  static std::span<const NodePtr> inputs(const ViewNode& data);
  static NodePtr with_inputs(const Node& node, const ViewNode& data, std::vector<NodePtr> inputs);
  static std::uint64_t hash(const ViewNode& data);
  static bool equal(const Node& node, const ViewNode& data, const Node& other, const ViewNode& other_data);
  static void write(const Node& node, const ViewNode& data, NodeWriter& to);
  static NodePtr read(NodeReader& from);
  static std::string describe(const Node& node, const ViewNode& data);
  static void boxes(const Node& node, const ViewNode& data, const Region& region, const VisitBox& visit);
  static NodePtr push(const NodePtr& node, const ViewNode& data, const IndexTransform& transform, IndexPusher& pusher);
};

/// Returns the first and the last part of a join that a range of its axis has elements of, for either sign of the step.
[[nodiscard]] std::pair<std::size_t, std::size_t> touched_parts(const ViewNode& view, const AxisRange& along);

/// Returns the part that has all of a box of a view's parts, and makes the box the part's own; null if several have it.
[[nodiscard]] const NodePtr* only_part(const ViewNode& view, Region& box);
/// Returns the same of a node that joins its parts as they are; null for all others.
[[nodiscard]] const NodePtr* only_joined_part(const Node& node, Region& box);
[[nodiscard]] bool has_list(const ViewNode& view);
/// Returns true if the elements of a view are copied to their places, since strides cannot say where they lie in memory
/// that holds its parts.
[[nodiscard]] bool is_placed(const ViewNode& view);
/// A box of the input is fetched for a list if it has at most so many times the elements that are wanted.
inline constexpr std::int64_t most_gathered = 16;
/// Returns the shape of the parts of a view together.
[[nodiscard]] Shape joined_shape(const ViewNode& view);
/// The indices of a range that lie within an axis: `count` of them, from the first-th on.
struct Inside {
  std::int64_t first = 0;
  std::int64_t count = 0;
};
[[nodiscard]] Inside inside(const AxisRange& range, std::int64_t extent);
/// Returns the box of the input that a box of a view with a fill value needs; none if all of it is filled.
[[nodiscard]] std::optional<Region> region_inside(const std::vector<AxisTransform>& axes, const Region& region,
                                                  const Shape& input);
/// Mixes the axes of a transform into a hash.
void add_axes(Hash& hash, const std::vector<AxisTransform>& axes);

/// Splits a range of a join's axis at the borders of its parts. Calls visit(part, range of the part's own indices,
/// first), in the order of the range, `first` being the number of indices before.
template <class Visit>
void for_each_part(const ViewNode& view, const AxisRange& along, Visit&& visit) {
  if (along.count == 0) return;
  const auto [first, last] = touched_parts(view, along);
  const std::vector<std::int64_t>& offsets = *view.offsets;
  std::int64_t done = 0;
  for (std::size_t part = first;; part = first < last ? part + 1 : part - 1) {
    // The steps that lie in this part: from `done` until the part's border is crossed.
    const std::int64_t start = along.start + along.step * done;
    std::int64_t count = 0;
    if (start >= offsets[part] && start < offsets[part + 1])
      count =
          along.step > 0 ? (offsets[part + 1] - 1 - start) / along.step + 1 : (start - offsets[part]) / -along.step + 1;
    count = std::min(count, along.count - done);
    if (count > 0) visit(part, AxisRange{start - offsets[part], along.step, count}, done);
    done += count;
    if (part == last) break;
  }
}

/// A part of a box of a view in which no list is needed: boxes of the input are slices.
struct Stretch {
  std::vector<AxisTransform> axes;  ///< for indices within the part
  Shape shape;                      ///< of the part
  ChunkIndex first;                 ///< the index within the box at which it begins
};

/// Splits a box of a view wherever its lists do not go on in equal steps, and calls visit(stretch) for each part.
template <class Visit>
void for_each_stretch(const std::vector<AxisTransform>& axes, const Region& region, Visit&& visit) {
  Stretch stretch{axes, region.shape(), ChunkIndex::filled(region.rank(), 0)};
  // From indices of the view to those within the box.
  for (AxisTransform& own : stretch.axes)
    for (int t = 0; t < own.count; ++t) {
      auto& term = own.terms[static_cast<std::size_t>(t)];
      own.offset += term.stride * region[term.axis].start;
      term.stride *= region[term.axis].step;
    }
  const auto descend = [&](const auto& self, std::size_t i) -> void {
    while (i < stretch.axes.size() && !stretch.axes[i].list) ++i;
    if (i == stretch.axes.size()) return visit(static_cast<const Stretch&>(stretch));
    const Stretch whole = stretch;
    const AxisTransform& listed = whole.axes[i];
    const int axis = listed.count > 0 ? listed.terms[0].axis : 0;
    const AxisRange positions{listed.offset, listed.count > 0 ? listed.terms[0].stride : 1,
                              listed.count > 0 ? whole.shape[axis] : 1};
    const auto index = [&](std::int64_t k) {
      return (*listed.list)[static_cast<std::size_t>(positions.start + positions.step * k)];
    };
    for (std::int64_t k = 0; k < positions.count;) {
      stretch = whole;
      if (listed.count == 0) {
        stretch.axes[i] = AxisTransform::constant(index(0));
        k = positions.count;
      } else {
        const std::int64_t length = stretch_length(*listed.list, positions, k);
        stretch.first[axis] += k;
        stretch.shape[axis] = length;
        for (AxisTransform& own : stretch.axes)
          for (int t = 0; t < own.count; ++t)
            if (const auto& term = own.terms[static_cast<std::size_t>(t)]; term.axis == axis)
              own.offset += term.stride * k;
        stretch.axes[i] = AxisTransform::along(axis, index(k), length > 1 ? index(k + 1) - index(k) : 1);
        k += length;
      }
      self(self, i + 1);
    }
    stretch = whole;
  };
  descend(descend, 0);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
