#pragma once
/// A formula over files, as eval, plot and explain have it.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/core/array_handle.hpp"
#include "chunkwise/dataset.hpp"
#include "runtime/cli/options.hpp"

namespace chunkwise::cli {

/// The formula of a line, and the files that its names stand for.
struct FormulaOptions {
  std::string text;
  FileOptions files;
  std::vector<std::string> names;  ///< NAME=VARIABLE or NAME=VARIABLE@FILES
  bool number_axes = false;        ///< dimensions without a coordinate get their indices as one
};
/// The positionals FORMULA and FILES, --join and --var.
void add_formula(CLI::App& verb, FormulaOptions& options);

/// A variable that a formula names.
struct OpenedVariable {
  NetcdfDataset::Joined joined;
  std::shared_ptr<const NetcdfDataset> files;
};

/// What a formula gives: arrays under the names that it gives them, and what files there were.
struct Formula {
  std::vector<ArrayHandle> arrays;     ///< labelled with their names
  std::vector<std::string> names;      ///< as the text has them; empty for an expression alone
  std::string history;                 ///< of the first file
  std::vector<OpenedVariable> opened;  ///< in the order in which the text names them
};
/// Opens what the formula asks for, and says on standard error where a variable is not in all files.
[[nodiscard]] Formula read_formula(const FormulaOptions& options);

}  // namespace chunkwise::cli
