// chunkwise stats: what the values of files are like.
#include <algorithm>
#include <iostream>
#include <memory>

#include "chunkwise/core/error.hpp"
#include "chunkwise/dataset/statistics.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/result_file.hpp"
#include "runtime/cli/variables.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/io/json.hpp"
#include "runtime/io/number_text.hpp"
#include "runtime/progress/waiting_lines.hpp"

namespace chunkwise::cli {

namespace {

struct StatsOptions {
  FileOptions files;
  std::vector<std::string> variables;
  std::vector<std::string> by;
  bool json = false, csv = false, quiet = false;
  BackendChoice backend;
};

/// Returns the place of an index along an axis: a date, a coordinate, or the index if there is none.
std::string place_text(const Labels& labels, int axis, std::int64_t index) {
  const Coordinate& coordinate = labels.coordinate(axis);
  if (!coordinate) return std::to_string(index);
  if (const auto time = time_units_of(coordinate)) return time_text(*time, coordinate[index]);
  std::string text;
  if (coordinate.dtype() == DType::float32)
    append_number(text, static_cast<float>(coordinate[index]), {"nan", "inf", "-inf", "", ""});
  else
    text = number_text(coordinate[index]);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

/// The places of a row along the dimensions of --by; empty where its variable does not have one.
std::vector<std::string> row_places(const Statistics& row, const UntypedArray& array,
                                    const std::vector<std::string>& by) {
  std::vector<std::string> places;
  for (const std::string& dimension : by) {
    std::size_t kept = 0;
    std::string& place = places.emplace_back();
    for (int axis = 0; axis < array.shape.rank(); ++axis) {
      const std::string& name = array.labels.dimension(axis);
      if (name == dimension) place = place_text(array.labels, axis, row.index[kept]);
      kept += std::find(by.begin(), by.end(), name) != by.end() ? 1U : 0U;
    }
  }
  return places;
}

std::string all_digits(double number) {
  std::string text;
  append_number(text, number, {"", "inf", "-inf", "", ""});
  return text;
}

/// Prints rows with their columns under each other, numbers to the right.
void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows, std::size_t left) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths.resize(std::max(widths.size(), i + 1));
      widths[i] = std::max(widths[i], row[i].size());
    }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - row[i].size(), ' ');
      line += (i > 0 ? "  " : "") + (i < left || i + 1 == row.size() ? row[i] + blanks : blanks + row[i]);
    }
    out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }
}

void print_text(const std::vector<Statistics>& rows, const Dataset& data, const StatsOptions& options) {
  std::vector<std::vector<std::string>> table{{"variable"}};
  for (const std::string& dimension : options.by) table[0].push_back(printable(dimension));
  for (const char* column : {"count", "missing", "min", "mean", "max", "units"}) table[0].emplace_back(column);
  for (const Statistics& row : rows) {
    const UntypedArray& array = data[row.variable];
    std::vector<std::string>& cells = table.emplace_back();
    cells.push_back(printable(row.variable));
    for (const std::string& place : row_places(row, array, options.by)) cells.push_back(place.empty() ? "-" : place);
    cells.push_back(std::to_string(row.count));
    cells.push_back(std::to_string(row.missing));
    for (const double number : {row.min, row.mean, row.max}) cells.push_back(seven_digits(number));
    cells.push_back(printable(text_attribute(array.labels.attributes(), "units")));
  }
  print_table(std::cout, table, 1 + options.by.size());
}

void print_csv(const std::vector<Statistics>& rows, const Dataset& data, const StatsOptions& options) {
  std::cout << "variable";
  for (const std::string& dimension : options.by) std::cout << ',' << dimension;
  std::cout << ",count,missing,min,mean,max\n";
  for (const Statistics& row : rows) {
    std::cout << row.variable;
    for (const std::string& place : row_places(row, data[row.variable], options.by)) std::cout << ',' << place;
    std::cout << ',' << row.count << ',' << row.missing;
    for (const double number : {row.min, row.mean, row.max}) std::cout << ',' << all_digits(number);
    std::cout << '\n';
  }
}

void print_json(const std::vector<Statistics>& rows, const Dataset& data, const StatsOptions& options) {
  for (const Statistics& row : rows) {
    Json line;
    line["variable"] = row.variable;
    const std::vector<std::string> places = row_places(row, data[row.variable], options.by);
    for (std::size_t i = 0; i < places.size(); ++i)
      if (!places[i].empty()) line["at"][options.by[i]] = places[i];
    line["count"] = row.count;
    line["missing"] = row.missing;
    line["min"] = number_to_json(row.min);
    line["mean"] = number_to_json(row.mean);
    line["max"] = number_to_json(row.max);
    std::cout << dump(line) << '\n';
  }
}

int stats(const StatsOptions& options) {
  const NetcdfDataset files(expand(options.files.files), netcdf_options(options.files));
  if (!options.files.join.empty()) require_joinable({&files}, options.files.join);
  const Dataset data = opened(files, chosen_variables(files, options.variables, {}));
  constexpr std::int64_t most_lines = 10'000'000;
  std::int64_t lines = 0;
  for (const auto& [name, array] : data.variables()) {
    std::int64_t its = 1;
    for (int axis = 0; axis < array.shape.rank(); ++axis)
      if (std::ranges::find(options.by, array.labels.dimension(axis)) != options.by.end()) its *= array.shape[axis];
    lines += its;
  }
  if (lines > most_lines)
    throw Error(ErrorCode::invalid_argument, "--by asks for " + std::to_string(lines) +
                                                 " lines, too many to print; name fewer dimensions, or write the "
                                                 "values with eval -o");
  const BackendPtr backend = connect(options.backend);
  const RunOption bar = options.quiet ? waiting_lines() : progress_bar();
  const std::vector<Statistics> rows =
      interruptible([&](const RunOption& cancel) { return statistics(backend, data, options.by, cancel, bar); });
  if (options.json)
    print_json(rows, data, options);
  else if (options.csv)
    print_csv(rows, data, options);
  else
    print_text(rows, data, options);
  return 0;
}

}  // namespace

void add_stats(CLI::App& app, Action& action) {
  auto options = std::make_shared<StatsOptions>();
  CLI::App* verb = app.add_subcommand("stats", "Count the values of each variable, with their least, mean and largest");
  verb->footer(
      "Examples:\n"
      "  chunkwise stats data/*.nc\n"
      "  chunkwise stats data/*.nc --by time\n"
      "  chunkwise stats data/*.nc --var t2m --by time --by level --csv");
  add_files(*verb, options->files);
  verb->get_option("files")->required();
  add_variables(*verb, options->variables, "--var", "of these variables alone; repeatable");
  add_variables(*verb, options->by, "--by", "a line for each index of this dimension, such as time; repeatable")
      ->type_name("DIMENSION");
  CLI::Option* json = verb->add_flag("--json", options->json, "JSON, a line for each row");
  verb->add_flag("--csv", options->csv, "a table with all digits")->excludes(json);
  verb->add_flag("-q,--quiet", options->quiet, "no progress bar");
  add_backend(*verb, options->backend);
  add_trace(*verb, options->backend);
  verb->callback([options, &action] { action = [options] { return stats(*options); }; });
}

}  // namespace chunkwise::cli
