#pragma once

/// \file
/// The study's command line.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>

struct StudyOptions {
  int days = 34;
  std::string backend = "local";
  std::string data;
  std::string output = ".";
  std::uint64_t memory = 0;  ///< bytes; 0 leaves it to the backend
};

/// Returns the options of the command line; ends the program after --help or a mistake.
inline StudyOptions parse_study_options(int argc, char** argv) {
  constexpr int full_study = 136;
  StudyOptions options;
  bool full = false;

  CLI::App app("How unusual was the weather? A study of temperatures around the world, with chunkwise.");
  auto* const days = app.add_option("--days", options.days, "Days of weather, 8 MB of files each");
  days->capture_default_str()->check(CLI::PositiveNumber);
  app.add_flag("--full", full, "The whole study: " + std::to_string(full_study) + " days")->excludes(days);
  app.add_option("--backend", options.backend, "Where to compute, e.g. local:8 or thrift://10.0.0.1:8786")
      ->capture_default_str();
  app.add_option("--data", options.data,
                 "Folder of the files t2m_*.nc: missing days are generated, and all that are there are studied "
                 "[weather_data/DAYS_days]");
  app.add_option("--output", options.output, "Folder for the pictures")->capture_default_str();
  app.add_option("--memory", options.memory, "Memory limit, e.g. 500MB")->transform(CLI::AsSizeValue(false));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    std::exit(app.exit(stop));
  }

  if (full) options.days = full_study;
  if (options.data.empty()) options.data = "weather_data/" + std::to_string(options.days) + "_days";
  return options;
}
