#include "runtime/cli/output.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>

#include "chunkwise/core/error.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/io/npy.hpp"
#include "chunkwise/io/text.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/cli/gaps.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/netcdf_files.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/result_file.hpp"
#include "runtime/core/array_text.hpp"
#include "runtime/core/lower_case.hpp"
#include "runtime/progress/waiting_lines.hpp"

namespace chunkwise::cli {

namespace {

namespace fs = std::filesystem;

/// Most elements of a result that is written as text: a longer table is no use to anybody.
constexpr std::int64_t most_text_elements = 10'000'000;

struct FormatName {
  Format format;
  const char* name;
  std::vector<std::string> suffixes;
};
const std::vector<FormatName>& format_names() {
  static const std::vector<FormatName> names{{Format::text, "text", {".txt"}},
                                             {Format::json, "json", {".json", ".jsonl"}},
                                             {Format::csv, "csv", {".csv"}},
                                             {Format::npy, "npy", {".npy"}},
                                             {Format::netcdf, "nc", {".nc", ".nc4", ".cdf"}}};
  return names;
}

const char* name_of(Format format) {
  for (const FormatName& known : format_names())
    if (known.format == format) return known.name;
  return "?";
}

/// Returns the format that an option asks for.
std::optional<Format> format_asked(const OutputOptions& options) {
  for (const FormatName& known : format_names())
    if (options.format == known.name) return known.format;
  if (options.json) return Format::json;
  if (options.csv) return Format::csv;
  if (options.npy) return Format::npy;
  return std::nullopt;
}

/// Returns the format that a file's name tells.
std::optional<Format> format_of_name(const std::string& path) {
  const std::string suffix = lower_case(fs::path(path).extension().string());
  for (const FormatName& known : format_names())
    for (const std::string& its : known.suffixes)
      if (suffix == its) return known.format;
  return std::nullopt;
}

Format format_of(const OutputOptions& options) {
  const std::optional<Format> asked = format_asked(options);
  if (options.path.empty() || options.path == "-" || descriptor_of(options.path) >= 0)
    return asked.value_or(Format::text);
  const std::optional<Format> told = format_of_name(options.path);
  if (asked && told && asked != told)
    throw Error(ErrorCode::invalid_argument, options.path + ": the name tells the format " + name_of(*told) +
                                                 ", and the options ask for " + name_of(*asked) +
                                                 "; let one of them go");
  if (asked) return *asked;
  if (told) return *told;
  throw Error(ErrorCode::invalid_argument, options.path + ": the name does not tell the format; end it in .nc, .npy, " +
                                               ".csv, .json or .txt, or say --format");
}

void refuse_several(const Formula& formula, const Destination& to) {
  if (formula.arrays.size() == 1) return;
  std::string names;
  for (const std::string& name : formula.names)
    names += (names.empty() ? "" : ", ") + (name.empty() ? "one without a name" : name);
  throw Error(ErrorCode::invalid_argument, "the formula has " + std::to_string(formula.arrays.size()) + " results (" +
                                               names + "), and the format " + name_of(to.format) +
                                               " holds one; write them to a NetCDF file, or one at a time");
}

void refuse_large(const Formula& formula, const Destination& to) {
  for (const UntypedArray& array : formula.arrays)
    if (array.shape.elements() > most_text_elements)
      throw Error(ErrorCode::invalid_argument, "the result has " + std::to_string(array.shape.elements()) +
                                                   " elements, too many for the format " + name_of(to.format) +
                                                   "; write a file that ends in .nc or .npy, or index or reduce it");
}

template <class... Options>
void write_netcdf(const BackendPtr& backend, const Formula& formula, const Destination& to, const std::string& path,
                  const std::string& command, const Gaps& gaps, const Options&... options) {
  NetcdfWriteOptions netcdf;
  netcdf.deflate = to.deflate;
  netcdf.overwrite = to.force;
  netcdf.history = now() + ": " + command;
  // The name of a temporary file, which is copied, means nothing to anybody.
  netcdf.warn = [&](const std::string& sentence) {
    tell(path == to.path ? sentence : "the result" + sentence.substr(path.size()));
  };
  write(backend, formula.arrays, gaps.watched(result_sinks(path, formula.arrays.size(), netcdf)), options...);
}

/// NetCDF writes to a file, at places of its choice: for any other destination it is made elsewhere, and copied.
template <class... Options>
void copy_netcdf(const BackendPtr& backend, const Formula& formula, const Destination& to, const std::string& command,
                 const Gaps& gaps, const Options&... options) {
  ResultFile result(to.path, to.force);
  const TemporaryFile temporary;
  Destination there = to;
  there.force = true;
  {
    const Interruptible run;
    write_netcdf(backend, formula, there, temporary.path(), command, gaps, cancel_on(run.token), options...);
  }
  throw_if_interrupted();
  std::ifstream in(temporary.path(), std::ios::binary);
  result.write([&](std::ostream& out) { out << in.rdbuf(); });
}

/// Returns "m = [1. 2.]"; arrays of several rows begin on a line of their own.
std::string titled(const std::string& name, const std::string& text) {
  if (name.empty()) return text + "\n";
  return name + (text.find('\n') == std::string::npos ? " = " : " =\n") + text + "\n";
}

void write_to(const Destination& to, const BackendPtr& backend, const Formula& formula, const std::string& command,
              const Gaps& gaps, bool quiet) {
  const RunOption bar = quiet ? waiting_lines() : progress_bar();
  const bool is_file = !to.path.empty() && !is_stream(to.path);
  if (to.format != Format::netcdf && to.format != Format::text && to.format != Format::json)
    refuse_several(formula, to);
  // The text on a screen leaves out and rounds; a file holds the result.
  const bool is_cut = to.format == Format::text && to.path.empty();
  if (to.format == Format::csv || to.format == Format::json || (to.format == Format::text && !is_cut))
    refuse_large(formula, to);

  if (is_file && (to.format == Format::netcdf || to.format == Format::npy)) {
    const Interruptible run;
    const RunOption cancel = cancel_on(run.token);
    if (to.format == Format::netcdf) return write_netcdf(backend, formula, to, to.path, command, gaps, cancel, bar);
    return write(backend, formula.arrays, gaps.watched({npy_sink(to.path, to.force)}), cancel, bar);
  }
  if (to.format == Format::netcdf) return copy_netcdf(backend, formula, to, command, gaps, bar);

  const auto look = [&](const std::vector<UntypedArray>& wanted) {
    std::vector<UntypedNdArray> arrays =
        interruptible([&](const RunOption& cancel) { return compute(backend, wanted, cancel, bar); });
    for (const UntypedNdArray& array : arrays) gaps.look_at(array);
    return arrays;
  };
  ResultFile result(to.path, to.force);
  if (is_cut) {
    std::vector<UntypedArray> shown;
    for (const UntypedArray& array : formula.arrays) shown.push_back(edges_of(array));
    const std::vector<UntypedNdArray> edges = look(shown);
    return result.write([&](std::ostream& out) {
      for (std::size_t i = 0; i < edges.size(); ++i)
        out << titled(formula.names[i], to_string(edges[i], formula.arrays[i].shape));
    });
  }
  const std::vector<UntypedNdArray> arrays = look(formula.arrays);
  result.write([&](std::ostream& out) {
    if (to.format == Format::npy) return write_npy(out, arrays.front());
    if (to.format == Format::csv) return write_csv(out, arrays.front(), formula.arrays.front().labels);
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      if (to.format == Format::json)
        write_json(out, arrays[i], formula.arrays[i].labels);
      else
        out << titled(formula.names[i], whole_text(arrays[i]));
    }
  });
}

void add_file_options(CLI::App& verb, OutputOptions& options) {
  verb.add_flag("-f,--force", options.force, "replace a file that exists");
  verb.add_option("--deflate", options.deflate, "compression of a NetCDF file, from 0 (none) to 9")
      ->transform(decimal())
      ->check(CLI::Range(0, 9).description(""))
      ->type_name("LEVEL");
}

}  // namespace

std::string now() {
  std::time_t time = std::time(nullptr);
  if (const char* fixed = std::getenv("SOURCE_DATE_EPOCH"); fixed != nullptr && *fixed != '\0') {
    const char* const end = fixed + std::strlen(fixed);
    std::int64_t seconds = 0;
    const auto [read_to, failure] = std::from_chars(fixed, end, seconds);
    // The last second of the year 9999.
    if (failure != std::errc{} || read_to != end || seconds < 0 || seconds > 253'402'300'799)
      throw Error(ErrorCode::invalid_argument,
                  std::string("SOURCE_DATE_EPOCH is \"") + fixed + "\", which is no number of seconds since 1970");
    time = static_cast<std::time_t>(seconds);
  }
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc);
  return text;
}

void add_output(CLI::App& verb, OutputOptions& options) {
  verb.add_option("-o,--output", options.path,
                  "file for the results: .nc, .npy, .csv, .json or .txt; - is standard output")
      ->type_name("FILE");
  CLI::Option* format = verb.add_option("--format", options.format, "format, where the file's name does not tell it")
                            ->check(CLI::IsMember({"text", "json", "csv", "npy", "nc"}).description(""))
                            ->type_name("text|json|csv|npy|nc");
  CLI::Option* json = verb.add_flag("--json", options.json, "JSON, a line for each result")->excludes(format);
  CLI::Option* csv = verb.add_flag("--csv", options.csv, "a table with coordinates")->excludes(format)->excludes(json);
  verb.add_flag("--npy", options.npy, "NumPy's file format")->excludes(format)->excludes(json)->excludes(csv);
  add_file_options(verb, options);
}

void add_netcdf_output(CLI::App& verb, OutputOptions& options) {
  verb.add_option("-o,--output", options.path, "the NetCDF file that is written; - is standard output")
      ->required()
      ->type_name("FILE");
  verb.add_option("--format", options.format, "format, where the file's name does not tell it")
      ->check(CLI::IsMember({"nc"}).description(""))
      ->type_name("nc");
  add_file_options(verb, options);
}

Destination destination(const OutputOptions& options) {
  Destination to{without_standard_output(options.path), format_of(options), options.force, options.deflate};
  if (to.deflate > 0 && to.format != Format::netcdf)
    throw Error(ErrorCode::invalid_argument,
                std::string("--deflate is for NetCDF files, not for the format ") + name_of(to.format));
  if (to.force && options.path.empty())
    throw Error(ErrorCode::invalid_argument, "--force is for a file that exists; name one with -o");
  if ((to.format == Format::npy || to.format == Format::netcdf) && is_terminal(to.path))
    throw Error(ErrorCode::invalid_argument,
                std::string("the format ") + name_of(to.format) +
                    " is not for a terminal; name a file with -o, or send it through a pipe");
  refuse_existing(to.path, to.force);
  return to;
}

Destination netcdf_destination(OutputOptions options, const std::string& verb) {
  if (options.format.empty() && options.path == "-") options.format = "nc";
  Destination to = destination(options);
  if (to.format != Format::netcdf)
    throw Error(ErrorCode::invalid_argument, verb + " writes a NetCDF file: end its name in .nc, or say --format nc");
  return to;
}

void write_results(const BackendPtr& backend, const Formula& formula, const Destination& to, const std::string& command,
                   bool quiet) {
  const Gaps gaps(formula.arrays, formula.text);
  write_to(to, backend, formula, command, gaps, quiet);
  gaps.tell(backend);
}

}  // namespace chunkwise::cli
