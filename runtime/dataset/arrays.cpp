// Datasets of arrays: what takes all variables at once.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/dataset/dataset.hpp"
#include "chunkwise/graph/node.hpp"
#include "runtime/core/agreement.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using Named = std::pair<std::string, UntypedArray>;

std::string quoted_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

/// Returns the names of variables that belong to the one with these attributes.
std::set<std::string> belongings_of(const Attributes& attributes) {
  std::set<std::string> names;
  for (const Attribute& attribute : attributes) {
    const bool belongs = attribute.name == "bounds" || attribute.name == "climatology" ||
                         attribute.name == "coordinates" || attribute.name == "grid_mapping" ||
                         attribute.name == "cell_measures";
    if (!belongs) continue;
    for (std::string& name : references_of({attribute})) names.insert(std::move(name));
  }
  return names;
}

std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

std::vector<notation::Output> evaluate_each(const TextArgument& text, std::span<const std::string> names,
                                            const notation::Variables& variables, std::span<const std::string> keep,
                                            const LeftOut& left_out) {
  std::vector<notation::Output> results;
  std::vector<std::string> reasons;
  std::optional<Error> first;
  for (const std::string& name : names) {
    notation::Variables its = variables;
    its.find = [&](std::string_view wanted) { return variables.find(wanted == each_name ? name : wanted); };
    its.names = [&] {
      std::vector<std::string> all = variables.names ? variables.names() : std::vector<std::string>();
      all.emplace_back(each_name);
      return all;
    };
    try {
      for (notation::Output& output : notation::arrays_of(text, its, keep)) {
        output.name = output.name.empty() ? name : name + "_" + output.name;
        results.push_back(std::move(output));
      }
    } catch (const Error& error) {
      // The variable is all that differs from one evaluation to the next: it lacks what others have.
      if (error.code() != ErrorCode::not_found) throw;
      const std::string sentence = error.what();
      reasons.push_back("'" + name + "' is left out: " + sentence.substr(0, sentence.find('\n')));
      if (!first) first = error;
    }
  }
  if (results.empty() && first) throw Error(*first);
  if (results.empty())
    throw Error(ErrorCode::not_found,
                "'" + std::string(each_name) + "' stands for each data variable, and there is none");
  if (left_out)
    for (const std::string& reason : reasons) left_out(reason);
  return results;
}

std::vector<std::string> data_variables(const NetcdfDataset& files) {
  std::set<std::string> belongings;
  for (std::size_t i = 0; i < files.paths().size(); ++i)
    for (const VariableDescription& variable : files.file(i).variables)
      belongings.merge(belongings_of(variable.attributes));
  std::vector<std::string> names = files.variables();
  std::erase_if(names, [&](const std::string& name) {
    return belongings.contains(name) || belongings.contains(last_part(name));
  });
  return names;
}

Dataset::Dataset(std::vector<Named> variables, Attributes attributes)
    : variables_(std::move(variables)), attributes_(std::move(attributes)) {
  std::set<std::string> seen;
  for (const auto& [name, array] : variables_) {
    if (name.empty()) throw Error(ErrorCode::invalid_argument, "a variable of a dataset has no name");
    if (!array.node)
      throw Error(ErrorCode::invalid_argument, "the variable '" + name + "' is no array: its node is null");
    if (!seen.insert(name).second)
      throw Error(ErrorCode::invalid_argument, "two variables of a dataset are called '" + name + "'; rename one");
  }
}

std::vector<std::string> Dataset::names() const {
  std::vector<std::string> names;
  for (const auto& [name, array] : variables_) names.push_back(name);
  return names;
}

std::vector<UntypedArray> Dataset::arrays() const {
  const std::vector<std::string> all = names();
  std::vector<UntypedArray> arrays;
  for (const auto& [name, array] : variables_) {
    UntypedArray& own = arrays.emplace_back(array);
    own.labels = own.labels.renamed(name, own.labels.attributes());
    // A companion that is a variable itself stands in a file once.
    std::vector<Companion> companions = own.labels.companions();
    std::erase_if(companions, [&](const Companion& companion) {
      return std::find(all.begin(), all.end(), companion.name()) != all.end();
    });
    own.labels = own.labels.with_companions(std::move(companions));
  }
  return arrays;
}

bool Dataset::has(const TextArgument& name) const {
  return std::ranges::any_of(variables_, [&](const Named& variable) { return variable.first == name; });
}

const UntypedArray& Dataset::operator[](const TextArgument& name) const {
  const auto found = std::ranges::find_if(variables_, [&](const Named& variable) { return variable.first == name; });
  if (found == variables_.end())
    throw Error(ErrorCode::not_found,
                "the dataset has no variable '" + name + "'; there are: " + quoted_names(names()));
  return found->second;
}

Dataset Dataset::select(const std::vector<std::string>& names) const {
  std::vector<Named> chosen;
  for (const std::string& name : names) chosen.emplace_back(name, (*this)[name]);
  return Dataset(std::move(chosen), attributes_);
}

Dataset Dataset::drop(const std::vector<std::string>& names) const {
  for (const std::string& name : names) (void)(*this)[name];
  std::vector<Named> rest = variables_;
  std::erase_if(rest, [&](const Named& variable) {
    return std::find(names.begin(), names.end(), variable.first) != names.end();
  });
  return Dataset(std::move(rest), attributes_);
}

Dataset Dataset::rename(const TextArgument& name, const TextArgument& to) const {
  (void)(*this)[name];
  std::vector<Named> all = variables_;
  for (Named& variable : all)
    if (variable.first == name) variable.first = to;
  return Dataset(std::move(all), attributes_);
}

Dataset Dataset::with(const TextArgument& name, UntypedArray array) const {
  std::vector<Named> all = variables_;
  const auto found = std::ranges::find_if(all, [&](const Named& variable) { return variable.first == name; });
  if (found == all.end())
    all.emplace_back(name, std::move(array));
  else
    found->second = std::move(array);
  return Dataset(std::move(all), attributes_);
}

Dataset Dataset::merge(const Dataset& other) const {
  std::vector<Named> all = variables_;
  for (const auto& [name, array] : other.variables_) {
    if (has(name)) {
      if ((*this)[name].node == array.node) continue;
      throw Error(ErrorCode::name_mismatch,
                  "both datasets have a variable '" + name + "'; rename or drop one of them before they are merged");
    }
    for (const auto& [own_name, own] : variables_)
      for (int i = 0; i < own.shape.rank(); ++i)
        for (int k = 0; k < array.shape.rank(); ++k) {
          const Coordinate& here = own.labels.coordinate(i);
          const Coordinate& there = array.labels.coordinate(k);
          const std::string& dimension = own.labels.dimension(i);
          if (dimension.empty() || dimension != array.labels.dimension(k)) continue;
          if (own.shape[i] != array.shape[k] || (here && there && !agree(here, there)))
            throw Error(ErrorCode::name_mismatch, "along '" + dimension + "', '" + own_name + "' and '" + name +
                                                      "' have other places; align or select them before they are "
                                                      "merged");
        }
    all.emplace_back(name, array);
  }
  return Dataset(std::move(all), attributes_);
}

Dataset Dataset::each(const TextArgument& formula, const LeftOut& left_out) const {
  const notation::Variables variables{[&](std::string_view name) -> std::optional<UntypedArray> {
                                        const std::string wanted(name);
                                        return has(wanted) ? std::optional((*this)[wanted]) : std::nullopt;
                                      },
                                      [&] { return names(); }, nullptr};
  std::vector<Named> results;
  for (notation::Output& output : evaluate_each(formula, names(), variables, {}, left_out))
    results.emplace_back(std::move(output.name), std::move(output.array));
  return Dataset(std::move(results), attributes_);
}

Dataset Dataset::with_each(const Dataset& other, std::string_view operation) const {
  std::vector<std::string> here = names(), there = other.names();
  if (std::set(here.begin(), here.end()) != std::set(there.begin(), there.end()))
    throw Error(ErrorCode::name_mismatch, "datasets of different variables: " + quoted_names(here) + ", and " +
                                              quoted_names(there) + "; select those that both have");
  std::vector<Named> results;
  for (const auto& [name, array] : variables_) {
    const UntypedArray& left = array;
    const UntypedArray& right = other[name];
    const notation::Variables operands{
        [&](std::string_view operand) { return std::optional(operand == "a" ? left : right); }, {}, nullptr};
    results.emplace_back(name, notation::arrays_of("a " + std::string(operation) + " b", operands).front().array);
  }
  return Dataset(std::move(results), attributes_);
}

Dataset Dataset::with_number(std::string_view operation, double number) const {
  std::string digits;
  append_number(digits, number, {"nan", "inf", "-inf", "", ""});
  return each(std::string(each_name) + " " + std::string(operation) + " (" + digits + ")");
}

Dataset open_dataset(const NetcdfDataset& files) {
  std::vector<Named> variables;
  for (const std::string& name : data_variables(files)) variables.emplace_back(name, files.open(name).array);
  return Dataset(std::move(variables), files.file(0).attributes);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
