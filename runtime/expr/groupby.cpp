#include "chunkwise/expr/groupby.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <sstream>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/expr/coordinate_values.hpp"
#include "runtime/expr/group_keys.hpp"
#include "runtime/io/time_fields.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// More bins of time than this are no groups of an everyday axis, but a mistake in its frequency or in a time.
constexpr std::int64_t most_bins = std::int64_t{1} << 24;

TimeUnits time_units_along(const Labels& labels, int axis, const std::string& who) {
  const Coordinate& coordinate = coordinate_along(labels, axis, who);
  const std::optional<TimeUnits> units = time_units_of(coordinate);
  if (!units)
    throw Error(ErrorCode::invalid_argument,
                who + ": the coordinate of " + quoted(labels.dimension(axis)) +
                    " is no time; a time has units such as 'hours since 1900-01-01' and a calendar of the CF "
                    "conventions");
  return *units;
}

Groups groups_of(Grouping grouping, std::string dimension, Coordinate coordinate = {}) {
  return {std::make_shared<const Grouping>(std::move(grouping)), std::move(dimension), std::move(coordinate)};
}

Groups by_value(const By& by, const Labels& labels, const Shape& shape) {
  GroupKey key = equal_numbers(key_numbers(labels, shape, by.name));
  Grouping grouping{key.axes.front(), std::move(key.labels), key.coordinate.size()};
  return groups_of(std::move(grouping), std::move(key.name), std::move(key.coordinate));
}

Groups by_frequency(const By& by, const Labels& labels, const Shape& shape) {
  const int axis = labels.axis(by.name, shape.rank());
  const TimeUnits units = time_units_along(labels, axis, "resample");
  const std::vector<double> numbers = present_values(labels.coordinate(axis));
  if (numbers.empty()) throw Error(ErrorCode::invalid_argument, "resample: " + quoted(by.name) + " has no element");
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (std::isnan(numbers[i]))
      throw Error(ErrorCode::invalid_argument,
                  "resample: the coordinate of " + quoted(by.name) + " is missing at index " + std::to_string(i));
  const TimeBins bins(units, by.frequency, *std::ranges::min_element(numbers));
  std::vector<std::int64_t> places;
  places.reserve(numbers.size());
  for (const double number : numbers) places.push_back(bins.bin_of(number));
  const auto [least, most] = std::ranges::minmax(places);
  const std::int64_t count = most - least + 1;
  if (count > most_bins)
    throw Error(ErrorCode::invalid_argument, "resample: " + quoted(by.frequency) + " makes " + std::to_string(count) +
                                                 " groups of the times along " + quoted(by.name) + "; there are " +
                                                 std::to_string(most_bins) + " at most");
  Grouping grouping{axis, {}, count};
  grouping.labels.reserve(places.size());
  for (const std::int64_t place : places) grouping.labels.push_back(static_cast<std::int32_t>(place - least));
  std::vector<double> begins;
  begins.reserve(static_cast<std::size_t>(count));
  for (std::int64_t k = least; k <= most; ++k) begins.push_back(bins.label_of(k));
  return groups_of(std::move(grouping), by.name,
                   Coordinate(begins, without_references(labels.coordinate(axis).attributes())));
}

Groups by_blocks(const By& by, const Labels& labels, const Shape& shape) {
  const int axis = labels.axis(by.name, shape.rank());
  const std::int64_t extent = shape[axis];
  if (by.groups < 1)
    throw Error(ErrorCode::invalid_argument,
                "coarsen: blocks of " + std::to_string(by.groups) + " indices along " + quoted(by.name));
  const std::int64_t rest = extent % by.groups;
  if (rest > 0 && by.boundary == Boundary::exact)
    throw Error(ErrorCode::invalid_argument, "coarsen: blocks of " + std::to_string(by.groups) + " do not divide " +
                                                 quoted(by.name) + ", whose extent is " + std::to_string(extent) +
                                                 "; boundary 'trim' leaves the rest out, 'pad' makes a smaller block");
  const bool whole = rest == 0 || by.boundary == Boundary::trim;
  const std::int64_t count = extent / by.groups + (whole ? 0 : 1);
  if (count < 1)
    throw Error(ErrorCode::invalid_argument, "coarsen: " + quoted(by.name) + ", whose extent is " +
                                                 std::to_string(extent) + ", has no block of " +
                                                 std::to_string(by.groups));
  Grouping grouping{axis, {}, count};
  grouping.labels.reserve(static_cast<std::size_t>(extent));
  for (std::int64_t i = 0; i < extent; ++i) {
    const std::int64_t block = i / by.groups;
    grouping.labels.push_back(block < count ? static_cast<std::int32_t>(block) : -1);
  }
  const Coordinate& own = labels.coordinate(axis);
  if (!own) return groups_of(std::move(grouping), by.name);
  const std::vector<double> numbers = present_values(own);
  std::vector<double> middles(static_cast<std::size_t>(count), 0);
  std::vector<double> sizes(static_cast<std::size_t>(count), 0);
  for (std::int64_t i = 0; i < extent; ++i) {
    const std::int32_t block = grouping.labels[static_cast<std::size_t>(i)];
    if (block < 0) continue;
    middles[static_cast<std::size_t>(block)] += numbers[static_cast<std::size_t>(i)];
    sizes[static_cast<std::size_t>(block)] += 1;
  }
  for (std::size_t k = 0; k < middles.size(); ++k) middles[k] /= sizes[k];
  return groups_of(std::move(grouping), by.name, Coordinate(middles, without_references(own.attributes())));
}

Groups by_labels(const By& by, const Labels& labels, const Shape& shape) {
  const int axis = by.is_name ? labels.axis(by.name, shape.rank()) : normalize_axis(by.number, shape.rank());
  return groups_of({axis, by.labels, by.groups}, labels.dimension(axis));
}

By along(By::Kind kind, std::string name) {
  By by;
  by.kind = kind;
  by.name = std::move(name);
  by.is_name = true;
  return by;
}

/// Returns the words of the attribute flag_meanings; none if there is none.
std::vector<std::string> meanings_of(const Coordinate& coordinate) {
  std::vector<std::string> words;
  for (const Attribute& attribute : coordinate.attributes()) {
    const auto* text = std::get_if<std::string>(&attribute.value);
    if (attribute.name != "flag_meanings" || !text) continue;
    std::istringstream in(*text);
    for (std::string word; in >> word;) words.push_back(word);
  }
  return words;
}

/// Returns the values of a coordinate as names: numbers, or the meanings of flags.
std::vector<std::string> names_of_values(const Coordinate& coordinate, const std::string& dimension) {
  const std::vector<Exact> values = exact_values(coordinate);
  const std::vector<std::string> meanings = meanings_of(coordinate);
  std::vector<Exact> flags;
  for (const Attribute& attribute : coordinate.attributes())
    if (attribute.name == "flag_values" && std::holds_alternative<std::vector<std::int64_t>>(attribute.value))
      for (const std::int64_t flag : std::get<std::vector<std::int64_t>>(attribute.value))
        flags.push_back(static_cast<Exact>(flag));
  if (!meanings.empty() && flags.size() != meanings.size())
    throw Error(ErrorCode::invalid_argument, "of_groups: the coordinate of " + quoted(dimension) + " has " +
                                                 std::to_string(meanings.size()) + " flag_meanings and " +
                                                 std::to_string(flags.size()) + " integers as flag_values");
  std::vector<std::string> names;
  for (const Exact value : values) {
    const auto at = static_cast<std::size_t>(std::ranges::find(flags, value) - flags.begin());
    names.push_back(at < flags.size() && !meanings.empty() ? meanings[at] : exact_text(value));
  }
  return names;
}

}  // namespace

KeyNumbers key_numbers(const Labels& labels, const Shape& shape, const std::string& key) {
  const std::size_t dot = key.rfind('.');
  // A dimension's own name may have a dot.
  bool whole = dot == std::string::npos;
  for (int axis = 0; axis < shape.rank(); ++axis) whole = whole || labels.dimension(axis) == key;
  if (!whole && !time_field(std::string_view(key).substr(dot + 1)))
    throw Error(ErrorCode::not_found,
                "groupby: a time has no " + quoted(key.substr(dot + 1)) + "; it has " + time_field_names());
  const std::string dimension = whole ? key : key.substr(0, dot);
  const int axis = labels.axis(dimension, shape.rank());
  const Coordinate& own = coordinate_along(labels, axis, "groupby");
  std::vector<Exact> numbers = exact_values(own);
  if (whole) return {dimension, {axis}, own.dtype(), std::move(numbers), without_references(own.attributes())};
  const std::string part = key.substr(dot + 1);
  const TimeField field = *time_field(part);
  const TimeUnits units = time_units_along(labels, axis, "groupby");
  for (Exact& number : numbers)
    if (!std::isnan(number)) number = static_cast<Exact>(field_of(units, static_cast<double>(number), field));
  return {part, {axis}, DType::int32, std::move(numbers), attributes_of_time_part(part)};
}

std::vector<std::int64_t> places_of_groups(const UntypedArray& c, int axis, const std::string& dimension,
                                           const Coordinate& coordinate, std::int64_t groups) {
  const Coordinate& own = c.labels.coordinate(axis);
  const auto count = static_cast<std::size_t>(groups);
  std::vector<std::int64_t> places(count, -1);
  if (coordinate) {
    if (!own)
      throw Error(ErrorCode::not_found, "of_groups: " + quoted(dimension) +
                                            " has no coordinate of numbers that says which element is of which group; "
                                            "give it that of the groups, with_labels(x, y)");
    if (meanings_of(own).empty() != meanings_of(coordinate).empty())
      throw Error(ErrorCode::name_mismatch, "of_groups: of the two coordinates of " + quoted(dimension) +
                                                " one says what its numbers mean (flag_meanings) and one does not");
    std::map<std::string, std::int64_t> known;
    const std::vector<std::string> names = names_of_values(own, dimension);
    for (std::size_t i = 0; i < names.size(); ++i)
      if (const auto [at, added] = known.emplace(names[i], static_cast<std::int64_t>(i)); !added)
        throw Error(ErrorCode::invalid_argument, "of_groups: " + quoted(dimension) + " is " + names[i] + " at index " +
                                                     std::to_string(at->second) + " and at index " + std::to_string(i) +
                                                     ", so there is no telling which is meant");
    const std::vector<std::string> wanted = names_of_values(coordinate, dimension);
    for (std::size_t k = 0; k < count; ++k)
      if (const auto at = known.find(wanted[k]); at != known.end()) places[k] = at->second;
    return places;
  }
  if (c.shape[axis] != groups)
    throw Error(ErrorCode::shape_mismatch, "of_groups: " + quoted(dimension) + " has an extent of " +
                                               std::to_string(c.shape[axis]) + ", and there are " +
                                               std::to_string(count) + " groups");
  for (std::size_t k = 0; k < count; ++k) places[k] = static_cast<std::int64_t>(k);
  return places;
}

Groups By::resolve(const Labels& of, const Shape& shape) const {
  Groups groups;
  switch (kind) {
    case Kind::labels:
      groups = by_labels(*this, of, shape);
      break;
    case Kind::value:
      groups = by_value(*this, of, shape);
      break;
    case Kind::frequency:
      groups = by_frequency(*this, of, shape);
      break;
    case Kind::blocks:
      groups = by_blocks(*this, of, shape);
      break;
  }
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (axis != groups.grouping->axis && !groups.dimension.empty() && of.dimension(axis) == groups.dimension)
      throw Error(ErrorCode::name_mismatch, "groups would be called " + quoted(groups.dimension) +
                                                ", and the array has such a dimension already; rename it first");
  return groups;
}

By groupby(TextArgument key) { return along(By::Kind::value, std::move(key)); }

By resample(TextArgument dimension, TextArgument frequency) {
  By by = along(By::Kind::frequency, std::move(dimension));
  by.frequency = std::move(frequency);
  return by;
}

By coarsen(TextArgument dimension, std::int64_t size, Boundary boundary) {
  By by = along(By::Kind::blocks, std::move(dimension));
  by.groups = size;
  by.boundary = boundary;
  return by;
}

UntypedArray of_groups(const UntypedArray& c, const Groups& groups, const Labels& like) {
  const Grouping& grouping = *groups.grouping;
  const int axis = c.labels.axis(groups.dimension, c.shape.rank());
  const std::vector<std::int64_t> places =
      places_of_groups(c, axis, groups.dimension, groups.coordinate, grouping.groups);
  auto list = std::make_shared<std::vector<std::int64_t>>();
  list->reserve(grouping.labels.size());
  for (std::size_t i = 0; i < grouping.labels.size(); ++i) {
    const std::int32_t label = grouping.labels[i];
    if (label < 0)
      throw Error(ErrorCode::invalid_argument, "of_groups: index " + std::to_string(i) + " along " +
                                                   quoted(like.dimension(grouping.axis)) + " is in no group");
    const std::int64_t place = places[static_cast<std::size_t>(label)];
    if (place < 0)
      throw Error(ErrorCode::not_found,
                  "of_groups: there is no " + quoted(groups.dimension) + " of " +
                      exact_text(exact_values(groups.coordinate)[static_cast<std::size_t>(label)]) + " for index " +
                      std::to_string(i) + " along " + quoted(like.dimension(grouping.axis)));
    list->push_back(place);
  }
  IndexTransform transform = IndexTransform::identity(c.shape);
  transform.shape[axis] = static_cast<std::int64_t>(list->size());
  transform.axes[static_cast<std::size_t>(axis)] = AxisTransform::listed(axis, std::move(list));
  NodePtr node = build::view(c.node, std::move(transform));
  std::vector<std::string> dimensions;
  for (int i = 0; i < c.shape.rank(); ++i)
    dimensions.push_back(i == axis ? like.dimension(grouping.axis) : c.labels.dimension(i));
  const Labels labels = c.labels.with_coordinate(axis, Coordinate())
                            .with_dimensions(std::move(dimensions))
                            .with_coordinate(axis, like.coordinate(grouping.axis));
  const Shape own = node->shape;
  return {std::move(node), own, labels};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
