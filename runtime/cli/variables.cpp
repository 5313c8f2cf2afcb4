#include "runtime/cli/variables.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/options.hpp"

namespace chunkwise::cli {

CLI::Option* add_variables(CLI::App& verb, std::vector<std::string>& names, const std::string& option,
                           const std::string& description) {
  return verb.add_option(option, names, description)
      ->type_name("NAME")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void tell_of_others(const NetcdfDataset& files) {
  std::set<std::string> told;
  for (std::size_t i = 0; i < files.paths().size(); ++i)
    for (const VariableDescription& variable : files.file(i).variables)
      if (!variable.problem.empty() && variable.type != "text" && variable.type != "strings" &&
          told.insert(variable.name).second)
        tell("'" + variable.name + "' is left out: " + variable.problem);
}

std::vector<std::string> chosen_variables(const NetcdfDataset& files, const std::vector<std::string>& names,
                                          const std::vector<std::string>& without) {
  for (const std::vector<std::string>* given : {&names, &without})
    for (const std::string& name : *given)
      if (!files.has(name)) (void)files.open(name);  // throws with the names that exist
  std::vector<std::string> chosen = names;
  if (names.empty()) {
    tell_of_others(files);
    chosen = data_variables(files);
  }
  std::erase_if(chosen, [&](const std::string& name) { return std::ranges::find(without, name) != without.end(); });
  if (chosen.empty()) throw Error(ErrorCode::not_found, files.paths().front() + ": no variable of numbers is left");
  return chosen;
}

Formula formula_of(const Dataset& data) {
  Formula all;
  all.names = data.names();
  all.arrays = data.arrays();
  return all;
}

Dataset opened(const NetcdfDataset& files, const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, UntypedArray>> variables;
  for (const std::string& name : names) variables.emplace_back(name, files.open(name).array);
  return Dataset(std::move(variables), files.file(0).attributes);
}

}  // namespace chunkwise::cli
