#include "runtime/expr/group_keys.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/expr/handle_of.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

std::int64_t size_of_key(const GroupKey& key) { return key.coordinate.size(); }

/// The edges of bins as the variable that CF calls bounds.
Companion bounds_of_bins(const std::string& dimension, const std::vector<double>& edges) {
  std::vector<std::byte> bytes(edges.size() * sizeof(double));
  std::memcpy(bytes.data(), edges.data(), bytes.size());
  const auto bins = static_cast<std::int64_t>(edges.size() / 2);
  return {dimension + "_bounds",
          DType::float64,
          false,
          {{dimension, bins, {0, 1, bins}, false}, {"bounds", 2, {0, 1, 2}, false}},
          {},
          companion_values(std::move(bytes))};
}

/// Returns the axes of all keys, ascending.
std::vector<int> axes_of_keys(const std::vector<GroupKey>& keys) {
  std::vector<int> axes;
  for (const GroupKey& key : keys) axes.insert(axes.end(), key.axes.begin(), key.axes.end());
  std::ranges::sort(axes);
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  return axes;
}

/// Returns the number of the combination of groups of each index along all axes of keys.
std::vector<std::int32_t> combined_labels(const std::vector<GroupKey>& keys, const std::vector<int>& axes,
                                          const Shape& shape) {
  Shape extents;
  for (const int axis : axes) extents.push_back(shape[axis]);
  const std::int64_t count = extents.elements();
  std::vector<std::int32_t> labels(static_cast<std::size_t>(count), 0);
  for (const GroupKey& key : keys) {
    // The step of the key's own labels along each of the axes.
    std::vector<std::int64_t> steps(axes.size(), 0);
    std::int64_t step = 1;
    for (std::size_t i = key.axes.size(); i-- > 0;) {
      steps[static_cast<std::size_t>(std::ranges::find(axes, key.axes[i]) - axes.begin())] = step;
      step *= shape[key.axes[i]];
    }
    std::vector<std::int64_t> at(axes.size(), 0);
    std::int64_t own = 0;
    for (std::int64_t k = 0; k < count; ++k) {
      std::int32_t& label = labels[static_cast<std::size_t>(k)];
      const std::int32_t group = key.labels[static_cast<std::size_t>(own)];
      label = label < 0 || group < 0 ? -1 : label * static_cast<std::int32_t>(size_of_key(key)) + group;
      for (int i = static_cast<int>(axes.size()) - 1; i >= 0; --i) {
        const auto axis = static_cast<std::size_t>(i);
        own += steps[axis];
        if (++at[axis] < extents[i]) break;
        own -= steps[axis] * extents[i];
        at[axis] = 0;
      }
    }
  }
  return labels;
}

/// Returns x with some axes, ascending, put together behind the others, and the name of what they are put together to.
UntypedArray with_axes_together(const UntypedArray& x, const std::vector<int>& axes, const std::string& name) {
  const int rank = x.shape.rank();
  std::vector<int> order;
  for (int axis = 0; axis < rank; ++axis)
    if (std::ranges::find(axes, axis) == axes.end()) order.push_back(axis);
  const int others = static_cast<int>(order.size());
  order.insert(order.end(), axes.begin(), axes.end());
  const UntypedArray turned = transpose(x, order);
  Shape shape;
  for (int axis = 0; axis < others; ++axis) shape.push_back(turned.shape[axis]);
  shape.push_back(-1);
  UntypedArray result = reshape(turned, shape);
  Labels::Data data = LabelsAccess::data(turned.labels);
  data.dimensions.resize(static_cast<std::size_t>(rank));
  data.coordinates.resize(static_cast<std::size_t>(rank));
  for (int axis = others; axis < rank; ++axis)
    std::erase_if(data.companions, [&](const Companion& companion) {
      const std::string& gone = data.dimensions[static_cast<std::size_t>(axis)];
      return !gone.empty() && companion.has(gone);
    });
  data.dimensions.resize(static_cast<std::size_t>(others));
  data.coordinates.resize(static_cast<std::size_t>(others));
  data.record &= (1U << others) - 1U;
  data.dimensions.push_back(name);
  data.coordinates.emplace_back();
  result.labels = LabelsAccess::make(std::move(data));
  return result;
}

}  // namespace

GroupKey equal_numbers(KeyNumbers key) {
  std::map<Exact, std::int32_t> places;
  for (const Exact number : key.numbers)
    if (!std::isnan(number)) places.emplace(number, 0);
  if (places.empty())
    throw Error(ErrorCode::invalid_argument, "groupby: " + quoted(key.name) + " has no value to be grouped by");
  std::vector<Exact> values;
  for (auto& [number, place] : places) {
    place = static_cast<std::int32_t>(values.size());
    values.push_back(number);
  }
  GroupKey result{std::move(key.name), std::move(key.axes), {}, {}};
  result.labels.reserve(key.numbers.size());
  for (const Exact number : key.numbers) result.labels.push_back(std::isnan(number) ? -1 : places.at(number));
  result.coordinate = coordinate_of(key.dtype, values, std::move(key.attributes));
  return result;
}

NumberBins equal_bins(const std::vector<Exact>& numbers, std::int64_t count, bool right) {
  if (count < 1 || count > most_groups)
    throw Error(ErrorCode::invalid_argument, "groupby_bins: " + std::to_string(count) + " bins");
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Exact number : numbers) {
    if (std::isnan(number)) continue;
    low = std::min(low, static_cast<double>(number));
    high = std::max(high, static_cast<double>(number));
  }
  if (!std::isfinite(low) || !std::isfinite(high))
    throw Error(ErrorCode::invalid_argument, "groupby_bins: bins of one width need finite numbers; name the edges");
  NumberBins bins;
  bins.right = right;
  // As pandas.cut: numbers that are all the same lie in the middle, others at a whole width's thousandth from the edge.
  const bool is_one = low == high;
  const double around = low == 0 ? 0.001 : 0.001 * std::abs(low);
  const double from = is_one ? low - around : low, to = is_one ? high + around : high;
  for (std::int64_t i = 0; i < count; ++i)
    bins.edges.push_back(from + static_cast<double>(i) * ((to - from) / static_cast<double>(count)));
  bins.edges.push_back(to);
  if (!is_one) (right ? bins.edges.front() : bins.edges.back()) += (right ? -1 : 1) * (high - low) * 0.001;
  return bins;
}

GroupKey binned(const KeyNumbers& key, const NumberBins& bins) {
  const std::vector<double>& edges = bins.edges;
  if (edges.size() < 2)
    throw Error(ErrorCode::invalid_argument,
                "groupby_bins: " + std::to_string(edges.size()) + " edges; a bin lies between two of them");
  for (std::size_t i = 1; i < edges.size(); ++i)
    if (!(edges[i - 1] < edges[i]))
      throw Error(ErrorCode::invalid_argument,
                  "groupby_bins: edges ascend, and " + number_text(edges[i]) + " follows " + number_text(edges[i - 1]));
  const std::size_t count = edges.size() - 1;
  if (!bins.labels.empty() && bins.labels.size() != count)
    throw Error(ErrorCode::invalid_argument, "groupby_bins: " + std::to_string(bins.labels.size()) + " labels of " +
                                                 std::to_string(count) + " bins");
  GroupKey result{key.name + "_bins", key.axes, {}, {}};
  for (const Exact number : key.numbers) {
    // Edges below the number, or not above it.
    const auto at = bins.right ? std::ranges::lower_bound(edges, number, std::less<Exact>())
                               : std::ranges::upper_bound(edges, number, std::less<Exact>());
    std::int64_t bin = std::isnan(number) ? -1 : at - edges.begin() - 1;
    if (bins.right && bins.include_lowest && number == static_cast<Exact>(edges.front())) bin = 0;
    result.labels.push_back(bin >= 0 && bin < static_cast<std::int64_t>(count) ? static_cast<std::int32_t>(bin) : -1);
  }
  if (!bins.labels.empty()) {
    result.coordinate = Coordinate(bins.labels, {});
    return result;
  }
  std::vector<double> middles;
  for (std::size_t i = 0; i < count; ++i) {
    const double low = edges[i], high = edges[i + 1];
    result.edges.insert(result.edges.end(), {low, high});
    middles.push_back(std::isinf(low)    ? (std::isinf(high) ? 0 : high)
                      : std::isinf(high) ? low
                                         : low + (high - low) / 2);
  }
  Attributes attributes = key.attributes;
  attributes.emplace_back("bounds", result.name + "_bounds");
  result.coordinate = Coordinate(middles, std::move(attributes));
  return result;
}

KeyedArray keyed(const UntypedArray& x, std::vector<GroupKey> keys) {
  const std::vector<int> axes = axes_of_keys(keys);
  std::int64_t groups = 1;
  std::string name;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      if (keys[i].name == keys[j].name)
        throw Error(ErrorCode::invalid_argument, "groupby: two keys are called " + quoted(keys[i].name));
    for (int axis = 0; axis < x.shape.rank(); ++axis)
      if (x.labels.dimension(axis) == keys[i].name && std::ranges::find(axes, axis) == axes.end())
        throw Error(ErrorCode::name_mismatch, "groups would be called " + quoted(keys[i].name) +
                                                  ", and the array has such a dimension already; rename it first");
    groups *= std::max<std::int64_t>(size_of_key(keys[i]), 1);
    if (groups > most_groups)
      throw Error(ErrorCode::invalid_argument,
                  "groupby: more than " + std::to_string(most_groups) + " combinations of the groups of all keys");
    name += (i > 0 ? "_" : "") + keys[i].name;
  }
  if (x.shape.rank() - static_cast<int>(axes.size()) + static_cast<int>(keys.size()) > max_rank)
    throw Error(ErrorCode::invalid_argument, "groupby: an array has at most 8 axes");
  KeyedArray result{x, {}, std::move(keys), x.labels, x.shape, axes};
  int axis = axes.front();
  if (axes.size() > 1) {
    std::string together;
    for (const int one : axes) together += (together.empty() ? "" : "_") + x.labels.dimension(one);
    result.array = with_axes_together(x, axes, together);
    axis = result.array.shape.rank() - 1;
  }
  Grouping grouping{axis, combined_labels(result.keys, axes, x.shape), groups};
  result.groups = {std::make_shared<const Grouping>(std::move(grouping)), name,
                   result.keys.size() == 1 ? result.keys[0].coordinate : Coordinate()};
  return result;
}

namespace {

/// Names each of the axes that were put together for the groups, where cell_methods name them as one.
void name_axes_apart(Attributes& attributes, const KeyedArray& of) {
  if (of.axes.size() < 2) return;
  const std::string together = of.array.labels.dimension(of.groups.grouping->axis) + ": ";
  std::string apart;
  for (const int axis : of.axes) apart += of.labels.dimension(axis) + ": ";
  for (Attribute& attribute : attributes) {
    if (attribute.name != "cell_methods") continue;
    std::string methods = text_of(attribute).value_or("");
    const std::size_t last = methods.rfind(together);
    if (last == std::string::npos) continue;
    methods.replace(last, together.size(), apart);
    attribute = {"cell_methods", DType::float64, std::move(methods)};
  }
}

}  // namespace

UntypedArray with_axes_of_keys(const UntypedArray& reduced, const KeyedArray& of) {
  const int rank = reduced.shape.rank();
  const int axis = reduced.labels.axis(of.groups.dimension, rank);
  const auto place = static_cast<std::size_t>(axis);
  const std::size_t more = of.keys.size() - 1;
  Shape shape;
  for (int i = 0; i < rank; ++i) {
    if (i != axis) shape.push_back(reduced.shape[i]);
    if (i == axis)
      for (const GroupKey& key : of.keys) shape.push_back(size_of_key(key));
  }
  Labels::Data data = LabelsAccess::data(reduced.labels);
  data.dimensions.resize(static_cast<std::size_t>(rank));
  data.coordinates.resize(static_cast<std::size_t>(rank));
  name_axes_apart(data.attributes, of);
  const std::uint32_t below = (1U << axis) - 1U;
  data.record = (data.record & below) | (data.record & ~(below | 1U << axis)) << more;
  data.dimensions.erase(data.dimensions.begin() + axis);
  data.coordinates.erase(data.coordinates.begin() + axis);
  for (std::size_t i = 0; i < of.keys.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(place + i);
    data.dimensions.insert(data.dimensions.begin() + at, of.keys[i].name);
    data.coordinates.insert(data.coordinates.begin() + at,
                            of.keys[i].is_numbered ? Coordinate() : of.keys[i].coordinate);
    if (of.keys[i].edges.empty()) continue;
    const Companion bounds = bounds_of_bins(of.keys[i].name, of.keys[i].edges);
    std::erase_if(data.companions, [&](const Companion& other) { return other.name() == bounds.name(); });
    data.companions.push_back(bounds);
  }
  UntypedArray result = more > 0 ? reshape(reduced, shape) : reduced;
  result.labels = LabelsAccess::make(std::move(data));
  return result;
}

UntypedArray take_or_missing(const UntypedArray& x, std::vector<std::int64_t> indices, int axis,
                             const std::string& who) {
  const bool lacks = std::ranges::any_of(indices, [](std::int64_t index) { return index < 0; });
  if (lacks && !is_floating(x.node->dtype))
    throw Error(ErrorCode::type_mismatch, who + ": places without an element are NaN, which " +
                                              std::string(name_of(x.node->dtype)) +
                                              " does not have; cast to float64 first");
  IndexTransform transform = IndexTransform::identity(x.shape);
  transform.shape[axis] = static_cast<std::int64_t>(indices.size());
  transform.axes[static_cast<std::size_t>(axis)] =
      AxisTransform::listed(axis, std::make_shared<const std::vector<std::int64_t>>(std::move(indices)));
  const Scalar missing = x.node->dtype == DType::float32 ? Scalar(std::numeric_limits<float>::quiet_NaN())
                                                         : Scalar(std::numeric_limits<double>::quiet_NaN());
  NodePtr node = lacks ? build::view(x.node, std::move(transform), missing) : build::view(x.node, std::move(transform));
  return handle_of(std::move(node), line_labels(x.labels, axis, false, Meaning::part));
}

std::pair<Groups, std::vector<std::int64_t>> groups_with_elements(const Groups& groups) {
  const Grouping& all = *groups.grouping;
  std::vector<std::int64_t> places(static_cast<std::size_t>(all.groups), -1);
  for (const std::int32_t label : all.labels)
    if (label >= 0) places[static_cast<std::size_t>(label)] = 0;
  std::int64_t count = 0;
  for (std::int64_t& place : places)
    if (place == 0) place = count++;
  Grouping some{all.axis, {}, std::max<std::int64_t>(count, 1)};
  some.labels.reserve(all.labels.size());
  for (const std::int32_t label : all.labels)
    some.labels.push_back(label < 0 ? -1 : static_cast<std::int32_t>(places[static_cast<std::size_t>(label)]));
  return {{std::make_shared<const Grouping>(std::move(some)), groups.dimension, {}}, std::move(places)};
}

UntypedArray of_keys(const UntypedArray& c, const KeyedArray& of) {
  const int rank = c.shape.rank();
  // The dimensions of the keys are put together in front, and looked up along them.
  std::vector<int> order;
  std::vector<std::vector<std::int64_t>> places;
  for (const GroupKey& key : of.keys) {
    order.push_back(c.labels.axis(key.name, rank));
    places.push_back(places_of_groups(c, order.back(), key.name, key.coordinate, size_of_key(key)));
  }
  for (int axis = 0; axis < rank; ++axis)
    if (std::ranges::find(order, axis) == order.end()) order.push_back(axis);
  const UntypedArray turned = transpose(c, order);
  Shape together{-1};
  for (int axis = static_cast<int>(of.keys.size()); axis < rank; ++axis) together.push_back(turned.shape[axis]);
  const UntypedArray flat = reshape({turned.node, turned.shape, {}}, together);
  std::vector<std::int64_t> indices;
  indices.reserve(of.groups.grouping->labels.size());
  for (const std::int32_t label : of.groups.grouping->labels) {
    std::int64_t index = label < 0 ? -1 : 0, rest = label;
    std::int64_t stride = 1;
    for (std::size_t i = of.keys.size(); label >= 0 && i-- > 0;) {
      const std::int64_t group = rest % size_of_key(of.keys[i]);
      rest /= size_of_key(of.keys[i]);
      const std::int64_t place = places[i][static_cast<std::size_t>(group)];
      if (place < 0)
        throw Error(ErrorCode::not_found,
                    "groupby: the other operand has no " + quoted(of.keys[i].name) + " of " +
                        exact_text(exact_values(of.keys[i].coordinate)[static_cast<std::size_t>(group)]) +
                        ", which elements of the array in groups are of");
      index += place * stride;
      stride *= turned.shape[static_cast<int>(i)];
    }
    indices.push_back(index);
  }
  const UntypedArray taken = take_or_missing(flat, std::move(indices), 0, "groupby");
  Shape shape;
  std::vector<std::string> dimensions;
  std::vector<Coordinate> coordinates;
  for (const int axis : of.axes) {
    shape.push_back(of.shape[axis]);
    dimensions.push_back(of.labels.dimension(axis));
    coordinates.push_back(of.labels.coordinate(axis));
  }
  for (int axis = static_cast<int>(of.keys.size()); axis < rank; ++axis) {
    shape.push_back(turned.shape[axis]);
    dimensions.push_back(turned.labels.dimension(axis));
    coordinates.push_back(turned.labels.coordinate(axis));
  }
  UntypedArray result = of.axes.size() > 1 ? reshape(taken, shape) : taken;
  result.labels = Labels(dimensions, std::move(coordinates), c.labels.name(), c.labels.attributes());
  // In the order of the array in groups.
  std::vector<int> places_of;
  for (int axis = 0; axis < of.shape.rank(); ++axis) {
    const auto found = std::ranges::find(dimensions, of.labels.dimension(axis));
    if (found != dimensions.end() && !found->empty()) places_of.push_back(static_cast<int>(found - dimensions.begin()));
  }
  for (int axis = static_cast<int>(dimensions.size()) - 1; axis >= 0; --axis)
    if (std::ranges::find(places_of, axis) == places_of.end()) places_of.insert(places_of.begin(), axis);
  return transpose(result, places_of);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
