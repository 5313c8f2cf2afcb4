// chunkwise dates: the times of files.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>

#include "chunkwise/core/error.hpp"
#include "chunkwise/dataset.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/io/json.hpp"
#include "runtime/notation/place.hpp"

namespace chunkwise::cli {

namespace {

struct DatesOptions {
  FileOptions files;
  std::string variable;
  std::string by;
  bool count = false;
  bool json = false;
};

bool holds_times(const VariableDescription& variable) {
  return variable.problem.empty() && variable.dimensions.size() <= 1 &&
         parse_time_units(text_attribute(variable.attributes, "units"),
                          text_attribute(variable.attributes, "calendar"));
}

/// Returns the name of the coordinate that holds times, or of a single time without a dimension.
std::string time_variable(const FileDescription& file) {
  std::vector<std::string> coordinates, singles;
  for (const VariableDescription& variable : file.variables) {
    if (!holds_times(variable)) continue;
    if (variable.coordinate) coordinates.push_back(variable.name);
    if (variable.dimensions.empty()) singles.push_back(variable.name);
  }
  const std::vector<std::string>& found = coordinates.empty() ? singles : coordinates;
  if (std::ranges::find(found, "time") != found.end()) return "time";
  if (found.size() == 1) return found.front();
  if (found.empty())
    throw Error(ErrorCode::not_found,
                file.path +
                    " has no coordinate that counts times, such as in \"hours since 1900-01-01\"; name a "
                    "variable with --var");
  throw Error(ErrorCode::invalid_argument,
              file.path + " has several coordinates of times: " + notation::listed(found) + "; choose one with --var");
}

/// The times of files, as numbers with units.
struct DateNumbers {
  TimeUnits units;
  std::vector<double> numbers;
};

DateNumbers date_numbers(const NetcdfDataset& files, const std::string& name) {
  const UntypedArray array = files.open(name).array;
  if (array.shape.rank() > 1)
    throw Error(ErrorCode::invalid_argument,
                "'" + name + "' has " + std::to_string(array.shape.rank()) + " dimensions; times lie along one");
  const Attributes& attributes = array.labels.attributes();
  const Coordinate& coordinate = array.labels.coordinate(0);
  const bool is_coordinate = array.shape.rank() == 1 && coordinate && array.labels.dimension(0) == name;
  const Attributes& telling = is_coordinate ? coordinate.attributes() : attributes;
  const std::string units = text_attribute(telling, "units"), calendar = text_attribute(telling, "calendar");
  const std::optional<TimeUnits> parsed = parse_time_units(units, calendar);
  if (!parsed)
    throw Error(ErrorCode::invalid_argument,
                "'" + name + "' does not count times: its units are \"" + units + "\"" +
                    (calendar.empty() ? std::string() : ", its calendar is \"" + calendar + "\""));
  if (is_coordinate) return {*parsed, coordinate.to_vector()};
  const UntypedNdArray values = compute(chunkwise::connect("local"), std::vector<UntypedArray>{array}).front();
  DateNumbers times{*parsed, {}};
  dispatch(values.dtype, [&]<class T>(T) {
    const auto* const elements = static_cast<const T*>(values.data);
    for (std::int64_t i = 0; i < values.shape.elements(); ++i)
      times.numbers.push_back(static_cast<double>(elements[i * (values.shape.rank() == 1 ? values.strides[0] : 0)]));
  });
  return times;
}

/// Returns the first part of "2015-01-18 06:00" that --by asks for.
std::string part_of_time(const std::string& time, const std::string& by) {
  if (by == "time" || by.empty()) return time;
  std::size_t end = time.find('-', 1);  // a year may be negative
  if (by != "year") end = time.find('-', end + 1);
  if (by == "day") end = time.find(' ');
  return time.substr(0, end);
}

int dates(const DatesOptions& options) {
  const NetcdfDataset files(expand(options.files.files), netcdf_options(options.files));
  if (!options.files.join.empty()) require_joinable({&files}, options.files.join);
  const DateNumbers times =
      date_numbers(files, options.variable.empty() ? time_variable(files.file(0)) : options.variable);
  struct Entry {
    std::string text;
    std::int64_t count = 0;
  };
  std::vector<Entry> entries;
  for (const double number : times.numbers) {
    const std::string text = std::isnan(number) ? "missing" : part_of_time(time_text(times.units, number), options.by);
    if (options.by.empty() || entries.empty() || entries.back().text != text) entries.push_back({text, 0});
    ++entries.back().count;
  }
  if (options.count) {
    std::cout << entries.size() << '\n';
  } else if (options.json) {
    Json list = Json::array();
    for (const Entry& entry : entries) list.push_back(entry.text);
    std::cout << dump(list) << '\n';
  } else {
    for (const Entry& entry : entries) {
      std::cout << entry.text;
      if (!options.by.empty()) std::cout << "  " << entry.count;
      std::cout << '\n';
    }
  }
  return 0;
}

}  // namespace

void add_dates(CLI::App& app, Action& action) {
  auto options = std::make_shared<DatesOptions>();
  CLI::App* verb = app.add_subcommand("dates", "Show the times of files, in their calendar");
  verb->footer(
      "Examples:\n"
      "  chunkwise dates data/*.nc\n"
      "  chunkwise dates data/*.nc --count\n"
      "  chunkwise dates data/*.nc --by month");
  add_files(*verb, options->files);
  verb->get_option("files")->required();
  verb->add_option("--var", options->variable, "the variable that holds the times (the coordinate that counts them)")
      ->type_name("NAME");
  verb->add_option("--by", options->by, "each year, month or day once, with the number of times in it, in their order")
      ->check(CLI::IsMember({"year", "month", "day"}).description(""))
      ->type_name("year|month|day");
  CLI::Option* count = verb->add_flag("--count", options->count, "how many there are, and nothing else");
  verb->add_flag("--json", options->json, "as a list of texts in JSON")->excludes(count);
  verb->callback([options, &action] { action = [options] { return dates(*options); }; });
}

}  // namespace chunkwise::cli
