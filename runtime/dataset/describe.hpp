#pragma once
/// Parts of the texts that describe variables to people.
#include <string>

#include "chunkwise/io/inspect.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// Returns a text such as "(time 4, latitude 721, longitude 1440)".
[[nodiscard]] std::string shape_text(const VariableDescription& variable);
/// Returns a text such as "int16 packed by 0.0018 and 260.5, with missing values".
[[nodiscard]] std::string storage_text(const VariableDescription& variable);
/// Returns a text such as "2 metre temperature, K"; empty if the file does not say.
[[nodiscard]] std::string meaning_text(const VariableDescription& variable);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
