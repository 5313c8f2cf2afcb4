#pragma once
/// Text from files and networks as a terminal may show it.
#include <string>
#include <string_view>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The text with what would move the cursor, ring the bell or begin a command to the terminal written out, as \x1b: the
/// control characters of ASCII but ends of lines and tabs, and those of Latin-1 in UTF-8.
[[nodiscard]] inline std::string visible(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool latin_control = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    const bool control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f || latin_control;
    if (!control) {
      result += text[i];
      continue;
    }
    const unsigned code = latin_control ? static_cast<unsigned char>(text[++i]) : byte;
    result += "\\x";
    result += digits[code >> 4U];
    result += digits[code & 15U];
  }
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
