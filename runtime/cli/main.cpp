// The command `chunkwise`: arrays over NetCDF files, from a shell.
#include <exception>
#include <iostream>

#include "chunkwise/core/config.hpp"
#include "chunkwise/core/error.hpp"
#include "runtime/cli/verbs.hpp"

namespace {

/// Exit codes: a mistake of the user, and a failure of what was asked.
constexpr int mistake = 2;
constexpr int failure = 1;

bool is_mistake(chunkwise::ErrorCode code) {
  using chunkwise::ErrorCode;
  return code == ErrorCode::invalid_argument || code == ErrorCode::not_found || code == ErrorCode::out_of_range;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Lazy chunked n-d arrays over NetCDF files", "chunkwise");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::to_string(CHUNKWISE_VERSION_MAJOR) + "." +
                                        std::to_string(CHUNKWISE_VERSION_MINOR) + "." +
                                        std::to_string(CHUNKWISE_VERSION_PATCH));
  chunkwise::cli::Action action;
  chunkwise::cli::add_coordinator(app, action);
  chunkwise::cli::add_worker(app, action);
  chunkwise::cli::add_cluster(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : mistake;
  }
  try {
    return action();
  } catch (const chunkwise::Error& error) {
    std::cerr << "chunkwise: " << error.what() << '\n';
    return is_mistake(error.code()) ? mistake : failure;
  } catch (const std::exception& error) {
    std::cerr << "chunkwise: " << error.what() << '\n';
    return failure;
  }
}
