#include <algorithm>
#include <string>
#include <vector>

#include "chunkwise/core/config.hpp"
#include "runtime/cli/verbs.hpp"

namespace chunkwise::cli {

namespace {

/// The verb that a line names, or null.
const CLI::App* verb_of(const CLI::App& app) {
  const std::vector<CLI::App*> verbs = app.get_subcommands();
  return verbs.empty() ? nullptr : verbs.front();
}

/// What is wrong with a line, in one sentence, and where to read on.
std::string complaint(const CLI::App* app, const CLI::Error& error) {
  const CLI::App* verb = verb_of(*app);
  std::string text = error.what();
  const std::vector<std::string> left = app->remaining(true);
  if (verb == nullptr) {
    const auto word = std::find_if(left.begin(), left.end(), [](const auto& w) { return !w.starts_with('-'); });
    text = word == left.end() ? "name a verb" : "there is no verb '" + *word + "'";
    std::string verbs;
    for (const CLI::App* known : app->get_subcommands([](const CLI::App*) { return true; }))
      verbs += (verbs.empty() ? "" : ", ") + known->get_name();
    text += "; there are: " + verbs;
  } else if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !left.empty()) {
    text = "there is no option '" + left.front() + "'";
    const bool has_formula = verb->get_option_no_throw("formula") != nullptr;
    if (has_formula && left.front().size() > 1 && left.front()[1] != '-')
      text += "; a formula that begins with a minus sign stands behind --, as in: chunkwise " + verb->get_name() +
              " -- '" + left.front() + "' FILE...";
  }
  return "chunkwise: " + text + "\n'chunkwise " + (verb == nullptr ? "" : verb->get_name() + " ") +
         "--help' tells more.\n";
}

}  // namespace

void describe(CLI::App& app, Action& action) {
  app.name("chunkwise");
  app.description("Lazy chunked n-d arrays over NetCDF files");
  app.require_subcommand(1);
  app.failure_message(&complaint);
  app.set_version_flag("--version",
                       "chunkwise " + std::to_string(CHUNKWISE_VERSION_MAJOR) + "." +
                           std::to_string(CHUNKWISE_VERSION_MINOR) + "." + std::to_string(CHUNKWISE_VERSION_PATCH),
                       "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer("'chunkwise VERB --help' tells more of a verb, with examples.\n");
  add_info(app, action);
  add_eval(app, action);
  add_plot(app, action);
  add_explain(app, action);
  add_sample(app, action);
  add_coordinator(app, action);
  add_worker(app, action);
  add_cluster(app, action);
  // The parser ends its help where the footer ends.
  for (CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    verb->footer(verb->get_footer() + "\n");
}

}  // namespace chunkwise::cli
