#pragma once
/// The verbs of the command `chunkwise`, a file each. A verb adds its subcommand and options to the parser; what it
/// does is run when the line was parsed, and gives the exit code.
#include <CLI/CLI.hpp>
#include <functional>

#include "chunkwise/backend.hpp"

namespace chunkwise::cli {

/// What the chosen verb does.
using Action = std::function<int()>;

void add_coordinator(CLI::App& app, Action& action);
void add_worker(CLI::App& app, Action& action);
void add_cluster(CLI::App& app, Action& action);

/// The options --secret-file, --tls-certificate, --tls-key, --tls-authority.
void add_security(CLI::App& verb, Security& security);
/// Waits for SIGTERM or SIGINT, which other threads do not get: to be called before any is started, to block them.
class EndSignals {
 public:
  EndSignals();
  /// The signal that came.
  int wait() const;
};
/// Writes a line with the time to standard error.
void log_line(const std::string& line);

}  // namespace chunkwise::cli
