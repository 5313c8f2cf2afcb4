// chunkwise set: a copy of a file with other attributes, names or fill values.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/inspect.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/cli/netcdf_files.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/output.hpp"
#include "runtime/cli/result_file.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/notation/place.hpp"

namespace chunkwise::cli {

namespace {

struct SetOptions {
  std::string file;
  std::vector<std::string> attributes, removals, units, names, fills;
  std::string output;
  bool force = false, isolated = false;
};

[[noreturn]] void refuse_form(const std::string& option, const std::string& word, const char* form) {
  throw Error(ErrorCode::invalid_argument, option + " is '" + word + "', which is not " + form);
}

/// Returns the parts before and behind the first '='.
std::pair<std::string, std::string> halves(const std::string& option, const std::string& word, const char* form) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) refuse_form(option, word, form);
  return {word.substr(0, equals), word.substr(equals + 1)};
}

/// Returns the variable and the attribute of "t2m@units", or an empty variable of "@title" and "title".
std::pair<std::string, std::string> target(const std::string& option, const std::string& word, const char* form) {
  const std::size_t at = word.find('@');
  const std::string attribute = at == std::string::npos ? word : word.substr(at + 1);
  if (attribute.empty()) refuse_form(option, word, form);
  return {at == std::string::npos ? std::string() : word.substr(0, at), attribute};
}

/// Returns the element type of a name, such as "float32".
std::optional<DType> type_of_name(std::string_view name) {
  for (const DType type : {DType::int8, DType::int16, DType::int32, DType::int64, DType::uint8, DType::uint16,
                           DType::uint32, DType::uint64, DType::float32, DType::float64})
    if (name_of(type) == name) return type;
  return std::nullopt;
}

double floating_number(const std::string& text, const std::string& shown) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || end != text.c_str() + text.size())
    throw Error(ErrorCode::invalid_argument, shown + ": '" + text + "' is no number");
  return number;
}

/// Returns the numbers of "1,2,3" in a type.
Attribute numbers_attribute(const std::string& name, DType type, const std::string& text) {
  std::vector<double> floating;
  std::vector<std::int64_t> integers;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string one = text.substr(begin, end - begin);
    begin = end + 1;
    if (is_floating(type)) {
      floating.push_back(floating_number(one, "the attribute '" + name + "'"));
      continue;
    }
    const char* const last = one.data() + one.size();
    std::int64_t number = 0;
    std::uint64_t unsigned_number = 0;
    if (const auto read = std::from_chars(one.data(), last, number); read.ec == std::errc{} && read.ptr == last)
      integers.push_back(number);
    else if (const auto its = std::from_chars(one.data(), last, unsigned_number);
             type == DType::uint64 && its.ec == std::errc{} && its.ptr == last)
      integers.push_back(static_cast<std::int64_t>(unsigned_number));
    else
      throw Error(ErrorCode::invalid_argument,
                  "the attribute '" + name + "': '" + one + "' is no " + std::string(name_of(type)) +
                      "; say its type, as in NAME:float64=" + one + " or NAME:text=" + one);
  }
  if (type == DType::uint64)
    for (const std::int64_t number : integers)
      if (number < 0 && text.find('-') != std::string::npos)
        throw Error(ErrorCode::invalid_argument, "the attribute '" + name + "': '" + text + "' is no uint64");
  return is_floating(type) ? Attribute(name, type, std::move(floating)) : Attribute(name, type, std::move(integers));
}

/// Returns the attribute of NAME=VALUE or NAME:TYPE=VALUE. Without a type it is that of the attribute which is there,
/// or text.
Attribute attribute_of(const FileDescription& file, const std::string& variable, std::string name,
                       const std::string& value) {
  if (const std::size_t colon = name.rfind(':'); colon != std::string::npos) {
    const std::string type = name.substr(colon + 1);
    const std::optional<DType> known = type_of_name(type);
    if (known) return numbers_attribute(name.substr(0, colon), *known, value);
    if (type == "text") return {name.substr(0, colon), value};
  }
  const VariableDescription* const owner = variable.empty() ? nullptr : file.find(variable);
  const Attributes none;
  const Attributes& there = variable.empty() ? file.attributes : owner != nullptr ? owner->attributes : none;
  const Attribute* const old = find_attribute(there, name);
  if (old != nullptr && !holds_text(*old)) return numbers_attribute(name, old->dtype, value);
  return {std::move(name), value};
}

/// Adds a change of name: of the variable and of the dimension that have it, so that a coordinate stays one.
void add_renames(NetcdfEdits& edits, const FileDescription& file, const std::string& from, const std::string& to) {
  const auto is_dimension = [&](const DimensionDescription& dimension) { return dimension.name == from; };
  const bool variable = file.find(from) != nullptr;
  const bool dimension = std::ranges::any_of(file.dimensions, is_dimension);
  if (variable) edits.rename_variables.emplace_back(from, to);
  if (dimension) edits.rename_dimensions.emplace_back(from, to);
  if (variable || dimension) return;
  std::vector<std::string> names;
  for (const VariableDescription& there : file.variables) names.push_back(there.name);
  for (const DimensionDescription& there : file.dimensions)
    if (std::ranges::find(names, there.name) == names.end()) names.push_back(there.name);
  throw Error(ErrorCode::not_found,
              file.path + " has no variable or dimension '" + from + "'" + notation::choices(from, names));
}

int set(const SetOptions& options) {
  if (options.attributes.empty() && options.removals.empty() && options.units.empty() && options.names.empty() &&
      options.fills.empty())
    throw Error(ErrorCode::invalid_argument,
                "nothing is to be changed; say --attribute, --remove, --units, --rename or --fill");
  const FileDescription file = inspect_netcdf(options.file, options.isolated);
  NetcdfEdits edits;
  edits.isolated = options.isolated;
  constexpr const char* attribute_form = "VARIABLE@NAME=VALUE, or NAME=VALUE for the file";
  for (const std::string& word : options.removals) {
    const auto [variable, name] = target("--remove", word, "VARIABLE@NAME, or NAME for the file");
    edits.remove.push_back({variable, name});
  }
  for (const std::string& word : options.attributes) {
    const auto [left, value] = halves("--attribute", word, attribute_form);
    const auto [variable, name] = target("--attribute", left, attribute_form);
    edits.set.push_back({variable, attribute_of(file, variable, name, value)});
  }
  for (const std::string& word : options.units) {
    const auto [variable, value] = halves("--units", word, "VARIABLE=UNITS");
    edits.set.push_back({variable, {"units", value}});
  }
  for (const std::string& word : options.fills) {
    const auto [variable, value] = halves("--fill", word, "VARIABLE=NUMBER");
    edits.fill.push_back({variable, floating_number(value, "--fill " + word)});
  }
  for (const std::string& word : options.names) {
    const auto [from, to] = halves("--rename", word, "OLD=NEW");
    add_renames(edits, file, from, to);
  }
  edits.history = now() + ": " + command_line();
  edit_file(options.file, options.output, edits, options.force);
  return 0;
}

}  // namespace

void add_set(CLI::App& app, Action& action) {
  auto options = std::make_shared<SetOptions>();
  CLI::App* verb = app.add_subcommand("set", "Copy a file with other attributes, names, units or fill values");
  verb->footer(
      "Examples:\n"
      "  chunkwise set old.nc --attribute t2m@long_name='air temperature' --attribute title=Weather -o new.nc\n"
      "  chunkwise set old.nc --attribute t2m@level:float64=2 --remove t2m@comment -o new.nc\n"
      "  chunkwise set old.nc --rename lat=latitude --rename lon=longitude -o new.nc\n"
      "  chunkwise set old.nc --units t2m=degC --fill t2m=-9999 -o new.nc\n"
      "Everything else of the file is in the copy, byte for byte. Values are not converted: --units changes the word.");
  verb->add_option("file", options->file, "the NetCDF file that is copied")->required()->type_name("FILE");
  const auto repeatable = [&](const char* name, std::vector<std::string>& words, const char* type, const char* text) {
    verb->add_option(name, words, text)
        ->type_name(type)
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  repeatable("--attribute", options->attributes, "[VARIABLE@]NAME[:TYPE]=VALUE",
             "an attribute of a variable, or of the file; its type is that of the one that is there, else text; "
             "repeatable");
  repeatable("--remove", options->removals, "[VARIABLE@]NAME", "an attribute that goes; repeatable");
  repeatable("--units", options->units, "VARIABLE=UNITS", "the attribute units of a variable; repeatable");
  repeatable("--rename", options->names, "OLD=NEW",
             "another name for the variable and the dimension of this name, and where attributes name it; repeatable");
  repeatable("--fill", options->fills, "VARIABLE=NUMBER",
             "the stored number that stands for missing values, also in the data; repeatable");
  verb->add_option("-o,--output", options->output, "the new file, or the same")->required()->type_name("FILE");
  verb->add_flag("-f,--force", options->force, "replace a file that exists");
  add_isolated(*verb, options->isolated);
  verb->callback([options, &action] { action = [options] { return set(*options); }; });
}

}  // namespace chunkwise::cli
