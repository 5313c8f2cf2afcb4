#pragma once
/// Errors that point into a text, and guesses at what was meant.
#include <span>
#include <string>
#include <string_view>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

/// The line of `text` around an offset, indented, with a caret under the offset on the line below. A long line is cut
/// to what is near, and said to be cut by "...".
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t offset);

/// What is wrong, and where: thrown within the notation, and made an Error where the text is at hand.
struct Mistake {
  ErrorCode code = ErrorCode::invalid_argument;
  std::string message;
  std::size_t offset = 0;
};

/// An Error whose message is followed by the place it is about.
[[nodiscard]] Error error_at(ErrorCode code, const std::string& message, std::string_view text, std::size_t offset);

/// "; did you mean 'mean'?", or nothing where no name is near: at most a third of its letters away, case aside.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> names);

/// "a, b, c"; of many names the first ones and how many more there are.
[[nodiscard]] std::string listed(std::span<const std::string> names);

/// What there is, behind a sentence on a word that is not there: "; did you mean 'a'? (there are: a, b)", or
/// "; there are: a, b" where none is near. Nothing where there is nothing.
[[nodiscard]] std::string choices(std::string_view word, std::span<const std::string> names);

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
