#include "runtime/cli/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <system_error>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/inspect.hpp"
#include "runtime/cli/advice.hpp"
#include "runtime/cli/cluster.hpp"
#include "runtime/cli/line_trace.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/io/visible.hpp"

namespace chunkwise::cli {

namespace {

bool is_local(const std::string& uri) { return uri == "local" || uri.starts_with("local:"); }

/// Returns a URI, for a name that has no scheme but is a path, or a file that is there: that of a coordinator's
/// address.
std::string as_uri(const std::string& given) {
  const std::size_t end = given.find_first_of(":/");
  const bool has_scheme = end != std::string::npos && given[end] == ':';
  std::error_code ignored;
  if (has_scheme || is_local(given)) return given;
  const bool is_file = end != std::string::npos || std::filesystem::exists(given, ignored);
  return is_file ? "thrift://" + given : given;
}

void require_local(const BackendChoice& choice, const std::string& uri) {
  if (is_local(uri) || (choice.threads == 0 && choice.memory.empty())) return;
  throw Error(ErrorCode::invalid_argument,
              "--threads and --memory are for the backend local; those of " + uri + " are told to each worker");
}

/// Returns the first option of a cluster's security that was given; null if none was.
const char* security_option(const Security& security) {
  if (!security.secret_file.empty()) return "--secret-file";
  if (!security.certificate.empty()) return "--tls-certificate";
  if (!security.key.empty()) return "--tls-key";
  return security.authority.empty() ? nullptr : "--tls-authority";
}

}  // namespace

void add_isolated(CLI::App& verb, bool& isolated) {
  verb.add_flag("--isolated", isolated,
                "open NetCDF-4 files in a process apart: for files of doubtful origin, which may crash HDF5");
}

void add_files(CLI::App& verb, FileOptions& options) {
  verb.add_option("files", options.files, "NetCDF files and globs, joined in this order; a glob's files by name")
      ->type_name("FILE");
  verb.add_option("--join", options.join,
                  "dimension along which files are joined (the unlimited one, else the one that differs from file to "
                  "file, else time)")
      ->type_name("DIMENSION");
  add_isolated(verb, options.isolated);
  verb.add_flag("--no-decode", options.no_decode,
                "take numbers as they are stored: not scaled, missing values not NaN");
  verb.add_flag("--lenient", options.lenient,
                "let files spell units differently (m s-1, m s**-1) and coordinates differ by rounding; the first "
                "file's are taken");
  verb.add_flag("--cast", options.cast, "round 64-bit integers that become floating numbers, instead of refusing them");
}

void tell(const std::string& sentence) {
  std::cerr << "chunkwise: " << visible(in_words_of_the_command(sentence)) << '\n';
}

NetcdfOptions netcdf_options(const FileOptions& options) {
  NetcdfOptions netcdf;
  netcdf.join = options.join;
  netcdf.isolated = options.isolated;
  netcdf.decode = !options.no_decode;
  netcdf.lenient = options.lenient;
  netcdf.cast = options.cast;
  netcdf.warn = [told = std::make_shared<std::set<std::string>>()](const std::string& sentence) {
    if (told->insert(sentence).second) tell(sentence);
  };
  return netcdf;
}

std::vector<std::string> expand(const std::vector<std::string>& files) {
  std::vector<std::string> paths;
  for (const std::string& file : files) {
    std::vector<std::string> found = expand_glob(file);
    paths.insert(paths.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  return paths;
}

void require_joinable(const std::vector<const NetcdfDataset*>& datasets, const std::string& dimension) {
  std::vector<std::string> there;
  for (const NetcdfDataset* dataset : datasets)
    for (std::size_t i = 0; i < dataset->paths().size(); ++i)
      for (const VariableDescription& variable : dataset->file(i).variables)
        for (const std::string& name : variable.dimensions) {
          if (name == dimension) return;
          if (std::find(there.begin(), there.end(), name) == there.end()) there.push_back(name);
        }
  std::string names;
  for (const std::string& name : there) names += (names.empty() ? "; there are: " : ", ") + name;
  throw Error(ErrorCode::not_found, datasets.front()->paths().front() + " cannot be joined along '" + dimension +
                                        "': no variable has that dimension" + names);
}

void add_backend(CLI::App& verb, BackendChoice& choice) {
  verb.add_option(
          "--backend", choice.uri,
          "where to compute: local, local:8, thrift://HOST:PORT, a coordinator's address file, or a cluster for "
          "this line alone, as local-cluster://?workers=2 (CHUNKWISE_BACKEND, else local)")
      ->type_name("URI");
  verb.add_option("--threads", choice.threads, "threads of the backend local (all CPUs)")
      ->type_name("COUNT")
      ->transform(decimal())
      ->check(CLI::Range(1, 1024).description(""));
  verb.add_option("--memory", choice.memory, "memory limit of the backend local, e.g. 2GB (three quarters of all)")
      ->type_name("BYTES");
  add_security(verb, choice.security);
}

void add_trace(CLI::App& verb, BackendChoice& choice) {
  verb.add_option("--trace", choice.trace,
                  "file for a time line of what each thread and worker did; open it at ui.perfetto.dev")
      ->type_name("FILE");
}

std::uint64_t memory_limit(const BackendChoice& choice) {
  if (choice.memory.empty()) return usable_memory() / 4 * 3;
  const std::uint64_t bytes = parse_bytes(choice.memory);
  if (bytes == 0) throw Error(ErrorCode::invalid_argument, "--memory " + choice.memory + " is no memory to work with");
  return bytes;
}

namespace {

BackendPtr connected(const BackendChoice& choice) {
  const char* set = std::getenv("CHUNKWISE_BACKEND");
  const std::string uri = as_uri(!choice.uri.empty() ? choice.uri : set != nullptr && *set != '\0' ? set : "local");
  require_local(choice, uri);
  if (choice.threads > 0 && uri != "local")
    throw Error(ErrorCode::invalid_argument, "--threads " + std::to_string(choice.threads) + " and the backend " + uri +
                                                 " both say how many threads there are; leave one out");
  BackendOptions options;
  options.threads = choice.threads;
  if (!choice.memory.empty()) options.memory_limit = memory_limit(choice);
  options.security = choice.security;
  if (!is_local(uri)) return connect_cluster(uri, options);
  if (const char* option = security_option(choice.security))
    throw Error(ErrorCode::invalid_argument, std::string(option) + " is for clusters, and the backend is " + uri +
                                                 "; name the cluster with --backend thrift://HOST:PORT");
  return chunkwise::connect(uri, options);
}

}  // namespace

BackendPtr connect(const BackendChoice& choice) {
  BackendPtr backend = connected(choice);
  // Not before: another program may have been given this line instead.
  if (!choice.trace.empty()) begin_trace(choice.trace);
  return backend;
}

}  // namespace chunkwise::cli
