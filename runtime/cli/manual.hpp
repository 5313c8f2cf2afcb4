#pragma once
/// The manual page and the shell's completion, made of the description that the parser itself has.
#include <CLI/CLI.hpp>
#include <string>

namespace chunkwise::cli {

/// Returns the page chunkwise(1), in the man macros of troff.
[[nodiscard]] std::string manual_page(const CLI::App& app);

/// Returns a script for bash that completes verbs, options, the words of options that have a list, and files.
[[nodiscard]] std::string bash_completion(const CLI::App& app);

}  // namespace chunkwise::cli
