#pragma once
/// A formula over files, as eval, plot and explain have it.
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "chunkwise/core/array_handle.hpp"
#include "runtime/cli/options.hpp"

namespace chunkwise::cli {

/// The formula of a line, and the files that its names stand for.
struct FormulaOptions {
  std::string text;
  FileOptions files;
  std::vector<std::string> names;  ///< NAME=VARIABLE or NAME=VARIABLE@FILES
  std::vector<std::string> keep;   ///< names of lines that are results although later lines use them
};
/// The positionals FORMULA and FILES, --join, --var and --keep.
void add_formula(CLI::App& verb, FormulaOptions& options);

/// The formula, without the blank that words_for_parser may have put before it.
[[nodiscard]] std::string formula_text(const FormulaOptions& options);

/// What a formula gives: arrays under the names that it gives them, and what files there were.
struct Formula {
  std::vector<ArrayHandle> arrays;  ///< labelled with their names
  std::vector<std::string> names;   ///< as the text has them; empty for an expression alone
  std::string origin;               ///< "136 files, 2015-01-01 00:00 to 2015-05-16 18:00"; empty without files
};
/// Opens what the formula asks for, and says on standard error where a variable is not in all files.
[[nodiscard]] Formula read_formula(const FormulaOptions& options);

}  // namespace chunkwise::cli
