#pragma once
/// Whole numbers on the command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>

namespace chunkwise::cli {

/// Returns what an option's transform() takes for a whole number in decimal digits: CLI11 alone takes 010 for 8, and
/// 0x10 for 16.
[[nodiscard]] inline CLI::Validator decimal() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
        if (text.size() == sign || text.find_first_not_of("0123456789", sign) != std::string::npos)
          return text + " is no whole number";
        text.erase(sign, std::min(text.find_first_not_of('0', sign), text.size() - 1) - sign);
        return {};
      },
      "");
}

}  // namespace chunkwise::cli
