/// \file
/// Writes the study's data and nothing else, for those who want to study it with something other than chunkwise.

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>

#include "generator.hpp"

int main(int argc, char** argv) {
  weather::GeneratorOptions options;
  std::string directory;

  CLI::App app("Writes daily NetCDF files of a synthetic global temperature into DIR.");
  app.add_option("DIR", directory, "Folder for the files; it is created")->required();
  app.add_option("--days", options.days, "Files to write")->capture_default_str();
  app.add_option("--times", options.times_per_day, "Times in a day, a divisor of 24")->capture_default_str();
  app.add_option("--latitudes", options.latitudes, "Rows from pole to pole")->capture_default_str();
  app.add_option("--longitudes", options.longitudes, "Columns around the world")->capture_default_str();
  app.add_option("--start", options.start_date, "The first day")->capture_default_str();
  app.add_option("--seed", options.seed, "Another seed is another world's weather")->capture_default_str();
  app.add_option("--threads", options.threads, "0 for as many as there are")->capture_default_str();
  app.add_flag("--record-time", options.record_time, "Make time the unlimited dimension");
  CLI11_PARSE(app, argc, argv);

  try {
    weather::generate(directory, options, [](int done, int total) {
      std::cerr << '\r' << done << " of " << total << " days" << (done == total ? "\n" : "") << std::flush;
    });
  } catch (const std::exception& error) {
    std::cerr << '\n' << error.what() << '\n';
    return 1;
  }
  return 0;
}
