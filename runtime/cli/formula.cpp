#include "runtime/cli/formula.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/dataset/dataset.hpp"
#include "chunkwise/notation.hpp"
#include "runtime/cli/indices.hpp"
#include "runtime/cli/target_grid.hpp"
#include "runtime/cli/variables.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::cli {

namespace {

/// The meaning that --var gives a name.
struct Meaning {
  std::string variable;
  std::shared_ptr<const NetcdfDataset> files;
  mutable bool used = false;  ///< by the formula
};

/// The names of a formula: those that --var gave, then the variables of the files.
class Names {
 public:
  explicit Names(const FormulaOptions& options) : number_axes_(options.number_axes) {
    const NetcdfOptions netcdf = netcdf_options(options.files);
    if (!options.files.files.empty())
      files_ = std::make_shared<const NetcdfDataset>(expand(options.files.files), netcdf);
    for (const std::string& text : options.names) add(text, netcdf);
    if (options.files.join.empty()) return;
    if (!files_ && given_.empty())
      throw Error(ErrorCode::invalid_argument,
                  "--join " + options.files.join + " says how files are joined, and the line names none");
    std::vector<const NetcdfDataset*> all;
    if (files_) all.push_back(files_.get());
    for (const auto& [name, meaning] : given_) all.push_back(meaning.files.get());
    require_joinable(all, options.files.join);
  }

  /// Throws if --var gives a name that nothing uses, which is mostly misspelt.
  void require_all_used() const {
    for (const auto& [name, meaning] : given_)
      if (!meaning.used)
        throw Error(ErrorCode::invalid_argument,
                    "--var gives the name '" + name + "', which the formula does not use; leave it out, or correct it");
    if (files_ && !given_.empty() && !uses_files_)
      throw Error(ErrorCode::invalid_argument,
                  files_->paths().front() + ": the formula takes nothing of the files behind it; leave them out");
  }

  /// Says on standard error which files behind the formula have none of its variables: they may be there by mistake.
  void tell_of_unused_files() const {
    if (!files_ || !uses_files_) return;
    std::vector<std::string> unused;
    for (std::size_t i = 0; i < files_->paths().size(); ++i) {
      bool used = false;
      for (std::size_t k = 0; k < opened_.size(); ++k)
        used = used || (opened_[k].files == files_ && files_->file(i).find(names_in_files_[k]) != nullptr);
      if (!used) unused.push_back(files_->paths()[i]);
    }
    if (unused.empty()) return;
    std::cerr << "chunkwise: the formula takes nothing of " << printable(unused.front());
    if (unused.size() > 1)
      std::cerr << " and " << unused.size() - 1 << (unused.size() == 2 ? " other file" : " others");
    std::cerr << '\n';
  }

  std::optional<UntypedArray> find(std::string_view name) const {
    if (const auto given = given_.find(name); given != given_.end()) {
      given->second.used = true;
      uses_files_ = uses_files_ || given->second.files == files_;
      return open(given->second.files, given->second.variable);
    }
    if (!files_)
      throw Error(ErrorCode::not_found, "'" + std::string(name) + "' needs files; name them behind the formula");
    if (!files_->has(name)) return std::nullopt;
    uses_files_ = true;
    return open(files_, std::string(name));
  }

  std::vector<std::string> all() const {
    std::vector<std::string> names;
    for (const auto& [name, meaning] : given_) names.push_back(name);
    if (!files_) return names;
    for (const std::string& variable : files_->variables()) names.push_back(variable);
    return names;
  }

  /// Returns the data variables for which `ds` stands in a text; none if the text does not have it, or if it is a
  /// variable's own name.
  [[nodiscard]] std::vector<std::string> each_of(const std::string& text) const {
    if (!files_ || text.find(each_name) == std::string::npos) return {};
    const auto has = [](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), each_name) != names.end();
    };
    if (!has(notation::names_used(text)) || has(all())) return {};
    tell_of_others(*files_);
    return data_variables(*files_);
  }

  [[nodiscard]] const std::vector<FormulaVariable>& opened() const { return opened_; }

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
    } else if (at + 1 == text.size()) {
      throw Error(ErrorCode::invalid_argument, "--var " + text + " names no file behind its @");
    } else {
      meaning.files = std::make_shared<const NetcdfDataset>(expand_glob(text.substr(at + 1)), netcdf);
    }
    const std::string name = text.substr(0, equals);
    if (!given_.try_emplace(name, std::move(meaning)).second)
      throw Error(ErrorCode::invalid_argument, "--var gives the name '" + name + "' twice");
  }

  UntypedArray open(const std::shared_ptr<const NetcdfDataset>& files, const std::string& variable) const {
    NetcdfDataset::Joined joined = files->open(variable);
    if (!joined.dimension.empty() && joined.files.size() < files->paths().size())
      std::cerr << "chunkwise: " << printable(variable) << " is in " << joined.files.size() << " of "
                << files->paths().size() << " files\n";
    if (number_axes_) joined.array.labels = indices_.added_to(joined.array);
    opened_.push_back({joined, files});
    names_in_files_.push_back(variable);
    return std::move(joined.array);
  }

  bool number_axes_;
  mutable bool uses_files_ = false;  ///< the files behind the formula
  std::shared_ptr<const NetcdfDataset> files_;
  std::map<std::string, Meaning, std::less<>> given_;
  mutable std::vector<FormulaVariable> opened_;
  mutable std::vector<std::string> names_in_files_;  ///< their names in those files
  mutable DimensionIndices indices_;
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
  verb.add_option("--keep", options.keep,
                  "a name of the formula that is a result although a later line uses it; repeatable")
      ->type_name("NAME")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb.add_flag("--skipna", options.skipna,
                "leave NaN out of every reduction that is not told skipna=False (CHUNKWISE_SKIPNA=1 does the same)");
}

bool skips_missing(const FormulaOptions& options) {
  const char* const set = std::getenv("CHUNKWISE_SKIPNA");
  const std::string_view value = set ? set : "";
  if (!value.empty() && value != "0" && value != "1")
    throw Error(ErrorCode::invalid_argument,
                "CHUNKWISE_SKIPNA is 1, with which reductions leave NaN out, or 0, and here it is '" +
                    std::string(value) + "'");
  return options.skipna || value == "1";
}

std::string formula_text(const FormulaOptions& options) {
  return options.text.starts_with(" -") ? options.text.substr(1) : options.text;
}

namespace {

/// Takes companions away that are results themselves: a variable that another one names is in a file once. A result
/// that is computed is another thing under the same name, unless the text was evaluated for each variable.
void write_companions_once(Formula& formula, bool for_each_variable) {
  const bool one_dataset = std::ranges::all_of(
      formula.opened, [&](const FormulaVariable& opened) { return opened.files == formula.opened.front().files; });
  const auto is_as_opened = [&](const UntypedArray& array) {
    return one_dataset && std::ranges::any_of(formula.opened, [&](const FormulaVariable& opened) {
             return opened.joined.array.node == array.node && opened.joined.array.labels.name() == array.labels.name();
           });
  };
  std::vector<std::string> names;
  for (std::size_t i = 0; i < formula.arrays.size(); ++i)
    if (for_each_variable || is_as_opened(formula.arrays[i])) names.push_back(formula.arrays[i].labels.name());
  for (UntypedArray& array : formula.arrays) {
    std::vector<Companion> companions = array.labels.companions();
    const auto is_result = [&](const Companion& companion) {
      return companion.name() != array.labels.name() && std::ranges::find(names, companion.name()) != names.end();
    };
    if (std::erase_if(companions, is_result) > 0) array.labels = array.labels.with_companions(std::move(companions));
  }
}

}  // namespace

Formula read_formula(const FormulaOptions& options, const BackendPtr& backend) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(options.text, ignored))
    throw Error(ErrorCode::invalid_argument,
                "'" + options.text + "' is a file, where the formula is expected; files stand behind the formula");
  const Names names(options);
  Formula formula;
  const notation::Variables variables{
      [&](std::string_view name) { return names.find(name); }, [&] { return names.all(); }, backend,
      skips_missing(options), [&](std::string_view text) { return array_on_grid(std::string(text), options.files); }};
  const std::string text = formula_text(options);
  const std::vector<std::string> each = names.each_of(text);
  for (notation::Output& output : each.empty() ? notation::arrays_of(text, variables, options.keep)
                                               : evaluate_each(text, each, variables, options.keep, &tell)) {
    if (!output.name.empty())
      output.array.labels = output.array.labels.renamed(output.name, output.array.labels.attributes());
    formula.names.push_back(output.name);
    formula.arrays.push_back(std::move(output.array));
  }
  names.require_all_used();
  names.tell_of_unused_files();
  formula.opened = names.opened();
  formula.text = text;
  write_companions_once(formula, !each.empty());
  return formula;
}

}  // namespace chunkwise::cli
