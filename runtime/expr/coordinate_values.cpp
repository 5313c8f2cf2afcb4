#include "runtime/expr/coordinate_values.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "chunkwise/core/companion.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns the numbers of an attribute, none for text.
std::vector<Exact> numbers_of(const Attribute& attribute) {
  std::vector<Exact> numbers;
  if (const auto* floating = std::get_if<std::vector<double>>(&attribute.value))
    numbers.assign(floating->begin(), floating->end());
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute.value))
    for (const std::int64_t integer : *integers)
      numbers.push_back(attribute.dtype == DType::uint64 ? static_cast<Exact>(static_cast<std::uint64_t>(integer))
                                                         : static_cast<Exact>(integer));
  return numbers;
}

}  // namespace

const Coordinate& coordinate_along(const Labels& labels, int axis, const std::string& who, const std::string& advice) {
  const Coordinate& coordinate = labels.coordinate(axis);
  if (!coordinate)
    throw Error(ErrorCode::not_found,
                who + ": dimension " + quoted(labels.dimension(axis)) +
                    (coordinate.is_mixed() ? " lost its coordinate, since different slices of it met by position"
                                           : " has no coordinate of numbers") +
                    advice);
  if (coordinate.holds_stored_values())
    throw Error(ErrorCode::invalid_argument,
                who + ": the coordinate of " + quoted(labels.dimension(axis)) +
                    " holds packed numbers as they are stored; open the file with decoding");
  return coordinate;
}

Attributes without_references(Attributes attributes) {
  std::erase_if(attributes, [](const Attribute& attribute) { return is_reference(attribute.name); });
  return attributes;
}

std::vector<Exact> exact_values(const Coordinate& coordinate) {
  std::vector<Exact> missing;
  for (const Attribute& attribute : coordinate.attributes())
    if (attribute.name == "_FillValue" || attribute.name == "missing_value")
      for (const Exact number : numbers_of(attribute)) missing.push_back(number);
  const std::vector<std::byte> bytes = coordinate.to_bytes();
  std::vector<Exact> values;
  values.reserve(static_cast<std::size_t>(coordinate.size()));
  dispatch(coordinate.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < coordinate.size(); ++i) {
      T value;
      std::memcpy(&value, bytes.data() + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
      const auto exact = static_cast<Exact>(value);
      values.push_back(std::ranges::find(missing, exact) == missing.end() ? exact
                                                                          : std::numeric_limits<Exact>::quiet_NaN());
    }
  });
  return values;
}

std::vector<double> present_values(const Coordinate& coordinate) {
  const std::vector<Exact> exact = exact_values(coordinate);
  std::vector<double> values;
  values.reserve(exact.size());
  for (const Exact value : exact) values.push_back(static_cast<double>(value));
  return values;
}

std::string exact_text(Exact value) {
  if (value == std::trunc(value) && std::abs(value) < 0x1p64L)
    return value < 0 ? std::to_string(static_cast<std::int64_t>(std::max(value, -0x1p63L)))
                     : std::to_string(static_cast<std::uint64_t>(value));
  return number_text(static_cast<double>(value));
}

Coordinate coordinate_of(DType dtype, const std::vector<Exact>& values, Attributes attributes) {
  auto held = std::make_shared<CoordinateValues>();
  held->dtype = dtype;
  held->attributes = std::move(attributes);
  held->bytes.resize(values.size() * size_of(dtype));
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const T value = static_cast<T>(values[i]);
      std::memcpy(held->bytes.data() + i * sizeof(T), &value, sizeof(T));
    }
  });
  return Coordinate(std::move(held));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
