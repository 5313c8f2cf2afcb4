#pragma once
/// Whole numbers on the command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>

namespace chunkwise::cli {

/// Returns a check for transform() of an option that is a whole number: zeros in front of its digits count for nothing.
/// CLI11 alone takes 010 for 8.
[[nodiscard]] inline CLI::Validator decimal() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
        const bool is_whole = text.size() > sign && text.find_first_not_of("0123456789", sign) == std::string::npos;
        if (is_whole) text.erase(sign, std::min(text.find_first_not_of('0', sign), text.size() - 1) - sign);
        return {};
      },
      "");
}

}  // namespace chunkwise::cli
