// chunkwise explore: files and formulas in a browser.
#include "runtime/cli/explore.hpp"

#include <memory>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/verbs.hpp"

namespace chunkwise::cli {

void add_explore(CLI::App& app, Action& action) {
  auto options = std::make_shared<ExploreOptions>();
  CLI::App* verb = app.add_subcommand("explore", "Show files and formulas in a browser, live");
  verb->footer(
      "Examples:\n"
      "  chunkwise explore data/*.nc\n"
      "  chunkwise explore data/*.nc --show '(t2m - mean(t2m, 0)) / std(t2m, 0)' --backend thrift://127.0.0.1:8786\n"
      "  chunkwise explore --dashboard --backend thrift://127.0.0.1:8786");
  add_files(*verb, options->formula.files);
  verb->add_option("--show", options->formula.text, "formula to begin with (the first variable)")->type_name("FORMULA");
  verb->add_option("--array", options->published,
                   "array that the cluster keeps under this name (published), to be shown as a variable; repeatable")
      ->allow_extra_args(false)
      ->type_name("NAME");
  verb->add_option("--listen", options->listen,
                   "HOST:PORT of the page; port 0: any. Beyond this machine it asks for a secret (--page-secret-file)")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  verb->add_option("--page-secret-file", options->page_secret_file,
                   "file with the secret that a browser has to be told before it is let in")
      ->type_name("FILE");
  verb->add_option("--address-file", options->address_file, "file to write the page's address to")->type_name("FILE");
  verb->add_flag("--dashboard", options->dashboard, "begin with the workers, runs and memory of the backend");
  verb->add_flag("--no-browser", options->no_browser, "print the address, and start no browser");
  verb->add_flag("--skipna", options->formula.skipna,
                 "leave NaN out of every reduction that is not told skipna=False (CHUNKWISE_SKIPNA=1 does the same)");
  add_backend(*verb, options->backend);
  verb->callback([options, &action] {
    action = [options] {
      if (options->formula.files.files.empty() && options->published.empty() && !options->dashboard)
        throw Error(ErrorCode::invalid_argument,
                    "explore shows files; name them, a published --array, or ask for the --dashboard of a backend");
      return serve_page(*options);
    };
  });
}

}  // namespace chunkwise::cli
