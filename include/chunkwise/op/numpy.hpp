#pragma once
/// How NumPy writes the operations of the catalogue: names, signs, and a sentence for whoever asks for help. One row
/// for each operation, in the catalogue's order; an operation without a row does not compile. Read by the notation
/// (notation.hpp), which has no other list of elementwise functions.
#include "chunkwise/op/catalog.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::op {

/// An operation in NumPy's words.
struct NumpyNames {
  OpCode code{};           ///< which operation
  std::string_view name;   ///< the one to recommend
  std::string_view alias;  ///< another one, or empty; the catalogue's name is one of the two
  std::string_view sign;   ///< the operator; empty where it is only called by name
  std::string_view summary;
};

inline constexpr std::array<NumpyNames, descriptions.size()> numpy_names{{
    {Cast::code, "astype", "cast", "", "The elements in another type; floating to integer truncates and saturates."},
    {Add::code, "add", "", "+", "Sum; of bool, logical or. Integers wrap."},
    {Subtract::code, "subtract", "", "-", "Difference; not of bool. Integers wrap."},
    {Multiply::code, "multiply", "", "*", "Product; of bool, logical and. Integers wrap."},
    {Divide::code, "divide", "true_divide", "/", "Quotient, always floating."},
    {Negate::code, "negative", "", "-", "The element with its sign changed; not of bool."},
    {Abs::code, "abs", "absolute", "", "Magnitude."},
    {Sqrt::code, "sqrt", "", "", "Square root; NaN below zero."},
    {Minimum::code, "minimum", "", "", "The smaller of two elements; NaN where either is."},
    {Maximum::code, "maximum", "", "", "The larger of two elements; NaN where either is."},
    {Equal::code, "equal", "", "==", "True where the elements are equal."},
    {NotEqual::code, "not_equal", "", "!=", "True where the elements differ, or either is NaN."},
    {Less::code, "less", "", "<", "True where the first is smaller."},
    {LessEqual::code, "less_equal", "", "<=", "True where the first is smaller or equal."},
    {Greater::code, "greater", "", ">", "True where the first is larger."},
    {GreaterEqual::code, "greater_equal", "", ">=", "True where the first is larger or equal."},
    {LogicalAnd::code, "logical_and", "", "&", "True where both are true (not zero)."},
    {LogicalOr::code, "logical_or", "", "|", "True where either is true."},
    {LogicalNot::code, "logical_not", "", "~", "True where the element is not true."},
    {IsNan::code, "isnan", "", "", "True where the element is not a number."},
    {Where::code, "where", "", "", "The second where the first is true, else the third."},
    {Exp::code, "exp", "", "", "e to the power of the element."},
    {Log::code, "log", "", "", "Natural logarithm; NaN below zero."},
    {Pow::code, "power", "pow", "**", "The first to the power of the second, always floating."},
}};

namespace detail {
consteval bool every_operation_has_its_numpy_names() {
  for (std::size_t i = 0; i < descriptions.size(); ++i) {
    const bool named = numpy_names[i].name == descriptions[i].name || numpy_names[i].alias == descriptions[i].name;
    if (numpy_names[i].code != descriptions[i].code || !named || numpy_names[i].summary.empty()) return false;
  }
  return true;
}
consteval bool signs_are_unique() {
  for (std::size_t i = 0; i < descriptions.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!numpy_names[i].sign.empty() && numpy_names[i].sign == numpy_names[j].sign &&
          descriptions[i].arity == descriptions[j].arity)
        return false;
  return true;
}
}  // namespace detail
static_assert(detail::every_operation_has_its_numpy_names(),
              "chunkwise: op/numpy.hpp needs a row for each operation, in the catalogue's order, with the catalogue's "
              "name among its names");
static_assert(detail::signs_are_unique(), "chunkwise: two operations have one sign");

}  // namespace chunkwise::inline CHUNKWISE_ABI::op
