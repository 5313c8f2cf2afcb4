#pragma once
/// Text from files and networks as a terminal may show it.
#include <string>
#include <string_view>

#include "chunkwise/core/config.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the text with the bytes that a terminal would not show as they are written out, as \x1b: control characters
/// except ends of lines and tabs, marks that turn or hide the text behind them, and bytes that are no UTF-8.
[[nodiscard]] inline std::string visible(std::string_view text) { return printable(text, true); }

}  // namespace chunkwise::inline CHUNKWISE_ABI
