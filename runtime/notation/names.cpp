/// The names of functions and element types, for guesses, help and completion.
#include <algorithm>

#include "chunkwise/notation.hpp"
#include "runtime/notation/functions.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {
/// Returns the name and the others.
std::vector<std::string_view> names_between_blanks(const Function& function) {
  std::vector<std::string_view> names{function.name};
  for (std::string_view rest = function.alias; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    names.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}
}  // namespace

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const Function& function : all_functions())
    for (const std::string_view name : names_between_blanks(function)) names.emplace_back(name);
  return names;
}

std::optional<DType> element_type(std::string_view name) {
  if (name == "float") return DType::float64;
  if (name == "int") return DType::int64;
  if (name == "bool_") return DType::boolean;
  for (std::size_t i = 0; i < dtype_count; ++i)
    if (name == name_of(static_cast<DType>(i))) return static_cast<DType>(i);
  return std::nullopt;
}

std::vector<std::string> element_type_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < dtype_count; ++i) names.emplace_back(name_of(static_cast<DType>(i)));
  return names;
}

std::vector<FunctionHelp> functions() {
  std::vector<FunctionHelp> help;
  for (const Function& function : all_functions()) {
    std::vector<std::string_view> aliases = names_between_blanks(function);
    aliases.erase(aliases.begin());
    help.push_back({function.name, std::move(aliases), signature_of(function), function.summary});
  }
  return help;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
