#include "runtime/cli/formula.hpp"

#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <variant>

#include "chunkwise/core/error.hpp"
#include "chunkwise/dataset.hpp"
#include "chunkwise/notation.hpp"

namespace chunkwise::cli {

namespace {

std::string text_of(const Attributes& attributes, std::string_view name) {
  for (const Attribute& attribute : attributes)
    if (attribute.name == name)
      if (const auto* text = std::get_if<std::string>(&attribute.value)) return *text;
  return {};
}

/// What --var makes of a name.
struct Meaning {
  std::string variable;
  std::shared_ptr<const NetcdfDataset> files;
};

/// The names of a formula: those that --var gave, then the variables of the files.
class Names {
 public:
  explicit Names(const FormulaOptions& options) : number_axes_(options.number_axes) {
    NetcdfOptions netcdf;
    netcdf.join = options.files.join;
    netcdf.isolated = options.files.isolated;
    if (!options.files.files.empty())
      files_ = std::make_shared<const NetcdfDataset>(expand(options.files.files), netcdf);
    for (const std::string& text : options.names) add(text, netcdf);
  }

  std::optional<ArrayHandle> find(std::string_view name) const {
    if (const auto given = given_.find(name); given != given_.end())
      return open(given->second.files, given->second.variable);
    if (!files_)
      throw Error(ErrorCode::not_found, "'" + std::string(name) + "' needs files; name them behind the formula");
    if (!files_->has(name)) return std::nullopt;
    return open(files_, std::string(name));
  }

  std::vector<std::string> all() const {
    std::vector<std::string> names;
    for (const auto& [name, meaning] : given_) names.push_back(name);
    if (!files_) return names;
    for (const std::string& variable : files_->variables()) names.push_back(variable);
    return names;
  }

  [[nodiscard]] std::string history() const {
    const NetcdfDataset* files = files_ ? files_.get() : given_.empty() ? nullptr : given_.begin()->second.files.get();
    return files == nullptr ? std::string() : text_of(files->file(0).attributes, "history");
  }

  [[nodiscard]] const std::vector<OpenedVariable>& opened() const { return opened_; }

 private:
  void add(const std::string& text, const NetcdfOptions& netcdf) {
    const std::size_t equals = text.find('=');
    const std::size_t at = text.find('@', equals == std::string::npos ? 0 : equals);
    Meaning meaning;
    if (equals != std::string::npos)
      meaning.variable = text.substr(equals + 1, at == std::string::npos ? at : at - equals - 1);
    if (equals == 0 || meaning.variable.empty())
      throw Error(ErrorCode::invalid_argument, "--var " + text + " is not NAME=VARIABLE or NAME=VARIABLE@FILES");
    if (at == std::string::npos) {
      if (!files_)
        throw Error(ErrorCode::invalid_argument, "--var " + text + " names no files, and neither does the line");
      meaning.files = files_;
    } else {
      meaning.files = std::make_shared<const NetcdfDataset>(expand_glob(text.substr(at + 1)), netcdf);
    }
    given_.insert_or_assign(text.substr(0, equals), std::move(meaning));
  }

  ArrayHandle open(const std::shared_ptr<const NetcdfDataset>& files, const std::string& variable) const {
    NetcdfDataset::Joined joined = files->open(variable);
    if (!joined.dimension.empty() && joined.files.size() < files->paths().size())
      std::cerr << "chunkwise: " << variable << " is in " << joined.files.size() << " of " << files->paths().size()
                << " files\n";
    if (number_axes_) joined.array.labels = numbered(joined.array);
    opened_.push_back({joined, files});
    return std::move(joined.array);
  }

  /// The labels with a coordinate for each dimension, the same one for all variables on it.
  [[nodiscard]] Labels numbered(const ArrayHandle& array) const {
    std::vector<std::string> dimensions;
    std::vector<Coordinate> coordinates;
    for (int axis = 0; axis < array.shape.rank(); ++axis) {
      dimensions.push_back(array.labels.dimension(axis));
      coordinates.push_back(array.labels.coordinate(axis));
      if (coordinates.back() || dimensions.back().empty()) continue;
      Coordinate& indices = indices_[{dimensions.back(), array.shape[axis]}];
      if (!indices) {
        std::vector<double> values(static_cast<std::size_t>(array.shape[axis]));
        std::iota(values.begin(), values.end(), 0.0);
        indices = Coordinate(values, {{"long_name", DType::float64, "index along " + dimensions.back()}});
      }
      coordinates.back() = indices;
    }
    return {std::move(dimensions), std::move(coordinates), array.labels.name(), array.labels.attributes()};
  }

  bool number_axes_;
  std::shared_ptr<const NetcdfDataset> files_;
  std::map<std::string, Meaning, std::less<>> given_;
  mutable std::vector<OpenedVariable> opened_;
  mutable std::map<std::pair<std::string, std::int64_t>, Coordinate> indices_;
};

}  // namespace

void add_formula(CLI::App& verb, FormulaOptions& options) {
  verb.add_option("formula", options.text, "NumPy's notation over the variables of the files")
      ->required()
      ->type_name("FORMULA");
  add_files(verb, options.files);
  verb.add_option("--var", options.names,
                  "NAME=VARIABLE gives a variable another name; NAME=VARIABLE@FILES takes it from other files; "
                  "repeatable")
      ->type_name("NAME=...")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

Formula read_formula(const FormulaOptions& options) {
  const Names names(options);
  Formula formula;
  for (notation::Output& output : notation::evaluate(
           options.text, {[&](std::string_view name) { return names.find(name); }, [&] { return names.all(); }})) {
    if (!output.name.empty())
      output.array.labels = output.array.labels.renamed(output.name, output.array.labels.attributes());
    formula.names.push_back(output.name);
    formula.arrays.push_back(std::move(output.array));
  }
  formula.history = names.history();
  formula.opened = names.opened();
  return formula;
}

}  // namespace chunkwise::cli
