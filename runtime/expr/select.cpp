#include "chunkwise/expr/select.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "chunkwise/expr/index.hpp"
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/expr/coordinate_scale.hpp"
#include "runtime/expr/seam.hpp"
#include "runtime/io/number_text.hpp"
#include "runtime/io/time_fields.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

std::string text_of(const CoordinateValue& value) {
  return value.text ? quoted(*value.text) : exact_text(value.number);
}

bool is_longitude(const Coordinate& coordinate) {
  for (const Attribute& attribute : coordinate.attributes()) {
    const auto* const text = std::get_if<std::string>(&attribute.value);
    if (text && attribute.name == "standard_name" && *text == "longitude") return true;
    if (text && attribute.name == "units" && text->starts_with("degree") && text->ends_with("east")) return true;
    if (text && attribute.name == "units" && (*text == "degree_E" || *text == "degrees_E" || *text == "degreesE"))
      return true;
  }
  return false;
}

constexpr Exact turn = 360;

/// The index nearest to a number or the begin of a period: one whose distance is least, of two the larger value.
/// Longitudes are as far apart as they are round the world.
struct Near {
  std::int64_t index = -1;
  Exact distance = INFINITY;
};
Near find_nearest(const CoordinateScale& scale, const CoordinateValue& value) {
  Near near;
  const std::optional<Period> period = value.text ? std::optional(scale.period(*value.text)) : std::nullopt;
  const bool is_round = !period && is_longitude(scale.coordinate());
  for (std::int64_t i = 0; i < scale.size(); ++i) {
    if (!scale.has(i)) continue;
    Exact distance =
        period ? static_cast<Exact>(scale.milliseconds(i) - period->begin) / 1000 : scale[i] - value.number;
    if (is_round) distance = std::remainder(distance, turn);
    const Exact size = std::abs(distance);
    if (size < near.distance || (size == near.distance && distance > 0)) near = {i, size};
  }
  return near;
}

void require_value(const CoordinateScale& scale, const CoordinateValue& value) {
  if (!value.text && std::isnan(value.number))
    throw Error(ErrorCode::invalid_argument, "sel: NaN is no value of " + quoted(scale.dimension()));
}

[[noreturn]] void refuse_absent(const CoordinateScale& scale, const CoordinateValue& value, const std::string& more) {
  const Near near = find_nearest(scale, value);
  throw Error(ErrorCode::not_found,
              "sel: " + quoted(scale.dimension()) + " has no " + text_of(value) +
                  (near.index < 0 ? "; " + scale.extent() : "; the nearest is " + scale.text(near.index)) + more);
}

UntypedArray subscripted(const UntypedArray& x, int axis, const AxisSubscript& own) {
  std::vector<AxisSubscript> subscripts;
  for (int i = 0; i < x.shape.rank(); ++i)
    subscripts.push_back(i == axis ? own : AxisSubscript{AxisSubscript::Kind::range, {0, 1, x.shape[i]}});
  const Shape shape = subscripted_shape(subscripts);
  Labels labels = subscripted_labels(x.labels, subscripts);
  return {build::index(x.node, std::move(subscripts)), shape, std::move(labels)};
}

}  // namespace

std::vector<TurnedIndex> longitudes_across(const Labels& labels, int axis, const Between& bounds) {
  if (!bounds.from || !bounds.to || bounds.from->text || bounds.to->text || !is_longitude(labels.coordinate(axis)))
    return {};
  const CoordinateScale scale(labels, axis, "sel");
  if (scale.size() == 0) return {};
  const Exact low = std::min(bounds.from->number, bounds.to->number);
  const Exact high = std::max(bounds.from->number, bounds.to->number);
  const bool goes_up = scale[scale.size() - 1] >= scale[0];
  const bool is_round = std::abs(scale[scale.size() - 1] - scale[0]) * 2 > turn;
  if (goes_up && is_round && bounds.from->number > bounds.to->number)
    throw Error(ErrorCode::invalid_argument, "sel: from " + text_of(*bounds.from) + " to " + text_of(*bounds.to) +
                                                 " along " + quoted(scale.dimension()) + " is written from " +
                                                 exact_text(bounds.from->number - turn) +
                                                 " if it goes across the seam, else from the smaller value");
  const auto is_inside = [&](Exact value) { return value >= low && value <= high; };
  bool crosses = false;
  std::vector<TurnedIndex> found;
  for (std::int64_t i = 0; i < scale.size(); ++i)
    for (const Exact by : {-turn, Exact{0}, turn}) {
      if (!is_inside(scale[i] + by)) continue;
      crosses = crosses || !is_inside(scale[i]);
      found.push_back({scale[i] + by, i});
    }
  if (!crosses) return {};
  std::ranges::stable_sort(found, {}, &TurnedIndex::value);
  // A longitude that is reached both ways stands once.
  std::vector<bool> seen(static_cast<std::size_t>(scale.size()), false);
  std::erase_if(found, [&](const TurnedIndex& one) {
    const auto index = static_cast<std::size_t>(one.index);
    const bool again = seen[index];
    seen[index] = true;
    return again;
  });
  if (!goes_up) std::ranges::reverse(found);
  return found;
}

UntypedArray take_between(const UntypedArray& x, int axis, const Between& bounds) {
  const std::vector<TurnedIndex> across = longitudes_across(x.labels, axis, bounds);
  if (across.empty()) return take_range(x, axis, indices_between(x.labels, axis, bounds));
  std::vector<std::int64_t> indices;
  std::vector<Exact> values;
  for (const TurnedIndex& one : across) {
    indices.push_back(one.index);
    values.push_back(one.value);
  }
  const Coordinate& own = x.labels.coordinate(axis);
  const DType dtype = is_floating(own.dtype()) ? own.dtype() : DType::int64;
  UntypedArray result = take(x, std::move(indices), axis);
  // Bounds belong to the longitudes before.
  result.labels =
      result.labels.with_coordinate(axis, coordinate_of(dtype, values, without_references(own.attributes())));
  return result;
}

bool is_one_time(const Labels& labels, int axis, std::string_view text) {
  const CoordinateScale scale(labels, axis, "sel");
  return scale.is_as_fine(scale.period(std::string(text)).finest);
}

std::int64_t index_at(const Labels& labels, int axis, const CoordinateValue& value) {
  const CoordinateScale scale(labels, axis, "sel");
  require_value(scale, value);
  const std::optional<Period> period = value.text ? std::optional(scale.period(*value.text)) : std::nullopt;
  std::int64_t found = -1;
  for (std::int64_t i = 0; i < scale.size(); ++i) {
    if (!scale.has(i)) continue;
    const bool fits =
        period ? scale.milliseconds(i) == period->begin
               : scale[i] == value.number ||
                     (scale.is_float32() && scale[i] == static_cast<Exact>(static_cast<float>(value.number)));
    if (!fits) continue;
    if (found >= 0)
      throw Error(ErrorCode::invalid_argument, "sel: " + quoted(scale.dimension()) + " has " + text_of(value) +
                                                   " at index " + std::to_string(found) + " and at index " +
                                                   std::to_string(i) + ", so there is no telling which is meant");
    found = i;
  }
  if (found < 0) refuse_absent(scale, value, ", which method='nearest' takes");
  return found;
}

std::int64_t index_at(const Labels& labels, int axis, const Nearest& value) {
  if (std::isnan(value.tolerance) || value.tolerance < 0)
    throw Error(ErrorCode::invalid_argument, "sel: a tolerance of " + number_text(value.tolerance));
  const CoordinateScale scale(labels, axis, "sel");
  require_value(scale, value.value);
  const Near near = find_nearest(scale, value.value);
  if (near.index < 0 || static_cast<double>(near.distance) > value.tolerance)
    refuse_absent(scale, value.value, ", which is not within the tolerance of " + number_text(value.tolerance));
  return near.index;
}

AxisRange indices_between(const Labels& labels, int axis, const Between& bounds) {
  const CoordinateScale scale(labels, axis, "sel");
  for (const auto& bound : {bounds.from, bounds.to})
    if (bound) require_value(scale, *bound);
  if (!longitudes_across(labels, axis, bounds).empty())
    throw Error(ErrorCode::invalid_argument, "sel: from " + text_of(*bounds.from) + " to " + text_of(*bounds.to) +
                                                 " goes across the seam of " + quoted(scale.dimension()) + "; " +
                                                 scale.extent() +
                                                 "; join the parts on either side, or roll the axis first");
  const int way = scale.direction("a range of it is no range of indices");
  // Both bounds as numbers on one scale: values, or milliseconds; a period's end is its last millisecond.
  const bool times = (bounds.from && bounds.from->text) || (bounds.to && bounds.to->text);
  Exact low = -INFINITY, high = INFINITY;
  const auto ends = [&](const CoordinateValue& value) -> std::pair<Exact, Exact> {
    if (!value.text && times)
      throw Error(ErrorCode::invalid_argument, "sel: a range of " + quoted(scale.dimension()) +
                                                   " between a time in quotes and the number " + text_of(value));
    if (!value.text) return {value.number, value.number};
    const Period period = scale.period(*value.text);
    return {static_cast<Exact>(period.begin), static_cast<Exact>(period.end - 1)};
  };
  if (bounds.from && bounds.to) {
    const auto a = ends(*bounds.from), b = ends(*bounds.to);
    // From the beginning of the one to the end of the other. A day within a month leaves it to the order of the axis
    // which is which.
    const bool goes_up = way > 0 ? a.first <= b.second : b.first > a.second;
    low = goes_up ? a.first : b.first;
    high = goes_up ? b.second : a.second;
  } else if (bounds.from) {
    (way > 0 ? low : high) = way > 0 ? ends(*bounds.from).first : ends(*bounds.from).second;
  } else if (bounds.to) {
    (way > 0 ? high : low) = way > 0 ? ends(*bounds.to).second : ends(*bounds.to).first;
  }
  std::int64_t first = -1, last = -2;
  for (std::int64_t i = 0; i < scale.size(); ++i) {
    const Exact value = times ? static_cast<Exact>(scale.milliseconds(i)) : scale[i];
    const auto rounded = [&](Exact bound) {
      return scale.is_float32() && !times ? static_cast<Exact>(static_cast<float>(bound)) : bound;
    };
    const bool inside = (value >= low || value == rounded(low)) && (value <= high || value == rounded(high));
    if (!inside) continue;
    if (first < 0) first = i;
    last = i;
  }
  if (first < 0)
    throw Error(ErrorCode::not_found, "sel: " + quoted(scale.dimension()) + " has nothing" +
                                          (bounds.from ? " from " + text_of(*bounds.from) : "") +
                                          (bounds.to ? " to " + text_of(*bounds.to) : "") + "; " + scale.extent());
  return {first, 1, last - first + 1};
}

UntypedArray take_index(const UntypedArray& x, int axis, std::int64_t index) {
  return subscripted(x, axis, {AxisSubscript::Kind::integer, {index, 1, 1}});
}
UntypedArray take_range(const UntypedArray& x, int axis, const AxisRange& range) {
  return subscripted(x, axis, {AxisSubscript::Kind::range, range});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
