#include <algorithm>

#include "chunkwise/expr/index.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/core/list_place.hpp"
#include "runtime/core/rearranged_labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// A longer list would take more memory than it is worth.
constexpr std::size_t longest_list = std::size_t{1} << 24;

/// Returns `points` indices of a list from the front: a list of one is that index each time.
IndexList resolved_list(const IndexList& list, std::size_t points, int axis, std::int64_t extent) {
  if (list->size() > longest_list)
    throw Error(ErrorCode::unsupported, "a subscript of axis " + std::to_string(axis) + " is a list of " +
                                            std::to_string(list->size()) + " indices; at most 2**24 are supported");
  std::vector<std::int64_t> indices;
  indices.reserve(points);
  for (const std::int64_t index : *list) indices.push_back(build::resolve_integer(index, axis, extent));
  if (indices.size() != points && indices.size() == 1) indices.assign(points, indices.front());
  if (indices.size() != points)
    throw Error(ErrorCode::shape_mismatch, "lists of " + std::to_string(points) + " and " +
                                               std::to_string(indices.size()) +
                                               " indices do not fit together: several lists are the indices of points, "
                                               "one list an axis; take(x, indices, axis) takes indices of one axis");
  return std::make_shared<const std::vector<std::int64_t>>(std::move(indices));
}

/// Returns the labels of the result of subscripts with lists.
Labels listed_labels(const Labels& labels, std::span<const AxisSubscript> subscripts) {
  using Kind = AxisSubscript::Kind;
  std::vector<AxisOrigin> origins;
  std::vector<AxisThatGoes> going;
  const auto lists = std::ranges::count(subscripts, Kind::list, &AxisSubscript::kind);
  AxisOrigin listed;
  int axis = 0;
  for (const AxisSubscript& s : subscripts) {
    if (s.kind == Kind::create) {
      origins.emplace_back();
      continue;
    }
    if (s.kind == Kind::range)
      origins.push_back({axis, AxisOrigin::Elements::part, s.range});
    else if (s.kind == Kind::integer)
      going.push_back({axis, s.range.start});
    else if (lists == 1)
      listed = {axis, AxisOrigin::Elements::list, {}, s.list};
    else
      going.push_back({axis, -1});
    ++axis;
  }
  origins.insert(origins.begin() + list_place(subscripts), listed);
  return rearranged_labels(labels, origins, going, true);
}

}  // namespace

std::vector<AxisSubscript> resolve_subscripts(const Shape& shape, std::span<const detail::RawSubscript> subscripts) {
  using Raw = detail::RawSubscript;
  int taken = 0;
  std::size_t points = 1;
  for (const Raw& s : subscripts) {
    taken += s.kind == Raw::Kind::integer || s.kind == Raw::Kind::range || s.kind == Raw::Kind::list;
    if (s.kind == Raw::Kind::list && points == 1) points = s.list->size();
  }
  std::vector<AxisSubscript> resolved;
  resolved.reserve(subscripts.size() + static_cast<std::size_t>(shape.rank() - taken));
  int axis = 0;
  const auto whole = [&] { resolved.push_back({AxisSubscript::Kind::range, {0, 1, shape[axis++]}}); };
  for (const Raw& s : subscripts) {
    switch (s.kind) {
      case Raw::Kind::create:
        resolved.push_back({AxisSubscript::Kind::create, {0, 1, 1}});
        break;
      case Raw::Kind::ellipsis:
        for (int left = shape.rank() - taken; left > 0; --left) whole();
        break;
      case Raw::Kind::integer:
        resolved.push_back(
            {AxisSubscript::Kind::integer, {build::resolve_integer(s.integer, axis, shape[axis]), 1, 1}});
        ++axis;
        break;
      case Raw::Kind::list:
        resolved.push_back({AxisSubscript::Kind::list, {}, resolved_list(s.list, points, axis, shape[axis])});
        ++axis;
        break;
      case Raw::Kind::array:
        throw Error(
            ErrorCode::unsupported,
            "the subscript of axis " + std::to_string(axis) +
                " is an array of indices, which resolve_subscripts does not take; use subscripted (expr/gather.hpp)");
      case Raw::Kind::range:
        resolved.push_back(
            {AxisSubscript::Kind::range,
             build::resolve_range(s.range.start.has_value(), s.range.start.value_or(0), s.range.stop.has_value(),
                                  s.range.stop.value_or(0), s.range.step, shape[axis])});
        ++axis;
        break;
    }
  }
  while (axis < shape.rank()) whole();
  return resolved;
}

Shape subscripted_shape(std::span<const AxisSubscript> subscripts) {
  using Kind = AxisSubscript::Kind;
  Shape shape;
  for (const AxisSubscript& s : subscripts)
    if (s.kind != Kind::integer && s.kind != Kind::list) shape.push_back(s.range.count);
  const auto list = std::ranges::find(subscripts, Kind::list, &AxisSubscript::kind);
  if (list != subscripts.end()) shape.insert(list_place(subscripts), static_cast<std::int64_t>(list->list->size()));
  return shape;
}

Labels subscripted_labels(const Labels& labels, std::span<const AxisSubscript> subscripts) {
  if (labels.empty()) return labels;
  if (list_place(subscripts) >= 0) return listed_labels(labels, subscripts);
  return index_labels(labels, subscripts);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
