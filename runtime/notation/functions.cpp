#include "runtime/notation/functions.hpp"

#include <algorithm>
#include <array>

#include "chunkwise/expr/reduce_options.hpp"
#include "chunkwise/notation.hpp"
#include "chunkwise/op/aggregate/numpy.hpp"
#include "chunkwise/op/numpy.hpp"
#include "runtime/io/number_text.hpp"
#include "runtime/notation/array_functions.hpp"
#include "runtime/notation/composed_functions.hpp"
#include "runtime/notation/grid_functions.hpp"
#include "runtime/notation/part_functions.hpp"
#include "runtime/notation/syntax.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Functions that set or ask the places of elements; labels.cpp does them.
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
    label_function("rename", 1, "",
                   "x with another name, rename(x, 't'), or other names of dimensions, rename(x, lat='latitude')."),
};

/// Functions that put elements at other places; shapes.cpp does them.
constexpr Function shape_function(std::string_view name, std::string_view alias, std::string_view parameters,
                                  std::string_view summary) {
  Function function;
  function.kind = Function::Kind::shape;
  function.name = name;
  function.alias = alias;
  function.parameters = parameters;
  function.summary = summary;
  function.is_method = !parameters.starts_with('(');
  return function;
}
constexpr std::array shape_functions{
    shape_function("transpose", "permute_dims", "x, axes=None",
                   "The axes in the opposite order, or in the one that is given; x.T."),
    shape_function("swapaxes", "", "x, axis1, axis2", "Two axes exchanged."),
    shape_function("moveaxis", "", "x, source, destination", "Axes moved to other places."),
    shape_function("squeeze", "", "x, axis=None", "x without axes of extent 1."),
    shape_function("expand_dims", "", "x, axis", "x with new axes of extent 1."),
    shape_function("broadcast_to", "", "x, shape", "x stretched to a shape."),
    shape_function("flip", "", "x, axis=None", "Axes turned round."),
    shape_function("roll", "", "x, shift, axis=None",
                   "The elements further along an axis, those beyond its end at its beginning."),
    shape_function("repeat", "", "x, repeats, axis=None", "Each index of an axis several times."),
    shape_function("tile", "", "x, reps", "x several times along each axis."),
    shape_function("take", "", "x, indices, axis=None, mode='raise'",
                   "The elements at indices of an axis: a list, or an array of integers."),
    shape_function("diagonal", "", "x, offset=0, axis1=0, axis2=1",
                   "The elements of two axes whose indices differ by offset, along a new last axis."),
    shape_function("stack", "", "(x, y, ...), axis=0", "Arrays of one shape side by side along a new axis."),
    shape_function("pad", "", "x, pad_width, mode='constant', constant_values=0",
                   "More places at the ends of axes; modes constant, edge, reflect, symmetric, wrap."),
    shape_function("reshape", "", "x, shape",
                   "The elements, in row-major order, in another shape; -1 is what is left."),
    shape_function("sliding_window_view", "", "x, window_shape, axis=None",
                   "Windows of so many neighbours along axes, as further axes at the end."),
    shape_function("ravel", "flatten", "x", "The elements, in row-major order, along one axis."),
};

/// Statistics that are several reductions, which statistics.cpp does, and products and triangles of matrices, which
/// matrices.cpp does.
constexpr Function statistic(std::string_view name, std::string_view summary) {
  return function_of(Function::Kind::statistic, name, 1, true, "x, axis=None, keepdims=False",
                     {"axis", "dim", "keepdims", "skipna"}, summary);
}
constexpr std::array statistic_functions{
    statistic("ptp", "Largest less smallest element; NaN if any is."),
    statistic("nanptp", "Largest less smallest of the elements that are not NaN."),
    statistic("count_nonzero", "Number of elements that are not zero. NaN counts."),
    statistic("skew", "Skewness, biased; NaN if any element is."),
    statistic("nanskew", "Skewness, biased, of the elements that are not NaN."),
    statistic("kurtosis", "Excess kurtosis, biased; NaN if any element is."),
    statistic("nankurtosis", "Excess kurtosis, biased, of the elements that are not NaN."),
    function_of(Function::Kind::statistic, "cov", 2, false, "x, y, dim=None, ddof=1", {"dim", "axis", "ddof"},
                "Covariance of two arrays along axes that both have, where neither is NaN."),
    function_of(Function::Kind::statistic, "corr", 2, false, "x, y, dim=None", {"dim", "axis"},
                "Correlation of two arrays along axes that both have, where neither is NaN."),
};
constexpr std::array matrix_functions{
    function_of(Function::Kind::matrices, "matmul", 2, false, "x, y", {},
                "Product of matrices, the last two axes of each; of a vector with one."),
    function_of(Function::Kind::matrices, "tensordot", 2, false, "x, y, axes=2", {"axes"},
                "Sum of products over the last axes of x and the first of y, or over pairs of axes."),
    function_of(Function::Kind::matrices, "vecdot", 2, false, "x, y, axis=-1", {"axis"},
                "Sum of products along an axis."),
    function_of(Function::Kind::matrices, "dot", 2, true, "x, y", {},
                "Product of two vectors, of matrices, or of an array with one of them."),
    function_of(Function::Kind::matrices, "outer", 2, false, "x, y", {},
                "Product of each element of one vector with each of another."),
    function_of(Function::Kind::matrices, "matrix_transpose", 1, false, "x", {}, "The last two axes exchanged."),
    function_of(Function::Kind::matrices, "tril", 1, false, "x, k=0", {"k"},
                "x with 0 above a diagonal of the last two axes."),
    function_of(Function::Kind::matrices, "triu", 1, false, "x, k=0", {"k"},
                "x with 0 below a diagonal of the last two axes."),
};

/// Functions that make windows and weights, and those that are made of them; windows.cpp does them.
constexpr Function window_function(Function::Kind kind, std::string_view name, std::string_view parameters,
                                   std::string_view summary) {
  Function function = label_function(name, name == "weighted" ? 2 : 1, "", summary);
  function.kind = kind;
  function.parameters = parameters;
  return function;
}
constexpr std::array window_functions{
    window_function(Function::Kind::windows, "rolling", "x, dimension=size, center=False, min_periods=None",
                    "Windows of so many neighbours: rolling(x, time=5).mean()."),
    window_function(Function::Kind::windows, "weighted", "x, weights",
                    "x with weights, by the names of dimensions: weighted(x, w).mean('latitude')."),
    window_function(Function::Kind::average, "average", "x, axis=None, weights=None, keepdims=False",
                    "Weighted mean: the sum of products divided by the sum of weights."),
    window_function(Function::Kind::diff, "diff", "x, n=1, axis=-1, prepend=None, append=None",
                    "Each element along an axis less the one before it, n times."),
};

constexpr auto line_function_count =
    static_cast<std::size_t>(std::ranges::count(linewise::descriptions, true, &linewise::Description::is_function));
constexpr std::size_t function_count = op::descriptions.size() + aggregate::descriptions.size() + line_function_count +
                                       label_functions.size() + composed_functions.size() + sequence_functions.size() +
                                       statistic_functions.size() + matrix_functions.size() + shape_functions.size() +
                                       group_functions.size() + window_functions.size() + selection_functions.size() +
                                       xarray_functions.size() + creation_functions.size() + stacking_functions.size() +
                                       search_functions.size() + several_functions.size() + grid_functions.size() + 4;

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
    function.is_method = casts || op::descriptions[i].code == op::IsNan::code;  // xarray's x.isnull()
    const OpCode code = op::descriptions[i].code;
    function.takes_more = code == op::Minimum::code || code == op::Maximum::code;
  }
  for (std::size_t i = 0; i < aggregate::descriptions.size(); ++i) {
    Function& function = add(Function::Kind::reduction, aggregate::numpy_names[i]);
    function.aggregate = &aggregate::descriptions[i];
    function.is_method = true;
  }
  for (std::size_t i = 0; i < linewise::descriptions.size(); ++i) {
    if (!linewise::descriptions[i].is_function) continue;
    Function& function = add(Function::Kind::line, linewise::numpy_names[i]);
    function.line = &linewise::descriptions[i];
    function.default_axis = linewise::numpy_names[i].axis;
    function.numbers = {linewise::numpy_names[i].parameters.data(), linewise::descriptions[i].parameters};
    function.is_method = true;
    if (linewise::descriptions[i].parameters != linewise::any_number) continue;
    function.kind = Function::Kind::interpolation;
    function.numbers = {};
    function.parameters = function.name == "interp" ? "x, xp, fp, left=None, right=None, period=None" : "x, dim";
    if (function.name == "interp")
      function.keywords = {"xp", "fp", "left", "right"};
    else
      function.keywords = {"dim", "axis", "use_coordinate"};
  }
  for (const std::string_view name : {"percentile", "nanpercentile"}) {
    const bool skips = name.starts_with("nan");
    for (std::size_t i = 0; i < next; ++i)
      if (all[i].name == (skips ? "nanquantile" : "quantile")) all[next] = all[i];
    Function& function = all[next++];
    function.name = name;
    function.summary = skips ? "Percentile along an axis of the elements that are not NaN."
                             : "Percentile along an axis, q from 0 to 100; NaN if any element is.";
    function.whole = 100;
  }
  for (const Function& function : label_functions) all[next++] = function;
  for (const Function& function : composed_functions) all[next++] = function;
  for (const Function& function : sequence_functions) all[next++] = function;
  for (const Function& function : statistic_functions) all[next++] = function;
  for (const Function& function : matrix_functions) all[next++] = function;
  for (const Function& function : shape_functions) all[next++] = function;
  for (const Function& function : group_functions) all[next++] = function;
  for (const Function& function : window_functions) all[next++] = function;
  for (const Function& function : selection_functions) all[next++] = function;
  for (const Function& function : xarray_functions) all[next++] = function;
  for (const Function& function : creation_functions) all[next++] = function;
  for (const Function& function : stacking_functions) all[next++] = function;
  for (const Function& function : search_functions) all[next++] = function;
  for (const Function& function : several_functions) all[next++] = function;
  for (const Function& function : grid_functions) all[next++] = function;
  Function& slice = all[next++];
  slice.kind = Function::Kind::slice;
  slice.name = "slice";
  slice.summary = "A range for isel and sel: positions, the last left out, or values, the last included.";
  slice.arrays = 0;
  Function& join = all[next++];
  join.kind = Function::Kind::concatenate;
  join.name = "concatenate";
  join.alias = "concat";
  join.summary = "Arrays in parentheses or brackets, joined along an axis.";
  return all;
}();

/// Returns true if no two functions have one name.
consteval bool names_are_unique() {
  // Names between blanks, each by itself; compilers count the steps of these comparisons.
  std::array<std::string_view, 4 * function_count> names;
  std::size_t count = 0;
  for (const Function& function : functions_of_all_lists) {
    names[count++] = function.name;
    std::string_view rest = function.alias;
    while (!rest.empty()) {
      std::size_t end = 0;
      while (end < rest.size() && rest[end] != ' ') ++end;
      if (end > 0) names[count++] = rest.substr(0, end);
      rest.remove_prefix(end < rest.size() ? end + 1 : end);
    }
  }
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i].size() == names[j].size() && names[i][0] == names[j][0] && names[i] == names[j]) return false;
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

namespace {
/// The further options of a reduction as they stand in its signature.
std::string listed_options(const TakenOptions& taken) {
  std::string text;
  if (taken.dtype) text += ", dtype=None";
  if (taken.initial) text += ", initial=None";
  if (taken.where) text += ", where=None";
  if (taken.min_count) text += ", min_count=None";
  return text;
}

std::vector<std::string> keywords_of_reduction(const aggregate::Description& aggregate) {
  std::vector<std::string> names{"axis", "dim", "keepdims", "skipna", "exact"};
  const TakenOptions taken = options_of(aggregate.code);
  if (aggregate.takes_ddof) names.emplace_back("ddof");
  if (taken.dtype) names.emplace_back("dtype");
  if (taken.initial) names.emplace_back("initial");
  if (taken.where) names.emplace_back("where");
  if (taken.min_count) names.emplace_back("min_count");
  return names;
}
}  // namespace

bool takes_dtype(const linewise::Description& line) {
  using namespace linewise;
  return line.code == CumulativeSum::code || line.code == CumulativeProduct::code ||
         line.code == NanCumulativeSum::code || line.code == NanCumulativeProduct::code;
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
      return name + "(x, axis=None, " + (function.aggregate->takes_ddof ? "ddof=0, " : "") + "keepdims=False" +
             listed_options(options_of(function.aggregate->code)) + ")";
    case Function::Kind::line: {
      std::string required, options;
      for (const linewise::NumpyParameter& parameter : function.numbers) {
        const std::string own(parameter.name);
        if (parameter.is_required)
          required += ", " + own;
        else if (!parameter.words.empty())
          options += ", " + own + "='" + std::string(parameter.words[0]) + "'";
        else
          options += ", " + own + "=" + number_text(parameter.by_default);
      }
      return name + "(x" + required + (function.default_axis == linewise::DefaultAxis::last ? ", axis=-1" : ", axis") +
             options + (takes_dtype(*function.line) ? ", dtype=None" : "") +
             (function.line->one_result ? ", keepdims=False)" : ")");
    }
    case Function::Kind::labels:
      return name + (function.arrays == 2 ? "(x, y)"
                     : name == "rename"   ? "(x, 'name', old='new', ...)"
                                          : "(x, dimension, ...)");
    case Function::Kind::windows:
    case Function::Kind::average:
    case Function::Kind::diff:
    case Function::Kind::composed:
    case Function::Kind::sequence:
    case Function::Kind::interpolation:
    case Function::Kind::statistic:
    case Function::Kind::matrices:
    case Function::Kind::shape:
    case Function::Kind::creation:
    case Function::Kind::stacking:
    case Function::Kind::search:
    case Function::Kind::several:
    case Function::Kind::grids:
    case Function::Kind::climate:
    case Function::Kind::selection:
    case Function::Kind::groups:
      return name + "(" + std::string(function.parameters) + ")";
    case Function::Kind::slice:
      return name + "(start, stop, step=None)";
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
      return keywords_of_reduction(*function.aggregate);
    case Function::Kind::line: {
      std::vector<std::string> names{"axis", "dim", "skipna"};
      if (takes_dtype(*function.line)) names.emplace_back("dtype");
      if (function.line->one_result) names.emplace_back("keepdims");
      for (const linewise::NumpyParameter& parameter : function.numbers) names.emplace_back(parameter.name);
      return names;
    }
    case Function::Kind::diff:
      return {"n", "axis", "dim", "prepend", "append"};
    case Function::Kind::windows:
    case Function::Kind::average:
    case Function::Kind::labels:
    case Function::Kind::selection:
    case Function::Kind::slice:
      return {};
    case Function::Kind::groups:
      if (function.name == "groupby") return {"window", "boundary"};
      if (function.name == "groupby_bins") return {"key", "group", "bins", "right", "labels", "include_lowest"};
      return {};
    case Function::Kind::creation:
    case Function::Kind::stacking:
    case Function::Kind::search:
    case Function::Kind::several:
    case Function::Kind::shape: {
      // Those behind the array, or the arrays in parentheses.
      std::vector<std::string> keywords;
      std::string_view rest = function.parameters;
      if (function.arrays == 0) keywords.emplace_back(rest.substr(0, rest.find_first_of("=,")));
      if (rest.starts_with('(')) rest.remove_prefix(rest.find(')'));
      for (std::size_t comma = rest.find(", "); comma != std::string_view::npos; comma = rest.find(", ")) {
        rest.remove_prefix(comma + 2);
        keywords.emplace_back(rest.substr(0, rest.find_first_of("=,")));
      }
      return keywords;
    }
    case Function::Kind::statistic:
    case Function::Kind::matrices:
    case Function::Kind::sequence:
    case Function::Kind::interpolation:
    case Function::Kind::grids:
    case Function::Kind::climate:
    case Function::Kind::composed: {
      std::vector<std::string> keywords;
      for (const std::string_view keyword : function.keywords)
        if (!keyword.empty()) keywords.emplace_back(keyword);
      return keywords;
    }
    case Function::Kind::concatenate:
      break;
  }
  return {"axis", "dim"};
}

std::string_view why_absent(std::string_view name) {
  struct Kind {
    std::string_view names;  // each between blanks
    std::string_view reason;
  };
  constexpr std::array kinds{
      Kind{" mode ", "unique_counts(x) gives the elements and how many there are of each"},
      Kind{" loc iloc month year day hour season dayofyear date daily "
           "monthly yearly yearmean monmean daymean timmean ",
           "a part is chosen by position, x[0:31], or by values, x.sel(time='2014-02', latitude=slice(60, 30)); groups "
           "of "
           "times are x.groupby('time.month') and x.resample(time='1D')"},
      Kind{
          " remap remapbil remapcon remapnn ",
          "x.regrid(\"r180x91\", \"bilinear\") puts x on another grid; methods are bilinear, conservative and nearest"},
      Kind{" fldmean zonmean mermean gridarea gridweights ",
           "field_mean(x), zonal_mean(x) and meridional_mean(x) are means by areas, and cell_area(x) are these"},
      Kind{" interpolate ",
           "x.interp(latitude=[40, 41]) interpolates along a dimension, and align(x, y) takes the elements of x at the "
           "coordinates of y, where x has them"},
      Kind{" divmod ", "its parts are x // y and x % y"},
      Kind{" einsum tensordot inner corrcoef fft ifft linalg ",
           "there are no transforms and no general products; matmul(x, y) is the product of matrices, vecdot(x, y) the "
           "inner product along an axis, corr(x, y, 0) a correlation"},
      Kind{
          " random rand randn ",
          "arrays come from variables, from numbers in brackets, array([1, 2]), and from functions such as arange(10)"},
      Kind{" len print range shape size int str list tuple dict open load ",
           "this is a formula over arrays and no program of Python"},
  };
  const std::string word = " " + std::string(name) + " ";
  for (const Kind& kind : kinds)
    if (kind.names.find(word) != std::string_view::npos) return kind.reason;
  return {};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
