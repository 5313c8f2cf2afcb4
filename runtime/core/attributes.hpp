#pragma once
/// Attributes of variables and files, found by their names.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the attribute of this name, or null.
[[nodiscard]] inline const Attribute* find_attribute(const Attributes& attributes, std::string_view name) {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& a) { return a.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

/// Several texts of one attribute stand in one, with ASCII's separator of records between them.
inline constexpr char text_separator = '\x1e';

/// Returns the texts that stand in one text.
[[nodiscard]] inline std::vector<std::string> texts_in(std::string_view text) {
  std::vector<std::string> texts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(text_separator, begin), text.size());
    texts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return texts;
}

/// Returns the text of an attribute, or the lines of several texts in one; nothing if it holds numbers.
[[nodiscard]] inline std::optional<std::string> text_of(const Attribute& attribute) {
  const auto* text = std::get_if<std::string>(&attribute.value);
  if (!text) return std::nullopt;
  std::string lines = *text;
  std::replace(lines.begin(), lines.end(), text_separator, '\n');
  return lines;
}

[[nodiscard]] inline bool holds_text(const Attribute& attribute) {
  return std::holds_alternative<std::string>(attribute.value);
}

/// Returns the text of an attribute; empty if there is no such attribute, or if it holds numbers.
[[nodiscard]] inline std::string text_attribute(const Attributes& attributes, std::string_view name) {
  const Attribute* attribute = find_attribute(attributes, name);
  return attribute ? text_of(*attribute).value_or(std::string()) : std::string();
}

/// Returns true if these attributes name a variable as the bounds of their variable's cells, or of a climatology's.
[[nodiscard]] inline bool are_bounds(const Attributes& attributes, std::string_view name) {
  return text_attribute(attributes, "bounds") == name || text_attribute(attributes, "climatology") == name;
}

/// Returns true if two attributes hold equal texts or numbers, in whatever type a file stores them. A NaN equals a NaN:
/// an attribute that is NaN has not changed.
[[nodiscard]] inline bool have_equal_values(const Attribute& a, const Attribute& b) {
  const auto* numbers = std::get_if<std::vector<double>>(&a.value);
  const auto* others = std::get_if<std::vector<double>>(&b.value);
  if (!numbers || !others) return a.value == b.value;
  return std::equal(numbers->begin(), numbers->end(), others->begin(), others->end(),
                    [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

/// Returns true for attributes of one name, type and value.
[[nodiscard]] inline bool are_same(const Attribute& a, const Attribute& b) {
  return a.name == b.name && a.dtype == b.dtype && have_equal_values(a, b);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
