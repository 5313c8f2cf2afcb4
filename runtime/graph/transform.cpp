#include "chunkwise/graph/transform.hpp"

#include <algorithm>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "runtime/core/list_place.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

AxisTransform AxisTransform::listed(int axis, IndexList list) {
  const auto count = static_cast<std::int64_t>(list->size());
  if (count > 0 && stretch_length(*list, {0, 1, count}, 0) == count)
    return along(axis, list->front(), count > 1 ? (*list)[1] - list->front() : 1);
  return {0, 1, {Term{axis, 1}}, std::move(list)};
}

IndexTransform IndexTransform::identity(const Shape& shape) {
  IndexTransform transform{shape, {}};
  for (int axis = 0; axis < shape.rank(); ++axis) transform.axes.push_back(AxisTransform::along(axis));
  return transform;
}

bool IndexTransform::is_identity(const Shape& input) const { return shape == input && *this == identity(input); }

bool IndexTransform::keeps_order() const {
  int next = 0;
  for (const AxisTransform& axis : axes) {
    if (!axis.is_slice()) return false;
    if (axis.count == 0) continue;
    if (axis.terms[0].axis < next) return false;
    next = axis.terms[0].axis + 1;
  }
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (shape[axis] != 1 && !uses(axis)) return false;
  return true;
}

bool IndexTransform::uses(int axis) const {
  return std::ranges::any_of(axes, [axis](const AxisTransform& own) { return own.uses(axis); });
}

IndexTransform to_transform(const Shape& input, const std::vector<AxisSubscript>& subscripts) {
  IndexTransform transform;
  transform.axes.resize(static_cast<std::size_t>(input.rank()));
  int taken = 0;
  const auto next = [&]() -> AxisTransform& { return transform.axes[static_cast<std::size_t>(taken++)]; };
  const auto take = [&](const AxisRange& range) {
    AxisTransform& own = next();
    own.offset = range.start;
    own.count = 1;
    own.terms[0] = {transform.shape.rank(), range.step};
    transform.shape.push_back(range.count);
  };
  const int place = list_place(subscripts);
  int along = -1;  // the axis of the lists
  const auto make_place = [&](std::int64_t count) {
    if (along >= 0 || transform.shape.rank() != place) return;
    along = transform.shape.rank();
    transform.shape.push_back(count);
  };
  std::int64_t points = 0;
  if (place >= 0)
    points = static_cast<std::int64_t>(
        std::ranges::find(subscripts, AxisSubscript::Kind::list, &AxisSubscript::kind)->list->size());
  for (const AxisSubscript& s : subscripts) {
    if (place >= 0) make_place(points);
    if (s.kind == AxisSubscript::Kind::create) {
      transform.shape.push_back(1);
      continue;
    }
    if (taken == input.rank())
      throw Error(ErrorCode::out_of_range, "too many subscripts for an array of shape " + to_string(input));
    if (s.kind == AxisSubscript::Kind::integer)
      next().offset = s.range.start;
    else if (s.kind != AxisSubscript::Kind::list)
      take(s.range);
    else if (static_cast<std::int64_t>(s.list->size()) == points)
      next() = AxisTransform::listed(along, s.list);
    else
      throw Error(ErrorCode::shape_mismatch, "lists of " + std::to_string(points) + " and " +
                                                 std::to_string(s.list->size()) + " indices do not fit together");
  }
  while (taken < input.rank()) take({0, 1, input[taken]});
  return transform;
}

namespace {

std::string slice_text(std::int64_t start, std::int64_t step, std::int64_t count) {
  const std::int64_t stop = start + step * count;
  return std::to_string(start) + ":" + (stop < 0 ? std::string() : std::to_string(stop)) +
         (step == 1 ? "" : ":" + std::to_string(step));
}

/// Returns a text such as "v1", "2 + 3 * v0" or "list of 5 [v0]".
std::string axis_text(const AxisTransform& axis) {
  std::string sum = axis.offset != 0 || axis.count == 0 ? std::to_string(axis.offset) : "";
  for (int t = 0; t < axis.count; ++t) {
    const auto& term = axis.terms[static_cast<std::size_t>(t)];
    sum += (sum.empty() ? "" : " + ") + (term.stride == 1 ? std::string() : std::to_string(term.stride) + " * ") + "v" +
           std::to_string(term.axis);
  }
  return axis.list ? "list of " + std::to_string(axis.list->size()) + " [" + sum + "]" : sum;
}

}  // namespace

std::string to_string(const IndexTransform& transform, const Shape& input) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  int next = 0;  // axis of the view
  bool in_order = true;
  const auto take_created = [&](int until) {
    for (; next < until; ++next) {
      in_order = in_order && transform.shape[next] == 1;
      add("newaxis");
    }
  };
  for (const AxisTransform& axis : transform.axes) {
    if (axis.count == 0 && !axis.list) {
      add(std::to_string(axis.offset));
      continue;
    }
    in_order = in_order && axis.is_slice() && axis.terms[0].axis >= next;
    if (!in_order) break;
    take_created(axis.terms[0].axis);
    add(slice_text(axis.offset, axis.terms[0].stride, transform.shape[next++]));
  }
  if (in_order) take_created(transform.shape.rank());
  if (in_order) return "[" + text + "]";
  text = "(";
  for (std::size_t i = 0; i < transform.axes.size(); ++i) text += (i ? ", " : "") + axis_text(transform.axes[i]);
  return text + ") of " + to_string(input);
}

namespace {

/// Returns the positions in an axis's list, or its indices, for one range of the view; the axis has one term.
AxisRange positions(const AxisTransform& axis, const AxisRange& along) {
  const std::int64_t stride = axis.terms[0].stride;
  return {axis.offset + stride * along.start, stride * along.step, along.count};
}

/// Returns how an axis of the inner view's input takes its index, if the inner view is seen through `outer`; none if
/// one axis cannot express it.
std::optional<AxisTransform> compose(const AxisTransform& inner, const IndexTransform& outer) {
  AxisTransform result{inner.offset, 0, {}, inner.list};
  for (int t = 0; t < inner.count; ++t) {
    const auto [axis, stride] = inner.terms[static_cast<std::size_t>(t)];
    const AxisTransform& own = outer.axes[static_cast<std::size_t>(axis)];
    if (own.list) {
      // A list of a slice or of another list is a list; beside a second term it would be neither.
      if (inner.count != 1) return std::nullopt;
      auto list = std::make_shared<std::vector<std::int64_t>>(*own.list);
      for (std::int64_t& i : *list) {
        i = inner.offset + stride * i;
        if (inner.list) i = (*inner.list)[static_cast<std::size_t>(i)];
      }
      result = own;
      result.list = std::move(list);
      return result;
    }
    result.offset += stride * own.offset;
    for (int u = 0; u < own.count; ++u) {
      const auto [outer_axis, outer_stride] = own.terms[static_cast<std::size_t>(u)];
      const auto used = result.terms.begin() + result.count;
      const auto same =
          std::find_if(result.terms.begin(), used, [&](const auto& term) { return term.axis == outer_axis; });
      if (same != used) {
        same->stride += stride * outer_stride;
        if (same->stride == 0) return std::nullopt;
        continue;
      }
      if (result.count == 2) return std::nullopt;
      result.terms[static_cast<std::size_t>(result.count++)] = {outer_axis, stride * outer_stride};
    }
  }
  // A list can be looked up along one axis only.
  if (result.list && result.count > 1) return std::nullopt;
  return result;
}

}  // namespace

std::optional<IndexTransform> compose(const IndexTransform& inner, const IndexTransform& outer) {
  IndexTransform result{outer.shape, {}};
  result.axes.reserve(inner.axes.size());
  for (const AxisTransform& axis : inner.axes) {
    auto both = compose(axis, outer);
    if (!both) return std::nullopt;
    result.axes.push_back(std::move(*both));
  }
  return result;
}

bool leaves(const AxisTransform& axis, const Shape& view, std::int64_t extent) {
  std::int64_t low = axis.offset, high = axis.offset;
  for (int t = 0; t < axis.count; ++t) {
    const auto& term = axis.terms[static_cast<std::size_t>(t)];
    if (view[term.axis] == 0) return false;
    const std::int64_t span = term.stride * (view[term.axis] - 1);
    (span > 0 ? high : low) += span;
  }
  if (!axis.list) return low < 0 || high >= extent;
  return std::any_of(axis.list->begin() + low, axis.list->begin() + high + 1,
                     [extent](std::int64_t index) { return index < 0 || index >= extent; });
}

Region input_region(const std::vector<AxisTransform>& axes, const Region& region) {
  Region result;
  for (const AxisTransform& axis : axes) {
    const AxisRange first = axis.count > 0 ? region[axis.terms[0].axis] : AxisRange{0, 1, 1};
    if (axis.count == 0) {
      result.push_back({axis.list ? (*axis.list)[static_cast<std::size_t>(axis.offset)] : axis.offset, 1, 1});
      continue;
    }
    if (axis.count == 1 && !axis.list) {
      result.push_back(positions(axis, first));
      continue;
    }
    std::int64_t low = axis.offset, high = axis.offset;
    bool empty = false;
    for (int t = 0; t < axis.count; ++t) {
      const auto& term = axis.terms[static_cast<std::size_t>(t)];
      const AxisRange& along = region[term.axis];
      empty = empty || along.count == 0;
      if (empty) break;
      const std::int64_t one = term.stride * along.start;
      const std::int64_t other = term.stride * (along.start + along.step * (along.count - 1));
      low += std::min(one, other);
      high += std::max(one, other);
    }
    if (empty) {
      result.push_back({0, 1, 0});
      continue;
    }
    if (axis.list) {
      // The extremes of a list with one term; with two terms also of the positions between, which is safe.
      const auto begin = axis.list->begin() + low, end = axis.list->begin() + high + 1;
      const auto [least, most] = std::minmax_element(begin, end);
      low = *least;
      high = *most;
    }
    result.push_back({low, 1, high - low + 1});
  }
  return result;
}

StridedView view_strides(const std::vector<AxisTransform>& axes, const Region& region, const Region& input_region,
                         const PerAxis<std::int64_t>& input) {
  StridedView view{0, PerAxis<std::int64_t>::filled(region.rank(), 0)};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const AxisTransform& axis = axes[i];
    const int own = static_cast<int>(i);
    if (axis.count == 1) {
      // The input's box has exactly the indices of the view.
      view.strides[axis.terms[0].axis] += input[own];
      continue;
    }
    if (axis.count == 0) continue;
    // The box begins at the lowest index, the view at its own first index.
    std::int64_t first = axis.offset - input_region[own].start;
    for (const auto& term : axis.terms) {
      first += term.stride * region[term.axis].start;
      view.strides[term.axis] += term.stride * region[term.axis].step * input[own];
    }
    view.first += first * input[own];
  }
  return view;
}

IndexTransform restricted(IndexTransform transform, int axis, std::int64_t first, std::int64_t count) {
  transform.shape[axis] = count;
  for (AxisTransform& own : transform.axes)
    for (int t = 0; t < own.count; ++t)
      if (const auto& term = own.terms[static_cast<std::size_t>(t)]; term.axis == axis)
        own.offset += term.stride * first;
  return transform;
}

std::int64_t stretch_length(const std::vector<std::int64_t>& list, const AxisRange& positions, std::int64_t k) {
  const auto at = [&](std::int64_t i) { return list[static_cast<std::size_t>(positions.start + positions.step * i)]; };
  if (positions.count - k < 2) return positions.count - k;
  const std::int64_t step = at(k + 1) - at(k);
  if (step == 0) return 1;
  std::int64_t length = 2;
  while (k + length < positions.count && at(k + length) - at(k + length - 1) == step) ++length;
  return length;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
