#include "runtime/notation/functions.hpp"

#include <array>

#include "chunkwise/expr/reduce.hpp"
#include "chunkwise/notation.hpp"
#include "chunkwise/op/numpy.hpp"
#include "runtime/notation/syntax.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// A reduction of expr/reduce.hpp in NumPy's words; what it takes and gives is said by its type.
template <class Kind>
constexpr Function reduction_of(ReduceFunction<Kind> /*typed*/, std::string_view name, std::string_view alias,
                                std::string_view summary) {
  Function function;
  function.kind = Function::Kind::reduction;
  function.name = name;
  function.alias = alias;
  function.summary = summary;
  function.reduce = static_cast<ReduceOp>(Kind::number);
  function.takes_ddof = Kind::takes_ddof;
  function.keeps_units = Kind::keeps_units;
  function.is_method = true;
  return function;
}

constexpr std::array reductions{
    reduction_of(sum, "sum", "", "Sum; of integers in 64 bits."),
    reduction_of(mean, "mean", "", "Arithmetic mean."),
    reduction_of(var, "var", "", "Variance: the mean of squared deviations, divided by count - ddof."),
    reduction_of(stddev, "std", "stddev", "Standard deviation: the square root of var."),
    reduction_of(min, "min", "amin", "Smallest element; NaN where any is."),
    reduction_of(max, "max", "amax", "Largest element; NaN where any is."),
    reduction_of(count, "count", "", "Number of elements that are not NaN."),
    reduction_of(nansum, "nansum", "", "Sum of the elements that are not NaN."),
    reduction_of(nanmean, "nanmean", "", "Mean of the elements that are not NaN."),
    reduction_of(nanvar, "nanvar", "", "Variance of the elements that are not NaN."),
    reduction_of(nanstddev, "nanstd", "nanstddev", "Standard deviation of the elements that are not NaN."),
    reduction_of(nanmin, "nanmin", "", "Smallest of the elements that are not NaN."),
    reduction_of(nanmax, "nanmax", "", "Largest of the elements that are not NaN."),
};

consteval bool reductions_are_complete() {
  for (std::size_t i = 0; i < reductions.size(); ++i)
    if (reductions[i].reduce != static_cast<ReduceOp>(i)) return false;
  return reductions.size() == static_cast<std::size_t>(ReduceOp::nanmaximum) + 1;
}
static_assert(reductions_are_complete(), "chunkwise: the notation needs a row for each ReduceOp, in their order");

constexpr std::size_t function_count = op::descriptions.size() + reductions.size() + 1;

constexpr std::array<Function, function_count> functions_of_all_lists = [] {
  std::array<Function, function_count> all;
  std::size_t next = 0;
  for (std::size_t i = 0; i < op::descriptions.size(); ++i) {
    Function& function = all[next++];
    const bool casts = op::descriptions[i].signature == op::Signature::conversion;
    function.kind = casts ? Function::Kind::cast : Function::Kind::elementwise;
    function.name = op::numpy_names[i].name;
    function.alias = op::numpy_names[i].alias;
    function.summary = op::numpy_names[i].summary;
    function.arrays = static_cast<std::size_t>(op::descriptions[i].arity);
    function.operation = &op::descriptions[i];
    function.is_method = casts;
  }
  for (const Function& reduction : reductions) all[next++] = reduction;
  Function& join = all[next++];
  join.kind = Function::Kind::concatenate;
  join.name = "concatenate";
  join.summary = "Arrays in parentheses or brackets, joined along an axis.";
  return all;
}();

consteval bool names_are_unique() {
  const auto known_as = [](const Function& f, std::string_view name) {
    return !name.empty() && (f.name == name || f.alias == name);
  };
  for (std::size_t i = 0; i < function_count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (known_as(functions_of_all_lists[i], functions_of_all_lists[j].name) ||
          known_as(functions_of_all_lists[i], functions_of_all_lists[j].alias))
        return false;
  return true;
}
static_assert(names_are_unique(), "chunkwise: two functions of the notation have one name");

}  // namespace

std::span<const Function> all_functions() { return functions_of_all_lists; }

const Function* find_function(std::string_view name) {
  name = without_prefix(name);
  for (const Function& function : functions_of_all_lists)
    if (!name.empty() && (function.name == name || function.alias == name)) return &function;
  return nullptr;
}

const op::Description* find_sign(std::string_view sign, int arity) {
  // C++ writes the operations of logic otherwise.
  if (sign == "&&") sign = "&";
  if (sign == "||") sign = "|";
  if (sign == "!") sign = "~";
  for (std::size_t i = 0; i < op::descriptions.size(); ++i)
    if (op::numpy_names[i].sign == sign && op::descriptions[i].arity == arity) return &op::descriptions[i];
  return nullptr;
}

std::string signature_of(const Function& function) {
  const std::string name(function.name);
  switch (function.kind) {
    case Function::Kind::elementwise:
      if (function.operation->signature == op::Signature::selection) return name + "(condition, x, y)";
      return name + (function.arrays == 1 ? "(x)" : "(x, y)");
    case Function::Kind::cast:
      return name + "(x, dtype)";
    case Function::Kind::reduction:
      return name + "(x, axis=None, " + (function.takes_ddof ? "ddof=0, " : "") + "keepdims=False)";
    case Function::Kind::concatenate:
      break;
  }
  return name + "((x, y, ...), axis=0)";
}

std::vector<std::string> keywords_of(const Function& function) {
  switch (function.kind) {
    case Function::Kind::elementwise:
      return {};
    case Function::Kind::cast:
      return {"dtype"};
    case Function::Kind::reduction:
      if (function.takes_ddof) return {"axis", "ddof", "keepdims"};
      return {"axis", "keepdims"};
    case Function::Kind::concatenate:
      break;
  }
  return {"axis"};
}

std::string_view written_out(std::string_view name) {
  constexpr std::array<std::array<std::string_view, 2>, 9> known{{
      {"clip", "minimum(maximum(x, 0), 1)"},
      {"square", "x**2"},
      {"reciprocal", "1 / x"},
      {"isfinite", "abs(x) < inf"},
      {"isinf", "abs(x) == inf"},
      {"any", "max(x != 0)"},
      {"all", "min(x != 0)"},
      {"ptp", "max(x) - min(x)"},
      {"log10", "log(x) / 2.302585092994046"},
  }};
  for (const auto& [function, formula] : known)
    if (function == name) return formula;
  return {};
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const Function& function : functions_of_all_lists)
    for (const std::string_view name : {function.name, function.alias})
      if (!name.empty()) names.emplace_back(name);
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
    std::vector<std::string_view> aliases;
    if (!function.alias.empty()) aliases.push_back(function.alias);
    help.push_back({function.name, std::move(aliases), signature_of(function), function.summary});
  }
  return help;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
