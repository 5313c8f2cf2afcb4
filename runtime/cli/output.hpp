#pragma once
/// The destination of results: standard output or a file, in one of several formats.
#include <CLI/CLI.hpp>
#include <string>

#include "chunkwise/backend.hpp"
#include "runtime/cli/formula.hpp"

namespace chunkwise::cli {

enum class Format { text, json, csv, npy, netcdf };

/// The options -o, --format and their like.
struct OutputOptions {
  std::string path;  ///< empty or "-": standard output
  std::string format;
  bool json = false, csv = false, npy = false;
  bool force = false;
  int deflate = 0;
};
void add_output(CLI::App& verb, OutputOptions& options);
/// Adds the options of a verb that writes NetCDF files alone: -o, --format, --force and --deflate.
void add_netcdf_output(CLI::App& verb, OutputOptions& options);

/// Returns "2026-01-31 12:00:00 UTC", or SOURCE_DATE_EPOCH's time for files that must be the same again.
[[nodiscard]] std::string now();

/// The destination of the results of one line, settled and checked before anything is computed.
struct Destination {
  std::string path;  ///< empty: standard output
  Format format = Format::text;
  bool force = false;
  int deflate = 0;
};
/// Returns the destination. Throws invalid_argument if the options contradict each other, the format cannot be told, or
/// the file exists.
[[nodiscard]] Destination destination(const OutputOptions& options);

/// Returns the destination of a verb that writes NetCDF files alone, which standard output may take too. Throws as
/// destination does, and invalid_argument for another format.
[[nodiscard]] Destination netcdf_destination(OutputOptions options, const std::string& verb);

/// Computes a formula's arrays and writes them; `command` is the line, for a file's history.
void write_results(const BackendPtr& backend, const Formula& formula, const Destination& to, const std::string& command,
                   bool quiet);

}  // namespace chunkwise::cli
