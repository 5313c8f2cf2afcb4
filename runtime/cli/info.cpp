// chunkwise info: the content of files, and how they join.
#include <iostream>
#include <memory>

#include "chunkwise/dataset.hpp"
#include "chunkwise/io/inspect.hpp"
#include "runtime/cli/advice.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/variables.hpp"
#include "runtime/cli/verbs.hpp"

namespace chunkwise::cli {

namespace {

struct InfoOptions {
  FileOptions files;
  std::vector<std::string> variables;
  bool json = false;
  bool each = false;
  bool xarray = false;
};

int info(const InfoOptions& options) {
  const NetcdfDataset dataset(expand(options.files.files), netcdf_options(options.files));
  if (!options.files.join.empty()) require_joinable({&dataset}, options.files.join);
  if (options.each) {
    for (std::size_t i = 0; i < dataset.paths().size(); ++i) {
      if (options.json)
        std::cout << to_json(dataset.file(i)) << '\n';
      else
        std::cout << dataset.file(i);
    }
    return 0;
  }
  if (options.xarray) {
    std::cout << opened(dataset, chosen_variables(dataset, options.variables, {}));
    return 0;
  }
  DatasetDescription description = describe(dataset, options.variables);
  for (VariableSummary& variable : description.variables) variable.problem = in_words_of_the_command(variable.problem);
  if (options.json)
    std::cout << to_json(description) << '\n';
  else
    std::cout << description;
  return 0;
}

}  // namespace

void add_info(CLI::App& app, Action& action) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* verb = app.add_subcommand("info", "Show what files hold and how they join");
  verb->footer(
      "Examples:\n"
      "  chunkwise info data/*.nc\n"
      "  chunkwise info --each data/t2m_2015-01-01.nc\n"
      "  chunkwise info --xarray data/*.nc\n"
      "  chunkwise info --json data/*.nc | jq '.variables[].name'");
  add_files(*verb, options->files);
  verb->get_option("files")->required();
  verb->add_option("--var", options->variables, "show these variables alone; repeatable")
      ->type_name("NAME")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_flag("--each", options->each, "each file by itself, with all its dimensions, variables and attributes")
      ->excludes("--var")
      ->excludes("--join")
      ->excludes("--no-decode")
      ->excludes("--lenient")
      ->excludes("--cast");
  CLI::Option* json = verb->add_flag("--json", options->json, "as JSON: one object, or with --each one a line");
  verb->add_flag("--xarray", options->xarray, "in the layout in which xarray prints a Dataset")
      ->excludes(json)
      ->excludes("--each");
  verb->callback([options, &action] { action = [options] { return info(*options); }; });
}

}  // namespace chunkwise::cli
