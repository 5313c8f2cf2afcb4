/// Types, values and labels as text for people.
#include <algorithm>
#include <cstring>
#include <ostream>
#include <string>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/scalar_coordinate.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr NonFinite spelling{"nan", "inf", "-inf", "True", "False"};
/// The number of values shown at either end of a longer coordinate.
constexpr std::int64_t shown_values = 3;

std::string in_quotes(const std::string& text) { return "\"" + printable(text) + "\""; }

template <class Number>
std::string list_of(const std::vector<Number>& numbers, DType dtype) {
  std::string text;
  for (const Number number : numbers) {
    if (!text.empty()) text += ", ";
    if (dtype == DType::uint64 && !std::is_floating_point_v<Number>)
      append_number(text, static_cast<std::uint64_t>(number), spelling);
    else
      append_number(text, number, spelling);
  }
  return (numbers.size() == 1 ? text : "[" + text + "]") + " (" + std::string(name_of(dtype)) + ")";
}

std::string value_of(const Coordinate& coordinate, std::int64_t i) {
  const std::vector<std::byte> bytes = coordinate.slice({i, 1, 1}).to_bytes();
  Scalar value;
  value.dtype = coordinate.dtype();
  std::memcpy(value.bytes.data(), bytes.data(), bytes.size());
  return to_string(value);
}

/// Returns the number of axes that labels say anything about.
int axes_of(const Labels& labels) {
  int axes = max_rank;
  const auto says_nothing = [&](int axis) {
    const Coordinate& coordinate = labels.coordinate(axis);
    return labels.dimension(axis).empty() && !coordinate && !coordinate.is_mixed() && !labels.is_record(axis);
  };
  while (axes > 0 && says_nothing(axes - 1)) --axes;
  return axes;
}

std::string axis_name(const Labels& labels, int axis) {
  const std::string& name = labels.dimension(axis);
  return name.empty() ? "?" : printable(name);
}

}  // namespace

std::string to_string(const Scalar& value) {
  if (!is_dtype(value.dtype)) return std::string(name_of(value.dtype));
  std::string text;
  dispatch(value.dtype, [&]<class T>(T) { append_number(text, value.as<T>(), spelling); });
  return text;
}

std::string to_string(const Attribute& attribute) {
  std::string text = printable(attribute.name) + " = ";
  if (const auto* words = std::get_if<std::string>(&attribute.value)) {
    const std::vector<std::string> texts = texts_in(*words);
    if (texts.size() == 1) return text + in_quotes(*words);
    for (std::size_t i = 0; i < texts.size(); ++i) text += (i > 0 ? ", " : "[") + in_quotes(texts[i]);
    return text + ']';
  }
  if (const auto* reals = std::get_if<std::vector<double>>(&attribute.value))
    return text + list_of(*reals, attribute.dtype);
  return text + list_of(std::get<std::vector<std::int64_t>>(attribute.value), attribute.dtype);
}

std::string to_string(const Coordinate& coordinate) {
  if (coordinate.is_mixed()) return "none: different slices of one coordinate met";
  if (!coordinate) return "none";
  const std::int64_t size = coordinate.size();
  std::string text = std::string(name_of(coordinate.dtype())) + " (" + std::to_string(size) + "):";
  const bool shows_all = size <= 2 * shown_values;
  for (std::int64_t i = 0; i < (shows_all ? size : shown_values); ++i) text += " " + value_of(coordinate, i);
  if (!shows_all) {
    text += " ...";
    for (std::int64_t i = size - shown_values; i < size; ++i) text += " " + value_of(coordinate, i);
  }
  const std::string units = text_attribute(coordinate.attributes(), "units");
  return units.empty() ? text : text + ", " + printable(units);
}

std::string to_string(const Labels& labels) {
  if (labels.empty()) return "no labels";
  const int axes = axes_of(labels);
  std::string text = (labels.name().empty() ? "unnamed" : printable(labels.name())) + " (";
  for (int axis = 0; axis < axes; ++axis) text += (axis > 0 ? ", " : "") + axis_name(labels, axis);
  text += ")";
  for (int axis = 0; axis < axes; ++axis) {
    const Coordinate& coordinate = labels.coordinate(axis);
    if (!coordinate && !coordinate.is_mixed()) continue;
    text += "\n  " + axis_name(labels, axis) + ": " + to_string(coordinate);
  }
  for (const std::string& name : scalar_coordinates(labels))
    if (const Coordinate one = scalar_coordinate(labels, name))
      text += "\n  " + printable(name) + ": " + to_string(one);
  for (const Attribute& attribute : labels.attributes()) text += "\n  " + to_string(attribute);
  if (labels.holds_stored_values()) text += "\n  its values are as their file stores them";
  std::string companions;
  for (const Companion& companion : labels.companions())
    companions += (companions.empty() ? "" : ", ") + printable(companion.name());
  return companions.empty() ? text : text + "\n  beside it: " + companions;
}

std::ostream& operator<<(std::ostream& out, ErrorCode code) { return out << to_string(code); }
std::ostream& operator<<(std::ostream& out, const Error& error) { return out << error.what(); }
std::ostream& operator<<(std::ostream& out, DType d) { return out << name_of(d); }
std::ostream& operator<<(std::ostream& out, const Scalar& value) { return out << to_string(value); }
std::ostream& operator<<(std::ostream& out, const Attribute& attribute) { return out << to_string(attribute); }
std::ostream& operator<<(std::ostream& out, const Coordinate& coordinate) { return out << to_string(coordinate); }
std::ostream& operator<<(std::ostream& out, const Labels& labels) { return out << to_string(labels); }

}  // namespace chunkwise::inline CHUNKWISE_ABI
