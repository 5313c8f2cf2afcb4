// chunkwise sample: files to try things with.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/netcdf_files.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/verbs.hpp"

namespace chunkwise::cli {

namespace {

int write_sample(const std::string& folder, const sample::WeatherOptions& options) {
  const Interruptible run;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  const auto paths = write_sample_files(folder, options, [&](int done, int total) {
    if (run.token.cancelled()) throw Error(ErrorCode::cancelled, "the days that are complete are in " + folder);
    if (terminal) std::cerr << '\r' << done << " of " << total << " days" << (done == total ? "\n" : "") << std::flush;
  });
  std::cerr << paths.size() << (paths.size() == 1 ? " file in " : " files in ") << folder << '\n';
  return 0;
}

}  // namespace

void add_sample(CLI::App& app, Action& action) {
  auto folder = std::make_shared<std::string>();
  auto options = std::make_shared<sample::WeatherOptions>();
  CLI::App* verb = app.add_subcommand("sample", "Write files to try things with: plausible weather, a file a day");
  verb->footer(
      "Examples:\n"
      "  chunkwise sample --days 34 weather/\n"
      "  chunkwise sample --days 10000 --latitudes 19 --longitudes 36 many/");
  verb->add_option(
          "folder", *folder,
          "folder for the files t2m_YYYY-MM-DD.nc; it is created. Days that are there are kept if these options made "
          "them, and replaced if others did")
      ->required()
      ->type_name("FOLDER");
  verb->add_option("--days", options->days, "files to write")
      ->capture_default_str()
      ->transform(decimal())
      ->type_name("COUNT");
  verb->add_option("--times", options->times_per_day, "times in a day, a divisor of 24")
      ->capture_default_str()
      ->transform(decimal())
      ->type_name("COUNT");
  verb->add_option("--latitudes", options->latitudes, "rows from pole to pole")
      ->capture_default_str()
      ->transform(decimal())
      ->type_name("COUNT");
  verb->add_option("--longitudes", options->longitudes, "columns around the world")
      ->capture_default_str()
      ->transform(decimal())
      ->type_name("COUNT");
  verb->add_option("--start", options->start_date, "the first day")->capture_default_str()->type_name("YYYY-MM-DD");
  verb->add_option("--seed", options->seed, "another seed is another world's weather")
      ->capture_default_str()
      ->check(CLI::Validator(
          [](std::string& text) {
            errno = 0;
            char* end = nullptr;
            (void)std::strtoull(text.c_str(), &end, 10);
            const bool fits = errno == 0 && !text.empty() && *end == '\0' && text.find('-') == std::string::npos;
            return fits ? std::string() : text + " is no integer from 0 to 18446744073709551615";
          },
          ""))
      ->transform(decimal())
      ->type_name("NUMBER");
  verb->add_flag("--record-time", options->record_time, "make time the unlimited dimension");
  verb->add_option("--threads", options->threads, "threads that compute, 0 for as many as there are")
      ->capture_default_str()
      ->transform(decimal())
      ->type_name("COUNT");
  verb->callback(
      [folder, options, &action] { action = [folder, options] { return write_sample(*folder, *options); }; });
}

}  // namespace chunkwise::cli
