#include "runtime/cli/output.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/io/netcdf.hpp"
#include "chunkwise/io/npy.hpp"
#include "chunkwise/io/text.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/core/array_text.hpp"
#include "runtime/io/pending_file.hpp"

namespace chunkwise::cli {

namespace {

namespace fs = std::filesystem;

/// Most elements of a result that is written as text: beyond, a table is no use to anybody.
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

Format format_of(const OutputOptions& options) {
  for (const FormatName& known : format_names())
    if (options.format == known.name) return known.format;
  if (options.json) return Format::json;
  if (options.csv) return Format::csv;
  if (options.npy) return Format::npy;
  if (options.path.empty() || options.path == "-") return Format::text;
  std::string suffix = fs::path(options.path).extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const FormatName& known : format_names())
    for (const std::string& its : known.suffixes)
      if (suffix == its) return known.format;
  throw Error(ErrorCode::invalid_argument, options.path + ": the name does not tell the format; end it in .nc, .npy, " +
                                               ".csv, .json or .txt, or say --format");
}

const char* name_of(Format format) {
  for (const FormatName& known : format_names())
    if (known.format == format) return known.name;
  return "?";
}

/// "2026-01-31 12:00:00 UTC", or SOURCE_DATE_EPOCH's time for files that are to be the same again.
std::string now() {
  std::time_t time = std::time(nullptr);
  if (const char* fixed = std::getenv("SOURCE_DATE_EPOCH")) time = static_cast<std::time_t>(std::atoll(fixed));
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc);
  return text;
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
  for (const ArrayHandle& array : formula.arrays)
    if (array.shape.elements() > most_text_elements)
      throw Error(ErrorCode::invalid_argument, "the result has " + std::to_string(array.shape.elements()) +
                                                   " elements, too many for the format " + name_of(to.format) +
                                                   "; write a file that ends in .nc or .npy, or index or reduce it");
}

template <class... Options>
void write_netcdf(const BackendPtr& backend, const Formula& formula, const Destination& to, const std::string& path,
                  const std::string& command, const Options&... options) {
  NetcdfWriteOptions netcdf;
  netcdf.deflate = to.deflate;
  netcdf.overwrite = to.force;
  netcdf.history = now() + ": " + command + (formula.history.empty() ? "" : "\n") + formula.history;
  const std::vector<SinkPtr> sinks = netcdf_sinks(path, formula.arrays.size(), netcdf);
  write(backend, formula.arrays, sinks, options...);
}

/// A folder that goes away with what is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_((fs::temp_directory_path() / "chunkwise-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr)
      throw Error(ErrorCode::io, "cannot create a folder for temporary files, " + path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Text and the like, into a file that appears when it is complete, or to standard output.
void print(const Destination& to, const std::function<void(std::ostream&)>& writer) {
  if (to.path.empty()) {
    writer(std::cout);
    return flush_output();
  }
  PendingFile pending(to.path, to.force);
  std::ofstream out(pending.temporary(), std::ios::binary);
  writer(out);
  out.close();
  if (!out) throw Error(ErrorCode::io, "cannot write " + to.path + "; see that its disk has room");
  pending.publish();
}

/// "m = [1. 2.]"; arrays of several rows begin on a line of their own.
std::string titled(const std::string& name, const std::string& text) {
  if (name.empty()) return text + "\n";
  return name + (text.find('\n') == std::string::npos ? " = " : " =\n") + text + "\n";
}

}  // namespace

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
  verb.add_flag("-f,--force", options.force, "replace a file that exists");
  verb.add_option("--deflate", options.deflate, "compression of a NetCDF file, from 0 (none) to 9")
      ->check(CLI::Range(0, 9).description(""))
      ->type_name("LEVEL");
}

void refuse_existing(const std::string& path, bool force) {
  std::error_code ignored;
  if (!force && fs::exists(fs::symlink_status(path, ignored)))
    throw Error(ErrorCode::invalid_argument, path + " exists; --force replaces it");
}

Destination destination(const OutputOptions& options) {
  Destination to{options.path == "-" ? "" : options.path, format_of(options), options.force, options.deflate};
  if (to.deflate > 0 && to.format != Format::netcdf)
    throw Error(ErrorCode::invalid_argument,
                std::string("--deflate is for NetCDF files, not for the format ") + name_of(to.format));
  if (to.path.empty() && (to.format == Format::npy || to.format == Format::netcdf) && ::isatty(STDOUT_FILENO) != 0)
    throw Error(ErrorCode::invalid_argument,
                std::string("the format ") + name_of(to.format) +
                    " is not for a terminal; name a file with -o, or send it through a pipe");
  if (!to.path.empty()) refuse_existing(to.path, to.force);
  return to;
}

void flush_output() {
  std::cout.flush();
  if (!std::cout) throw Error(ErrorCode::io, "cannot write to standard output");
}

void write_results(const BackendPtr& backend, const Formula& formula, const Destination& to, const std::string& command,
                   bool quiet) {
  const Interruptible run;
  const RunOption cancel = cancel_on(run.token);
  const RunOption bar = quiet ? RunOption{[](RunOptions&) {}} : progress_bar();
  switch (to.format) {
    case Format::netcdf: {
      if (!to.path.empty()) return write_netcdf(backend, formula, to, to.path, command, cancel, bar);
      const TemporaryFolder folder;
      write_netcdf(backend, formula, to, folder.file("result.nc"), command, cancel, bar);
      std::cout << std::ifstream(folder.file("result.nc"), std::ios::binary).rdbuf();
      return flush_output();
    }
    case Format::npy: {
      refuse_several(formula, to);
      if (to.path.empty()) {
        write_npy(std::cout, compute(backend, formula.arrays, cancel, bar).front());
        return flush_output();
      }
      const SinkPtr sink = npy_sink(to.path, to.force);
      return write(backend, formula.arrays, {&sink, 1}, cancel, bar);
    }
    case Format::csv:
      refuse_several(formula, to);
      refuse_large(formula, to);
      return print(to, [&, results = compute(backend, formula.arrays, cancel, bar)](std::ostream& out) {
        write_csv(out, results.front(), formula.arrays.front().labels);
      });
    case Format::json:
      refuse_large(formula, to);
      return print(to, [&, results = compute(backend, formula.arrays, cancel, bar)](std::ostream& out) {
        for (std::size_t i = 0; i < results.size(); ++i) write_json(out, results[i], formula.arrays[i].labels);
      });
    case Format::text:
      // What a screen shows leaves out and rounds; a file holds the result.
      if (!to.path.empty()) {
        refuse_large(formula, to);
        return print(to, [&, results = compute(backend, formula.arrays, cancel, bar)](std::ostream& out) {
          for (std::size_t i = 0; i < results.size(); ++i) out << titled(formula.names[i], whole_text(results[i]));
        });
      }
      return print(to, [&, texts = preview(backend, formula.arrays, cancel, bar)](std::ostream& out) {
        for (std::size_t i = 0; i < texts.size(); ++i) out << titled(formula.names[i], texts[i]);
      });
  }
}

}  // namespace chunkwise::cli
