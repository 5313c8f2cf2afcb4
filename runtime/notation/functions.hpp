#pragma once
/// The functions of the notation: the catalogues of operations (op/catalog.hpp), of aggregates
/// (op/aggregate/catalog.hpp) and of functions of lines (op/line/catalog.hpp) in NumPy's words (numpy.hpp beside each),
/// concatenate, and functions that are composed of several operations. No elementwise operation, no reduction and no
/// function of lines is named here.
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/op/catalog.hpp"
#include "chunkwise/op/line/numpy.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

/// What is made of several operations of the catalogue (composed.cpp).
enum class Composed {
  round,
  clip,
  isclose,
  nan_to_num,
  positive,
  fillna,
  notnull,
  isposinf,
  isneginf,
  float_power,
  sinc,
  real,
  conj,
  imag,
  angle,
  isreal
};

/// One function.
struct Function {
  enum class Kind {
    elementwise,
    cast,
    reduction,
    line,
    labels,
    composed,
    statistic,
    matrices,
    shape,
    selection,
    groups,
    windows,
    average,
    diff,
    sequence,
    interpolation,
    slice,
    creation,
    stacking,
    search,
    several,
    grids,
    climate,
    concatenate
  } kind = Kind::elementwise;
  std::string_view name;   ///< NumPy's own name
  std::string_view alias;  ///< other names, with blanks between them, or empty
  std::string_view summary;
  std::string_view parameters = {};  ///< as Python writes them; not of the catalogues' functions
  std::size_t arrays = 1;            ///< its first arguments, which are arrays (or numbers beside arrays), not options
  const op::Description* operation = nullptr;           ///< of elementwise ones and the cast
  const aggregate::Description* aggregate = nullptr;    ///< of reductions
  const linewise::Description* line = nullptr;          ///< of functions of lines
  linewise::DefaultAxis default_axis{};                 ///< of functions of lines
  std::span<const linewise::NumpyParameter> numbers{};  ///< of functions of lines
  double whole = 1;                                     ///< stands for 1 in the first parameter: 100 of percentiles
  bool is_method = false;                               ///< x.mean() is mean(x)
  bool takes_more = false;                              ///< more arrays may follow: maximum(x, y, z)
  Composed composed{};                                  ///< of composed ones
  std::array<std::string_view, 4> keywords{};           ///< of composed ones: the options that may be given by name
};

/// A function of the lists that functions.cpp puts together.
constexpr Function function_of(Function::Kind kind, std::string_view name, std::size_t arrays, bool is_method,
                               std::string_view parameters, std::array<std::string_view, 4> keywords,
                               std::string_view summary) {
  Function function;
  function.kind = kind;
  function.name = name;
  function.arrays = arrays;
  function.is_method = is_method;
  function.parameters = parameters;
  function.keywords = keywords;
  function.summary = summary;
  return function;
}

/// Returns all functions, elementwise ones first.
[[nodiscard]] std::span<const Function> all_functions();
/// Returns the function of a name, with or without np. before it; null if there is none.
[[nodiscard]] const Function* find_function(std::string_view name);
/// Returns the operation of an operator with so many operands; null if the catalogue has none.
[[nodiscard]] const op::Description* find_sign(std::string_view sign, int arity);
/// Returns a function's name and arguments as Python writes them: "mean(x, axis=None, keepdims=False)".
[[nodiscard]] std::string signature_of(const Function& function);
/// Returns true if a line function may be told the type in which it adds or multiplies.
[[nodiscard]] bool takes_dtype(const linewise::Description& line);
/// Returns the options of a function that may be given by name.
[[nodiscard]] std::vector<std::string> keywords_of(const Function& function);

/// Returns why a function that many look for, such as "percentile", "sin" or "groupby", is not here, and what to use
/// instead. Empty for other names, which may be misspelt.
[[nodiscard]] std::string_view why_absent(std::string_view name);

/// Returns the names of all functions, for guesses at a misspelt one.
[[nodiscard]] std::vector<std::string> function_names();

/// Returns the element type of a name, nothing if it names none: "float32", Python's "float" and "int", which are
/// float64 and int64, NumPy's "bool_".
[[nodiscard]] std::optional<DType> element_type(std::string_view name);
/// Returns the names of all element types: "bool", "int8", ..., "float64".
[[nodiscard]] std::vector<std::string> element_type_names();

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
