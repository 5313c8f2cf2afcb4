#pragma once
/// Maps boxes of an array in one shape to boxes of the same elements, in row-major order, in another shape.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/region.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

/// Neighbouring axes of both shapes that hold the same elements: (4, 6, 5) and (24, 5) have the groups 4, 6 | 24 and
/// 5 | 5. A group may lack axes of one shape, if its axes of the other have extent 1.
struct AxisGroup {
  int input_first = 0, input_count = 0;
  int output_first = 0, output_count = 0;
  /// Returns true if the group is one axis that both shapes have.
  [[nodiscard]] bool is_one_axis() const { return input_count == 1 && output_count == 1; }
};

/// Returns the groups of two shapes of equally many elements, as small as they can be. The shapes are not empty.
[[nodiscard]] std::vector<AxisGroup> axis_groups(const Shape& input, const Shape& output);

/// Returns a box of the input that holds a box of the output: the same indices along an axis that both have, the
/// smallest range along others. The box is not empty.
[[nodiscard]] Region reshaped_box(const Shape& input, const Shape& output, const Region& region);

/// Returns the chunks of the output. Along an axis that both have, they are those of the input. Along axes that are
/// merged or split, they have as many elements as the input's largest chunks have there, together in row-major order.
[[nodiscard]] ChunkGrid reshaped_grid(const Shape& output, const ChunkGrid& input);

/// Part of a box of the output that is a box of the input.
struct ReshapedPiece {
  Region box;                     ///< of the input
  PerAxis<std::int64_t> strides;  ///< of the box's axes in row-major memory that holds the box of the output
  std::int64_t offset = 0;        ///< of its first element in that memory
};

/// Splits a box of the output into pieces, and calls visit(piece) for each. Each element is in one piece.
template <class Visit>
void for_each_reshaped_piece(const Shape& input, const Shape& output, const Region& region, Visit&& visit);

// ---------------------------------------------------------------- implementation

namespace detail {

/// Walks through the pieces of a box, group by group.
template <class Visit>
class ReshapedPieces {
 public:
  ReshapedPieces(const Shape& input, const Shape& output, const Region& region, Visit& visit)
      : input_(input),
        output_(output),
        region_(region),
        strides_(row_major_strides(region.shape())),
        groups_(axis_groups(input, output)),
        visit_(visit) {
    piece_.box = Region::whole(input);
    piece_.strides = PerAxis<std::int64_t>::filled(input.rank(), 0);
  }
  void run() { group(0); }

 private:
  void group(std::size_t number) {
    if (number == groups_.size()) return visit_(static_cast<const ReshapedPiece&>(piece_));
    const AxisGroup& own = groups_[number];
    if (own.is_one_axis()) {
      piece_.box[own.input_first] = region_[own.output_first];
      piece_.strides[own.input_first] = strides_[own.output_first];
      return group(number + 1);
    }
    // The last axes that are taken as a whole, and a range of the axis before, are a stretch of elements in a row.
    const int end = own.output_first + own.output_count;
    int whole = end;
    std::int64_t stretch = 1;
    while (whole > own.output_first && region_[whole - 1] == AxisRange{0, 1, output_[whole - 1]})
      stretch *= output_[--whole];
    const std::int64_t last_stride = own.output_count > 0 ? strides_[end - 1] : 1;
    int outer = whole;
    std::int64_t length = stretch;
    if (whole > own.output_first && (region_[whole - 1].step == 1 || region_[whole - 1].count == 1)) {
      --outer;
      length *= region_[outer].count;
    }
    rows(number, own.output_first, outer, 0, stretch, length, last_stride);
  }

  /// Goes through the axes of a group from `axis` on to `outer`; the elements before have the position `flat` in it.
  void rows(std::size_t number, int axis, int outer, std::int64_t flat, std::int64_t stretch, std::int64_t length,
            std::int64_t last_stride) {
    const AxisGroup& own = groups_[number];
    const int end = own.output_first + own.output_count;
    if (axis == outer) {
      for (int rest = axis; rest < end; ++rest) flat = flat * output_[rest] + region_[rest].start;
      return cut(number, own.input_first, flat, length, last_stride);
    }
    const AxisRange& range = region_[axis];
    const std::int64_t before = piece_.offset;
    for (std::int64_t i = 0; i < range.count; ++i) {
      piece_.offset = before + i * strides_[axis];
      rows(number, axis + 1, outer, flat * output_[axis] + range.start + i * range.step, stretch, length, last_stride);
    }
    piece_.offset = before;
  }

  /// Cuts a stretch of elements in a row into boxes of the input's axes from `axis` on.
  void cut(std::size_t number, int axis, std::int64_t flat, std::int64_t length, std::int64_t step) {
    const AxisGroup& own = groups_[number];
    const int end = own.input_first + own.input_count;
    if (axis == end) return group(number + 1);
    std::int64_t inner = 1;
    for (int rest = axis + 1; rest < end; ++rest) inner *= input_[rest];
    piece_.strides[axis] = inner * step;
    const std::int64_t before = piece_.offset;
    const auto part = [&](std::int64_t count) {
      // Part of one index.
      piece_.box[axis] = {flat / inner, 1, 1};
      cut(number, axis + 1, flat % inner, count, step);
      flat += count;
      length -= count;
      piece_.offset += count * step;
    };
    if (flat % inner != 0 || length < inner) part(std::min(length, inner - flat % inner));
    if (const std::int64_t count = length / inner; count > 0) {
      piece_.box[axis] = {flat / inner, 1, count};
      for (int rest = axis + 1; rest < end; ++rest) {
        piece_.box[rest] = {0, 1, input_[rest]};
        std::int64_t within = 1;
        for (int further = rest + 1; further < end; ++further) within *= input_[further];
        piece_.strides[rest] = within * step;
      }
      group(number + 1);
      flat += count * inner;
      length -= count * inner;
      piece_.offset += count * inner * step;
    }
    if (length > 0) part(length);
    piece_.offset = before;
  }

  const Shape& input_;
  const Shape& output_;
  const Region& region_;
  PerAxis<std::int64_t> strides_;
  std::vector<AxisGroup> groups_;
  Visit& visit_;
  ReshapedPiece piece_;
};

}  // namespace detail

template <class Visit>
void for_each_reshaped_piece(const Shape& input, const Shape& output, const Region& region, Visit&& visit) {
  if (region.elements() > 0) detail::ReshapedPieces<Visit>(input, output, region, visit).run();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
