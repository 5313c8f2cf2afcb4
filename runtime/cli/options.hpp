#pragma once
/// Options that several verbs share: the files and the backend.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/dataset.hpp"
#include "runtime/cli/decimal.hpp"

namespace chunkwise::cli {

/// The files of a line, and how they are joined.
struct FileOptions {
  std::vector<std::string> files;  ///< names and globs
  std::string join;
  bool isolated = false;
  bool no_decode = false;
  bool lenient = false;
  bool cast = false;
};
/// Adds --isolated.
void add_isolated(CLI::App& verb, bool& isolated);
/// Adds the positional FILES, --join, --isolated, --no-decode, --lenient and --cast.
void add_files(CLI::App& verb, FileOptions& options);
/// Tells a remark of the library on standard error, in the words of the command.
void tell(const std::string& sentence);
/// Returns the options as the library takes them. A possible mistake is told on standard error, each sentence once.
[[nodiscard]] NetcdfOptions netcdf_options(const FileOptions& options);
/// Returns the names that names and globs stand for, in order. Throws not_found if one of these matches nothing.
[[nodiscard]] std::vector<std::string> expand(const std::vector<std::string>& files);

/// Throws not_found if no variable of any of the files runs along the dimension that --join names.
void require_joinable(const std::vector<const NetcdfDataset*>& datasets, const std::string& dimension);

/// The backend to compute on, and its settings.
struct BackendChoice {
  std::string uri;
  int threads = 0;
  std::string memory;
  Security security;
  std::string trace;  ///< the file that --trace names; empty: none
};
/// Returns the bytes that --memory allows, or three quarters of this machine's memory without it.
[[nodiscard]] std::uint64_t memory_limit(const BackendChoice& choice);

/// Adds --backend, --threads, --memory and the options of add_security.
void add_backend(CLI::App& verb, BackendChoice& choice);
/// Adds --trace, for verbs that run something.
void add_trace(CLI::App& verb, BackendChoice& choice);
/// Returns the backend chosen: --backend, else CHUNKWISE_BACKEND, else local. From then on runs are recorded for
/// --trace.
[[nodiscard]] BackendPtr connect(const BackendChoice& choice);

}  // namespace chunkwise::cli
