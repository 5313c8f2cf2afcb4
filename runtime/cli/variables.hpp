#pragma once
/// The variables of files that a line takes all at once.
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "chunkwise/dataset/dataset.hpp"
#include "runtime/cli/formula.hpp"

namespace chunkwise::cli {

/// Adds an option that takes a name, and may be given more than once.
CLI::Option* add_variables(CLI::App& verb, std::vector<std::string>& names, const std::string& option,
                           const std::string& description);

/// Returns the data variables of files, those of `names` alone if there are any, without those of `without`; says on
/// standard error which are left out because they cannot be opened. Throws not_found for a name that is not there, and
/// if none is left.
[[nodiscard]] std::vector<std::string> chosen_variables(const NetcdfDataset& files,
                                                        const std::vector<std::string>& names,
                                                        const std::vector<std::string>& without);

/// Says on standard error which variables of the files cannot be opened, and are left out of what takes all.
void tell_of_others(const NetcdfDataset& files);

/// Returns the variables of a dataset as the results of a line.
[[nodiscard]] Formula formula_of(const Dataset& data);

/// Returns the variables, opened.
[[nodiscard]] Dataset opened(const NetcdfDataset& files, const std::vector<std::string>& names);

}  // namespace chunkwise::cli
