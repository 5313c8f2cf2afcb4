#pragma once
/// Text of others, as it may stand in a line of a log or on a terminal.
#include <string>
#include <string_view>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the text with every byte that is none of a printable character written as \xNN: control characters
/// (newlines, ESC), marks that change the direction of writing, and what is no UTF-8. `lines`: newlines and tabs stay.
[[nodiscard]] std::string printable(std::string_view text, bool lines = false);

/// Throws invalid_argument if a name that others are to see is empty, longer than 255 bytes, or has anything in it that
/// printable() would change; `what` is what it is a name of: "a worker".
void require_printable_name(std::string_view name, const char* what);

}  // namespace chunkwise::inline CHUNKWISE_ABI
