/// The names of element types in formulas.
#include "runtime/notation/functions.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

std::optional<DType> element_type(std::string_view name) {
  if (name == "float") return DType::float64;
  if (name == "int") return DType::int64;
  if (name == "bool_") return DType::boolean;
  for (std::size_t i = 0; i < dtype_count; ++i)
    if (name == name_of(static_cast<DType>(i))) return static_cast<DType>(i);
  return std::nullopt;
}

std::vector<std::string> element_type_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < dtype_count; ++i) names.emplace_back(name_of(static_cast<DType>(i)));
  return names;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
