#include "runtime/dataset/format/attributes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

const Attribute* find_attribute(const Attributes& attributes, std::string_view name) {
  for (const Attribute& attribute : attributes)
    if (attribute.name == name) return &attribute;
  return nullptr;
}

std::string text_attribute(const Attributes& attributes, std::string_view name) {
  const Attribute* attribute = find_attribute(attributes, name);
  const auto* text = attribute != nullptr ? std::get_if<std::string>(&attribute->value) : nullptr;
  return text != nullptr ? *text : std::string();
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
