#include "runtime/notation/place.hpp"

#include <algorithm>
#include <vector>

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Characters of a line that are shown on either side of the place.
constexpr std::size_t reach = 60;
/// Names that an error lists; a file may have hundreds.
constexpr std::size_t most_listed = 50;

/// Returns true for a byte that continues a UTF-8 character: it takes no column.
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

/// Returns true for a character that would end a message or move the cursor.
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7f; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Returns the number of letters to insert, remove, replace, or swap with their neighbour (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

}  // namespace

std::string excerpt(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::size_t newline_before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  std::size_t begin = newline_before == std::string_view::npos ? 0 : newline_before + 1;
  std::size_t end = std::min(text.find('\n', offset), text.size());
  const bool cut_before = offset - begin > reach;
  const bool cut_behind = end - offset > reach;
  if (cut_before) begin = offset - reach;
  if (cut_behind) end = offset + reach;
  while (begin < offset && continues(text[begin])) ++begin;
  while (end < text.size() && continues(text[end])) ++end;

  std::string line = cut_before ? "  ..." : "  ";
  std::string caret(line.size(), ' ');
  for (std::size_t i = begin; i < end; ++i) {
    line += is_control(text[i]) ? ' ' : text[i];
    if (i < offset && !continues(text[i])) caret += ' ';
  }
  if (cut_behind) line += "...";
  return line + "\n" + caret + "^";
}

Error error_at(ErrorCode code, const std::string& message, std::string_view text, std::size_t offset) {
  std::string visible = message;
  std::ranges::replace_if(
      visible, [](char c) { return is_control(c) && c != '\n'; }, '?');
  return {code, visible + "\n" + excerpt(text, offset)};
}

std::string did_you_mean(std::string_view word, std::span<const std::string> names) {
  if (word.size() > 64) return {};
  const std::string* best = nullptr;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& name : names) {
    if (name.size() > 64) continue;
    const std::size_t far = distance(word, name);
    // A word of one or two letters is near everything that is as short.
    if (far < least && far < std::max(word.size(), name.size())) least = far, best = &name;
  }
  return best ? "; did you mean '" + *best + "'?" : std::string();
}

std::string listed(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names.first(std::min(names.size(), most_listed)))
    text += (text.empty() ? "" : ", ") + name;
  if (names.size() > most_listed) text += " and " + std::to_string(names.size() - most_listed) + " more";
  return text;
}

std::string choices(std::string_view word, std::span<const std::string> names) {
  if (names.empty()) return {};
  const std::string guess = did_you_mean(word, names);
  return guess.empty() ? "; there are: " + listed(names) : guess + " (there are: " + listed(names) + ")";
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
