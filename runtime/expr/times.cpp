#include "chunkwise/expr/times.hpp"

#include <cmath>
#include <memory>
#include <optional>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "chunkwise/io/memory.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/expr/coordinate_values.hpp"
#include "runtime/expr/handle_of.hpp"
#include "runtime/io/time_fields.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns elements as an array in memory.
NodePtr node_of(DType dtype, const std::vector<Exact>& values, const Shape& shape) {
  const auto bytes = std::make_shared<const std::vector<std::byte>>(coordinate_of(dtype, values, {}).to_bytes());
  return build::source(memory_source({dtype, shape, row_major_strides(shape), bytes, bytes->data()}));
}

}  // namespace

Attributes attributes_of_time_part(std::string_view part) {
  if (time_field(part) != TimeField::season) return {};
  return {{"flag_values", DType::int32, std::vector<std::int64_t>{0, 1, 2, 3}}, {"flag_meanings", "DJF JJA MAM SON"}};
}

UntypedArray coordinate_array(const Labels& labels, int axis) {
  const Coordinate& own = coordinate_along(labels, axis, quoted(labels.dimension(axis)));
  const std::vector<Exact> values = exact_values(own);
  bool misses = false;
  for (const Exact value : values) misses = misses || std::isnan(value);
  Attributes attributes = without_references(own.attributes());
  std::erase_if(attributes, [](const Attribute& attribute) { return is_packing(attribute.name); });
  Labels result({labels.dimension(axis)}, {own}, labels.dimension(axis), std::move(attributes));
  return handle_of(node_of(misses ? DType::float64 : own.dtype(), values, {own.size()}),
                   result.with_record(0, labels.is_record(axis)));
}

UntypedArray part_of_times(const std::vector<double>& numbers, const Attributes& attributes, std::string_view part,
                           const Labels& labels, const Shape& shape) {
  const std::optional<TimeUnits> units = time_units_of(Coordinate(std::vector<double>(), attributes));
  const std::string who = "the " + std::string(part) + " of " + quoted(labels.name());
  if (!units)
    throw Error(ErrorCode::invalid_argument,
                who +
                    ": it is no time; a time has units such as 'hours since 1900-01-01' and a calendar of the CF "
                    "conventions");
  const std::optional<TimeField> field = time_field(part);
  if (!field) throw Error(ErrorCode::not_found, "a time has no " + quoted(part) + "; it has " + time_field_names());
  std::vector<Exact> values;
  values.reserve(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (std::isnan(numbers[i]))
      throw Error(ErrorCode::invalid_argument, who + ": the time at index " + std::to_string(i) + " is missing");
    values.push_back(static_cast<Exact>(field_of(*units, numbers[i], *field)));
  }
  return handle_of(node_of(DType::int64, values, shape),
                   labels.renamed(std::string(name_of(*field)), attributes_of_time_part(part)));
}

UntypedArray coordinate_numbers(const Labels& labels, int axis) {
  UntypedArray result = coordinate_array(labels, axis);
  result.node = build::cast(std::move(result.node), DType::float64);
  return result;
}

UntypedArray time_part_array(const Labels& labels, int axis, TextArgument part) {
  const Coordinate& own = coordinate_along(labels, axis, quoted(labels.dimension(axis)));
  const Labels of({labels.dimension(axis)}, {own}, labels.dimension(axis), {});
  return part_of_times(present_values(own), own.attributes(), std::string(part),
                       of.with_record(0, labels.is_record(axis)), {own.size()});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
