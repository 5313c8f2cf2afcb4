// chunkwise cat: files joined into one.
#include <algorithm>
#include <memory>
#include <set>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/output.hpp"
#include "runtime/cli/variables.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/since.hpp"

namespace chunkwise::cli {

namespace {

struct CatOptions {
  FileOptions files;
  std::vector<std::string> variables, without;
  OutputOptions output;
  BackendChoice backend;
  bool quiet = false;
};

/// Returns the units and the calendar of a variable that counts time: its own, or those of the coordinate whose cells
/// it bounds. Returns an empty text for other variables.
std::string counting_of(const FileDescription& file, const VariableDescription& variable) {
  const VariableDescription* owner = &variable;
  if (text_attribute(variable.attributes, "units").empty())
    for (const VariableDescription& other : file.variables)
      if (are_bounds(other.attributes, variable.name)) owner = &other;
  const std::string units = text_attribute(owner->attributes, "units");
  if (!are_time_units(units)) return {};
  return units + " " + text_attribute(owner->attributes, "calendar");
}

/// Returns true if all files that have the variable store it in one type and with the same attributes for that, and
/// count times in the same units, so that its stored numbers mean the same in each.
bool is_stored_alike(const NetcdfDataset& files, const std::string& name) {
  const VariableDescription* first = nullptr;
  std::string counting;
  for (std::size_t i = 0; i < files.paths().size(); ++i) {
    const VariableDescription* const here = files.file(i).find(name);
    if (here == nullptr) continue;
    std::string own = counting_of(files.file(i), *here);
    if (first == nullptr)
      first = here, counting = std::move(own);
    else if (own != counting)
      return false;
    if (here->type != first->type) return false;
    for (const auto& [from, to] : {std::pair{here, first}, std::pair{first, here}})
      for (const Attribute& attribute : from->attributes) {
        if (!is_packing(attribute.name)) continue;
        const Attribute* const there = find_attribute(to->attributes, attribute.name);
        if (there == nullptr || !are_same(attribute, *there)) return false;
      }
  }
  return true;
}

/// The variables of a line, and the arrays that they are written as.
class Collection {
 public:
  explicit Collection(const CatOptions& options)
      : options_(options),
        netcdf_(netcdf_options(options.files)),
        decoded_(expand(options.files.files), netcdf_),
        stored_(decoded_.paths(), as_stored(netcdf_)) {
    if (!options.files.join.empty()) require_joinable({&decoded_}, options.files.join);
    for (const std::vector<std::string>* given : {&options.variables, &options.without})
      for (const std::string& name : *given)
        if (!decoded_.has(name)) (void)decoded_.open(name);  // throws with the names that exist
  }

  [[nodiscard]] Dataset run() {
    std::vector<const VariableDescription*> coordinates, others;
    for (std::size_t i = 0; i < decoded_.paths().size(); ++i)
      for (const VariableDescription& variable : decoded_.file(i).variables) {
        if (!is_chosen(variable.name) || !seen_.insert(variable.name).second) continue;
        if (variable.coordinate)
          coordinates.push_back(&variable);
        else if (variable.is_data() || options_.files.no_decode)
          add(variable.name);
        else
          others.push_back(&variable);
      }
    // Of coordinates, those that no variable has along its axes.
    for (const VariableDescription* coordinate : coordinates)
      if (!is_along_an_axis(coordinate->name)) add(coordinate->name);
    if (arrays_.empty()) throw Error(ErrorCode::not_found, decoded_.paths().front() + ": no variable is left to write");
    for (const VariableDescription* other : others) require_carried(*other);
    require_one_length_of_dimensions();
    leave_out_labels();
    return Dataset(std::move(arrays_), decoded_.file(0).attributes);
  }

 private:
  /// A variable that some files lack would have a dimension of its own under a name like that of the joined one.
  void require_one_length_of_dimensions() const {
    for (const auto& [name, array] : arrays_)
      for (const auto& [other, its] : arrays_)
        for (int i = 0; i < array.shape.rank(); ++i)
          for (int k = 0; k < its.shape.rank(); ++k)
            if (!array.labels.dimension(i).empty() && array.labels.dimension(i) == its.labels.dimension(k) &&
                array.shape[i] < its.shape[k])
              throw Error(ErrorCode::shape_mismatch, "'" + name + "' has " + std::to_string(array.shape[i]) +
                                                         " of the " + std::to_string(its.shape[k]) + " places along '" +
                                                         array.labels.dimension(i) + "' that '" + other +
                                                         "' has: some files lack it; leave it out with --without " +
                                                         name + ", or write it to a file of its own");
  }

  /// Coordinates and companions that --without names are not carried either.
  void leave_out_labels() {
    const auto is_left_out = [&](const std::string& name) {
      return std::ranges::find(options_.without, name) != options_.without.end();
    };
    for (auto& [name, array] : arrays_) {
      std::vector<Companion> companions = array.labels.companions();
      if (std::erase_if(companions, [&](const Companion& c) { return is_left_out(c.name()); }) > 0)
        array.labels = array.labels.with_companions(std::move(companions));
      for (int axis = 0; axis < array.shape.rank(); ++axis)
        if (array.labels.coordinate(axis) && is_left_out(array.labels.dimension(axis)))
          array.labels = array.labels.with_coordinate(axis, {});
    }
  }

  static NetcdfOptions as_stored(NetcdfOptions options) {
    options.decode = false;
    return options;
  }

  [[nodiscard]] bool is_chosen(const std::string& name) const {
    const auto in = [&](const std::vector<std::string>& names) {
      return std::ranges::find(names, name) != names.end();
    };
    return !in(options_.without) && (options_.variables.empty() || in(options_.variables));
  }

  void add(const std::string& name) {
    const bool alike = is_stored_alike(decoded_, name);
    if (!alike) tell("'" + name + "' is stored in different ways from file to file; it is written as decoded values");
    arrays_.emplace_back(name, (alike ? stored_ : decoded_).open(name).array);
  }

  [[nodiscard]] bool is_along_an_axis(const std::string& name) const {
    for (const auto& [variable, array] : arrays_)
      for (int axis = 0; axis < array.shape.rank(); ++axis)
        if (array.labels.dimension(axis) == name && array.labels.coordinate(axis)) return true;
    return false;
  }

  /// Text travels with a variable whose attributes name it, or along whose axis it lies.
  void require_carried(const VariableDescription& other) const {
    for (const auto& [variable, array] : arrays_)
      for (const Companion& companion : array.labels.companions())
        if (companion && companion.name() == other.name) return;
    throw Error(ErrorCode::unsupported,
                "'" + other.name +
                    "' would be lost: " + (other.problem.empty() ? "it cannot be written" : other.problem) +
                    ", and no variable that is written names it; leave it out with --without " + other.name);
  }

  const CatOptions& options_;
  NetcdfOptions netcdf_;  // of both, so that each remark is told once
  NetcdfDataset decoded_, stored_;
  std::set<std::string> seen_;
  std::vector<std::pair<std::string, UntypedArray>> arrays_;
};

int cat(const CatOptions& options) {
  const Destination to = netcdf_destination(options.output, "cat");
  const BackendPtr backend = connect(options.backend);
  Collection collection(options);
  write_results(backend, formula_of(collection.run()), to, command_line(), options.quiet);
  return 0;
}

}  // namespace

void add_cat(CLI::App& app, Action& action) {
  auto options = std::make_shared<CatOptions>();
  CLI::App* verb = app.add_subcommand("cat", "Join files into one, with all their variables, as they are stored");
  verb->footer(
      "Examples:\n"
      "  chunkwise cat data/*.nc -o all.nc\n"
      "  chunkwise cat data/*.nc --var t2m --deflate 1 -o t2m.nc\n"
      "  chunkwise cat temperature.nc wind.nc --without quality -o both.nc");
  add_files(*verb, options->files);
  verb->get_option("files")->required();
  CLI::Option* variables = add_variables(*verb, options->variables, "--var", "write these variables alone; repeatable");
  add_variables(*verb, options->without, "--without", "write all variables but these; repeatable")->excludes(variables);
  add_netcdf_output(*verb, options->output);
  verb->add_flag("-q,--quiet", options->quiet, "no progress bar");
  add_backend(*verb, options->backend);
  add_trace(*verb, options->backend);
  verb->callback([options, &action] { action = [options] { return cat(*options); }; });
}

}  // namespace chunkwise::cli
