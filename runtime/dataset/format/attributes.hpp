#pragma once
/// Attributes of variables and files, found by their names.
#include <string>
#include <string_view>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// The attribute of this name, or null.
[[nodiscard]] const Attribute* find_attribute(const Attributes& attributes, std::string_view name);

/// The text of an attribute; empty where there is none, or numbers.
[[nodiscard]] std::string text_attribute(const Attributes& attributes, std::string_view name);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
