#include "chunkwise/core/config.hpp"
#include "runtime/cli/verbs.hpp"

namespace chunkwise::cli {

void describe(CLI::App& app, Action& action) {
  app.name("chunkwise");
  app.description("Lazy chunked n-d arrays over NetCDF files");
  app.require_subcommand(1);
  app.set_version_flag("--version",
                       "chunkwise " + std::to_string(CHUNKWISE_VERSION_MAJOR) + "." +
                           std::to_string(CHUNKWISE_VERSION_MINOR) + "." + std::to_string(CHUNKWISE_VERSION_PATCH),
                       "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer("'chunkwise VERB --help' tells more of a verb, with examples.");
  add_info(app, action);
  add_eval(app, action);
  add_plot(app, action);
  add_explain(app, action);
  add_sample(app, action);
  add_coordinator(app, action);
  add_worker(app, action);
  add_cluster(app, action);
}

}  // namespace chunkwise::cli
