#pragma once
/// Text in lower case, for names that files and people spell in letters of any case.
#include <algorithm>
#include <cctype>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns a text with its ASCII letters in lower case.
[[nodiscard]] inline std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
