#pragma once
/// The browser of the desktop.
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

/// Starts the browser that BROWSER names, else xdg-open, if there is a desktop. Returns the name of the program if it
/// cannot be started; empty if it was, or if there is no desktop.
[[nodiscard]] std::string open_browser(const std::string& address);

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
