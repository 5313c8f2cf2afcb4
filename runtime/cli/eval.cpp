// chunkwise eval: a formula's values.
#include <memory>

#include "runtime/cli/command_line.hpp"
#include "runtime/cli/formula.hpp"
#include "runtime/cli/output.hpp"
#include "runtime/cli/verbs.hpp"

namespace chunkwise::cli {

namespace {

struct EvalOptions {
  FormulaOptions formula;
  OutputOptions output;
  BackendChoice backend;
  bool quiet = false;
};

int eval(const EvalOptions& options) {
  const Destination to = destination(options.output);
  const BackendPtr backend = connect(options.backend);
  write_results(backend, read_formula(options.formula, backend), to, command_line(), options.quiet);
  return 0;
}

}  // namespace

void add_eval(CLI::App& app, Action& action) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* verb = app.add_subcommand("eval", "Compute a formula over files; print it, or write it to a file");
  verb->footer(
      "Examples:\n"
      "  chunkwise eval 'mean(t2m, axis=0)' data/*.nc -o mean.nc\n"
      "  chunkwise eval '(t2m - mean(t2m, \"time\")) / std(t2m, \"time\")' data/*.nc -o z.nc --memory 2GB\n"
      "  chunkwise eval 't2m[0, ::-1, 10:20].mean()' data/*.nc\n"
      "  chunkwise eval 'm = mean(t2m, 0); s = std(t2m, 0)' data/*.nc -o both.nc\n"
      "  chunkwise eval 't2m - normal' data/*.nc --var normal=t2m@climatology.nc -o anomaly.nc\n"
      "  chunkwise eval 'ds - ds.mean(\"time\")' data/*.nc -o anomalies.nc\n"
      "  chunkwise eval --json 'max(t2m)' data/*.nc | jq .values\n"
      "In a formula, ds stands for each data variable of the files in turn.");
  add_formula(*verb, options->formula);
  add_output(*verb, options->output);
  verb->add_flag("-q,--quiet", options->quiet, "no progress bar");
  add_backend(*verb, options->backend);
  add_trace(*verb, options->backend);
  verb->callback([options, &action] { action = [options] { return eval(*options); }; });
}

}  // namespace chunkwise::cli
