#pragma once
/// The options of `explore`. Its page is served by chunkwise-explore, the program that has an HTTP server and the page.
#include <string>
#include <vector>

#include "runtime/cli/formula.hpp"

namespace chunkwise::cli {

struct ExploreOptions {
  FormulaOptions formula;  ///< its text may be empty: the page begins with the first variable
  BackendChoice backend;
  std::vector<std::string> published;  ///< names of a cluster's arrays, to be shown as variables are
  std::string listen = "127.0.0.1:0";
  std::string page_secret_file;
  std::string address_file;
  bool dashboard = false;
  bool no_browser = false;
};

/// Serves the page until a signal ends it: in serve_page.cpp. The function of hand_over_explore.cpp starts
/// chunkwise-explore with the same line and does not return. Returns the exit code.
int serve_page(const ExploreOptions& options);

}  // namespace chunkwise::cli
