// chunkwise diff: how the content of two files differs.
#include <iostream>
#include <memory>

#include "chunkwise/core/error.hpp"
#include "chunkwise/dataset/difference.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/result_file.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/io/json.hpp"
#include "runtime/io/number_text.hpp"
#include "runtime/progress/waiting_lines.hpp"

namespace chunkwise::cli {

namespace {

struct DiffOptions {
  FileOptions files;
  DifferenceOptions ignored;
  bool all = false, json = false, quiet = false;
  BackendChoice backend;
};

void print_difference(const VariableDifference& variable) {
  std::cout << printable(variable.name) << ": " << variable.differing << " of " << variable.elements
            << " values differ";
  if (variable.missing > 0) std::cout << ", " << variable.missing << " of them missing in one file alone";
  if (variable.differing > variable.missing)
    std::cout << ", by at most " << seven_digits(variable.absolute) << ", relative " << seven_digits(variable.relative);
  std::cout << '\n';
}

void print_difference_as_json(const Difference& found) {
  Json json;
  json["same"] = found.same();
  json["remarks"] = found.remarks;
  Json& variables = json["variables"] = Json::array();
  for (const VariableDifference& variable : found.variables)
    variables.push_back({{"name", variable.name},
                         {"values", variable.elements},
                         {"differing", variable.differing},
                         {"missing_in_one", variable.missing},
                         {"largest_difference", number_to_json(variable.absolute)},
                         {"largest_relative_difference", number_to_json(variable.relative)}});
  std::cout << dump(json) << '\n';
}

int diff(const DiffOptions& options) {
  if (options.files.files.size() != 2)
    throw Error(ErrorCode::invalid_argument, "diff takes two files, and the line has " +
                                                 std::to_string(options.files.files.size()) +
                                                 "; several files that are joined stand in quotes: 'data/*.nc'");
  const NetcdfOptions netcdf = netcdf_options(options.files);
  const NetcdfDataset first(expand_glob(options.files.files[0]), netcdf),
      second(expand_glob(options.files.files[1]), netcdf);
  if (!options.files.join.empty()) require_joinable({&first, &second}, options.files.join);
  const BackendPtr backend = connect(options.backend);
  const RunOption bar = options.quiet ? waiting_lines() : progress_bar();
  const Difference found = interruptible(
      [&](const RunOption& cancel) { return difference(backend, first, second, options.ignored, cancel, bar); });
  if (options.json) {
    print_difference_as_json(found);
  } else {
    for (const std::string& remark : found.remarks) std::cout << printable(remark) << '\n';
    for (const VariableDifference& variable : found.variables)
      if (options.all || variable.differing > 0) print_difference(variable);
  }
  return found.same() ? 0 : 1;
}

}  // namespace

void add_diff(CLI::App& app, Action& action) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App* verb = app.add_subcommand("diff", "Compare the values, coordinates and attributes of two files");
  verb->footer(
      "Examples:\n"
      "  chunkwise diff old.nc new.nc\n"
      "  chunkwise diff 'data/*.nc' all.nc\n"
      "  chunkwise diff old.nc new.nc --values --relative 1e-6 --json\n"
      "Nothing is printed, and the exit code is 0, if they are the same; it is 1 if they differ.");
  add_files(*verb, options->files);
  verb->get_option("files")->required();
  verb->add_flag("--values", options->ignored.values_only, "values and coordinates alone, not attributes");
  verb->add_option("--absolute", options->ignored.absolute, "values that differ by no more than this are equal")
      ->type_name("NUMBER");
  verb->add_option("--relative", options->ignored.relative,
                   "values that differ by no more than this part of the larger one are equal")
      ->type_name("NUMBER");
  CLI::Option* all = verb->add_flag("--all", options->all, "a line also for variables that are the same");
  verb->add_flag("--json", options->json, "as one object in JSON, with all variables")->excludes(all);
  verb->add_flag("-q,--quiet", options->quiet, "no progress bar");
  add_backend(*verb, options->backend);
  add_trace(*verb, options->backend);
  verb->callback([options, &action] { action = [options] { return diff(*options); }; });
}

}  // namespace chunkwise::cli
