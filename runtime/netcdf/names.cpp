#include "runtime/netcdf/names.hpp"

#include <cstddef>

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// One less than netcdf-c allows: it reads a name of 256 bytes in a NetCDF-4 file together with the memory behind it.
constexpr std::size_t most_bytes = 255;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Returns the number of bytes of the UTF-8 sequence that begins here; 0 if none does.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xC2 ? 0 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  if (length == 0 || byte(0) > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!is_continuation(text[i])) return 0;
  if (length < 3) return length;
  // Too long a form, a surrogate, or beyond Unicode's last code point.
  const bool wrong = (byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xED && byte(1) > 0x9F) ||
                     (byte(0) == 0xF0 && byte(1) < 0x90) || (byte(0) == 0xF4 && byte(1) > 0x8F);
  return wrong ? 0 : length;
}

bool may_begin(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_forbidden(char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

std::string valid_name(std::string_view name) {
  std::string valid;
  if (name.empty() || !may_begin(name[0])) valid += '_';
  while (!name.empty()) {
    const std::size_t length = sequence_length(name);
    if (length == 0 || (length == 1 && is_forbidden(name[0])))
      valid += '_';
    else
      valid += name.substr(0, length);
    name.remove_prefix(length == 0 ? 1 : length);
  }
  if (valid.size() > most_bytes) {
    std::size_t end = most_bytes;
    while (end > 0 && is_continuation(valid[end])) --end;
    valid.resize(end);
  }
  valid.erase(valid.find_last_not_of(' ') + 1);
  return valid;
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
