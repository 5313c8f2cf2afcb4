#pragma once
/// A formula over files, as the lines of eval, plot and explain have it.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/dataset.hpp"
#include "runtime/cli/options.hpp"

namespace chunkwise::cli {

/// The formula of a line, and the files that its names stand for.
struct FormulaOptions {
  std::string text;
  FileOptions files;
  std::vector<std::string> names;  ///< NAME=VARIABLE or NAME=VARIABLE@FILES
  std::vector<std::string> keep;   ///< names of lines that are results although later lines use them
  bool skipna = false;             ///< reductions leave NaN out (--skipna, CHUNKWISE_SKIPNA)
  bool number_axes = false;        ///< labels tell the indices of its dimensions that an array is made of (indices.hpp)
};
/// Adds the positionals FORMULA and FILES, --join, --var, --keep and --skipna.
void add_formula(CLI::App& verb, FormulaOptions& options);

/// Returns the formula, without the blank that words_for_parser may have put before it.
[[nodiscard]] std::string formula_text(const FormulaOptions& options);

/// Returns whether reductions leave NaN out: by --skipna, or by CHUNKWISE_SKIPNA=1. Throws invalid_argument for another
/// value than 0 and 1.
[[nodiscard]] bool skips_missing(const FormulaOptions& options);

/// A variable that a formula names, and the files that it comes from.
struct FormulaVariable {
  NetcdfDataset::Joined joined;
  std::shared_ptr<const NetcdfDataset> files;
};

/// The results of a formula, with their names and the variables that they are made from.
struct Formula {
  std::vector<UntypedArray> arrays;     ///< labelled with their names
  std::vector<std::string> names;       ///< as the text has them; empty for an expression alone
  std::vector<FormulaVariable> opened;  ///< in the order in which the text names them
  std::string text;
};
/// Opens the variables of the formula, lets the backend find out what it has to know (notation.hpp), and says on
/// standard error if a variable is not in all files.
[[nodiscard]] Formula read_formula(const FormulaOptions& options, const BackendPtr& backend);

}  // namespace chunkwise::cli
