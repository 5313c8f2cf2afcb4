#pragma once
/// The verbs of the command `chunkwise`, a file each. A verb adds its subcommand and options to the parser, and an
/// Action that is run when the line was parsed. Verbs only read options, call what a C++ program could call as well,
/// and print.
#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "chunkwise/backend.hpp"

namespace chunkwise::cli {

/// The work of the chosen verb. Returns the exit code.
using Action = std::function<int()>;

void add_info(CLI::App& app, Action& action);
void add_dates(CLI::App& app, Action& action);
void add_stats(CLI::App& app, Action& action);
void add_eval(CLI::App& app, Action& action);
void add_plot(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_explore(CLI::App& app, Action& action);
void add_cat(CLI::App& app, Action& action);
void add_regrid(CLI::App& app, Action& action);
void add_set(CLI::App& app, Action& action);
void add_diff(CLI::App& app, Action& action);
void add_sample(CLI::App& app, Action& action);
void add_coordinator(CLI::App& app, Action& action);
void add_worker(CLI::App& app, Action& action);
void add_cluster(CLI::App& app, Action& action);
/// Adds `start` to the verb `cluster`, and returns it.
CLI::App* add_cluster_start(CLI::App& cluster, Action& action);

/// Adds every verb with its options. `app` and `action` outlive each other's use.
void describe(CLI::App& app, Action& action);

/// Returns the words of a verb: "cluster start".
[[nodiscard]] std::string words_of(const CLI::App& verb);

/// Returns the words of a line as the parser takes them: a formula that begins with a minus sign gets a blank before
/// it, since the parser would take it for an option. An option of the verb stays one.
[[nodiscard]] std::vector<std::string> words_for_parser(const CLI::App& app, int argc, const char* const* argv);

/// Adds the options --secret-file, --tls-certificate, --tls-key, --tls-authority.
void add_security(CLI::App& verb, Security& security);

}  // namespace chunkwise::cli
