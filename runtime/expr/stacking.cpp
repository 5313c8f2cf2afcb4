#include "chunkwise/expr/stacking.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "chunkwise/expr/index.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/expr/handle_of.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// A formula of more parts would take longer to be made than to be computed.
constexpr std::int64_t most_parts = std::int64_t{1} << 20;

UntypedArray part_of_axis(const UntypedArray& x, int axis, const AxisSubscript& subscript) {
  std::vector<AxisSubscript> subscripts;
  for (int i = 0; i < x.shape.rank(); ++i)
    subscripts.push_back(i == axis ? subscript
                                   : AxisSubscript{AxisSubscript::Kind::range, {0, 1, x.shape[i]}, nullptr});
  Labels labels = subscripted_labels(x.labels, subscripts);
  const Shape shape = subscripted_shape(subscripts);
  return {build::index(x.node, std::move(subscripts)), shape, std::move(labels)};
}

UntypedArray range_of(const UntypedArray& x, int axis, std::int64_t first, std::int64_t end) {
  return part_of_axis(x, axis,
                      {AxisSubscript::Kind::range, {first, 1, std::max<std::int64_t>(end - first, 0)}, nullptr});
}

UntypedArray joined_along(const std::vector<UntypedArray>& arrays, int axis) {
  return concatenate(std::span<const UntypedArray>(arrays), axis);
}

std::vector<UntypedArray> each_with_axes(std::span<const UntypedArray> arrays, int least, std::string_view who) {
  if (arrays.empty()) throw Error(ErrorCode::invalid_argument, std::string(who) + " needs at least one array");
  std::vector<UntypedArray> all;
  for (const UntypedArray& one : arrays) all.push_back(with_axes(one, least));
  return all;
}

void require_parts(std::int64_t parts, std::string_view who) {
  if (parts > most_parts)
    throw Error(ErrorCode::unsupported,
                std::string(who) + ": " + std::to_string(parts) + " parts; at most 2**20 are supported");
}

}  // namespace

UntypedArray concatenate(std::span<const UntypedArray> arrays, int along) {
  if (arrays.empty()) throw Error(ErrorCode::invalid_argument, "concatenate needs at least one array");
  const int axis = normalize_axis(along, arrays.front().shape.rank());
  std::vector<NodePtr> nodes;
  std::vector<Labels> labels;
  for (const UntypedArray& one : arrays) {
    nodes.push_back(one.node);
    labels.push_back(one.labels);
  }
  NodePtr node = build::concatenate(std::move(nodes), axis);
  const int rank = node->shape.rank();
  return handle_of(std::move(node), concatenate_labels(labels, rank, axis));
}

UntypedArray with_axes(const UntypedArray& x, int least) {
  const int rank = x.shape.rank();
  if (rank >= least) return x;
  // NumPy's atleast_3d: (n,) becomes (1, n, 1), and (n, m) becomes (n, m, 1).
  const std::uint32_t at_end = least == 3 && rank > 0 ? 1U << 2 : 0;
  const int in_front = least - rank - (at_end != 0 ? 1 : 0);
  return expand_dims(x, ((1U << in_front) - 1U) | at_end);
}

UntypedArray vstack(std::span<const UntypedArray> arrays) {
  return joined_along(each_with_axes(arrays, 2, "vstack"), 0);
}

UntypedArray hstack(std::span<const UntypedArray> arrays) {
  const std::vector<UntypedArray> all = each_with_axes(arrays, 1, "hstack");
  return joined_along(all, all.front().shape.rank() == 1 ? 0 : 1);
}

UntypedArray dstack(std::span<const UntypedArray> arrays) {
  return joined_along(each_with_axes(arrays, 3, "dstack"), 2);
}

UntypedArray column_stack(std::span<const UntypedArray> arrays) {
  std::vector<UntypedArray> columns = each_with_axes(arrays, 1, "column_stack");
  for (UntypedArray& one : columns)
    if (one.shape.rank() == 1) one = expand_dims(one, 1U << 1);
  return joined_along(columns, 1);
}

UntypedArray delete_at(const UntypedArray& x, std::span<const std::int64_t> indices, int along) {
  const int axis = normalize_axis(along, x.shape.rank());
  const std::int64_t extent = x.shape[axis];
  std::vector<std::int64_t> gone;
  for (const std::int64_t index : indices) gone.push_back(build::resolve_integer(index, axis, extent));
  std::ranges::sort(gone);
  require_parts(static_cast<std::int64_t>(gone.size()), "delete");
  std::vector<UntypedArray> parts;
  std::int64_t first = 0;
  for (const std::int64_t index : gone) {
    if (index > first) parts.push_back(range_of(x, axis, first, index));
    first = std::max(first, index + 1);
  }
  if (first < extent || parts.empty()) parts.push_back(range_of(x, axis, first, extent));
  return joined_along(parts, axis);
}

UntypedArray insert(const UntypedArray& x, std::span<const std::int64_t> indices, const UntypedArray& values,
                    int along) {
  const int axis = normalize_axis(along, x.shape.rank());
  const std::int64_t extent = x.shape[axis];
  const auto count = static_cast<std::int64_t>(indices.size());
  require_parts(count, "insert");
  std::vector<std::int64_t> places;
  for (const std::int64_t index : indices) {
    if (index < -extent || index > extent)
      throw Error(ErrorCode::out_of_range, "insert: index " + std::to_string(index) + " is outside axis " +
                                               std::to_string(axis) + ", whose extent is " + std::to_string(extent));
    places.push_back(index < 0 ? index + extent : index);
  }
  Shape wanted = x.shape;
  wanted[axis] = count;
  const UntypedArray all = broadcast_to(values, wanted);
  // Of equal places the first comes first.
  std::vector<std::size_t> order(places.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t k) { return places[k]; });
  std::vector<UntypedArray> parts;
  std::int64_t first = 0;
  for (const std::size_t k : order) {
    if (places[k] > first) parts.push_back(range_of(x, axis, first, places[k]));
    first = places[k];
    parts.push_back(range_of(all, axis, static_cast<std::int64_t>(k), static_cast<std::int64_t>(k) + 1));
  }
  if (first < extent || parts.empty()) parts.push_back(range_of(x, axis, first, extent));
  return joined_along(parts, axis);
}

std::vector<UntypedArray> split_at(const UntypedArray& x, std::span<const std::int64_t> borders, int along) {
  const int axis = normalize_axis(along, x.shape.rank());
  require_parts(static_cast<std::int64_t>(borders.size()), "split");
  std::vector<UntypedArray> parts;
  for (std::size_t i = 0; i <= borders.size(); ++i) {
    const bool has_stop = i < borders.size();
    const AxisRange range =
        build::resolve_range(i > 0, i > 0 ? borders[i - 1] : 0, has_stop, has_stop ? borders[i] : 0, 1, x.shape[axis]);
    parts.push_back(part_of_axis(x, axis, {AxisSubscript::Kind::range, range, nullptr}));
  }
  return parts;
}

std::vector<UntypedArray> split_into(const UntypedArray& x, std::int64_t parts, int along, bool equal) {
  const int axis = normalize_axis(along, x.shape.rank());
  if (parts < 1)
    throw Error(ErrorCode::invalid_argument, "split: " + std::to_string(parts) + " parts; at least one is needed");
  require_parts(parts, "split");
  const std::int64_t extent = x.shape[axis];
  const std::int64_t longer = extent % parts;
  if (equal && longer != 0)
    throw Error(ErrorCode::shape_mismatch, "split: axis " + std::to_string(axis) + " of extent " +
                                               std::to_string(extent) + " has no " + std::to_string(parts) +
                                               " parts of one extent; array_split makes parts that differ by one");
  std::vector<UntypedArray> result;
  std::int64_t first = 0;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t end = first + extent / parts + (part < longer ? 1 : 0);
    result.push_back(range_of(x, axis, first, end));
    first = end;
  }
  return result;
}

std::vector<UntypedArray> unstack(const UntypedArray& x, int along) {
  const int axis = normalize_axis(along, x.shape.rank());
  require_parts(x.shape[axis], "unstack");
  std::vector<UntypedArray> parts;
  for (std::int64_t i = 0; i < x.shape[axis]; ++i)
    parts.push_back(part_of_axis(x, axis, {AxisSubscript::Kind::integer, {i, 1, 1}, nullptr}));
  return parts;
}

UntypedArray rot90(const UntypedArray& x, std::int64_t turns, int first, int second) {
  const int rank = x.shape.rank();
  const int from = normalize_axis(first, rank);
  const int to = normalize_axis(second, rank);
  if (from == to)
    throw Error(ErrorCode::invalid_argument,
                "rot90: axis " + std::to_string(from) + " is named twice; a turn needs two axes");
  const std::int64_t quarter = ((turns % 4) + 4) % 4;
  if (quarter == 0) return x;
  if (quarter == 2) return flip(x, (1U << from) | (1U << to));
  std::vector<int> order(static_cast<std::size_t>(rank));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<std::size_t>(from)], order[static_cast<std::size_t>(to)]);
  return quarter == 1 ? transpose(flip(x, 1U << to), order) : flip(transpose(x, order), 1U << to);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
