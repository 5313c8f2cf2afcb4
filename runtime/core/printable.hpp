#pragma once
/// Foreign text, as it may stand in a line of a log or on a terminal.
#include <string>
#include <string_view>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the text with every byte that is not of a printable character written as \xNN: control characters (newlines,
/// ESC), marks that change the direction of writing, and bytes that are not UTF-8. `lines`: newlines and tabs stay.
[[nodiscard]] std::string printable(std::string_view text, bool lines = false);

/// Throws invalid_argument if a name that others are to see is empty, longer than 255 bytes, or has anything in it that
/// printable() would change. `what` is the kind of thing that has the name: "a worker".
void require_printable_name(std::string_view name, const char* what);

}  // namespace chunkwise::inline CHUNKWISE_ABI
