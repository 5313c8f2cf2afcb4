#include "runtime/core/printable.hpp"

#include <cstddef>
#include <cstdint>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  ///< 0: not UTF-8
};

/// Returns the character at the front of a text that is not empty.
Character front_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xf0 && first < 0xf5   ? 4
                            : first >= 0xe0 && first < 0xf0 ? 3
                            : first >= 0xc2                 ? 2
                                                            : 0;
  if (bytes == 0 || first >= 0xf5 || text.size() < bytes) return {};
  std::uint32_t code = first & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fU);
  }
  const std::uint32_t least = bytes == 2 ? 0x80 : bytes == 3 ? 0x800 : 0x10000;
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {code, bytes};
}

bool is_printable(std::uint32_t code) {
  const auto within = [code](std::uint32_t first, std::uint32_t last) { return code >= first && code <= last; };
  const bool is_control = code < 0x20 || within(0x7f, 0x9f);
  // Marks of direction, ends of lines, characters without width, tags.
  const bool turns = code == 0x61c || within(0x200e, 0x200f) || within(0x2028, 0x202e) || within(0x2066, 0x2069);
  const bool hides = code == 0xad || code == 0x34f || within(0x200b, 0x200d) || within(0x2060, 0x2064) ||
                     within(0x206a, 0x206f) || code == 0xfeff || within(0xe0000, 0xe007f);
  return !is_control && !turns && !hides;
}

}  // namespace

std::string printable(std::string_view text, bool lines) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const Character character = front_of(text);
    const std::size_t bytes = character.bytes > 0 ? character.bytes : 1;
    const bool stays = lines && (text.front() == '\n' || text.front() == '\t');
    if (stays || (character.bytes > 0 && is_printable(character.code))) {
      shown += text.substr(0, bytes);
    } else {
      for (std::size_t i = 0; i < bytes; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        shown += "\\x";
        shown += digits[byte >> 4];
        shown += digits[byte & 15];
      }
    }
    text.remove_prefix(bytes);
  }
  return shown;
}

void require_printable_name(std::string_view name, const char* what) {
  constexpr std::size_t longest = 255;
  const std::string shown = printable(name.substr(0, longest));
  if (name.empty()) throw Error(ErrorCode::invalid_argument, std::string("the name of ") + what + " is empty");
  if (name.size() > longest)
    throw Error(ErrorCode::invalid_argument, std::string("the name of ") + what + " has " +
                                                 std::to_string(name.size()) + " bytes, more than 255: '" +
                                                 shown.substr(0, 40) + "...'");
  if (shown != name)
    throw Error(ErrorCode::invalid_argument,
                std::string("the name of ") + what + " has characters in it that cannot be printed: '" + shown + "'");
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
