#include "runtime/notation/functions.hpp"

#include <algorithm>
#include <array>

#include "chunkwise/notation.hpp"
#include "chunkwise/op/aggregate/numpy.hpp"
#include "chunkwise/op/numpy.hpp"
#include "runtime/notation/syntax.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Functions that say where elements lie, or ask it; labels.cpp does them.
constexpr Function label_function(std::string_view name, std::size_t arrays, std::string_view alias,
                                  std::string_view summary) {
  Function function;
  function.kind = Function::Kind::labels;
  function.name = name;
  function.alias = alias;
  function.summary = summary;
  function.arrays = arrays;
  function.is_method = true;
  return function;
}
constexpr std::array label_functions{
    label_function("align", 2, "", "The elements of x at the coordinates of y, in y's order."),
    label_function("without_coordinate", 1, "drop_vars",
                   "x without the coordinate of a dimension, or without any: positions count there."),
    label_function("with_labels", 2, "", "x by the dimension names and coordinates of y, which has its shape."),
    label_function("rename", 1, "", "x with other names of dimensions: rename(x, lat='latitude')."),
};

/// Functions that are several operations; composed.cpp does them.
constexpr Function composed_function(Composed composed, std::string_view name, std::string_view alias,
                                     std::size_t arrays, std::string_view arguments,
                                     std::array<std::string_view, 4> keywords, std::string_view summary) {
  Function function;
  function.kind = Function::Kind::composed;
  function.composed = composed;
  function.name = name;
  function.alias = alias;
  function.summary = summary;
  function.arrays = arrays;
  function.arguments = arguments;
  function.keywords = keywords;
  function.is_method = composed == Composed::round || composed == Composed::clip;
  return function;
}
constexpr std::array composed_functions{
    composed_function(Composed::round, "round", "around", 1, "(x, decimals=0)", {"decimals"},
                      "x rounded to so many decimals, a half to the even neighbour; integers stay integers."),
    composed_function(Composed::clip, "clip", "", 3, "(x, min=None, max=None)", {"min", "max", "a_min", "a_max"},
                      "x between two limits; NaN stays NaN."),
    composed_function(Composed::isclose, "isclose", "", 2, "(x, y, rtol=1e-05, atol=1e-08, equal_nan=False)",
                      {"rtol", "atol", "equal_nan"}, "True where x is within atol + rtol * abs(y) of y."),
    composed_function(Composed::nan_to_num, "nan_to_num", "", 1, "(x, nan=0.0, posinf=None, neginf=None)",
                      {"nan", "posinf", "neginf"},
                      "x with numbers in place of NaN and infinities, for these the largest and smallest of the type."),
    composed_function(Composed::positive, "positive", "", 1, "(x)", {}, "x itself; not of bool."),
};

constexpr std::size_t function_count = op::descriptions.size() + aggregate::descriptions.size() +
                                       linewise::descriptions.size() + label_functions.size() +
                                       composed_functions.size() + 1;

constexpr std::array<Function, function_count> functions_of_all_lists = [] {
  std::array<Function, function_count> all;
  std::size_t next = 0;
  const auto add = [&](Function::Kind kind, const auto& names) -> Function& {
    Function& function = all[next++];
    function.kind = kind;
    function.name = names.name;
    function.alias = names.alias;
    function.summary = names.summary;
    return function;
  };
  for (std::size_t i = 0; i < op::descriptions.size(); ++i) {
    const bool casts = op::descriptions[i].signature == op::Signature::conversion;
    Function& function = add(casts ? Function::Kind::cast : Function::Kind::elementwise, op::numpy_names[i]);
    function.arrays = static_cast<std::size_t>(op::descriptions[i].arity);
    function.operation = &op::descriptions[i];
    function.is_method = casts;
    const OpCode code = op::descriptions[i].code;
    function.takes_more = code == op::Minimum::code || code == op::Maximum::code;
  }
  for (std::size_t i = 0; i < aggregate::descriptions.size(); ++i) {
    Function& function = add(Function::Kind::reduction, aggregate::numpy_names[i]);
    function.aggregate = &aggregate::descriptions[i];
    function.is_method = true;
  }
  for (std::size_t i = 0; i < linewise::descriptions.size(); ++i) {
    Function& function = add(Function::Kind::line, linewise::numpy_names[i]);
    function.line = &linewise::descriptions[i];
    function.default_axis = linewise::numpy_names[i].axis;
    function.is_method = true;
  }
  for (const Function& function : label_functions) all[next++] = function;
  for (const Function& function : composed_functions) all[next++] = function;
  Function& join = all[next++];
  join.kind = Function::Kind::concatenate;
  join.name = "concatenate";
  join.summary = "Arrays in parentheses or brackets, joined along an axis.";
  return all;
}();

/// Returns whether f is known by one of these names, which blanks separate.
constexpr bool known_by_any(const Function& f, std::string_view names) {
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(' '), names.size());
    const std::string_view name = names.substr(0, end);
    if (f.name == name || op::is_among(f.alias, name)) return true;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return false;
}
consteval bool names_are_unique() {
  for (std::size_t i = 0; i < function_count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (known_by_any(functions_of_all_lists[i], functions_of_all_lists[j].name) ||
          known_by_any(functions_of_all_lists[i], functions_of_all_lists[j].alias))
        return false;
  return true;
}
static_assert(names_are_unique(), "chunkwise: two functions of the notation have one name");

}  // namespace

std::span<const Function> all_functions() { return functions_of_all_lists; }

const Function* find_function(std::string_view name) {
  name = without_prefix(name);
  for (const Function& function : functions_of_all_lists)
    if (!name.empty() && (function.name == name || op::is_among(function.alias, name))) return &function;
  return nullptr;
}

const op::Description* find_sign(std::string_view sign, int arity) {
  for (std::size_t i = 0; i < op::descriptions.size(); ++i)
    if (op::numpy_names[i].sign == sign && op::descriptions[i].arity == arity) return &op::descriptions[i];
  return nullptr;
}

std::string signature_of(const Function& function) {
  const std::string name(function.name);
  switch (function.kind) {
    case Function::Kind::elementwise:
      if (function.operation->signature == op::Signature::selection) return name + "(condition, x, y)";
      if (function.operation->signature == op::Signature::closeness) return name + "(x, y, tolerance)";
      if (function.arrays == 3) return name + "(x, value, other)";
      if (function.takes_more) return name + "(x, y, ...)";
      return name + (function.arrays == 1 ? "(x)" : "(x, y)");
    case Function::Kind::cast:
      return name + "(x, dtype)";
    case Function::Kind::reduction:
      return name + "(x, axis=None, " + (function.aggregate->takes_ddof ? "ddof=0, " : "") + "keepdims=False)";
    case Function::Kind::line:
      return name + (function.default_axis == linewise::DefaultAxis::last ? "(x, axis=-1" : "(x, axis") +
             (function.line->one_result ? ", keepdims=False)" : ")");
    case Function::Kind::composed:
      return name + std::string(function.arguments);
    case Function::Kind::labels:
      return name + (function.arrays == 2 ? "(x, y)"
                     : name == "rename"   ? "(x, old='new', ...)"
                                          : "(x, dimension, ...)");
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
      if (function.aggregate->takes_ddof) return {"axis", "ddof", "keepdims"};
      return {"axis", "keepdims"};
    case Function::Kind::line:
      if (function.line->one_result) return {"axis", "keepdims"};
      return {"axis"};
    case Function::Kind::labels:
      return {};
    case Function::Kind::composed: {
      std::vector<std::string> keywords;
      for (const std::string_view keyword : function.keywords)
        if (!keyword.empty()) keywords.emplace_back(keyword);
      return keywords;
    }
    case Function::Kind::concatenate:
      break;
  }
  return {"axis"};
}

std::string_view written_out(std::string_view name) {
  constexpr std::array<std::array<std::string_view, 2>, 6> known{{
      {"ptp", "max(x) - min(x)"},
      {"diff", "x[..., 1:] - x[..., :-1]"},
      {"average", "mean(x)"},
      {"count_nonzero", "sum(x != 0)"},
      {"fillna", "replace(x, nan, 0)"},
      {"expand_dims", "x[None]"},
  }};
  for (const auto& [function, formula] : known)
    if (function == name) return formula;
  return {};
}

std::string_view why_absent(std::string_view name) {
  struct Kind {
    std::string_view names;  // each between blanks
    std::string_view reason;
  };
  constexpr std::array kinds{
      Kind{
          " percentile quantile nanpercentile nanquantile partition unique mode histogram ",
          "there are no percentiles; sort(x, axis) puts the elements along an axis in order, median(x, axis) takes the "
          "one in the middle"},
      Kind{" idxmin idxmax nonzero argwhere searchsorted ",
           "there is no function that gives coordinates or many places; argmin and argmax give the position of one "
           "element, and x == max(x) is true where the largest are"},
      Kind{" rolling convolve gradient trapz trapezoid ",
           "there are no windows; a window of three is (x[:-2] + x[1:-1] + x[2:]) / 3, a running sum is cumsum(x, 0)"},
      Kind{" sel isel loc iloc groupby resample groupby_bins month year day hour season dayofyear date daily "
           "monthly yearly yearmean monmean daymean timmean ",
           "there are no calendars and no groups; a part is chosen by position, as in x[0:31], and 'chunkwise info' or "
           "the labels of an array tell which positions those are"},
      Kind{" regrid remap remapbil remapcon remapnn interp interp_like reindex reindex_like interpolate coarsen ",
           "there is no regridding; align(x, y) takes the elements of x at the coordinates of y, where x has them"},
      Kind{" divmod ", "its parts are x // y and x % y"},
      Kind{" dot matmul einsum tensordot inner outer corrcoef cov corr polyfit fft ifft linalg ",
           "there are no products of matrices, correlations and transforms; sum(x * y, axis=0) is the inner product "
           "along an axis"},
      Kind{" transpose reshape ravel flatten squeeze swapaxes moveaxis roll tile repeat stack vstack hstack dstack ",
           "axes cannot be reordered or merged; x[None] makes an axis, x[0] takes one away, and concatenate joins "
           "arrays"},
      Kind{" flip fliplr flipud ", "x[::-1] turns the first axis round, x[..., ::-1] the last"},
      Kind{" zeros ones full arange linspace zeros_like ones_like full_like array asarray random rand ",
           "arrays come from variables; a number beside an array is taken for each of its elements, as in 0 * x + 1"},
      Kind{" len print range shape size int str list tuple dict open load ",
           "this is a formula over arrays and no program of Python"},
  };
  const std::string word = " " + std::string(name) + " ";
  for (const Kind& kind : kinds)
    if (kind.names.find(word) != std::string_view::npos) return kind.reason;
  return {};
}

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
  for (const Function& function : functions_of_all_lists)
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
