#pragma once
/// Units of times, as "days since 1970-01-01".
#include <algorithm>
#include <cctype>
#include <string_view>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the position of " since " in units, in letters of any case; npos if they are no units of a time.
[[nodiscard]] inline std::size_t find_since(std::string_view units) {
  constexpr std::string_view since = " since ";
  const auto found = std::search(units.begin(), units.end(), since.begin(), since.end(), [](char a, char b) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(a))) == b;
  });
  return found == units.end() ? std::string_view::npos : static_cast<std::size_t>(found - units.begin());
}

/// Returns true if units count from a time.
[[nodiscard]] inline bool are_time_units(std::string_view units) { return find_since(units) != std::string_view::npos; }

}  // namespace chunkwise::inline CHUNKWISE_ABI
