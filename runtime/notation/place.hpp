#pragma once
/// Errors that point into a text, and guesses at the intended word.
#include <span>
#include <string>
#include <string_view>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

/// Returns the line of `text` around an offset, indented, with a caret under the offset on the line below. A long line
/// is cut to the part around the offset, and "..." marks the cuts.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t offset);

/// An error about a place in the text: thrown within the notation, and made an Error by arrays_of(), which has the
/// text.
struct Mistake {
  ErrorCode code = ErrorCode::invalid_argument;
  std::string message;
  std::size_t offset = 0;
};

/// Returns an Error whose message is followed by the excerpt of the text at `offset`.
[[nodiscard]] Error error_at(ErrorCode code, const std::string& message, std::string_view text, std::size_t offset);

/// Returns the name in single quotes, as messages show it.
[[nodiscard]] inline std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

/// Returns "; did you mean 'mean'?", or nothing if no name is near: at most a third of its letters away, case aside.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> names);

/// Returns names as "a, b, c"; of many names the first ones and the number of the others.
[[nodiscard]] std::string listed(std::span<const std::string> names);

/// Returns the end of a sentence on an unknown word, with the names that exist: "; did you mean 'a'? (there are: a,
/// b)", or "; there are: a, b" if none is near. Empty if there are no names.
[[nodiscard]] std::string choices(std::string_view word, std::span<const std::string> names);

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
