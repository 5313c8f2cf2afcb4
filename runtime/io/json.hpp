#pragma once
/// Labels as JSON values. JSON knows no NaN and no infinity; they become texts.
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "chunkwise/core/labels.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

using Json = nlohmann::ordered_json;

/// Returns a number; NaN and infinities as texts.
template <class T>
[[nodiscard]] Json number_to_json(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  }
  if constexpr (std::is_same_v<T, float>) {
    // The float64 that has the float32's own few digits, rather than the digits of its exact value.
    std::string text;
    append_number(text, value, {});
    return std::stod(text);
  } else {
    return value;
  }
}

[[nodiscard]] inline Json to_json(const Coordinate& coordinate) {
  Json values = Json::array();
  const std::vector<std::byte> bytes = coordinate.to_bytes();
  dispatch(coordinate.dtype(), [&]<class T>(T) {
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(T)) {
      T value;
      std::memcpy(&value, bytes.data() + i, sizeof(T));
      values.push_back(number_to_json(value));
    }
  });
  return values;
}

/// Returns the text of an attribute, a list of its texts, its one number, or a list of its numbers.
[[nodiscard]] inline Json to_json(const Attribute& attribute) {
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    const std::vector<std::string> texts = texts_in(*text);
    return texts.size() == 1 ? Json(*text) : Json(texts);
  }
  Json values = Json::array();
  if (const auto* numbers = std::get_if<std::vector<double>>(&attribute.value))
    for (const double number : *numbers)
      values.push_back(attribute.dtype == DType::float32 ? number_to_json(static_cast<float>(number))
                                                         : number_to_json(number));
  else
    for (const std::int64_t number : std::get<std::vector<std::int64_t>>(attribute.value))
      values.push_back(attribute.dtype == DType::uint64 ? Json(static_cast<std::uint64_t>(number)) : Json(number));
  return values.size() == 1 ? values.front() : values;
}

[[nodiscard]] inline Json to_json(const Attributes& attributes) {
  Json object = Json::object();
  for (const Attribute& attribute : attributes) object[attribute.name] = to_json(attribute);
  return object;
}

/// Returns the text on one line; bytes that are no UTF-8, which old files have, are replaced. A text with characters
/// that a terminal would not show is written in ASCII, with escapes for others.
[[nodiscard]] inline std::string dump(const Json& value) {
  constexpr int one_line = -1;
  std::string text = value.dump(one_line, ' ', false, Json::error_handler_t::replace);
  return printable(text) == text ? text : value.dump(one_line, ' ', true, Json::error_handler_t::replace);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
