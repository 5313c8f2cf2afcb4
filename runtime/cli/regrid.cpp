// chunkwise regrid: files on another grid.
#include <filesystem>
#include <memory>
#include <optional>

#include "chunkwise/core/error.hpp"
#include "chunkwise/dataset/regrid_weights.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/output.hpp"
#include "runtime/cli/target_grid.hpp"
#include "runtime/cli/variables.hpp"
#include "runtime/cli/verbs.hpp"

namespace chunkwise::cli {

namespace {

struct RegridOptions {
  FileOptions files;
  std::vector<std::string> variables, without;
  std::string to, method, weights;
  OutputOptions output;
  BackendChoice backend;
  bool quiet = false;
};

/// Returns the grid that --to says: of a name, of NAME@FILE, or of the first variable of a file that has one.
Grid target_of(const RegridOptions& options) {
  const std::optional<UntypedArray> array = array_on_grid(options.to, options.files);
  return array ? Grid::of(array->labels, array->shape) : Grid::named(options.to);
}

RegridMethod method_of(const std::string& name) {
  const auto found = std::ranges::find(regrid_methods, name);
  return static_cast<RegridMethod>(found - regrid_methods.begin());
}

bool are_same(const Grid& a, const Grid& b) {
  return a.rows == b.rows && a.columns == b.columns && a.is_rectilinear == b.is_rectilinear &&
         a.latitudes == b.latitudes && a.longitudes == b.longitudes && a.latitude_bounds == b.latitude_bounds &&
         a.longitude_bounds == b.longitude_bounds;
}

/// The variables of a line on their new grid. Weights are computed once for all variables of one grid.
class Regridding {
 public:
  explicit Regridding(const RegridOptions& options) : options_(options) {
    if (!options.weights.empty() && std::filesystem::exists(options.weights)) {
      if (!options.to.empty() || !options.method.empty())
        throw Error(ErrorCode::invalid_argument,
                    "--weights " + options.weights +
                        " exists, and has a grid and a method already: leave --to and --method out, or name a file "
                        "that is to be made");
      kept_ = read_regrid_weights(NetcdfDataset({options.weights}, {.isolated = options.files.isolated}));
    } else {
      if (options.to.empty() || options.method.empty())
        throw Error(ErrorCode::invalid_argument,
                    options.weights.empty()
                        ? "regrid takes --to GRID and --method METHOD, or --weights FILE of weights that were kept"
                        : options.weights + " does not exist; with --to GRID and --method METHOD it is made");
      target_ = target_of(options);
    }
  }

  [[nodiscard]] Dataset apply(const Dataset& data) {
    std::vector<std::pair<std::string, UntypedArray>> results;
    bool any = false;
    for (const auto& [name, array] : data.variables()) {
      std::optional<Grid> grid = grid_of(array);
      if (!grid) tell("'" + name + "' has no grid of latitudes and longitudes; it is written as it is");
      any = any || grid;
      results.emplace_back(name, grid ? regridded(array, std::move(*grid)) : array);
    }
    if (!any) (void)Grid::of(data.variables().front().second.labels, data.variables().front().second.shape);  // throws
    return Dataset(std::move(results), data.attributes());
  }

  /// Returns the variables of the file of weights that is to be made; none if none is.
  [[nodiscard]] std::optional<Dataset> to_keep() const {
    if (options_.weights.empty() || kept_ || !source_) return std::nullopt;
    return scrip_weights(weights_, *source_, target_, method_of(options_.method));
  }

 private:
  UntypedArray regridded(const UntypedArray& array, Grid grid) {
    if (kept_) return regrid(array, *kept_);
    if (!source_ || !are_same(*source_, grid)) {
      if (source_ && !options_.weights.empty())
        throw Error(ErrorCode::invalid_argument,
                    "the variables have different grids, and a file of weights is for one; choose with --var");
      weights_ = regrid_weights(grid, target_, method_of(options_.method));
      source_ = std::move(grid);
    }
    return regrid(array, target_, weights_);
  }

  const RegridOptions& options_;
  Grid target_;
  std::optional<KeptWeights> kept_;
  std::optional<Grid> source_;
  RegridWeights weights_;
};

int regrid(const RegridOptions& options) {
  const Destination to = netcdf_destination(options.output, "regrid");
  Regridding regridding(options);
  const BackendPtr backend = connect(options.backend);
  const NetcdfDataset files(expand(options.files.files), netcdf_options(options.files));
  if (!options.files.join.empty()) require_joinable({&files}, options.files.join);
  const Dataset data = regridding.apply(opened(files, chosen_variables(files, options.variables, options.without)));
  if (const std::optional<Dataset> weights = regridding.to_keep()) {
    OutputOptions file;
    file.path = options.weights;
    file.format = "nc";
    write_results(connect({}), formula_of(*weights), destination(file), command_line(), true);
  }
  write_results(backend, formula_of(data), to, command_line(), options.quiet);
  return 0;
}

}  // namespace

void add_regrid(CLI::App& app, Action& action) {
  auto options = std::make_shared<RegridOptions>();
  CLI::App* verb = app.add_subcommand("regrid", "Put the variables of files on another grid");
  verb->footer(
      "Examples:\n"
      "  chunkwise regrid data/*.nc --to r180x91 --method bilinear -o coarse.nc\n"
      "  chunkwise regrid data/*.nc --to t2m@model.nc --method conservative -o on_model.nc\n"
      "  chunkwise regrid a.nc --to n32 --method conservative --weights w.nc -o a_n32.nc\n"
      "  chunkwise regrid b.nc --weights w.nc -o b_n32.nc");
  add_files(*verb, options->files);
  verb->get_option("files")->required();
  verb->add_option("--to", options->to,
                   "the new grid: r180x91, n32, a file, or the variable of a file as NAME@FILE (docs/regridding.md)")
      ->type_name("GRID");
  verb->add_option("--method", options->method, "nearest, bilinear or conservative")
      ->type_name("METHOD")
      ->check(CLI::IsMember(std::vector<std::string>(regrid_methods.begin(), regrid_methods.end())));
  verb->add_option("--weights", options->weights,
                   "a file of weights, SCRIP's or ESMF's: used if it exists, else made in SCRIP's format")
      ->type_name("FILE");
  CLI::Option* variables = add_variables(*verb, options->variables, "--var", "take these variables alone; repeatable");
  add_variables(*verb, options->without, "--without", "take all variables but these; repeatable")->excludes(variables);
  add_netcdf_output(*verb, options->output);
  verb->add_flag("-q,--quiet", options->quiet, "no progress bar");
  add_backend(*verb, options->backend);
  add_trace(*verb, options->backend);
  verb->callback([options, &action] { action = [options] { return regrid(*options); }; });
}

}  // namespace chunkwise::cli
