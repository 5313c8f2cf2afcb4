#include "runtime/graph/reshape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

namespace {

/// Adds to a box the axes of these extents that hold the positions from `first` to `last` in row-major order.
void add_box(Region& box, const Shape& input, const AxisGroup& group, std::int64_t first, std::int64_t last) {
  std::int64_t inner = 1;
  for (int axis = 0; axis < group.input_count; ++axis) inner *= input[group.input_first + axis];
  bool is_open = false;  // the two lie at different indices of an axis before
  for (int axis = group.input_first; axis < group.input_first + group.input_count; ++axis) {
    inner /= input[axis];
    const std::int64_t from = first / inner;
    const std::int64_t to = last / inner;
    box.push_back(is_open ? AxisRange{0, 1, input[axis]} : AxisRange{from, 1, to - from + 1});
    is_open = is_open || from != to;
    first %= inner;
    last %= inner;
  }
}

}  // namespace

std::vector<AxisGroup> axis_groups(const Shape& input, const Shape& output) {
  std::vector<AxisGroup> groups;
  int i = 0, o = 0;
  while (i < input.rank() || o < output.rank()) {
    AxisGroup group{i, 0, o, 0};
    const bool has_input = i < input.rank();
    const bool has_output = o < output.rank();
    // An extent of 1 stays by itself, unless both shapes have one.
    const bool input_is_one = has_input && input[i] == 1;
    const bool output_is_one = has_output && output[o] == 1;
    if (input_is_one && !output_is_one) {
      group.input_count = 1;
    } else if (output_is_one && !input_is_one) {
      group.output_count = 1;
    } else {
      group.input_count = group.output_count = 1;
      std::int64_t in = input[i], out = output[o];
      while (in != out)
        if (in < out)
          in *= input[i + group.input_count++];
        else
          out *= output[o + group.output_count++];
    }
    i += group.input_count;
    o += group.output_count;
    groups.push_back(group);
  }
  return groups;
}

Region reshaped_box(const Shape& input, const Shape& output, const Region& region) {
  Region box;
  for (const AxisGroup& group : axis_groups(input, output)) {
    if (group.is_one_axis()) {
      box.push_back(region[group.output_first]);
      continue;
    }
    std::int64_t first = 0, last = 0;
    for (int axis = group.output_first; axis < group.output_first + group.output_count; ++axis) {
      const AxisRange& range = region[axis];
      const std::int64_t end = range.start + range.step * (range.count - 1);
      first = first * output[axis] + std::min(range.start, end);
      last = last * output[axis] + std::max(range.start, end);
    }
    add_box(box, input, group, first, last);
  }
  return box;
}

ChunkGrid reshaped_grid(const Shape& output, const ChunkGrid& input) {
  const Shape shape = input.shape();
  ChunkGrid grid;
  if (shape.elements() == 0) return ChunkGrid::single(output);
  for (const AxisGroup& group : axis_groups(shape, output)) {
    if (group.is_one_axis()) {
      grid.push_back(input[group.input_first]);
      continue;
    }
    std::int64_t elements = 1;
    for (int axis = group.input_first; axis < group.input_first + group.input_count; ++axis)
      elements *= std::max<std::int64_t>(input[axis].largest(), 1);
    PerAxis<std::int64_t> sizes = PerAxis<std::int64_t>::filled(group.output_count, 1);
    for (int axis = group.output_count - 1; axis >= 0; --axis) {
      sizes[axis] = std::min(output[group.output_first + axis], elements);
      elements = std::max<std::int64_t>(elements / sizes[axis], 1);
      // A chunk that is not whole along an axis has one index of the axes before.
      if (sizes[axis] < output[group.output_first + axis]) break;
    }
    for (int axis = 0; axis < group.output_count; ++axis)
      grid.push_back(AxisChunks::regular(output[group.output_first + axis], sizes[axis]));
  }
  return grid;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
