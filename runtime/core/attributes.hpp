#pragma once
/// Attributes of variables and files, found by their names.
#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the attribute of this name, or null.
[[nodiscard]] inline const Attribute* find_attribute(const Attributes& attributes, std::string_view name) {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& a) { return a.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

/// Returns the text of an attribute; empty if there is no such attribute, or if it holds numbers.
[[nodiscard]] inline std::string text_attribute(const Attributes& attributes, std::string_view name) {
  const Attribute* attribute = find_attribute(attributes, name);
  const auto* text = attribute ? std::get_if<std::string>(&attribute->value) : nullptr;
  return text ? *text : std::string();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
