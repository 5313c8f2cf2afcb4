// chunkwise explain: the work that eval would do.
#include "chunkwise/explain.hpp"

#include <iostream>
#include <memory>

#include "chunkwise/untyped.hpp"
#include "runtime/cli/formula.hpp"
#include "runtime/cli/verbs.hpp"

namespace chunkwise::cli {

namespace {

struct ExplainOptions {
  FormulaOptions formula;
  BackendChoice backend;
  bool dot = false;
  bool to_file = false;
};

int explain(const ExplainOptions& options) {
  const BackendPtr backend = connect(options.backend);
  const Formula formula = read_formula(options.formula, backend);
  const Explanation explanation = chunkwise::explain(backend, formula.arrays, options.to_file);
  if (options.dot)
    std::cout << explanation.dot;
  else
    std::cout << explanation;
  return 0;
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* verb = app.add_subcommand("explain", "Show what eval would do, without doing it");
  verb->footer(
      "Examples:\n"
      "  chunkwise explain 'std(t2m, axis=(0,2))' data/*.nc\n"
      "  chunkwise explain --to-file 't2m - mean(t2m, 0)' data/*.nc --memory 500MB\n"
      "  chunkwise explain --dot 't2m - mean(t2m, 0)' data/*.nc | dot -Tsvg -o plan.svg");
  add_formula(*verb, options->formula);
  verb->add_flag("--to-file", options->to_file, "results go to a file, as with eval -o, and need no memory");
  verb->add_flag("--dot", options->dot, "the graph in the DOT language, for Graphviz");
  add_backend(*verb, options->backend);
  verb->callback([options, &action] { action = [options] { return explain(*options); }; });
}

}  // namespace chunkwise::cli
